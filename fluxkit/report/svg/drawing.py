"""Figures as SVG, written here: panels with axes, marks and legends at places given in points.

A general plotting library takes thirty times as long for the same figure, most of it for ticks and texts
that are measured and laid out again and again. Nothing is measured here: places are known, texts have room.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fluxkit.report.svg import scale
from fluxkit.report.svg.labels import Key, Label, PanelNote
from fluxkit.report.svg.marks import HATCHES, Mark, PanelPlace, Spans
from fluxkit.report.svg.scale import Scale

#: From the horizontal axis to its numbers, and from the vertical one. [point]
_BELOW, _BESIDE = 11.0, 4.0
_SIZE = 9.5
GREY, PALE = "#767676", "#E8EBEE"


@dataclass
class Axis:
    """One axis of a panel. What is not given follows from the data."""

    limits: tuple[float, float] | None = None
    ticks: tuple[Sequence[float], Sequence[str]] | None = None  #: places and words
    name: str = ""  #: lines, from the outside inwards
    away: float = 0.0  #: of the middle of its name from the axis [point]
    log: bool = False
    digits: tuple[float, ...] = (1.0,)  #: of the ticks of a logarithmic axis
    grid: bool = False
    shown: bool = True
    whole: bool = False  #: ticks are whole numbers
    falling: bool = False  #: values grow downwards or to the left


@dataclass
class Legend:
    """Keys in rows. Its place is a share of the panel's width and height, from the upper left."""

    keys: Sequence[Key]
    left: float = 0.0
    top: float = 0.0
    columns: int = 1
    anchor: str = "start"  #: of the whole at ``left``: start, middle, end
    size: float = 8.5


@dataclass
class Panel:
    """A rectangle with two axes; places in points from the upper left corner of the figure."""

    left: float
    top: float
    width: float
    height: float
    x: Axis = field(default_factory=Axis)
    y: Axis = field(default_factory=lambda: Axis(grid=True))
    behind: list[Mark] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    notes: list[PanelNote] = field(default_factory=list)
    legends: list[Legend] = field(default_factory=list)
    framed: bool = True
    clipped: bool = True

    def add(self, *marks: Mark) -> None:
        """Put marks above those that are there."""
        self.marks += marks

    def note(self, labels: str) -> None:
        """Write in an empty panel why it is empty."""
        self.notes.append(PanelNote(labels, 0.5, 0.5, colour=GREY))
        self.y = replace(self.y, ticks=((), ()))

    def place(self) -> PanelPlace:
        """Return where values lie, with the limits that the data ask for."""
        extents = [mark.extent() for mark in self.marks]
        ends = []
        for axis, values in ((self.x, [x for x, _ in extents]), (self.y, [y for _, y in extents])):
            low, high = axis.limits or scale.axis_limits(values, log=axis.log)
            ends.append((high, low) if axis.falling else (low, high))
        bottom = self.top + self.height
        return PanelPlace(
            Scale(*ends[0], self.left, self.left + self.width, self.x.log),
            Scale(*ends[1], bottom, self.top, self.y.log),
            self.left, self.top, self.width, self.height,
        )  # fmt: skip

    def ticks(self, which: str, place: PanelPlace) -> tuple[Sequence[float], Sequence[str]]:
        """Return positions and labels of the ticks of ``"x"`` or ``"y"``."""
        axis, length = (self.x, self.width) if which == "x" else (self.y, self.height)
        if axis.ticks is not None:
            return axis.ticks
        along = place.x if which == "x" else place.y
        low, high = sorted((along.low, along.high))
        if axis.log:
            found = scale.log_ticks(low, high, axis.digits)
            if len(found) < 3:  # less than a decade
                found = [tick for tick in scale.round_ticks(low, high, 4) if tick > 0]
            return found, [scale.numeral(f"{tick:g}") for tick in found]
        room = 3.6 * _SIZE if which == "x" else 2.0 * _SIZE
        found = scale.round_ticks(
            low, high, min(max(int(length / room), 1), 6 if axis.whole else 9), whole=axis.whole
        )
        return found, scale.numerals(found)


@dataclass
class Drawing:
    """A figure; ``_repr_svg_`` shows it in a notebook."""

    width: float  #: [point]
    height: float
    panels: list[Panel] = field(default_factory=list)
    legends: list[Legend] = field(default_factory=list)

    def svg(self, salt: str = "fluxkit") -> str:
        """Return the figure as an SVG element.

        Parameters
        ----------
        salt : str
            Different for each figure of a page, so that the names inside do not collide.
        """
        body = []
        labels: list[Label] = []
        for number, panel in enumerate(self.panels):
            place = panel.place()
            drawn, texts = _panel(panel, place, f"{salt}-{number}")
            body.append(drawn)
            labels += texts
        samples, texts = self._legends()
        body += [*samples, *(word.svg() for word in (*labels, *texts))]
        inside = "\n".join(part for part in body if part).replace("{salt}", salt)
        hatches = [_hatch(kind, salt) for kind in HATCHES if f"url(#{salt}-{kind})" in inside]
        defs = f"<defs>{''.join(hatches)}</defs>\n" if hatches else ""
        box = f'viewBox="0 0 {self.width:.2f} {self.height:.2f}"'
        font = f'font-family="DejaVu Sans, sans-serif" font-size="{_SIZE}" fill="#222222"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {box} {font}>\n{defs}{inside}\n</svg>'

    def _repr_svg_(self) -> str:
        return self.svg()

    def labels(self) -> list[Label]:
        """Return all texts with their places."""
        found = [_panel(panel, panel.place(), "")[1] for panel in self.panels]
        return [*itertools.chain.from_iterable(found), *self._legends()[1]]

    def _legends(self) -> tuple[list[str], list[Label]]:
        """Return samples and texts of all legends."""
        samples: list[str] = []
        labels: list[Label] = []
        homes = [(legend, 0.0, 0.0, self.width, self.height) for legend in self.legends]
        for panel in self.panels:
            homes += [(legend, panel.left, panel.top, panel.width, panel.height) for legend in panel.legends]
        for legend, left, top, width, height in homes:
            drawn, texts = _legend(legend, left + legend.left * width, top + legend.top * height)
            samples += drawn
            labels += texts
        return samples, labels


def _panel(panel: Panel, place: PanelPlace, salt: str) -> tuple[str, list[Label]]:
    """Return the drawing of a panel, and its texts."""
    lines, labels = [], [note.word(place) for note in panel.notes]
    box = f'x="{place.left:.2f}" y="{place.top:.2f}" width="{place.width:.2f}" height="{place.height:.2f}"'
    clip = f'<clipPath id="{salt}"><rect {box}/></clipPath>' if panel.clipped else ""
    group = f'<g clip-path="url(#{salt})">' if panel.clipped else "<g>"
    spans = "".join(mark.svg(place) for mark in panel.behind if isinstance(mark, Spans))
    rest = "".join(mark.svg(place) for mark in panel.behind if not isinstance(mark, Spans))
    marks = "".join(mark.svg(place) for mark in panel.marks)
    for which, axis in (("x", panel.x), ("y", panel.y)):
        drawn, texts = _axis(panel, axis, which, place)
        lines.append(drawn)
        labels += texts
    if not panel.framed:
        return f"{clip}{group}{spans}{rest}{marks}</g>", labels
    bottom = place.top + place.height
    frame = (
        f'<path d="M{place.left:.2f} {place.top:.2f}V{bottom:.2f}H{place.left + place.width:.2f}" '
        f'fill="none" stroke="{GREY}" stroke-width="0.8"/>'
    )
    return f"{clip}<g>{spans}</g>{lines[0]}{lines[1]}{frame}{group}{rest}{marks}</g>", labels


def _axis(panel: Panel, axis: Axis, which: str, place: PanelPlace) -> tuple[str, list[Label]]:
    """Return grid and ticks of an axis, and its texts."""
    ticks, texts = panel.ticks(which, place) if panel.framed else ((), ())
    bottom = place.top + place.height
    labels: list[Label] = []
    grid = stubs = ""
    along = (place.x if which == "x" else place.y).at(list(ticks)).tolist()
    for at, text in zip(along, texts, strict=True):
        if which == "x":
            grid += f"M{at:.2f} {bottom:.2f}V{place.top:.2f}"
            stubs += f"M{at:.2f} {bottom:.2f}v3.5"
            word = Label(text, at, bottom + _BELOW, anchor="middle")
        else:
            grid += f"M{place.left:.2f} {at:.2f}h{place.width:.2f}"
            word = Label(text, place.left - _BESIDE, at, anchor="end")
        labels += [word] if axis.shown else []
    drawn = f'<path d="{grid}" stroke="{PALE}" stroke-width="0.8"/>' if axis.grid and grid else ""
    drawn += f'<path d="{stubs}" stroke="#222222" stroke-width="0.8"/>' if stubs and axis.shown else ""
    if axis.name and axis.shown:
        labels += _name(axis, which, place)
    return drawn, labels


def _name(axis: Axis, which: str, place: PanelPlace) -> list[Label]:
    """Return the name of an axis, the last of its lines nearest to it."""
    lines = axis.name.split("\n")
    if which == "x":
        middle = place.left + place.width / 2
        return [
            Label(line, middle, place.top + place.height + axis.away + 1.2 * _SIZE * k, anchor="middle")
            for k, line in enumerate(lines)
        ]
    middle = place.top + place.height / 2
    return [
        Label(
            line,
            place.left - axis.away - 1.2 * _SIZE * (len(lines) - 1 - k),
            middle,
            anchor="middle",
            turned=True,
        )
        for k, line in enumerate(lines)
    ]


def _legend(legend: Legend, left: float, top: float) -> tuple[list[str], list[Label]]:
    """Return samples and texts of a legend whose anchor is at (left, top). [point]"""
    sample, gap, apart, line = 2.0 * legend.size, 0.5 * legend.size, 1.3 * legend.size, 1.45 * legend.size
    texts = [Label(key.label, 0.0, 0.0, legend.size) for key in legend.keys]
    # Columns are filled one after the other.
    rows = -(-len(texts) // max(legend.columns, 1))
    columns = [slice(first, first + rows) for first in range(0, len(texts), rows or 1)]
    widths = [sample + gap + max(text.width for text in texts[part]) for part in columns]
    whole = sum(widths) + apart * max(len(widths) - 1, 0)
    left -= {"start": 0.0, "middle": 0.5, "end": 1.0}[legend.anchor] * whole
    drawn, labels = [], []
    for part, width in zip(columns, widths, strict=True):
        for row, (key, text) in enumerate(zip(legend.keys[part], texts[part], strict=True)):
            y = top + line * (row + 0.5)
            drawn.append(key.svg(left, y, sample))
            labels.append(replace(text, x=left + sample + gap, y=y))
        left += width + apart
    return drawn, labels


def _hatch(kind: str, salt: str) -> str:
    """Return a pattern; its lines are white on any colour."""
    look = 'width="8" height="8" patternUnits="userSpaceOnUse"'
    return (
        f'<pattern id="{salt}-{kind}" {look}><path d="{HATCHES[kind]}" stroke="#fff" fill="none"/></pattern>'
    )
