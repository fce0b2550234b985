"""The cells of a table that are wanted, as numbers."""

import io
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.reading import stamps
from fluxkit.ecosystem.reading.layouts import Layout
from fluxkit.errors import ReadError

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
    "year-day-hour": ("year", "doy", "hour"),
    "year-month-day-hour": ("year", "month", "day", "hour"),
    "words": ("datetime", "date_time", "timestamp"),
}


class Cells(NamedTuple):
    """Records of a table as they stand in the file."""

    start: Times | None  #: begin as written, None if only the end is
    end: Times | None
    data: dict[str, Array]  #: column -> (n,), NaN where there is no value
    notes: list[str]


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
    import pandas as pd

    lower = [name.casefold() for name in layout.names]
    of_time = [lower.index(name) for name in _OF_TIME[layout.times] if name in lower]
    named = {layout.names[k]: k for k in reversed(range(len(layout.names)))}
    chosen = {name: named[name] for name in wanted}
    data, notes = _even(data, layout)
    text = layout.times in ("date-time", "words")
    try:
        frame = pd.read_csv(
            io.BytesIO(data),
            sep=layout.separator,
            header=None,
            names=list(range(len(layout.names))),
            index_col=False,
            usecols=sorted({*of_time, *chosen.values()}),
            skiprows=layout.first,
            na_values=_EMPTY,
            keep_default_na=False,
            dtype=dict.fromkeys(of_time, str) if text else None,
            encoding="latin-1",
            low_memory=False,
            skip_blank_lines=True,
        )
    except (ValueError, OverflowError, IndexError) as error:  # what pandas raises of odd texts
        raise ReadError(source, f"cannot be read as a table: {error}") from error
    if not len(frame):
        raise ReadError(source, "no records below the column names")
    columns = {}
    for name, k in chosen.items():
        x, words = _numbers(frame[k])
        columns[name] = x
        if words:
            notes.append(f"{name}: {words} cells are no numbers and count as missing")
    start, end = _times(layout, [frame[k] for k in of_time])
    stamped = start if start is not None else end
    if stamped is None or np.isnat(stamped).all():
        form = {"date-time": "yyyy-mm-dd and HH:MM", "words": "as ISO 8601 has them"}
        raise ReadError(
            source,
            f"no time can be read in the columns {', '.join(layout.names[k] for k in of_time)}: they must be "
            f"written {form.get(layout.times, 'as YYYYMMDDHHMM')} (spreadsheets may have changed them)",
        )
    return Cells(start, end, columns, notes)


def _even(data: bytes, layout: Layout) -> tuple[bytes, list[str]]:
    """Return the file without records that lost or gained a cell: others stand in the wrong columns there."""
    if layout.separator == r"\s+" or b'"' in data[: 2**20]:
        return data, []
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    separator = layout.separator.encode()
    body = data.split(b"\n", layout.first)
    if len(body) <= layout.first:
        return data, []
    rest = body[-1].rstrip(b"\n")
    records = rest.count(b"\n") + 1
    if rest.count(separator) == records * (len(layout.names) - 1) and b"\n\n" not in rest:
        return data, []
    lines = [line for line in rest.split(b"\n") if line.strip(b" ,;\t")]
    widths = np.fromiter((line.count(separator) for line in lines), np.int64, len(lines))
    usual = int(np.bincount(widths).argmax()) if widths.size else 0
    kept = [line for line, width in zip(lines, widths, strict=True) if width == usual]
    lost = len(lines) - len(kept)
    notes = [f"{lost} records do not have {usual + 1} cells as the others: left out"] if lost else []
    return b"\n".join([*body[:-1], *kept]) + b"\n", notes


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


def _times(layout: Layout, columns: list[object]) -> tuple[Times | None, Times | None]:
    if layout.times == "date-time":
        import pandas as pd

        date, time = (pd.Series(column).fillna("").str.strip() for column in columns)
        return None, stamps.from_words((date + " " + time).to_numpy())
    if layout.times == "words":
        texts = np.asarray(columns[0], dtype=object)
        digits = np.array([text.strip() if isinstance(text, str) else "" for text in texts])
        if np.all(np.char.isdigit(digits) | (digits == "")):
            return stamps.from_digits(np.where(digits == "", "nan", digits).astype(np.float64)), None
        return stamps.from_words(texts), None
    numbers = [_numbers(column)[0] for column in columns]
    if layout.times == "start":
        end = stamps.from_digits(numbers[1]) if len(numbers) > 1 else None
        return stamps.from_digits(numbers[0]), end
    if layout.times == "end":
        return None, stamps.from_digits(numbers[0])
    if layout.times == "year-day-hour":
        return None, stamps.from_day_of_year(*numbers)
    return None, stamps.from_date(*numbers)
