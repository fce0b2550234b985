"""What a reviewer decided about single closures, in a table that later runs apply again.

The table is CSV with the columns of ``COLUMNS``. A line without a gas holds for all gases; of several lines
for the same closure and gas the last one counts, column by column.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ConfigError
from fluxkit.locations import location

Array = npt.NDArray[np.float64]

COLUMNS = ("closure", "start", "gas", "action", "window_start", "window_end", "model", "reason")
ACTIONS = ("", "keep", "discard")
#: A decision finds its closure by its id, and among equal ids by its start, this near. [s]
NEAR = 300.0
MOST_PROBLEMS = 20


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


def read(path: Path | str) -> list[Decision]:
    """Read a table of decisions.

    Raises
    ------
    ConfigError
        The file cannot be read, or lines of it make no sense; each is named.
    """
    try:
        text = location(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"the decisions cannot be read: {error}"]) from error
    return parse(text, str(path))


def parse(text: str, source: str, models: Sequence[str] | None = None) -> list[Decision]:
    """Return the decisions of a table.

    Parameters
    ----------
    text : str
        CSV with a line of names; columns of other names are ignored.
    source : str
        What to call the table in messages.
    models : sequence of str, optional
        Known names of models; others are refused.

    Raises
    ------
    ConfigError
        Columns or values that cannot be used, with line, what was found and what is allowed.
    """
    rows = csv.DictReader(io.StringIO(text))
    if "closure" not in (rows.fieldnames or ()):
        raise ConfigError(source, [f"line 1: no column 'closure'; the columns are {', '.join(COLUMNS)}"])
    found: list[Decision] = []
    problems: list[str] = []
    for row in rows:
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if not any(cells.values()):
            continue
        try:
            found.append(_decision(cells, models))
        except ValueError as error:
            problems.append(f"line {rows.line_num}: {error}")
    if len(problems) > MOST_PROBLEMS:
        problems = [*problems[:MOST_PROBLEMS], f"and {len(problems) - MOST_PROBLEMS} more lines"]
    if problems:
        raise ConfigError(source, problems)
    return found


def _decision(cells: dict[str, str], models: Sequence[str] | None) -> Decision:
    if not cells["closure"]:
        raise ValueError("no closure is named")
    if cells["action"] not in ACTIONS:
        raise ValueError(f"action {cells['action']!r}; allowed are keep, discard or nothing")
    if models is not None and cells["model"] not in ("", *models):
        raise ValueError(f"model {cells['model']!r}; allowed are {', '.join(models)} or nothing")
    first, last = (_seconds(cells[name], name) for name in ("window_start", "window_end"))
    if first >= last:
        raise ValueError(f"the window ends ({last:g} s) before it begins ({first:g} s)")
    return Decision(
        cells["closure"], _moment(cells["start"]), cells["gas"], cells["action"], first, last,
        cells["model"], cells["reason"],
    )  # fmt: skip


def _seconds(text: str, name: str) -> float:
    if not text:
        return np.nan
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise ValueError(f"{name} {text!r} is no number of seconds after closing")
    return value


def _moment(text: str) -> np.datetime64:
    if not text:
        return np.datetime64("NaT", "ns")
    try:
        return np.datetime64(text.removesuffix("Z"), "ns")
    except ValueError:
        raise ValueError(f"start {text!r} is no UTC time such as 2026-07-01T10:32:00Z") from None


def text_of(decisions: Sequence[Decision]) -> str:
    """Return decisions as the table that `parse` reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for decision in decisions:
        writer.writerow([_cell(getattr(decision, item.name)) for item in fields(Decision)])
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else f"{np.datetime_as_string(value, unit='s')}Z"
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:g}"
    return str(value)


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
