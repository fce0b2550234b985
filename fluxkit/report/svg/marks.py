"""What a panel shows: lines, points, bands, bars, shapes. Each knows its extent and writes its SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from fluxkit.report.svg import raster
from fluxkit.report.svg.scale import Scale

Array = npt.NDArray[np.float64]

#: More marks than this are an image, whoever draws them: each is a hundred bytes of a page otherwise.
MOST_MARKS = 5000
#: More corners than this are thinned to what the page can show.
MANY_CORNERS = 2000
#: Corners nearer to one another than this along the page fall on the same column. [point]
_COLUMN = 0.5


@dataclass(frozen=True)
class PanelPlace:
    """Where a panel is and how it scales."""

    x: Scale
    y: Scale
    left: float  #: [point]
    top: float
    width: float
    height: float


class Mark(Protocol):
    """Something in a panel."""

    def extent(self) -> tuple[Array, Array]:
        """Return the values that the axes have to hold."""
        ...

    def svg(self, place: PanelPlace) -> str:
        """Return the element."""
        ...


@dataclass(frozen=True)
class Line:
    """A line through values; it breaks where one is missing."""

    x: Array
    y: Array
    colour: str
    width: float = 1.4  #: [point]
    dash: str = ""  #: lengths of dashes and gaps [point]

    def extent(self) -> tuple[Array, Array]:
        """Return the values drawn."""
        return self.x, self.y

    def svg(self, place: PanelPlace) -> str:
        """Return a path."""
        x, y = place.x.at(self.x), place.y.at(self.y)
        if x.size > MANY_CORNERS:
            x, y = _thinned(x, y)
        dash = f' stroke-dasharray="{self.dash}"' if self.dash else ""
        path = _polyline(x, y)
        look = f'stroke="{self.colour}" stroke-width="{self.width:g}" stroke-linejoin="round"'
        return f'<path d="{path}" fill="none" {look}{dash}/>' if path else ""


@dataclass(frozen=True)
class Markers:
    """Values as marks of one colour, shape and size."""

    x: Array
    y: Array
    colour: str
    marker: str = "o"
    size: float = 4.0  #: diameter [point]
    alpha: float = 1.0
    hollow: bool = False
    many: bool = False  #: draw as an image, however few there are

    def extent(self) -> tuple[Array, Array]:
        """Return the values drawn."""
        return self.x, self.y

    def svg(self, place: PanelPlace) -> str:
        """Return a path of all marks, or an image."""
        x, y = place.x.at(self.x), place.y.at(self.y)
        there = np.isfinite(x) & np.isfinite(y)
        x, y = x[there], y[there]
        if not x.size:
            return ""
        if self.many or x.size > MOST_MARKS:
            box = place.left, place.top, place.width, place.height
            link = raster.image(
                x - box[0], y - box[1], box[2], box[3], marker="ring" if self.hollow else self.marker,
                colour=self.colour, size=self.size, alpha=self.alpha,
            )  # fmt: skip
            size = 'x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}"'.format(*box)
            return f'<image {size} preserveAspectRatio="none" href="{link}"/>'
        shape = outline(self.marker, self.size)
        path = "".join(f"M{a:.2f} {b:.2f}{shape}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
        look = paint(self.colour, self.marker, self.size, hollow=self.hollow)
        return f'<path d="{path}" {look}{faint(self.alpha)}/>'


def outline(marker: str, size: float) -> str:
    """Return the path of a mark from its centre."""
    r = size / 2.0
    if marker == "o":
        return f"m{-r:.3g} 0a{r:.3g} {r:.3g} 0 1 0 {size:.3g} 0a{r:.3g} {r:.3g} 0 1 0 {-size:.3g} 0z"
    return _OUTLINES[marker].format(*(f"{factor * r:.3g}" for factor in _FACTORS[marker]))


#: Corners of the marks, and the multiples of the radius that stand in them.
_OUTLINES = {
    "s": "m-{0} -{0}h{1}v{1}h-{1}z",
    "D": "m0 -{0}l{0} {0}l-{0} {0}l-{0} -{0}z",
    "^": "m0 -{0}l{0} {1}h-{1}z",
    "v": "m0 {0}l{0} -{1}h-{1}z",
    "P": "m-{0} -{1}h{2}v{2}h{2}v{2}h-{2}v{2}h-{2}v-{2}h-{2}v-{2}h{2}z",
    "X": "m0 -{0}l{0} -{0} {0} {0} -{0} {0}"
    " {0} {0} -{0} {0} -{0} -{0} -{0} {0} -{0} -{0} {0} -{0} -{0} -{0} {0} -{0}z",
    "+": "m-{0} 0h{1}m-{0} -{0}v{1}",
    "x": "m-{0} -{0}l{1} {1}m-{1} 0l{1} -{1}",
    "|": "m0 -{0}v{1}",
}
_FACTORS: dict[str, tuple[float, ...]] = {
    "s": (0.9, 1.8), "D": (1.15,), "^": (1.0, 2.0), "v": (1.0, 2.0), "P": (1 / 3, 1.0, 2 / 3),
    "X": (0.5,), "+": (1.0, 2.0), "x": (0.8, 1.6), "|": (1.0, 2.0),
}  # fmt: skip


def paint(colour: str, marker: str, size: float, *, hollow: bool = False) -> str:
    """Return how a mark is filled or stroked."""
    if hollow or marker in "+x|":
        width = size / 5 if hollow else max(1.0, size / 6)
        return f'fill="none" stroke="{colour}" stroke-width="{width:.2g}"'
    return f'fill="{colour}"'


@dataclass(frozen=True)
class ShadedBand:
    """What lies between two series."""

    x: Array
    low: Array
    high: Array
    colour: str
    alpha: float = 1.0
    stepped: bool = False  #: each value holds half way to its neighbours

    def extent(self) -> tuple[Array, Array]:
        """Return both series, where both are there."""
        there = np.isfinite(self.low) & np.isfinite(self.high)
        return self.x, np.concatenate([self.low[there], self.high[there]])

    def svg(self, place: PanelPlace) -> str:
        """Return a path around each stretch without gaps."""
        x, low, high = place.x.at(self.x), place.y.at(self.low), place.y.at(self.high)
        there = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
        paths = []
        for first, last in true_stretches(there):
            part = slice(first, last)
            corners = _stepped if self.stepped else _plain
            a, upper = corners(x[part], high[part])
            _, lower = corners(x[part], low[part])
            if a.size > MANY_CORNERS:
                ends = _columns(a, upper), _columns(a, lower)
                (a, _, upper), (_, lower, _) = (
                    (ends[0], ends[1]) if upper.mean() > lower.mean() else (ends[1], ends[0])
                )
            paths.append(_polyline(np.append(a, a[::-1]), np.append(upper, lower[::-1])) + "z")
        return f'<path d="{"".join(paths)}" fill="{self.colour}"{faint(self.alpha)}/>' if paths else ""


@dataclass(frozen=True)
class Level:
    """A horizontal line at a value."""

    y: float
    colour: str
    width: float = 0.8

    def extent(self) -> tuple[Array, Array]:
        """Return the value."""
        return np.empty(0), np.array([self.y])

    def svg(self, place: PanelPlace) -> str:
        """Return a path across the panel."""
        at = float(place.y.at(self.y))
        look = f'stroke="{self.colour}" stroke-width="{self.width:g}"'
        return f'<path d="M{place.left:.2f} {at:.2f}h{place.width:.2f}" {look}/>'


@dataclass(frozen=True)
class Spans:
    """Stretches of the horizontal axis as rectangles of the panel's height."""

    ends: Sequence[tuple[float, float]]
    colour: str

    def extent(self) -> tuple[Array, Array]:
        """Return nothing: a background does not affect the limits."""
        return np.empty(0), np.empty(0)

    def svg(self, place: PanelPlace) -> str:
        """Return one path."""
        ends = place.x.at(np.array(self.ends, dtype=np.float64).reshape(-1, 2))
        boxes = "".join(
            f"M{a:.2f} {place.top:.2f}H{b:.2f}v{place.height:.2f}H{a:.2f}z" for a, b in ends.tolist()
        )
        return f'<path d="{boxes}" fill="{self.colour}"/>' if boxes else ""


@dataclass(frozen=True)
class Rug:
    """Short strokes at the bottom of a panel."""

    x: Array
    colour: str
    length: float = 5.0  #: [point]

    def extent(self) -> tuple[Array, Array]:
        """Return nothing: missing values do not affect the limits."""
        return np.empty(0), np.empty(0)

    def svg(self, place: PanelPlace) -> str:
        """Return one path; strokes that would lie on one another are drawn once."""
        places = np.unique(
            np.round(place.x.at(self.x) / _COLUMN) * _COLUMN
            if self.x.size > MANY_CORNERS
            else place.x.at(self.x)
        )
        foot = place.top + place.height
        strokes = "".join(f"M{x:.2f} {foot:.2f}v-{self.length:g}" for x in places.tolist())
        return f'<path d="{strokes}" fill="none" stroke="{self.colour}"/>' if strokes else ""


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, each (row, left, length)."""

    rows: Sequence[tuple[float, float, float]]
    colour: str
    hatch: str = ""  #: a key of ``HATCHES``
    height: float = 0.68  #: share of a row

    def extent(self) -> tuple[Array, Array]:
        """Return the ends."""
        found = np.array(self.rows, dtype=np.float64).reshape(-1, 3)
        return np.append(found[:, 1], found[:, 1] + found[:, 2]), found[:, 0]

    def svg(self, place: PanelPlace) -> str:
        """Return one path, and another for the hatching."""
        thick = abs(float(place.y.at(1.0)) - float(place.y.at(0.0))) * self.height
        boxes = ""
        for row, left, length in self.rows:
            a, b = (float(end) for end in place.x.at([left, left + length]))
            boxes += f"M{a:.2f} {float(place.y.at(row)) - thick / 2:.2f}H{b:.2f}v{thick:.2f}H{a:.2f}z"
        return patch(boxes, self.colour, self.hatch)


def patch(path: str, colour: str, hatch: str) -> str:
    """Return a filled path with hatching."""
    lines = f'<path d="{path}" fill="url(#{{salt}}-{hatch})"/>' if hatch else ""
    return f'<path d="{path}" fill="{colour}"/>{lines}'


#: Kind of hatching -> what repeats, 8 points square; white on any colour.
HATCHES = {
    "dense": "M-1 1l2 -2M-1 5l6 -6M-1 9l10 -10M3 9l6 -6M7 9l2 -2",
    "lines": "M-1 1l2 -2M-1 9l10 -10M7 9l2 -2",
    "cross": "M-1 1l2 -2M-1 9l10 -10M7 9l2 -2M-1 7l2 2M-1 -1l10 10M7 -1l2 2",
    "dots": "M1 2h1M5 6h1",
}


@dataclass(frozen=True)
class Shape:
    """Closed rings, filled; a ring inside another is a hole."""

    rings: Sequence[Array]  #: each (node, 2)
    fill: str
    edge: str = ""

    def extent(self) -> tuple[Array, Array]:
        """Return the nodes."""
        nodes = np.concatenate([np.empty((0, 2)), *self.rings])
        return nodes[:, 0], nodes[:, 1]

    def svg(self, place: PanelPlace) -> str:
        """Return one path."""
        path = "".join(_polyline(place.x.at(ring[:, 0]), place.y.at(ring[:, 1])) + "z" for ring in self.rings)
        edge = f' stroke="{self.edge}" stroke-width="0.5"' if self.edge else ""
        return f'<path d="{path}" fill="{self.fill}" fill-rule="evenodd"{edge}/>' if path else ""


@dataclass(frozen=True)
class Whiskers:
    """Strokes from one value to another: vertical at x, or horizontal at y."""

    at: Array
    low: Array
    high: Array
    colour: str
    alpha: float = 1.0
    across: bool = False

    def extent(self) -> tuple[Array, Array]:
        """Return the ends."""
        ends = np.append(self.low, self.high)
        return (ends, self.at) if self.across else (self.at, ends)

    def svg(self, place: PanelPlace) -> str:
        """Return one path."""
        along, beside = (place.x, place.y) if self.across else (place.y, place.x)
        ends = np.stack([beside.at(self.at), along.at(self.low), along.at(self.high)], axis=1)
        strokes = "".join(
            f"M{a:.2f} {k:.2f}H{b:.2f}" if self.across else f"M{k:.2f} {a:.2f}V{b:.2f}"
            for k, a, b in ends[np.isfinite(ends).all(axis=1)].tolist()
        )
        return (
            f'<path d="{strokes}" fill="none" stroke="{self.colour}" stroke-width="0.8"{faint(self.alpha)}/>'
            if strokes
            else ""
        )


def true_stretches(there: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return begin and end of each stretch of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _polyline(x: Array, y: Array) -> str:
    """Return the path of a line that breaks at missing values."""
    parts = []
    for first, last in true_stretches(np.isfinite(x) & np.isfinite(y)):
        corners = zip(x[first:last].tolist(), y[first:last].tolist(), strict=True)
        parts.append("M" + " ".join(f"{a:.2f} {b:.2f}" for a, b in corners))
    return "".join(parts)


def _plain(x: Array, y: Array) -> tuple[Array, Array]:
    return x, y


def _stepped(x: Array, y: Array) -> tuple[Array, Array]:
    """Return corners of values that hold half way to their neighbours."""
    middles = (x[1:] + x[:-1]) / 2.0
    edges = np.concatenate([x[:1], np.repeat(middles, 2), x[-1:]])
    return edges, np.repeat(y, 2)


def _columns(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return place, least and largest of what falls on the same column of the page; x rises."""
    column = np.floor(x / _COLUMN)
    first = np.flatnonzero(np.concatenate([[True], np.diff(column) != 0]))
    return x[first], np.minimum.reduceat(y, first), np.maximum.reduceat(y, first)


def _thinned(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the corners that can be seen: the ends of level stretches, the extremes of a column."""
    same = (y[1:-1] == y[:-2]) & (y[1:-1] == y[2:]) | (np.isnan(y[1:-1]) & np.isnan(y[:-2]))
    kept = np.concatenate([[True], ~same, [True]])
    x, y = x[kept], y[kept]
    if x.size <= MANY_CORNERS:
        return x, y
    out = [(np.empty(0), np.empty(0))]
    for first, last in true_stretches(np.isfinite(y)):
        a, low, high = _columns(x[first:last], y[first:last])
        out.append(
            (np.append(np.repeat(a, 2), a[-1]), np.append(np.stack([low, high], axis=1).ravel(), np.nan))
        )
    return np.concatenate([a for a, _ in out]), np.concatenate([b for _, b in out])


def faint(alpha: float) -> str:
    """Return the attribute of what is half transparent."""
    return f' opacity="{alpha:g}"' if alpha < 1.0 else ""
