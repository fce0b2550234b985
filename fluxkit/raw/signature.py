"""Layout of a raw file from its head (format, columns, rate), to detect changes."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fluxkit.errors import ReadError, UnknownFormatError
from fluxkit.raw.formats.stamped_rate import stamped_rate
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import HEAD_BYTES, Contents, contents, head
from fluxkit.raw.peek import start_of_described, start_of_text
from fluxkit.raw.reader import Reader
from fluxkit.raw.registry import identify, identify_content, marked, reader
from fluxkit.raw.samples import Array, ProblemLog
from fluxkit.raw.text.clock_columns import time_fields
from fluxkit.raw.text.date_order import NO_DATES, DateOrder
from fluxkit.raw.text.delimited import RECORD
from fluxkit.raw.text.header import Header, read_header, separator
from fluxkit.raw.text.table import lines_of, parse_records

#: What is read of a file: a long header and some frames, or lines enough to tell the rate. [bytes]
HEAD, HEAD_OF_TEXT = 2**15, 2**14


SERIAL = "serial"


@dataclass(frozen=True)
class Signature:
    """Layout of a file, from its head."""

    format: str
    names: tuple[str, ...]  #: of the columns; empty where the file names none
    units: tuple[str, ...]  #: as the header writes them; empty where it does not
    width: int  #: number of columns
    rate: float | None  #: as header or stamps tell it; None where they do not [Hz]
    dates: DateOrder = NO_DATES  #: what dates show of the order of day and month
    zones: tuple[int, ...] = ()  #: that stamps name [min]

    @property
    def named(self) -> bool:
        """Whether the file names its columns."""
        return bool(self.names)


@dataclass(frozen=True)
class FileHead:
    """What the head of a file shows."""

    signature: Signature | None  #: None where it tells nothing, is damaged, or stands at the end of the file
    #: of its first record, as `fluxkit.raw.peek.first_time`; None where that is to be asked
    start: np.datetime64 | None = None


def signature(path: str | Path, layout: Layout) -> Signature | None:
    """Return the signature of a file; parameters as `file_head`."""
    return file_head(path, layout).signature


def file_head(path: str | Path, layout: Layout) -> FileHead:
    """FileHead at a file without reading more than its head, and of a text its end.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip, xz, bzip2 or zip file.
    layout : Layout
        How it is thought to be laid out. A file that does not begin as this format does is seen in the format
        whose mark it carries.

    Returns
    -------
    FileHead
        Of a file whose head tells nothing the reader tells what is wrong with it, if anything.
    """
    try:
        start = head(path, HEAD_OF_TEXT)
        name = _format(str(path), start, layout)
        if reader(name).describe is None:
            found = _text(Contents(str(path), start), name, layout)
        else:
            found = _described(Contents(str(path), head(path, HEAD)), name, layout)
    except (ReadError, UnknownFormatError):
        return FileHead(None)
    return found if name == layout.format else replace(found, start=None)


def identified(path: str | Path) -> str:
    """Name of a file's format as it is recognised without a configuration, "" where it is not."""
    try:
        return identify(path)
    except (ReadError, UnknownFormatError):
        return ""


def head_means(path: str | Path, layout: Layout, names: Sequence[str]) -> dict[str, float]:
    """Return the means of columns over the head of a file, as written; without those that have no number.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip or zip file.
    layout : Layout
        As for `signature`.
    names : sequence of str
        Columns; one that the file does not have is passed over.
    """
    try:
        start = head(path, HEAD_OF_TEXT)
        form = reader(_format(str(path), start, layout))
        log = ProblemLog(str(path))
        if form.describe is None:
            values = _values_of_text(Contents(str(path), start), form, layout, names, log)
        elif form.whole:
            return {}
        else:
            found = form.describe(Contents(str(path), head(path, HEAD)), log)
            fields = {name: found.names.index(name) for name in names if name in found.names}
            taken = found.load(list(fields.values()), layout.missing)
            values = dict(zip(fields, taken.values, strict=True))
    except (ReadError, UnknownFormatError):
        return {}
    return {name: float(np.nanmean(x)) for name, x in values.items() if not np.isnan(x).all()}


def _values_of_text(
    content: Contents, form: Reader, layout: Layout, names: Sequence[str], log: ProblemLog
) -> dict[str, Array]:
    if form.dialect is None:
        return {}
    layout = form.dialect(content, layout)
    cut = content.data[: content.data.rfind(b"\n") + 1]
    lines = lines_of(Contents(content.source, cut or content.data), log)
    mark = separator(layout.delimiter, content.source)
    header = read_header(lines.content, layout.header_rows, _names_row(layout), mark)
    present = [name.strip() for name in header.names or ()]
    fields = {name: present.index(name) for name in names if name in present}
    table = parse_records(
        lines,
        header,
        mark,
        list(dict.fromkeys(fields.values())),
        missing=layout.missing,
        log=log,
        strict=False,
    )
    rows = {field: k for k, field in enumerate(dict.fromkeys(fields.values()))}
    return {name: table.values[rows[field]] for name, field in fields.items()}


def dates_of_whole(path: str | Path, layout: Layout) -> DateOrder:
    """Return what all dates of a file of text show of the order of day and month.

    Raises
    ------
    ReadError
        The file cannot be read as such text.
    """
    found = _text(contents(path), layout.format, layout).signature
    return NO_DATES if found is None else found.dates


def _format(source: str, start: bytes, layout: Layout) -> str:
    """Name of the format: the expected one unless the content carries the mark of another."""
    expected = reader(layout.format)
    if not expected.general:
        return layout.format if expected.sniff(start[:HEAD_BYTES]) else _marked(source, start, layout.format)
    # Lines of numbers look alike from file to file; looking at one as all readers do takes milliseconds.
    rows = layout.header_rows
    key = b"\n".join(start.split(b"\n", rows)[:rows]) or start[:_SHORT]
    known = (rows, key, b"\0" in start)
    if known not in _formats:
        if len(_formats) >= _MOST_KNOWN:
            _formats.clear()
        read_so = expected.sniff(start[:HEAD_BYTES]) and (rows >= _ROWS_OF_A_MARK or not marked(start))
        _formats[known] = layout.format if read_so else _marked(source, start, layout.format)
    return _formats[known]


#: Header lines, their bytes and whether there are zero bytes -> format, of texts that carry no mark.
_formats: dict[tuple[int, bytes, bool], str] = {}
_MOST_KNOWN, _SHORT = 1000, 6
_ROWS_OF_A_MARK = 4  #: with so many header lines, a configuration describes TOA5 as delimited text


def _marked(source: str, start: bytes, expected: str) -> str:
    try:
        found = identify_content(source, start[:HEAD_BYTES])
    except UnknownFormatError:
        return expected
    if found == SERIAL:  # lines of numbers, which a layout of delimited text may describe as well
        return expected
    other = reader(found)
    return found if other.of_tower and not other.general else expected


def _described(content: Contents, name: str, layout: Layout) -> FileHead:
    found = reader(name)
    if found.describe is None or found.whole:
        return FileHead(None)
    described = found.describe(content, ProblemLog(content.source))
    taken = described.load([], ())
    told = Signature(
        name,
        described.names if any(described.names) else (),
        described.units if any(described.units) else (),
        len(described.kinds),
        None if taken.stamps is None else stamped_rate(taken.stamps, taken.counts, layout.rate),
    )
    start = None
    if layout.file_time == "records":
        start = start_of_described(described, taken.stamps, layout)
    return FileHead(told, start)


def _text(content: Contents, name: str, layout: Layout) -> FileHead:
    form = reader(name)
    if form.dialect is None:
        return FileHead(None)
    layout = form.dialect(content, layout)
    cut = content.data[: content.data.rfind(b"\n") + 1]
    lines = lines_of(Contents(content.source, cut or content.data), ProblemLog(content.source))
    mark = separator(layout.delimiter, content.source)
    header = read_header(lines.content, layout.header_rows, _names_row(layout), mark)
    names = tuple(name.strip() for name in header.names or ())
    rate, dates, start = None, NO_DATES, None
    zones: tuple[int, ...] = ()
    stamp = time_fields(header, layout, lines.content, mark)
    if stamp is not None:
        counter = [names.index(RECORD)] if names.count(RECORD) == 1 else []
        log = ProblemLog(content.source)
        table = parse_records(lines, header, mark, counter, stamp=stamp, log=log, strict=False)
        if table.stamps is not None:
            rate = stamped_rate(table.stamps, table.values[0] if counter else None, layout.rate)
        dates, zones = table.dates, table.zones
        if layout.file_time == "records":
            with suppress(ReadError):  # told by the reader
                start = start_of_text(lines.content, header, mark, stamp, table, layout)
    told = Signature(name, names, _units(header, form.units_row), header.width, rate, dates, zones)
    return FileHead(told, start)


def _names_row(layout: Layout) -> int | None:
    # Where no column is given by name, an undeclared header line may be anything.
    by_name = any(isinstance(column.source, str) for column in layout.columns)
    return layout.names_row if by_name else layout.names_row or 0


def _units(header: Header, row: int | None) -> tuple[str, ...]:
    """Units in a format that has a header line for them (1 = first)."""
    if row is None or len(header.rows) < row or len(header.rows[row - 1]) != header.width:
        return ()
    return tuple(header.rows[row - 1])
