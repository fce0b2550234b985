"""Keeping up with a folder that a logger fills: look, condense what is new, refresh the results, wait."""

import logging
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from fluxkit.archive.condensing.counting import Progress
from fluxkit.archive.condensing.pool import condense_days
from fluxkit.archive.condensing.work import tidy, work_of
from fluxkit.archive.folder.contents import QUARANTINE, REPORT, RUN, stored
from fluxkit.archive.folder.lock import locked
from fluxkit.archive.folder.summaries import part_path
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.planning.plan import ArchivePlan
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import Results, results_of
from fluxkit.archive.times import in_words
from fluxkit.archive.watch.at_rest import Settling, Sight
from fluxkit.archive.watch.policy import Keeping, known_inputs, without_files
from fluxkit.errors import FluxkitError, MomentsError, NoInputError
from fluxkit.locations import fingerprint, joined
from fluxkit.schema import provenance
from fluxkit.site.files import resolve_files, resolve_patterns
from fluxkit.site.models import Site
from fluxkit.site.tables import view
from fluxkit.site.variants import variants

logger = logging.getLogger(__name__)

#: What of ``run.json`` tells whether the results are those of the moments that are there.
_TELLING = ("fluxkit", "settings_sha256", "counts", "layouts", "inputs", "bugs")


@dataclass(frozen=True)
class Round:
    """What one look at the folder gave."""

    results: Results | None = None  #: None: nothing was new, or it failed
    days: int = 0  #: condensed
    periods: int = 0  #: averaging periods of these
    growing: int = 0  #: files that are left for later since they are still written to
    newest: np.datetime64 | None = None  #: end of the newest data, UTC
    failure: FluxkitError | None = None  #: what went wrong; the next round tries again
    waiting: bool = False  #: there are no files to work on
    seconds: float = 0.0  #: that the round took [s]
    wait: float | None = None  #: until the next look; None: this was the last [s]

    @property
    def age(self) -> float | None:
        """How old the newest data are. [s]"""
        if self.newest is None:
            return None
        return time.time() - float(self.newest.astype("datetime64[ms]").astype(np.int64)) / 1e3

    @property
    def sentence(self) -> str:
        """The round in one line."""
        parts = [self._done()]
        if self.growing:
            parts.append(f"{self.growing} {'file' if self.growing == 1 else 'files'} still written to")
        if self.newest is not None and self.age is not None:
            old = f"{in_words(abs(self.age))} {'ago' if self.age >= 0 else 'ahead of this clock'}"
            parts.append(f"newest data until {self.newest.astype('datetime64[m]')}Z, {old}")
        if self.wait is not None:
            later = datetime.fromtimestamp(time.time() + self.wait, UTC)
            parts.append(f"next look at {later:%H:%M:%S}Z")
        return "; ".join(parts)

    def _done(self) -> str:
        if self.waiting:
            return f"waiting for files: {self.failure}"
        if self.failure is not None:
            return f"failed, and is tried again: {self.failure}"
        condensed = f"{self.days} {'day' if self.days == 1 else 'days'} condensed ({self.periods} periods)"
        if self.results is not None:
            return f"{condensed}, results written, {in_words(self.seconds)} in all"
        return condensed if self.days else "nothing new"

    def facts(self) -> dict[str, Any]:
        """Return the round as JSON can say it."""
        return {
            "days": self.days,
            "periods": self.periods,
            "written": self.results is not None,
            "growing": self.growing,
            "newest": None if self.newest is None else f"{self.newest.astype('datetime64[s]')}Z",
            "age": None if self.age is None else round(self.age),
            "failure": None if self.failure is None else str(self.failure),
            "waiting": self.waiting,
            "seconds": round(self.seconds, 1),
            "wait": None if self.wait is None else round(self.wait, 1),
        }


def watch(
    config: str | Path | Site,
    out: str | Path,
    *,
    every: float = 60.0,
    settle: float = 30.0,
    workers: int | None = 1,
    once: bool = False,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> Iterator[Results]:
    """Follow a folder that a logger fills.

    Each round condenses the days that have something new, decides, and writes the results whole.
    If nothing is new, nothing is written. Files that are still being written are left for later.
    A round that fails is logged, and the next one tries again. The results folder is
    locked until the iteration ends.

    Parameters
    ----------
    config : str, pathlib.Path or Site
        As for `run`; a file is read again in each round.
    out : str or pathlib.Path
        Results folder, created if missing.
    every : float, default 60
        Time from the start of one round to the next. [s]
    settle : float, default 30
        Files that changed within this time are not read yet. [s]
    workers : int or None, default 1
        Processes, as for `run`.
    once : bool, default False
        End after one look.
    progress : callable, optional
        Called with the number of averaging periods that are condensed, and of all that are to be.
    stop : threading.Event, optional
        When set, the day at work is finished and the iteration ends.

    Yields
    ------
    Results
        Of each round that wrote some, as `run` gives them.

    Raises
    ------
    ConfigError
        The configuration is wrong at the beginning.
    LockedError
        Another run works in the folder.

    Examples
    --------
    >>> import tempfile
    >>> import fluxkit as fk
    >>> out = tempfile.mkdtemp()
    >>> for results in fk.watch("data_samples/closed_path/site.toml", out, once=True, settle=0.0):
    ...     print(results.fluxes.sizes["time"], "periods")
    2 periods
    """
    for each in rounds(
        config, out, every=every, settle=settle, workers=workers, once=once, progress=progress, stop=stop
    ):
        if each.results is not None:
            yield each.results


def rounds(
    config: str | Path | Site,
    out: str | Path,
    *,
    every: float = 60.0,
    settle: float = 30.0,
    workers: int | None = 1,
    once: bool = False,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> Iterator[Round]:
    """Keep up with a folder as `watch` does, and yield every round, before the wait that follows it."""
    ended = Event() if stop is None else stop
    with locked(Job.of(config, out).out):
        watcher = _Watcher(config, out, settle, workers, progress, ended)
        while not ended.is_set():
            begun = time.monotonic()
            done = watcher.look()
            seconds = time.monotonic() - begun
            last = once or ended.is_set()
            wait = None if last else max(0.0, every - seconds)
            yield replace(done, seconds=seconds, wait=wait)
            if wait is None or ended.wait(wait):
                return


class _Watcher:
    def __init__(
        self,
        config: str | Path | Site,
        out: str | Path,
        settle: float,
        workers: int | None,
        progress: Progress | None,
        stop: Event,
    ) -> None:
        self._config, self._out = config, out
        self._workers, self._progress, self._stop = workers, progress, stop
        self._settling, self._keeping = Settling(settle), Keeping()
        self._known: set[str] | None = None  #: raw files of which there are moments
        self._state: object = None  #: what the results were made of
        self._settings = ""
        self._newest: np.datetime64 | None = None

    def look(self) -> Round:
        """Do one round; whatever goes wrong is told, not raised."""
        try:
            return replace(self._round(), newest=self._newest)
        except NoInputError as error:
            return Round(failure=error, waiting=True, newest=self._newest)
        except FluxkitError as error:
            return Round(failure=error, newest=self._newest)
        except OSError as error:
            what = f"{error.filename or self._out}: {error.strerror or error}"
            return Round(failure=FluxkitError(what), newest=self._newest)
        except Exception as error:
            # A station must not stand still for a fault that the next files may not meet.
            logger.exception("a round failed because of a bug; please report it")
            fault = FluxkitError(f"bug: {type(error).__name__}: {error}")
            return Round(failure=fault, newest=self._newest)

    def _round(self) -> Round:
        job = Job.of(self._config, self._out)
        settings = provenance.settings_sha256(job.site.model_dump(mode="json"))
        if settings != self._settings:
            self._keeping.forget()
            self._settings = settings
        sight = self._settling.look(_raw_files(job))
        used_beside = _used_beside(job)
        state = (settings, sight.resting, used_beside)
        if state == self._state:
            return Round(growing=len(sight.growing))
        self._state = None
        done, record = self._refresh(job, sight, used_beside)
        # A file that could not be read, or was written to meanwhile, is read again though it looks the same.
        if record is not None and all(entry.sha256 for entry in record.inputs()):
            self._state = state
        return done

    def _refresh(
        self, job: Job, sight: Sight, used_beside: Mapping[Path, str]
    ) -> tuple[Round, RunRecord | None]:
        started = provenance.utc_now()
        if self._known is None:
            self._known = known_inputs(job.out)
        known = self._known
        fresh = {path for path in sight.growing if job.shown(str(path)) not in known}
        if sight.growing and not sight.resting and fresh == sight.growing:
            raise NoInputError(f"{len(fresh)} exist, but are still being written")
        index = Index.of(job.out)
        work = work_of(job, index, without=fresh)
        index.save()
        self._newest = _newest(work.plan)
        work = self._keeping.kept(work, job, sight.resting, sight.growing)
        tidy(job, work)
        done = condense_days(
            work.todo, job, workers=self._workers, progress=self._progress, stop=self._stop.is_set
        )
        self._keeping.failed(work.todo, done, sight.resting)
        known.update(entry.path for summary in done for entry in summary.inputs)
        told = Round(
            days=len(done), periods=sum(summary.periods for summary in done), growing=len(sight.growing)
        )
        if self._stop.is_set():
            return told, None
        days = sorted([*work.kept, *without_files(job, work), *done], key=lambda day: day.name)
        record = RunRecord.planned(job, started, days, work.plan)
        _require_data(record)
        if not done and _up_to_date(record, used_beside):
            return told, record
        results = results_of(RunRecord.of(job, started, days, work.plan))
        _remove_shorter(results.paths["csv"])
        return replace(told, results=results), record


def _raw_files(job: Job) -> list[Path]:
    """Return the files that any variant of the site names, and those of further sources."""
    sites = [*(variant.site for variant in variants(job.site))]
    sites += [view(job.site, source.id) for source in job.site.sources]
    return sorted({path for site in sites for path in resolve_files(site, job.base)}, key=str)


def _used_beside(job: Job) -> dict[Path, str]:
    """Return the files that decisions use beside the moments -> fingerprint."""
    site = job.site
    paths: list[Path] = []
    for section in (site.biomet, site.profile):
        if section is not None:
            paths += resolve_patterns(section.files, job.base)
    if site.footprint.land_cover is not None:
        paths.append(joined(job.base, site.footprint.land_cover))
    found = {}
    for path in paths:
        try:
            found[path] = fingerprint(path)
        except OSError:  # gone meanwhile; who reads it tells
            continue
    return found


def _newest(plan: ArchivePlan) -> np.datetime64:
    return max(source.end for day in plan.days[-2:] for source in day.sources)


def _require_data(record: RunRecord) -> None:
    """Refuse to decide where there is nothing to decide on."""
    if not record.names:
        raise FluxkitError("every day failed because of a bug; please report this with the log")
    inputs = record.inputs()
    if all(entry.status == "quarantined" for entry in inputs):
        first = record.problems()[0]
        raise NoInputError(f"none of {len(inputs)} files can be used; {first.path}: {first.reason}")


def _up_to_date(record: RunRecord, used_beside: Mapping[Path, str]) -> bool:
    """Tell whether the results that are there are what deciding now would give."""
    out = record.job.out
    try:
        told = stored(out / RUN)
    except MomentsError:
        return False
    about = record.about()
    if any(told.get(key) != about.get(key) for key in _TELLING):
        return False
    if "products" not in told:  # written last: something is not of this decision
        return False
    results = [record.job.fluxes, out / QUARANTINE, out / REPORT, *_tables(out, record.job.site.station.id)]
    if len(results) < 4 or not all(path.is_file() for path in results):
        return False
    written = (out / RUN).stat().st_mtime
    sources = [*(part_path(out, name) for name in record.names), *used_beside]
    return all(path.stat().st_mtime <= written for path in sources)


def _tables(out: Path, station: str) -> list[Path]:
    return [path for path in out.glob(f"{station}_*.csv") if _SPAN.search(path.name)]


_SPAN = re.compile(r"_(\d{12})_(\d{12})\.csv$")


def _remove_shorter(table: Path) -> None:
    """Remove the tables that the new one holds whole: their names end earlier."""
    span = _SPAN.search(table.name)
    if span is None:
        return
    head = table.name[: span.start()]
    for other in table.parent.glob(f"{head}_*.csv"):
        within = _SPAN.search(other.name)
        if within is None or other.name[: within.start()] != head or other.name == table.name:
            continue
        if span[1] <= within[1] and within[2] <= span[2]:
            other.unlink(missing_ok=True)
