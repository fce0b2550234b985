"""What there is to do: raw files in order of time, grouped into days."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np

from fluxkit.archive.index import Index, Times, layout_digest
from fluxkit.archive.inputs import Input
from fluxkit.archive.periods import Periods, nanoseconds
from fluxkit.errors import NoInputError, ReadError
from fluxkit.raw.filetime import file_start
from fluxkit.raw.layout import Layout
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import layout_of, read
from fluxkit.raw.samples import Problem
from fluxkit.schema.provenance import file_sha256
from fluxkit.site.files import resolve_files
from fluxkit.site.models import Site

logger = logging.getLogger(__name__)

_NS = 1_000_000_000
#: Spacings of the archive's files by which a file of unknown length may overlap the next.
_REACH = 2


@dataclass(frozen=True)
class Source:
    """A raw file and the time it may hold."""

    path: Path
    start: np.datetime64  #: UTC, ns
    end: np.datetime64  #: UTC, ns; no sample is behind it, as far as is known


@dataclass(frozen=True)
class Day:
    """One task: averaging periods of a UTC day and the files that may hold samples of them."""

    date: np.datetime64
    periods: range
    sources: tuple[Source, ...]
    site: Site  #: the configuration that holds then
    part: int = 1  #: which of the tasks of this day

    @property
    def name(self) -> str:
        """Name of the task, of its moments too."""
        return str(self.date) if self.part == 1 else f"{self.date}_{self.part}"


@dataclass(frozen=True)
class Plan:
    """All tasks, and the files that are left out of them."""

    days: tuple[Day, ...]
    found: int  #: files that raw.files names
    problems: tuple[Problem, ...]  #: why files were left out
    inputs: tuple[Input, ...]  #: the files that were left out

    @property
    def periods(self) -> int:
        """Number of averaging periods."""
        return sum(len(day.periods) for day in self.days)


def make_plan(
    site: Site,
    base: Path,
    *,
    start: np.datetime64 | None = None,
    end: np.datetime64 | None = None,
    index: Index | None = None,
) -> Plan:
    """Find the raw files of a site and group them into days.

    Files are ordered by the time they tell, then by path: what the operating system lists
    first is of no consequence.

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

    Returns
    -------
    Plan
        Days in order. Files whose time cannot be told, or that repeat another, are left out.

    Raises
    ------
    NoInputError
        No file, none with a time, or none between ``start`` and ``end``.
    ConfigError
        The name pattern tells no date.
    """
    paths = resolve_files(site, base)
    if not paths:
        patterns = [site.raw.files] if isinstance(site.raw.files, str) else site.raw.files
        raise NoInputError(
            f"no file matches raw.files = {', '.join(patterns)} in {base.resolve()}: "
            "check the pattern and the folder"
        )
    look, left = _Look(layout_of(site), index or Index()), _LeftOut()
    timed = list(_timed(paths, look, left))
    sources = _with_ends(list(_without_copies(sorted(timed, key=_order), left)), look, Periods.of(site))
    problems, inputs = tuple(left.problems), tuple(left.inputs)
    if not sources:
        raise NoInputError(
            f"none of {len(paths)} files can be used; {problems[0].path}: {problems[0].reason}"
        )
    days = tuple(_days(sources, site, start, end))
    if not days:
        raise NoInputError(
            f"no file has samples between {start or 'the beginning'} and {end or 'the end'} (UTC); "
            f"the files reach from {sources[0].start} to {max(source.end for source in sources)}"
        )
    logger.info(
        "%d files, %d days, %d averaging periods", len(paths), len(days), sum(len(d.periods) for d in days)
    )
    return Plan(days, len(paths), problems, inputs)


class _LeftOut:
    """Files that no day will see."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.inputs: list[Input] = []

    def add(self, path: Path, reason: str, line: int | None = None) -> None:
        self.problems.append(Problem(str(path), line, "file", reason))
        self.inputs.append(Input.of(path, "quarantined"))
        logger.warning("%s is left out: %s", path, reason)


def _order(source: Source) -> tuple[int, str]:
    return nanoseconds(source.start), str(source.path)


def _timed(paths: Iterable[Path], look: "_Look", left: _LeftOut) -> Iterator[Source]:
    """Yield files with their start; the end stays unknown unless the file had to be read."""
    for path in paths:
        try:
            yield look.start(path)
        except ReadError as error:
            left.add(path, error.detail, error.line)


class _Look:
    """Looks into files for their times, but for those that the index knows."""

    def __init__(self, layout: Layout, index: Index) -> None:
        self.layout = layout
        self._index, self._digest = index, layout_digest(layout)

    def start(self, path: Path) -> Source:
        """Return the start of a file; its end too if it had to be read."""
        if self.layout.file_time == "name":
            start = file_start(path, self.layout)
            return Source(path, start, start)
        known = self._index.times(path, self._digest)
        if known is not None:
            return Source(path, known.start, known.end)
        first = first_time(path, self.layout)
        return self.measured(path) if first is None else self._kept(Source(path, first, first))

    def measured(self, path: Path) -> Source:
        """Return the time of a file's samples, by reading it."""
        known = self._index.times(path, self._digest)
        if known is not None and known.end > known.start:
            return Source(path, known.start, known.end)
        samples = read(path, self.layout)
        length = np.timedelta64(round(samples.size * _NS / self.layout.rate), "ns")
        return self._kept(Source(path, samples.start, samples.start + length))

    def _kept(self, source: Source) -> Source:
        self._index.remember(source.path, self._digest, Times(source.start, source.end))
        return source


def _without_copies(sources: Sequence[Source], left: _LeftOut) -> Iterator[Source]:
    """Leave out files of one start whose bytes are the same."""
    for _, same in groupby(sources, key=lambda source: source.start):
        group = list(same)
        seen: dict[str, Path] = {}
        for source in group:
            digest = _digest(source.path) if len(group) > 1 else ""
            if digest in seen:
                left.add(source.path, f"holds the same bytes as {seen[digest]}: one of them is enough")
                continue
            if digest:
                seen[digest] = source.path
            yield source


def _digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError:  # the task that reads the file tells why
        return ""


def _with_ends(sources: list[Source], look: _Look, grid: Periods) -> list[Source]:
    """Give each file the end of its samples, reading only those that may reach into another day."""
    layout = look.layout
    if layout.file_time == "name" and layout.file_minutes is not None:
        length = np.timedelta64(round(layout.file_minutes * 60 * _NS), "ns")
        return [replace(source, end=source.start + length) for source in sources]
    starts = [nanoseconds(source.start) for source in sources]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    reach = _REACH * int(np.median(gaps)) if gaps else 1
    ended = []
    for source, gap in zip(sources, [*gaps, 0], strict=False):
        if source.end > source.start:
            ended.append(source)
            continue
        horizon = source.start + np.timedelta64(max(reach, gap), "ns")
        same_day = grid.date(grid.number(horizon)) == grid.date(grid.number(source.start))
        if same_day and horizon <= sources[-1].start:
            ended.append(replace(source, end=horizon))
        else:
            ended.append(_read_end(source, look, np.timedelta64(reach, "ns")))
    return sorted(ended, key=_order)


def _read_end(source: Source, look: _Look, otherwise: np.timedelta64) -> Source:
    try:
        return look.measured(source.path)
    except ReadError:  # the day's task tells it, with the file's status
        return replace(source, end=source.start + otherwise)


def _days(
    sources: Sequence[Source], site: Site, start: np.datetime64 | None, end: np.datetime64 | None
) -> Iterator[Day]:
    grid = Periods.of(site)
    spans = [_span(source, grid) for source in sources]
    first, last = min(span[0] for span in spans), max(span[-1] for span in spans)
    by_date: dict[np.datetime64, list[Source]] = {}
    for source, span in zip(sources, spans, strict=True):
        for date in np.arange(grid.date(span[0]), grid.date(span[-1]) + np.timedelta64(1, "D")):
            by_date.setdefault(date, []).append(source)
    for date in sorted(by_date):
        whole = grid.of_day(date)
        periods = range(max(whole[0], first), min(whole[-1], last) + 1)
        if any(
            (start is None or source.end > start) and (end is None or source.start < end)
            for source in by_date[date]
        ):
            yield Day(date, periods, tuple(by_date[date]), site)


def _span(source: Source, grid: Periods) -> range:
    """Numbers of the periods that a file may touch."""
    inside = max(source.start, source.end - np.timedelta64(1, "ns"))
    return range(grid.number(source.start), grid.number(inside) + 1)
