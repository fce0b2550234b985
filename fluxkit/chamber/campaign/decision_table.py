"""A reviewer's decisions as a CSV table with the columns of ``COLUMNS``, which later runs apply again."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from fluxkit.chamber.decisions import Decision
from fluxkit.errors import ConfigError
from fluxkit.export.csv_text import as_given, csv_text
from fluxkit.locations import location

COLUMNS = ("closure", "start", "gas", "action", "window_start", "window_end", "model", "reason")
ACTIONS = ("", "keep", "discard")
MOST_PROBLEMS = 20


def read_decisions(path: Path | str) -> list[Decision]:
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
    return parse_decisions(text, str(path))


def parse_decisions(text: str, source: str, models: Sequence[str] | None = None) -> list[Decision]:
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
        cells = {name: as_given((row.get(name) or "").strip()) for name in COLUMNS}
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
        raise ValueError("no closure is given")
    if cells["action"] not in ACTIONS:
        raise ValueError(f"action {cells['action']!r}; allowed: keep, discard, or an empty cell")
    if models is not None and cells["model"] not in ("", *models):
        raise ValueError(f"model {cells['model']!r}; allowed: {', '.join(models)}, or an empty cell")
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
        raise ValueError(f"{name} {text!r} is not a number of seconds after closing")
    return value


def _moment(text: str) -> np.datetime64:
    if not text:
        return np.datetime64("NaT", "ns")
    try:
        return np.datetime64(text.removesuffix("Z"), "ns")
    except ValueError:
        raise ValueError(f"start {text!r} is not a UTC time such as 2026-07-01T10:32:00Z") from None


def decisions_as_text(decisions: Sequence[Decision]) -> str:
    """Return decisions as the table that `parse_decisions` reads."""
    rows = [[_cell(getattr(decision, item.name)) for item in fields(Decision)] for decision in decisions]
    return csv_text([COLUMNS, *rows])


def _cell(value: object) -> str:
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else f"{np.datetime_as_string(value, unit='s')}Z"
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:g}"
    return str(value)
