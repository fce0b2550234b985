"""SLT files of EdiSol, as EdiRe processes them.

Records of little-endian 16-bit integers; the first one is a header: bytes per record, then second and
hundredths of the start, hour, minute, second and hundredths of the end, the rest of the record unused.
Wind is in cm s-1, temperature in hundredths of a degree, analogue channels in millivolts. Date, hour and
minute of the start stand in the file's name alone, and no byte marks the format: it must be named in the
configuration.
"""

from pathlib import Path

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel, described, fixed
from fluxkit.raw.described import Described, samples_of
from fluxkit.raw.layout import Layout
from fluxkit.raw.opening import Contents, contents
from fluxkit.raw.registry import Reader
from fluxkit.raw.samples import Problem, ProblemLog, Samples

#: Names of the sonic's columns; analogue channels follow as analog_1 ...
SONIC = ("u", "v", "w", "t_sonic")
_LEAST_BYTES = 8
#: Upper ends of the header's bytes behind the first: second and hundredths; hour, minute, second, hundredths.
_ENDS = (60, 100, 24, 60, 60, 100)


def read(path: str | Path, layout: Layout) -> Samples:
    """Read an SLT file of EdiSol.

    Parameters
    ----------
    path : str or pathlib.Path
        Plain, gzip or zip file.
    layout : Layout
        Columns ``u``, ``v``, ``w`` [m s-1], ``t_sonic`` [degC], ``analog_1`` ... [mV], or positions;
        ``file_time`` is "name".

    Raises
    ------
    ReadError
        The file is no such SLT, holds no record, or its time is asked of it.
    """
    content = contents(path)
    log = ProblemLog(content.source)
    found = describe(content, log)
    if layout.file_time != "name":
        raise ReadError(content.source, "EdiSol writes no date into a file: set raw.file_time = 'name'")
    return samples_of(found, layout, log)


def describe(content: Contents, log: ProblemLog) -> Described:
    """Read the header and the records behind it.

    Raises
    ------
    ReadError
        The first record is no header, or no other follows.
    """
    data = content.data
    size = data[0] if data else 0
    fits = size >= _LEAST_BYTES and size % 2 == 0 and len(data) >= size
    if not fits or any(byte >= end for byte, end in zip(data[1:7], _ENDS, strict=False)):
        raise ReadError(
            content.source, f"is no SLT of EdiSol: begins with {data[:8].hex(' ')}; check raw.format"
        )
    if data[1]:
        reason = f"its header says that records begin {data[1]} s after the minute; the name's time was used"
        log.add(Problem(content.source, None, "nothing", reason))
    names = [*SONIC, *(f"analog_{k}" for k in range(1, size // 2 - 3))]
    record = np.dtype([(name, "<i2") for name in names])
    table = fixed(content, record, log, skip=size)
    channels = [
        Channel(name, "degC" if name == SONIC[3] else "m s-1", table[name], divisor=100.0) for name in SONIC
    ]
    channels += [Channel(name, "mV", table[name]) for name in names[4:]]
    return described(content, channels)


READER = Reader("edisol", lambda head: False, read, describe=describe)
