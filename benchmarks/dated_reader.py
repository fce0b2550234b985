"""A plug-in reader of TOA5 files that bear the date of their name: a few days on disk serve for a year.

The stamps in a file are moved to the day that its name tells, in its bytes and before anything is parsed,
so that stamps are read and checked as those of any file.
"""

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.formats import toa5
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents, contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import ProblemLog, Samples
from fluxkit.raw.text.delimited import delimited_samples

NAME = "dated-toa5"
#: How a file begins, before what makes it TOA5: nobody else reads it.
MARK = b"dated\n"
_LINE_FEED = ord("\n")
#: Characters of a date.
_DATE = 10
#: Stamps of the first record, and of a file's name.
_FIRST = re.compile(rb'\n"(\d{4}-\d{2}-\d{2}) ([\d:.]+)"')
_NAMED = re.compile(r"_(\d{4})_(\d{2})_(\d{2})_\d{4}\.")

_Dates = tuple[str, npt.NDArray[np.uint32]]
#: Files, of which there are few, by their length and ends: where their dates stand.
_FOUND: dict[tuple[int, bytes, bytes], tuple[_Dates, _Dates]] = {}
_MOST = 500


def sniff(head: bytes) -> bool:
    """Whether the content begins with the mark."""
    return head.startswith(MARK)


def read(path: str | Path, layout: Layout) -> Samples:
    """Read a file as TOA5, its stamps moved to the date of its name."""
    content = dated(contents(path))
    return delimited_samples(content, toa5.dialect(content, layout))


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Return the stamp of the first record; what else is in a file the reader tells."""
    found = _FIRST.search(dated(content).data)
    if found is None:
        raise ReadError(content.source, "holds no stamp of a TOA5 file")
    stamp = np.datetime64(f"{found[1].decode()}T{found[2].decode()}", "ns").astype(np.int64)
    taken = Columns(np.empty((0, 1)), np.ones(1, np.int64), np.array([stamp]))
    return SelfDescribedTable(content.source, len(content.data), (), (), "", lambda *_: taken)


def dated(content: Contents) -> Contents:
    """Return a file's content on the date of its name; its last stamp may be the midnight after it."""
    name = _NAMED.search(content.source)
    if name is None or not sniff(content.data):
        raise ReadError(content.source, "the mark is missing, or the name tells no date")
    there = np.datetime64("-".join(name.groups()), "D")
    data = bytearray(content.data)
    characters = np.frombuffer(data, np.uint8)
    for days, (old, places) in enumerate(_places(content)):
        for k, (was, shall) in enumerate(zip(old, str(there + days), strict=True)):
            if was != shall:
                characters[places + k] = ord(shall)
    del characters
    return Contents(content.source, bytes(memoryview(data)[len(MARK) :]), content.truncated)


def _places(content: Contents) -> tuple[_Dates, _Dates]:
    """Return the first date of a file and the next one, each with where it stands; looked for once."""
    data = content.data
    key = (len(data), data[:400], data[-100:])
    if key not in _FOUND:
        first = _FIRST.search(data)
        if first is None:
            raise ReadError(content.source, "no record tells a date")
        lines = np.flatnonzero(np.frombuffer(data, np.uint8) == _LINE_FEED) + 2
        lines = lines[(lines > first.start()) & (lines < len(data) - _DATE)]
        texts = np.frombuffer(data, np.uint8)[lines[:, None] + np.arange(_DATE)]
        here = np.datetime64(first[1].decode(), "D")
        days = [str(here), str(here + 1)]
        same = [(texts == np.frombuffer(day.encode(), np.uint8)).all(axis=1) for day in days]
        found = [lines[rows].astype(np.uint32) for rows in same]
        if len(_FOUND) >= _MOST:
            _FOUND.clear()
        _FOUND[key] = ((days[0], found[0]), (days[1], found[1]))
    return _FOUND[key]


READER = Reader(NAME, sniff, read, describe=describe)
