"""What a budget comes to: rows of the page and of the table, and what could not be done."""

from dataclasses import dataclass, field

import numpy as np

from fluxkit.budget.energy.closure import Closure, Residuals
from fluxkit.budget.series.agreement import SeriesComparison
from fluxkit.budget.terms import Term

#: Groups of rows, each on one axis, in the order of the page.
GROUPS = {
    "sink": "What the land gained",
    "production": "Production and respiration",
}


@dataclass(frozen=True)
class Row:
    """One bar."""

    group: str  #: a key of ``GROUPS``
    method: str  #: tower, inventory, model ...
    label: str
    term: Term  #: [g C m-2 a-1]


@dataclass(frozen=True)
class StockRow:
    """A stock at a time."""

    label: str
    term: Term  #: [g C m-2]


@dataclass(frozen=True)
class BudgetProblem:
    """Something that could not be used, or is odd."""

    path: str
    line: int | None
    lost: str  #: "method", "line", "value", "nothing"
    reason: str


@dataclass
class Budget:
    """All results, filled by one method after the other."""

    rows: list[Row] = field(default_factory=list)
    stocks: list[StockRow] = field(default_factory=list)
    by_year: list[Term] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    comparisons: list[SeriesComparison] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    closures: dict[str, Closure] = field(default_factory=dict)
    residuals: list[Residuals] = field(default_factory=list)
    water: dict[int, float] = field(default_factory=dict)  #: year -> mm
    problems: list[BudgetProblem] = field(default_factory=list)

    def add(self, group: str, method: str, label: str, term: Term) -> None:
        """Add a bar, if it has a value."""
        if np.isfinite(term.value):
            self.rows.append(Row(group, method, label, term))

    def odd(self, path: str, reason: str, *, line: int | None = None, lost: str = "line") -> None:
        """Add a problem."""
        self.problems.append(BudgetProblem(path, line, lost, reason))
