"""Forecast of a run: what it would do, its duration and the size of its results."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fluxkit.archive.condensing.pool import ENOUGH_DAYS
from fluxkit.archive.condensing.work import work_of
from fluxkit.archive.forecast.cost import Cost, cost_of, size_of
from fluxkit.archive.forecast.gaps import Gap, gaps_between_files
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.planning.plan import Source
from fluxkit.archive.shards import Shard
from fluxkit.errors import NoInputError
from fluxkit.locations import on_store
from fluxkit.raw.samples import Problem
from fluxkit.tower.periods import Periods

#: Gaps that are told, the longest.
GAPS = 10


@dataclass(frozen=True)
class Forecast:
    """What a run would do. Times are UTC, ISO 8601."""

    files: int  #: that ``raw.files`` names
    bytes: int  #: of the files that would be used
    start: str  #: of the first averaging period
    end: str  #: of the last
    days: int  #: tasks: days, or parts of days
    done: int  #: of these, done already
    reasons: dict[str, int]  #: why others are to do -> how many
    periods: int  #: averaging periods to condense
    gap_count: int  #: stretches without files
    gap_seconds: float  #: how long these are together [s]
    gaps: tuple[Gap, ...]  #: the longest, in order of length
    left_out: tuple[Problem, ...]  #: files that would be left out, and why
    layouts: tuple[str, ...]  #: what changes in the files from one to the next
    workers: int  #: processes
    cost: Cost | None  #: what was measured; None if there is nothing to do, or no file could be used
    seconds: float | None  #: of condensing [s]
    moments_bytes: int | None  #: that would be written, or written anew
    products_bytes: int | None  #: of fluxes, of all days
    free: int | None  #: bytes free where results go; None if that cannot be told

    @property
    def todo(self) -> int:
        """Days to condense."""
        return self.days - self.done

    @property
    def fits(self) -> bool:
        """Whether the results fit on the disk, as far as is known."""
        needed = (self.moments_bytes or 0) + (self.products_bytes or 0)
        return self.free is None or needed <= self.free

    def to_json(self) -> dict[str, Any]:
        """Return the same as values that JSON can hold."""
        return asdict(self) | {"todo": self.todo, "fits": self.fits}


def forecast(
    job: Job,
    workers: int | None = None,
    *,
    anew: bool = False,
    shard: Shard | None = None,
    measure: bool = True,
) -> Forecast:
    """Forecast a run; nothing is written, not even the results folder.

    Parameters
    ----------
    job : Job
        What is wanted.
    workers : int or None, optional
        Processes; None: as many as a run would take.
    anew : bool, default False
        As if nothing had been done.
    shard : Shard, optional
        Its days only.
    measure : bool, default True
        Read and condense a file of median size, for time and bytes.

    Raises
    ------
    NoInputError
        There are no files to process.
    """
    work = work_of(job, Index.of(job.out), anew=anew, shard=shard)
    todo, days, plan = work.todo, [entry.day for entry in work.standings], work.plan
    if not days:
        raise NoInputError(f"shard {shard} has none of the {len(plan.days)} days: nothing to do")
    periods = sum(len(day.periods) for day in todo)
    taken = _workers(workers, len(todo))
    sources = _each_once(source for day in days for source in day.files)
    missing = gaps_between_files(
        _each_once(source for day in days for source in day.sources), job.site.condense.seconds
    )
    cost = cost_of(todo, job) if measure and todo else None
    grid = Periods.of(job.site)
    return Forecast(
        files=plan.found,
        bytes=sum(size_of(source.path) for source in sources),
        start=f"{grid.start(days[0].periods[0]).astype('M8[m]')}Z",
        end=f"{grid.end(days[-1].periods[-1]).astype('M8[m]')}Z",
        days=len(days),
        done=len(days) - len(todo),
        reasons=work.reasons,
        periods=periods,
        gap_count=len(missing),
        gap_seconds=sum((gap.seconds for gap in missing), 0.0),
        gaps=tuple(sorted(missing, key=lambda gap: (-gap.seconds, gap.start))[:GAPS]),
        left_out=tuple(job.told(problem) for problem in plan.problems),
        layouts=tuple(job.shown(sentence) for sentence in plan.layouts),
        workers=taken,
        cost=cost,
        seconds=None if cost is None else cost.seconds(periods, len(todo)) / taken,
        moments_bytes=None if cost is None else cost.moments(periods, len(todo)),
        products_bytes=None
        if cost is None
        else round(cost.products_per_period * sum(len(d.periods) for d in days)),
        free=_free(job.out),
    )


def _workers(workers: int | None, days: int) -> int:
    if workers is None:
        workers = (os.cpu_count() or 1) if days >= ENOUGH_DAYS else 1
    return max(1, min(workers, days))


def _each_once(sources: Iterable[Source]) -> list[Source]:
    found = {source.path: source for source in sources}
    return sorted(found.values(), key=lambda source: (source.start, str(source.path)))


def _free(out: Path) -> int | None:
    """Return the bytes that are free where a folder is, or would be made."""
    if on_store(out):
        return None
    folder = out.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # a file system that does not tell
        return None
