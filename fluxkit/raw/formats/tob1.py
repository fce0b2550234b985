"""TOB1: Campbell Scientific's binary table of plain records.

Five header lines of text (environment, names, units, processing, types), then records without
anything between them. SECONDS and NANOSECONDS since 1990 and RECORD are in the records if the
logger was set to write them.

Columns are named, or numbered by their position in the record (1 = first, SECONDS included).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.formats.campbell import (
    Value,
    campbell_record,
    column_numbers,
    halves,
    heading,
    stamps,
    values_of,
)
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.table import Stamps

HEADER_ROWS = 5
_RECORD = ("RECORD", "RECNBR")


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
    head = heading(content, HEADER_ROWS)
    _, names, units, _, types = head.lines
    values = values_of(names, units, types, "<", content.source)
    record = campbell_record(values)
    size = record.itemsize
    count, rest = divmod(len(content.data) - head.body, size)
    if count < 1:
        raise ReadError(
            content.source, f"header, no records: {rest} bytes follow it, but a record takes {size}"
        )
    if rest or content.truncated:
        reason = f"breaks off: {rest} of {size} bytes of the last record; what precedes is kept"
        log.add(Problem(content.source, count + 1, "rest of file", reason))
    table = np.frombuffer(content.data, record, count, head.body)
    lines = np.arange(1, count + 1)

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        found = np.empty((len(fields), count))
        for row, field in zip(found, fields, strict=True):
            row[:] = column_numbers(table[f"c{field}"], values[field], missing)
        return Columns(found, lines, _stamps(table, values), _counts(table, values))

    return SelfDescribedTable(
        source=content.source,
        size=len(content.data),
        names=tuple(names),
        units=tuple(value.unit for value in values),
        kinds="".join(value.letter for value in values),
        load=load,
        header_rows=HEADER_ROWS,
    )


def _named(values: Sequence[Value], *names: str) -> int | None:
    known = (k for k, value in enumerate(values) if value.name.upper() in names and value.letter != "t")
    return next(known, None)


def _stamps(table: npt.NDArray[Any], values: Sequence[Value]) -> Stamps | None:
    seconds, parts = _named(values, "SECONDS"), _named(values, "NANOSECONDS")
    if seconds is not None and parts is not None:
        return stamps(table[f"c{seconds}"], table[f"c{parts}"])
    stamp = _named(values, "TIMESTAMP", "TMSTAMP")
    if stamp is None or values[stamp].letter != "s":
        return None
    return stamps(*halves(table[f"c{stamp}"]))


def _counts(table: npt.NDArray[Any], values: Sequence[Value]) -> Array | None:
    counter = _named(values, *_RECORD)
    return None if counter is None else column_numbers(table[f"c{counter}"], values[counter])


READER = Reader(
    "tob1",
    sniff,
    describe=describe,
    marked=True,
    what="Campbell Scientific's binary tables of plain records, as LoggerNet collects them: all types "
    "of values (below)",
    times="`SECONDS` and `NANOSECONDS` in the records (or a SecNano column `TIMESTAMP`), or the file name",
)
