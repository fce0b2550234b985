"""Condense days in processes of this machine; the run survives if one of them dies."""

import gc
import logging
import multiprocessing
import os
import signal
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from fluxkit.archive.condensing.counting import ProgressTracker
from fluxkit.archive.condensing.day import lost_day
from fluxkit.archive.condensing.work import sweep_day
from fluxkit.archive.condensing.worker import PRELOADED_SITE, Said, serve
from fluxkit.archive.job import Job
from fluxkit.archive.own_process import ONE_THREAD, may_be_forked
from fluxkit.archive.planning.plan import Day
from fluxkit.errors import FluxkitError
from fluxkit.interruption import give_way

if TYPE_CHECKING:
    from multiprocessing.context import ForkContext, ForkServerContext, SpawnContext  # Windows has no forks

    from fluxkit.archive.condensing.condensers import Condensers

    _Context = SpawnContext | ForkServerContext | ForkContext

logger = logging.getLogger(__name__)

#: Workers that a day may take down before it is given up.
ATTEMPTS = 2
#: Workers that may die before they are ready: then something is wrong with starting them.
STILLBORN = 3
#: What a worker is given to end by itself. [s]
PATIENCE = 5.0
#: How often a note that a signal has left is looked for. [s]
LOOK = 0.2
#: What is set while workers start.
_SURROUNDINGS = {
    **ONE_THREAD,
    # A file called multiprocessing.py in the folder that the command is started in is not what they import.
    "PYTHONSAFEPATH": "1",
}
#: What the process imports that workers are forked from; the second is what a worker's ``__main__`` imports
#: where that is the command, and only then.
_PRELOADED = ("fluxkit.archive.condensing.preloaded", "fluxkit.cli.main")
#: Settings longer than this are not put into the environment. [bytes]
_LONGEST = 100_000


def condense_in_processes(
    days: Sequence[Day],
    job: Job,
    workers: int,
    done: ProgressTracker,
    condensers: "Condensers | None" = None,
) -> None:
    """Condense days in processes.

    A worker that dies (out of memory, killed, a crash in a library) costs a new process. Its day is tried
    again when all others are done, alone; the second time it is given up and reported.

    Parameters
    ----------
    days : sequence of Day
        Tasks.
    job : Job
        Where results go.
    workers : int
        Processes at a time.
    done : Done
        Receives the progress of each day.
    condensers : Condensers, optional
        Whose kernels are loaded: workers are forked from this process, if that can be.

    Raises
    ------
    FluxkitError
        Results cannot be written, or processes cannot be started.
    """
    pool = _Pool(days, job, workers, done, condensers)
    with _surroundings(job), _left_alone(pool.forks):
        try:
            pool.work()
        finally:
            pool.end()


class _Worker:
    """A process as its parent sees it."""

    def __init__(
        self, context: "_Context", others: "Sequence[_Worker]", condensers: "Condensers | None"
    ) -> None:
        self.link: Connection[tuple[Day, Job], Said]
        self.link, theirs = context.Pipe()
        said: tuple[object, ...] = (theirs, dict(os.environ))
        if context.get_start_method() == "fork":
            said += ([self.link, *(other.link for other in others)], condensers)
        self.process = context.Process(target=serve, args=said, daemon=True)
        self.process.start()
        theirs.close()
        self.ready = False
        self.task: int | None = None  #: number of its day
        self.periods = 0  #: of this day, done so far

    def begin(self, task: int, day: Day, job: Job) -> None:
        """Hand out a day."""
        self.task, self.periods = task, 0
        self.link.send((day, job))

    def bury(self) -> int | None:
        """Free what a dead process held; returns its exit code."""
        self.link.close()
        self.process.join(PATIENCE)
        if self.process.is_alive():  # it has closed its link, but does not end
            self.process.kill()
            self.process.join()
        return self.process.exitcode


class _Pool:
    def __init__(
        self,
        days: Sequence[Day],
        job: Job,
        workers: int,
        done: ProgressTracker,
        condensers: "Condensers | None",
    ) -> None:
        self._days, self._job, self._limit, self._done = days, job, workers, done
        self._condensers = condensers
        self._fresh = deque(range(len(days)))
        self._suspects: deque[int] = deque()  # each took a worker down
        self._deaths: Counter[int] = Counter()
        self._workers: list[_Worker] = []
        self._stillborn = 0
        self._context = _context(condensers is not None)

    @property
    def forks(self) -> bool:
        """Whether workers are forks of this process."""
        return self._context.get_start_method() == "fork"

    @property
    def _open(self) -> int:
        """Number of days that are not done."""
        return len(self._fresh) + len(self._suspects) + sum(w.task is not None for w in self._workers)

    def work(self) -> None:
        """Do all days."""
        while self._open:
            while len(self._workers) < min(self._limit, self._open):
                self._workers.append(self._started())
            self._hand_out()
            if not self._open:
                return
            heard = wait([worker.link for worker in self._workers], LOOK)
            give_way()
            for worker in [worker for worker in self._workers if worker.link in heard]:
                self._hear(worker)

    def _started(self) -> _Worker:
        try:
            return _Worker(self._context, self._workers, self._condensers)
        except (OSError, EOFError) as error:  # no process, or none to fork it from
            how = str(error) or "the process that they are forked from has ended"
            raise FluxkitError(f"worker processes cannot be started: {how}; run with --workers 1") from error

    def end(self) -> None:
        """End all processes, and remove what those that were at work had begun to write."""
        for worker in self._workers:
            if worker.ready and worker.task is None:
                worker.link.close()  # it ends when it sees this
            else:
                worker.process.terminate()
        for worker in self._workers:
            worker.bury()
            self._sweep(worker)
        self._workers.clear()

    def _hand_out(self) -> None:
        if self._done.stopped:
            self._fresh.clear()
            self._suspects.clear()
        for worker in self._workers:
            if not worker.ready or worker.task is not None:
                continue
            if self._fresh:
                self._begin(worker, self._fresh.popleft())
            elif self._suspects and all(other.task is None for other in self._workers):
                self._begin(worker, self._suspects.popleft())

    def _begin(self, worker: _Worker, task: int) -> None:
        try:
            worker.begin(task, self._days[task], self._job)
        except OSError:  # it died meanwhile: hearing it will tell
            logger.debug("worker %s died before its day began", worker.process.pid)

    def _hear(self, worker: _Worker) -> None:
        try:
            said = worker.link.recv()
        except (EOFError, OSError):
            self._lose(worker)
            return
        if isinstance(said, str):
            worker.ready = True
        elif isinstance(said, int):
            worker.periods += said
            self._done.periods(said)
        elif isinstance(said, logging.LogRecord):
            if logger.isEnabledFor(said.levelno):
                logging.getLogger(said.name).handle(said)
        elif isinstance(said, FluxkitError):
            raise said
        elif worker.task is not None:
            self._done.day(worker.task, said, worker.periods)
            worker.task = None

    def _lose(self, worker: _Worker) -> None:
        """Go on without a worker that died."""
        self._workers.remove(worker)
        how = _how(worker.bury())
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn >= STILLBORN:
                raise FluxkitError(
                    f"worker processes cannot be started: {self._stillborn} {how}; in a script, call run() "
                    "under `if __name__ == '__main__':`; otherwise run with --workers 1"
                )
        if worker.task is None:
            return
        task, day = worker.task, self._days[worker.task]
        self._sweep(worker)
        self._done.periods(-worker.periods)
        self._deaths[task] += 1
        if self._deaths[task] < ATTEMPTS:
            logger.warning("a worker %s on %s, which is tried again after the others", how, day.name)
            self._suspects.append(task)
            return
        what = f"a worker {how} on this day {ATTEMPTS} times, the last time with no other beside it"
        self._done.day(task, lost_day(day, self._job, what, what), 0)

    def _sweep(self, worker: _Worker) -> None:
        if worker.task is not None:
            sweep_day(self._job.out, self._days[worker.task].name, worker.process.pid)


def _how(code: int | None) -> str:
    """Return how a process ended."""
    if code == -signal.SIGTERM:
        return "was ended (SIGTERM)"
    if code is not None and code == -getattr(signal, "SIGKILL", 9):
        return "was killed (out of memory?)"
    if code is not None and code < 0:
        return f"crashed ({signal.Signals(-code).name})"
    return f"died (exit code {code})"


def _context(loaded: bool = False) -> "_Context":
    """Return how processes are started; whether all that they need is loaded here.

    On Linux they are forked from a process that has imported everything once. A command of ours that has one
    thread is that process. Any other program may have threads and open files: there it is one that is started
    anew. Elsewhere each worker starts anew: Windows cannot fork, and libraries of macOS do not bear it.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    if loaded and may_be_forked():
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOADED[0], *(name for name in _PRELOADED[1:] if name in sys.modules)])
    return context


@contextmanager
def _left_alone(forks: bool) -> Iterator[None]:
    """Keep a fork's collector from looking at what it has of this process, which would copy its memory."""
    if forks:
        gc.freeze()
    try:
        yield
    finally:
        if forks:
            gc.unfreeze()


@contextmanager
def _surroundings(job: Job) -> Iterator[None]:
    """Make processes started meanwhile use one thread each, and load the kernels of these sites."""
    changed, settings = dict(_SURROUNDINGS), job.site.model_dump_json()
    if len(settings.encode()) < _LONGEST:
        changed[PRELOADED_SITE] = settings
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
