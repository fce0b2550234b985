"""Drawings of years side by side: the grid of years and months, the course of a year with its spread."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from fluxkit.atlas.climate import Months, Normal
from fluxkit.report import style
from fluxkit.report.svg.drawing import Axis, Drawing
from fluxkit.report.svg.labels import Key
from fluxkit.report.svg.marks import Level, Line, Markers, ShadedBand

Array = npt.NDArray[np.float64]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: As the page's fingerprints: around zero, and from low to high (cividis).
DIVERGING = (
    "#123a63",
    "#2f6ea5",
    "#7fb2d5",
    "#d3e5f0",
    "#f7f7f5",
    "#f6dcb7",
    "#e0a557",
    "#b06a16",
    "#6b3a05",
)
SEQUENTIAL = ("#00224e", "#2a3f6d", "#575d6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838")
COLOURS = (style.BLUE, style.RED, style.GREEN, style.PINK, style.ORANGE, style.SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")
#: Sizes of the grid. [pixel]
_LEFT, _LEFT_OF_YEARS, _TOP, _WIDE, _HIGH, _APART = 128, 48, 24, 54, 26, 8
_MONTHS = len(MONTHS)


def around_zero(values: Array) -> bool:
    """Whether values lie on both sides of zero, so that its colour should be the palest."""
    known = values[np.isfinite(values)]
    return bool(known.size) and float(known.min()) < 0.0 < float(known.max())


def grid(rows: Sequence[tuple[str, Months]], title: str) -> str:
    """Return an SVG of years (of stations) below one another and months to the right, colours and numbers.

    Parameters
    ----------
    rows : sequence of (name, Months)
        Name of the station, empty where there is one alone.
    title : str
        Variable and unit.
    """
    every = np.concatenate([months.mean.ravel() for _, months in rows] + [m.annual for _, m in rows])
    palette = _Palette.of(every)
    left = _LEFT if any(name for name, _ in rows) else _LEFT_OF_YEARS
    lines = [(name, months, k) for name, months in rows for k in range(months.years.size)]
    width, height = left + 13 * _WIDE + _APART + 2, _TOP + len(lines) * _HIGH + 8
    # Its own colours on a dark page too: they mean numbers. As wide as its texts need, on any screen.
    look = f"filter:none;min-width:{width}px;max-width:{width}px"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-size="12" fill="currentColor" style="{look}">',
        f"<title>{escape(title)}</title>",
    ]
    places = [left + m * _WIDE + (_APART if m == _MONTHS else 0) for m in range(_MONTHS + 1)]
    parts += [_text(x + _WIDE / 2, _TOP - 8, name) for x, name in zip(places, (*MONTHS, "year"), strict=True)]
    for row, (name, months, k) in enumerate(lines):
        top = _TOP + row * _HIGH
        parts.append(_text(left - 8, top + _HIGH / 2 + 4, f"{name} {months.years[k]}".strip(), "end"))
        for x, value in zip(places, [*months.mean[k], months.annual[k]], strict=True):
            parts += _cell(x, top, float(value), palette)
    return "".join([*parts, "</svg>"])


def _cell(x: float, top: float, value: float, palette: "_Palette") -> list[str]:
    """Return a number on its colour, or the pale place of one that is missing."""
    box = f'<rect x="{x:g}" y="{top:g}" width="{_WIDE - 2}" height="{_HIGH - 2}"'
    if not np.isfinite(value):
        return [f'{box} style="fill:var(--line)"/>']
    fill, ink = palette.colours(value)
    words = _text(x + _WIDE / 2 - 1, top + _HIGH / 2 + 3, number(value), "middle", ink)
    return [f'{box} fill="{fill}"/>', words]


def _text(x: float, y: float, words: str, anchor: str = "middle", colour: str = "") -> str:
    fill = f' fill="{colour}"' if colour else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{fill}>{escape(words)}</text>'


class _Palette:
    """Colours of numbers, and of the ink that can be read on them."""

    def __init__(self, stops: Sequence[str], low: float, high: float) -> None:
        self._stops = np.array([[int(stop[k : k + 2], 16) for k in (1, 3, 5)] for stop in stops], np.float64)
        self._low, self._high = low, high

    @classmethod
    def of(cls, values: Array) -> "_Palette":
        known = values[np.isfinite(values)]
        if not known.size:
            return cls(SEQUENTIAL, 0.0, 1.0)
        if around_zero(known):
            far = float(np.abs(known).max())
            return cls(DIVERGING, -far, far)
        low, high = float(known.min()), float(known.max())
        return cls(SEQUENTIAL, low, high if high > low else low + 1.0)

    def colours(self, value: float) -> tuple[str, str]:
        """Return the colour of a number, and black or white, whichever differs more."""
        share = np.clip((value - self._low) / (self._high - self._low), 0.0, 1.0) * (len(self._stops) - 1)
        k = min(int(share), len(self._stops) - 2)
        rgb = self._stops[k] + (share - k) * (self._stops[k + 1] - self._stops[k])
        linear = np.where(rgb > 10.3, ((rgb / 255.0 + 0.055) / 1.055) ** 2.4, rgb / 3294.6)
        bright = float(linear @ [0.2126, 0.7152, 0.0722])
        ink = "#ffffff" if (bright + 0.05) ** 2 < 1.05 * 0.05 else "#000000"
        return "#" + "".join(f"{round(float(v)):02x}" for v in rgb), ink


def courses(rows: Sequence[tuple[str, Months, Normal]], label: str) -> Drawing:
    """Draw months of each year thin, their mean over the years thick, and one standard deviation around it.

    Parameters
    ----------
    rows : sequence of (name, Months, Normal)
        A station each.
    label : str
        Of the vertical axis.
    """
    room = style.Room(top=0.32 if len(rows) > 1 else 0.12)
    figure, (panel,) = style.figure([2.1], room)
    x = np.arange(1.0, 13.0)
    keys = []
    for k, (name, months, normal) in enumerate(rows):
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        low, high = normal.mean - normal.spread, normal.mean + normal.spread
        panel.behind.append(ShadedBand(x, low, high, colour, 0.18))
        for year in months.mean:
            panel.add(Line(x, year, style.GREY if len(rows) == 1 else colour, 0.6))
        panel.add(Line(x, normal.mean, colour, 2.0), Markers(x, normal.mean, colour, marker, 4.5))
        keys.append(Key(name, colour, marker, 4.5, line=2.0))
    every = np.concatenate([months.mean.ravel() for _, months, _ in rows])
    if around_zero(every):
        panel.behind.append(Level(0.0, style.GREY))
    panel.x = Axis((0.6, 12.4), (x.tolist(), list(MONTHS)))
    style.name_axes(panel, left=label)
    if len(rows) > 1:
        style.legend(figure, keys, room.left)
    return figure


def number(value: float) -> str:
    """Return a number of the grid: three figures."""
    if not np.isfinite(value):
        return "–"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2
    return f"{value:.{digits}f}".replace("-", "−")
