"""What of a plan is done, what remains to be done, and which files belong to neither."""

import logging
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from fluxkit.archive.condensing.resume import Standing, standing
from fluxkit.archive.folder.contents import unfinished
from fluxkit.archive.folder.parts import CondenseSettings
from fluxkit.archive.folder.summaries import (
    FOLDER,
    Summary,
    date_of,
    names_in,
    part_path,
    summary_path,
    tell_odd_files,
    write_summary,
)
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.planning.plan import ArchivePlan, Day, plan_archive
from fluxkit.archive.shards import Shard

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """A plan and how much of it is done."""

    plan: ArchivePlan
    standings: tuple[Standing, ...]  #: of the plan's days, in their order

    @property
    def todo(self) -> tuple[Day, ...]:
        """Days to condense."""
        return tuple(entry.day for entry in self.standings if entry.summary is None)

    @property
    def kept(self) -> tuple[Summary, ...]:
        """Days that were done before and can be used."""
        return tuple(entry.summary for entry in self.standings if entry.summary is not None)

    @property
    def reasons(self) -> dict[str, int]:
        """Why days are to be condensed -> number of days."""
        return dict(Counter(entry.reason for entry in self.standings if entry.summary is None))


def work_of(
    job: Job,
    index: Index,
    *,
    anew: bool = False,
    shard: Shard | None = None,
    without: Collection[Path] = (),
) -> Work:
    """Plan a job and check how much of it is done; nothing is written.

    Parameters
    ----------
    job : Job
        What is wanted.
    index : Index
        Of the results folder.
    anew : bool, default False
        Condense every day, even those that are already done.
    shard : Shard, optional
        Consider only these days of the plan.
    without : collection of pathlib.Path, optional
        Files to leave alone, as if they were not there: they are still written to.

    Raises
    ------
    NoInputError
        There are no files to process.
    """
    plan = plan_archive(job.site, job.base, start=job.start, end=job.end, index=index, without=without)
    days = [day for day in plan.days if shard is None or shard.has(day.date)]
    if anew:
        return Work(plan, tuple(Standing(day, None, "asked for") for day in days))
    settings: dict[int, CondenseSettings] = {}
    found = []
    for day in days:
        if id(day.site) not in settings:
            settings[id(day.site)] = CondenseSettings(day.site)
        found.append(standing(day, job, settings[id(day.site)]))
    return Work(plan, tuple(found))


def tidy(job: Job, work: Work, shard: Shard | None = None) -> None:
    """Tidy a results folder before days are condensed; it must be locked.

    Unfinished files of runs that were killed are removed, and moments of a planned day that
    the plan has no task for any more. A shard leaves alone what may be others'.
    """
    left = unfinished(job.out) if shard is None else _unfinished_days(job.out, shard)
    for path in sorted(left):
        logger.info("removed %s, left by a run that was killed", path)
        path.unlink(missing_ok=True)
    for entry in work.standings:
        if entry.touched and entry.summary is not None:
            write_summary(entry.summary, job.out)
    names = {day.name for day in work.plan.days}
    dates = {day.date for day in work.plan.days if shard is None or shard.has(day.date)}
    tell_odd_files(job.out)
    for name in names_in(job.out):
        if name not in names and date_of(name) in dates:
            logger.info("removed moments %s: the files make no such part of a day any more", name)
            part_path(job.out, name).unlink(missing_ok=True)
            summary_path(job.out, name).unlink(missing_ok=True)


def _unfinished_days(out: Path, shard: Shard) -> list[Path]:
    return [path for path in out.glob("moments/*/.*.part") if shard.has(date_of(path.name[1:]))]


def sweep_day(out: Path, name: str, process: int | None) -> None:
    """Remove unfinished files of a task whose process has ended."""
    for path in (out / FOLDER).glob(f"[0-9]*/.{name}.*.{process}-*.part"):
        path.unlink(missing_ok=True)


def without_raw_files(job: Job, work: Work) -> list[str]:
    """Return the names of moments in a results folder that no planned day made."""
    names = {day.name for day in work.plan.days}
    return [name for name in names_in(job.out) if name not in names]
