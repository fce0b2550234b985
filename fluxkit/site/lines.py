"""Where in a TOML file a key stands: so that an error can name the line."""

import re

_TABLE = re.compile(r"^\s*\[([^\[\]]+)\]")
_ARRAY = re.compile(r"^\s*\[\[([^\[\]]+)\]\]")
_ENTRY = re.compile(r"^\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"\"[^\"]*\"|'[^']*'|[\w-]+")

Path = tuple[str | int, ...]


def line_numbers(text: str) -> dict[Path, int]:
    """Return the line of each table and key of a TOML text.

    A scan, not a parser: keys inside inline tables and lists are not found, so ask
    `line_of`, which falls back to the enclosing key.

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
            table = _parts(found[1])
            lines.setdefault(table, number)
        elif found := _ENTRY.match(line):
            lines.setdefault((*table, *_parts(found[1])), number)
    return lines


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """Return the line of a key, else of what encloses it, else None."""
    for size in range(len(path), 0, -1):
        if path[:size] in lines:
            return lines[path[:size]]
    return None


def _parts(text: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(text))
