"""SLT files of EdiSol, as EdiRe processes them.

Records of little-endian 16-bit integers; the first one is a header: bytes per record, then second and
hundredths of the start, hour, minute, second and hundredths of the end, the rest of the record unused.
Wind is in cm s-1, temperature in hundredths of a degree, analogue channels in millivolts. Date, hour and
minute of the start stand in the file's name alone, and no byte marks the format: it must be named in the
configuration.

Columns are ``u``, ``v``, ``w`` [m s-1], ``t_sonic`` [degC], ``analog_1`` ... [mV], or positions.
"""

import numpy as np

from fluxkit.errors import ReadError
from fluxkit.raw.channels import Channel, records_in_step, self_described
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog

#: Names of the sonic's columns; analogue channels follow as analog_1 ...
SONIC = ("u", "v", "w", "t_sonic")
_LEAST_BYTES = 8
#: Upper ends of the header's bytes behind the first: second and hundredths; hour, minute, second, hundredths.
_ENDS = (60, 100, 24, 60, 60, 100)


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
    table, lost = records_in_step(content, record, log, skip=size)
    channels = [
        Channel(name, "degC" if name == SONIC[3] else "m s-1", table[name], divisor=100.0) for name in SONIC
    ]
    channels += [Channel(name, "mV", table[name]) for name in names[4:]]
    return self_described(content, channels, lost=lost)


READER = Reader(
    "edisol",
    lambda head: False,
    describe=describe,
    undated="EdiSol",
    what="EdiSol (EdiRe): binary, columns `u` `v` `w` [m s-1], `t_sonic` [degC], `analog_1` ... [mV]; "
    "not recognised by itself",
    times="the file name",
)
