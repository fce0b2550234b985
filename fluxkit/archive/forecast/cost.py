"""What condensing costs, measured on a typical file of the work."""

import logging
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import numpy as np
import xarray as xr

from fluxkit.archive.condensing.day import condense_day
from fluxkit.archive.folder.summaries import part_path
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import Day, Source
from fluxkit.errors import FluxkitError
from fluxkit.export.fluxnet import write_csv
from fluxkit.export.moments_file import read_moments, write_moments
from fluxkit.tower import chain
from fluxkit.tower.chain import Condenser
from fluxkit.tower.periods import Periods

logger = logging.getLogger(__name__)

#: Averaging periods that are condensed at least, where the day has so many.
PERIODS = 4
#: Files that are tried until one can be used.
TRIALS = 5
#: Measurements of which the mean counts.
REPEATS = 2


@dataclass(frozen=True)
class Cost:
    """What condensing and its results cost, measured."""

    file: str  #: the first that was read
    periods: int  #: that were condensed
    seconds_per_period: float  #: of reading, conditioning and condensing [s]
    seconds_per_day: float  #: of writing a day's moments and their summary [s]
    bytes_per_day: float  #: of moments, whatever the number of periods
    bytes_per_period: float  #: of moments
    products_per_period: float  #: bytes of fluxes, as netCDF before it is compressed and as CSV

    def seconds(self, periods: int, days: int) -> float:
        """Return the time that one process takes. [s]"""
        return self.seconds_per_period * periods + self.seconds_per_day * days

    def moments(self, periods: int, days: int) -> int:
        """Return the bytes of moments."""
        return round(self.bytes_per_period * periods + self.bytes_per_day * days)


def cost_of(days: Sequence[Day], job: Job) -> Cost | None:
    """Measure what condensing days costs: one file of median size, with the next to fill some periods.

    What is written goes to a temporary folder. The files are read several times: the first time
    compiles kernels and brings them into memory, of the others the mean counts.

    Parameters
    ----------
    days : sequence of Day
        The work.
    job : Job
        Defines how files are named.

    Returns
    -------
    Cost or None
        None if none of the files that were tried can be used.
    """
    for day, source in _typical(days):
        task, condenser = _first_periods(day, source), Condenser(day.site)
        with tempfile.TemporaryDirectory(prefix="fluxkit-") as folder:
            there = replace(job, out=Path(folder))
            if not condense_day(task, there, condenser).filled:
                continue
            return _cost(task, there, [_timed(task, there, condenser) for _ in range(REPEATS)])
    return None


def size_of(path: Path) -> int:
    """Return the size of a file, 0 if it is gone. [bytes]"""
    try:
        return path.stat().st_size
    except OSError:  # the task that reads it tells
        return 0


def _typical(days: Sequence[Day]) -> Iterable[tuple[Day, Source]]:
    """Return some files of the work with their days, starting with the one of median size."""
    entries = {source.path: (day, source) for day in days for source in day.sources}
    ordered = sorted(entries.values(), key=lambda entry: (size_of(entry[1].path), str(entry[1].path)))
    middle = (len(ordered) - 1) // 2
    ranks = sorted(range(len(ordered)), key=lambda rank: abs(rank - middle))
    return [ordered[rank] for rank in ranks[:TRIALS]]


def _first_periods(day: Day, source: Source) -> Day:
    """Cut a task down to the periods of one file, or of so many about it as make up some periods."""
    grid, sources = Periods.of(day.site), day.sources
    begin = end = sources.index(source)
    while end + 1 < len(sources) and sources[end + 1].start < grid.start(grid.number(source.start) + PERIODS):
        end += 1
    until = sources[end + 1].start if end + 1 < len(sources) else sources[end].end
    last = grid.number(max(source.start, until - np.timedelta64(1, "ns")))
    while begin and grid.number(sources[begin - 1].start) > last - PERIODS:
        begin -= 1
    chosen, first = sources[begin : end + 1], grid.number(sources[begin].start)
    first = min(max(first, day.periods.start), day.periods.stop - 1)
    numbers = range(first, max(first, min(last, day.periods.stop - 1)) + 1)
    beside = tuple(files.within(grid.start(numbers[0]), grid.end(numbers[-1])) for files in day.beside)
    return replace(day, periods=numbers, sources=chosen, beside=beside)


def _timed(task: Day, there: Job, condenser: Condenser) -> tuple[float, float]:
    """Condense a task; returns the time until its last period is done, and that of what follows. [s]"""
    marks = [time.perf_counter()]
    condense_day(task, there, condenser, lambda _: marks.append(time.perf_counter()))
    return marks[-1] - marks[0], time.perf_counter() - marks[-1]


def _cost(task: Day, there: Job, times: Sequence[tuple[float, float]]) -> Cost:
    """Return what a task costs that was done, in a time for its periods and one for what follows."""
    path = part_path(there.out, task.name)
    moments, size = read_moments(path), path.stat().st_size
    periods = moments.sizes["time"]
    each = float(moments.nbytes) / periods
    if periods > 1:
        half = periods // 2
        write_moments(moments.isel(time=slice(half)), path)
        each = (size - path.stat().st_size) / (periods - half)
    fixed = max(0.0, size - each * periods)
    name = there.shown(str(task.sources[0].path))
    condensing, writing = (fmean(part) for part in zip(*times, strict=True))
    products = _products(moments, task, there.out)
    return Cost(name, periods, condensing / periods, writing, fixed, each, products)


def _products(moments: xr.Dataset, task: Day, folder: Path) -> float:
    """Return the bytes that a period takes in the fluxes and in their CSV; 0 if a few periods give none."""
    try:
        fluxes = chain.decide(moments, task.site)
        table = write_csv(fluxes, folder, task.site).stat().st_size
    except FluxkitError as error:
        logger.info("the size of the fluxes cannot be estimated from one file: %s", error)
        return 0.0
    return (fluxes.nbytes + table) / moments.sizes["time"]
