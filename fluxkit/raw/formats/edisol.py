"""SLT files of EdiSol, as EdiRe processes them.

Records of little-endian 16-bit integers; the first one is a header: bytes per record, then second and
hundredths of the start, hour, minute, second and hundredths of the end, the rest of the record unused.
Wind is in cm s-1, temperature in hundredths of a degree, analogue channels in millivolts. Date, hour and
minute of the start stand in the file's name alone, and no byte marks the format: it must be named in the
configuration.

A header inside, as where files were joined, is known by what it shares with the first one and by numbers
that no record has.

Columns are ``u``, ``v``, ``w`` [m s-1], ``t_sonic`` [degC], ``analog_1`` ... [mV], or positions.
"""

import re
from dataclasses import replace

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel, records_in_step, self_described, without_headers
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog

#: Names of the sonic's columns; analogue channels follow as analog_1 ...
SONIC = ("u", "v", "w", "t_sonic")
_LEAST_BYTES = 8
#: Upper ends of the header's bytes behind the first: second and hundredths; hour, minute, second, hundredths.
_ENDS = (60, 100, 24, 60, 60, 100)
#: Quartile distances by which a header's numbers leave those of the records, and share of columns that do.
_FAR, _MOST = 6.0, 0.3


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Read the header and the records behind it.

    Raises
    ------
    ReadError
        The first record is not a header, or no other follows.
    """
    data = content.data
    size = data[0] if data else 0
    fits = size >= _LEAST_BYTES and size % 2 == 0 and len(data) >= size
    if not fits or any(byte >= end for byte, end in zip(data[1:7], _ENDS, strict=False)):
        raise ReadError(
            content.source, f"is not an EdiSol SLT file: it begins with {data[:8].hex(' ')}; check raw.format"
        )
    if data[1]:
        reason = f"its header says that records begin {data[1]} s after the minute; the name's time was used"
        log.add(Problem(content.source, None, "nothing", reason))
    names = [*SONIC, *(f"analog_{k}" for k in range(1, size // 2 - 3))]
    record = np.dtype([(name, "<i2") for name in names])
    content = _without_headers(content, record, log)
    table, lost = records_in_step(content, record, log, skip=size)
    channels = [
        Channel(name, "degC" if name == SONIC[3] else "m s-1", table[name], divisor=100.0) for name in SONIC
    ]
    channels += [Channel(name, "mV", table[name]) for name in names[4:]]
    return self_described(content, channels, lost=lost)


def _without_headers(content: Contents, record: np.dtype[np.void], log: ProblemLog) -> Contents:
    """Leave out headers inside, with what is no whole record before them."""
    data, size = content.data, record.itemsize
    bounds = b"".join(b"[\\x00-\\x%02x]" % (end - 1) for end in _ENDS)
    alike = re.compile(b"(?=" + re.escape(data[:1]) + bounds + re.escape(data[7:size]) + b")", re.DOTALL)
    found = [match.start() for match in alike.finditer(data, size)]
    if not found or len(data) < 2 * size:
        return content
    records = np.frombuffer(data, "<i2", len(data) // size * size // 2).reshape(-1, size // 2)
    low, middle, high = np.percentile(records, (25, 50, 75), axis=0)
    places: list[int] = []
    for place in found:
        if not any(data[place + 1 : place + 2 * size]):
            continue  # space that was never written, behind a byte that is as a header's first
        numbers = np.frombuffer(data, "<i2", size // 2, place) if place + size <= len(data) else middle
        far = np.abs(numbers - middle) > _FAR * (high - low) + 3.0
        if np.mean(far) <= _MOST:
            continue
        if not places or place >= places[-1] + size:
            places.append(place)
        elif _alike(data, place, size) > _alike(data, places[-1], size):
            places[-1] = place
    if not places:
        return content
    kept, lost = without_headers(data, size, places)
    reason = (
        f"{len(places)} further headers stand inside the file: they were left out with {lost} bytes of "
        "records that break off, and the records behind are counted on; if time is missing between, split "
        "the file there"
    )
    log.add(Problem(content.source, (places[0] - size) // size + 1, "line", reason))
    return replace(content, data=kept)


def _alike(data: bytes, place: int, size: int) -> int:
    """How many bytes of what may be a header are those of the first one."""
    return sum(a == b for a, b in zip(data[:size], data[place : place + size], strict=False))


READER = Reader(
    "edisol",
    lambda head: False,
    describe=describe,
    undated="EdiSol",
    what="EdiSol (EdiRe): binary, columns `u` `v` `w` [m s-1], `t_sonic` [degC], `analog_1` ... [mV]; "
    "not recognised by itself",
    times="the file name",
)
