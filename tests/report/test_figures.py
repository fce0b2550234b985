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

THROUGH_TIME = [figures.fluxes_figure, figures.lags_figure, figures.wind_figure, figures.weather_figure]


def labels(figure: Drawing) -> set[str]:
    return {panel.y.name for panel in figure.panels} | {panel.x.name for panel in figure.panels}


def meanings(figure: Drawing) -> list[str]:
    return [key.label for key in figure.legends[0].keys]


def test_fluxes_have_units_quality_and_local_time() -> None:
    fluxes = made_day.fluxes()
    figure = figures.fluxes_figure(fluxes, 1.0, 30.0)
    assert {"NEE\n(µmol m⁻² s⁻¹)", "LE\n(W m⁻²)", "local standard time (UTC+1)"} <= labels(figure)
    drawn = sum(mark.x.size for mark in figure.panels[0].marks if isinstance(mark, Markers))
    assert drawn == np.isfinite(fluxes["NEE"]).sum()
    assert set(meanings(figure)) >= {"best (0)", "discard (2)", "lost"}


def test_local_time_is_the_middle_of_the_period() -> None:
    time = style.local_time(made_day.fluxes(), 1.0, 30.0)
    assert time[0] == np.datetime64("2025-06-12T00:15")
    assert style.zone(-3.5) == "local standard time (UTC−3:30)"


def test_lags_show_window_and_expectation() -> None:
    figure = figures.lags_figure(made_day.fluxes(), 1.0, 30.0)
    assert len(figure.panels) == 2
    assert meanings(figure) == ["window searched", "expected", "found", "used"]


def test_wind_rose_shares_add_up() -> None:
    fluxes = made_day.fluxes()
    found = rose(fluxes["WS"].to_numpy(), fluxes["WD"].to_numpy())
    assert found.shares.sum() == pytest.approx(100)
    panel = figures.wind_figure(fluxes, 1.0, 30.0).panels[0]
    wedges = [ring for mark in panel.marks if isinstance(mark, Shape) for ring in mark.rings]
    assert len(wedges) == np.count_nonzero(found.shares)
    assert max(np.hypot(*ring.T).max() for ring in wedges) == pytest.approx(1 / 1.05)


def test_wind_rose_puts_north_winds_at_north() -> None:
    fluxes = made_day.fluxes()
    fluxes["WD"] = xr.full_like(fluxes["WD"], 355.0)
    panel = figures.wind_figure(fluxes).panels[0]
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


@pytest.mark.parametrize("draw", THROUGH_TIME, ids=lambda draw: draw.__name__)
def test_a_day_without_any_value_can_be_drawn(draw: object) -> None:
    fluxes = made_day.fluxes()
    empty = fluxes.assign(
        {name: fluxes[name] * np.nan for name in fluxes.data_vars if fluxes[name].dtype == "f8"}
    )
    assert callable(draw)
    assert "NaN" not in draw(empty.isel(time=slice(0, 1)), 0.0, 30.0).svg().replace("nan", "NaN")


def test_a_sensor_less_station_is_told() -> None:
    only_heat = made_day.fluxes()[["H"]]
    assert len(figures.fluxes_figure(only_heat).panels) == 1
    with pytest.raises(ValueError, match="no \\*_TLAG_USED"):
        figures.lags_figure(only_heat)
    with pytest.raises(ValueError, match="none of TA"):
        figures.weather_figure(only_heat)
    with pytest.raises(ValueError, match="none of WS"):
        figures.wind_figure(only_heat)
    with pytest.raises(ValueError, match="none of NEE"):
        figures.fluxes_figure(made_day.fluxes()[["WS"]])


DRAWN: dict[str, Callable[[xr.Dataset], Drawing]] = {
    **{draw.__name__: draw for draw in THROUGH_TIME},
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


def test_a_full_legend_and_a_lone_anemometer_have_room() -> None:
    fluxes = made_day.fluxes()
    fluxes["FCH4"] = 30 * fluxes["NEE"]
    for figure in (figures.fluxes_figure(fluxes), figures.wind_figure(fluxes[["WS"]])):
        assert cut(figure) == []
        words = {word.text for word in figure.labels()}
        assert {"not tested", "lost"} <= words or "WS" in words


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


def test_pressure_is_in_plain_numbers_and_directions_are_not_joined() -> None:
    fluxes = made_day.fluxes()
    fluxes["PA"] = xr.full_like(fluxes["PA"], 95.89)
    figure = figures.weather_figure(fluxes)
    panels = {panel.y.name: panel for panel in figure.panels}
    assert "roll\n(°)" not in panels  # never turned by
    pressure = panels["PA\n(kPa)"]
    ticks, words = pressure.ticks("y", pressure.place())
    assert all(95 < float(word) < 97 for word in words)
    assert np.ptp(pressure.place().y.low - np.array(ticks)) < 1
    yaw = panels["yaw\n(°)"]
    assert not any(isinstance(mark, Line) for mark in yaw.marks)
    assert yaw.y.ticks is not None
    assert list(yaw.y.ticks[0]) == [0, 90, 180, 270, 360]


def test_the_legend_tells_of_what_is_there() -> None:
    def words(fluxes: xr.Dataset) -> list[str]:
        return meanings(figures.fluxes_figure(fluxes))

    assert words(made_day.fluxes()[["H"]]) == ["not tested", "lost"]
    assert "± random error" in words(made_day.fluxes())
    assert "± random error" not in words(made_day.fluxes(30))  # no room
    whole = made_day.fluxes().isel(time=slice(11, 20))
    assert words(whole) == ["best (0)", "general use (1)", "discard (2)", "± random error"]
