"""Condense days in one process, several, or on a scheduler's workers; results do not depend on it."""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fluxkit.archive.condensing.condensers import Condensers, compile_kernels, load_kernels, tell_compiling
from fluxkit.archive.condensing.counting import Progress, ProgressTracker
from fluxkit.archive.condensing.day import run_day
from fluxkit.archive.condensing.local_pool import condense_in_processes
from fluxkit.archive.folder.summaries import Summary
from fluxkit.archive.job import Job
from fluxkit.archive.own_process import may_be_forked
from fluxkit.archive.planning.plan import Day
from fluxkit.interruption import GivingWay

if TYPE_CHECKING:
    from distributed import Client

#: Days from which starting processes is worth its time, when the number is left open.
ENOUGH_DAYS = 4


def condense_days(
    days: Sequence[Day],
    job: Job,
    *,
    workers: int | None = 1,
    client: "Client | None" = None,
    progress: Progress | None = None,
    alone: bool = True,
    stop: Callable[[], bool] | None = None,
) -> list[Summary]:
    """Condense days.

    Parameters
    ----------
    days : sequence of Day
        Tasks.
    job : Job
        Where results go.
    workers : int or None, default 1
        Processes; None: as many as there are processors if there are days enough.
    client : distributed.Client, optional
        Client of a dask scheduler whose workers do it, instead of processes of this machine.
    progress : callable, optional
        Called with the number of periods done and the total.
    alone : bool, default True
        Whether no other run begins at the same time on this machine.
    stop : callable, optional
        Called between days: when it returns True, running days are finished and no other is started.

    Returns
    -------
    list of Summary
        In the order of the days, of those that were done.

    Raises
    ------
    FluxkitError
        Results cannot be written, or no worker can do it.
    """
    if not days:
        return []
    done = ProgressTracker(days, progress, stop)
    if client is not None:
        from fluxkit.archive.condensing.dask_pool import condense_by_scheduler

        condense_by_scheduler(days, job, client, done)
        return done.summaries
    if workers is None:
        workers = (os.cpu_count() or 1) if len(days) >= ENOUGH_DAYS else 1
    workers = min(workers, len(days))
    condensers = Condensers()
    tell_compiling()
    if workers > 1 or not alone:
        compile_kernels(condensers, days)
    if workers > 1 and may_be_forked():
        load_kernels(condensers, days)
        condense_in_processes(days, job, workers, done, condensers)
        return done.summaries
    if workers > 1:
        condense_in_processes(days, job, workers, done)
        return done.summaries
    for k, day in enumerate(GivingWay(days)):
        if done.stopped:
            break
        done.day(k, run_day(day, job, condensers.of(day.site), done.periods), counted=len(day.periods))
    return done.summaries
