"""Figures that sum up a run: what was lost, and the median cospectra."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report import style
from fluxkit.report.losses import Losses, percent
from fluxkit.report.svg.drawing import Drawing, Panel
from fluxkit.report.svg.labels import Key, PanelNote
from fluxkit.report.svg.marks import Bars, Line, Markers, ShadedBand
from fluxkit.report.web.parts import Table

Array = npt.NDArray[np.float64]

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
#: Slopes of f Co(f) and f S(f) in the inertial subrange (Kaimal et al. 1972, Q. J. R. Meteorol. Soc. 98).
COSPECTRUM_SLOPE, SPECTRUM_SLOPE = -4.0 / 3.0, -2.0 / 3.0


def losses_figure(losses: Losses) -> Drawing:
    """Draw a waterfall from all periods to the best values, and the quality of each flux."""
    steps = _steps(losses)
    # Names of steps are as long as the reasons; a letter is hardly wider than 0.07 inch.
    room = style.Room(left=max(0.95, 0.2 + 0.075 * max(len(step.label) for step in steps)), gap=0.42)
    heights = [0.28 * len(steps)] + ([0.28 * len(losses.quality)] if losses.quality else [])
    figure, panels = style.figure(heights, room)
    _waterfall(panels[0], steps)
    if losses.quality:
        keys = _quality_bars(panels[1], losses)
        down = room.top + heights[0] + 0.16
        style.legend(figure, keys, room.left, down)
    for panel in panels:
        panel.x.limits = (0.0, max(losses.expected, 1) * 1.22)
        panel.x.whole = True
        panel.x.shown = panel.x.grid = panel is panels[-1]
        panel.y.grid, panel.y.falling = False, True
    style.name_axes(panels[-1], below="number of averaging periods")
    return figure


def cospectra_figure(spectra: xr.Dataset) -> Drawing:
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
    keys: dict[str, Key] = {}
    figure, panels = style.figure([3.0], room, columns=len(shown))
    for panel, (prefix, title, label, slope, slope_words) in zip(panels, shown, strict=True):
        keys |= _spectra_panel(panel, spectra, prefix)
        _reference(panel, slope, slope_words)
        style.name_axes(panel, below="frequency (Hz)", left=label)
        panel.notes.append(PanelNote(title, 0.0, 1.05, anchor="start", bold=True))
    known = [label for label in _LOOKS if label in keys]
    others = [label for label in keys if label not in _LOOKS]
    style.legend(figure, [keys[label] for label in known + others], room.left)
    return figure


def cospectra_table(drawing: Drawing) -> Table:
    """Return medians and quartiles that `cospectra_figure` has drawn, a row for each frequency."""
    names = {key.colour: key.label for legend in drawing.legends for key in legend.keys}
    rows = []
    for panel in drawing.panels:
        title = next((note.text for note in panel.notes if note.bold), "")
        bands = {mark.colour: mark for mark in panel.marks if isinstance(mark, ShadedBand)}
        found: dict[float, dict[str, str]] = {}
        for colour, band in bands.items():
            line = next(mark for mark in panel.marks if isinstance(mark, Line) and mark.colour == colour)
            for x, low, middle, high in zip(band.x, band.low, line.y, band.high, strict=True):
                told = f"{middle:.2g} ({low:.2g} to {high:.2g})".replace("-", "−").replace("nan", "–")
                found.setdefault(float(x), {})[names.get(colour, "")] = told
        for k, (x, of) in enumerate(sorted(found.items())):
            rows.append([title if k == 0 else "", f"{x:.3g}", *(of.get(name, "") for name in names.values())])
    head = ["median (quartiles)", "frequency (Hz)", *names.values()]
    return Table(head, rows, range(1, len(head)))


class Step(NamedTuple):
    """A bar of the waterfall."""

    label: str
    left: int
    length: int
    colour: str


def _steps(losses: Losses) -> list[Step]:
    """Return the bars of the waterfall."""
    steps = [Step("averaging periods", 0, losses.expected, style.INK)]
    left = losses.expected
    for reason, count in losses.removed.items():
        left -= count
        steps.append(Step(reason, left, count, style.GREY))
    steps.append(Step(f"{losses.subject} obtained", 0, losses.valid, style.BLUE))
    quality = losses.quality.get(losses.subject)
    if quality:
        left = losses.valid
        for code, label, colour in (
            ("untested", "not tested", style.SKY),
            ("2", "quality 2, discard", style.RED),
            ("1", "quality 1, general use", style.ORANGE),
        ):
            if quality[code]:
                left -= quality[code]
                steps.append(Step(label, left, quality[code], colour))
        steps.append(Step("quality 0, best", 0, quality["0"], style.BLUE))
    return steps


def _waterfall(panel: Panel, steps: list[Step]) -> None:
    """Draw steps one below another."""
    whole = max(steps[0].length, 1)
    panel.y.limits = (-0.5, len(steps) - 0.5)
    panel.y.ticks = (range(len(steps)), [step.label for step in steps])
    for row, step in enumerate(steps):
        # What is taken away also differs without colour.
        panel.add(Bars([(row, step.left, step.length)], step.colour, "dense" if step.left else ""))
        number = f"{step.length}" if row == 0 else f"{step.length} ({percent(step.length, whole)})"
        end = (step.left + step.length + 0.008 * whole) / (1.22 * whole)
        panel.notes.append(PanelNote(number, end, 1.0 - (row + 0.5) / len(steps), anchor="start"))


def _quality_bars(panel: Panel, losses: Losses) -> list[Key]:
    """Draw the classes of each flux as one bar, and return what they mean.

    Hatching grows with the class.
    """
    looks = {
        "0": (style.BLUE, "", "best (0)"),
        "1": (style.ORANGE, "lines", "general use (1)"),
        "2": (style.RED, "cross", "discard (2)"),
        "untested": (style.SKY, "dots", "not tested"),
        "lost": (style.PALE, "", "lost"),
    }
    left = np.zeros(len(losses.quality), dtype=np.int64)
    keys = []
    for code, (colour, hatch, label) in looks.items():
        if code == "lost":
            counts = losses.expected - left
        else:
            counts = np.array([quality[code] for quality in losses.quality.values()])
        rows = [(row, int(left[row]), int(counts[row])) for row in np.flatnonzero(counts > 0).tolist()]
        if rows:
            panel.add(Bars(rows, colour, hatch))
            keys.append(Key(label, colour, hatch=hatch))
        left = left + counts
    panel.y.limits = (-0.5, len(losses.quality) - 0.5)
    panel.y.ticks = (range(len(losses.quality)), list(losses.quality))
    return keys


def _spectra_panel(panel: Panel, spectra: xr.Dataset, prefix: str) -> dict[str, Key]:
    """Draw medians and quartiles, and return their keys by what they are of."""
    frequency = spectra["frequency"].to_numpy()
    keys: dict[str, Key] = {}
    top = 0.0
    panel.x.log = panel.y.log = panel.x.grid = True
    for name in (str(name) for name in spectra if str(name).startswith(prefix)):
        values = spectra[name].transpose("time", "frequency").to_numpy()
        filled = np.isfinite(values).any(axis=0) & (frequency > 0)
        if not filled.any():
            continue
        values = values[:, filled]
        low, middle, high = quartiles(values)
        # A logarithmic axis shows positive values only; where the median is not, the line has a gap.
        positive = np.where(middle > 0, middle, np.nan)
        if np.isnan(positive).all():
            continue
        top = max(top, float(np.nanmax(positive)))
        label = name.removeprefix(prefix).removeprefix("W_").replace("T_SONIC", "T").replace("_", " ")
        colour, marker = _LOOKS.get(label, (style.GREY, "o"))
        x = frequency[filled]
        panel.add(
            ShadedBand(x, low, high, colour, 0.13),
            Line(x, positive, colour, 1.1),
            Markers(x, positive, colour, marker, 4.0),
        )
        keys[label] = Key(label, colour, marker, 4.0, line=1.1)
    if top > 0:
        panel.y.limits = (top * 3e-4, top * 4)
    else:
        panel.note("no values")
    return keys


def quartiles(values: Array) -> tuple[Array, Array, Array]:
    """Return quartiles of each column of (n, m) values that are not NaN; numpy's own take columns one by one.

    Examples
    --------
    >>> [q.tolist() for q in quartiles(np.array([[1.0, np.nan], [2.0, 4.0], [3.0, 6.0]]))]
    [[1.5, 4.5], [2.0, 5.0], [2.5, 5.5]]
    """
    ordered = np.sort(values, axis=0)  # NaN last
    last = np.isfinite(values).sum(axis=0) - 1
    found = []
    for share in (0.25, 0.5, 0.75):
        at = share * np.maximum(last, 0)
        below = np.floor(at).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(last, 0))
        low, high = (np.take_along_axis(ordered, place[None, :], axis=0)[0] for place in (below, above))
        found.append(np.where(last < 0, np.nan, low + (at - below) * (high - low)))
    return found[0], found[1], found[2]


def _reference(panel: Panel, slope: float, label: str) -> None:
    """Draw the slope of the inertial subrange just above the high-frequency end of the curves."""
    curves = [np.stack([mark.x, mark.y], axis=1) for mark in panel.marks if isinstance(mark, Line)]
    points = np.concatenate([np.empty((0, 2)), *curves])
    points = points[np.isfinite(points).all(axis=1)]
    if not points.size:
        return
    right = points[:, 0].max()
    near = points[points[:, 0] >= right / 10]
    level = 1.6 * np.max(near[:, 1] * near[:, 0] ** -slope)
    x = np.geomspace(right / 10, right, 9)
    panel.add(Line(x, level * x**slope, style.INK, 1.1, dash="4 2"))
    panel.notes.append(PanelNote(f"dashed: slope {label}", 1.0, 1.05, anchor="end", size=8.5))
