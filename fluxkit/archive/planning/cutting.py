"""A day whose files have several layouts, cut into runs of averaging periods with files of one layout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from fluxkit.archive.planning.sources import UsableFile
from fluxkit.raw.samples import Problem
from fluxkit.tower.periods import Periods, nanoseconds

Shares = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Run:
    """Periods one after the other, and the files of one stretch that may hold samples of them."""

    periods: range
    files: tuple[UsableFile, ...]


def cut_day(
    files: Sequence[UsableFile], periods: range, grid: Periods, problems: list[Problem]
) -> Iterator[Run]:
    """Cut a day where the layout of its files changes.

    A period on the border belongs to the part that holds more of it; what the others hold of it is left
    out, and reported.

    Parameters
    ----------
    files : sequence of Found
        In order of time.
    periods : range
        Those of the day.
    grid : Periods
        The averaging periods.
    problems : list of Problem
        Receives what is left out.
    """
    stretches = [file.stretch for file in files]
    if all(stretch == stretches[0] for stretch in stretches):
        yield Run(periods, tuple(files))
        return
    kinds = [stretches.index(stretch) for stretch in stretches]
    shares = _shares(files, kinds, periods, grid)
    owners = _owners(shares, kinds[0])
    for k, number in enumerate(periods):
        others = np.flatnonzero((shares[:, k] > 0) & (np.arange(shares.shape[0]) != owners[k]))
        problems += [_lost(files, kinds, kind, number, shares[kind, k], grid) for kind in others.tolist()]
    for owner, group in groupby(zip(periods, owners, strict=True), key=lambda pair: pair[1]):
        numbers = [number for number, _ in group]
        here = range(numbers[0], numbers[-1] + 1)
        own = tuple(
            f for f, kind in zip(files, kinds, strict=True) if kind == owner and _touches(f, here, grid)
        )
        yield Run(here, own)


def _shares(files: Sequence[UsableFile], kinds: Sequence[int], periods: range, grid: Periods) -> Shares:
    """Time that the files of each kind cover of each period, (kinds, periods). [ns]"""
    shares = np.zeros((len(files), len(periods)), np.int64)
    starts = [nanoseconds(file.source.start) for file in files]
    edges = np.array([nanoseconds(grid.start(number)) for number in (*periods, periods.stop)])
    for k, (file, kind) in enumerate(zip(files, kinds, strict=True)):
        # An end may be no more than a guess, and then reaches into the next file.
        later = [t for t in starts[k + 1 :] if t > starts[k]]
        end = min([nanoseconds(file.source.end), *later[:1]])
        shares[kind] += np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], starts[k]), 0, None)
    return shares


def _owners(shares: Shares, first: int) -> list[int]:
    """Kind of each period: that which covers most of it; of one without files that of the period before."""
    owners: list[int] = []
    for column in shares.T:
        if column.any():
            first = int(np.argmax(column))
        owners.append(first)
    return owners


def _touches(file: UsableFile, numbers: range, grid: Periods) -> bool:
    source = file.source
    return bool(source.start < grid.end(numbers[-1]) and source.end > grid.start(numbers[0]))


def _lost(
    files: Sequence[UsableFile], kinds: Sequence[int], kind: int, number: int, share: int, grid: Periods
) -> Problem:
    start = np.datetime_as_string(grid.start(number), unit="m")
    here = range(number, number + 1)
    names = [
        str(f.source.path) for f, k in zip(files, kinds, strict=True) if k == kind and _touches(f, here, grid)
    ]
    reason = (
        f"the layout of the files changes within the period {start}Z: files of the other layout hold more of "
        f"it and are used, up to {share / 6e10:.3g} minutes of this one are left out"
    )
    return Problem("; ".join(names), None, "period", reason)
