"""One task: the raw files of a day to its moments."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fluxkit.archive.condensing.assemble import Assembler, PeriodSamples
from fluxkit.archive.condensing.file_reader import FileReader
from fluxkit.archive.condensing.further_sources import Companions
from fluxkit.archive.condensing.resume import key_of
from fluxkit.archive.folder.parts import SETTINGS, CondenseSettings
from fluxkit.archive.folder.summaries import Rejected, Summary, part_path, summary_path, write_summary
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import Day
from fluxkit.errors import FluxkitError, WriteError
from fluxkit.export.moments_file import write_moments
from fluxkit.interruption import give_way
from fluxkit.raw.reading import layout_of
from fluxkit.raw.samples import Problem
from fluxkit.schema.provenance import file_sha256
from fluxkit.tower.chain import Condenser
from fluxkit.tower.condition.tally import added
from fluxkit.tower.periods import Periods

logger = logging.getLogger(__name__)

Tick = Callable[[int], None]


def run_day(day: Day, job: Job, condenser: Condenser, tick: Tick | None = None) -> Summary:
    """Condense a day and write its moments; an error in the program is caught and reported.

    Parameters
    ----------
    day : Day
        Periods, files and the site that applies to them.
    job : Job
        Where results go.
    condenser : Condenser
        Of the day's site.
    tick : callable, optional
        Called with 1 after each period.

    Returns
    -------
    Summary
        What was read, written, and lost.

    Raises
    ------
    FluxkitError
        The results cannot be written, or the configuration does not suit.
    """
    try:
        return condense_day(day, job, condenser, tick)
    except FluxkitError:
        raise
    except OSError as error:
        raise WriteError(str(part_path(job.out, day.name)), error.strerror or str(error)) from error
    except Exception as error:  # noqa: BLE001  (the task boundary: one day's fault must not stop the others)
        return lost_day(day, job, f"bug: {type(error).__name__}: {error}", traceback.format_exc())


def lost_day(day: Day, job: Job, reason: str, details: str) -> Summary:
    """Return the summary of a day that cannot be done, and remove what an earlier run made of it.

    Parameters
    ----------
    day : Day
        The day.
    job : Job
        Where results go.
    reason : str
        In a sentence, for the list of what was not used.
    details : str
        Traceback or the like, for the record of the run.
    """
    for stale in (part_path(job.out, day.name), summary_path(job.out, day.name)):
        stale.unlink(missing_ok=True)
    problem = Problem(day.name, None, "period", f"{reason}; the day is lost; please report this with the log")
    return Summary(day.name, len(day.periods), 0, problems=(problem,), bug=details)


def condense_day(day: Day, job: Job, condenser: Condenser, tick: Tick | None = None) -> Summary:
    """Condense a day and write its moments; parameters as for `run_day`, nothing is caught."""
    grid = Periods.of(day.site)
    reader = FileReader(layout_of(day.site))
    assembler = Assembler(grid, day.periods, size=condenser.size, rate=day.site.raw.rate)
    companions = Companions(day, condenser.size)
    starts, records, rejected, tallies = [], [], [], []
    filled = 0
    for period in companions.joined(assembler.periods(day.sources, reader)):
        give_way()
        record = condenser.condense(period.data, period.records)
        reasons = record.pop("reasons", [])
        tallies.append(record.pop("tally", {}))
        rejected += _rejected(period, grid.start(period.number), reasons)
        starts.append(grid.start(period.number))
        records.append(record)
        filled += period.records > 0
        if tick is not None:
            tick(1)
    moments = condenser.dataset(starts, records)
    settings = CondenseSettings(day.site).of_day(day.date)
    moments.attrs[SETTINGS] = settings
    path = part_path(job.out, day.name)
    write_moments(moments, path)
    read = [*reader.inputs.values(), *companions.inputs]
    inputs = tuple(replace(entry, path=job.shown(entry.path)) for entry in read)
    problems = (*reader.problems, *assembler.problems, *companions.problems)
    summary = Summary(
        day.name,
        len(day.periods),
        filled,
        inputs=inputs,
        problems=tuple(job.told(problem) for problem in problems),
        rejected=tuple(replace(entry, problem=job.told(entry.problem)) for entry in rejected),
        moments=file_sha256(path),
        key=key_of(day, {entry.path: entry.sha256 for entry in inputs}, settings),
        stretch=day.stretch,
        tally=added(tallies),
    )
    write_summary(summary, job.out)
    return summary


def _rejected(period: PeriodSamples, start: np.datetime64, reasons: list[str]) -> list[Rejected]:
    """Return why a period is incomplete; empty if it has no file."""
    if not period.files:
        return []
    stamp = str(np.datetime_as_string(start, unit="m"))
    files = "; ".join(dict.fromkeys(period.files))
    return [Rejected(stamp, Problem(files, None, "period", f"{stamp}Z: {reason}")) for reason in reasons]
