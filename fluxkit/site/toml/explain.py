"""Problems of a configuration as messages: line, key path, what was found and what is allowed."""

import re
from collections.abc import Iterable
from typing import Any

from fluxkit.site.expected import value_at
from fluxkit.site.sections.strict import ConfigProblem, Path, dotted

_TABLE = re.compile(r"^\s*\[([^\[\]]+)\]")
_ARRAY = re.compile(r"^\s*\[\[([^\[\]]+)\]\]")
_ENTRY = re.compile(r"^\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"\"[^\"]*\"|'[^']*'|[\w-]+")


def explain(problems: Iterable[ConfigProblem], data: Any, lines: dict[Path, int] | None = None) -> list[str]:
    """Return problems as messages, in the order of the file, each once.

    Parameters
    ----------
    problems : iterable of Problem
        With paths from the outermost table.
    data : dict
        The configuration as read.
    lines : dict, optional
        Line of each key, from `line_numbers`; without it messages name no lines.
    """
    lines = lines or {}
    found = sorted(problems, key=lambda problem: line_of(problem.path, lines) or 0)
    return list(dict.fromkeys(_message(problem, data, lines) for problem in found))


def _message(problem: ConfigProblem, data: Any, lines: dict[Path, int]) -> str:
    line = line_of(problem.path, lines)
    place = f"line {line}: " if line is not None else ""
    name = f"{key_name(problem.path, data)}: " if problem.path else ""
    return f"{place}{name}{problem.sentence}"


def key_name(path: Path, data: Any) -> str:
    """Return a key path as a user would write it: ``station.latitude``, ``instruments.irga.height``.

    A table of a list is called by its ``id`` or ``name``, another entry by its number, 1 = first.
    """
    if len(path) > 1 and isinstance(path[1], int):
        table = value_at(path[:2], data)
        names = [table.get("id"), table.get("name")] if isinstance(table, dict) else []
        path = (path[0], next((name for name in names if name and isinstance(name, str)), path[1]), *path[2:])
    return dotted(path)


def line_numbers(text: str) -> dict[Path, int]:
    """Return the line of each table and key of a TOML text.

    A scan, not a parser: keys inside inline tables and lists are not found; `line_of` falls back to the
    enclosing key.

    Parameters
    ----------
    text : str
        A TOML document.

    Returns
    -------
    dict
        Key path, list positions from 0, to 1-based line.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _ARRAY.match(line):
            name = _parts(found[1])
            counts[name] = counts.get(name, -1) + 1
            table = (*name, counts[name])
            lines.setdefault(name, number)
            lines[table] = number
        elif found := _TABLE.match(line):
            table = _inside(_parts(found[1]), counts)
            lines.setdefault(table, number)
        elif found := _ENTRY.match(line):
            parts = _parts(found[1])
            for size in range(1, len(parts) + 1):
                lines.setdefault((*table, *parts[:size]), number)
    return lines


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """Return the line of a key, else of what encloses it, else None."""
    for size in range(len(path), 0, -1):
        if path[:size] in lines:
            return lines[path[:size]]
    return None


def _inside(table: Path, counts: dict[Path, int]) -> Path:
    """Return the path of a table, [changes.station] being one of the last [[changes]]."""
    for size in range(len(table) - 1, 0, -1):
        if table[:size] in counts:
            return (*table[:size], counts[table[:size]], *table[size:])
    return table


def _parts(text: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(text))
