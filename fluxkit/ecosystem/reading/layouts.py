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
    times: str  #: "start", "end", "date-time", "year-day-hour", ...: which columns tell it
    units: dict[str, str] = field(default_factory=dict)  #: name -> unit as written; empty without such a row
    site: str = ""  #: as a preamble has it
    decimal: str = "."


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
            if times == "words" and any(x.lstrip('"').startswith("TOA5") for x in lines[:k]):
                kind, times = "TOA5", "words of end"
            first = k + 1 + bool(units)
            decimal = _decimal(lines[first:], separator)
            names = _named(names, lines[first : first + 1], separator)
            return Layout(kind, separator or r"\s+", names, first, times, units, site, decimal)
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


def _named(names: list[str], records: list[str], separator: str | None) -> list[str]:
    """Return the names without empty ones at the end of the line that the records have no cells for."""
    width = len(cells(records[0], separator)) if records else len(names)
    while len(names) > width and not names[-1]:
        names = names[:-1]
    return names


def _decimal(records: list[str], separator: str | None) -> str:
    """Return what stands before decimals: a comma where it parts no cells and no number has a point."""
    text = "\n".join(records)
    comma = re.search(r"\d,\d" if separator != "," else r'"-?\d+,\d+"', text)
    return "," if comma and not re.search(r"\d\.\d", text) else "."


def _text(data: bytes) -> str:
    """Return the text in UTF-8, or in Latin-1, as EddyPro writes it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _has(*wanted: str) -> Callable[[set[str]], bool]:
    return lambda names: set(wanted) <= names


#: Columns of an hour: 0.5 or 30 (HHMM) for half past midnight, or whole beside a column of minutes.
HOURS = ("hour", "hrmin", "hhmm")

_TIMES: dict[str, Callable[[set[str]], bool]] = {
    "start": _has("timestamp_start"),
    "end": _has("timestamp_end"),
    "date-time": _has("date", "time"),
    "year-day-hour": lambda names: {"year", "doy"} <= names and bool(names & {*HOURS}),
    "year-month-day-hour": lambda names: {"year", "month", "day"} <= names and bool(names & {*HOURS}),
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
    if any(cell[:1].isdigit() for name, cell in zip(names, found, strict=False) if _of_time(name)):
        return {}  # a record of which most is missing
    if not found or numbers > len(found) / 4 or not any(re.search(r"[A-Za-z%]", cell) for cell in found):
        return {}
    shift = 0
    lower = [name.casefold() for name in names]
    dates = [k for k, cell in enumerate(found) if cell.startswith("[yyyy")]
    if dates and "date" in lower:
        shift = lower.index("date") - dates[0]
    return {names[k + shift]: cell for k, cell in enumerate(found) if 0 <= k + shift < len(names)}


def _of_time(name: str) -> bool:
    return name.casefold() in {"year", "doy", "date", "datetime", "date_time"} or name.casefold().startswith(
        "timestamp"
    )


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
