"""Figures: what is drawn is what is in the data; missing parts do no harm."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from fluxkit.report import figures, style, summaries
from fluxkit.report.losses import account_of_losses
from fluxkit.report.svg.drawing import Drawing
from fluxkit.report.svg.marks import Bars, Line, Markers, Shape
from fluxkit.report.wind_rose import rose
from tests import made_day


def labels(figure: Drawing) -> set[str]:
    return {panel.y.name for panel in figure.panels} | {panel.x.name for panel in figure.panels}


def test_local_time_is_the_middle_of_the_period() -> None:
    time = style.local_time(made_day.fluxes(), 1.0, 30.0)
    assert time[0] == np.datetime64("2025-06-12T00:15")
    assert style.zone(-3.5) == "local standard time (UTC−3:30)"


def test_wind_rose_shares_add_up() -> None:
    fluxes = made_day.fluxes()
    found = rose(fluxes["WS"].to_numpy(), fluxes["WD"].to_numpy())
    assert found.shares.sum() == pytest.approx(100)
    panel = figures.rose_figure(fluxes).panels[0]
    wedges = [ring for mark in panel.marks if isinstance(mark, Shape) for ring in mark.rings]
    assert len(wedges) == np.count_nonzero(found.shares)
    assert max(np.hypot(*ring.T).max() for ring in wedges) == pytest.approx(1 / 1.05)


def test_wind_rose_puts_north_winds_at_north() -> None:
    fluxes = made_day.fluxes()
    fluxes["WD"] = xr.full_like(fluxes["WD"], 355.0)
    panel = figures.rose_figure(fluxes).panels[0]
    nodes = np.concatenate([ring for mark in panel.marks if isinstance(mark, Shape) for ring in mark.rings])
    assert nodes[:, 0].mean() == pytest.approx(0.0, abs=1e-12)
    assert nodes[:, 1].min() >= 0.0


def test_losses_bars_add_up() -> None:
    losses = account_of_losses(made_day.fluxes(), 30)
    figure = summaries.losses_figure(losses)
    widths = [bar[2] for mark in figure.panels[0].marks if isinstance(mark, Bars) for bar in mark.rows]
    assert widths == [48, 3, 45, *(losses.quality["NEE"][k] for k in "210")]


def test_cospectra_have_a_reference_slope() -> None:
    figure = summaries.cospectra_figure(made_day.spectra())
    assert labels(figure) >= {"frequency (Hz)", "f Co(f) / covariance (1)", "f S(f) / variance (1)"}
    line = [mark for mark in figure.panels[0].marks if isinstance(mark, Line)][-1]
    slope = np.polyfit(np.log(line.x), np.log(line.y), 1)[0]
    assert slope == pytest.approx(-4 / 3)


def test_cospectra_without_values_are_empty_not_an_error() -> None:
    spectra = made_day.spectra()[["COSP_W_CO2"]] * np.nan
    assert "no values" in summaries.cospectra_figure(spectra).svg()
    with pytest.raises(ValueError, match=r"no COSP_\*"):
        summaries.cospectra_figure(spectra.drop_vars("COSP_W_CO2"))


DRAWN: dict[str, Callable[[xr.Dataset], Drawing]] = {
    "rose_figure": figures.rose_figure,
    "lag_shares_figure": lambda fluxes: figures.lag_shares_figure(fluxes, ["CO2", "H2O"]),
    "closure_figure": lambda fluxes: figures.closure_figure(fluxes["SW_IN_POT"].values, fluxes["H"].values),
    "losses_figure": lambda fluxes: summaries.losses_figure(account_of_losses(fluxes, 30)),
    "cospectra_figure": lambda fluxes: summaries.cospectra_figure(made_day.spectra()),
}


def touching(figure: Drawing) -> list[tuple[str, str]]:
    """Pairs of texts that lie on one another."""

    def apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
        return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]

    pairs = itertools.combinations(figure.labels(), 2)
    return [(one.text, other.text) for one, other in pairs if not apart(one.box(), other.box())]


def cut(figure: Drawing) -> list[str]:
    """Texts that do not lie wholly inside the figure."""
    boxes = [(word.text, word.box()) for word in figure.labels()]
    return [
        text
        for text, box in boxes
        if box[0] < 0 or box[1] < 0 or box[2] > figure.width or box[3] > figure.height
    ]


@pytest.mark.parametrize("days", [1, 30])
@pytest.mark.parametrize("name", DRAWN)
def test_words_are_whole_and_apart(name: str, days: int) -> None:
    figure = DRAWN[name](made_day.fluxes(days))
    assert cut(figure) == []
    assert touching(figure) == []


def test_months_and_years_have_ticks_apart() -> None:
    first = np.datetime64("2025-06-01T00:00", "m")
    for days in (0.1, 2, 3, 5, 9, 16, 32, 50, 90, 200, 400, 1200, 4000):
        time = first + np.array([0, round(days * 1440)]).astype("timedelta64[m]")
        fluxes = xr.Dataset({"WS": ("time", [1.0, 2.0])}, coords={"time": time.astype("datetime64[ns]")})
        figure, panels = style.figure([1.0], style.Room(left=4.1))
        style.time_axis(panels, fluxes, 0.0, 30.0)
        panels[0].y.ticks = ((), ())
        boxes = [word.box() for word in figure.labels()][:-1]
        assert 2 <= len(boxes) <= 6, days
        assert all(left[2] + 2 < right[0] for left, right in itertools.pairwise(boxes)), days


def test_classes_hold_equal_numbers_and_their_mean() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random(1000), rng.normal(3.0, 1.0, 1000)
    y[::10] = np.nan
    at, mean, error, n = figures.classes(x, y)
    assert n.sum() == 900
    assert n.max() - n.min() <= 1
    assert np.all(np.diff(at) > 0)
    assert np.average(mean, weights=n) == pytest.approx(np.nanmean(y))
    assert np.abs(error - 1.0 / np.sqrt(45)).max() < 0.08
    assert figures.classes(x[:5], y[:5])[0].size == 0


def test_shares_of_lags_add_up() -> None:
    fluxes = made_day.fluxes(5)
    left, right = figures.lag_shares_figure(fluxes, ["CO2"]).panels
    (line,) = (mark for mark in left.marks if isinstance(mark, Line))
    assert line.y[::2].sum() == pytest.approx(100.0)
    assert any(isinstance(mark, Markers) for mark in right.marks)


def test_what_is_missing_can_be_drawn() -> None:
    fluxes = made_day.fluxes()[["WS", "CO2_TLAG_USED"]] * np.nan
    assert "NaN" not in figures.rose_figure(fluxes).svg().replace("nan", "NaN")
    assert "no values" in figures.lag_shares_figure(fluxes, ["CO2"]).svg()
    empty = np.full(48, np.nan)
    assert "NaN" not in figures.closure_figure(empty, empty).svg().replace("nan", "NaN")


def test_quartiles_are_those_of_numpy() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(37, 50))
    values[rng.random(values.shape) < 0.4] = np.nan
    values[:, 7] = np.nan
    values[1:, 8] = np.nan
    filled = np.isfinite(values).any(axis=0)
    want = np.nanpercentile(values[:, filled], [25, 50, 75], axis=0)
    np.testing.assert_allclose(np.stack(summaries.quartiles(values))[:, filled], want, rtol=1e-12)
    assert np.isnan(np.stack(summaries.quartiles(values))[:, ~filled]).all()
