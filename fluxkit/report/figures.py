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

from fluxkit.report import style

Array = npt.NDArray[np.float64]

#: Share of values that the vertical axis shows whatever their error bars do; outliers do not set its scale.
_CENTRAL = (0.5, 99.5)


def fluxes_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Figure:
    """Draw NEE (or FC), LE, H and other gas fluxes with random error, coloured by quality."""
    candidates = ("NEE" if "NEE" in fluxes else "FC", "LE", "H", "FCH4", "FN2O")
    shown = [name for name in candidates if name in fluxes]
    with style.styled():
        ratios = [1.7 if k == 0 else 1.0 for k in range(len(shown))]
        figure, panels = style.figure(len(shown), 2.2 + 1.45 * len(shown), ratios=ratios)
        for axes, name in zip(panels, shown, strict=True):
            style.shade_night(axes, fluxes, utc_offset_h, minutes)
            _flux_panel(axes, fluxes, name, style.local_time(fluxes, utc_offset_h, minutes))
        style.time_axis(panels[-1], utc_offset_h)
        figure.legend(
            handles=_flux_legend(bands=fluxes.sizes["time"] <= style.MANY_POINTS),
            loc="outside upper left",
            ncols=5,
        )
    return figure


def lags_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Figure:
    """Draw the delays found and used for each gas, with the window searched and the expected delay."""
    gases = [name.removesuffix("_TLAG_USED") for name in map(str, fluxes) if name.endswith("_TLAG_USED")]
    if not gases:
        raise ValueError("lags figure: the dataset has no *_TLAG_USED")
    with style.styled():
        figure, panels = style.figure(len(gases), 1.2 + 1.6 * len(gases))
        for axes, gas in zip(panels, gases, strict=True):
            _lag_panel(axes, fluxes, gas, style.local_time(fluxes, utc_offset_h, minutes))
        style.time_axis(panels[-1], utc_offset_h)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=4)
    return figure


def wind_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Figure:
    """Draw a wind rose beside wind speed, direction and friction velocity through time."""
    with style.styled():
        figure = Figure(figsize=(style.WIDTH, 4.2), layout="constrained")
        grid = figure.add_gridspec(3, 2, width_ratios=[1.0, 1.35], wspace=0.1)
        # projection="polar" makes a PolarAxes, which the annotation of add_subplot does not say.
        _wind_rose(figure.add_subplot(grid[:, 0], projection="polar"), fluxes)
        time = style.local_time(fluxes, utc_offset_h, minutes)
        first: Axes | None = None
        for row, (name, colour) in enumerate((("WS", style.BLUE), ("WD", style.GREEN), ("USTAR", style.RED))):
            axes = figure.add_subplot(grid[row, 1], sharex=first)
            first = first or axes
            style.shade_night(axes, fluxes, utc_offset_h, minutes)
            if name in fluxes:
                _points(axes, time, _values(fluxes, name), colour)
            axes.set_ylabel(style.label(name))
            axes.tick_params(labelbottom=row == 2)
            if name == "WD":
                axes.set(ylim=(0, 360), yticks=[0, 90, 180, 270, 360])
        style.time_axis(axes, utc_offset_h)
    return figure


def weather_figure(fluxes: xr.Dataset, utc_offset_h: float = 0.0, minutes: float = 30.0) -> Figure:
    """Draw temperature, humidity, pressure and the angles of rotation."""
    groups = {
        "temperature (°C)": ("TA", "T_SONIC"),
        "RH (%)": ("RH",),
        "PA (kPa)": ("PA",),
        "pitch & roll (°)": ("ROT_PITCH", "ROT_ROLL"),
        "yaw (°)": ("ROT_YAW",),
    }
    shown = {words: [name for name in group if name in fluxes] for words, group in groups.items()}
    shown = {words: group for words, group in shown.items() if group}
    if not shown:
        raise ValueError("weather figure: the dataset has none of TA, T_SONIC, RH, PA, ROT_PITCH, ROT_YAW")
    with style.styled():
        figure, panels = style.figure(len(shown), 0.8 + 1.15 * len(shown))
        time = style.local_time(fluxes, utc_offset_h, minutes)
        for axes, (words, group) in zip(panels, shown.items(), strict=True):
            style.shade_night(axes, fluxes, utc_offset_h, minutes)
            for name, colour, marker in zip(group, (style.BLUE, style.RED), "os", strict=False):
                _points(axes, time, _values(fluxes, name), colour, marker, name)
            axes.set_ylabel(words.replace(" (", "\n("))
            if len(group) > 1:
                axes.legend(loc="lower right", bbox_to_anchor=(1, 0.92), ncols=2, borderpad=0)
        style.time_axis(panels[-1], utc_offset_h)
        figure.align_ylabels(panels)
    return figure


def _values(fluxes: xr.Dataset, name: str) -> Array:
    return np.asarray(fluxes[name].to_numpy(), dtype=np.float64)


def _points(
    axes: Axes, time: style.Times, values: Array, colour: str, marker: str = "o", label: str | None = None
) -> None:
    """Draw values as a line that breaks at gaps, with points so that a lone value shows."""
    many = values.size > style.MANY_POINTS
    size = 1.2 if many else 2.6
    line: dict[str, Any] = {"lw": 0 if many else 1.0, "alpha": 0.9, "rasterized": many}
    axes.plot(time, values, color=colour, marker=marker, ms=size, label=label, **line)


def _flux_panel(axes: Axes, fluxes: xr.Dataset, name: str, time: style.Times) -> None:
    values = _values(fluxes, name)
    many = values.size > style.MANY_POINTS
    axes.axhline(0, color=style.GREY, lw=0.8, zorder=1)
    error = f"{name}_RANDUNC_HF"
    if error in fluxes and not many:
        spread = _values(fluxes, error)
        axes.fill_between(time, values - spread, values + spread, color=style.SKY, alpha=0.35, lw=0, zorder=2)
    axes.plot(time, values, color=style.GREY, lw=0 if many else 0.7, zorder=3)
    quality = (
        _values(fluxes, f"{name}_SSITC_TEST")
        if f"{name}_SSITC_TEST" in fluxes
        else np.full(values.size, np.nan)
    )
    known = np.isin(quality, list(style.QUALITY))
    size = 3 if many else 17
    for code, (colour, marker, _) in style.QUALITY.items():
        here = known & (quality == code)
        axes.scatter(
            time[here], values[here], s=size, c=colour, marker=marker, lw=0, zorder=4, rasterized=many
        )
    axes.scatter(time[~known], values[~known], s=size, c=style.GREY, marker=".", zorder=4, rasterized=many)
    lost = ~np.isfinite(values)
    axes.plot(
        time[lost],
        np.full(int(lost.sum()), 0.02),
        "|",
        color=style.INK,
        ms=7,
        transform=axes.get_xaxis_transform(),
    )
    axes.set_ylabel(style.label(name).replace(" (", "\n("))
    _scale(axes, values)


def _scale(axes: Axes, values: Array) -> None:
    """Fit the vertical axis to nearly all values; a single wild one must not flatten the day."""
    valid = values[np.isfinite(values)]
    if valid.size < 200:
        return
    low, high = np.percentile(valid, _CENTRAL)
    margin = 0.25 * max(high - low, 1e-12)
    axes.set_ylim(max(low - margin, valid.min() - margin), min(high + margin, valid.max() + margin))


def _flux_legend(*, bands: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], color=colour, marker=marker, lw=0, label=words)
        for colour, marker, words in style.QUALITY.values()
    ]
    if bands:
        handles.append(Line2D([], [], color=style.SKY, alpha=0.5, lw=6, label="± random error"))
    handles.append(Line2D([], [], color=style.INK, marker="|", lw=0, ms=7, label="lost"))
    return handles


def _lag_panel(axes: Axes, fluxes: xr.Dataset, gas: str, time: style.Times) -> None:
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
    size = 2.5 if many else 5.0
    look: dict[str, Any] = {"marker": "o", "lw": 0, "rasterized": many}
    if found is not None:
        axes.plot(time, found, mfc="none", mec=style.ORANGE, ms=size, mew=size / 5, label="found", **look)
    used = _values(fluxes, f"{gas}_TLAG_USED")
    axes.plot(time, used, color=style.BLUE, ms=size / 2, label="used", **look)
    axes.set_ylabel(f"{gas} delay\nbehind wind (s)")


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
        axes.bar(angles, share, width=np.deg2rad(width) * 0.9, bottom=bottom, color=colour, label=words, lw=0)
        bottom += share
    axes.set_theta_zero_location("N")  # type: ignore[attr-defined]
    axes.set_theta_direction(-1)  # type: ignore[attr-defined]
    axes.set_xticks(
        np.deg2rad([0, 45, 90, 135, 180, 225, 270, 315]), ["N", "NE", "E", "SE", "S", "SW", "W", "NW"]
    )
    axes.set_rlabel_position(float(np.rad2deg(angles[bottom.argmin()])))  # type: ignore[attr-defined]
    axes.set_title("Wind from, % of time")
    if valid.any():
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2)
