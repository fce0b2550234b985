"""GHG: LI-COR's archive of one file of samples with its metadata.

The table is text between tabs; its line of names begins with DATAH, its records with DATA. That first
field is no column: columns are counted as in the metadata, Seconds being the first. Seconds and
Nanoseconds are since 1970 in UTC, whatever zone Date, Time and the file's name are in.

Columns are named, or numbered as in the metadata; the configured delimiter and header lines do not count.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.formats.bundle import looks_like, unpack
from fluxkit.raw.joined_tables import join_tables
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, ProblemLog
from fluxkit.raw.text.header import Header, decode, fields_of, first_lines, read_header, split_fields
from fluxkit.raw.text.seams import lose_seams
from fluxkit.raw.text.structure import structure_of
from fluxkit.raw.text.table import Lines, Stamps, lines_of, parse_records

_LABEL = "DATAH"
_RECORD, _MODEL = b"DATA\t", b"Model:"
_HEADER_BYTES = 2**16
#: Records that tell which columns hold text.
_PROBED = 12
_UNREADABLE = np.iinfo(np.int64).min
_NS = 1_000_000_000
#: Latest second that nanoseconds in 64 bits can tell.
_LATEST_S = 9.2e9
_CLOCK = ("Seconds", "Nanoseconds")
_UNIT = re.compile(r"\(([^()]*)\)\s*$")
_SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " "}


def sniff(head: bytes) -> bool:
    """Whether the content is a zip archive with members named as in LI-COR's."""
    return looks_like(head)


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Unpack an archive and read the header of its table.

    Raises
    ------
    ReadError
        It is not such an archive, or holds no table with records.
    """
    if not sniff(content.data):
        raise ReadError(
            content.source, "is not a GHG file (a zip archive of .data and .metadata); check raw.format"
        )
    bundle = unpack(content, log)
    data = bundle.data.data
    begins = [0, *_headers_inside(data)]
    ends = [*begins[1:], len(data)]
    parts = [
        replace(bundle.data, data=data[begin:end], truncated=bundle.data.truncated and end == ends[-1])
        for begin, end in zip(begins, ends, strict=True)
    ]
    lines = [data.count(b"\n", 0, begin) + 1 for begin in begins]
    held = [(part, line) for part, line in zip(parts, lines, strict=True) if _has_records(part)]
    tables = [_table(part, bundle.metadata, log) for part, _ in held or [(bundle.data, 1)]]
    return join_tables(tables, [line for _, line in held or [(bundle.data, 1)]], log)


def _headers_inside(data: bytes) -> Iterator[int]:
    """First bytes of further headers, as where files were joined."""
    label = _LABEL.encode()
    done = data.find(label) + len(label)
    at = data.find(label, done) if done >= len(label) else -1
    while at >= 0:
        # What stands above the names belongs to them, but for records.
        begin = max(data.rfind(b"\n" + _RECORD, done, at), data.rfind(_LABEL.encode(), 0, at))
        first = data.find(_MODEL, begin, at)
        yield first if first >= 0 else at
        done = at + len(label)
        at = data.find(label, done)


def _has_records(part: Contents) -> bool:
    return b"\n" in part.data[part.data.find(_LABEL.encode()) :].rstrip()


def _table(data: Contents, metadata: str, log: ProblemLog) -> SelfDescribedTable:
    """The records below one header."""
    lines = lines_of(data, log)
    rows, mark = _heading(lines.content, metadata)
    header = read_header(lines.content, rows, rows, mark)
    names = header.names or ()
    if any(fields_of(line, mark) == len(names) for line in first_lines(lines.content.data, header.body)):
        header = replace(header, width=len(names))  # others lost fields: which ones, nothing tells
    names = names[: header.width]  # where all records are shorter, the last columns are missing
    if not names:
        raise ReadError(data.source, f"line {rows} of its table names no columns: copy the file again")
    label = 1 if names[0] == _LABEL else 0

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        clock = [names.index(name) for name in _CLOCK if name in names]
        wanted = [field + label for field in fields]
        both = list(dict.fromkeys([*wanted, *clock]))
        table = parse_records(lines, header, mark, both, missing=missing, log=log, strict=False)
        row = {field: k for k, field in enumerate(both)}
        stamps = _stamps(table.values[[row[k] for k in clock]]) if len(clock) == len(_CLOCK) else None
        lose_seams(replace(table, stamps=stamps), None, log)
        return Columns(table.values[[row[k] for k in wanted]], table.lines, stamps)

    return SelfDescribedTable(
        source=data.source,
        size=len(data.data),
        names=names[label:],
        units=tuple(_unit(name) for name in names[label:]),
        kinds=_kinds(lines, header, rows)[label:],
        load=load,
        utc=True,
        header_rows=rows,
        delimiter={"\t": "\\t"}.get(mark, mark),
        metadata=metadata,
        zone=next((row[1] for row in header.rows if len(row) > 1 and row[0] == "Timezone:"), ""),
    )


def _heading(content: Contents, metadata: str) -> tuple[int, str]:
    """Number of header lines, and what separates fields."""
    head = content.data[:_HEADER_BYTES]
    for k, line in enumerate(head.split(b"\n"), 1):
        if line.startswith(_LABEL.encode()):
            return k, line[len(_LABEL) : len(_LABEL) + 1].decode("latin-1").strip("\r") or "\t"
    told = re.search(r"^header_rows\s*=\s*(\d{1,3})\s*$", metadata, re.MULTILINE)
    if told is None or int(told[1]) < 1:
        raise ReadError(
            content.source, f"its table has no line that begins with {_LABEL}: its columns are unknown"
        )
    separator = re.search(r"^separator\s*=\s*(\w+)", metadata, re.MULTILINE)
    return int(told[1]), _SEPARATORS.get(separator[1] if separator else "tab", "\t")


def _unit(name: str) -> str:
    found = _UNIT.search(name)
    return found[1] if found else ""


def _kinds(lines: Lines, header: Header, rows: int) -> str:
    end = header.body
    for _ in range(_PROBED):
        end = lines.content.data.find(b"\n", end, header.body + _HEADER_BYTES) + 1 or end
    body = lines.content.data[header.body : end]
    found = structure_of(body, whole=True)
    if found is not None and len(found.kinds) == header.width:
        return found.kinds.replace("m", "n")
    # A few records only, or damaged ones: what the first of them holds.
    first = split_fields(decode(body.split(b"\n")[0]), "\t")
    letters = ["n" if re.fullmatch(r"[-+.\deE]*", field) else "t" for field in first]
    return "".join(letters).ljust(header.width, "n")[: header.width]


def _stamps(clock: Array) -> Stamps:
    seconds, nanoseconds = clock
    with np.errstate(invalid="ignore"):
        right = (seconds > 0) & (seconds < _LATEST_S) & (nanoseconds >= 0) & (nanoseconds < _NS)
    stamps = np.full(seconds.size, _UNREADABLE, np.int64)
    stamps[right] = seconds[right].astype(np.int64) * _NS + nanoseconds[right].astype(np.int64)
    return stamps


READER = Reader(
    "ghg",
    sniff,
    describe=describe,
    marked=True,
    what="LI-COR's archives of `.data` and `.metadata`",
    times="`Seconds` and `Nanoseconds`, which are UTC, or the file name",
)
