"""Which columns of a text hold the time, and in what form, found from its first records."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.filetime import file_start, has_time_of_day
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents
from fluxkit.raw.text.header import Header, decode, first_lines, locate, split_fields
from fluxkit.raw.text.structure import kind_of
from fluxkit.raw.text.time_parts import OF_FILE, TimeFields, dated

#: Seconds since 1970 from 1990 to 2050, and what else is counted from an instant, in numbers that nothing
#: else measured by a tower reaches.
_RANGES = {
    "epoch_s": (6.3e8, 2.53e9),
    "epoch_ms": (6.3e11, 2.53e12),
    "epoch_us": (6.3e14, 2.53e15),
    "matlab": (7.26e5, 7.49e5),
}
_NUMBER = re.compile(r"\d+(?:[.,]\d*)?")
_COMPACT = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_FIRST_YEAR, _LAST_YEAR = 1980, 2100
#: Names that say which number of a clock a column is.
_NAMES = {
    "year": "year", "yyyy": "year", "month": "month", "day": "day", "doy": "day_of_year",
    "jday": "day_of_year", "julian": "day_of_year", "day_of_year": "day_of_year", "dayofyear": "day_of_year",
    "julian_day": "day_of_year", "hhmm": "hhmm", "hourmin": "hhmm", "hour_minute": "hhmm", "hhmmss": "hhmmss",
    "hour": "hour", "hh": "hour", "minute": "minute", "min": "minute", "second": "second",
    "seconds": "second", "sec": "second", "secs": "second", "millisecond": "millisecond",
    "milliseconds": "millisecond", "ms": "millisecond", "msec": "millisecond",
}  # fmt: skip
#: Numbers that make a time in this order -> what each may be.
_LIMITS = {
    "year": (_FIRST_YEAR, _LAST_YEAR), "month": (1, 12), "day": (1, 31), "day_of_year": (1, 366.999),
    "hour": (0, 24), "minute": (0, 59), "second": (0, 60.999), "hhmm": (0, 2400), "millisecond": (0, 999.999),
}  # fmt: skip
_ORDERS = (
    ("year", "month", "day", "hour", "minute", "second"),
    ("year", "day_of_year", "hhmm", "second"),
    ("year", "day_of_year", "hhmm"),
)
_BY_HOURS = ("year", "day_of_year", "hour", "minute", "second")


def time_fields(header: Header, layout: Layout, content: Contents, mark: str | None) -> TimeFields | None:
    """Return what makes the time of the records of a file, None if nothing does.

    Parameters
    ----------
    header : Header
        Of the file.
    layout : Layout
        With ``time_column`` and ``time_parts``, or without: then what leaves no doubt is found.
    content : Contents
        The file.
    mark : str or None
        Character between fields.

    Raises
    ------
    ReadError
        A column is missing, or what several columns are is not certain.
    """
    source = content.source
    given = layout.time_column
    if given is None:
        if layout.file_time == "name":
            return None
        found = find_clock(records_of(header, content, mark), header.names)
        if found is None or (not dated(found.parts) and layout.name_pattern is None):
            return None
    else:
        wanted = given if isinstance(given, tuple) else (given,)
        fields = tuple(locate(header, column, "time", source) for column in wanted)
        parts = layout.time_parts or _parts_of(fields, header, content, mark)
        if set(parts) == {"date"} and layout.file_time == "records":
            raise ReadError(
                source,
                f"raw.time_column = {wanted[0]!r} holds dates and no time of day: give both columns, "
                "as [date, time]",
            )
        if len(parts) != len(fields):
            message = f"raw.time_column names {len(fields)} columns, raw.time_parts {len(parts)} parts"
            raise ReadError(source, f"{message}: give one for each")
        found = TimeFields(fields, parts)
    found = replace(found, day_first=layout.day_first, year=layout.year)
    if layout.name_pattern is None or (dated(found.parts) and "day_of_year" not in found.parts):
        return found
    begin = file_start(source, layout.in_utc())
    return replace(found, begin=begin, whole_day=not has_time_of_day(layout.name_pattern))


def find_clock(records: Sequence[Sequence[str]], names: Sequence[str] | None) -> TimeFields | None:
    """Return the columns that hold the time, where the records leave no doubt.

    Parameters
    ----------
    records : sequence of sequences of str
        Fields of some records, all of one width.
    names : sequence of str or None
        Of the columns.

    Examples
    --------
    >>> find_clock([["2024-07-01", "10:00:00.1", "0.3"], ["2024-07-01", "10:00:00.2", "0.4"]], None)
    TimeFields(fields=(0, 1), parts=('date', 'time'), day_first=None, begin=None, whole_day=False, year=None)
    """
    if not records:
        return None
    columns = list(zip(*records, strict=True))
    kinds = [kind_of(column[0]) for column in columns]
    if "s" in kinds:
        return TimeFields((kinds.index("s"),))
    for k, column in enumerate(columns):
        part = _counted(column)
        if part is not None:
            return TimeFields((k,), (part,))
    dates = [k for k, kind in enumerate(kinds) if kind == "d" or _COMPACT.fullmatch(columns[k][0])]
    if dates and "c" in kinds:
        return TimeFields((dates[0], kinds.index("c")), ("date", "time"))
    for order in _ORDERS:
        for k in range(len(columns) - len(order) + 1):
            fields = tuple(range(k, k + len(order)))
            if _in_order(order, [columns[f] for f in fields]) and _rises(order, fields, columns):
                return TimeFields(fields, order)
    return _by_names(columns, names) or (TimeFields((kinds.index("c"),), ("time",)) if "c" in kinds else None)


def records_of(header: Header, content: Contents, mark: str | None) -> list[list[str]]:
    """Return the fields of the first records."""
    lines = (split_fields(decode(line), mark) for line in first_lines(content.data, header.body))
    # Lines of another width are cut, or of another table of the logger; an empty field may end them all.
    whole = (fields if fields[header.width :] != [""] else fields[:-1] for fields in lines)
    return [fields for fields in whole if len(fields) == header.width]


def _parts_of(fields: Sequence[int], header: Header, content: Contents, mark: str | None) -> tuple[str, ...]:
    """What columns that hold the time are."""
    if len(fields) == 1:  # nearly always a stamp, which one record shows
        first = next(iter(first_lines(content.data, header.body, 1)), b"")
        cells = split_fields(decode(first), mark)
        if len(cells) > fields[0] and kind_of(cells[fields[0]]) == "s":
            return ("stamp",)
    records = records_of(header, content, mark)
    columns = [[record[f] for record in records] for f in fields]
    kinds = {"s": "stamp", "d": "date", "c": "time"}
    found = [kinds.get(kind_of(column[0])) if column else None for column in columns]
    if len(fields) > 1 and "time" in found:
        found = ["date" if c and _COMPACT.fullmatch(c[0]) else x for c, x in zip(columns, found, strict=True)]
    if len(fields) == 1:
        return (found[0] or (_counted(columns[0]) if records else None) or "stamp",)
    for order in _ORDERS:
        if len(order) == len(fields) and _in_order(order, columns):
            return order
    names = [_NAMES.get(_plain(header.names[f])) if header.names else None for f in fields]
    parts = [part or name for part, name in zip(found, names, strict=True)]
    if any(part is None for part in parts):
        quoted = ", ".join(repr(column[0]) for column in columns if column)
        raise ReadError(
            content.source, f"what the columns of the time are is not certain ({quoted}): set raw.time_parts"
        )
    return tuple(str(part) for part in parts)


def _counted(column: Sequence[str]) -> str | None:
    """The epoch of numbers that can be nothing but times, and go on from record to record."""
    if not _NUMBER.fullmatch(column[0]):
        return None
    first = float(column[0].replace(",", "."))
    for part, (low, high) in _RANGES.items():
        if low <= first < high:
            x = _numbers(column)
            steps = np.diff(x)
            day = {"matlab": 1.0, "epoch_s": 8.64e4, "epoch_ms": 8.64e7}.get(part, 8.64e10)
            going = bool((steps >= 0).all() and (steps < day).all() and (x.size < 2 or x[-1] > x[0]))
            return part if going else None
    return None


def _numbers(column: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    texts = [text.replace(",", ".") for text in column]
    return np.array([float(text) if _NUMBER.fullmatch(text) else np.nan for text in texts])


def _in_order(order: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether columns hold what parts of a clock can be."""
    for part, column in zip(order, columns, strict=True):
        x = _numbers(column)
        low, high = _LIMITS[part]
        if x.size == 0 or not bool(((x >= low) & (x <= high)).all()):
            return False
        if part not in ("second", "day_of_year") and bool((x != np.floor(x)).any()):
            return False
        if part == "hhmm" and bool((np.mod(x, 100) >= 60).any()):
            return False
    return True


def _rises(order: Sequence[str], fields: Sequence[int], columns: Sequence[Sequence[str]]) -> bool:
    """Whether such columns go on from record to record; the date stays, or goes on by one."""
    table = [_numbers(columns[f]) for f in fields]
    if np.ptp(table[0]) > 0 or table[0].size < 2:
        return False
    last = table[-1]
    back = np.diff(last) < 0
    whole = np.diff(table[-2]) != 0
    return bool(last[-1] != last[0] or whole.any()) and bool((~back | whole).all())


def _by_names(columns: Sequence[Sequence[str]], names: Sequence[str] | None) -> TimeFields | None:
    """Columns whose names are those of a clock's numbers, and that hold such numbers."""
    told = {}
    for k, name in enumerate(names or ()):
        part = _NAMES.get(_plain(name))
        if part is not None and part not in told:
            told[part] = k
    chosen = [order for order in (*_ORDERS, _BY_HOURS) if set(order) <= told.keys()]
    if not chosen or not _in_order(chosen[0], [columns[told[part]] for part in chosen[0]]):
        return None
    return TimeFields(tuple(told[part] for part in chosen[0]), chosen[0])


def _plain(name: str) -> str:
    return re.sub(r"[^a-z_]+", "_", name.lower()).strip("_")


def needs_name(parts: Sequence[str]) -> bool:
    """Whether parts are a time only together with the date in a file's name."""
    return OF_FILE in parts or not dated(tuple(parts))
