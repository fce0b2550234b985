"""Figures of a run through time. Each function returns a Drawing, for the page or a notebook.

All take the fluxes (dimension ``time``, start of the period in UTC, variables of the vocabulary),
the offset of local standard time from UTC [h] and the averaging period [min].
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report import style
from fluxkit.report.flux_losses import classes_of
from fluxkit.report.svg import scale
from fluxkit.report.svg.drawing import Drawing, Legend, Panel
from fluxkit.report.svg.labels import Key
from fluxkit.report.svg.marks import Level, Line, Markers, Rug, ShadedBand
from fluxkit.report.wind_rose import draw_rose
from fluxkit.schema import variables

Array = npt.NDArray[np.float64]

#: Share of values that the vertical axis shows whatever their error bars do; outliers do not set its scale.
_CENTRAL = (0.5, 99.5)


def fluxes_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Drawing:
    """Draw NEE (or FC), LE, H and other gas fluxes with random error, coloured by quality."""
    gases = [
        name
        for name in variables.gas_fluxes(variables.further_gases(fluxes.variables))
        if name not in ("FC", "FH2O")
    ]
    candidates = ("NEE" if "NEE" in fluxes else "FC", "LE", "H", *gases)
    shown = [name for name in candidates if name in fluxes]
    if not shown:
        known = ", ".join(("NEE", *candidates))
        raise ValueError(f"fluxes figure: the dataset has none of {known}; was `decide` run?")
    room = style.Room(top=0.36)
    figure, panels = style.figure([2.6] + [1.55] * (len(shown) - 1), room)
    style.time_axis(panels, fluxes, utc_offset_h, minutes)
    for panel, name in zip(panels, shown, strict=True):
        _flux_panel(panel, fluxes, name, _time(fluxes, utc_offset_h, minutes))
    style.legend(figure, _flux_legend(fluxes, shown), room.left)
    return figure


def lags_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Drawing:
    """Draw the delays found and used for each gas, with the window searched and the expected delay."""
    gases = [name.removesuffix("_TLAG_USED") for name in map(str, fluxes) if name.endswith("_TLAG_USED")]
    if not gases:
        raise ValueError("lags figure: the dataset has no *_TLAG_USED")
    room = style.Room(top=0.36)
    figure, panels = style.figure([1.5] * len(gases), room)
    style.time_axis(panels, fluxes, utc_offset_h, minutes, night=False)
    time = _time(fluxes, utc_offset_h, minutes)
    keys = [_lag_panel(panel, fluxes, gas, time) for panel, gas in zip(panels, gases, strict=True)]
    style.legend(figure, max(keys, key=len), room.left)
    return figure


def wind_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Drawing:
    """Draw a wind rose, and wind speed, direction and friction velocity through time."""
    shown = [name for name in ("WS", "WD", "USTAR") if name in fluxes]
    if not shown:
        raise ValueError("wind figure: the dataset has none of WS, WD, USTAR")
    room = style.Room(left=4.1)
    # Whatever there is, room for the rose and its legend.
    heights = [3.4 / len(shown) - room.gap] * len(shown)
    colours = {"WS": style.BLUE, "WD": style.GREEN, "USTAR": style.RED}
    figure, (rose, *panels) = style.figure(heights, room, rose=2.2)
    empty = np.full(fluxes.sizes["time"], np.nan)
    speed, direction = (_values(fluxes, name) if name in fluxes else empty for name in ("WS", "WD"))
    draw_rose(rose, speed, direction)
    style.time_axis(panels, fluxes, utc_offset_h, minutes)
    time = _time(fluxes, utc_offset_h, minutes)
    for panel, name in zip(panels, shown, strict=True):
        values = _values(fluxes, name)
        _points(panel, time, values, colours[name], joined=name != "WD")
        style.name_axes(panel, left=style.label(name).replace(" (", "\n("))
        if name == "WD":
            _compass(panel, values)
    return figure


def weather_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Drawing:
    """Draw temperature, humidity, pressure and the angles of rotation."""
    shown = [(label, _drawable(fluxes, group), least) for label, group, least in _WEATHER]
    shown = [(label, group, least) for label, group, least in shown if group]
    if not shown:
        raise ValueError("weather figure: the dataset has none of TA, T_SONIC, RH, PA, ROT_PITCH, ROT_YAW")
    figure, panels = style.figure([1.0] * len(shown))
    style.time_axis(panels, fluxes, utc_offset_h, minutes)
    time = _time(fluxes, utc_offset_h, minutes)
    for panel, (label, group, least) in zip(panels, shown, strict=True):
        keys = []
        for name, colour, marker in zip(group, (style.BLUE, style.RED), "os", strict=False):
            joined = name != "ROT_YAW"
            lined = joined and time.size <= style.MANY_POINTS
            _points(panel, time, _values(fluxes, name), colour, marker, joined=joined)
            keys.append(Key(name, colour, marker, 3.4 if lined else 4.5, line=1.0 if lined else 0.0))
        style.name_axes(panel, left=label)
        if group == ["ROT_YAW"]:
            _compass(panel, _values(fluxes, "ROT_YAW"))
        else:
            _span(panel, np.concatenate([_values(fluxes, name) for name in group]), least, len(group) > 1)
        if len(group) > 1:
            panel.legends.append(Legend(keys, left=1.0, top=0.0, columns=2, anchor="end"))
    return figure


#: Panels of the weather: name of the axis, variables, the least that the axis spans.
_WEATHER: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("temperature\n(°C)", ("TA", "T_SONIC"), 1.0),
    ("RH\n(%)", ("RH",), 5.0),
    ("PA\n(kPa)", ("PA",), 0.5),
    ("pitch\n(°)", ("ROT_PITCH",), 1.0),
    ("roll\n(°)", ("ROT_ROLL",), 1.0),
    ("yaw\n(°)", ("ROT_YAW",), 360.0),
)


def _drawable(fluxes: xr.Dataset, group: tuple[str, ...]) -> list[str]:
    """Return the variables of a group that exist; a roll angle that was not used is left out."""
    return [
        name
        for name in group
        if name in fluxes and not (name == "ROT_ROLL" and not np.nan_to_num(_values(fluxes, name)).any())
    ]


def _time(fluxes: xr.Dataset, utc_offset_h: float, minutes: float) -> Array:
    """Return the middle of each period in local standard time, as the axes count it. [d]"""
    return scale.days_since_1970(style.local_time(fluxes, utc_offset_h, minutes))


def _compass(panel: Panel, values: Array) -> None:
    """Make the vertical axis one of directions, if there are any."""
    if np.isfinite(values).any():
        ticks = [0.0, 90.0, 180.0, 270.0, 360.0]
        panel.y = replace(panel.y, limits=(-12.0, 372.0), ticks=(ticks, [f"{tick:g}" for tick in ticks]))


def _span(panel: Panel, values: Array, least: float, legend: bool) -> None:
    """Fit the vertical axis to values that may hardly vary, with room for a legend above them."""
    valid = values[np.isfinite(values)]
    if not valid.size:
        return
    low, high = float(valid.min()), float(valid.max())
    more = max(least - (high - low), 0.0) / 2
    low, high = low - more, high + more
    panel.y.limits = (low - 0.07 * (high - low), high + (0.4 if legend else 0.07) * (high - low))


def _values(fluxes: xr.Dataset, name: str) -> Array:
    return np.asarray(fluxes.variables[name].values, dtype=np.float64)


def _points(
    panel: Panel, time: Array, values: Array, colour: str, marker: str = "o", *, joined: bool = True
) -> None:
    """Draw values as points, joined by a line that breaks at gaps unless there are many."""
    if not np.isfinite(values).any():
        panel.note("no values")
    if values.size > style.MANY_POINTS:  # half transparent, so that denser is darker
        panel.add(Markers(time, values, colour, marker, 2.0, alpha=0.5, many=True))
        return
    if joined:
        panel.add(Line(time, values, colour, 1.0))
    panel.add(Markers(time, values, colour, marker, 3.4 * _shrink(values.size)))


def _shrink(count: int) -> float:
    """Return how much smaller marks are drawn that would touch one another otherwise."""
    return float(np.clip(np.sqrt(200 / max(count, 1)), 0.6, 1.0))


def _flux_panel(panel: Panel, fluxes: xr.Dataset, name: str, time: Array) -> None:
    values = _values(fluxes, name)
    lost = ~np.isfinite(values)
    if not lost.all():
        panel.add(Level(0.0, style.GREY))
    spread = _error(fluxes, name)
    if spread is not None:
        panel.add(ShadedBand(time, values - spread, values + spread, style.SKY, 0.35))
    if values.size <= style.MANY_POINTS:
        panel.add(Line(time, values, style.GREY, 0.7))
    panel.add(*_quality_points(fluxes, name, time))
    if lost.any():
        panel.add(Rug(time[lost], style.INK))
    if lost.all():
        panel.note("no values")
    style.name_axes(panel, left=style.label(name).replace(" (", "\n("))
    _scale(panel, values)


def _quality_points(fluxes: xr.Dataset, name: str, time: Array) -> list[Markers]:
    """Return values as points whose colour and shape are those of their class."""
    values = _values(fluxes, name)
    many = values.size > style.MANY_POINTS
    size = 1.75 if many else 4.1 * _shrink(values.size)
    groups = [(_untested(fluxes, name), style.GREY, "o", 0.6)]
    for code, (colour, marker, _) in style.QUALITY.items() if classes_of(fluxes, name) in fluxes else ():
        groups.append((_values(fluxes, classes_of(fluxes, name)) == code, colour, marker, 1.0))
    found = []
    for group, colour, marker, small in groups:
        here = group & np.isfinite(values)
        if here.any():
            large = size if many else small * size
            found.append(Markers(time[here], values[here], colour, marker, large, many=many))
    return found


def _untested(fluxes: xr.Dataset, name: str) -> npt.NDArray[np.bool_]:
    """Return which values of a flux have no class of quality."""
    valid = np.isfinite(_values(fluxes, name))
    flag = classes_of(fluxes, name)
    return valid & ~np.isin(_values(fluxes, flag), list(style.QUALITY)) if flag in fluxes else valid


def _error(fluxes: xr.Dataset, name: str) -> Array | None:
    """Return the random error of a flux if it is known and there is room to show it."""
    error = f"{name}_RANDUNC_HF"
    many = fluxes.sizes["time"] > style.MANY_POINTS
    return _values(fluxes, error) if error in fluxes and not many else None


def _scale(panel: Panel, values: Array) -> None:
    """Fit the vertical axis to nearly all values; a single wild one must not flatten the day."""
    valid = values[np.isfinite(values)]
    if valid.size < 200:
        return
    low, high = np.percentile(valid, _CENTRAL)
    more, margin = (share * max(high - low, 1e-12) for share in (0.25, 0.07))
    panel.y.limits = (
        float(max(low - more, valid.min()) - margin),
        float(min(high + more, valid.max()) + margin),
    )


def _flux_legend(fluxes: xr.Dataset, names: list[str]) -> list[Key]:
    """Return what the marks mean, of those that can be in the panels of these fluxes."""
    tested = [name for name in names if classes_of(fluxes, name) in fluxes]
    keys = [
        Key(label, colour, marker, 5.0)
        for colour, marker, label in (style.QUALITY.values() if tested else ())
    ]
    if any(_untested(fluxes, name).any() for name in names):
        keys.append(Key("not tested", style.GREY, "o", 2.4))
    if any(_error(fluxes, name) is not None for name in names):
        keys.append(Key("± random error", style.SKY, alpha=0.5))
    if not all(np.isfinite(_values(fluxes, name)).all() for name in names):
        keys.append(Key("lost", style.INK, "|", 7.0))
    return keys


def _lag_panel(panel: Panel, fluxes: xr.Dataset, gas: str, time: Array) -> list[Key]:
    """Draw the delays of a gas, and return what the marks mean."""

    def lag(which: str) -> Array | None:
        name = f"{gas}_TLAG_{which}"
        return _values(fluxes, name) if name in fluxes else None

    low, high, nominal, found = lag("MIN"), lag("MAX"), lag("NOMINAL"), lag("ACTUAL")
    many = time.size > style.MANY_POINTS
    size = 2.5 if many else 5.0 * _shrink(time.size)
    keys = []
    if low is not None and high is not None:
        panel.add(ShadedBand(time, low, high, style.PALE, stepped=True))
        keys.append(Key("window searched", style.PALE))
    if nominal is not None:
        panel.add(Line(time, nominal, style.GREY, 1.1, dash="4 2"))
        keys.append(Key("expected", style.GREY, line=1.1, dash="4 2"))
    if found is not None:
        panel.add(Markers(time, found, style.ORANGE, "o", size, hollow=True, many=many))
        keys.append(Key("found", style.ORANGE, "o", 5.0, hollow=True))
    used = _values(fluxes, f"{gas}_TLAG_USED")
    panel.add(Markers(time, used, style.BLUE, "o", 0.7 * size, many=many))
    keys.append(Key("used", style.BLUE, "o", 3.5))
    if not np.isfinite(used).any():
        panel.note("no values")
    style.name_axes(panel, left=f"{gas} delay\nbehind wind (s)")
    return keys
