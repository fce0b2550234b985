"""A file whose header gives names, units and types of its columns, in any encoding of its records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.clock import Clock
from fluxkit.raw.clock_offsets import offset_of
from fluxkit.raw.filetime import file_start
from fluxkit.raw.grid import place_records, spread
from fluxkit.raw.layout import Layout
from fluxkit.raw.samples import Array, ProblemLog, Samples
from fluxkit.raw.text.delimited import converted
from fluxkit.raw.text.header import Header, locate
from fluxkit.raw.text.table import Stamps

_UNREADABLE = np.iinfo(np.int64).min
_HOUR_NS = 3_600_000_000_000
_DAY_NS = 24 * _HOUR_NS
#: How long before the time in a file's name its first record may be; a clock that is set moves it by an hour.
_BEFORE_NS = 2 * _HOUR_NS


@dataclass(frozen=True)
class Columns:
    """Columns of all records, as stored in the file."""

    values: Sequence[Array] | Array  #: of each column (n,), NaN where missing; nobody else's
    lines: npt.NDArray[np.int64]  #: (n,) line or number of each record, 1 = first
    stamps: Stamps | None  #: (n,) nanoseconds since 1970 as written; smallest integer where unreadable
    counts: Array | None = None  #: (n,) the logger's record numbers


#: Reads columns (0 = first) as numbers; texts among the second are no values.
LoadColumns = Callable[[Sequence[int], Sequence[str]], Columns]


@dataclass(frozen=True)
class SelfDescribedTable:
    """The header of such a file, and how to get at its records."""

    source: str
    size: int  #: of its content [bytes]
    names: tuple[str, ...]
    units: tuple[str, ...]
    kinds: str  #: one letter per column: n number, s stamp, t text
    load: LoadColumns
    utc: bool = False  #: whether its stamps are UTC whatever the layout says
    start: np.datetime64 | None = None  #: of the first record, where only the header tells it
    header_rows: int = 0
    delimiter: str = ""  #: as a configuration spells it, "" of binary records
    metadata: str = ""  #: of station and instruments, as LI-COR writes it
    zone: str = ""  #: name of the time zone that the header tells
    undated: bool = False  #: its stamps are times of day, from the midnight before the first record

    @property
    def header(self) -> Header:
        """Names and width, as `fluxkit.raw.text.header.locate` wants them."""
        return Header((), self.names, len(self.names), 0)


def samples_of(described: SelfDescribedTable, layout: Layout, log: ProblemLog) -> Samples:
    """Lay the columns of a layout on a regular grid.

    Raises
    ------
    ReadError
        A column is absent, the rate differs, or neither the records nor the name give the time.
    """
    source = described.source
    wanted = {c.variable: locate(described.header, c.source, c.variable, source) for c in layout.columns}
    row = {field: k for k, field in enumerate(dict.fromkeys(wanted.values()))}
    start = file_start(source, layout) if layout.file_time == "name" else header_start(described, layout)
    if start is not None:  # a header's time begins the file as a name's does
        layout = replace(layout, file_time="name")
    taken = described.load(list(row), layout.missing)
    if described.undated:
        taken = replace(taken, stamps=_dated(taken.stamps, start, described, layout))
    for column in layout.columns:
        k = wanted[column.variable]
        if described.kinds[k] == "t" and np.isnan(taken.values[row[k]]).all():
            raise ReadError(
                source, f"column {described.names[k]!r} (for {column.variable}) holds text: check [columns]"
            )
    clock = Clock(taken.lines.size, taken.lines, taken.stamps, taken.counts)
    placement = place_records(clock, layout.in_utc() if described.utc else layout, start, log)
    once = len(row) == len(layout.columns)  # no two variables of one column
    data = {
        c.variable: np.ascontiguousarray(
            spread(converted(taken.values[row[wanted[c.variable]]], c, layout.precision, own=once), placement)
        )
        for c in layout.columns
    }
    return Samples(placement.start, layout.rate, data, log.told(), taken.lines.size)


def _dated(
    stamps: Stamps | None, start: np.datetime64 | None, described: SelfDescribedTable, layout: Layout
) -> Stamps | None:
    """Stamps with the date of the file's name: the first is less than a day behind it, or just before."""
    if start is None:
        raise ReadError(
            described.source,
            "the stamps are times of day without a date: set raw.file_time = 'name', and raw.name_pattern",
        )
    if stamps is None or (known := stamps[stamps != _UNREADABLE]).size == 0:
        return None
    local = int(start.astype("M8[ns]").astype(np.int64))
    if not described.utc:
        local += round(layout.utc_offset_h * _HOUR_NS)
    midnight = -((_BEFORE_NS - local + int(known[0])) // _DAY_NS) * _DAY_NS
    return np.where(stamps == _UNREADABLE, _UNREADABLE, stamps + midnight)


def header_start(described: SelfDescribedTable, layout: Layout) -> np.datetime64 | None:
    """UTC start of the first record from the header, None if it has none."""
    if described.start is None:
        return None
    written = described.start.astype("M8[ns]")
    offset = 0 if described.utc else offset_of(int(written.astype(np.int64)), layout)
    start: np.datetime64 = written - np.timedelta64(offset, "ns")
    return start
