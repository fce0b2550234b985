"""Figures that sum up a run: what was lost, and the median cospectra."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from fluxkit.report import style
from fluxkit.report.losses import Losses

_COLOURS = (style.RED, style.BLUE, style.GREEN, style.PINK, style.ORANGE, style.SKY)
#: Slopes of f Co(f) and f S(f) in the inertial subrange (Kaimal et al. 1972, Q. J. R. Meteorol. Soc. 98).
COSPECTRUM_SLOPE, SPECTRUM_SLOPE = -4.0 / 3.0, -2.0 / 3.0


def losses_figure(losses: Losses) -> Figure:
    """Draw a waterfall from all periods to the best values, and the quality of each flux."""
    with style.styled():
        steps = _steps(losses)
        height = 1.1 + 0.3 * len(steps) + 0.34 * len(losses.quality)
        rows = 2 if losses.quality else 1
        figure, panels = style.figure(
            rows, height, ratios=[float(len(steps)), len(losses.quality) + 0.6][:rows], share="none"
        )
        _waterfall(panels[0], steps, losses.expected)
        if losses.quality:
            _quality_bars(panels[1], losses)
    return figure


def cospectra_figure(spectra: xr.Dataset) -> Figure:
    """Draw median normalised cospectra, and spectra if there are any, against frequency.

    Parameters
    ----------
    spectra : xr.Dataset
        Dimensions ``time`` and ``frequency`` [Hz]; COSP_* as f Co(f) / covariance and SPEC_* as
        f S(f) / variance. [1]
    """
    kinds = [("COSP_", "f Co(f) / covariance (1)", COSPECTRUM_SLOPE, "−4/3")]
    kinds.append(("SPEC_", "f S(f) / variance (1)", SPECTRUM_SLOPE, "−2/3"))
    shown = [kind for kind in kinds if any(str(name).startswith(kind[0]) for name in spectra)]
    if not shown:
        raise ValueError("cospectra figure: the dataset has no COSP_* and no SPEC_*")
    with style.styled():
        figure = Figure(figsize=(style.WIDTH, 3.7), layout="constrained")
        panels = figure.subplots(1, len(shown), squeeze=False)[0]
        for axes, (prefix, words, slope, slope_words) in zip(panels, shown, strict=True):
            _spectra_panel(axes, spectra, prefix)
            _reference(axes, slope, slope_words)
            axes.set(xlabel="frequency (Hz)", ylabel=words)
            if axes.get_lines():
                axes.legend(loc="lower left")
            else:
                axes.text(0.5, 0.5, "no values", transform=axes.transAxes, ha="center", color=style.GREY)
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


def _waterfall(axes: Axes, steps: list[tuple[str, int, int, str]], expected: int) -> None:
    for row, (_, left, length, colour) in enumerate(steps):
        hatch = "////" if left else None  # what is taken away also differs without colour
        axes.barh(row, length, left=left, color=colour, height=0.68, hatch=hatch, edgecolor="white", lw=0)
        percent = 100 * length / max(expected, 1)
        share = f"{length}  ({percent:.0f} %)" if percent >= 1 else f"{length}  ({percent:.2g} %)"
        if row == 0:
            share = f"{length}"
        axes.annotate(share, (left + length, row), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(steps)), [step[0] for step in steps])
    axes.set(xlim=(0, max(expected, 1) * 1.16), xlabel="number of averaging periods")
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")


def _quality_bars(axes: Axes, losses: Losses) -> None:
    """Draw the classes of each flux as one bar; hatching grows with the class."""
    looks = {
        "0": (style.BLUE, None, "best (0)"),
        "1": (style.ORANGE, "//", "general use (1)"),
        "2": (style.RED, "xxx", "discard (2)"),
        "untested": (style.SKY, "..", "not tested"),
        "lost": (style.PALE, None, "lost"),
    }
    for row, quality in enumerate(losses.quality.values()):
        counts = quality | {"lost": losses.expected - sum(quality.values())}
        left = 0
        for code, (colour, hatch, words) in looks.items():
            shown = (
                any(other[code] for other in losses.quality.values()) if code != "lost" else losses.lost > 0
            )
            label = words if row == 0 and shown else None
            axes.barh(
                row,
                counts[code],
                left=left,
                color=colour,
                hatch=hatch,
                height=0.68,
                edgecolor="white",
                lw=0,
                label=label,
            )
            left += counts[code]
    axes.set_yticks(range(len(losses.quality)), list(losses.quality))
    axes.set(
        xlim=(0, max(losses.expected, 1) * 1.16), xlabel="averaging periods by quality class of each flux"
    )
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.42), ncols=5, handlelength=1.4)


def _spectra_panel(axes: Axes, spectra: xr.Dataset, prefix: str) -> None:
    frequency = spectra["frequency"].to_numpy()
    names = [str(name) for name in spectra if str(name).startswith(prefix)]
    top = 0.0
    for name, colour, marker in zip(names, _COLOURS, "os^Dv*", strict=False):
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
        shade = {"where": low > 0, "color": colour, "alpha": 0.13, "lw": 0}
        axes.fill_between(frequency[filled], low, high, **shade)
        words = name.removeprefix(prefix).replace("_", " ").replace("T SONIC", "T").replace("W ", "w–")
        axes.plot(frequency[filled], positive, color=colour, marker=marker, ms=3, lw=1.1, label=words)
    axes.set(xscale="log", yscale="log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if top > 0:
        axes.set_ylim(top * 3e-4, top * 4)


def _reference(axes: Axes, slope: float, words: str) -> None:
    """Draw the slope of the inertial subrange just above the high-frequency end of the curves."""
    curves = [np.asarray(line.get_xydata(), dtype=np.float64) for line in axes.get_lines()]
    points = np.concatenate([np.empty((0, 2)), *curves])
    points = points[np.isfinite(points).all(axis=1)]
    if not points.size:
        return
    right = points[:, 0].max()
    near = points[points[:, 0] >= right / 20]
    level = 1.6 * np.max(near[:, 1] * near[:, 0] ** -slope)
    x = np.geomspace(right / 20, right, 9)
    axes.plot(x, level * x**slope, color=style.INK, ls="--", lw=1.1)
    place = (x[3], level * x[3] ** slope)
    axes.annotate(f"slope {words}", place, xytext=(7, 3), textcoords="offset points", fontsize=8.5)
