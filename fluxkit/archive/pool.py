"""Days through one process or several; the results are the same."""

import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from fluxkit.archive.day import run_day
from fluxkit.archive.job import Job
from fluxkit.archive.plan import Day
from fluxkit.archive.summaries import Summary
from fluxkit.errors import FluxkitError, ReadError
from fluxkit.kernels._jit import COMPILED_BEFORE
from fluxkit.raw.reading import layout_of, read
from fluxkit.site.models import Site
from fluxkit.tower.chain import Condenser

logger = logging.getLogger(__name__)

#: Days from which starting processes is worth its time, when the number is left open.
ENOUGH_DAYS = 4
#: Libraries that would start threads of their own in each process.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

Progress = Callable[[int, int], None]


def condense_days(
    days: Sequence[Day], job: Job, *, workers: int | None = 1, progress: Progress | None = None
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
    progress : callable, optional
        Called with periods done and periods in all.

    Returns
    -------
    list of Summary
        In the order of the days.

    Raises
    ------
    FluxkitError
        Results cannot be written, or a process died.
    """
    if workers is None:
        workers = (os.cpu_count() or 1) if len(days) >= ENOUGH_DAYS else 1
    if not days:
        return []
    workers = min(workers, len(days))
    counter = _Counter(sum(len(day.periods) for day in days), progress)
    condensers = Condensers()
    if not COMPILED_BEFORE:
        logger.info("compiling numerical kernels: once on this machine, about half a minute")
    if workers > 1:
        _compile(condensers, days)  # processes that compile the same kernel at once would spoil its cache
        return _in_pool(days, job, workers, counter)
    summaries = []
    for day in days:
        summaries.append(run_day(day, job, condensers.of(day.site), counter.add))
        _tell(summaries[-1])
    return summaries


class Condensers:
    """The condensers of sites, each made once."""

    def __init__(self) -> None:
        self._made: dict[str, Condenser] = {}

    def of(self, site: Site) -> Condenser:
        """Return the condenser of a site."""
        key = site.model_dump_json()
        if key not in self._made:
            self._made[key] = Condenser(site)
        return self._made[key]


def _compile(condensers: Condensers, days: Sequence[Day]) -> None:
    """Call every kernel once: those that read by reading the first file that can be read."""
    condensers.of(days[0].site).warm_up()
    layout = layout_of(days[0].site)
    for source in (source for day in days for source in day.sources):
        try:
            read(source.path, layout)
        except ReadError:
            continue  # its day will tell
        return


class _Counter:
    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress
        self.add(0)

    def add(self, periods: int) -> None:
        self._done += periods
        if self._progress is not None:
            self._progress(self._done, self._total)


def _in_pool(days: Sequence[Day], job: Job, workers: int, counter: _Counter) -> list[Summary]:
    done: dict[int, Summary] = {}
    with (
        _single_threads(),
        ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_Worker.start) as pool,
    ):
        futures = {pool.submit(_Worker.day, day, job): k for k, day in enumerate(days)}
        try:
            for future in as_completed(futures):
                k = futures[future]
                done[k] = future.result()
                counter.add(len(days[k].periods))
                _tell(done[k])
        except BrokenProcessPool as error:
            raise FluxkitError(
                "a worker process died (out of memory, or killed); days that are done are kept: "
                "run again with fewer workers. In a script, call run() under `if __name__ == '__main__':`"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return [done[k] for k in sorted(done)]


class _Worker:
    """What one process keeps between its tasks."""

    condensers: Condensers

    @classmethod
    def start(cls) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it, in order
        cls.condensers = Condensers()

    @classmethod
    def day(cls, day: Day, job: Job) -> Summary:
        return run_day(day, job, cls.condensers.of(day.site))


@contextmanager
def _single_threads() -> Iterator[None]:
    """Let processes that are started meanwhile compute with one thread each."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _tell(summary: Summary) -> None:
    if summary.bug:
        logger.error("%s failed:\n%s", summary.name, summary.bug)
        return
    bad = sum(entry.status == "quarantined" for entry in summary.inputs)
    logger.info(
        "%s: %d of %d periods have data, %d files, %d quarantined",
        summary.name, summary.filled, summary.periods, len(summary.inputs), bad,
    )  # fmt: skip
