"""TOB3 and TOB2: Campbell Scientific's binary tables as a memory card holds them.

Six header lines of text, then frames of one size. A frame is a stamp, in TOB3 the number of its first
record, whole records, and a footer. Where the series was interrupted within a frame, the frame is a chain
of shorter ones, each with header and footer of its own, whose lengths stand in their footers: it is found
from its end. Cards are allocated ahead: frames whose footer does not carry the file's validation stamp
(or its complement) hold something older. Behind bytes that were lost or doubled, frames are found again by
that stamp; a header inside the file begins a stretch of its own columns.

Columns are named or numbered (1 = first).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.formats.campbell import (
    EPOCH_S,
    Bytes,
    Heading,
    Places,
    Value,
    campbell_record,
    columns_of,
    described,
    gather,
    heading,
    values_of,
)
from fluxkit.raw.joined_tables import BinaryStretch, join_stretches
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, Problem, ProblemLog

HEADER_ROWS = 6
FOOTER_BYTES = 4
#: Footer: bits 0-10 length of a minor frame [bytes], 14 empty, 15 minor frame, 16-31 validation.
LENGTH, EMPTY, MINOR = 0x7FF, 1 << 14, 1 << 15
_NS = 1_000_000_000
_UNITS_NS = {
    "NSEC": 1,
    "USEC": 1_000,
    "MSEC": 1_000_000,
    "SEC": _NS,
    "MIN": 60 * _NS,
    "HR": 3600 * _NS,
    "DAY": 86_400 * _NS,
}
_INTERVAL = re.compile(r"(\d{1,9})\s*(NSEC|USEC|MSEC|SEC|MIN|HR|DAY)", re.IGNORECASE)
#: Bytes, beside some frames, within which frames begin again behind a loss.
_WINDOW = 2**16
#: Latest second that nanoseconds in 64 bits can tell, since 1990.
_LATEST_S = 8_500_000_000
#: Holes of whole frames that may be bytes lost; loggers whose series lapse write shorter frames.
_FEW_HOLES = 2
_MARKS = (b'"TOB3",', b'"TOB2",')
_RESOLUTION = re.compile(r"Sec(\d{0,4})(Nsec|Usec|Msec)?", re.IGNORECASE)


@dataclass(frozen=True)
class Frames:
    """What the header says about the frames."""

    body: int  #: first byte of the first frame
    size: int  #: [bytes]
    head: int  #: header of a frame: 12 in TOB3, 8 in TOB2 [bytes]
    record: int  #: [bytes]
    interval: int  #: between records [ns]
    tick: int  #: unit of a stamp's fraction [ns]
    validation: int

    @property
    def per_frame(self) -> int:
        """Records of a whole frame."""
        return (self.size - self.head - FOOTER_BYTES) // self.record


@dataclass(frozen=True)
class RecordPlaces:
    """Where the records are, in the order of time."""

    places: Places  #: (n,) first byte of each
    stamps: npt.NDArray[np.int64]  #: (n,) nanoseconds since 1970, as the logger's clock tells
    counts: npt.NDArray[np.float64] | None  #: (n,) record numbers; TOB2 has none


def sniff(head: bytes) -> bool:
    """Whether the content begins with the mark of TOB3 or TOB2."""
    return head.startswith((b'"TOB3"', b"TOB3,", b'"TOB2"', b"TOB2,"))


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Read the header and find the records.

    Raises
    ------
    ReadError
        It is not such a file, its header is damaged, or no frame is valid.
    """
    if not sniff(content.data):
        raise ReadError(
            content.source, f"is not a TOB3 file: it begins with {content.data[:20]!r}; check raw.format"
        )
    return join_stretches([_stretch(part) for part in _parts(content, log)], content, HEADER_ROWS, log)


@dataclass(frozen=True)
class _Part:
    """A header and the records below it."""

    data: Bytes
    values: tuple[Value, ...]
    record: np.dtype[Any]
    found: RecordPlaces
    line: int  #: number of its first record


def _stretch(part: _Part) -> BinaryStretch:
    places = part.found.places
    lines = np.arange(part.line, part.line + places.size)

    def columns(fields: Sequence[int], missing: Sequence[str]) -> Iterator[Array]:
        return columns_of(gather(part.data, places, part.record), part.values, fields, missing)

    return BinaryStretch(*described(part.values), lines, part.found.stamps, part.found.counts, columns)


def _parts(content: Contents, log: ProblemLog) -> list[_Part]:
    """Stretches of a file that have a header of their own."""
    first = _head(content)
    begins = [0, *_headers_inside(content.data, first)]
    if len(begins) == 1:
        return [_part(content, first, 1, log)]
    found: list[_Part] = []
    for begin, end in zip(begins, [*begins[1:], len(content.data)], strict=True):
        cut = content.truncated and end == len(content.data)
        line = found[-1].line + found[-1].found.places.size if found else 1
        try:
            part = Contents(content.source, content.data[begin:end], truncated=cut)
            found.append(_part(part, _head(part), line, log))
        except ReadError as error:
            reason = f"the part of the file from byte {begin + 1} on is lost: {error.detail}"
            log.add(Problem(content.source, line, "line", reason))
    if not found:
        raise ReadError(content.source, "none of its parts holds a valid frame: copy the file again")
    reason = f"{len(begins) - 1} further headers stand inside the file: each is read as it says"
    log.add(Problem(content.source, found[-1].line, "nothing", reason))
    return found


def _headers_inside(data: bytes, first: "_Head") -> list[int]:
    # Behind the first frame that is none: no valid one holds a header.
    begins = _begins(len(data), first.frames)
    valid = _valid(np.frombuffer(data, np.uint8), begins, first.frames)
    if valid.all():
        return []
    begin = int(begins[np.argmin(valid)])
    return sorted(place for mark in _MARKS for place in _all(data, mark, begin))


def _all(data: bytes, mark: bytes, begin: int) -> Iterator[int]:
    at = data.find(mark, begin)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


@dataclass(frozen=True)
class _Head:
    values: tuple[Value, ...]
    record: np.dtype[Any]
    frames: Frames


def _head(content: Contents) -> _Head:
    head = heading(content, HEADER_ROWS)
    _, _, names, units, _, types = head.lines
    values = values_of(names, units, types, ">", content.source)
    record = campbell_record(values)
    return _Head(values, record, _frames(head, record.itemsize, content.source))


def _part(content: Contents, head: _Head, line: int, log: ProblemLog) -> _Part:
    data = np.frombuffer(content.data, np.uint8)
    found = _records(data, head.frames, log, cut=content.truncated)
    return _Part(data, head.values, head.record, found, line)


def _begins(size: int, frames: Frames) -> Places:
    """First bytes of frames one behind the other."""
    return frames.body + frames.size * np.arange(max(size - frames.body, 0) // frames.size, dtype=np.int64)


def _frames(head: Heading, record: int, source: str) -> Frames:
    second = head.lines[1]
    if len(second) < 6:
        raise ReadError(
            source, "the second line of its header has fewer than 6 fields: it is damaged", line=2
        )
    interval, resolution = _INTERVAL.fullmatch(second[1]), _RESOLUTION.fullmatch(second[5])
    sizes = [second[k] for k in (2, 4)]
    if interval is None or resolution is None or not all(s.isdecimal() and len(s) < 7 for s in sizes):
        raise ReadError(
            source,
            f"its frames are not understood: interval {second[1]!r}, size {second[2]!r}, "
            f"validation {second[4]!r}, resolution {second[5]!r}",
            line=2,
        )
    unit = {"": _NS, "NSEC": 1, "USEC": 1_000, "MSEC": 1_000_000}[(resolution[2] or "").upper()]
    frames = Frames(
        body=head.body,
        size=int(sizes[0]),
        head=8 if head.lines[0][0] == "TOB2" else 12,
        record=record,
        interval=int(interval[1]) * _UNITS_NS[interval[2].upper()],
        tick=int(resolution[1] or 1) * unit,
        validation=int(sizes[1]),
    )
    if frames.size < frames.head + frames.record + FOOTER_BYTES:
        raise ReadError(
            source, f"a frame of {frames.size} bytes cannot hold a record of {frames.record}", line=2
        )
    return frames


def _records(data: Bytes, frames: Frames, log: ProblemLog, *, cut: bool) -> RecordPlaces:
    begins = _begins(data.size, frames)
    count = begins.size
    valid = _valid(data, begins, frames)
    known = begins[valid]
    if not valid.all() or not count:
        moved = _elsewhere(data, begins, valid, frames)
        known = np.union1d(known, moved) if moved.size else known
    if not count:
        raise ReadError(log.source, "header, no records: no whole frame follows it")
    if not known.size:
        raise ReadError(
            log.source, f"none of {count} frames carries the file's validation stamp {frames.validation}"
        )
    _tell_lost(data, begins, known, frames, log, cut=cut)
    flags = _words(data, known + frames.size - FOOTER_BYTES)
    whole = _single(data, known[(flags & (MINOR | EMPTY)) == 0], frames, log)
    pieces = [_piece(data, whole, frames.per_frame, frames)]
    torn: list[tuple[int, int]] = []
    for begin in known[flags & MINOR != 0].tolist():
        torn.extend(_minor(data, begin, (begin - frames.body) // frames.size, frames, log))
    for records in sorted({records for _, records in torn}):
        firsts = np.array([begin for begin, number in torn if number == records], np.int64)
        pieces.append(_piece(data, firsts, records, frames))
    return _ordered(pieces, frames, log)


def _valid(data: Bytes, begins: Places, frames: Frames) -> npt.NDArray[np.bool_]:
    """Whether frames that begin at (n,) bytes carry the file's validation stamp."""
    stamps = _words(data, begins + frames.size - FOOTER_BYTES) >> 16
    carried: npt.NDArray[np.bool_] = (stamps == frames.validation) | (stamps == 0xFFFF ^ frames.validation)
    return carried


def _elsewhere(data: Bytes, begins: Places, valid: npt.NDArray[np.bool_], frames: Frames) -> Places:
    """First bytes of frames that are not where the count of bytes has them, as behind lost ones."""
    last = data.size - frames.size
    bounds = np.flatnonzero(np.diff(valid.astype(np.int8), prepend=1, append=1))
    found = [np.empty(0, np.int64)]
    for first, stop in zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True):
        at = int(begins[first - 1]) + 1 if first else frames.body
        end = int(begins[stop]) if stop < begins.size else last + 1
        while at < end:
            hits = at + _stamped(data, at, min(at + 4 * frames.size + _WINDOW, end), frames)
            hits = hits[_dated(data, hits, frames)]
            hits = hits[(hits - frames.body) % frames.size != 0]
            if not hits.size:
                break
            chain = np.arange(int(hits[0]), end, frames.size)
            good = _valid(data, chain, frames) & _dated(data, chain, frames)
            length = chain.size if good.all() else int(np.argmin(good))
            # The first one may lack bytes of its own, so that its header is read from the frame before.
            found.append(chain[0 if _goes_on(data, chain[:2], frames) and length > 1 else 1 : length])
            at = int(chain[length - 1]) + 1
    return np.concatenate(found)


def _stamped(data: Bytes, begin: int, end: int, frames: Frames) -> Places:
    """Bytes of a run, counted from its begin, at which frames with the validation stamp may begin."""
    low, high = (data[begin + frames.size - k : end + frames.size - k] for k in (2, 1))
    wanted = frames.validation.to_bytes(3, "little")
    if wanted[2]:  # none can carry it
        return np.empty(0, np.int64)
    same = (low == wanted[0]) & (high == wanted[1])
    same |= (low == 0xFF ^ wanted[0]) & (high == 0xFF ^ wanted[1])
    return np.flatnonzero(same)


def _goes_on(data: Bytes, begins: Places, frames: Frames) -> bool:
    """Whether the second of two frames begins when, and with the number that, the first one ends with."""
    if begins.size < 2:
        return False
    pair = _piece(data, begins, 1, frames)
    late = int(pair.stamps[1] - pair.stamps[0]) - frames.per_frame * frames.interval
    counted = pair.counts is None or pair.counts[1] - pair.counts[0] == frames.per_frame
    return bool(counted and 2 * abs(late) < frames.interval)


def _dated(data: Bytes, begins: Places, frames: Frames) -> npt.NDArray[np.bool_]:
    """Whether what begins at (n,) bytes can be the stamp of a frame."""
    seconds, ticks = _words(data, begins), _words(data, begins + 4)
    return (seconds > 0) & (seconds < _LATEST_S) & (ticks * frames.tick < _NS)


def _tell_lost(
    data: Bytes, begins: Places, known: Places, frames: Frames, log: ProblemLog, *, cut: bool
) -> None:
    moved = bool(np.any((known - frames.body) % frames.size))
    rest = (data.size - int(known[-1])) % frames.size if moved else (data.size - frames.body) % frames.size
    if moved:
        lost = np.diff(known, prepend=frames.body - frames.size) - frames.size
        places = np.flatnonzero(lost > 0)
        reason = (
            f"{lost[places].sum()} bytes at {places.size} places are no whole frames, as where bytes were "
            "lost, doubled or joined: they were left out, and frames behind found by their validation stamp"
        )
        log.add(Problem(log.source, None, "line", reason))
    else:
        behind = begins[begins > known[-1]]
        # What was allocated and never written is the same byte over and over.
        torn = [at for at in behind.tolist() if np.ptp(data[at : at + frames.head]) > 0]
        if torn:
            reason = f"{len(torn)} frames behind the last valid one were written in part: left out"
            log.add(Problem(log.source, (torn[0] - frames.body) // frames.size + 1, "line", reason))
    if rest or cut:
        reason = f"breaks off: {rest} of {frames.size} bytes of the last frame; what precedes is kept"
        log.add(Problem(log.source, begins.size + 1, "rest of file", reason))


def _single(data: Bytes, whole: Places, frames: Frames, log: ProblemLog) -> Places:
    """Frames that are certainly not joined of two by a loss, or doubling, of just as many bytes."""
    if whole.size < 2:
        return whole
    first = _piece(data, whole, 1, frames)
    number = first.stamps // frames.interval if first.counts is None else first.counts
    follows = np.diff(whole) == frames.size
    step, later = np.diff(number), np.diff(first.stamps)
    keep = np.ones(whole.size, np.bool_)
    for k in np.flatnonzero(follows & (step == 0) & (later == 0)).tolist():
        pair = data[int(whole[k]) : int(whole[k]) + 2 * frames.size].reshape(2, -1)
        if not np.array_equal(*pair):
            keep[k : k + 2] = False
    holes = np.flatnonzero(follows & (step > frames.per_frame) & (step % frames.per_frame == 0))
    if holes.size <= _FEW_HOLES:
        keep[holes] = False
    if not keep.all():
        reason = f"{np.count_nonzero(~keep)} frames may be joined of two, as where bytes were lost: left out"
        log.add(Problem(log.source, None, "line", reason))
    return whole[keep]


def _minor(data: Bytes, begin: int, frame: int, frames: Frames, log: ProblemLog) -> Iterator[tuple[int, int]]:
    """Find (first byte, records) of the minor frames of a frame, walking from its end."""
    end = begin + frames.size
    least = frames.head + FOOTER_BYTES
    while end > begin:
        footer = int(_words(data, np.array([end - FOOTER_BYTES]))[0])
        size = footer & LENGTH
        # What is too short for a header of its own is marked empty, too.
        if not footer & MINOR or size > end - begin or size < (FOOTER_BYTES if footer & EMPTY else least):
            reason = (
                f"the chain of minor frames is torn in frame {frame + 1}: {end - begin} bytes were left out"
            )
            log.add(Problem(log.source, None, "line", reason))
            return
        if not footer & EMPTY and size >= least + frames.record:
            yield end - size, (size - least) // frames.record
        end -= size


def _piece(data: Bytes, begins: Places, records: int, frames: Frames) -> RecordPlaces:
    """Records of frames that all hold ``records``: at their places, with stamps and numbers."""
    k = np.arange(records, dtype=np.int64)
    seconds, ticks = _words(data, begins), _words(data, begins + 4)
    first = (seconds + EPOCH_S) * _NS + ticks * frames.tick
    counts = None
    if frames.head == 12:
        counts = (_words(data, begins + 8)[:, None] + k).ravel().astype(np.float64)
    return RecordPlaces(
        (begins[:, None] + frames.head + k * frames.record).ravel(),
        (first[:, None] + k * frames.interval).ravel(),
        counts,
    )


def _ordered(pieces: Sequence[RecordPlaces], frames: Frames, log: ProblemLog) -> RecordPlaces:
    places = np.concatenate([piece.places for piece in pieces])
    if places.size == 0:
        raise ReadError(log.source, "its frames are valid, but hold no records")
    stamps = np.concatenate([piece.stamps for piece in pieces])
    counts = np.concatenate([piece.counts for piece in pieces if piece.counts is not None] or [np.empty(0)])
    along = np.argsort(places, kind="stable")
    # A ring that was filled more than once begins somewhere in the middle. There the record numbers go back
    # with the time; a clock that was set moves the time alone, a logger that started again the numbers alone.
    backwards = np.diff(stamps[along]) < 0
    if counts.size:
        backwards &= np.diff(counts[along]) < 0
    if backwards.any():
        at = int(np.argmax(backwards)) + 2
        reason = "begins here: a ring that was filled more than once; records were put in order of time"
        log.add(Problem(log.source, at, "nothing", reason))
        along = along[np.argsort(stamps[along], kind="stable")]
    return RecordPlaces(places[along], stamps[along], counts[along] if counts.size else None)


def _words(data: Bytes, places: Places) -> npt.NDArray[np.int64]:
    """Unsigned little-endian words at (n,) places."""
    return gather(data, places, np.dtype("<u4")).astype(np.int64)


READER = Reader(
    "tob3",
    sniff,
    describe=describe,
    marked=True,
    what="Campbell Scientific's binary tables as a memory card holds them (TOB3 and TOB2), ring files "
    "included",
    times="stamps of the frames, or the file name",
)
