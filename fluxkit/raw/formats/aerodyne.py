"""Aerodyne laser spectrometers: concentrations (``.str``) and the state of the instrument (``.stc``).

A first line with the date, the seconds since 1904-01-01 and ``SPEC:`` with the gases. In ``.str`` files
records of blank-separated numbers follow, seconds since 1904 and one mixing ratio [nmol mol-1] per gas;
``.stc`` files have a line of names and commas. Seconds count on the computer's clock.

Columns are named by the gas or by the ``.stc`` file, or by position (1 = the seconds).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel
from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.joined_tables import join_tables
from fluxkit.raw.missing import missing_numbers
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, ProblemLog
from fluxkit.raw.text.header import Header, decode, split_fields
from fluxkit.raw.text.seams import lose_seams
from fluxkit.raw.text.table import Stamps, lines_of, parse_records

#: 1904-01-01 before 1970-01-01. [s]
EPOCH_S = 2_082_844_800
_FIRST = re.compile(r"\d\d?/\d\d?/\d{4} \d\d?:\d\d:\d\d .*\bSPEC:([^\r\n]*)", re.ASCII)
_GASES = b"SPEC:"
#: Column of the seconds.
_CLOCK = 0
#: Records from which the number of fields is taken, and how many of them with the named one make it sure.
_HEAD, _SURE = 50, 3
_UNREADABLE = np.iinfo(np.int64).min
_NS = 1_000_000_000
#: Seconds that a stamp may be: 1970 to 2170.
_EARLIEST_S, _LATEST_S = EPOCH_S, EPOCH_S + 200 * 31_557_600


@dataclass(frozen=True)
class _Layout:
    names: tuple[str, ...]
    units: tuple[str, ...]
    mark: str | None  # between fields, None for blanks
    rows: int  # lines above the records
    body: int  # first byte of the records


def sniff(head: bytes) -> bool:
    """Whether the first line is that of these spectrometers."""
    return _FIRST.match(decode(head[:400])) is not None


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Read the header and the records.

    Raises
    ------
    ReadError
        The first line is another, or no record follows.
    """
    if not sniff(content.data):
        first = decode(content.data[:60].split(b"\n")[0])
        raise ReadError(content.source, f"is not a file of an Aerodyne laser: it begins with {first!r}")
    begins = [0, *_headers_inside(content.data)]
    ends = [*begins[1:], len(content.data)]
    parts = [
        replace(content, data=content.data[begin:end], truncated=content.truncated and end == ends[-1])
        for begin, end in zip(begins, ends, strict=True)
    ]
    lines = [content.data.count(b"\n", 0, begin) + 1 for begin in begins]
    held = [(part, line) for part, line in zip(parts, lines, strict=True) if _has_records(part)]
    if not held:
        raise ReadError(content.source, "holds no record below its first line")
    return join_tables([_table(part, log) for part, _ in held], [line for _, line in held], log)


def _headers_inside(data: bytes) -> Iterator[int]:
    """First bytes of further first lines, as where files were joined."""
    at = data.find(_GASES, data.find(b"\n") + 1)
    while at >= 0:
        begin = data.rfind(b"\n", 0, at) + 1
        # Behind what is left of a record that was cut, perhaps.
        found = _FIRST.search(data[begin : begin + 600].decode("latin-1")) if begin else None
        if found is not None:
            yield begin + found.start()
        at = data.find(_GASES, at + 1)


def _has_records(part: Contents) -> bool:
    return bool(part.data[part.data.find(b"\n") + 1 :].strip())


def _table(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """The records below one first line."""
    lines = lines_of(content, log)
    found = _layout(lines.content)
    header = Header(((),) * found.rows, found.names, len(found.names), found.body)

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        both = list(dict.fromkeys([*fields, _CLOCK]))
        table = parse_records(lines, header, found.mark, both, log=log, strict=False)
        if not table.records:
            raise ReadError(content.source, "holds no records below its first lines")
        stamps = _stamps(table.values[both.index(_CLOCK)])
        lose_seams(replace(table, stamps=stamps), None, log)
        codes = missing_numbers(missing)
        values = [Channel("", "", table.values[both.index(field)]).values(codes) for field in fields]
        return Columns(np.array(values).reshape(len(fields), table.records), table.lines, stamps)

    return SelfDescribedTable(
        source=content.source,
        size=len(content.data),
        names=found.names,
        units=found.units,
        kinds="s" + "n" * (len(found.names) - 1),
        load=load,
    )


def _layout(content: Contents) -> _Layout:
    data = content.data
    body = data.find(b"\n") + 1
    end = data.find(b"\n", body)
    second = decode(data[body:end]).strip() if end > 0 else ""
    if not second:
        raise ReadError(content.source, "holds no record below its first line")
    if second.startswith("time"):
        names = tuple(split_fields(second, ","))
        return _Layout(names, ("s", *("",) * (len(names) - 1)), ",", 2, end + 1)
    match = _FIRST.match(decode(data[: min(body, 400)]))
    gases = _gases(match[1] if match else "")
    others = [f"column_{k + 2}" for k in range(len(gases), _width(data[body:], len(gases)) - 1)]
    units = ("s", *("nmol mol-1",) * len(gases), *("",) * len(others))
    return _Layout(("time", *gases, *others), units, None, 1, body)


def _width(records: bytes, gases: int) -> int:
    """Return how many fields records have by the first ones: as the gases tell, or as most of them have."""
    lines = records[: _HEAD * max(records.find(b"\n"), 1)].split(b"\n")[:_HEAD]
    counts = Counter(len(line.split()) for line in lines if line.strip())
    if 0 < min(_SURE, counts.total() / 2) <= counts[gases + 1]:
        return gases + 1  # others have gained columns, or are made of two
    return counts.most_common(1)[0][0]


def _gases(told: str) -> list[str]:
    # One gas may be fitted in two windows: the second is told apart.
    names: list[str] = []
    for name in ("_".join(part.split()) for part in told.split(",") if part.strip()):
        before = sum(other == name or other.startswith(f"{name}-") for other in names)
        names.append(name if before == 0 else f"{name}-{before + 1}")
    return names


def _stamps(seconds: Array) -> Stamps:
    known = (seconds >= _EARLIEST_S) & (seconds < _LATEST_S)  # false where NaN
    stamps = np.full(seconds.size, _UNREADABLE, np.int64)
    # Whole seconds apart from their fraction: nanoseconds since 1970 exceed a double.
    whole = np.floor(seconds[known])
    part = np.round((seconds[known] - whole) * 1e6).astype(np.int64) * 1000
    stamps[known] = (whole.astype(np.int64) - EPOCH_S) * _NS + part
    return stamps


READER = Reader(
    "aerodyne",
    sniff,
    describe=describe,
    marked=True,
    what="Aerodyne lasers: `.str` (mixing ratios, named after `SPEC:`, in nmol mol-1) and `.stc` (the "
    "instrument's state)",
    times="seconds in the records",
)
