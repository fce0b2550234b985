"""What every reader returns: samples on a regular grid, and what was wrong with them."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Something of an input that could not be used."""

    path: str
    line: int | None  #: 1-based line or record, None for the whole file
    lost: Literal["file", "rest of file", "line", "value", "period", "variable", "nothing"]
    reason: str  #: what was found and, if there is something to do, what


@dataclass
class Samples:
    """One stretch of raw data in SI units, one slot per sampling interval, NaN where lost.

    Slot k covers [start + k / rate, start + (k + 1) / rate).
    """

    start: np.datetime64  #: UTC, ns
    rate: float  #: [Hz]
    data: dict[str, Array]  #: canonical variable -> (n,) float64, contiguous
    problems: list[Problem] = field(default_factory=list)
    records: int = 0  #: records found in the file

    @property
    def size(self) -> int:
        """Number of slots."""
        return next(iter(self.data.values())).size if self.data else 0
