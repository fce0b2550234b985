"""SLT files of EddyMeas, the logging program of EddySoft.

Records of little-endian 16-bit integers; the first one is a header: bytes per record, version, day,
month, century, year, hour, minute, then two bytes for each analogue channel (options, number). Wind is in
cm s-1, the speed of sound in fiftieths of m s-1; an analogue channel holds millivolts or, by its first
option, tenths of a millivolt less 2500 mV.

Columns are ``u``, ``v``, ``w`` [m s-1], ``sos`` [m s-1], ``analog_1`` ... [mV], or positions. With
``file_time = "records"`` the header gives the start.
"""

import re
from dataclasses import dataclass, replace

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel, records_in_step, self_described, without_headers
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog

#: Header bytes before those of the analogue channels; as many are the sonic's of a record.
FIXED_BYTES = 8
WIND = ("u", "v", "w")
SOUND = "sos"
#: Stored value = 10 (voltage in mV) - 25000 where the option is set.
HIGH_RESOLUTION, _TENTHS, _SHIFT = 1, 10.0, 25_000.0
#: What a sonic can measure: 60 m/s, and 250 to 450 m/s for sound; as stored.
_FASTEST, _SLOW_SOUND, _FAST_SOUND = 6_000, 12_500, 22_500
#: Of the records in a file's head, how many must be possible, and the fewest there must be.
_SHARE, _FEWEST = 0.5, 4


@dataclass(frozen=True)
class SltHeader:
    """First record of a file."""

    record_bytes: int
    version: int
    start: np.datetime64  #: of the first record, as the logging computer's clock told it [min]
    analogue: tuple[tuple[int, int], ...]  #: options and number of each channel


def header(data: bytes) -> SltHeader | None:
    """Read the first record; None when it is none."""
    size = data[0] if data else 0
    if size < FIXED_BYTES or size % 2 or len(data) < size:
        return None
    version, day, month, century, year, hour, minute = data[1:FIXED_BYTES]
    if not (19 <= century <= 20 and year < 100 and hour < 24 and minute < 60):
        return None
    try:
        start = np.datetime64(f"{century:02d}{year:02d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}", "m")
    except ValueError:
        return None
    pairs = tuple(zip(data[FIXED_BYTES:size:2], data[FIXED_BYTES + 1 : size : 2], strict=True))
    return SltHeader(size, version, start, pairs)


def sniff(head: bytes) -> bool:
    """Whether the first record is a header, and what follows can be wind and speed of sound."""
    found = header(head)
    if found is None:
        return False
    numbers = [number for _, number in found.analogue]
    if len(set(numbers)) < len(numbers):
        return False
    size = found.record_bytes
    count = len(head) // size
    table = np.frombuffer(head, "<i2", count * size // 2).reshape(count, -1)[1:, :4].astype(np.int64)
    sound = (table[:, 3] > _SLOW_SOUND) & (table[:, 3] < _FAST_SOUND)
    possible = sound & (np.abs(table[:, :3]) < _FASTEST).all(axis=1)
    return count > _FEWEST and bool(np.mean(possible) > _SHARE)


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Read the header and the records behind it.

    Raises
    ------
    ReadError
        The first record is not a header, or no other follows.
    """
    found = header(content.data)
    if found is None:
        raise ReadError(
            content.source,
            f"is no SLT of EddyMeas: begins with {content.data[:8].hex(' ')}; check raw.format",
        )
    names = [*WIND, SOUND, *(f"analog_{number}" for _, number in found.analogue)]
    record = np.dtype([(f"c{k}", "<i2") for k in range(len(names))])
    content = _without_headers(content, found, log)
    table, lost = records_in_step(content, record, log, skip=found.record_bytes)
    stored = [table[f"c{k}"] for k in range(len(names))]
    channels = [Channel(name, "m s-1", x, divisor=100.0) for name, x in zip(WIND, stored[:3], strict=True)]
    channels.append(Channel(SOUND, "m s-1", stored[3], divisor=50.0))
    for name, (options, _), x in zip(names[4:], found.analogue, stored[4:], strict=True):
        high = bool(options & HIGH_RESOLUTION)
        channels.append(
            Channel(name, "mV", x, shift=_SHIFT if high else 0.0, divisor=_TENTHS if high else 1.0)
        )
    return self_described(content, channels, start=found.start.astype("M8[ns]"), lost=lost)


def _without_headers(content: Contents, first: SltHeader, log: ProblemLog) -> Contents:
    """Leave out headers inside, as where files were joined, with what is no whole record before them."""
    data, size = content.data, first.record_bytes
    alike = re.compile(
        re.escape(data[:2]) + b".{%d}" % (FIXED_BYTES - 2) + re.escape(data[FIXED_BYTES:size]), re.DOTALL
    )
    places = [m.start() for m in alike.finditer(data, size) if header(data[m.start() : m.end()]) is not None]
    if not places or size == FIXED_BYTES:
        return content
    kept, lost = without_headers(data, size, places)
    times = ", ".join(str(at.start) for k in places[:3] if (at := header(data[k : k + size])) is not None)
    reason = (
        f"{len(places)} further headers stand inside the file ({times}): they were left out with {lost} "
        "bytes of records that break off, and the records behind are counted on; if time is missing between, "
        "split the file there"
    )
    log.add(Problem(content.source, (places[0] - size) // size + 1, "line", reason))
    return replace(content, data=kept)


READER = Reader(
    "slt",
    sniff,
    describe=describe,
    what="EddyMeas (EddySoft): binary, columns `u` `v` `w` and `sos` [m s-1], `analog_1` ... [mV]",
    times="the header, to the minute, or the file name",
)
