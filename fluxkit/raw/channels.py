"""Columns of numbers as stored in a file, and their meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.missing import missing_numbers
from fluxkit.raw.opening import Contents
from fluxkit.raw.out_of_step import in_step
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.table import Stamps

#: No measured number reaches this; damaged floats do, and overflow once they are scaled.
_BEYOND = 1e30
_UNREADABLE = np.iinfo(np.int64).min
_EARLIEST, _LATEST = (int(np.datetime64(year, "ns").astype(np.int64)) for year in ("1950", "2150"))


@dataclass(frozen=True)
class Channel:
    """One column. Value = (stored + shift) / divisor."""

    name: str  #: "" if neither file nor format names it
    unit: str  #: of the values, "" if neither file nor format tells
    stored: npt.NDArray[Any]  #: (n,) integers or floats
    shift: float = 0.0
    divisor: float = 1.0  #: not a factor, so that 66 hundredths are the double 0.66

    def values(self, missing: Sequence[float] = ()) -> Array:
        """Return the numbers of a column: (n,), NaN for codes of missing values and other non-numbers."""
        with np.errstate(invalid="ignore"):  # damage makes signalling NaN
            x: Array = self.stored.astype(np.float64)
        if self.shift:
            x += self.shift
        if self.divisor != 1.0:
            x /= self.divisor
        if self.stored.dtype.kind == "f":
            x[~(np.abs(x) < _BEYOND)] = np.nan
        for code in missing:
            x[x == code] = np.nan
        return x


def self_described(
    content: Contents,
    channels: Sequence[Channel],
    *,
    stamps: Stamps | None = None,
    clock: int | None = None,
    start: np.datetime64 | None = None,
    utc: bool = False,
    lines: npt.NDArray[np.int64] | None = None,
    undated: bool = False,
    lost: npt.NDArray[np.bool_] | None = None,
) -> SelfDescribedTable:
    """Return a table that describes its own columns.

    Parameters
    ----------
    content : Contents
        The file.
    channels : sequence of Channel
        Its columns, all of the same length.
    stamps : ndarray of int64, shape (n,), optional
        Nanoseconds since 1970 as written, the smallest integer where unreadable.
    clock : int, optional
        Column (0 = first) that the stamps are made of.
    start : numpy.datetime64, optional
        Time of the first record, where only the header has it.
    utc : bool, default False
        Whether these times are UTC, regardless of the configuration.
    lines : ndarray of int64, shape (n,), optional
        Line of each record, 1 = first; record k is line k + 1 if absent.
    undated : bool, default False
        Whether the stamps count from the midnight before the first record.
    lost : ndarray of bool, shape (n,), optional
        Records without values.

    Raises
    ------
    ReadError
        There are no records.
    """
    count = channels[0].stored.size if channels else 0
    if count == 0:
        raise ReadError(content.source, "holds no complete record: check whether it was copied completely")
    numbers = np.arange(1, count + 1) if lines is None else lines

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        codes = missing_numbers(missing)
        table = np.empty((len(fields), count))
        for row, field in zip(table, fields, strict=True):
            row[:] = channels[field].values(codes)
            if lost is not None:
                row[lost] = np.nan
        return Columns(table, numbers, stamps)

    return SelfDescribedTable(
        source=content.source,
        size=len(content.data),
        names=tuple(channel.name for channel in channels),
        units=tuple(channel.unit for channel in channels),
        kinds="".join("s" if k == clock else "n" for k in range(len(channels))),
        load=load,
        utc=utc,
        start=start,
        undated=undated,
    )


def fixed_records(
    content: Contents, record: np.dtype[Any], log: ProblemLog, *, skip: int = 0
) -> npt.NDArray[Any]:
    """Records of a fixed length without copying: (n,) of a structured type.

    Parameters
    ----------
    content : Contents
        The file.
    record : numpy.dtype
        One record.
    log : ProblemLog
        Receives a record that breaks off at the end.
    skip : int, default 0
        Bytes before the first record.
    """
    count, rest = divmod(max(len(content.data) - skip, 0), record.itemsize)
    if rest or content.truncated:
        reason = f"breaks off: {rest} of {record.itemsize} bytes of the last record; what precedes is kept"
        log.add(Problem(content.source, count + 1, "rest of file", reason))
    return np.frombuffer(content.data, record, count, skip) if count else np.empty(0, record)


def records_in_step(
    content: Contents, record: np.dtype[Any], log: ProblemLog, *, skip: int = 0
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """Records as `fixed_records` gives them, found again behind bytes that were lost or doubled.

    Returns
    -------
    table : ndarray, shape (n,)
        Of a structured type.
    lost : ndarray of bool, shape (n,), or None
        Records without values, for `self_described`; None if there is none.
    """
    fixed_records(content, record, log, skip=skip)  # tells what breaks off
    return in_step(np.frombuffer(content.data, np.uint8, offset=min(skip, len(content.data))), record, log)


def without_headers(data: bytes, size: int, places: Sequence[int]) -> tuple[bytes, int]:
    """What is left of a file of records without the headers inside, and bytes of records that break off.

    Parameters
    ----------
    data : bytes
        A first header, then records.
    size : int
        Bytes of a record, and of a header.
    places : sequence of int
        First bytes of the headers inside, ascending.
    """
    kept, begin, lost = [data[:size]], size, 0
    for place in [*places, len(data)]:
        if place < begin:
            continue
        end = place if place == len(data) else begin + (place - begin) // size * size
        lost += place - end
        kept.append(data[begin:end])
        begin = place + size
    return b"".join(kept), lost


def believable(stamps: Stamps) -> Stamps:
    """Stamps of the years 1950 to 2150, others marked unreadable: (n,) nanoseconds since 1970."""
    return np.where((stamps > _EARLIEST) & (stamps < _LATEST), stamps, _UNREADABLE)
