"""Condense days on the workers of a dask scheduler, on any machines."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from distributed import Client, Future, KilledWorker, as_completed

from fluxkit.archive.condensing.condensers import Condensers, compile_kernels
from fluxkit.archive.condensing.counting import ProgressTracker
from fluxkit.archive.condensing.day import lost_day, run_day
from fluxkit.archive.folder.summaries import Summary
from fluxkit.archive.job import Job
from fluxkit.archive.planning.plan import Day
from fluxkit.errors import ConfigError, FluxkitError
from fluxkit.export.atomic import write_text
from fluxkit.interruption import give_way
from fluxkit.locations import on_store
from fluxkit.schema.provenance import versions

logger = logging.getLogger(__name__)

#: Days that the scheduler is given at a time, for each thread of its workers, and at least.
AHEAD, AT_LEAST = 3, 32
#: How long a scheduler may take to answer. [s]
PATIENCE = 20.0
#: How often it is looked whether a day is done, or a signal has left a note. [s]
LOOK = 0.05
PERMIT = ".fluxkit.permit"

#: Kernels and netCDF's library are not for several threads: a worker does one day at a time.
_ONE_DAY = threading.Lock()
_condensers = Condensers()


class RevokedError(FluxkitError):
    """The run that requested a day has ended."""


@dataclass(frozen=True)
class Permit:
    """What a worker must see before it writes: a file that is there as long as the run is at work."""

    path: Path
    versions: tuple[tuple[str, str], ...]  #: of the program and of libraries, where the run was started

    def check(self, day: Day) -> None:
        """Refuse a worker whose results would differ, or be written elsewhere.

        Raises
        ------
        ConfigError
            Another version, or the folders of raw files and results cannot be seen.
        """
        odd = [
            f"{name} {have}, not {want}"
            for (name, want), (_, have) in zip(self.versions, _told_versions(), strict=True)
            if want != have
        ]
        where = f"worker on {socket.gethostname()}"
        if odd:
            raise ConfigError(where, [f"has {'; '.join(odd)}: install the same versions as where you run"])
        if not self.path.exists():
            problem = f"does not see {self.path.parent}: the results folder must be the same on all machines"
            raise ConfigError(where, [problem])
        files = [source.path for source in day.sources if not on_store(source.path)]
        if files and not any(path.exists() for path in files):
            raise ConfigError(where, [f"cannot find {files[0]}: raw files must be visible on all machines"])

    def hold(self, _periods: int) -> None:
        """Stop a day whose run has ended: another run may be using the folder."""
        if not self.path.exists():
            raise RevokedError(f"{self.path.parent}: the run has ended")


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Connect to a scheduler.

    Parameters
    ----------
    address : str
        ``tcp://host:8786``, or the path of its scheduler file.

    Raises
    ------
    ConfigError
        It does not answer.
    """
    there = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        client = Client(timeout=PATIENCE, set_as_default=False, **there)
    except (OSError, TimeoutError, ValueError) as error:
        problem = f"no scheduler answers ({error}): check address and firewall, or start `dask scheduler`"
        raise ConfigError(f"--scheduler {address}", [problem]) from error
    with client:
        yield client


def condense_by_scheduler(days: Sequence[Day], job: Job, client: Client, done: ProgressTracker) -> None:
    """Condense days on the workers of a scheduler.

    Days of a worker that dies go to others. One that takes down as many as dask allows
    (``distributed.scheduler.allowed-failures``) is tried again when all others are done, then given up.

    Parameters
    ----------
    days : sequence of Day
        Tasks.
    job : Job
        Where results go: a folder that the workers see under the same path.
    client : distributed.Client
        Of the scheduler.
    done : Done
        Receives the progress of each day.

    Raises
    ------
    ConfigError
        A worker has another version, or does not see the folders.
    FluxkitError
        Results cannot be written, or the scheduler was lost.
    """
    far = replace(job, base=_absolute(job.base), out=_absolute(job.out))
    tasks = [day.with_paths(_absolute) for day in days]
    _print_workers(client)
    with _permit(far.out) as permit:
        order = _Order(client, tasks, far, permit, done)
        suspects = order.work(range(len(tasks)), max(AT_LEAST, AHEAD * sum(client.nthreads().values())))
        for task in order.work(suspects, 1):
            what = "dask's workers died again and again on this day (KilledWorker; out of memory?)"
            done.day(task, lost_day(days[task], job, what, what))


class _Order:
    def __init__(
        self, client: Client, days: Sequence[Day], job: Job, permit: Permit, done: ProgressTracker
    ) -> None:
        self._client, self._days, self._job, self._permit, self._done = client, days, job, permit, done

    def work(self, tasks: Sequence[int], ahead: int) -> list[int]:
        """Condense days, a limited number at a time; returns those that killed workers."""
        waiting = iter(tasks)
        asked: dict[Future, int] = {}
        suspects = []
        coming = as_completed()

        def ask() -> None:
            for task in waiting:
                future = self._client.submit(work, self._days[task], self._job, self._permit, pure=False)
                asked[future] = task
                coming.add(future)
                return

        for _ in range(ahead):
            ask()
        try:
            for future in _as_they_come(coming):
                if not self._hear(future, asked[future]):
                    suspects.append(asked[future])
                del asked[future]
                ask()
        finally:
            if asked:
                self._client.cancel(list(asked))
        return sorted(suspects)

    def _hear(self, future: Future, task: int) -> bool:
        """Take the result of a day; False if it killed workers."""
        if future.status == "finished":
            said = future.result()
            if isinstance(said, FluxkitError):
                raise said
            self._done.day(task, said)
            return True
        if future.status != "error":
            raise FluxkitError("the scheduler was lost; finished days are kept: run again to continue")
        error = future.exception()
        if isinstance(error, KilledWorker):
            name = self._days[task].name
            logger.warning(
                "workers died while processing %s, which will be tried again after the others", name
            )
            return False
        raise FluxkitError(
            f"dask cannot distribute days ({type(error).__name__}: {error}); "
            f"install fluxkit {versions()['fluxkit']} where the scheduler and its workers run"
        ) from error


def _as_they_come(coming: "as_completed") -> Iterator[Future]:
    """Give futures that are done, looking at what signals have noted while none is."""
    while not coming.is_empty():
        give_way()
        if coming.has_ready():
            yield next(coming)
        else:
            time.sleep(LOOK)


def work(day: Day, job: Job, permit: Permit) -> Summary | FluxkitError:
    """Condense a day on a worker.

    Parameters
    ----------
    day : Day
        The task.
    job : Job
        Where results go.
    permit : Permit
        Of the run.

    Returns
    -------
    Summary or FluxkitError
        What became of the day, or why the run cannot go on.
    """
    with _ONE_DAY:
        try:
            permit.check(day)
            compile_kernels(_condensers, [day])
            return run_day(day, job, _condensers.of(day.site), permit.hold)
        except FluxkitError as error:
            return error


@contextmanager
def _permit(out: Path) -> Iterator[Permit]:
    """Give a permit for the time of a run."""
    path = out / f"{PERMIT}-{secrets.token_hex(4)}"
    write_text(path, "A run that dask's workers carry out is at work here.\n")
    try:
        yield Permit(path, _told_versions())
    finally:
        path.unlink(missing_ok=True)


def _told_versions() -> tuple[tuple[str, str], ...]:
    return tuple((name, found) for name, found in versions().items() if name != "python")


def _absolute(path: Path) -> Path:
    if on_store(path):
        return cast(Path, path)
    return Path(os.path.abspath(path))  # links stay as they are


def _print_workers(client: Client) -> None:
    """Log which workers there are."""
    threads = client.nthreads()
    if not threads:
        logger.warning("the scheduler has no workers yet; waiting for them")
        return
    several = sum(number > 1 for number in threads.values())
    if several:
        logger.warning(
            "of %d dask workers %d have several threads, but fluxkit uses one at a time:  "
            "start more workers with one thread each (--nthreads 1)",
            len(threads),
            several,
        )
    else:
        logger.info("dask workers: %d", len(threads))
