"""A list of what was wrong with one file that does not grow with the damage."""

from dataclasses import replace
from typing import Literal

from fluxkit.errors import account
from fluxkit.raw.samples import Problem

#: Most problems that are told one by one.
MOST = 20

Lost = Literal["file", "rest of file", "line", "value", "period", "variable", "nothing"]


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
        """Append a problem, or only count it when enough have been told."""
        if len(self._told) < MOST:
            self._told.append(replace(problem, reason=account(problem.reason)))
        else:
            self.count(problem.lost, 1)

    def count(self, lost: Lost, number: int) -> None:
        """Count problems that are not told one by one."""
        if number > 0:
            self._more[lost] = self._more.get(lost, 0) + number

    def told(self) -> list[Problem]:
        """Return all of it; the last one says "and N more"."""
        if not self._more:
            return list(self._told)
        by_kind = ", ".join(f"{number} x {lost}" for lost, number in self._more.items())
        total = sum(self._more.values())
        worst: Lost = "line" if "line" in self._more else next(iter(self._more))
        return [*self._told, Problem(self.source, None, worst, f"and {total} more (lost: {by_kind})")]
