"""What a reviewer decided about single closures, spread over closures and gases.

A decision without a gas holds for all gases; of several for the same closure and gas the last one counts,
field by field.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: A decision finds its closure by its id, and among equal ids by its start, this near. [s]
NEAR = 300.0


@dataclass(frozen=True)
class Decision:
    """One line of the table."""

    closure: str  #: id
    start: np.datetime64  #: of the closure, UTC; NaT where it is not given
    gas: str  #: "" for all
    action: str  #: "keep" also what flags would remove, "discard", or ""
    window_start: float  #: after closing; NaN leaves it [s]
    window_end: float  #: after closing; NaN leaves it [s]
    model: str  #: to use, "" leaves the choice to the rule
    reason: str


@dataclass(frozen=True)
class Verdicts:
    """The decisions spread over closures and gases, arrays of shape (closure, gas)."""

    window_start: Array  #: after closing, NaN where it is not decided [s]
    window_end: Array  #: after closing, NaN where it is not decided [s]
    model: npt.NDArray[np.str_]  #: "" where it is not decided
    discarded: npt.NDArray[np.bool_]
    kept: npt.NDArray[np.bool_]
    reason: npt.NDArray[np.str_]
    unused: tuple[str, ...]  #: in words, decisions that no closure or gas answers to


def apply(
    decisions: Sequence[Decision],
    ids: npt.NDArray[np.str_],
    starts: npt.NDArray[np.datetime64],
    gases: Sequence[str],
) -> Verdicts:
    """Spread decisions over closures and gases.

    Parameters
    ----------
    decisions : sequence of Decision
        In the order of the table.
    ids : ndarray of str, shape (closure,)
        Of the closures.
    starts : ndarray of datetime64, shape (closure,)
        When they closed, UTC. Only compared where an id occurs more than once.
    gases : sequence of str
        Names of the gases.

    Returns
    -------
    Verdicts
        Also with what could not be applied.
    """
    shape = (len(ids), len(gases))
    windows = np.full((2, *shape), np.nan)
    model = np.full(shape, "", dtype=object)
    reason = np.full(shape, "", dtype=object)
    action = np.full(shape, "", dtype=object)
    unused = []
    for decision in decisions:
        rows = _rows(decision, ids, starts)
        columns = np.array([k for k, gas in enumerate(gases) if decision.gas in ("", gas)], np.int64)
        if rows.size == 0 or columns.size == 0:
            unused.append(_words(decision, "closure" if rows.size == 0 else "gas"))
            continue
        place = np.ix_(rows, columns)
        for window, value in zip(windows, (decision.window_start, decision.window_end), strict=True):
            if np.isfinite(value):
                window[place] = value
        for table, word in ((model, decision.model), (reason, decision.reason), (action, decision.action)):
            if word:
                table[place] = word
    return Verdicts(
        windows[0], windows[1], model.astype(np.str_), np.asarray(action == "discard"),
        np.asarray(action == "keep"), reason.astype(np.str_), tuple(unused),
    )  # fmt: skip


def _rows(
    decision: Decision, ids: npt.NDArray[np.str_], starts: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.int64]:
    """Return the closures that a decision means: one, or none."""
    rows = np.flatnonzero(ids == decision.closure)
    if rows.size < 2 or np.isnat(decision.start):
        # An id that stands for several closures and no time to tell them apart: none is meant.
        return rows if rows.size < 2 else rows[:0]
    away = np.abs((starts[rows] - decision.start) / np.timedelta64(1, "s"))
    nearest = int(np.argmin(away))
    return rows[nearest : nearest + 1] if away[nearest] <= NEAR else rows[:0]


def _words(decision: Decision, lacks: str) -> str:
    when = "" if np.isnat(decision.start) else f" of {np.datetime_as_string(decision.start, unit='s')}Z"
    if lacks == "gas":
        return f"closure {decision.closure!r}{when}: the run has no gas {decision.gas!r}"
    return (
        f"closure {decision.closure!r}{when}: no closure of the run has this id"
        " (where several have it, give the column 'start')"
    )
