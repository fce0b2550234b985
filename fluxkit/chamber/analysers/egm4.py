"""PP Systems' EGM-4: the records that it sends to a computer.

Lines of ``;`` head and close tab-separated records without year and seconds; with a soil chamber (probe
type 8) input D is the seconds since closing. Files logged in the instrument may have none. Then records of a
plot are a closure, and their seconds follow from the interval between records: a given one, or one that
the number of records in each minute leaves no choice of. CO2 is of moist air and in whole ppm.
"""

from itertools import pairwise

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, table_of, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import NAT, instants
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
_MINUTE = np.timedelta64(60, "s")
#: Records of a plot that are farther apart are two closures.
_PAUSE = np.timedelta64(180, "s")
#: Seconds since closing with which no closing begins, and records that one has.
_LATE, _FEWEST = 30.0, 3
#: Largest share of an interval's bounds by which it counts as known.
_SURE = 1.1


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
    minute = _minutes(cells, options, log)
    torn = _torn(cells, elapsed, minute, log)
    elapsed = np.where(torn, np.roll(elapsed, 1), elapsed)
    written, timed = _written(cells, elapsed, minute.copy(), options, log)
    written[torn] = NAT
    zoned = with_given_offset(written, options, log.source)
    return builder.finish(
        zoned,
        format=READER.name,
        model="EGM-4",
        precision=PRECISION,
        closures=_closures(cells, minute, zoned.time, elapsed, timed),
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


def _minutes(cells: Cells, options: ReadOptions, log: ProblemLog) -> Times:
    """Return the minutes that the clock shows."""
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
    return instants(dates, clocks, options, log, cells.lines)


def _written(
    cells: Cells, elapsed: np.ndarray, minute: Times, options: ReadOptions, log: ProblemLog
) -> tuple[Times, np.ndarray]:
    """Give the minutes of the clock their seconds, where these are known; tells of each closing whether."""
    since = np.where(np.abs(elapsed) < 1e6, elapsed, 0.0)
    runs = _runs(cells, elapsed, minute)
    bare = [run for run in runs if _is_bare(elapsed, run)]
    interval = _interval(bare, minute, cells, options, log) if bare else None
    latest = closing = NAT
    torn: list[int] = []
    for run in runs:
        if run not in bare:
            late = since[run][0] > _LATE
            within = _within(closing, minute[run], since[run])
            if late and 2 * np.count_nonzero(within) > within.size:  # goes on behind damaged records
                minute[run] = np.where(within, closing + (since[run] * 1e9).astype("m8[ns]"), NAT)
                torn += [cells.lines[run.start + k] for k in np.flatnonzero(~within).tolist()]
            elif late and run.stop - run.start < _FEWEST:
                minute[run] = NAT
                torn.append(cells.lines[run.start])
                continue
            else:
                minute[run] = _from_closing(minute[run], since[run], NAT)
                closing = minute[run][0] - np.timedelta64(round(since[run][0] * 1e9), "ns")
        elif interval is not None:
            latest = latest + np.timedelta64(round(interval * 1e9), "ns")
            minute[run] = _from_closing(minute[run], interval * np.arange(run.stop - run.start), latest)
        latest = minute[run][-1]
    if torn:
        reason = f"the seconds of {len(torn)} records fit no closing (Input D): they were left out"
        log.add(Problem(log.source, torn[0], "line", reason))
    return minute, np.array([run not in bare or interval is not None for run in runs], np.bool_)


def _torn(cells: Cells, elapsed: np.ndarray, minute: Times, log: ProblemLog) -> np.ndarray:
    """Tell which records' seconds go back once where those beside go on with the clock: a line of two."""
    torn = np.zeros(cells.size, np.bool_)
    if cells.size > 2:
        plots = np.array(cells.texts("Plot"), np.str_)
        apart = (minute[2:] - minute[:-2]) / np.timedelta64(1, "s") - (elapsed[2:] - elapsed[:-2])
        with np.errstate(invalid="ignore"):
            torn[1:-1] = (elapsed[1:-1] < elapsed[:-2]) & (elapsed[:-2] < elapsed[2:])
            torn[1:-1] &= (np.abs(apart) <= _MINUTE / np.timedelta64(1, "s")) & (plots[2:] == plots[:-2])
    if torn.any():
        reason = (
            f"the seconds of {np.count_nonzero(torn)} records go back between their neighbours (Input D): "
            "they were left out"
        )
        log.add(Problem(log.source, cells.lines[int(torn.argmax())], "line", reason))
    return torn


def _within(closing: np.datetime64, minute: Times, since: np.ndarray) -> np.ndarray:
    """Whether records that far behind a closing are of these minutes: (n,)."""
    behind = closing + (since * 1e9).astype("m8[ns]") - minute
    return np.asarray((behind >= np.timedelta64(0)) & (behind < _MINUTE))  # false where a time is not known


def _is_bare(elapsed: np.ndarray, run: slice) -> bool:
    """Whether records have no seconds since closing."""
    return run.stop - run.start > 1 and not np.nan_to_num(elapsed[run]).any()


def _from_closing(minute: Times, since: np.ndarray, earliest: np.datetime64) -> Times:
    """Return the times of records by their seconds since the first of them, or since closing.

    Each record's minute less its seconds is no later than closing: the latest of them is taken, or the
    instant behind the plot before if that is within all minutes too.
    """
    seconds = (since * 1e9).astype("m8[ns]")
    bounds = minute - seconds
    good = bounds[~np.isnat(bounds)]
    if not good.size:
        return minute
    begin, end = good.max(), good.min() + _MINUTE
    if not np.isnat(earliest) and begin < earliest < end:
        begin = earliest
    times: Times = begin + seconds
    return times


def _interval(
    bare: list[slice], minute: Times, cells: Cells, options: ReadOptions, log: ProblemLog
) -> float | None:
    """Return the seconds between records that have only minutes, and tell; None where they are not known."""
    labels = cells.texts("Plot")
    plots = ", ".join(dict.fromkeys(labels[run.start] for run in bare))
    number = sum(run.stop - run.start for run in bare)
    told = f"{number} records of {len(bare)} closures (plots {plots}) have no seconds (Input D)"
    low, high = _bounds([minute[run] for run in bare])
    if low > high:
        known, reason = None, "are not evenly spaced: their times are whole minutes, too coarse for a flux"
    elif options.interval_s is not None and not low <= options.interval_s <= high:
        known = None
        reason = (
            f"by their minutes records are {low:.3g} to {high:.3g} s apart, not interval_s = "
            f"{options.interval_s:g}: their times are whole minutes, too coarse for a flux"
        )
    elif options.interval_s is not None:
        known, reason = options.interval_s, f"they are {options.interval_s:g} s apart by interval_s"
    elif high <= _SURE * low:
        known = (low + high) / 2.0
        reason = f"by their minutes records are {low:.3g} to {high:.3g} s apart: {known:.3g} s are taken"
    else:
        known = None
        reason = (
            "their times are whole minutes, too coarse for a flux: give interval_s, the seconds "
            f"between records (less than {high:.3g})"
        )
    log.add(Problem(log.source, None, "nothing", f"{told}: {reason}"))
    return known


def _bounds(runs: list[Times]) -> tuple[float, float]:
    """Return what interval evenly spaced records of these minutes have at least and at most. [s]

    Of records i < j in minutes m_i, m_j the distance is more than m_j - m_i - 60 s and less than
    m_j - m_i + 60 s; the tightest bounds come from the first and last records of minutes.
    """
    low, high = 0.0, np.inf
    for times in runs:
        minutes, first, count = np.unique(times[~np.isnat(times)], return_index=True, return_counts=True)
        seconds = (minutes - minutes[:1]) / np.timedelta64(1, "s")
        last = first + count - 1
        apart = seconds[None, :] - seconds[:, None]
        fewest, most = first[None, :] - last[:, None], last[None, :] - first[:, None]
        if (fewest > 0).any():
            low = max(low, float(((apart - 60.0)[fewest > 0] / fewest[fewest > 0]).max()))
        forward = (most > 0) & (apart >= 0)
        if forward.any():
            high = min(high, float(((apart + 60.0)[forward] / most[forward]).min()))
    return low, high


def _runs(cells: Cells, elapsed: np.ndarray, minute: Times) -> list[slice]:
    """Return the records of each closing: the seconds begin again, the plot is another one, or hours pass."""
    plots = np.array(cells.texts("Plot"), np.str_)
    paused = np.diff(minute) > _PAUSE
    breaks = np.flatnonzero((np.diff(np.nan_to_num(elapsed)) < 0) | (plots[1:] != plots[:-1]) | paused) + 1
    edges = [0, *breaks.tolist(), elapsed.size]
    return [slice(a, b) for a, b in pairwise(edges)]


def _closures(
    cells: Cells, written: Times, time: Times, elapsed: np.ndarray, timed: np.ndarray
) -> list[FileClosure]:
    plots = cells.texts("Plot")
    found = []
    for number, (run, fine) in enumerate(zip(_runs(cells, elapsed, written), timed, strict=True), 1):
        times = time[run][~np.isnat(time[run])]
        if times.size > 1:
            found.append(
                FileClosure(
                    id=f"{number}", label=plots[run.start], start=times[0], end=times[-1], timed=bool(fine)
                )
            )
    return found


READER = Reader("egm-4", sniff, series=series)
