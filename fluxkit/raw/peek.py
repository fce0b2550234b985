"""The time of a file's first record, from its first bytes."""

from pathlib import Path

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.header import locate, read_header, separator
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents, head
from fluxkit.raw.problems import ProblemLog
from fluxkit.raw.table import lines_of, parse

_UNREADABLE = np.iinfo(np.int64).min
_NS = 1_000_000_000


def first_time(path: str | Path, layout: Layout) -> np.datetime64 | None:
    """Start of a file's first record as its stamps tell it, without reading the file.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    layout : Layout
        How it is laid out; of the formats ``toa5`` and ``delimited``.

    Returns
    -------
    numpy.datetime64 or None
        UTC, ns; not rounded to a slot. None when the first 4 KiB do not tell it: then the
        reader tells it, or what is wrong.
    """
    try:
        return _first_time(str(path), layout)
    except ReadError:  # told in full by the reader
        return None


def _first_time(source: str, layout: Layout) -> np.datetime64 | None:
    start = head(source)
    content = Contents(source, start[: start.rfind(b"\n") + 1])
    if layout.format == "toa5":
        from fluxkit.raw.toa5 import layout_of_toa5, sniff

        if not sniff(content.data):
            return None
        layout = layout_of_toa5(content, layout)
    elif layout.format != "delimited":
        return None
    if layout.time_column is None or not content.data:
        return None
    log = ProblemLog(source)
    mark = separator(layout.delimiter, source)
    header = read_header(content, layout.header_rows, layout.names_row, mark)
    stamp = locate(header, layout.time_column, "time", source)
    table = parse(lines_of(content, log), header, mark, [], stamp=stamp, log=log, strict=False)
    stamps = table.stamps
    known = np.flatnonzero(stamps != _UNREADABLE) if stamps is not None else np.empty(0, np.int64)
    if stamps is None or known.size == 0:
        return None
    before = int(known[0]) + (layout.sample_time_is == "end")
    first = int(stamps[known[0]]) - round(before * _NS / layout.rate)
    return np.datetime64(first - round(layout.utc_offset_h * 3600 * _NS), "ns")
