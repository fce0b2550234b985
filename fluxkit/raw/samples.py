"""What every reader returns: samples on a regular grid, and what was wrong with them."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from fluxkit.errors import account

Array = npt.NDArray[np.float64]
Lost = Literal["file", "rest of file", "line", "value", "period", "variable", "nothing"]

#: Most problems that are told one by one.
MOST = 20


@dataclass(frozen=True)
class Problem:
    """Something of an input that could not be used."""

    path: str
    line: int | None  #: 1-based line or record, None for the whole file
    lost: Lost
    reason: str  #: what was found and, if there is something to do, what


class ProblemLog:
    """Problems of one file: the first ``MOST`` in full, then how many more there were.

    Parameters
    ----------
    source : str
        Path of the file.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._told: list[Problem] = []
        self._more: dict[Lost, int] = {}

    def add(self, problem: Problem) -> None:
        """Append a problem, or only count it when there are many already."""
        if len(self._told) < MOST:
            self._told.append(replace(problem, reason=account(problem.reason)))
        else:
            self.count(problem.lost, 1)

    def count(self, lost: Lost, number: int) -> None:
        """Count problems that are not listed one by one."""
        if number > 0:
            self._more[lost] = self._more.get(lost, 0) + number

    def take(self, other: "ProblemLog", without: str = "", times: int = 0) -> None:
        """Append what another log holds, but for so many lost lines whose reasons contain a text."""
        for problem in other._told:
            if without and without in problem.reason:
                times -= 1
            else:
                self.add(problem)
        for lost, number in other._more.items():
            self.count(lost, number - max(times, 0) if lost == "line" else number)

    def told(self) -> list[Problem]:
        """Return all of it; the last one says "and N more"."""
        if not self._more:
            return list(self._told)
        by_kind = ", ".join(f"{number} x {lost}" for lost, number in self._more.items())
        total = sum(self._more.values())
        worst: Lost = "line" if "line" in self._more else next(iter(self._more))
        return [*self._told, Problem(self.source, None, worst, f"and {total} more (lost: {by_kind})")]


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


def within(samples: Samples, start: np.datetime64, end: np.datetime64) -> Samples | None:
    """Return the samples between two instants, None if there are none.

    A sample belongs to the side on which the middle of its interval is.

    Examples
    --------
    >>> noon = np.datetime64("2024-07-01T12:00", "ns")
    >>> both = Samples(noon, 1.0, {"u": np.arange(10.0)}, [], 10)
    >>> half = within(both, noon + np.timedelta64(7, "s"), noon + np.timedelta64(60, "s"))
    >>> half.start, half.data["u"], half.records
    (np.datetime64('2024-07-01T12:00:07.000000000'), array([7., 8., 9.]), 3)
    """
    slots = [
        float((edge - samples.start) / np.timedelta64(1, "ns")) * samples.rate / 1e9 for edge in (start, end)
    ]
    first, stop = (min(max(int(np.ceil(slot - 0.5)), 0), samples.size) for slot in slots)
    if first >= stop:
        return None
    begin = samples.start + np.timedelta64(round(first * 1e9 / samples.rate), "ns")
    data = {name: values[first:stop] for name, values in samples.data.items()}
    records = min(samples.records, stop - first)
    return replace(samples, start=begin, data=data, records=records)
