"""The files of further sources, each with the time it may hold on the clock of the first one."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fluxkit.archive.planning.index import Index
from fluxkit.archive.planning.sources import LeftOut, Look, Source, in_order, with_ends, without_copies
from fluxkit.errors import ReadError
from fluxkit.raw.reading import layout_of
from fluxkit.raw.samples import Problem
from fluxkit.site.models import Site
from fluxkit.site.sections.further_sources import FurtherSource
from fluxkit.site.tables import columns_of, view
from fluxkit.tower.periods import Periods

logger = logging.getLogger(__name__)

#: A source whose samples come this much slower than the slots is told. [1]
_SLOWER = 0.99


@dataclass(frozen=True)
class Beside:
    """Files of a further source."""

    id: str
    sources: tuple[Source, ...]  #: in order of time, which is that of the first source's clock

    def within(self, start: np.datetime64, end: np.datetime64) -> "Beside":
        """Return those that may hold samples between two instants."""
        starts, ends = self._spans
        last = int(np.searchsorted(starts, end))
        near = np.flatnonzero(ends[:last] > start)
        return replace(self, sources=tuple(self.sources[k] for k in near.tolist()))

    @cached_property
    def _spans(self) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]]:
        """Starts and ends, since each day of an archive asks for its own files."""
        spans = np.array([(s.start, s.end) for s in self.sources], "M8[ns]").reshape(-1, 2)
        return spans[:, 0].copy(), spans[:, 1].copy()


@dataclass(frozen=True)
class AllBeside:
    """Files of all further sources of an archive."""

    found: tuple[Beside, ...]
    left: LeftOut
    paths: int  #: files that are there


def find_beside(site: Site, base: Path, index: Index, without: Collection[Path] = ()) -> AllBeside:
    """Find the files of further sources; where one cannot be used, only its variables are lost.

    Parameters
    ----------
    site : Site
        The configuration.
    base : pathlib.Path
        What relative patterns are relative to.
    index : Index
        What was learnt of the files before; what is new goes into it.
    without : collection of pathlib.Path, optional
        Files to leave alone, as if they were not there.

    Raises
    ------
    ConfigError
        A name pattern has no date.
    """
    left, found, count = LeftOut(), [], 0
    for source in site.sources:
        own = view(site, source.id)
        look, timed = Look(layout_of(own), index), []
        paths = [path for path in index.files(own, base) if path not in without]
        count += len(paths)
        for path in paths:
            try:
                timed.append(look.start(path))
            except ReadError as error:
                left.add(path, error.detail, error.line)
        kept = list(without_copies(sorted(timed, key=in_order), left))
        ended = with_ends(kept, lambda _, look=look: look, Periods.of(own))  # type: ignore[misc]
        found.append(Beside(source.id, tuple(on_first_clock(entry, source) for entry in ended)))
        _tell(site, source, ended, left)
    left.tell()
    return AllBeside(tuple(found), left, count)


def on_first_clock(source: Source, by: FurtherSource) -> Source:
    """Return a file with its time on the clock of the first source."""
    ahead = np.timedelta64(round(by.clock_offset_s * 1e9), "ns")
    return replace(source, start=source.start - ahead, end=source.end - ahead)


def _tell(site: Site, source: FurtherSource, files: Sequence[Source], left: LeftOut) -> None:
    names = ", ".join(columns_of(site, source.id))
    if not files:
        patterns = source.files if isinstance(source.files, str) else ", ".join(source.files)
        reason = f"no file of source {source.id!r} can be used: {names} are missing in every period"
        left.problems.append(Problem(patterns, None, "variable", reason))
        logger.warning("sources.%s.files = %s: %s", source.id, patterns, reason)
    elif source.rate < _SLOWER * site.raw.rate:
        logger.warning(
            "source %r has %g samples per second, [raw] %g: each of %s is held for %g s, and what varies "
            "faster is not in its flux; give the instrument's response_time for spectral correction",
            source.id, source.rate, site.raw.rate, names, 1.0 / source.rate,
        )  # fmt: skip
