"""Figures: what is drawn is what is in the data; missing parts do no harm."""

import itertools
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from fluxkit.report import figures, style, summaries
from fluxkit.report.losses import account
from tests import made_day

THROUGH_TIME = [figures.fluxes_figure, figures.lags_figure, figures.wind_figure, figures.weather_figure]


def labels(figure: Figure) -> set[str]:
    return {axes.get_ylabel() for axes in figure.axes} | {axes.get_xlabel() for axes in figure.axes}


def test_fluxes_have_units_quality_and_local_time() -> None:
    fluxes = made_day.fluxes()
    figure = figures.fluxes_figure(fluxes, 1.0, 30.0)
    assert {"NEE\n(µmol m⁻² s⁻¹)", "LE\n(W m⁻²)", "local standard time (UTC+1)"} <= labels(figure)
    points = [
        collection.get_offsets() for collection in figure.axes[0].collections if collection.get_offsets().size
    ]
    drawn = sum(np.isfinite(np.ma.filled(xy, np.nan)[:, 1]).sum() for xy in points if len(xy) > 1)
    assert drawn >= np.isfinite(fluxes["NEE"]).sum() - 1
    assert {text.get_text() for text in figure.legends[0].get_texts()} >= {"best (0)", "discard (2)", "lost"}


def test_local_time_is_the_middle_of_the_period() -> None:
    time = style.local_time(made_day.fluxes(), 1.0, 30.0)
    assert time[0] == np.datetime64("2025-06-12T00:15")
    assert style.zone(-3.5) == "local standard time (UTC−3:30)"


def test_lags_show_window_and_expectation() -> None:
    figure = figures.lags_figure(made_day.fluxes(), 1.0, 30.0)
    assert len(figure.axes) == 2
    assert {text.get_text() for text in figure.legends[0].get_texts()} == {
        "window searched",
        "expected",
        "found",
        "used",
    }


def test_wind_rose_shares_add_up() -> None:
    figure = figures.wind_figure(made_day.fluxes(), 1.0, 30.0)
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == pytest.approx(100)


def test_wind_rose_puts_north_winds_at_north() -> None:
    fluxes = made_day.fluxes()
    fluxes["WD"] = xr.full_like(fluxes["WD"], 355.0)
    bars = [bar for bar in figures.wind_figure(fluxes).axes[0].patches if bar.get_height() > 0]
    assert {round(bar.get_x() + bar.get_width() / 2, 6) for bar in bars} == {0.0}


def test_losses_bars_add_up() -> None:
    losses = account(made_day.fluxes(), 30)
    figure = summaries.losses_figure(losses)
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == [48, 3, 45, *(losses.quality["NEE"][k] for k in "210")]


def test_cospectra_have_a_reference_slope() -> None:
    figure = summaries.cospectra_figure(made_day.spectra())
    assert labels(figure) >= {"frequency (Hz)", "f Co(f) / covariance (1)", "f S(f) / variance (1)"}
    x, y = figure.axes[0].get_lines()[-1].get_data()
    slope = np.polyfit(np.log(np.asarray(x, float)), np.log(np.asarray(y, float)), 1)[0]
    assert slope == pytest.approx(-4 / 3)


def test_cospectra_without_values_are_empty_not_an_error() -> None:
    spectra = made_day.spectra()[["COSP_W_CO2"]] * np.nan
    assert len(summaries.cospectra_figure(spectra).axes) == 1
    with pytest.raises(ValueError, match=r"no COSP_\*"):
        summaries.cospectra_figure(spectra.drop_vars("COSP_W_CO2"))


@pytest.mark.parametrize("draw", THROUGH_TIME, ids=lambda draw: draw.__name__)
def test_a_day_without_any_value_can_be_drawn(draw: object) -> None:
    fluxes = made_day.fluxes()
    empty = fluxes.assign(
        {name: fluxes[name] * np.nan for name in fluxes.data_vars if fluxes[name].dtype == "f8"}
    )
    assert callable(draw)
    assert draw(empty.isel(time=slice(0, 1)), 0.0, 30.0).axes


def test_a_sensor_less_station_is_told() -> None:
    only_heat = made_day.fluxes()[["H"]]
    assert len(figures.fluxes_figure(only_heat).axes) == 1
    with pytest.raises(ValueError, match="no \\*_TLAG_USED"):
        figures.lags_figure(only_heat)
    with pytest.raises(ValueError, match="none of TA"):
        figures.weather_figure(only_heat)
    with pytest.raises(ValueError, match="none of WS"):
        figures.wind_figure(only_heat)
    with pytest.raises(ValueError, match="none of NEE"):
        figures.fluxes_figure(made_day.fluxes()[["WS"]])


def test_the_users_settings_are_left_alone() -> None:
    before = dict(mpl.rcParams)
    figures.weather_figure(made_day.fluxes())
    assert dict(mpl.rcParams) == before


DRAWN: dict[str, Callable[[xr.Dataset], Figure]] = {
    **{draw.__name__: draw for draw in THROUGH_TIME},
    "losses_figure": lambda fluxes: summaries.losses_figure(account(fluxes, 30)),
    "cospectra_figure": lambda fluxes: summaries.cospectra_figure(made_day.spectra()),
}


def words_drawn(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Bbox]]:
    """Texts in the order of drawing, each with its box. [pixel]"""
    drawn: list[tuple[str, Bbox]] = []
    draw = Text.draw

    def recorded(text: Text, renderer: RendererBase) -> None:
        draw(text, renderer)
        if text.get_visible() and text.get_text().strip():
            drawn.append((text.get_text(), text.get_window_extent(renderer)))

    monkeypatch.setattr(Text, "draw", recorded)
    FigureCanvasAgg(figure).draw()
    return drawn


@pytest.mark.parametrize("days", [1, 30])
@pytest.mark.parametrize("name", DRAWN)
def test_words_are_whole_and_apart(name: str, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = DRAWN[name](made_day.fluxes(days))
    drawn = words_drawn(figure, monkeypatch)
    width, height = figure.bbox.size
    cut = [words for words, box in drawn if not (box.min >= 0).all() or (box.max > (width, height)).any()]
    assert cut == []
    touching = [
        (first, second)
        for (first, one), (second, other) in itertools.combinations(drawn, 2)
        if one.padded(-1).overlaps(other.padded(-1))
    ]
    assert touching == []


def test_a_full_legend_and_a_lone_anemometer_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    fluxes = made_day.fluxes()
    fluxes["FCH4"] = 30 * fluxes["NEE"]
    for figure in (figures.fluxes_figure(fluxes), figures.wind_figure(fluxes[["WS"]])):
        with monkeypatch.context() as patched:
            drawn = words_drawn(figure, patched)
        assert all((box.min >= 0).all() and (box.max <= figure.bbox.size).all() for _, box in drawn)
        words = [words for words, _ in drawn]
        assert {"not tested", "lost"} <= set(words) or "WS\n(m s⁻¹)" in words


def test_months_and_years_have_ticks_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    first = np.datetime64("2025-06-01T00:00", "m")
    for days in (0.1, 2, 3, 5, 9, 16, 32, 50, 90, 200, 400, 1200, 4000):
        time = first + np.array([0, round(days * 1440)]).astype("timedelta64[m]")
        fluxes = xr.Dataset({"WS": ("time", [1.0, 2.0])}, coords={"time": time.astype("datetime64[ns]")})
        with style.styled(), monkeypatch.context() as patched:
            figure, panels = style.figure([1.0], style.Room(left=4.1))
            style.time_axis(panels, fluxes, 0.0, 30.0)
            panels[0].set_yticks([])
            boxes = [box for _, box in words_drawn(figure, patched)][:-1]
        assert 2 <= len(boxes) <= 6, days
        assert all(left.x1 + 3 < right.x0 for left, right in itertools.pairwise(boxes)), days


def test_pressure_is_in_plain_numbers_and_directions_are_not_joined() -> None:
    fluxes = made_day.fluxes()
    fluxes["PA"] = xr.full_like(fluxes["PA"], 95.89)
    figure = figures.weather_figure(fluxes)
    FigureCanvasAgg(figure).draw()
    panels = {axes.get_ylabel(): axes for axes in figure.axes}
    assert "roll\n(°)" not in panels  # never turned by
    pressure = panels["PA\n(kPa)"]
    assert pressure.yaxis.get_offset_text().get_text() == ""
    assert np.ptp(pressure.get_ylim()) < 1
    yaw = panels["yaw\n(°)"]
    assert [line.get_linewidth() for line in yaw.get_lines()] == [0]
    assert list(yaw.get_yticks()) == [0, 90, 180, 270, 360]


def test_the_legend_tells_of_what_is_there() -> None:
    def words(fluxes: xr.Dataset) -> list[str]:
        return [text.get_text() for text in figures.fluxes_figure(fluxes).legends[0].get_texts()]

    assert words(made_day.fluxes()[["H"]]) == ["not tested", "lost"]
    assert "± random error" in words(made_day.fluxes())
    assert "± random error" not in words(made_day.fluxes(30))  # no room
    whole = made_day.fluxes().isel(time=slice(11, 20))
    assert words(whole) == ["best (0)", "general use (1)", "discard (2)", "± random error"]
