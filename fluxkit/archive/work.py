"""What of a plan is done, what is to do, and what lies about that belongs to neither."""

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from fluxkit.archive.index import Index
from fluxkit.archive.job import Job
from fluxkit.archive.parts import CondenseSettings
from fluxkit.archive.plan import Day, Plan, make_plan
from fluxkit.archive.resume import Standing, standing
from fluxkit.archive.summaries import Summary, date_of, names_in, part_path, summary_path, write_summary

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """A plan and how far it is carried out."""

    plan: Plan
    standings: tuple[Standing, ...]  #: of the plan's days, in their order

    @property
    def todo(self) -> tuple[Day, ...]:
        """Days to condense."""
        return tuple(entry.day for entry in self.standings if entry.summary is None)

    @property
    def kept(self) -> tuple[Summary, ...]:
        """What was done before and serves."""
        return tuple(entry.summary for entry in self.standings if entry.summary is not None)

    @property
    def reasons(self) -> dict[str, int]:
        """Why days are to be condensed -> number of days."""
        return dict(Counter(entry.reason for entry in self.standings if entry.summary is None))


def work_of(job: Job, index: Index, *, anew: bool = False) -> Work:
    """Plan a job and look at what is done of it; nothing is written.

    Parameters
    ----------
    job : Job
        What is wanted.
    index : Index
        Of the results folder.
    anew : bool, default False
        Condense every day, whatever is there.

    Raises
    ------
    NoInputError
        There are no files to work on.
    """
    plan = make_plan(job.site, job.base, start=job.start, end=job.end, index=index)
    if anew:
        return Work(plan, tuple(Standing(day, None, "asked for") for day in plan.days))
    settings: dict[int, CondenseSettings] = {}
    found = []
    for day in plan.days:
        if id(day.site) not in settings:
            settings[id(day.site)] = CondenseSettings(day.site)
        found.append(standing(day, job, settings[id(day.site)]))
    return Work(plan, tuple(found))


def tidy(job: Job, work: Work) -> None:
    """Bring a results folder into order before days are condensed; it must be locked.

    Unfinished files of runs that were killed are removed, and moments of a planned day that
    the plan has no task for any more.
    """
    for path in sorted(unfinished(job.out)):
        logger.info("%s is what a killed run left, and removed", path)
        path.unlink(missing_ok=True)
    for entry in work.standings:
        if entry.touched and entry.summary is not None:
            write_summary(entry.summary, job.out)
    names = {day.name for day in work.plan.days}
    dates = {day.date for day in work.plan.days}
    for name in names_in(job.out):
        if name not in names and date_of(name) in dates:
            part_path(job.out, name).unlink(missing_ok=True)
            summary_path(job.out, name).unlink(missing_ok=True)


def unfinished(out: Path) -> list[Path]:
    """Return the temporary files in a results folder: of runs that were killed, unless one is at work."""
    return [*out.glob(".*.part"), *out.glob("moments/.*.part"), *out.glob("moments/*/.*.part")]


def without_raw_files(job: Job, work: Work) -> list[str]:
    """Return the names of moments in a results folder that no planned day made."""
    names = {day.name for day in work.plan.days}
    return [name for name in names_in(job.out) if name not in names]
