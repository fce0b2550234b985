"""Raw files of MeteoFlux loggers with uSonic anemometers.

Records of eight big-endian 32-bit integers, in the order v, u, w [cm s-1], temperature [0.01 degC], two
readings of the sonic's own, two readings of the converter that the gas analyser is on (32767 = full
range). One file per hour; its name, ``YYYYMMDD.HH``, is its start.

Columns are ``u``, ``v``, ``w`` [m s-1], ``t_sonic`` [degC], ``analog_1``, ``analog_2`` [counts],
or positions.
"""

import numpy as np

from fluxkit.raw.channels import Channel, records_in_step, self_described
from fluxkit.raw.described import SelfDescribedTable
from fluxkit.raw.opening import Contents
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import ProblemLog

NAME_PATTERN = "%Y%m%d.%H"
#: Columns in the order of a record, their units and how many parts of the unit are stored.
COLUMNS = (
    ("v", "m s-1", 100.0),
    ("u", "m s-1", 100.0),
    ("w", "m s-1", 100.0),
    ("t_sonic", "degC", 100.0),
    ("sonic_1", "", 1.0),
    ("sonic_2", "", 1.0),
    ("analog_1", "", 1.0),
    ("analog_2", "", 1.0),
)
RECORD = np.dtype([(name, ">i4") for name, _, _ in COLUMNS])
#: What a sonic can measure, as stored: 60 m/s, -60 to 80 degC; and the converter's range.
_FASTEST, _COLDEST, _HOTTEST, _COUNTS = 6_000, -6_000, 8_000, 65_536
_FEWEST, _SHARE = 8, 0.9


def sniff(head: bytes) -> bool:
    """Whether nearly all records of the head are possible: eight small integers of four bytes."""
    count = len(head) // RECORD.itemsize
    table = np.frombuffer(head, ">i4", 8 * count).reshape(count, 8).astype(np.int64)
    wind = (np.abs(table[:, :3]) < _FASTEST).all(axis=1)
    warm = (table[:, 3] > _COLDEST) & (table[:, 3] < _HOTTEST)
    small = (np.abs(table[:, 4:]) < _COUNTS).all(axis=1)
    varied = count > 0 and bool(np.any(table[:, 3] != 0))  # zeros alone are no file
    return count >= _FEWEST and varied and bool(np.mean(wind & warm & small) > _SHARE)


def describe(content: Contents, log: ProblemLog) -> SelfDescribedTable:
    """Read the records.

    Raises
    ------
    ReadError
        There is none.
    """
    table, lost = records_in_step(content, RECORD, log)
    channels = [Channel(name, unit, table[name], divisor=parts) for name, unit, parts in COLUMNS]
    return self_described(content, channels, lost=lost)


READER = Reader(
    "meteoflux",
    sniff,
    describe=describe,
    undated="MeteoFlux",
    what="MeteoFlux loggers: binary, columns `u` `v` `w` [m s-1], `t_sonic` [degC], `sonic_1`, "
    "`sonic_2`, `analog_1`, `analog_2` [counts]",
    times="the file name, `%Y%m%d.%H`",
)
