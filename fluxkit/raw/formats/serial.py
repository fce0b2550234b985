"""Logs of a serial port: telegrams of a sonic anemometer as it sent them.

What they look like is in `fluxkit.raw.formats.telegrams`. A logger may write a stamp before each: date and
time, or the time of day alone, whose date is in the file's name. A line of another kind (status, echo,
remark) is no record and takes no time; a telegram that is cut, or whose checksum is wrong, is a record
without values. Columns are ``u``, ``v``, ``w``, ``t_sonic`` and whatever else the telegram has
(``diag_sonic``: its status), or positions.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel, self_described
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.formats.telegrams import MOVING, SPEEDS, Telegram, parts, telegram_of, whole
from fluxkit.raw.opening import HEAD_BYTES, Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.text.header import Header, decode
from fluxkit.raw.text.seams import seams_of
from fluxkit.raw.text.table import Stamps, lines_of, parse_records

#: Lines from which the kind of telegram is told, and how many of them must be one to recognise a file.
_PROBED, _FEWEST = 200, 3
#: Share of telegrams that must agree in a checksum or an ending before others are wrong.
_MOST = 0.5
_UNREADABLE = np.iinfo(np.int64).min
_NS, _MILLISECONDS = 1_000_000_000, 13
_DAY_NS = 86_400_000_000_000
#: Share of telegrams that may be shorter than the others because they are cut.
_RARE = 0.05
#: Stands for the date of stamps without one.
_NO_DATE = b"2000-01-01"
_NO_DATE_NS = int(np.datetime64("2000-01-01", "ns").astype(np.int64))
_QUOTED = 40


@dataclass(slots=True)
class _Record:
    """One record; without a match it was damaged."""

    line: int  # 1 = first
    begin: int  # first byte of the line
    match: re.Match[bytes] | None


def sniff(head: bytes) -> bool:
    """Whether most lines of the head are telegrams of one kind."""
    if b"\0" in head:
        return False
    lines = _split(head)
    if len(head) >= HEAD_BYTES:
        lines = lines[:-1]
    lines = [line for line in lines if line.strip()]
    found = telegram_of(lines)
    return found is not None and found[1] >= _FEWEST and 2 * found[1] >= len(lines)


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Read the telegrams.

    Raises
    ------
    ReadError
        No line is a known telegram.
    """
    content = lines_of(content, log).content
    lines = content.data.split(b"\n")
    found = telegram_of([line for line in lines[:_PROBED] if line.strip()])
    if found is None:
        first = decode(next((line for line in lines if line.strip()), b"")[:_QUOTED])
        raise ReadError(
            content.source,
            f"holds no telegram of a known sonic, but lines such as {first!r}: check raw.format",
        )
    kind = found[0]
    records = _records(lines, kind, log)
    stamps, utc, undated = _stamps(_texts(records, kind), log)  # before values are dropped
    _check_shape(records, kind, log)
    _check_sums(content, records, kind, log)
    texts = _texts(records, kind)
    names = [name for name in kind.columns if any(texts[name])]
    channels = [
        Channel(name, kind.unit(name), _values(texts, kind, name), divisor=kind.divisor.get(name, 1.0))
        for name in names
    ]
    lines_of_records = np.array([record.line for record in records], np.int64)
    values = np.array([channel.stored for channel in channels])
    seams = seams_of(stamps, None, values, lines_of_records, log)
    lost = None
    if seams is not None:
        lost = np.zeros(len(records), np.bool_)
        lost[seams] = True
    return self_described(
        content, channels, stamps=stamps, utc=utc, lines=lines_of_records, undated=undated, lost=lost
    )


def _split(data: bytes) -> list[bytes]:
    return (data if b"\n" in data else data.replace(b"\r", b"\n")).split(b"\n")


def _records(lines: Sequence[bytes], kind: Telegram, log: ProblemLog) -> list[_Record]:
    """Find the records of all lines, in order; tell damaged ones and how many lines are none."""
    records: list[_Record] = []
    begin, others, example = 0, 0, 0
    for number, line in enumerate(lines, 1):
        match = whole(kind, line)
        if match is not None:
            records.append(_Record(number, begin, match))
        elif line.strip():
            found = list(parts(kind, line))
            records += [_Record(number, begin, part) for part in found]
            if len(found) > 1:
                lost = sum(part is None for part in found)
                reason = f"{len(found)} telegrams run together in one line; {lost} of them cannot be read"
                log.add(Problem(log.source, number, "line" if lost else "nothing", reason))
            elif found == [None]:
                shown = decode(line[:_QUOTED]).strip()
                log.add(Problem(log.source, number, "line", f"a telegram is damaged: {shown!r}"))
            elif not found:
                others, example = others + 1, example or number
        begin += len(line) + 1
    if others:
        shown = decode(lines[example - 1][:_QUOTED]).strip()
        reason = f"{others} lines are no telegrams ({kind.maker}) and no records, such as {shown!r}"
        log.add(Problem(log.source, example, "nothing", reason))
    return records


def _check_shape(records: list[_Record], kind: Telegram, log: ProblemLog) -> None:
    """Drop the values of telegrams that lack what nearly all others end with, or are shorter."""
    there = [record for record in records if record.match is not None]
    bodies = [record.match["body"] for record in there if record.match is not None]
    cut = np.zeros(len(there), np.bool_)
    for trait in _traits(bodies, kind) if there else ():
        usual = np.bincount(trait).argmax()
        short = trait < usual
        # More of them are a way of writing: numbers without padding or without zeros at their end.
        cut |= short & (np.count_nonzero(short) <= _RARE * trait.size)
    if "ending" in kind.pattern.groupindex:
        ended = np.array([record.match is not None and bool(record.match["ending"]) for record in there])
        cut |= ~ended & (np.count_nonzero(ended) > _MOST * ended.size)
    lost = np.flatnonzero(cut).tolist()
    if lost:
        reason = f"{len(lost)} telegrams are cut (they lack what the others end with): left out"
        log.add(Problem(log.source, there[lost[0]].line, "line", reason))
    for k in lost:
        there[k].match = None


def _traits(bodies: Sequence[bytes], kind: Telegram) -> npt.NDArray[np.int64]:
    """Length, digits behind the last point, marks between numbers: (3, n)."""
    lengths = np.array([len(body) for body in bodies], np.int64)
    digits = lengths - np.array([body.rfind(b".") for body in bodies], np.int64)
    marks = [body.count(kind.mark) for body in bodies] if kind.mark else np.zeros(lengths.size)
    return np.array([lengths, np.where(digits > lengths, 0, digits), marks], np.int64)


def _check_sums(content: Contents, records: list[_Record], kind: Telegram, log: ProblemLog) -> None:
    """Drop the values of telegrams whose checksum is wrong: the exclusive or of their bytes.

    Makers differ in where it begins and ends; what fits most telegrams of the file holds. If nothing does,
    the checksum is of another kind, or the telegram was changed by the logger.
    """
    has_sum = [r for r in records if r.match is not None] if "checksum" in kind.pattern.groupindex else []
    summed = [r for r in has_sum if r.match is not None and r.match["checksum"]]
    if not summed:
        return
    codes = np.frombuffer(content.data, np.uint8)
    spans = np.array(
        [(r.begin + r.match.start("body"), r.begin + r.match.end("body")) for r in summed if r.match]
    )
    told = np.array([int(r.match["checksum"], 16) for r in summed if r.match])
    body = np.bitwise_xor.reduceat(codes, spans.ravel())[::2]
    ways = (body, body ^ codes[spans[:, 1] - 1], body ^ codes[np.maximum(spans[:, 0] - 1, 0)])
    right = max((way == told for way in ways), key=np.count_nonzero)
    if np.count_nonzero(right) <= _MOST * told.size:
        reason = (
            f"the checksums of {told.size - np.count_nonzero(right)} of {told.size} telegrams do not fit: "
            "they are of another kind, or the logger changed the telegrams; nothing was left out for them"
        )
        log.add(Problem(log.source, summed[0].line, "nothing", reason))
        return
    wrong = np.flatnonzero(~right).tolist()
    if wrong:
        reason = f"{len(wrong)} telegrams have a wrong checksum: left out"
        log.add(Problem(log.source, summed[wrong[0]].line, "line", reason))
    for k in wrong:
        summed[k].match = None


def _texts(records: Sequence[_Record], kind: Telegram) -> dict[str, tuple[bytes | None, ...]]:
    """Return what the records have of each group of the pattern, None where they have nothing."""
    nothing = (None,) * kind.pattern.groups
    columns = list(zip(*(nothing if r.match is None else r.match.groups() for r in records), strict=True))
    return {name: columns[number - 1] for name, number in kind.pattern.groupindex.items()}


def _values(texts: Mapping[str, Sequence[bytes | None]], kind: Telegram, name: str) -> Array:
    """Numbers of a column: (n,), NaN where missing."""
    base = name in kind.hexadecimal
    values = np.array(
        [np.nan if not text else int(text, 16) if base else float(text) for text in texts[name]], np.float64
    )
    if name in MOVING and "unit" in texts and any(set(texts["unit"]) - {b"M", None}):
        values *= np.array([SPEEDS[letter or b"M"] for letter in texts["unit"]])
    return values


def _stamps(texts: Mapping[str, Sequence[bytes | None]], log: ProblemLog) -> tuple[Stamps | None, bool, bool]:
    """Stamps before telegrams [ns since 1970, or since midnight], whether UTC, whether without a date."""
    dates, clocks, zones, epochs = (texts[name] for name in ("date", "clock", "zone", "epoch"))
    if any(epochs):
        return np.array([_of_epoch(t) if t else _UNREADABLE for t in epochs], np.int64), True, False
    known = len(clocks) - clocks.count(None)
    if not known:
        return None, False, False
    undated = 2 * (len(dates) - dates.count(None)) < known
    if undated:
        dates = (_NO_DATE,) * len(clocks)
    spelled = b"\n".join(
        date + b" " + clock.replace(b",", b".") if date and clock else b"-"
        for date, clock in zip(dates, clocks, strict=True)
    )
    lines = lines_of(Contents(log.source, spelled + b"\n"), log)
    silent = ProblemLog(log.source)  # what cannot be read is told when the records are placed
    stamps = parse_records(lines, Header((), None, 1, 0), ",", [], stamp=0, log=silent, strict=False).stamps
    assert stamps is not None
    utc = any(zones)
    if undated:
        return _since_midnight(stamps), utc, True
    ahead = np.array([_ahead(zone) for zone in zones], np.int64) if utc else 0
    return np.where(stamps == _UNREADABLE, _UNREADABLE, stamps - ahead), utc, False


def _of_epoch(text: bytes) -> int:
    """Nanoseconds since 1970 of seconds or, with 13 digits, milliseconds; no digit is lost."""
    whole, _, part = text.partition(b".")
    if len(whole) == _MILLISECONDS:
        return int(whole) * 1_000_000
    return int(whole) * _NS + int((part + b"0" * 9)[:9])


def _ahead(zone: bytes | None) -> int:
    """Nanoseconds that a zone such as +05:30 is ahead of UTC; none is."""
    if zone is None or zone == b"Z":
        return 0
    minutes = 60 * int(zone[1:3]) + int(zone[-2:])
    return (-1 if zone.startswith(b"-") else 1) * minutes * 60 * _NS


def _since_midnight(stamps: Stamps) -> Stamps:
    """Nanoseconds since the midnight before the first record: a step back of half a day is a new day."""
    known = np.flatnonzero(stamps != _UNREADABLE)
    out = stamps.copy()
    time = stamps[known] - _NO_DATE_NS
    days = np.cumsum(np.diff(time, prepend=time[:1]) < -_DAY_NS // 2)
    out[known] = time + days * _DAY_NS
    return out


READER = Reader(
    "serial",
    sniff,
    describe=describe,
    what="logs of a serial port with the telegrams of a sonic: Gill, Thies, METEK, TriSonica and others that "
    "tag their numbers; columns `u` `v` `w` `sos` [m s-1], `t_sonic` [degC], `diag_sonic` (status), ...",
    times="a stamp before each telegram (its date, if missing, in the file name), or the file name",
)
