"""TOB1: Campbell Scientific's binary table of plain records.

Five header lines of text (environment, names, units, processing, types), then records without
anything between them. SECONDS and NANOSECONDS since 1990 and RECORD are in the records if the
logger was set to write them: they find the records again where bytes were lost. A header inside the
file, as where files were joined, begins a stretch of its own columns.

Columns are named, or numbered by their position in the record (1 = first, SECONDS included).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.formats.campbell import (
    Bytes,
    Places,
    Value,
    campbell_record,
    column_numbers,
    columns_of,
    described,
    gather,
    halves,
    heading,
    stamps,
    values_of,
)
from fluxkit.raw.frames import Body, find_records, is_even
from fluxkit.raw.joined_tables import BinaryStretch, join_stretches
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.table import Stamps

HEADER_ROWS = 5
_RECORD = ("RECORD", "RECNBR")
_MARK = b"TOB1"


def sniff(head: bytes) -> bool:
    """Whether the content begins with TOB1's mark."""
    return head.startswith((b'"TOB1"', b"TOB1,"))


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Read the header of a TOB1 file.

    Raises
    ------
    ReadError
        It is not a TOB1 file, its header is damaged, or it has no complete record.
    """
    if not sniff(content.data):
        raise ReadError(
            content.source, f"is not a TOB1 file: it begins with {content.data[:20]!r}; check raw.format"
        )
    return join_stretches([_stretch(part) for part in _parts(content, log)], content, HEADER_ROWS, log)


@dataclass(frozen=True)
class _Part:
    """A header and the records below it."""

    values: tuple[Value, ...]
    table: npt.NDArray[Any]
    lines: npt.NDArray[np.int64]
    stamps: Stamps | None
    counts: Array | None

    @property
    def line(self) -> int:
        return int(self.lines[0])


def _stretch(part: _Part) -> BinaryStretch:
    def columns(fields: Sequence[int], missing: Sequence[str]) -> Iterator[Array]:
        return columns_of(part.table, part.values, fields, missing)

    return BinaryStretch(*described(part.values), part.lines, part.stamps, part.counts, columns)


def _parts(content: Contents, log: ProblemLog) -> list[_Part]:
    """Stretches of a file that have a header of their own, those without records left out."""
    plain = _part(content, 0, len(content.data), 0, log, whole=True)
    if plain is not None:
        return [plain]
    begins = [0, *_headers_inside(content)]
    found: list[_Part] = []
    for begin, end in zip(begins, [*begins[1:], len(content.data)], strict=True):
        before = int(found[-1].lines[-1]) if found else 0
        part = _part(content, begin, end, before, log)
        if part is not None and part.lines.size:
            found.append(part)
    if not found:
        raise ReadError(content.source, "holds no whole record behind its header: copy the file again")
    if len(begins) > 1:
        reason = (
            f"{len(begins) - 1} further headers stand inside the file: what is behind one is read as it says"
        )
        log.add(Problem(content.source, found[-1].line, "nothing", reason))
    return found


def _headers_inside(content: Contents) -> list[int]:
    data, found = content.data, []
    at = data.find(_MARK, 1)
    while at >= 0:
        begin = at - data.startswith(b'"', at - 1)
        if begin > 0 and sniff(data[begin : begin + 7]) and _is_header(content, begin):
            found.append(begin)
        at = data.find(_MARK, at + 1)
    return found


def _is_header(content: Contents, begin: int) -> bool:
    try:
        _, names, units, _, types = heading(content, HEADER_ROWS, begin).lines
        values_of(names, units, types, "<", content.source)
    except ReadError:  # four bytes that happen to be so
        return False
    return True


def _part(
    content: Contents, begin: int, end: int, before: int, log: ProblemLog, *, whole: bool = False
) -> _Part | None:
    """Records between two places of a file; with ``whole`` None unless all of them are sound."""
    head = heading(content, HEADER_ROWS, begin)
    _, names, units, _, types = head.lines
    values = values_of(names, units, types, "<", content.source)
    record = campbell_record(values)
    size = record.itemsize
    count, rest = divmod(max(end - head.body, 0), size)
    if count < 1:
        if begin or end < len(content.data):
            return None
        raise ReadError(
            content.source, f"header, no records: {rest} bytes follow it, but a record takes {size}"
        )
    table = np.frombuffer(content.data, record, count, head.body)
    clock = _Clock(values, record)
    stamps_of, counts_of = clock.of(table)
    if whole and not (rest or content.truncated) and is_even(stamps_of, counts_of):
        return _Part(values, table, np.arange(1, count + 1), stamps_of, counts_of)
    if whole:
        return None
    data = np.frombuffer(content.data, np.uint8)
    places = find_records(
        Body(data, head.body, end, size, clock.head, clock.at), stamps_of, counts_of, log, before
    )
    last = (int(places[-1]) if places is not None and places.size else head.body + (count - 1) * size) + size
    if content.truncated or (end == len(content.data) and 0 < end - last < size):
        reason = f"breaks off: {end - last} of {size} bytes of the last record; what precedes is kept"
        log.add(Problem(content.source, before + count + 1, "rest of file", reason))
    if places is None:
        return _Part(values, table, before + np.arange(1, count + 1), stamps_of, counts_of)
    table = gather(data, places, record)
    return _Part(values, table, before + (places - head.body) // size + 1, *clock.of(table))


class _Clock:
    """The columns of a record that tell its time and number."""

    def __init__(self, values: Sequence[Value], record: np.dtype[Any]) -> None:
        self._values, self._record = values, record
        self._seconds, self._parts = _named(values, "SECONDS"), _named(values, "NANOSECONDS")
        stamp = _named(values, "TIMESTAMP", "TMSTAMP")
        self._stamp = None if stamp is None or values[stamp].letter != "s" else stamp
        self._count = _named(values, *_RECORD)
        if self._seconds is None or self._parts is None:
            self._seconds = self._parts = None
        else:
            self._stamp = None
        fields: Any = record.fields
        used = [k for k in (self._seconds, self._parts, self._stamp, self._count) if k is not None]
        self.head = max((fields[f"c{k}"][1] + fields[f"c{k}"][0].itemsize for k in used), default=0)

    def of(self, table: npt.NDArray[Any]) -> tuple[Stamps | None, Array | None]:
        """Stamps and numbers of records."""
        return self._told(lambda k: table[f"c{k}"])

    def at(self, data: Bytes, places: Places) -> tuple[Stamps | None, Array | None]:
        """Stamps and numbers of what begins at (n,) bytes."""
        fields: Any = self._record.fields

        def column(k: int) -> npt.NDArray[Any]:
            kind, offset = fields[f"c{k}"][:2]
            return gather(data, places + offset, kind)

        return self._told(column)

    def _told(self, column: Callable[[int], npt.NDArray[Any]]) -> tuple[Stamps | None, Array | None]:
        found = None
        if self._seconds is not None and self._parts is not None:
            found = stamps(column(self._seconds), column(self._parts))
        elif self._stamp is not None:
            found = stamps(*halves(column(self._stamp)))
        number = None
        if self._count is not None:
            number = column_numbers(column(self._count), self._values[self._count])
        return found, number


def _named(values: Sequence[Value], *names: str) -> int | None:
    known = (k for k, value in enumerate(values) if value.name.upper() in names and value.letter != "t")
    return next(known, None)


READER = Reader(
    "tob1",
    sniff,
    describe=describe,
    marked=True,
    what="Campbell Scientific's binary tables of plain records, as LoggerNet collects them: all types "
    "of values (below)",
    times="`SECONDS` and `NANOSECONDS` in the records (or a SecNano column `TIMESTAMP`), or the file name",
)
