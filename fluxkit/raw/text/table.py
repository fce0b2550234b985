"""The records of a text file as numbers; each one that cannot be read is reported with its line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.missing import missing_numbers
from fluxkit.raw.opening import Contents
from fluxkit.raw.samples import MOST, Array, Problem, ProblemLog
from fluxkit.raw.text.date_order import NO_DATES, DateOrder
from fluxkit.raw.text.header import Header, decode, split_fields
from fluxkit.raw.text.time_parts import TimeFields, composed

#: Complete lines that a last line without an end is compared with.
_NEIGHBOURS = 50
_LONGEST_QUOTE = 40
#: What no text holds: zeros, or a few bytes of an erased card.
_NEVER_WRITTEN = (b"\0", b"\xff" * 4)

Stamps = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TextTable:
    """Records as read from the file."""

    values: Array  #: (columns, n), NaN where missing
    stamps: Stamps | None  #: (n,) nanoseconds since 1970 as written; smallest integer where unreadable
    lines: npt.NDArray[np.int64]  #: (n,) line of each record, 1 = first of the file
    utc: bool = False  #: whether the stamps are in UTC, whatever zone they are written in
    zones: tuple[int, ...] = ()  #: that the stamps name, ahead of UTC [min]
    dates: DateOrder = NO_DATES  #: what the dates show of the order of day and month

    @property
    def records(self) -> int:
        """Number of records."""
        return int(self.lines.size)


@dataclass(frozen=True)
class Lines:
    """Contents in which every line ends with a line feed."""

    content: Contents
    cut: bool  #: the last line had no end of its own


def lines_of(content: Contents, log: ProblemLog) -> Lines:
    """Give every line its end; what stands behind the last end of a broken-off archive is dropped.

    Of lines with space that was never written nothing is left: what stands on both sides of it in one line
    may be of two records.
    """
    data = content.data
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    # One byte is looked for at once, several ten times as long, and neither is in a sound text.
    if any(fill[:1] in data and fill in data for fill in _NEVER_WRITTEN):
        data = _without_unwritten(content.source, data, log)
    if data.endswith(b"\n"):
        if content.truncated:
            log.add(
                Problem(
                    content.source, None, "rest of file", "the archive is incomplete: copy the file again"
                )
            )
        return Lines(replace(content, data=data), cut=False)
    if content.truncated:
        kept = data[: data.rfind(b"\n") + 1]
        reason = "the archive breaks off, what precedes is kept: copy the file again"
        log.add(Problem(content.source, kept.count(b"\n") + 1, "rest of file", reason))
        if not kept:
            raise ReadError(content.source, "the archive ends within the first line: copy the file again")
        return Lines(replace(content, data=kept), cut=False)
    return Lines(replace(content, data=data + b"\n"), cut=True)


def _without_unwritten(source: str, data: bytes, log: ProblemLog) -> bytes:
    kept, done, lost, first = [], 0, 0, 0
    while (at := min((k for fill in _NEVER_WRITTEN if (k := data.find(fill, done)) >= 0), default=-1)) >= 0:
        begin, end = data.rfind(b"\n", done, at) + 1 or done, data.find(b"\n", at)
        end = len(data) if end < 0 else end
        kept.append(data[done:begin] + b"\0")  # a record, for those that are counted, that holds nothing
        first = first or data.count(b"\n", 0, begin) + 1
        lost, done = lost + end - begin, end
    reason = (
        f"{lost} bytes in {len(kept)} lines are space that was never written, or beside it: these lines were "
        "left out"
    )
    log.add(Problem(source, first, "line", reason))
    return b"".join([*kept, data[done:]])


def parse_records(
    lines: Lines,
    header: Header,
    mark: str | None,
    fields: Sequence[int],
    *,
    stamp: int | TimeFields | None = None,
    missing: Sequence[str] = (),
    log: ProblemLog,
    strict: bool = True,
) -> TextTable:
    """Read columns of numbers and the column of time stamps.

    Parameters
    ----------
    lines : Lines
        The file.
    header : Header
        Its header.
    mark : str or None
        Character between fields, None for runs of blanks.
    fields : sequence of int
        Columns to read, 0 = first, each once.
    stamp : int or TimeFields, optional
        Column of time stamps, or what makes the time of a record.
    missing : sequence of str
        Texts that mean "no value", beside NAN, INF and empty; numbers among them are compared as numbers.
    log : ProblemLog
        Receives what could not be read.
    strict : bool, default True
        Reject a column without any number, and a first record that looks like a header.

    Raises
    ------
    ReadError
        With ``strict``: the columns do not hold numbers.
    """
    content = lines.content
    times = TimeFields((stamp,)) if isinstance(stamp, int) else stamp
    wanted = list(dict.fromkeys((*fields, *(times.numeric if times is not None else ()))))
    found = _scan(content.data, header, mark, wanted, times, missing)
    if strict:
        _refuse(content, header, fields, found)
    n = found.lines.size
    dropped = lines.cut and _mend(content, header, mark, wanted, found, log)
    _tell(content, header, found, dropped, log)
    n -= dropped
    values, found_lines = found.values[:, :n], found.lines[:n]
    if times is None:
        return TextTable(values, None, found_lines)
    own = {field: values[wanted.index(field)] for field in times.numeric}
    stamps, utc, zones = composed(times, found.stamps[:n], found.zones[:n], own, content.source)
    return TextTable(values[: len(fields)], stamps, found_lines, utc, zones, found.dates)


@dataclass(frozen=True)
class _Scan:
    values: Array
    stamps: Stamps
    lines: npt.NDArray[np.int64]
    faults: npt.NDArray[np.int64]  # (noted, 5): record, line, field or -1, begin, end or number of fields
    bad: npt.NDArray[np.int64]  # (columns,) texts that are no numbers
    ragged: int  # records with a wrong number of fields
    zones: npt.NDArray[np.int64]  # (n,) that the stamps name [min]
    dates: DateOrder


def _scan(
    data: bytes,
    header: Header,
    mark: str | None,
    fields: Sequence[int],
    times: TimeFields | None,
    missing: Sequence[str],
) -> _Scan:
    from fluxkit.kernels import text  # compiles or loads kernels: not when a command line asks for help

    codes = np.frombuffer(data, np.uint8)
    capacity = int(np.count_nonzero(codes[header.body :] == ord("\n")))  # a tenth of the time of bytes.count
    target = np.full(header.width, text.SKIP)
    target[list(fields)] = np.arange(len(fields))
    kinds = {"stamp": text.STAMP, "date": text.DATE, "time": text.TIME}
    for place, part in times.texts if times is not None else ():
        target[place] = kinds[part]
    values = np.empty((len(fields), capacity))
    stamps = np.empty(capacity, np.int64)
    numbers = np.empty(capacity, np.int64)
    faults = np.zeros((3 * MOST, 5), np.int64)
    bad = np.zeros(len(fields), np.int64)
    zones = np.empty(capacity, np.int64)
    delimiter = text.WHITESPACE if mark is None else ord(mark)
    order = None if times is None else times.day_first
    while True:
        notes = DateOrder.notes(order)
        n, ragged, noted = text.scan(
            codes, header.body, delimiter, target, header.width, *_codes(tuple(missing)),
            values, stamps, numbers, faults, bad, zones, notes,
        )  # fmt: skip
        dates = DateOrder.of(notes, data)
        if order is not None or dates.shown is None or dates.shown is dates.usual:
            break
        order, bad = dates.shown, np.zeros(len(fields), np.int64)  # once more, as a day beyond 12 shows it
    numbers += len(header.rows)
    faults[:, 1] += len(header.rows)
    return _Scan(values[:, :n], stamps[:n], numbers[:n], faults[:noted], bad, ragged, zones[:n], dates)


@lru_cache(maxsize=32)
def _codes(missing: tuple[str, ...]) -> tuple[Array, npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    # Numbers as numbers (-9999 is -9999.0), other texts as bytes.
    texts = [code.strip().strip('"').encode() for code in missing if not _is_number(code)]
    sizes = np.array([len(t) for t in texts], np.int64)
    table = np.zeros((len(texts), max([*sizes, 1])), np.uint8)
    for row, t in zip(table, texts, strict=True):
        row[: len(t)] = np.frombuffer(t, np.uint8)
    return np.array(missing_numbers(missing), np.float64), table, sizes


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _name(header: Header, field: int) -> str:
    name = header.names[field] if header.names is not None else ""
    return f"column {name!r}" if name else f"column {field + 1}"


def _quote(data: bytes, begin: int, end: int) -> str:
    return repr(decode(data[begin : min(end, begin + _LONGEST_QUOTE)]))


def _refuse(content: Contents, header: Header, fields: Sequence[int], found: _Scan) -> None:
    # Damage is a value here and there; these are signs of another format.
    first = [fault for fault in found.faults.tolist() if fault[0] == 0 and fault[2] >= 0]
    if len(first) == len(fields) > 0:
        _, line, field, begin, end = first[0]
        raise ReadError(
            content.source,
            f"the first record has no number in any column, {_name(header, field)} holds "
            f"{_quote(content.data, begin, end)}: a header line? (raw.header_rows = {len(header.rows)})",
            line=line,
        )
    for k in np.flatnonzero(2 * found.bad > found.lines.size).tolist():
        if np.isnan(found.values[k]).all():
            texts = (_quote(content.data, f[3], f[4]) for f in found.faults.tolist() if f[2] == fields[k])
            raise ReadError(
                content.source,
                f"{_name(header, fields[k])} has no numbers, but {found.bad[k]} texts such as "
                f"{next(texts, '...')}: check [columns], or add the text to raw.missing",
            )


def _mend(
    content: Contents, header: Header, mark: str | None, fields: Sequence[int], found: _Scan, log: ProblemLog
) -> bool:
    # A last line without an end may be whole or cut. Tells whether its record must go.
    n = found.lines.size
    if n > 1 and any(f[0] == n - 1 and f[2] < 0 for f in found.faults.tolist()):
        log.add(
            Problem(
                content.source, int(found.lines[-1]), "line", "the last line is incomplete and was left out"
            )
        )
        return True
    last = header.width - 1
    if last in fields:
        tail = content.data[-1 - _NEIGHBOURS * 200 :].decode("latin-1").split("\n")[1:-1]
        texts = [split_fields(line, mark)[-1] for line in tail[-_NEIGHBOURS:] if line.strip()]
        if len(texts) > 1 and _looks_cut(texts[-1], texts[:-1]):
            found.values[list(fields).index(last), n - 1] = np.nan
            reason = f"the last line has no end and its last value ({_name(header, last)}) looks cut"
            log.add(Problem(content.source, int(found.lines[-1]), "value", reason))
    return False


def _looks_cut(last: str, others: Sequence[str]) -> bool:
    """Whether a number is shorter than all others, or has fewer decimals than they have."""
    decimals = [len(text.partition(".")[2]) for text in (last, *others)]
    return len(last) < min(map(len, others)) or decimals[0] < max(decimals[1:])


def _tell(content: Contents, header: Header, found: _Scan, dropped: bool, log: ProblemLog) -> None:
    ragged, bad = found.ragged - dropped, int(found.bad.sum())
    faults = found.faults.tolist()
    for _, line, field, begin, end in faults[:-1] if dropped else faults:
        if field < 0:
            reason = f"the record has {end} fields instead of {header.width}: all its values were left out"
            log.add(Problem(content.source, line, "line", reason))
            ragged -= 1
        else:
            reason = f"{_name(header, field)} holds {_quote(content.data, begin, end)}, which is no number"
            log.add(Problem(content.source, line, "value", reason))
            bad -= 1
    log.count("line", ragged)
    log.count("value", bad)
