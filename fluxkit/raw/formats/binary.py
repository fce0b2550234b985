"""Binary records of one fixed layout that the configuration describes.

Lines of text and bytes to skip, then consecutive records of numbers. The file says nothing about
itself: types, byte order and lengths are in the configuration.
"""

from pathlib import Path
from typing import Any

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel, records_in_step, self_described
from fluxkit.raw.described import SelfDescribedTable, samples_of
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents, contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import ProblemLog, Samples

#: Most numbers of one record.
_MOST = 4096


def read(path: str | Path, layout: Layout) -> Samples:
    """Read a file of binary records.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip, xz, bzip2 or zip file.
    layout : Layout
        With ``number_types``, ``byte_order``, ``header_rows``, ``header_bytes``, ``record_bytes``; columns
        by position (1 = first).

    Raises
    ------
    ReadError
        The layout fits no records, or the file holds no whole one.
    """
    content = contents(path)
    log = ProblemLog(content.source)
    return samples_of(describe(content, layout, log), layout, log)


def describe(content: Contents, layout: Layout, log: ProblemLog) -> SelfDescribedTable:
    """Read the records; columns have positions, no names.

    Raises
    ------
    ReadError
        The layout fits no records, or the file holds no whole one.
    """
    record = record_type(layout, content.source)
    table, lost = records_in_step(content, record, log, skip=_skip(content, layout))
    if layout.file_time != "name":
        raise ReadError(content.source, "binary records carry no time: set raw.file_time = 'name'")
    return self_described(content, [Channel("", "", table[name]) for name in record.names or ()], lost=lost)


def record_type(layout: Layout, source: str) -> np.dtype[Any]:
    """One record: consecutive numbers, then the rest of ``record_bytes``.

    A single type is repeated as often as it fits into ``record_bytes``.

    Raises
    ------
    ReadError
        No type is given, or they are longer than the record.
    """
    types = [np.dtype(name).newbyteorder(layout.byte_order) for name in layout.number_types]
    if len(types) == 1 and layout.record_bytes:
        types *= min(layout.record_bytes // types[0].itemsize, _MOST)
    length = sum(t.itemsize for t in types)
    size = layout.record_bytes or length
    if not 0 < length <= size:
        raise ReadError(
            source,
            f"raw.number_types take {length} bytes, raw.record_bytes is {layout.record_bytes}: give a type "
            "for each number of a record, or one type and the length of a record",
        )
    names = [f"c{k}" for k in range(1, len(types) + 1)]
    offsets = np.cumsum([0, *(t.itemsize for t in types[:-1])]).tolist()
    return np.dtype({"names": names, "formats": types, "offsets": offsets, "itemsize": size})


def _skip(content: Contents, layout: Layout) -> int:
    place = 0
    for line in range(layout.header_rows):
        end = content.data.find(b"\n", place)
        if end < 0:
            reason = f"ends in line {line + 1} of raw.header_rows = {layout.header_rows}"
            raise ReadError(content.source, reason)
        place = end + 1
    return place + layout.header_bytes


READER = Reader(
    "binary",
    lambda head: False,
    read,
    what="records of numbers as the configuration describes them; not recognised by itself",
    times="the file name",
)
