"""Figures of a run through time. Each function returns a matplotlib Figure, for the page or a notebook.

All take the fluxes (dimension ``time``, start of the period in UTC, variables of the vocabulary),
the offset of local standard time from UTC [h] and the averaging period [min].
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from fluxkit.report import style
from fluxkit.schema import variables

Array = npt.NDArray[np.float64]

#: Share of values that the vertical axis shows whatever their error bars do; outliers do not set its scale.
_CENTRAL = (0.5, 99.5)


def fluxes_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Figure:
    """Draw NEE (or FC), LE, H and other gas fluxes with random error, coloured by quality."""
    gases = [name for name in variables.gas_fluxes() if name not in ("FC", "FH2O")]
    candidates = ("NEE" if "NEE" in fluxes else "FC", "LE", "H", *gases)
    shown = [name for name in candidates if name in fluxes]
    if not shown:
        known = ", ".join(("NEE", *candidates))
        raise ValueError(f"fluxes figure: the dataset has none of {known}; was `decide` run?")
    room = style.Room(top=0.36)
    with style.styled():
        figure, panels = style.figure([2.6] + [1.55] * (len(shown) - 1), room)
        style.time_axis(panels, fluxes, utc_offset_h, minutes)
        for axes, name in zip(panels, shown, strict=True):
            _flux_panel(axes, fluxes, name, _time(fluxes, utc_offset_h, minutes))
        style.legend(figure, _flux_legend(fluxes, shown), room.left)
    return figure


def lags_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Figure:
    """Draw the delays found and used for each gas, with the window searched and the expected delay."""
    gases = [name.removesuffix("_TLAG_USED") for name in map(str, fluxes) if name.endswith("_TLAG_USED")]
    if not gases:
        raise ValueError("lags figure: the dataset has no *_TLAG_USED")
    room = style.Room(top=0.36)
    with style.styled():
        figure, panels = style.figure([1.5] * len(gases), room)
        style.time_axis(panels, fluxes, utc_offset_h, minutes, night=False)
        for axes, gas in zip(panels, gases, strict=True):
            _lag_panel(axes, fluxes, gas, _time(fluxes, utc_offset_h, minutes))
        handles = max((axes.get_legend_handles_labels()[0] for axes in panels), key=len)
        style.legend(figure, handles, room.left, grow=5.0 / _mark(fluxes.sizes["time"]))
    return figure


def wind_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Figure:
    """Draw a wind rose beside wind speed, direction and friction velocity through time."""
    shown = [name for name in ("WS", "WD", "USTAR") if name in fluxes]
    if not shown:
        raise ValueError("wind figure: the dataset has none of WS, WD, USTAR")
    room = style.Room(left=4.1)
    heights = [3.4 / len(shown) - room.gap] * len(
        shown
    )  # whatever there is, room for the rose and its legend
    colours = {"WS": style.BLUE, "WD": style.GREEN, "USTAR": style.RED}
    with style.styled():
        figure, (rose, *panels) = style.figure(heights, room, rose=2.2)
        _wind_rose(rose, fluxes)
        style.time_axis(panels, fluxes, utc_offset_h, minutes)
        time = _time(fluxes, utc_offset_h, minutes)
        for axes, name in zip(panels, shown, strict=True):
            values = _values(fluxes, name)
            _points(axes, time, values, colours[name], joined=name != "WD")
            style.name_axes(axes, left=style.label(name).replace(" (", "\n("))
            if name == "WD":
                _compass(axes, values)
    return figure


def weather_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Figure:
    """Draw temperature, humidity, pressure and the angles of rotation."""
    shown = [(words, _drawable(fluxes, group), least) for words, group, least in _WEATHER]
    shown = [(words, group, least) for words, group, least in shown if group]
    if not shown:
        raise ValueError("weather figure: the dataset has none of TA, T_SONIC, RH, PA, ROT_PITCH, ROT_YAW")
    with style.styled():
        figure, panels = style.figure([1.0] * len(shown))
        style.time_axis(panels, fluxes, utc_offset_h, minutes)
        time = _time(fluxes, utc_offset_h, minutes)
        for axes, (words, group, least) in zip(panels, shown, strict=True):
            for name, colour, marker in zip(group, (style.BLUE, style.RED), "os", strict=False):
                joined = name != "ROT_YAW"
                _points(axes, time, _values(fluxes, name), colour, marker, label=name, joined=joined)
            style.name_axes(axes, left=words)
            if group == ["ROT_YAW"]:
                _compass(axes, _values(fluxes, "ROT_YAW"))
            else:
                _span(axes, np.concatenate([_values(fluxes, name) for name in group]), least, len(group) > 1)
            if len(group) > 1:
                many = time.size > style.MANY_POINTS
                axes.legend(loc="upper right", ncols=2, markerscale=3 if many else 1)
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
    """Return those of a group that there are; a roll that was not turned by is not worth a line."""
    return [
        name
        for name in group
        if name in fluxes and not (name == "ROT_ROLL" and not np.nan_to_num(_values(fluxes, name)).any())
    ]


def _time(fluxes: xr.Dataset, utc_offset_h: float, minutes: float) -> Array:
    """Return the middle of each period in local standard time, as matplotlib counts it. [d]"""
    return style.days(style.local_time(fluxes, utc_offset_h, minutes))


def _compass(axes: Axes, values: Array) -> None:
    """Make the vertical axis one of directions, if there are any."""
    if np.isfinite(values).any():
        axes.set(ylim=(-12, 372), yticks=[0, 90, 180, 270, 360])


def _span(axes: Axes, values: Array, least: float, legend: bool) -> None:
    """Fit the vertical axis to values that may hardly vary, with room for a legend above them."""
    valid = values[np.isfinite(values)]
    if not valid.size:
        return
    low, high = float(valid.min()), float(valid.max())
    more = max(least - (high - low), 0.0) / 2
    low, high = low - more, high + more
    axes.set_ylim(low - 0.07 * (high - low), high + (0.4 if legend else 0.07) * (high - low))


def _values(fluxes: xr.Dataset, name: str) -> Array:
    return np.asarray(fluxes[name].to_numpy(), dtype=np.float64)


def _points(
    axes: Axes,
    time: Array,
    values: Array,
    colour: str,
    marker: str = "o",
    *,
    label: str | None = None,
    joined: bool = True,
) -> None:
    """Draw values as points, joined by a line that breaks at gaps unless there are many."""
    many = values.size > style.MANY_POINTS
    if not np.isfinite(values).any():
        style.note(axes, "no values")
    look: dict[str, Any] = {"ms": 3.4 * _shrink(values.size), "lw": 1.0 if joined else 0}
    if many:  # half transparent, so that denser is darker
        look = {"ms": 2.0, "lw": 0, "alpha": 0.5, "rasterized": True}
    axes.plot(time, values, color=colour, marker=marker, mew=0, label=label, **look)


def _shrink(count: int) -> float:
    """Return how much smaller marks are drawn that would touch one another otherwise."""
    return float(np.clip(np.sqrt(200 / max(count, 1)), 0.6, 1.0))


def _flux_panel(axes: Axes, fluxes: xr.Dataset, name: str, time: Array) -> None:
    values = _values(fluxes, name)
    lost = ~np.isfinite(values)
    many = values.size > style.MANY_POINTS
    if not lost.all():
        axes.axhline(0, color=style.GREY, lw=0.8, zorder=1)
    spread = _error(fluxes, name)
    if spread is not None:
        axes.fill_between(time, values - spread, values + spread, color=style.SKY, alpha=0.35, lw=0, zorder=2)
    if not many:
        axes.plot(time, values, color=style.GREY, lw=0.7, zorder=3)
    _quality_points(axes, fluxes, name, time)
    if lost.any():
        look: dict[str, Any] = {"color": style.INK, "ms": 7, "rasterized": many}
        axes.plot(time[lost], np.full(lost.sum(), 0.02), "|", transform=axes.get_xaxis_transform(), **look)
    if lost.all():
        style.note(axes, "no values")
    style.name_axes(axes, left=style.label(name).replace(" (", "\n("))
    _scale(axes, values)


def _quality_points(axes: Axes, fluxes: xr.Dataset, name: str, time: Array) -> None:
    """Draw values as points whose colour and shape are those of their class."""
    values = _values(fluxes, name)
    many = values.size > style.MANY_POINTS
    size = 3 if many else 17 * _shrink(values.size) ** 2
    groups = [(_untested(fluxes, name), style.GREY, ".")]
    for code, (colour, marker, _) in style.QUALITY.items() if f"{name}_SSITC_TEST" in fluxes else ():
        groups.append((_values(fluxes, f"{name}_SSITC_TEST") == code, colour, marker))
    for group, colour, marker in groups:
        here = group & np.isfinite(values)
        if here.any():
            look: dict[str, Any] = {"c": colour, "marker": marker, "lw": 0, "zorder": 4, "rasterized": many}
            axes.scatter(time[here], values[here], s=size, **look)


def _untested(fluxes: xr.Dataset, name: str) -> npt.NDArray[np.bool_]:
    """Return which values of a flux have no class of quality."""
    valid = np.isfinite(_values(fluxes, name))
    flag = f"{name}_SSITC_TEST"
    return valid & ~np.isin(_values(fluxes, flag), list(style.QUALITY)) if flag in fluxes else valid


def _error(fluxes: xr.Dataset, name: str) -> Array | None:
    """Return the random error of a flux if it is known and there is room to show it."""
    error = f"{name}_RANDUNC_HF"
    many = fluxes.sizes["time"] > style.MANY_POINTS
    return _values(fluxes, error) if error in fluxes and not many else None


def _scale(axes: Axes, values: Array) -> None:
    """Fit the vertical axis to nearly all values; a single wild one must not flatten the day."""
    valid = values[np.isfinite(values)]
    if valid.size < 200:
        return
    low, high = np.percentile(valid, _CENTRAL)
    more, margin = (share * max(high - low, 1e-12) for share in (0.25, 0.07))
    axes.set_ylim(max(low - more, valid.min()) - margin, min(high + more, valid.max()) + margin)


def _flux_legend(fluxes: xr.Dataset, names: list[str]) -> list[Line2D]:
    """Return what the marks mean, of those that can be in the panels of these fluxes."""
    tested = [name for name in names if f"{name}_SSITC_TEST" in fluxes]
    handles = [
        Line2D([], [], color=colour, marker=marker, lw=0, label=words)
        for colour, marker, words in (style.QUALITY.values() if tested else ())
    ]
    if any(_untested(fluxes, name).any() for name in names):
        handles.append(Line2D([], [], color=style.GREY, marker=".", lw=0, label="not tested"))
    if any(_error(fluxes, name) is not None for name in names):
        handles.append(Line2D([], [], color=style.SKY, alpha=0.5, lw=6, label="± random error"))
    if not all(np.isfinite(_values(fluxes, name)).all() for name in names):
        handles.append(Line2D([], [], color=style.INK, marker="|", lw=0, ms=7, label="lost"))
    return handles


def _mark(count: int) -> float:
    """Return the size of the mark of a delay. [point]"""
    return 2.5 if count > style.MANY_POINTS else 5.0 * _shrink(count)


def _lag_panel(axes: Axes, fluxes: xr.Dataset, gas: str, time: Array) -> None:
    def lag(which: str) -> Array | None:
        name = f"{gas}_TLAG_{which}"
        return _values(fluxes, name) if name in fluxes else None

    low, high, nominal, found = lag("MIN"), lag("MAX"), lag("NOMINAL"), lag("ACTUAL")
    many = time.size > style.MANY_POINTS
    if low is not None and high is not None:
        window: dict[str, Any] = {"color": style.PALE, "lw": 0, "step": "mid", "rasterized": many}
        axes.fill_between(time, low, high, label="window searched", **window)
    if nominal is not None:
        axes.plot(time, nominal, color=style.GREY, ls="--", lw=1.1, label="expected", rasterized=many)
    size = _mark(time.size)
    look: dict[str, Any] = {"marker": "o", "lw": 0, "rasterized": many}
    if found is not None:
        axes.plot(time, found, mfc="none", mec=style.ORANGE, ms=size, mew=size / 5, label="found", **look)
    used = _values(fluxes, f"{gas}_TLAG_USED")
    axes.plot(time, used, color=style.BLUE, ms=0.7 * size, mew=0, label="used", **look)
    if not np.isfinite(used).any():
        style.note(axes, "no values")
    style.name_axes(axes, left=f"{gas} delay\nbehind wind (s)")


def _wind_rose(axes: Axes, fluxes: xr.Dataset, sectors: int = 16) -> None:
    """Draw the share of time by direction the wind blows from, in classes of speed."""
    speed = _values(fluxes, "WS") if "WS" in fluxes else np.empty(0)
    direction = _values(fluxes, "WD") if "WD" in fluxes else np.full(speed.size, np.nan)
    valid = np.isfinite(speed) & np.isfinite(direction)
    width = 360.0 / sectors
    sector = np.floor((direction[valid] + width / 2) % 360 / width).astype(int)
    edges = np.array([0.0, 1.0, 2.0, 4.0, 6.0, np.inf])
    colours = ("#C6DBEF", "#6BAED6", "#2878B8", "#0B4A8B", "#072A55")
    angles = np.deg2rad(np.arange(sectors) * width)
    bottom = np.zeros(sectors)
    for low, high, colour in zip(edges[:-1], edges[1:], colours, strict=True):
        here = (speed[valid] >= low) & (speed[valid] < high)
        if not here.any():
            continue
        share = 100.0 * np.bincount(sector[here], minlength=sectors) / max(int(valid.sum()), 1)
        words = f"{low:g}–{high:g} m s⁻¹" if np.isfinite(high) else f"over {low:g} m s⁻¹"
        some = share > 0
        look: dict[str, Any] = {"width": np.deg2rad(width) * 0.9, "color": colour, "lw": 0}
        axes.bar(angles[some], share[some], bottom=bottom[some], label=words, **look)
        bottom += share
    axes.xaxis.grid(visible=True)
    axes.set_theta_zero_location("N")  # type: ignore[attr-defined]
    axes.set_theta_direction(-1)  # type: ignore[attr-defined]
    axes.set_xticks(np.arange(8) * np.pi / 4, ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
    axes.set_rlabel_position(float(np.rad2deg(angles[bottom.argmin()])))  # type: ignore[attr-defined]
    if valid.any():
        rings = np.asarray(MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(0, bottom.max()))
        axes.set_yticks(rings[(rings > 0) & (rings < 0.95 * bottom.max())])
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)
    else:
        style.note(axes, "no directions")
    axes.text(0.5, 1.17, "Wind from, % of time", transform=axes.transAxes, ha="center", weight="bold")
