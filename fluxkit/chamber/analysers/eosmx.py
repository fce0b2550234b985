"""Eosense's eosMX multiplexer for eosAC chambers: its log of valves and chambers.

No header, white space: seconds since 1970 in UTC, then ten columns for each of twelve ports: port, valve,
chamber (1 closed), five sensors, temperature sensor, pressure. -1 marks a port that is not in use. There is
no gas in it: its closures are for the series of an analyser.
"""

import numpy as np

from fluxkit.chamber.analysers.cells import table_of, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import from_epoch
from fluxkit.chamber.analysers.zones import Zoned
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, ProblemLog
from fluxkit.raw.series import FileClosure, Series, Times

_PORTS, _WIDTH = 12, 10
_FIELDS = ("port", "valve", "chamber", "s1", "s2", "s3", "s4", "s5", "thermistor", "pressure")
_NAMES = ["EPOCH", *(f"{field} {port}" for port in range(1, _PORTS + 1) for field in _FIELDS)]
_CLOSED = 1.0
_FIRST, _LAST = 1.0e9, 4.2e9


def sniff(head: bytes) -> bool:
    """Whether the first line is an epoch and ten numbers for each of twelve ports."""
    fields = head.partition(b"\n")[0].split()
    if len(fields) != len(_NAMES) or not fields[0].isdigit():
        return False
    return _FIRST < int(fields[0]) < _LAST


def series(content: Contents, options: ReadOptions) -> Series:
    """Read such a log: ``state`` is the chamber that is on, pressures and sensors are of that chamber.

    Raises
    ------
    ReadError
        It has no records.
    """
    log = ProblemLog(content.source)
    cells = table_of(_NAMES, text_lines(content, log), 1, None, log)
    if not cells.size:
        raise ReadError(content.source, "holds no records of 121 fields")
    time = from_epoch(cells.numbers("EPOCH"))
    if options.trust_zone or options.utc_offset_h is None:
        zoned = Zoned(time, 0.0, "seconds since 1970 in UTC")
    else:
        moved = np.timedelta64(round(options.utc_offset_h * 3.6e12), "ns")
        zoned = Zoned(
            time - moved, options.utc_offset_h, f"epoch taken as UTC{options.utc_offset_h:+g} h as given"
        )
    builder = SeriesBuilder(cells, options)
    closures = []
    pressure = np.full(cells.size, np.nan)
    on = np.zeros(cells.size)
    for port in range(1, _PORTS + 1):
        here = cells.numbers(f"port {port}") == port
        if not here.any():
            continue
        pressure[here] = cells.numbers(f"pressure {port}")[here] * 1e3
        on[here] = port
        closures += _closures(port, cells.numbers(f"chamber {port}"), zoned.time, pressure)
    builder.put("p_chamber", pressure, "pressure of the port that is on")
    builder.put("state", on, "port that is on")
    housekeeping = "|".join(rf"{field} \d+" for field in _FIELDS)
    return builder.finish(
        zoned, format=READER.name, model="eosMX", closures=closures, housekeeping=housekeeping
    )


def _closures(port: int, state: Array, time: Times, pressure: Array) -> list[FileClosure]:
    closed = (state == _CLOSED) & ~np.isnat(time)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed.astype(np.int8), [0]])))
    found = []
    for number, (first, stop) in enumerate(zip(edges[::2], edges[1::2], strict=True), 1):
        if stop - first > 1:
            within = pressure[first:stop]
            known = within[np.isfinite(within) & (within > 0)]
            found.append(
                FileClosure(
                    id=f"{port}-{number}",
                    label=f"port {port}",
                    port=f"{port}",
                    start=time[first],
                    end=time[stop - 1],
                    p_air=float(known.mean()) if known.size else float("nan"),
                )
            )
    return found


READER = Reader("eosmx", sniff, series=series)
