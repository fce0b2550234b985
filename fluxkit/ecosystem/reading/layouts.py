"""How a table of half hours is laid out: its separator, names, units, and the columns of its times."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fluxkit.errors import ReadError

#: Lines at the beginning among which that with the names is looked for; a preamble of # lines is longer.
_HEAD = 40
_SEPARATORS = (",", "\t", ";")
_SITE = re.compile(r"#\s*Site(?:[ _]?ID)?\s*:\s*([A-Z]{2}-\w{3})")


@dataclass(frozen=True)
class Layout:
    """What the first lines of a table tell."""

    kind: str  #: name for messages
    separator: str
    names: list[str]
    first: int  #: line of the first record, 0 = first of the file
    times: str  #: "start", "end", "date-time", "year-day-hour": which columns tell the time
    units: dict[str, str] = field(default_factory=dict)  #: name -> unit as written; empty without such a row
    site: str = ""  #: as a preamble has it


def layout_of(head: bytes, source: str) -> Layout:
    """Recognise the layout by the first lines.

    Parameters
    ----------
    head : bytes
        The beginning of the file.
    source : str
        Path, for messages.

    Raises
    ------
    ReadError
        No line has columns of a time that is known.
    """
    lines = _text(head).splitlines()[:_HEAD]
    site = next((found[1] for found in map(_SITE.search, lines) if found), "")
    for k, line in enumerate(lines):
        if line.lstrip().startswith("#"):
            continue
        for separator in (*_SEPARATORS, None):
            names = cells(line, separator)
            times = _times(names)
            if times is None:
                continue
            following = lines[k + 1] if k + 1 < len(lines) else ""
            units = _units(names, following, separator)
            kind = _kind(times, names, units, preamble=any(x.startswith("#") for x in lines[:k]))
            return Layout(kind, separator or r"\s+", names, k + 1 + bool(units), times, units, site)
    raise ReadError(
        source,
        "no line of column names with a time among the first ones: expected TIMESTAMP_START or TIMESTAMP_END "
        "(FLUXNET, AmeriFlux, ICOS), date and time (EddyPro's full output) or Year, DoY and Hour (REddyProc)",
    )


def cells(line: str, separator: str | None) -> list[str]:
    """Return the cells of a line; a separator of None is any run of blanks."""
    if separator is None:
        return line.split()
    return [cell.strip().strip('"') for cell in next(csv.reader([line], delimiter=separator), [])]


def _text(data: bytes) -> str:
    """Return the text in UTF-8, or in Latin-1, as EddyPro writes it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _has(*wanted: str) -> Callable[[set[str]], bool]:
    return lambda names: set(wanted) <= names


_TIMES: dict[str, Callable[[set[str]], bool]] = {
    "start": _has("timestamp_start"),
    "end": _has("timestamp_end"),
    "date-time": _has("date", "time"),
    "year-day-hour": _has("year", "doy", "hour"),
    "year-month-day-hour": _has("year", "month", "day", "hour"),
    "words": lambda names: bool(names & {"datetime", "date_time", "timestamp"}),
}


def _times(names: Sequence[str]) -> str | None:
    lower = {name.casefold() for name in names}
    return next((times for times, holds in _TIMES.items() if holds(lower)), None) if len(lower) > 1 else None


def _units(names: Sequence[str], line: str, separator: str | None) -> dict[str, str]:
    """Return the unit of each column if the line below the names has units, not numbers."""
    found = cells(line, separator)
    if separator == "," and any("[" in cell for cell in found[:4]):
        # EddyPro parts "[1=daytime]" of some versions by a comma within the brackets.
        found = [cell.strip(' "') for cell in re.split(r",(?![^\[]*\])", line)]
    numbers = sum(_is_number(cell) for cell in found)
    if not found or numbers > len(found) / 4 or not any(re.search(r"[A-Za-z%]", cell) for cell in found):
        return {}
    shift = 0
    lower = [name.casefold() for name in names]
    dates = [k for k, cell in enumerate(found) if cell.startswith("[yyyy")]
    if dates and "date" in lower:
        shift = lower.index("date") - dates[0]
    return {names[k + shift]: cell for k, cell in enumerate(found) if 0 <= k + shift < len(names)}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _kind(times: str, names: Sequence[str], units: dict[str, str], *, preamble: bool) -> str:
    there = set(names)
    if times == "date-time":
        return "EddyPro full output"
    if times.startswith("year"):
        return "REddyProc text"
    if "FILENAME_HF" in there:
        return "EddyPro FLUXNET output"
    if {"NEE_VUT_REF", "NEE_CUT_REF", "NEE_VUT_50", "TA_F", "TA_F_MDS"} & there:
        return "FLUXNET product"
    if preamble:
        return "AmeriFlux BASE"
    return "FLUXNET table" if times in ("start", "end") else "table"
