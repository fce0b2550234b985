"""The time of a file's first record, from its first bytes."""

from pathlib import Path

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.locations import location, read_end
from fluxkit.raw.clock_offsets import offset_of
from fluxkit.raw.described import SelfDescribedTable, header_start
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents, contents, head
from fluxkit.raw.registry import reader
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.text.clock_columns import time_fields
from fluxkit.raw.text.delimited import on_own_clock
from fluxkit.raw.text.header import Header, read_header, separator
from fluxkit.raw.text.table import Stamps, TextTable, lines_of, parse_records
from fluxkit.raw.text.time_parts import TimeFields

_UNREADABLE = np.iinfo(np.int64).min
_NS = 1_000_000_000
#: What is read of a file whose header tells its columns: a long header and some frames or lines.
_DESCRIBED_BYTES = 2**16
#: What is read of a text file's end.
_END_BYTES = 2**11


def first_time(path: str | Path, layout: Layout) -> np.datetime64 | None:
    """Start of a file's first record from its stamps, reading only its beginning.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    layout : Layout
        How it is laid out.

    Returns
    -------
    numpy.datetime64 or None
        UTC, ns; not rounded to a slot. None if the beginning does not show it: then the
        reader finds it, or reports what is wrong.
    """
    try:
        return _first_time(str(path), layout)
    except ReadError:  # told in full by the reader
        return None


def _first_time(source: str, layout: Layout) -> np.datetime64 | None:
    described = _described(source, layout)
    if described is not None:
        return start_of_described(described, described.load([], ()).stamps, layout)
    start = head(source)
    content = Contents(source, start[: start.rfind(b"\n") + 1])
    dialect = reader(layout.format).dialect
    if dialect is None:
        return None
    layout = dialect(content, layout)
    if not content.data:
        return None
    log = ProblemLog(source)
    mark = separator(layout.delimiter, source)
    header = read_header(content, layout.header_rows, layout.names_row, mark)
    stamp = time_fields(header, layout, content, mark)
    if stamp is None:
        return None
    table = parse_records(lines_of(content, log), header, mark, [], stamp=stamp, log=log, strict=False)
    return start_of_text(content, header, mark, stamp, table, layout)


def start_of_described(
    described: SelfDescribedTable, stamps: Stamps | None, layout: Layout
) -> np.datetime64 | None:
    """Start of the first record of a beginning that describes itself, as `first_time` tells it."""
    if described.start is not None:
        return header_start(described, layout)
    if stamps is None or described.undated:
        return None
    return _start(stamps, layout.in_utc() if described.utc else layout)


def start_of_text(
    content: Contents, header: Header, mark: str | None, stamp: TimeFields, table: TextTable, layout: Layout
) -> np.datetime64 | None:
    """Start of the first record of a text's beginning, as `first_time` tells it."""
    if table.stamps is None:
        return None
    layout = on_own_clock(table, layout, ProblemLog(content.source))
    first = _start(table.stamps, layout)
    last = _last(content.source, content.data[: header.body], header, mark, stamp, layout)
    # Whose last record is before its first one is a ring, or joined of several: the reader puts it in order.
    return None if first is not None and last is not None and last < first else first


def _last(
    source: str, head_lines: bytes, header: Header, mark: str | None, stamp: TimeFields, layout: Layout
) -> np.datetime64 | None:
    """Time of a last record of a plain file, None if its end does not show it."""
    tail = read_end(location(source), _END_BYTES)
    if b"\0" in tail or not tail.isascii():  # packed
        return None
    lines = lines_of(Contents(source, head_lines + tail[tail.find(b"\n") + 1 :]), ProblemLog(source))
    log = ProblemLog(source)
    stamps = parse_records(lines, header, mark, [], stamp=stamp, log=log, strict=False).stamps
    return None if stamps is None else _start(stamps[::-1][:1], layout)


def _described(source: str, layout: Layout) -> SelfDescribedTable | None:
    """The beginning of a file whose header describes its columns."""
    found = reader(layout.format)
    describe = found.describe
    if describe is None:
        return None
    log = ProblemLog(source)
    if found.whole:
        return describe(contents(source), log)
    return describe(Contents(source, head(source, _DESCRIBED_BYTES)), log)


def _start(stamps: Stamps, layout: Layout) -> np.datetime64 | None:
    known = np.flatnonzero(stamps != _UNREADABLE)
    if known.size == 0:
        return None
    before = int(known[0]) + (layout.sample_time_is == "end")
    first = int(stamps[known[0]]) - round(before * _NS / layout.rate)
    return np.datetime64(first - offset_of(int(stamps[known[0]]), layout), "ns")
