"""Tables of automatic chambers with a Gasmet analyser: one row per spectrum, with chamber and phase.

Tabs; gases in ppm are of dry air, water in percent; ``mode`` tells closing, mixing and the phase that is
measured.
"""

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, table_of, text_lines
from fluxkit.chamber.analysers.gasmet import PRECISION
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants, split_stamps
from fluxkit.chamber.analysers.zones import Zoned, contradict, in_utc, with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.series import FileClosure, Series, Times

_COLUMNS = {
    "H2O_pct": ("h2o", "%"),
    "CO2_ppm": ("co2", "ppm"),
    "CH4_ppm": ("ch4", "ppm"),
    "N2O_ppm": ("n2o", "ppm"),
    "NH3_ppm": ("nh3", "ppm"),
    "CO_ppm": ("co", "ppm"),
    "amb.press_mbar": ("p_chamber", "mbar"),
}
_HOUSEKEEPING = r"group|Date|Time|meas_time|starting_time|mode|chamber|ID"
#: Phase in which the chamber is closed and mixed.
_MEASURED = "interpolation"


def sniff(head: bytes) -> bool:
    """Whether the first line has the names of such a table."""
    names = set(head.partition(b"\n")[0].rstrip(b"\r").split(b"\t"))
    return {b"ID", b"chamber", b"mode", b"H2O_pct", b"amb.press_mbar"} <= names


def series(content: Contents, options: ReadOptions) -> Series:
    """Read a table.

    Raises
    ------
    ReadError
        It has no records, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    cells = table_of(lines[0].split("\t"), lines[1:], 2, "\t", log)
    if not cells.size:
        raise ReadError(content.source, "holds no records below its line of names")
    builder = SeriesBuilder(cells, options)
    builder.add_columns(_COLUMNS)
    zoned = _time(cells, options, log)
    return builder.finish(
        zoned,
        format=READER.name,
        model="Gasmet",
        precision=PRECISION,
        closures=_closures(cells, zoned.time),
        housekeeping=_HOUSEKEEPING,
    )


def _time(cells: Cells, options: ReadOptions, log: ProblemLog) -> Zoned:
    written = instants(cells.texts("Date"), cells.texts("Time"), options, log, cells.lines)
    if not options.trust_zone or "meas_time" not in cells:
        return with_given_offset(written, options, log.source)
    stamps = cells.texts("meas_time")
    if not all(stamp.endswith("Z") for stamp in stamps):
        return with_given_offset(written, options, log.source)
    dates, times = split_stamps(stamps)
    utc = instants(dates, times, options, log, cells.lines)
    good = ~(np.isnat(written) | np.isnat(utc))
    if not good.any():
        raise ReadError(log.source, "no record has both Date and meas_time")
    hours = (written[good] - utc[good]) / np.timedelta64(1, "h")
    offset = round(float(np.median(hours)) * 4) / 4
    contradict(offset, options, log, "meas_time")
    return Zoned(in_utc(written, offset), offset, f"meas_time in UTC; its stamps are at UTC{offset:+g} h")


def _closures(cells: Cells, time: Times) -> list[FileClosure]:
    ids, modes = np.array(cells.texts("ID")), np.array([mode.lower() for mode in cells.texts("mode")])
    chambers = cells.texts("chamber")
    found = []
    for name in dict.fromkeys(ids.tolist()):
        rows = np.flatnonzero((ids == name) & ~np.isnat(time))
        if rows.size < 2:
            continue
        measured = rows[modes[rows] == _MEASURED]
        wait = (time[measured[0]] - time[rows[0]]) / np.timedelta64(1, "s") if measured.size else np.nan
        label = chambers[int(rows[0])]
        found.append(
            FileClosure(
                id=name,
                label=label,
                port=label,
                start=time[rows[0]],
                end=time[rows[-1]],
                deadband=float(wait),
            )
        )
    return found


READER = Reader("gasmet-chambers", sniff, series=series)
