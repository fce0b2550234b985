"""Dates and times of analysers' files as instants; nothing is guessed about day and month."""

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.raw.read_options import AmbiguousDateError, ReadOptions
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.series import Times

_NS = 1_000_000_000
NAT = np.datetime64("NaT", "ns")
_NO_TIME = int(np.iinfo(np.int64).min)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp][Mm])?$")
_COMPACT_CLOCK = re.compile(r"(\d{2})(\d{2})(\d{2})(?:\.(\d{1,9}))?$")
#: Years outside are slips of a clock that was never set, or no years at all.
_FIRST_YEAR, _LAST_YEAR = 1980, 2100


def instants(
    dates: Sequence[str], times: Sequence[str], options: ReadOptions, log: ProblemLog, lines: Sequence[int]
) -> Times:
    """Return stamps as written, NaT where unreadable.

    Parameters
    ----------
    dates, times : sequence of str
        (n,) texts; see `split_stamps` for stamps in one column.
    options : Asked
        ``day_first`` is used where the dates do not show the order.
    log : ProblemLog
        Gets the stamps that cannot be read.
    lines : sequence of int
        (n,) line of each in the file.

    Raises
    ------
    AmbiguousDateError
        Day and month could be exchanged in all dates, and ``day_first`` is not given.
    """
    known = dict.fromkeys(dates)
    day_first = _day_first(known, options, log)
    days = {text: _day(text, day_first) for text in known}
    clocks = {text: _clock(text) for text in dict.fromkeys(times)}
    found = np.full(len(dates), _NO_TIME, np.int64)
    odd: list[int] = []
    for k, (date, time) in enumerate(zip(dates, times, strict=True)):
        day, clock = days[date], clocks[time]
        if day is None or clock is None:
            odd.append(k)
        else:
            found[k] = day + clock
    if odd:
        quoted = f"{dates[odd[0]]} {times[odd[0]]}".strip()[:40]
        more = f"; nor are {len(odd) - 1} others" if len(odd) > 1 else ""
        log.add(Problem(log.source, lines[odd[0]], "line", f"{quoted!r} is not a time{more}"))
    return found.view("datetime64[ns]")


def split_stamps(stamps: Iterable[str]) -> tuple[list[str], list[str]]:
    """Part "2022-09-28 12:10:44" or "2022-09-28T12:10:44Z" into date and time; a date alone is midnight."""
    dates, times = [], []
    for stamp in stamps:
        date, _, time = stamp.strip().strip('"').replace("T", " ", 1).partition(" ")
        dates.append(date)
        times.append(time.strip().removesuffix("Z") or "00:00:00")
    return dates, times


def from_epoch(seconds: Array, nanoseconds: Array | None = None) -> Times:
    """Return instants from seconds since 1970 and a fraction in nanoseconds; NaT where either lacks."""
    whole = np.where(np.abs(seconds) < 4.2e9, seconds, math.nan)
    fraction = np.zeros_like(whole) if nanoseconds is None else fractions(nanoseconds)
    good = np.isfinite(whole) & np.isfinite(fraction) & (whole > 0)
    floor = np.floor(np.where(good, whole, 0.0))
    rest = np.where(good, whole, 0.0) - floor
    # Seconds since 1970 with a fraction hold no more than microseconds in double precision.
    parts = np.round(rest * 1e6) * 1e3 + np.where(good, fraction, 0.0)
    found = floor.astype(np.int64) * _NS + np.round(parts).astype(np.int64)
    return np.where(good, found, _NO_TIME).astype(np.int64).view("datetime64[ns]")


def fractions(nanoseconds: Array) -> Array:
    """Return nanoseconds of a second, NaN of what is more or less than that."""
    return np.where((nanoseconds >= 0.0) & (nanoseconds < _NS), nanoseconds, math.nan)


def _day_first(dates: Iterable[str], options: ReadOptions, log: ProblemLog) -> bool:
    first, second, example = 0, 0, ""
    for text in dates:
        match = _YEAR_LAST.match(text.strip())
        if match is None:
            continue
        if match[2] == ".":
            return True  # dates with dots have the day first wherever they are written
        a, b = int(match[1]), int(match[3])
        first, second = max(first, a), max(second, b)
        if a != b and not example:
            example = text.strip()
    shown = {(True, False): True, (False, True): False}.get((first > 12, second > 12))
    if shown is not None:
        return _settled(shown, options, log, first if shown else second)
    if options.day_first is not None or not example:
        return bool(options.day_first)
    if options.looking:
        log.add(
            Problem(
                log.source,
                None,
                "nothing",
                f"{example} is read with the day first, but may have the month first",
            )
        )
        return True
    raise AmbiguousDateError(
        log.source,
        f"{example} may have the day or the month first: set day_first = true or day_first = false",
    )


def _settled(shown: bool, options: ReadOptions, log: ProblemLog, number: int) -> bool:
    order = "day" if shown else "month"
    reason = f"dates have the {order} first: a {number} in that place can be no month"
    if not shown:
        reason = f"dates have the month first: a {number} in the second place can be no month"
    if options.day_first is not None and options.day_first is not shown:
        raise AmbiguousDateError(
            log.source, f"{reason}, but day_first = {str(options.day_first).lower()} was given"
        )
    if options.day_first is None:
        log.add(Problem(log.source, None, "nothing", reason))
    return shown


def _day(text: str, day_first: bool) -> int | None:
    """Return midnight in nanoseconds since 1970."""
    text = text.strip()
    if match := _YEAR_FIRST.match(text) or _COMPACT.match(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := _YEAR_LAST.match(text):
        a, b, year = int(match[1]), int(match[3]), int(match[4])
        year += 2000 if len(match[4]) == 2 else 0
        day, month = (a, b) if day_first else (b, a)
    else:
        return None
    if not _FIRST_YEAR <= year < _LAST_YEAR:
        return None
    try:
        date = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "D")
    except ValueError:
        return None
    return int(date.astype(np.int64)) * 86_400 * _NS


def _clock(text: str) -> int | None:
    """Return nanoseconds since midnight."""
    match = _CLOCK.match(text.strip()) or _COMPACT_CLOCK.match(text.strip())
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    half = match[5] if match.re is _CLOCK else None
    if half:
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    if hour > 24 or minute > 59 or second > 60:
        return None
    fraction = int((match[4] or "0").ljust(9, "0"))
    return ((hour * 60 + minute) * 60 + second) * _NS + fraction


def as_ns(times: Times) -> npt.NDArray[np.int64]:
    """Return the integers behind instants."""
    return times.astype("datetime64[ns]").view(np.int64)
