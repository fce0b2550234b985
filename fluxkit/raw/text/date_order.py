"""Whether 01/07/2024 is in July or in January: what the dates of a file show of it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

_SLASH, _LAST_MONTH = 47, 12
_LONGEST = 40
_NO_ORDER = -1


@dataclass(frozen=True)
class DateOrder:
    """The largest numbers that stand before and behind the first separator of dates with the year last."""

    first: int = 0
    second: int = 0
    slash: bool = True  #: whether the separator is a slash, else a hyphen
    example: str = ""  #: a date of them whose day and month differ

    @staticmethod
    def notes(day_first: bool | None) -> npt.NDArray[np.int64]:
        """Return what `fluxkit.kernels.dates.stamp` keeps of dates."""
        order = _NO_ORDER if day_first is None else int(day_first)
        return np.array([order, 0, 0, 0, -1, 0], np.int64)

    @classmethod
    def of(cls, notes: npt.NDArray[np.int64], data: bytes) -> Self:
        """Return what a kernel has noted of the dates in a text."""
        from fluxkit.kernels import dates

        begin = int(notes[dates.EXAMPLE])
        text = "" if begin < 0 else data[begin : begin + _LONGEST].decode("latin-1").split("\n")[0]
        example = text.strip().replace("T", " ").split(" ")[0].strip('",;')
        slash = int(notes[dates.SEPARATOR]) in (0, _SLASH)
        return cls(int(notes[dates.FIRST]), int(notes[dates.SECOND]), slash, example)

    @property
    def usual(self) -> bool:
        """Whether such dates have the day first, as far as their separator tells."""
        return not self.slash

    @property
    def shown(self) -> bool | None:
        """Whether a number beyond 12 shows the day to be first; None where nothing or both is shown."""
        if (self.first > _LAST_MONTH) is (self.second > _LAST_MONTH):
            return None
        return self.first > _LAST_MONTH

    @property
    def contradictory(self) -> bool:
        """Whether some dates must have the day first, and others the month."""
        return self.first > _LAST_MONTH and self.second > _LAST_MONTH

    @property
    def open(self) -> bool:
        """Whether there are dates, and nothing tells how they are read."""
        return bool(self.example) and self.first <= _LAST_MONTH and self.second <= _LAST_MONTH


#: Of a file without such dates.
NO_DATES = DateOrder()


def guess_words(dates: DateOrder, key: str) -> str:
    """Say that dates were read by their separator alone, and which key would tell.

    Examples
    --------
    >>> guess_words(DateOrder(1, 7, True, "01/07/2024"), "raw.day_first")
    '01/07/2024 is read with the month first, but may have the day first: set raw.day_first = true or false'
    """
    order, other = ("day", "month") if dates.usual else ("month", "day")
    return (
        f"{dates.example} is read with the {order} first, but may have the {other} first: "
        f"set {key} = true or false"
    )


def shown_words(dates: DateOrder) -> str:
    """Say what order a number beyond 12 shows.

    Examples
    --------
    >>> shown_words(DateOrder(13, 7))
    'dates have the day first: a 13 in that place can be no month'
    """
    order, number = ("day", dates.first) if dates.shown else ("month", dates.second)
    where = "that place" if dates.shown else "the second place"
    return f"dates have the {order} first: a {number} in {where} can be no month"
