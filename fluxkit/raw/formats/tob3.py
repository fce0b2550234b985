"""TOB3 and TOB2: Campbell Scientific's binary tables as a memory card holds them.

Six header lines of text, then frames of one size. A frame is a stamp, in TOB3 the number of its first
record, whole records, and a footer. Where the series was interrupted within a frame, the frame is a chain
of shorter ones, each with header and footer of its own, whose lengths stand in their footers: it is found
from its end. Cards are allocated ahead: frames whose footer does not carry the file's validation stamp
(or its complement) hold something older.

Columns are named or numbered (1 = first).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.errors import ReadError
from fluxkit.raw.described import Columns, SelfDescribedTable
from fluxkit.raw.formats.campbell import (
    EPOCH_S,
    Bytes,
    Heading,
    Places,
    campbell_record,
    column_numbers,
    gather,
    heading,
    values_of,
)
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog

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
    head = heading(content, HEADER_ROWS)
    _, _, names, units, _, types = head.lines
    values = values_of(names, units, types, ">", content.source)
    record = campbell_record(values)
    frames = _frames(head, record.itemsize, content.source)
    data = np.frombuffer(content.data, np.uint8)
    found = _records(data, frames, log, cut=content.truncated)
    lines = np.arange(1, found.places.size + 1)

    def load(fields: Sequence[int], missing: Sequence[str]) -> Columns:
        table = gather(data, found.places, record)
        columns = np.empty((len(fields), lines.size))
        for row, field in zip(columns, fields, strict=True):
            row[:] = column_numbers(table[f"c{field}"], values[field], missing)
        return Columns(columns, lines, found.stamps, found.counts)

    return SelfDescribedTable(
        source=content.source,
        size=len(content.data),
        names=tuple(names),
        units=tuple(value.unit for value in values),
        kinds="".join(value.letter for value in values),
        load=load,
        header_rows=HEADER_ROWS,
    )


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
    count, rest = divmod(data.size - frames.body, frames.size)
    if rest or cut:
        reason = f"breaks off: {rest} of {frames.size} bytes of the last frame; what precedes is kept"
        log.add(Problem(log.source, count + 1, "rest of file", reason))
    begins = frames.body + frames.size * np.arange(count, dtype=np.int64)
    footers = _words(data, begins + frames.size - FOOTER_BYTES)
    valid = np.isin(footers >> 16, (frames.validation, 0xFFFF ^ frames.validation))
    if not count:
        raise ReadError(log.source, "header, no records: no whole frame follows it")
    if not valid.any():
        raise ReadError(
            log.source, f"none of {count} frames carries the file's validation stamp {frames.validation}"
        )
    whole = valid & ((footers & (MINOR | EMPTY)) == 0)
    pieces = [
        _piece(data, begins[whole], (frames.size - frames.head - FOOTER_BYTES) // frames.record, frames)
    ]
    torn: list[tuple[int, int]] = []
    for frame in np.flatnonzero(valid & (footers & MINOR != 0)).tolist():
        torn.extend(_minor(data, int(begins[frame]), frame, frames, log))
    for records in sorted({records for _, records in torn}):
        firsts = np.array([begin for begin, number in torn if number == records], np.int64)
        pieces.append(_piece(data, firsts, records, frames))
    return _ordered(pieces, frames, log)


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
