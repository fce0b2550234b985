"""Whether methods that measure the same thing agree within their errors."""

import numpy as np

from fluxkit.budget.results import Budget, Row
from fluxkit.budget.terms import total

#: What is the same quantity: name -> begins of labels.
SAME = {
    "the carbon that stayed": ("NECB", "all stock changes"),
    "NPP": ("NPP",),
    "GPP": ("GPP",),
}


def tell_agreement(budget: Budget) -> None:
    """Add a sentence for each pair of methods with known errors: their difference and its interval.

    Errors of two methods are taken to be independent; a method that rests on the other (the tower's GPP in a
    corrected satellite) is not independent: such pairs are left out.
    """
    for quantity, begins in SAME.items():
        rows = [row for row in budget.rows if row.label.startswith(begins) and _known(row)]
        for k, one in enumerate(rows):
            for other in rows[k + 1 :]:
                if not _dependent(one, other):
                    budget.sentences.append(_words(quantity, one, other))


def _known(row: Row) -> bool:
    return bool(np.isfinite(row.term.standard_error))


def _dependent(one: Row, other: Row) -> bool:
    """Whether one is made of the other: a series corrected by the tower beside the tower itself."""
    return {"tower", "model or satellite, corrected"} == {one.method, other.method}


def _words(quantity: str, one: Row, other: Row) -> str:
    gap = total("difference", [one.term, other.term], [1.0, -1.0])
    low, high = gap.interval()
    agree = "agree" if low <= 0 <= high else "do not agree"
    return (
        f"{one.label} ({one.method}) and {other.label} ({other.method}) {agree} on {quantity}: their "
        f"difference is {round(gap.value)} ({round(low)} to {round(high)}) g C m⁻² a⁻¹."
    )
