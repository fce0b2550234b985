"""The plan of a run: raw files in order of time, grouped into days."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from fluxkit.archive.inputs import Input
from fluxkit.archive.planning.clocks import with_date_order
from fluxkit.archive.planning.cutting import Run, cut_day
from fluxkit.archive.planning.further_sources import Beside, find_beside
from fluxkit.archive.planning.index import Index
from fluxkit.archive.planning.sources import Source, UsableFile, find_sources
from fluxkit.archive.stretches import Stretch
from fluxkit.errors import NoInputError
from fluxkit.raw.samples import Problem
from fluxkit.site.models import Site
from fluxkit.tower.periods import Periods

__all__ = ["ArchivePlan", "Day", "Source", "plan_archive"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Day:
    """One task: averaging periods of a UTC day and the files that may hold samples of them."""

    date: np.datetime64
    periods: range
    sources: tuple[Source, ...]
    site: Site  #: the configuration that holds then
    part: int = 1  #: which of the tasks of this day
    stretch: Stretch = field(
        default_factory=Stretch
    )  #: how the site follows from the configuration of the station
    beside: tuple[Beside, ...] = ()  #: files of further sources

    @property
    def files(self) -> tuple[Source, ...]:
        """Files of all sources."""
        return (*self.sources, *(source for beside in self.beside for source in beside.sources))

    def with_paths(self, change: Callable[[Path], Path]) -> "Day":
        """Return the task with other paths to its files."""

        def changed(sources: tuple[Source, ...]) -> tuple[Source, ...]:
            return tuple(replace(source, path=change(source.path)) for source in sources)

        beside = tuple(replace(entry, sources=changed(entry.sources)) for entry in self.beside)
        return replace(self, sources=changed(self.sources), beside=beside)

    @property
    def name(self) -> str:
        """Name of the task, of its moments too; names are in the order of time."""
        return str(self.date) if self.part == 1 else f"{self.date}_{self.part:02d}"


@dataclass(frozen=True)
class ArchivePlan:
    """All tasks, and the files that are left out of them."""

    days: tuple[Day, ...]
    found: int  #: files that raw.files names
    problems: tuple[Problem, ...]  #: why files were left out
    left_out: tuple[Path, ...]  #: these files
    layouts: tuple[str, ...] = ()  #: what changes in the files from one to the next, in order of time

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The files that were left out, with their checksums: read when first asked for."""
        return tuple(Input.of(path, "quarantined") for path in self.left_out)

    @property
    def periods(self) -> int:
        """Number of averaging periods."""
        return sum(len(day.periods) for day in self.days)


def plan_archive(
    site: Site,
    base: Path,
    *,
    start: np.datetime64 | None = None,
    end: np.datetime64 | None = None,
    index: Index | None = None,
    without: Collection[Path] = (),
) -> ArchivePlan:
    """Find the raw files of a site and group them into days.

    Files are ordered by their time, then by path: what the operating system lists
    first does not matter.

    Parameters
    ----------
    site : Site
        The configuration.
    base : pathlib.Path
        What relative patterns in ``raw.files`` are relative to.
    start, end : numpy.datetime64, optional
        UTC; days without any file between them are left out.
    index : Index, optional
        What was learnt of the files before; what is new goes into it.
    without : collection of pathlib.Path, optional
        Files to leave alone, as if they were not there: they are still written to.

    Returns
    -------
    ArchivePlan
        Days in order. Files whose time is unknown, or that repeat another, are left out.

    Raises
    ------
    NoInputError
        No file, none with a time, or none between ``start`` and ``end``.
    ConfigError
        The name pattern has no date.
    """
    index = index or Index()
    site, told = with_date_order(site, base, index, without)
    sources = find_sources(site, base, index, without)
    sources.told[:0] = told
    if not sources.paths:
        patterns = [site.raw.files] if isinstance(site.raw.files, str) else site.raw.files
        raise NoInputError(
            f"no file matches raw.files = {', '.join(patterns)} in {base.resolve()}: "
            "check the pattern and the folder"
        )
    left, found = sources.left, sources.found
    if not found:
        first = left.problems[0]
        raise NoInputError(f"none of {sources.paths} files can be used; {first.path}: {first.reason}")
    problems: list[Problem] = []
    beside = find_beside(site, base, index, without)
    grid = Periods.of(site)
    days = tuple(_with(day, beside.found, grid) for day in _days(found, grid, start, end, problems))
    if not days:
        raise NoInputError(
            f"no file has samples between {start or 'the beginning'} and {end or 'the end'} (UTC); "
            f"the files cover {found[0].source.start} to {max(f.source.end for f in found)}"
        )
    logger.info(
        "%d files, %d days, %d averaging periods",
        sources.paths,
        len({day.date for day in days}),
        sum(len(day.periods) for day in days),
    )
    for sentence in sources.told:
        logger.warning("%s", sentence)
    return ArchivePlan(
        days,
        sources.paths + beside.paths,
        (*left.problems, *beside.left.problems, *problems),
        (*left.paths, *beside.left.paths),
        tuple(sources.told),
    )


def _days(
    found: Sequence[UsableFile],
    grid: Periods,
    start: np.datetime64 | None,
    end: np.datetime64 | None,
    problems: list[Problem],
) -> Iterator[Day]:
    spans = [_span(file.source, grid) for file in found]
    first, last = min(span[0] for span in spans), max(span[-1] for span in spans)
    by_date: dict[np.datetime64, list[UsableFile]] = {}
    for file, span in zip(found, spans, strict=True):
        for date in np.arange(grid.date(span[0]), grid.date(span[-1]) + np.timedelta64(1, "D")):
            by_date.setdefault(date, []).append(file)
    for date in sorted(by_date):
        whole = grid.of_day(date)
        periods = range(max(whole[0], first), min(whole[-1], last) + 1)
        files = by_date[date]
        if any(
            (start is None or file.source.end > start) and (end is None or file.source.start < end)
            for file in files
        ):
            for part, run in enumerate(cut_day(files, periods, grid, problems), start=1):
                yield _day(date, part, run)


def _with(day: Day, beside: Sequence[Beside], grid: Periods) -> Day:
    """Return a task with the files of further sources that it may need."""
    start, end = grid.start(day.periods[0]), grid.end(day.periods[-1])
    return replace(day, beside=tuple(files.within(start, end) for files in beside))


def _day(date: np.datetime64, part: int, run: Run) -> Day:
    model = run.files[0]
    sources = tuple(file.source for file in run.files)
    return Day(date, run.periods, sources, model.site, part, model.stretch)


def _span(source: Source, grid: Periods) -> range:
    """Numbers of the periods that a file may touch."""
    inside = max(source.start, source.end - np.timedelta64(1, "ns"))
    return range(grid.number(source.start), grid.number(inside) + 1)
