"""Drawings made beforehand, with the numbers that they show in a table behind them."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.report.svg.drawing import Axis, Drawing, Panel
from fluxkit.report.svg.marks import Bars, Line, Mark, Markers, ShadedBand, Whiskers
from fluxkit.report.web.parts import Static, Table

Array = npt.NDArray[np.float64]

#: Values that a table tells of one mark of a drawing; of longer ones evenly spaced.
MOST_VALUES = 48
#: Rows of a table.
MOST_ROWS = 600


def still(drawing: Drawing, name: str, alt: str, numbers: Table | None = None) -> Static:
    """Return a drawing as a figure of the page.

    Parameters
    ----------
    drawing : Drawing
    name : str
        Different for each drawing of a page.
    alt : str
        What a person who cannot see it would want to know.
    numbers : Table, optional
        What stands behind it; without it, the values of its marks.
    """
    return Static(drawing.svg(name), alt, numbers or numbers_of(drawing))


def numbers_of(drawing: Drawing) -> Table | None:
    """Return the values of a drawing's marks, named by its legends and axes; None where it has none."""
    names = {
        key.colour: key.label
        for legend in (*drawing.legends, *(legend for panel in drawing.panels for legend in panel.legends))
        for key in legend.keys
    }
    rows = [row for panel in drawing.panels for row in _panel_rows(panel, names)]
    if not rows:
        return None
    long = len(rows) > MOST_ROWS or any(
        _length(mark) > MOST_VALUES for panel in drawing.panels for mark in panel.marks
    )
    more = "Of long series some values, evenly spaced; the files of the results hold all." if long else ""
    head = ["of", "shown", "along the axis", "value", "from", "to"]
    kept = [k for k in range(2, 6) if k < 4 or any(row[k] for row in rows)]
    shown = [[row[k] for k in (0, 1, *kept)] for row in rows[:MOST_ROWS]]
    before = [["", ""], *shown[:-1]]
    return Table(
        [head[k] for k in (0, 1, *kept)],
        # What is as in the row above is not said again.
        [
            ["" if row[:2] == last[:2] else row[0], "" if row[:2] == last[:2] else row[1], *row[2:]]
            for row, last in zip(shown, before, strict=True)
        ],
        numbers=range(2, 2 + len(kept)),
        more=more,
    )


def _panel_rows(panel: Panel, names: dict[str, str]) -> Iterator[list[str]]:
    """Yield (panel, mark, place, value, from, to) of each value."""
    of = " against ".join(part for part in (_name(panel.y), _name(panel.x)) if part)
    title = next((note.text for note in panel.notes if note.bold), "")
    of = ": ".join(part for part in (title, of) if part)
    for mark in panel.marks:
        known = names.get(getattr(mark, "colour", ""), "")
        for along, value, low, high in _values(mark):
            if np.isfinite([along, value, low, high]).any() and np.isfinite(along):
                place = _place(panel.y if isinstance(mark, Bars) else panel.x, along)
                yield [of, known, place, _numeral(value), _numeral(low), _numeral(high)]


def _length(mark: Mark) -> int:
    return int(np.size(mark.extent()[0]))


def _values(mark: Mark) -> Iterator[tuple[float, float, float, float]]:
    """Yield place, value and the ends of a range; what a mark does not have is NaN."""
    some = slice(None, None, max(-(-_length(mark) // MOST_VALUES), 1))
    none = np.nan
    match mark:
        case Bars():
            yield from ((row, length, none, none) for row, _, length in mark.rows)
        case ShadedBand():
            yield from ((x, none, low, high) for x, low, high in _rows(some, mark.x, mark.low, mark.high))
        case Whiskers():
            yield from ((at, none, low, high) for at, low, high in _rows(some, mark.at, mark.low, mark.high))
        case Line() | Markers():
            yield from ((x, y, none, none) for x, y in _rows(some, mark.x, mark.y))


def _rows(some: slice, *columns: Array) -> list[tuple[float, ...]]:
    return list(zip(*(np.asarray(column, np.float64)[some].tolist() for column in columns), strict=True))


def _name(axis: Axis) -> str:
    return " ".join(axis.name.split())


def _place(axis: Axis, at: float) -> str:
    """Return a place on an axis, by its word where it has one."""
    if axis.ticks is not None:
        places: Sequence[float] = list(axis.ticks[0])
        for place, word in zip(places, axis.ticks[1], strict=True):
            if abs(place - at) < 1e-9 and word:
                return " ".join(str(word).split())
    return _numeral(at)


def _numeral(value: float) -> str:
    return f"{value:.4g}".replace("-", "−") if np.isfinite(value) else ""
