"""What a page is made of: columns over time, and figures that show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.report.style import BLUE, SKY
from fluxkit.report.web.reviews import Review

Array = npt.NDArray[np.float64]
#: Which palette a fingerprint has: around zero, from low to high, or classes 0, 1, 2.
PALETTES = ("diverging", "sequential", "classes")


@dataclass(frozen=True)
class Clock:
    """The evenly spaced records of a page."""

    start: np.datetime64  #: begin of the first record, local standard time
    step_s: float
    count: int
    zone: str = "local standard time"

    @property
    def per_day(self) -> int:
        """Records in a day."""
        return round(86400.0 / self.step_s)


@dataclass(frozen=True)
class Column:
    """Values over the records."""

    values: Array
    label: str
    unit: str = ""
    words: Mapping[int, str] = field(default_factory=dict)  #: of codes
    bits: Sequence[str] = ()  #: meaning of each bit of a flag, the lowest first


@dataclass(frozen=True)
class Series:
    """A column in a figure over time."""

    column: str
    colour: str = BLUE
    kind: str = "line"  #: line, points
    quality: str = ""  #: a column of classes 0, 1, 2 that colours the points
    band: tuple[str, str] | None = None  #: columns of a lower and an upper limit
    band_colour: str = SKY


@dataclass(frozen=True)
class Lines:
    """Columns through time."""

    series: Sequence[Series]
    label: str  #: of the vertical axis, with its unit
    height: int = 220  #: [pixel]


@dataclass(frozen=True)
class Fingerprint:
    """A column by day and hour."""

    column: str
    palette: str = "diverging"

    def __post_init__(self) -> None:
        if self.palette not in PALETTES:
            raise ValueError(f"palette: one of {', '.join(PALETTES)}, not {self.palette!r}")


@dataclass(frozen=True)
class Diurnal:
    """Mean course of the day by month, with its standard deviation."""

    column: str


@dataclass(frozen=True)
class Table:
    """Rows of texts; columns of numbers stand to the right."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()  #: which columns hold numbers
    title: str = ""
    folded: str = ""  #: words to click on; nothing: the table is open
    more: str = ""  #: where rows are that did not fit


@dataclass(frozen=True)
class Static:
    """A drawing made beforehand, and the numbers behind it."""

    svg: str
    alt: str
    numbers: Table | None = None


@dataclass(frozen=True)
class Words:
    """Sentences, one below another."""

    sentences: Sequence[str]
    title: str = ""
    more: str = ""  #: where others are that did not fit


Figure = Lines | Fingerprint | Diurnal | Static | Table | Words | Review
#: What is in the page as it is, without a script.
STILL = (Static, Table, Words)


@dataclass(frozen=True)
class Section:
    """A part of the page under one heading."""

    title: str
    figures: Sequence[Figure]
    caption: str = ""


def as_data(figure: Figure) -> dict[str, Any]:
    """Return what the script needs of a figure that it draws."""
    match figure:
        case Lines():
            return {
                "kind": "lines",
                "label": figure.label,
                "height": figure.height,
                "series": [
                    {
                        "column": one.column,
                        "colour": one.colour,
                        "kind": one.kind,
                        "quality": one.quality,
                        "band": list(one.band) if one.band else None,
                        "bandColour": one.band_colour,
                    }
                    for one in figure.series
                ],
            }
        case Fingerprint():
            return {"kind": "fingerprint", "column": figure.column, "palette": figure.palette}
        case Diurnal():
            return {"kind": "diurnal", "column": figure.column}
    raise TypeError(f"{type(figure).__name__} is not drawn by the script")


def names_of(figure: Figure) -> set[str]:
    """Return the columns that a figure shows."""
    match figure:
        case Lines():
            found = {name for one in figure.series for name in (one.column, one.quality, *(one.band or ()))}
            return found - {""}
        case Fingerprint() | Diurnal():
            return {figure.column}
    return set()
