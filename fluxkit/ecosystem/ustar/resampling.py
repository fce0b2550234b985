"""Resamples of the records of seasons and years."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from fluxkit.ecosystem.ustar.nights import Bools, Records
from fluxkit.ecosystem.ustar.seasons import Integers

#: (places of all records by season, year) -> how often each resample holds each useful one, (b, n) by season.
Draw: TypeAlias = Callable[[dict[int, Integers], int], dict[int, Integers]]


def each_year(
    records: Records, seasons: dict[int, Integers], years: dict[int, int], draw: Draw
) -> Iterator[tuple[int, dict[int, Integers], dict[int, Integers]]]:
    """Yield each year with the useful places of its seasons, and how often each resample holds them.

    Parameters
    ----------
    records : Records
    seasons : dict
        Places of all records of each season.
    years : dict
        The year of each season.
    draw : callable
    """
    for year in sorted(set(years.values())):
        places = {s: p for s, p in seasons.items() if years[s] == year}
        yield year, {s: p[records.useful[p]] for s, p in places.items()}, draw(places, year)


def as_they_are(records: Records) -> Draw:
    """Return a draw that takes each record once."""

    def draw(places: dict[int, Integers], year: int) -> dict[int, Integers]:
        return {s: np.ones((1, int(records.useful[p].sum())), np.int64) for s, p in places.items()}

    return draw


def of_seasons(records: Records, bootstraps: int, seed: int) -> Draw:
    """Return a draw with replacement within each season, of all records by day and night, as REddyProc's.

    Each season has a stream of its own: what it draws does not depend on what else there is.
    """

    def draw(places: dict[int, Integers], year: int) -> dict[int, Integers]:
        return {
            s: _copies(np.random.default_rng([seed, s]), records.useful[p], bootstraps)
            for s, p in places.items()
        }

    return draw


def of_years(records: Records, bootstraps: int, seed: int) -> Draw:
    """Return a draw with replacement within each year, of all records by day and night, as ONEFlux'."""

    def draw(places: dict[int, Integers], year: int) -> dict[int, Integers]:
        useful = np.concatenate([records.useful[p] for p in places.values()])
        copies = _copies(np.random.default_rng([seed, year]), useful, bootstraps)
        ends = np.cumsum([int(records.useful[p].sum()) for p in places.values()])
        return dict(zip(places, np.split(copies, ends[:-1], axis=1), strict=True))

    return draw


def _copies(rng: np.random.Generator, useful: Bools, bootstraps: int) -> Integers:
    """Draw as many records as there are; returns how often each useful one was, (bootstraps, useful)."""
    out = np.empty((bootstraps, int(useful.sum())), np.int64)
    for b in range(bootstraps):
        drawn = rng.integers(0, useful.size, useful.size, dtype=np.uint32)
        out[b] = np.bincount(drawn, minlength=useful.size)[useful]
    return out
