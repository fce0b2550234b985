"""Figures of the budget's page: bars with intervals on one axis in three units; residuals of energy."""

from collections.abc import Sequence

import numpy as np

from fluxkit.budget.energy.closure import Residuals
from fluxkit.budget.results import Row
from fluxkit.budget.units import SCALES
from fluxkit.report import style
from fluxkit.report.svg.drawing import Axis, Drawing, Panel
from fluxkit.report.svg.labels import Label, PanelNote
from fluxkit.report.svg.marks import Bars, Line, Markers, Whiskers

#: Method -> colour; Okabe and Ito's.
COLOURS = {
    "tower": style.BLUE,
    "tower + lateral terms": style.BLUE,
    "chambers": style.ORANGE,
    "tower + chambers": style.SKY,
    "inventory": style.GREEN,
    "climate model": style.PINK,
    "model or satellite": style.RED,
    "model or satellite, corrected": style.PINK,
}
_ROW = 0.3  #: height of a row [inch]
_LEFT = 2.6  #: room for labels [inch]
_AXES = 0.46  #: from one axis to the next below [inch]


def bars_figure(rows: Sequence[Row]) -> Drawing:
    """Draw each row as a bar from zero with its interval of 95 %; the same axis in each unit below."""
    count = len(rows)
    height = 0.16 + _ROW * count + _AXES * len(SCALES) + 0.12
    width = style.WIDTH - _LEFT - 0.3
    panel = Panel(style.INCH * _LEFT, style.INCH * 0.16, style.INCH * width, style.INCH * _ROW * count)
    values = np.array([row.term.value for row in rows])
    ends = np.array([row.term.interval() for row in rows]).reshape(-1, 2)
    at = np.arange(count, dtype=np.float64)
    panel.x = Axis(_limits(values, ends), grid=True, name=SCALES[0].name, away=24.0)
    panel.y = Axis((-0.5, count - 0.5), (at.tolist(), [_short(row.label) for row in rows]), falling=True)
    for method in dict.fromkeys(row.method for row in rows):
        mine = [k for k, row in enumerate(rows) if row.method == method]
        colour = COLOURS.get(method, style.GREY)
        panel.add(Bars([(float(k), 0.0, float(values[k])) for k in mine], colour, height=0.5))
    known = np.isfinite(ends).all(axis=1)
    panel.add(Whiskers(at[known], ends[known, 0], ends[known, 1], style.INK, across=True))
    for side in (0, 1):
        panel.add(Markers(ends[known, side], at[known], style.INK, "|", 7.0))
    panel.add(Line(np.zeros(2), np.array([-0.5, count - 0.5]), style.INK, 0.8))
    panels = [panel]
    for k, scale in enumerate(SCALES[1:], start=1):
        place = style.INCH * (0.16 + _ROW * count + _AXES * k)
        low, high = panel.x.limits or (0.0, 1.0)
        x = Axis((scale.factor * low, scale.factor * high), name=scale.name, away=24.0)
        panels.append(Panel(panel.left, place - 0.01, panel.width, 0.01, x=x, y=Axis((0, 1), ((), ()))))
    return Drawing(style.WIDTH * style.INCH, height * style.INCH, panels)


def _short(label: str) -> str:
    """Return a label as long as there is room for it."""
    short = label
    while Label(short, 0.0, 0.0).width > style.INCH * _LEFT - 8.0:
        short = f"{short[:-2]}…"
    return short


def _limits(values: np.ndarray, ends: np.ndarray) -> tuple[float, float]:
    all_ends = np.concatenate([values, ends.ravel(), [0.0]])
    low, high = float(np.nanmin(all_ends)), float(np.nanmax(all_ends))
    margin = 0.05 * max(high - low, 1.0)
    return (low - margin if low < 0 else 0.0), (high + margin if high > 0 or low == 0 else 0.0)


def residuals_figure(found: Sequence[Residuals]) -> Drawing:
    """Draw the mean residual of the energy balance in each class, a panel for each kind of class."""
    columns = 2
    lines = -(-len(found) // columns)
    room = style.Room(left=0.75, right=0.2, top=0.3, bottom=0.55, gap=0.75, between=0.7)
    figure, panels = style.figure([1.5] * lines, room, columns=columns)
    figure.panels = panels[: len(found)]
    for panel, one in zip(figure.panels, found, strict=True):
        at = np.arange(len(one.classes), dtype=np.float64)
        there = np.isfinite(one.residual)
        panel.add(Line(np.array([-0.6, at.size - 0.4]), np.zeros(2), style.GREY, 0.8))
        panel.add(Markers(at[there], one.residual[there], style.BLUE, "o", 4.5))
        panel.add(Line(at, one.residual, style.BLUE, 1.0))
        step = max(at.size // 6, 1)
        ticks = list(range(0, at.size, step))
        panel.x = Axis((-0.6, at.size - 0.4), (ticks, [one.classes[k] for k in ticks]))
        panel.notes.append(PanelNote(f"by {one.by}", 0.0, 1.1, anchor="start", size=9.0, bold=True))
        style.name_axes(panel, left="W m⁻²")
    return figure
