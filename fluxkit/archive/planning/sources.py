"""The raw files of an archive in order of time, each with the time it may hold and the site that suits it."""

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np

from fluxkit.archive.planning.far_files import far_groups
from fluxkit.archive.planning.index import Index, Times, layout_digest
from fluxkit.archive.planning.layouts import Refusal, Rule, Sighted, find_layouts
from fluxkit.archive.stretches import Stretch
from fluxkit.errors import ReadError
from fluxkit.interruption import give_way
from fluxkit.raw.extent import extent
from fluxkit.raw.filetime import file_start
from fluxkit.raw.grid import fits_another_rate
from fluxkit.raw.layout import Layout
from fluxkit.raw.peek import first_time
from fluxkit.raw.reading import layout_of
from fluxkit.raw.samples import Problem
from fluxkit.raw.signature import Signature
from fluxkit.schema.provenance import file_sha256
from fluxkit.site.models import Site
from fluxkit.site.variants import Variant, variants
from fluxkit.tower.periods import Periods, nanoseconds

logger = logging.getLogger(__name__)

_NS = 1_000_000_000
#: Spacings of the archive's files by which a file of unknown length may overlap the next.
_REACH = 2
#: Files that are told one by one where they are left out for the same reason.
_EACH = 3
_NUMBERS = re.compile(r"\d+")
#: By how much a file may begin before the change from which on it is laid out. [ns]
_EARLY = _NS


@dataclass(frozen=True)
class Source:
    """A raw file and the time it may hold."""

    path: Path
    start: np.datetime64  #: UTC, ns
    end: np.datetime64  #: UTC, ns; no sample is behind it, as far as is known
    cut: bool = False  #: whether the file goes on before start or behind end, where [[changes]] hold
    #: its start by the clock before that was set back, of a file that begins in the second of two equal hours
    first_hour: np.datetime64 | None = None

    def layout(self, usual: Layout) -> Layout:
        """Return the layout by which it is read."""
        back = None if self.first_hour is None else usual.set_back(nanoseconds(self.first_hour))
        return usual if back is None else back


@dataclass(frozen=True)
class UsableFile:
    """A raw file that can be used."""

    source: Source
    site: Site  #: that suits it
    stretch: Stretch  #: how that follows from the configuration


@dataclass
class LeftOut:
    """Files that no day will see."""

    problems: list[Problem] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    _untold: dict[str, list[Problem]] = field(default_factory=dict)  #: by reason without its numbers

    def add(self, path: Path, reason: str, line: int | None = None) -> None:
        """Add a file; `tell` says it."""
        problem = Problem(str(path), line, "file", reason)
        self.problems.append(problem)
        self.paths.append(path)
        self._untold.setdefault(_NUMBERS.sub("", reason), []).append(problem)

    def add_group(self, paths: Sequence[Path], reason: str) -> None:
        """Add files for one reason, told once."""
        self.problems += [Problem(str(path), None, "file", reason) for path in paths]
        self.paths += paths
        logger.warning("left out: %s (%s%s)", reason, paths[0], " ..." if len(paths) > 1 else "")

    def tell(self) -> None:
        """Say what was added: what many files have in common in one sentence."""
        for same in self._untold.values():
            for problem in same[: _EACH if len(same) <= _EACH else 1]:
                logger.warning("%s is left out: %s", problem.path, problem.reason)
            if len(same) > _EACH:
                logger.warning("%d more files are left out like %s", len(same) - 1, same[0].path)
        self._untold.clear()


@dataclass
class Sources:
    """The raw files of an archive."""

    found: list[UsableFile] = field(default_factory=list)  #: in order of time
    left: LeftOut = field(default_factory=LeftOut)
    told: list[str] = field(default_factory=list)  #: what changes from file to file, in order of time
    paths: int = 0  #: files that raw.files names, now or then


def find_sources(site: Site, base: Path, index: Index, without: Collection[Path] = ()) -> Sources:
    """Find the files of a site, their times, and how each is laid out.

    Parameters
    ----------
    site : Site
        The configuration.
    base : pathlib.Path
        What relative patterns in ``raw.files`` are relative to.
    index : Index
        What was learnt of the files before; what is new goes into it.
    without : collection of pathlib.Path, optional
        Files to leave alone, as if they were not there.

    Raises
    ------
    ConfigError
        The name pattern has no date.
    """
    out, looks = Sources(), _Looks(index)
    unclaimed: dict[Path, tuple[str, int | None]] = {}
    claimed: dict[Path, UsableFile] = {}
    spans = variants(site)
    rules: list[tuple[Variant[Site], Rule, dict[Path, Signature | None]]] = []
    number: dict[Path, int] = {}
    for variant in spans:
        named = index.files(variant.site, base)
        paths = [path for path in named if path not in claimed and path not in without]
        rule, timed = _timed(paths, variant, looks, unclaimed)
        timed = _twice(timed, looks.of(variant.site), index, out.told)
        before = [path for path in named if path in claimed]  # a file may reach into this span
        seen_before = looks.of(variant.site).signatures(before) if before else {}
        rules.append((variant, rule, seen_before))
        starts = {source.path: source for source, _ in timed}
        files = sorted((Sighted(s.path, s.start, seen) for s, seen in timed), key=lambda f: (f.start, f.path))
        result = find_layouts(files, rule)
        if variant.start is not None and files:
            out.told.append(variant.description)
        out.told += [*rule.doubts(), *result.told]
        for file, adapted in result.files:
            stretch = Stretch.of(variant, adapted.raw, adapted.columns)
            claimed[file.path] = UsableFile(starts[file.path], adapted.site, stretch)
            number[file.path] = len(rules) - 1
        unclaimed |= {path: (reason, None) for path, reason in result.refused}
    for path, (reason, line) in unclaimed.items():
        if path not in claimed:
            out.left.add(path, reason, line)
    out.paths = len(unclaimed.keys() | claimed.keys())
    sources = sorted((f.source for f in claimed.values()), key=in_order)
    if site.raw.far_files == "leave-out":
        sources = _without_far(sources, out.left)
    kept = list(without_copies(sources, out.left))
    out.left.tell()
    out.told += told_rate(kept, lambda source: looks.for_file(source, claimed[source.path].site))
    ended = with_ends(
        kept, lambda source: looks.for_file(source, claimed[source.path].site), Periods.of(site)
    )
    for source in ended:
        usable = replace(claimed[source.path], source=source)
        out.found += _cut_at_changes(usable, rules[number[source.path] :], looks, out.told)
    out.found.sort(key=lambda file: in_order(file.source))
    return out


def _cut_at_changes(
    file: UsableFile,
    spans: Sequence[tuple[Variant[Site], Rule, Mapping[Path, Signature | None]]],
    looks: "_Looks",
    told: list[str],
) -> Iterator[UsableFile]:
    """Yield a file once for each variant that it has samples of: each reads its own records."""
    source, path = file.source, file.source.path
    until = spans[0][0].end
    if until is None or source.end <= until + np.timedelta64(_EARLY, "ns"):
        yield file
        return
    look = looks.for_file(source, file.site)
    source = replace(source, end=_read_end(source, look, source.end - source.start).end)  # no guess any more
    for (variant, _, _), (later, rule, seen) in pairwise(spans):
        end = variant.end
        if end is None or path not in seen or source.end <= end + np.timedelta64(_EARLY, "ns"):
            break
        try:
            adapted = rule.of(seen[path])
        except Refusal as reason:
            told.append(f"{path} reaches behind {np.datetime_as_string(end, unit='s')}Z, but {reason}")
            break
        yield replace(file, source=replace(source, end=end, cut=True))
        source = replace(source, start=end, cut=True)
        stretch = Stretch.of(later, adapted.raw, adapted.columns)
        if later.description not in told:
            told.append(later.description)
        file = UsableFile(source, adapted.site, stretch)
    yield replace(file, source=source)


def _timed(
    paths: Sequence[Path],
    variant: Variant[Site],
    looks: "_Looks",
    unclaimed: dict[Path, tuple[str, int | None]],
) -> tuple[Rule, list[tuple[Source, Signature | None]]]:
    """Return the files of a variant with their start; the end stays unknown unless a file had to be read."""
    seen = looks.of(variant.site).signatures(paths)
    rule = Rule(variant.site, [signature for signature in seen.values() if signature is not None], seen)
    timed = []
    for path, signature in seen.items():
        give_way()
        site, refused = variant.site, ""
        try:
            site = rule.of(signature).site
        except Refusal as reason:  # told with the others, of the stretch in which it lies
            refused = str(reason)
        try:
            source = looks.of(site).start(path)
        except ReadError as error:
            unclaimed[path] = (refused, None) if refused else (error.detail, error.line)
            continue
        if _within(source, variant):
            timed.append((source, signature))
        else:
            begin = np.datetime_as_string(source.start, unit="s")
            unclaimed[path] = (f"begins {begin}Z, when raw.files of [[changes]] name other files", None)
    return rule, timed


def _twice(
    timed: list[tuple[Source, Signature | None]], look: "Look", index: Index, told: list[str]
) -> list[tuple[Source, Signature | None]]:
    """Put files into the second of two hours with one name, where the first has another file at that time.

    Names are in order of time: of two files that begin at once, the later in that order is the second.
    """
    if look.layout.file_time == "name" or not look.layout.offset_changes:
        return timed
    seen: list[Source] = []
    moved: list[Source] = []
    out = []
    for source, signature in sorted(timed, key=lambda pair: _natural(pair[0].path)):
        layout = look.layout.set_back(nanoseconds(source.start))
        near = [s for s in seen if abs(nanoseconds(s.start) - nanoseconds(source.start)) <= _EARLY]
        if layout is not None and near and _digest(near[0].path) != _digest(source.path):
            source = replace(Look(layout, index).start(source.path), first_hour=source.start)
            moved.append(source)
        elif layout is not None:
            seen.append(source)
        out.append((source, signature))
    if moved:
        told.append(
            f"the clock was set back: {len(moved)} files begin at a time that another has too, the later in "
            f"order of names is taken for the second such hour (first: {moved[0].path})"
        )
    return out


def _natural(path: Path) -> list[tuple[int, str]]:
    """Key by which names are sorted, with their numbers as numbers."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", str(path))]


def _within(source: Source, variant: Variant[Site]) -> bool:
    early = source.start + np.timedelta64(_EARLY, "ns")
    return bool(
        (variant.start is None or early >= variant.start) and (variant.end is None or early < variant.end)
    )


def in_order(source: Source) -> tuple[int, str]:
    """Key by which files are sorted: their start, then their path."""
    return nanoseconds(source.start), str(source.path)


class _Looks:
    """Opens files to find their layout."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._made: dict[int, tuple[Site, Look]] = {}  # a site that is held keeps its number

    def of(self, site: Site) -> "Look":
        """Return the object that examines the files of a site."""
        if id(site) not in self._made:
            self._made[id(site)] = (site, Look(layout_of(site), self._index))
        return self._made[id(site)][1]

    def for_file(self, source: Source, site: Site) -> "Look":
        """Return the object that examines a file, by the layout of its own if it has one."""
        usual = self.of(site)
        return usual if source.first_hour is None else Look(source.layout(usual.layout), self._index)


class Look:
    """Opens files to find their times and layout, except those that the index knows."""

    def __init__(self, layout: Layout, index: Index) -> None:
        self.layout = layout
        self._index, self._digest = index, layout_digest(layout)

    def signatures(self, paths: Sequence[Path]) -> dict[Path, Signature | None]:
        """Return the layouts that the heads of files show."""
        return self._index.signatures(paths, self._digest, self.layout)

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
        """Return the time of a file's samples, by reading what tells it."""
        known = self._index.times(path, self._digest)
        if known is not None and known.end > known.start:
            return Source(path, known.start, known.end)
        start, slots = extent(path, self.layout)
        length = np.timedelta64(round(slots * _NS / self.layout.rate), "ns")
        return self._kept(Source(path, start, start + length))

    def _kept(self, source: Source) -> Source:
        self._index.remember(source.path, self._digest, Times(source.start, source.end))
        return source


def _without_far(sources: list[Source], left: LeftOut) -> list[Source]:
    """Leave out files that lie far from all others, with one warning for neighbours."""
    far: set[int] = set()
    for group in far_groups([source.start for source in sources]):
        reason = group.reason(sources[group.places[0]].start)
        left.add_group([sources[k].path for k in group.places], reason)
        far.update(group.places.tolist())
    return [source for k, source in enumerate(sources) if k not in far]


def without_copies(sources: Sequence[Source], left: LeftOut) -> Iterator[Source]:
    """Leave out files with the same start and the same bytes."""
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


def told_rate(sources: Sequence[Source], look_of: Callable[[Source], Look]) -> Iterator[str]:
    """Say it once where the records of a file, until the next one's name, are those of another rate."""
    gaps = np.diff([nanoseconds(source.start) for source in sources])
    if gaps.size < 2:
        return
    usual = int(np.median(gaps))
    chosen = sources[int(np.argmin(np.abs(gaps - usual)))]
    look = look_of(chosen)
    layout = look.layout
    if layout.file_time != "name" or layout.file_minutes is not None or layout.time_column is not None:
        return
    try:
        measured = look.measured(chosen.path)
    except ReadError:  # its day tells
        return
    found = (nanoseconds(measured.end) - nanoseconds(measured.start)) / max(usual, 1) * layout.rate
    if fits_another_rate(found, layout.rate):
        yield (
            f"{chosen.path}: its records up to the time in the next name are {found:.4g} Hz, but raw.rate = "
            f"{layout.rate:g} Hz: check raw.rate"
        )


def with_ends(sources: list[Source], look_of: Callable[[Source], Look], grid: Periods) -> list[Source]:
    """Give each file the end of its samples, reading only those that may reach into another day."""
    starts = [nanoseconds(source.start) for source in sources]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    reach = _REACH * int(np.median(gaps)) if gaps else 1
    ended = []
    for source, gap in zip(sources, [*gaps, 0], strict=False):
        look = look_of(source)
        if look.layout.file_time == "name" and look.layout.file_minutes is not None:
            length = np.timedelta64(round(look.layout.file_minutes * 60 * _NS), "ns")
            ended.append(replace(source, end=source.start + length))
            continue
        if source.end > source.start:
            ended.append(source)
            continue
        horizon = source.start + np.timedelta64(max(reach, gap), "ns")
        same_day = grid.date(grid.number(horizon)) == grid.date(grid.number(source.start))
        if same_day and horizon <= sources[-1].start:
            ended.append(replace(source, end=horizon))
        else:
            ended.append(_read_end(source, look, np.timedelta64(reach, "ns")))
    return sorted(ended, key=in_order)


def _read_end(source: Source, look: Look, otherwise: np.timedelta64) -> Source:
    try:
        return replace(look.measured(source.path), first_hour=source.first_hour)
    except ReadError:  # the day's task tells it, with the file's status
        return replace(source, end=source.start + otherwise)
