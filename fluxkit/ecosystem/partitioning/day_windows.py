"""The windows of day-time partitioning: four days every second one, wider ones around the same centre."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Windows:
    """Windows of four days that begin every second day.

    Parameters
    ----------
    day : (w,) array of int
        First day of each, counted from one.
    per_day, records : int
        Records of a day, and of the table.
    """

    day: Integers
    per_day: int
    records: int

    @classmethod
    def over(cls, records: int, per_day: int) -> Self:
        """All windows whose centre lies in a table."""
        day = np.arange(1, -(-records // per_day) + 1, 2)
        return cls(day[(day + 1) * per_day < records], per_day, records)

    @property
    def size(self) -> int:
        """How many."""
        return int(self.day.size)

    @property
    def centre(self) -> Integers:
        """Record in the middle, counted from zero."""
        return np.asarray((self.day + 1) * self.per_day)

    def around(self, days: int) -> tuple[Integers, Integers]:
        """First record and the one behind the last of windows of so many days around the centres."""
        first = self.centre - days * self.per_day // 2
        return np.maximum(first, 0), np.minimum(first + days * self.per_day, self.records)
