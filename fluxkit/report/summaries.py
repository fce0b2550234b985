"""Figures that sum up a run: what was lost, and the median cospectra."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from fluxkit.report import style
from fluxkit.report.losses import Losses, percent

#: Colour and marker of each quantity, the same in both panels; others get grey.
_LOOKS = {
    "U": (style.SKY, "v"),
    "V": (style.PINK, "^"),
    "W": (style.INK, "D"),
    "T": (style.RED, "o"),
    "CO2": (style.GREEN, "s"),
    "H2O": (style.BLUE, "^"),
    "CH4": (style.ORANGE, "P"),
    "N2O": (style.GREY, "X"),
}
_BAR: Any = {"height": 0.68, "edgecolor": "white", "lw": 0}
#: Slopes of f Co(f) and f S(f) in the inertial subrange (Kaimal et al. 1972, Q. J. R. Meteorol. Soc. 98).
COSPECTRUM_SLOPE, SPECTRUM_SLOPE = -4.0 / 3.0, -2.0 / 3.0


def losses_figure(losses: Losses) -> Figure:
    """Draw a waterfall from all periods to the best values, and the quality of each flux."""
    steps = _steps(losses)
    # Names of steps are as long as the reasons; a letter is hardly wider than 0.07 inch.
    room = style.Room(left=max(0.95, 0.2 + 0.075 * max(len(step[0]) for step in steps)), gap=0.42)
    heights = [0.28 * len(steps)] + ([0.28 * len(losses.quality)] if losses.quality else [])
    with style.styled():
        figure, panels = style.figure(heights, room)
        _waterfall(panels[0], steps)
        if losses.quality:
            handles = _quality_bars(panels[1], losses)
            down = room.top + heights[0] + 0.16
            style.legend(figure, handles, room.left, down)
        for axes in panels:
            axes.set_xlim(0, max(losses.expected, 1) * 1.22)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
            axes.invert_yaxis()
            axes.yaxis.grid(visible=False)
            axes.xaxis.set_visible(axes is panels[-1])
        panels[-1].xaxis.grid(visible=True)
        style.name_axes(panels[-1], below="number of averaging periods")
    return figure


def cospectra_figure(spectra: xr.Dataset) -> Figure:
    """Draw median normalised cospectra, and spectra if there are any, against frequency.

    Parameters
    ----------
    spectra : xr.Dataset
        Dimensions ``time`` and ``frequency`` [Hz]; COSP_* as f Co(f) / covariance and SPEC_* as
        f S(f) / variance. [1]
    """
    kinds = [
        ("COSP_", "Cospectra with w", "f Co(f) / covariance (1)", COSPECTRUM_SLOPE, "−4/3"),
        ("SPEC_", "Spectra", "f S(f) / variance (1)", SPECTRUM_SLOPE, "−2/3"),
    ]
    shown = [kind for kind in kinds if any(str(name).startswith(kind[0]) for name in spectra)]
    if not shown:
        raise ValueError("cospectra figure: the dataset has no COSP_* and no SPEC_*")
    room = style.Room(top=0.58)
    handles: dict[str, Artist] = {}
    with style.styled():
        figure, panels = style.figure([3.0], room, columns=len(shown))
        for axes, (prefix, title, words, slope, slope_words) in zip(panels, shown, strict=True):
            handles |= _spectra_panel(axes, spectra, prefix)
            _reference(axes, slope, slope_words)
            style.name_axes(axes, below="frequency (Hz)", left=words)
            axes.text(0, 1.03, title, transform=axes.transAxes, weight="bold")
        if handles:
            known = [words for words in _LOOKS if words in handles]
            others = [words for words in handles if words not in _LOOKS]
            style.legend(figure, [handles[words] for words in known + others], room.left)
    return figure


def _steps(losses: Losses) -> list[tuple[str, int, int, str]]:
    """Return (words, left, length, colour) of each bar of the waterfall."""
    steps = [("averaging periods", 0, losses.expected, style.INK)]
    left = losses.expected
    for reason, count in losses.removed.items():
        left -= count
        steps.append((reason, left, count, style.GREY))
    steps.append((f"{losses.subject} obtained", 0, losses.valid, style.BLUE))
    quality = losses.quality.get(losses.subject)
    if quality:
        left = losses.valid
        for code, words, colour in (
            ("untested", "not tested", style.SKY),
            ("2", "quality 2, discard", style.RED),
            ("1", "quality 1, general use", style.ORANGE),
        ):
            if quality[code]:
                left -= quality[code]
                steps.append((words, left, quality[code], colour))
        steps.append(("quality 0, best", 0, quality["0"], style.BLUE))
    return steps


def _waterfall(axes: Axes, steps: list[tuple[str, int, int, str]]) -> None:
    """Draw (words, left, length, colour) one below another."""
    words, left, length, colours = (list(column) for column in zip(*steps, strict=True))
    hatches = ["////" if start else "" for start in left]  # what is taken away also differs without colour
    axes.barh(range(len(steps)), length, left=left, color=colours, hatch=hatches, **_BAR)
    whole = max(length[0], 1)
    for row, (start, count) in enumerate(zip(left, length, strict=True)):
        number = f"{count}" if row == 0 else f"{count} ({percent(count, whole)})"
        axes.text(start + count + 0.008 * whole, row, number, va="center_baseline")
    axes.set_yticks(range(len(steps)), words)


def _quality_bars(axes: Axes, losses: Losses) -> list[Artist]:
    """Draw the classes of each flux as one bar, and return what shows their meaning.

    Hatching grows with the class.
    """
    looks = {
        "0": (style.BLUE, None, "best (0)"),
        "1": (style.ORANGE, "//", "general use (1)"),
        "2": (style.RED, "xxx", "discard (2)"),
        "untested": (style.SKY, "..", "not tested"),
        "lost": (style.PALE, None, "lost"),
    }
    left = np.zeros(len(losses.quality), dtype=np.int64)
    drawn: list[Artist] = []
    for code, (colour, hatch, words) in looks.items():
        if code == "lost":
            counts = losses.expected - left
        else:
            counts = np.array([quality[code] for quality in losses.quality.values()])
        some = counts > 0
        if some.any():
            bars = axes.barh(
                np.flatnonzero(some), counts[some], left=left[some], color=colour, hatch=hatch, **_BAR
            )
            bars.patches[0].set_label(words)
            drawn.append(bars.patches[0])
        left += counts
    axes.set_yticks(range(len(losses.quality)), list(losses.quality))
    return drawn


def _spectra_panel(axes: Axes, spectra: xr.Dataset, prefix: str) -> dict[str, Artist]:
    """Draw medians and quartiles, and return the lines by what they are of."""
    frequency = spectra["frequency"].to_numpy()
    drawn: dict[str, Artist] = {}
    top = 0.0
    axes.set(xscale="log", yscale="log")
    axes.xaxis.grid(visible=True)
    for name in (str(name) for name in spectra if str(name).startswith(prefix)):
        values = spectra[name].transpose("time", "frequency").to_numpy()
        filled = np.isfinite(values).any(axis=0) & (frequency > 0)
        if not filled.any():
            continue
        low, middle, high = np.nanpercentile(values[:, filled], [25, 50, 75], axis=0)
        # A logarithmic axis shows positive values only; where the median is not, the line has a gap.
        positive = np.where(middle > 0, middle, np.nan)
        if np.isnan(positive).all():
            continue
        top = max(top, float(np.nanmax(positive)))
        words = name.removeprefix(prefix).removeprefix("W_").replace("T_SONIC", "T").replace("_", " ")
        colour, marker = _LOOKS.get(words, (style.GREY, "."))
        shade: dict[str, Any] = {"where": low > 0, "color": colour, "alpha": 0.13, "lw": 0}
        axes.fill_between(frequency[filled], low, high, **shade)
        look: dict[str, Any] = {"color": colour, "marker": marker, "ms": 3, "lw": 1.1, "label": words}
        drawn[words] = axes.plot(frequency[filled], positive, **look)[0]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if top > 0:
        axes.set_ylim(top * 3e-4, top * 4)
    else:
        style.note(axes, "no values")
    return drawn


def _reference(axes: Axes, slope: float, words: str) -> None:
    """Draw the slope of the inertial subrange just above the high-frequency end of the curves."""
    curves = [np.asarray(line.get_xydata(), dtype=np.float64) for line in axes.get_lines()]
    points = np.concatenate([np.empty((0, 2)), *curves])
    points = points[np.isfinite(points).all(axis=1)]
    if not points.size:
        return
    right = points[:, 0].max()
    near = points[points[:, 0] >= right / 10]
    level = 1.6 * np.max(near[:, 1] * near[:, 0] ** -slope)
    x = np.geomspace(right / 10, right, 9)
    axes.plot(x, level * x**slope, color=style.INK, ls="--", lw=1.1)
    axes.text(1, 1.03, f"dashed: slope {words}", transform=axes.transAxes, ha="right", fontsize=8.5)
