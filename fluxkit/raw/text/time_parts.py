"""What makes the time of a record: one stamp, or a date and a time, or numbers in columns of their own."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.samples import Array

Stamps = npt.NDArray[np.int64]

UNREADABLE = np.iinfo(np.int64).min
_NO_ZONE = 10_000  # of `fluxkit.kernels.dates`, which takes long to import
_NS, _DAY_S = 1_000_000_000, 86_400
_DAY = _DAY_S * _NS
#: What is written as text, and read by the kernel that walks over the lines.
TEXTS = ("stamp", "date", "time")
#: Numbers that are a time by themselves -> their unit [s], their zero [s since 1970], whether that is UTC.
#: Excel counts 29 February 1900, which never was: its days begin on 30 December 1899 for all dates since.
#: A date number of MATLAB is 1 on 1 January of year 0; LabVIEW and the Macintosh count seconds since 1904.
EPOCHS = {
    "epoch_s": (1.0, 0, True),
    "epoch_ms": (1e-3, 0, True),
    "epoch_us": (1e-6, 0, True),
    "excel_1900": (86_400.0, -25_569 * _DAY_S, False),
    "excel_1904": (86_400.0, -24_107 * _DAY_S, False),
    "matlab": (86_400.0, -719_529 * _DAY_S, False),
    "labview": (1.0, -24_107 * _DAY_S, True),
}
#: Numbers that are part of a time -> seconds that 1 stands for; those of a calendar are put together.
UNITS = {"hour": 3600.0, "minute": 60.0, "second": 1.0, "millisecond": 1e-3}
CALENDAR = ("year", "month", "day", "day_of_year")
WRITTEN = ("hhmm", "hhmmss")
#: Seconds since the file began.
OF_FILE = "seconds_of_file"
PARTS = (*TEXTS, *CALENDAR, *WRITTEN, *UNITS, *EPOCHS, OF_FILE)
#: Parts that tell the day.
_DATED = {"stamp", "date", "day_of_year", "day", *EPOCHS}
#: A file that its name only dates may begin so long before that day. [s]
_EARLY = 60


@dataclass(frozen=True)
class TimeFields:
    """Columns that make the time of a record together, and how."""

    fields: tuple[int, ...]  #: 0 = first
    parts: tuple[str, ...] = ("stamp",)  #: what each of them is, one of `PARTS`
    day_first: bool | None = None  #: whether 01/07/2024 is in July; None: as the dates of the file show
    begin: np.datetime64 | None = None  #: of the file by its name, on the clock of its records
    whole_day: bool = False  #: whether that is no more than a date
    year: int | None = None  #: of days that have none

    @property
    def texts(self) -> tuple[tuple[int, str], ...]:
        """Fields that are no numbers, and what they are."""
        return tuple(pair for pair in zip(self.fields, self.parts, strict=True) if pair[1] in TEXTS)

    @property
    def numeric(self) -> tuple[int, ...]:
        """Fields that are numbers."""
        return tuple(f for f, part in zip(self.fields, self.parts, strict=True) if part not in TEXTS)


def dated(parts: tuple[str, ...]) -> bool:
    """Whether parts tell the day of a record (of some year)."""
    return not _DATED.isdisjoint(parts)


def composed(
    times: TimeFields, written: Stamps, zones: Stamps, numbers: Mapping[int, Array], source: str
) -> tuple[Stamps, bool, tuple[int, ...]]:
    """Put the parts of records' times together.

    Parameters
    ----------
    times : TimeFields
        What they are.
    written : (n,) array of int64
        Nanoseconds of what is text: of a stamp or date since 1970, of a time of day since midnight; the
        smallest integer where unreadable. In UTC where a zone is named.
    zones : (n,) array of int64
        Minutes that a text's zone is ahead of UTC, 10 000 without one.
    numbers : mapping
        Field -> (n,) numbers, NaN where unreadable.
    source : str
        For messages.

    Returns
    -------
    stamps : (n,) array of int64
        Nanoseconds since 1970 on the clock of the file, or in UTC; the smallest integer where unreadable.
    utc : bool
        Whether they are in UTC.
    zones : tuple of int
        Zones that are named. [min]

    Raises
    ------
    ReadError
        Day or year are in neither the records nor the name.

    Examples
    --------
    Year, day of the year and hours with minutes, 2024-07-01 10:00:

    >>> import numpy as np
    >>> nothing = np.full(1, np.iinfo(np.int64).min)
    >>> parts = TimeFields((0, 1, 2), ("year", "day_of_year", "hhmm"))
    >>> values = {0: np.array([2024.0]), 1: np.array([183.0]), 2: np.array([1000.0])}
    >>> stamps, _, _ = composed(parts, nothing, nothing * 0 + 10_000, values, "x.csv")
    >>> stamps.view("M8[ns]")
    array(['2024-07-01T10:00:00.000000000'], dtype='datetime64[ns]')
    """
    known = {part: numbers[f] for f, part in zip(times.fields, times.parts, strict=True) if f in numbers}
    total = np.zeros(written.size, np.int64)
    lost = np.zeros(written.size, np.bool_)
    named: tuple[int, ...] = ()
    if times.texts:
        lost |= written == UNREADABLE
        total += np.where(lost, 0, written)
        with_zone = (zones != _NO_ZONE) & ~lost
        named = tuple(np.unique(zones[with_zone]).tolist())
        if named:  # of a file whose clock names its zone, a stamp that does not is a cut one
            lost |= ~with_zone
    for part, x in known.items():
        with np.errstate(invalid="ignore"):
            ns, good = _PART[part](x) if part in _PART else _simple(part, x)
        total += np.where(good, ns, 0)
        lost |= ~good
    total += _days(times, known, lost, source)
    if not dated(times.parts):
        total = _placed(times, total, lost, source)
    utc = bool(named) or any(EPOCHS[part][2] for part in times.parts if part in EPOCHS)
    return np.where(lost, UNREADABLE, total), utc, named


def _simple(part: str, x: Array) -> tuple[Stamps, npt.NDArray[np.bool_]]:
    """Nanoseconds of a number that stands for seconds, or for time since an instant, and where it is one."""
    if part in CALENDAR:
        return np.zeros(x.size, np.int64), np.isfinite(x)
    unit, zero = EPOCHS[part][:2] if part in EPOCHS else (UNITS.get(part, 1.0), 0)
    good = np.isfinite(x) & (np.abs(x * unit + zero) < 9e9)
    # Whole units and the rest apart; no double holds more than microseconds of seconds since 1970.
    whole = np.floor(np.where(good, x, 0.0))
    finest = 1e3 if part in EPOCHS else 1.0
    rest = np.round((np.where(good, x, 0.0) - whole) * (unit * _NS / finest)) * finest
    if unit >= 1.0:
        ns = (whole.astype(np.int64) * int(unit) + zero) * _NS
    else:
        ns = whole.astype(np.int64) * round(unit * _NS) + zero * _NS
    return ns + rest.astype(np.int64), good


def _hhmm(x: Array) -> tuple[Stamps, npt.NDArray[np.bool_]]:
    """Hours and minutes as one number: 30 is half past midnight, 2400 the midnight that ends the day."""
    minutes = np.mod(x, 100.0)
    good = (x >= 0) & (x <= 2400) & (minutes < 60) & (x == np.floor(x))
    whole = np.where(good, x, 0.0).astype(np.int64)
    return (whole // 100 * 60 + whole % 100) * (60 * _NS), good


def _hhmmss(x: Array) -> tuple[Stamps, npt.NDArray[np.bool_]]:
    good = (x >= 0) & (x < 240_001) & (np.mod(x, 100.0) < 61) & (np.mod(np.floor(x / 100.0), 100.0) < 60)
    whole = np.floor(np.where(good, x, 0.0))
    rest = np.round((np.where(good, x, 0.0) - whole) * 1e6).astype(np.int64) * 1000
    n = whole.astype(np.int64)
    return (n // 10_000 * 3600 + n // 100 % 100 * 60 + n % 100) * _NS + rest, good


_PART = {"hhmm": _hhmm, "hhmmss": _hhmmss}


def _days(times: TimeFields, known: Mapping[str, Array], lost: npt.NDArray[np.bool_], source: str) -> Stamps:
    """Nanoseconds of the day that calendar numbers tell; marks those that are none."""
    if "day" not in known and "day_of_year" not in known:
        return np.zeros(lost.size, np.int64)
    year = known.get("year")
    if year is None:
        told = times.year if times.begin is None else int(str(times.begin)[:4])
        if told is None:
            raise ReadError(source, "the records tell no year: give raw.year, or raw.name_pattern with %Y")
        year = np.full(lost.size, float(told))
    month = known.get("month", np.ones(lost.size)) if "day" in known else np.ones(lost.size)
    day = known["day"] if "day" in known else known["day_of_year"]
    good = (year >= 1700) & (year <= 2250) & (month >= 1) & (month <= 12) & (day >= 1) & (day < 367) & ~lost
    lost |= ~good
    numbers = ((year, 1970.0), (month, 1.0), (np.floor(day), 1.0))
    table = np.stack([np.where(good, x, otherwise) for x, otherwise in numbers]).astype(np.int64)
    rows, which = np.unique(table, axis=1, return_inverse=True)
    midnights = [_midnight(*row, within_month="day" in known) for row in rows.T.tolist()]
    begins = np.array(midnights, np.int64)[np.ravel(which)]
    lost |= begins == UNREADABLE
    # A day with a fraction; a millisecond is what eight decimals tell.
    part = np.round(np.where(good, day - np.floor(day), 0.0) * _DAY_S * 1e6).astype(np.int64) * 1000
    return np.where(lost, 0, begins) + part


def _midnight(year: int, month: int, day: int, *, within_month: bool) -> int:
    """Nanoseconds since 1970; days count from the first of the month, or on through the year."""
    found = datetime.date(year, month, 1) + datetime.timedelta(days=day - 1)
    right = found.year == year and (found.month == month or not within_month)
    return (found - datetime.date(1970, 1, 1)).days * _DAY if right else UNREADABLE


def _placed(times: TimeFields, total: Stamps, lost: npt.NDArray[np.bool_], source: str) -> Stamps:
    """Give times without a day the day of the file's name, and the next one behind midnight."""
    if times.begin is None:
        raise ReadError(
            source,
            f"the records tell no day ({', '.join(times.parts)}): give raw.name_pattern, which has it",
        )
    begin = int(times.begin.astype("M8[ns]").astype(np.int64))
    good = np.flatnonzero(~lost)
    if OF_FILE in times.parts or good.size == 0:
        return total + begin
    clock = total[good]
    steps = np.diff(clock)
    # Back or forward by more than half a day is a midnight.
    turns = np.where(steps < -_DAY // 2, 1, np.where(steps > _DAY // 2, -1, 0))
    days = np.concatenate([[0], np.cumsum(turns)])
    midnight = begin // _DAY * _DAY
    if times.whole_day:  # a logger may begin a day's file with the last records of the day before
        ahead = clock + days * _DAY - clock[0]
        turned = bool(np.any((days == 1) & (ahead <= 2 * _EARLY * _NS)))
        first = -1 if turned and clock[0] >= _DAY - _EARLY * _NS else 0
    else:  # the name's clock may be ahead or behind by some hours at most
        first = -round((int(clock[0]) - (begin - midnight)) / _DAY)
    out = total + midnight
    out[good] += (days + first) * _DAY
    return out
