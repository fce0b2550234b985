"""PP Systems' EGM-4: the records that it sends to a computer.

Lines of ``;`` head and close tab-separated records without year and seconds; with a soil chamber (probe
type 8) input D is the seconds since closing. Files logged in the instrument may have none: their times are
whole minutes, and a plot's records are a part of their own, but no closure. CO2 is of moist air and in whole
ppm.
"""

from itertools import pairwise

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, table_of, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants
from fluxkit.chamber.analysers.zones import with_given_offset
from fluxkit.constants import T_ZERO
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import FileClosure, Series, Times

PRECISION = {"co2": 1e-6, "co2_wet": 1e-6}
_COLUMNS = {"CO2 Ref": ("co2_wet", "ppm"), "ATMP": ("p_air", "mbar")}
_HOUSEKEEPING = r"Plot|RecNo|Day|Month|Hour|Min|mb Ref|mbR Temp|Input \w|Probe Type"
_SOIL_CHAMBER = 8.0


def sniff(head: bytes) -> bool:
    """Whether the content begins with an EGM-4's own line."""
    return head.startswith((b";EGM-4", b";Logged EGM-4"))


def series(content: Contents, options: ReadOptions) -> Series:
    """Read such records.

    Raises
    ------
    ReadError
        There are none, or ``year`` or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    heading = next((k for k, line in enumerate(lines) if line.startswith(";Plot\t")), None)
    if heading is None:
        raise ReadError(content.source, "has no line of names beginning with ;Plot")
    names = [name.strip() for name in lines[heading][1:].split("\t")]
    body = ["" if line.startswith(";") else line for line in lines[heading + 1 :]]
    cells = table_of(names, body, heading + 2, "\t", log)
    if not cells.size:
        raise ReadError(content.source, "holds no records")
    builder = SeriesBuilder(cells, options)
    builder.add_columns(_COLUMNS)
    _chamber(builder)
    builder.dry()
    elapsed = cells.numbers("Input D")
    zoned = with_given_offset(_written(cells, elapsed, options, log), options, log.source)
    return builder.finish(
        zoned,
        format=READER.name,
        model="EGM-4",
        precision=PRECISION,
        closures=_closures(cells, zoned.time, elapsed),
        housekeeping=_HOUSEKEEPING,
    )


def _chamber(builder: SeriesBuilder) -> None:
    # Inputs A to C of a soil chamber: PAR, evaporation, temperature; 0 where nothing is plugged in.
    cells = builder.cells
    if "Probe Type" not in cells or not np.all(cells.numbers("Probe Type") == _SOIL_CHAMBER):
        return
    temperature = cells.numbers("Input C") if "Input C" in cells else np.zeros(cells.size)
    if np.any(temperature != 0):
        builder.put("t_soil", temperature + T_ZERO, "Input C")


def _written(cells: Cells, elapsed: np.ndarray, options: ReadOptions, log: ProblemLog) -> Times:
    """Give the minutes of the clock their seconds from the time since closing.

    Each record's minute less its elapsed seconds is no later than closing: the latest of them is taken.
    """
    if options.year is None and not options.looking:
        raise ReadError(log.source, "its dates have no year: give year")
    year = 2000 if options.year is None else options.year
    dates = [
        f"{year:04d}-{month.zfill(2)}-{day.zfill(2)}"
        for month, day in zip(cells.texts("Month"), cells.texts("Day"), strict=True)
    ]
    clocks = [
        f"{hour.zfill(2)}:{minute.zfill(2)}"
        for hour, minute in zip(cells.texts("Hour"), cells.texts("Min"), strict=True)
    ]
    minute = instants(dates, clocks, options, log, cells.lines)
    since = np.where(np.abs(elapsed) < 1e6, elapsed, 0.0)
    runs = _runs(cells, elapsed)
    bare = [run for run in runs if not np.nan_to_num(elapsed[run]).any() and run.stop - run.start > 1]
    if bare:
        number = sum(run.stop - run.start for run in bare)
        reason = (
            f"{number} records of {len(bare)} plots have no seconds since closing (Input D): their times are "
            "whole minutes, too coarse for a flux"
        )
        log.add(Problem(log.source, None, "nothing", reason))
    for run in (run for run in runs if run not in bare):
        bounds = minute[run] - (since[run] * 1e9).astype("m8[ns]")
        good = bounds[~np.isnat(bounds)]
        if good.size:
            minute[run] = good.max() + (since[run] * 1e9).astype("m8[ns]")
    return minute


def _runs(cells: Cells, elapsed: np.ndarray) -> list[slice]:
    """Return the records of each closing: the seconds begin again, or the plot is another one."""
    plots = np.array(cells.texts("Plot"), np.str_)
    breaks = np.flatnonzero((np.diff(np.nan_to_num(elapsed)) < 0) | (plots[1:] != plots[:-1])) + 1
    edges = [0, *breaks.tolist(), elapsed.size]
    return [slice(a, b) for a, b in pairwise(edges)]


def _closures(cells: Cells, time: Times, elapsed: np.ndarray) -> list[FileClosure]:
    plots = cells.texts("Plot")
    found = []
    for number, run in enumerate(_runs(cells, elapsed), 1):
        times = time[run][~np.isnat(time[run])]
        if times.size > 1 and np.nan_to_num(elapsed[run]).any():
            found.append(FileClosure(id=f"{number}", label=plots[run.start], start=times[0], end=times[-1]))
    return found


READER = Reader("egm-4", sniff, series=series)
