"""The time in a file's name."""

import functools
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from fluxkit.errors import ConfigError, ReadError
from fluxkit.locations import location
from fluxkit.raw.clock_offsets import offset_of
from fluxkit.raw.layout import Layout

_DIRECTIVES = {
    "Y": r"\d{4}",
    "y": r"\d{2}",
    "m": r"\d{2}",
    "d": r"\d{2}",
    "j": r"\d{3}",
    "H": r"\d{2}",
    "M": r"\d{2}",
    "S": r"\d{2}",
}
_PACKINGS = (".gz", ".zip", ".xz", ".bz2")
_EPOCH = date(1970, 1, 1)
_NS_PER_MINUTE = 60_000_000_000


def file_start(path: str | Path, layout: Layout) -> np.datetime64:
    """Start of a file from its name, without opening it.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; only its name counts.
    layout : Layout
        With ``name_pattern``: %Y %m %d %H %M %S %j %y, * for anything, ? for any one character.

    Returns
    -------
    numpy.datetime64
        UTC, ns. If the name gives the end, ``file_minutes`` are subtracted.

    Raises
    ------
    ReadError
        The name does not match, or its digits are not a date.
    ConfigError
        The pattern has no date.
    """
    if layout.name_pattern is None:
        raise ConfigError(
            "raw.name_pattern", ["is needed to read a file's time from its name (file_time = 'name')"]
        )
    source = str(path)
    name = location(path).name
    pattern = _compiled(layout.name_pattern, layout.year is not None)
    match = pattern.fullmatch(name)
    if match is None and name.lower().endswith(_PACKINGS):
        match = pattern.fullmatch(name.rpartition(".")[0])
    if match is None:
        raise ReadError(source, f"the name does not match raw.name_pattern = {layout.name_pattern!r}")
    part = {key: int(value) for key, value in match.groupdict().items()}
    written = _moment(part, layout.year, source)
    start = written - offset_of(written, layout)
    if layout.name_time_is == "end":
        if layout.file_minutes is None:
            raise ConfigError(
                "raw.file_minutes", ["is needed when the name gives the end (name_time_is = 'end')"]
            )
        start -= round(layout.file_minutes * _NS_PER_MINUTE)
    return np.datetime64(start, "ns")


def has_time_of_day(pattern: str) -> bool:
    """Whether names of a pattern tell more than a date."""
    return "%H" in pattern.replace("%%", "")


@functools.lru_cache(maxsize=32)
def _compiled(pattern: str, year_given: bool) -> re.Pattern[str]:
    parts: list[str] = []
    seen: set[str] = set()
    rest = iter(pattern)
    for char in rest:
        if char == "%":
            key = next(rest, "")
            if key == "%":
                parts.append("%")
            elif key in seen:
                parts.append(f"(?P={key})")
            elif key in _DIRECTIVES:
                seen.add(key)
                parts.append(f"(?P<{key}>{_DIRECTIVES[key]})")
            else:
                raise ConfigError(
                    "raw.name_pattern",
                    [f"%{key} in {pattern!r} is unknown; known: %{' %'.join(_DIRECTIVES)}"],
                )
        else:
            parts.append({"*": ".*?", "?": "."}.get(char, re.escape(char)))
    if not (seen & {"Y", "y"} or year_given):
        raise ConfigError("raw.name_pattern", [f"{pattern!r} has no year (%Y or %y): give raw.year"])
    if not ("j" in seen or {"m", "d"} <= seen):
        raise ConfigError("raw.name_pattern", [f"{pattern!r} has no date: it needs %m and %d, or %j"])
    return re.compile("".join(parts))


def _moment(part: dict[str, int], given_year: int | None, source: str) -> int:
    # Nanoseconds since 1970 on the clock of the name.
    year = part.get("Y", given_year)
    if "y" in part and "Y" not in part:
        year = part["y"] + (2000 if part["y"] < 69 else 1900)
    if year is None:
        raise ConfigError("raw.year", ["is needed for names without a year"])
    hour, minute, second = part.get("H", 0), part.get("M", 0), part.get("S", 0)
    try:
        if "j" in part:
            day = date(year, 1, 1) + timedelta(days=part["j"] - 1)
            right = day.year == year
        else:
            day = date(year, part["m"], part["d"])
            right = True
    except ValueError:
        right, day = False, _EPOCH
    # Some loggers write midnight as 2400 of the day that ends.
    right = right and 1700 <= year <= 2250 and minute < 60 and second < 60
    if not right or hour > 24 or (hour == 24 and minute + second > 0):
        found = ", ".join(f"%{key} = {value}" for key, value in part.items())
        raise ReadError(source, f"the name gives no valid time ({found}); check raw.name_pattern")
    return ((((day - _EPOCH).days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000_000
