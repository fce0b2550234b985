"""The cells of a table that are wanted, as numbers."""

import io
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.reading import stamps
from fluxkit.ecosystem.reading.layouts import HOURS, Layout
from fluxkit.errors import ReadError

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Numbers that stand for no value.
MISSING = (-9999.0, -9999.9, -9999.99, -6999.0, -99999.0, -999999.0)
#: Texts that do.
_EMPTY = ["", "NA", "NAN", "NaN", "nan", "null", "NULL", "-", "#N/A", "Infinity", "-Infinity", "inf", "-inf"]
#: Columns of a time, by what tells it.
_OF_TIME = {
    "start": ("timestamp_start", "timestamp_end"),
    "end": ("timestamp_end",),
    "date-time": ("date", "time"),
    "year-day-hour": ("year", "doy"),
    "year-month-day-hour": ("year", "month", "day"),
    **dict.fromkeys(("words", "words of end"), ("datetime", "date_time", "timestamp")),
}
#: How times must be written, where that is not as YYYYMMDDHHMM.
_WRITTEN = {
    "date-time": "yyyy-mm-dd and HH:MM",
    **dict.fromkeys(("words", "words of end"), "as ISO 8601 has them (2019-06-03 00:30)"),
    "year-day-hour": "as a year, a day of it and an hour",
    "year-month-day-hour": "as a year, month, day and hour",
}
#: What stamps are taken for that do not say it themselves.
_MARKED = {
    "words": "taken for the begin of a record, the table does not say it",
    "words of end": "the END of a record, as Campbell's loggers have it",
    **dict.fromkeys(
        ("year-day-hour", "year-month-day-hour"), "taken for the END of a record, as REddyProc has it"
    ),
}


class Cells(NamedTuple):
    """Records of a table as they stand in the file."""

    start: Times | None  #: begin as written, None if only the end is
    end: Times | None
    data: dict[str, Array]  #: column -> (n,), NaN where there is no value
    notes: list[str]
    zone: float | None = None  #: of stamps that say it, what their clock is ahead of UTC [h]


def parse(data: bytes, layout: Layout, wanted: Iterable[str], source: str) -> Cells:
    """Return the wanted columns of a table, read once.

    Parameters
    ----------
    data : bytes
        The file.
    layout : Layout
        Of its first lines.
    wanted : iterable of str
        Columns, beside those of the time.
    source : str
        Path, for messages.

    Raises
    ------
    ReadError
        There are no records, or no time can be read.
    """
    of_time = _columns_of_time(layout)
    named = {layout.names[k]: k for k in reversed(range(len(layout.names)))}
    chosen = {name: named[name] for name in wanted}
    data, notes = _even(data, layout)
    notes += [
        f"{layout.names.count(name)} columns are called {name}: the first one is taken"
        for name in chosen
        if layout.names.count(name) > 1
    ]
    frame = _frame(data, layout, of_time, sorted({*of_time, *chosen.values()}), source)
    columns = {}
    for name, k in chosen.items():
        x, words = _numbers(frame[k])
        columns[name] = x
        if words:
            notes.append(f"{name}: {words} cells are no numbers and count as missing")
    start, end, zone = _times(layout, [frame[k] for k in of_time])
    stamped = start if start is not None else end
    names = ", ".join(layout.names[k] for k in of_time)
    if stamped is None or np.isnat(stamped).all():
        raise ReadError(
            source,
            f"no time can be read in the columns {names}: they must be written "
            f"{_WRITTEN.get(layout.times, 'as YYYYMMDDHHMM')} (spreadsheets may have changed them)",
        )
    if layout.times in _MARKED:
        notes.append(f"{names}: {_MARKED[layout.times]}")
    return Cells(start, end, columns, notes, zone)


def _columns_of_time(layout: Layout) -> list[int]:
    lower = [name.casefold() for name in layout.names]
    found = [lower.index(name) for name in _OF_TIME[layout.times] if name in lower]
    if layout.times.startswith("year"):
        found.append(next(lower.index(name) for name in HOURS if name in lower))
        found += [lower.index(name) for name in ("minute", "min") if name in lower][:1]
    return found


def _frame(data: bytes, layout: Layout, of_time: list[int], used: list[int], source: str) -> "pd.DataFrame":
    """Return the cells of the columns that are used, by number."""
    import pandas as pd

    text = layout.times in ("date-time", "words", "words of end")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # words among numbers are counted later
            frame = pd.read_csv(
                io.BytesIO(data),
                sep=layout.separator,
                decimal=layout.decimal,
                header=None,
                names=list(range(len(layout.names))),
                index_col=False,
                usecols=used,
                skiprows=layout.first,
                na_values=_EMPTY,
                keep_default_na=False,
                dtype=dict.fromkeys(of_time, str) if text else None,
                encoding_errors="replace",
                low_memory=True,  # piece by piece: of a wide table little is held at a time
                skip_blank_lines=True,
            )
    except (ValueError, OverflowError, IndexError) as error:  # what pandas raises of odd texts
        raise ReadError(source, f"cannot be read as a table: {error}") from error
    if not len(frame):
        raise ReadError(source, "no records below the column names")
    return frame


def _even(data: bytes, layout: Layout) -> tuple[bytes, list[str]]:
    """Return the file without records that lost or gained a cell: others stand in the wrong columns there."""
    if layout.separator == r"\s+":
        return data, []
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    separator = layout.separator.encode()
    if b'"' in data:
        parts = data.split(b'"')
        if len(parts) % 2 == 0 or any(separator in part or b"\n" in part for part in parts[1::2]):
            return data, []
        data = b"".join(parts)  # quotes hold nothing together
    begin = 0
    for _ in range(layout.first):
        begin = data.find(b"\n", begin) + 1
        if not begin:
            return data, []
    records = data.count(b"\n", begin) + (not data.endswith(b"\n"))
    if data.count(separator, begin) == records * (len(layout.names) - 1):
        return data, []
    rest = data[begin:].rstrip(b"\n")
    lines = [line for line in rest.split(b"\n") if line.strip(b" ,;\t")]
    widths = np.fromiter((line.count(separator) for line in lines), np.int64, len(lines))
    usual = int(np.bincount(widths).argmax()) if widths.size else 0
    kept = [line for line, width in zip(lines, widths, strict=True) if width == usual]
    lost = len(lines) - len(kept)
    notes = [f"{lost} records do not have {usual + 1} cells as the others: left out"] if lost else []
    return data[:begin] + b"\n".join(kept) + b"\n", notes


def _numbers(column: object) -> tuple[Array, int]:
    """Return a column as numbers, NaN where it has none, and how many texts were no numbers."""
    import pandas as pd

    series = pd.Series(column)
    words = 0
    if series.dtype.kind not in "fiub":
        numbers = pd.to_numeric(series, errors="coerce")
        words = int((numbers.isna() & series.notna()).sum())
        series = numbers
    x = series.to_numpy(dtype=np.float64, copy=True)
    x[~np.isfinite(x)] = np.nan
    low = x <= -6999.0
    if low.any():
        x[low & np.isin(x, MISSING)] = np.nan
    return x, words


def _times(layout: Layout, columns: list[object]) -> tuple[Times | None, Times | None, float | None]:
    """Return begin and end as they are written, None for what is not, and the zone that stamps say."""
    if layout.times == "date-time":
        import pandas as pd

        date, time = (pd.Series(column).fillna("").str.strip() for column in columns)
        end, zone = stamps.from_words((date + " " + time).to_numpy())
        return None, end, zone
    if layout.times in ("words", "words of end", "start", "end"):
        times, zones = zip(*map(_stamps, columns), strict=True)
        if layout.times.endswith("end"):
            return None, times[0], zones[0]
        return times[0], times[1] if len(times) > 1 else None, zones[0]
    numbers = [_numbers(column)[0] for column in columns]
    days = 2 if layout.times == "year-day-hour" else 3
    hour = stamps.hours(*numbers[days:])
    year, *month, day = numbers[:days]
    if not month:
        return None, stamps.from_day_of_year(year, day, hour), None
    return None, stamps.from_date(year, month[0], day, hour), None


def _stamps(column: object) -> tuple[Times, float | None]:
    """Return times of one column, of digits or of words, and the zone that words may have."""
    times = stamps.from_digits(_numbers(column)[0])
    if not np.isnat(times).all():
        return times, None
    texts = np.array([text if isinstance(text, str) else "" for text in np.asarray(column)], dtype=object)
    return stamps.from_words(texts)
