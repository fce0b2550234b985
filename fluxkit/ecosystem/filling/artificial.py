"""Artificial gaps: where a series is measured, it is hidden as it is missing elsewhere."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fluxkit.ecosystem.filling.long_gaps import Bools, edges_of, runs
from fluxkit.ecosystem.filling.registry import Array, Integers
from fluxkit.ecosystem.halfhours import HalfHours

#: Gives, of the lowest and the highest shift of a gap, those to try in their order.
Shifts: TypeAlias = Callable[[int, int], Iterable[int]]

#: Longest gap of each class of lengths. [d]
LIMITS = np.array([1.0 / 12.0, 0.5, 1.5, 5.0, 12.0, 20.0, 45.0, 75.0, 120.0, np.inf])
#: Share of the records that gaps of one class may hide at once, unless one gap is more.
_SHARE = 0.05
#: Gaps of one class in one plan, at most.
_MOST = 150
#: Plans that are made at least.
_FEWEST_PLANS = 3
#: Places that are tried for a gap.
_TRIALS = 60
#: Class of lengths from which on a gap is an outage.
_OUTAGE = 4
#: The golden ratio less one.
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
#: What must be measured where a gap is put, against the share outside outages.
_MEASURED = 0.5


@dataclass(frozen=True)
class Block:
    """One artificial gap: records `first` to before `stop`."""

    first: int
    stop: int

    @property
    def size(self) -> int:
        """Records."""
        return self.stop - self.first


def class_of(days: Array) -> Integers:
    """Return the class of a gap's length in days: a place in :data:`LIMITS`."""
    return np.searchsorted(LIMITS, np.asarray(days) - 1e-9)


def gap_of_records(missing: Bools) -> tuple[Integers, Integers]:
    """Return of each record in which gap it is, -1 for none, and the records of each gap."""
    begins = missing & ~np.concatenate([[False], missing[:-1]])
    which = np.where(missing, np.cumsum(begins) - 1, -1)
    return which, np.bincount(which[missing], minlength=int(begins.sum()))


def days_of_gap(values: Array, at: HalfHours) -> Array:
    """Return of each record how long the gap is that it is in [d], 0 where it is measured."""
    which, sizes = gap_of_records(np.isnan(values))
    return np.where(which >= 0, sizes[np.maximum(which, 0)] if sizes.size else 0, 0) / at.per_day


def gaps_like(
    values: Array,
    at: HalfHours,
    folds: int,
    seed: int,
    enough: int = 12,
    *,
    others: Sequence[Array] = (),
) -> list[list[Block]]:
    """Plan artificial gaps with the lengths and the hours of the day of a series' own gaps.

    Each is one of the series' own gaps moved by whole days to where at least half as much is measured as
    on the mean outside outages, so that an outage with nothing beside it is tried nowhere. Those of one
    class of lengths are spread evenly over the series, for a few long ones must tell of all seasons; they
    hide a twentieth of the records at most, unless a single one is longer than that. No two of a fold
    overlap.

    Parameters
    ----------
    values : (n,) array
        NaN where missing.
    at : HalfHours
    folds : int
        How many such plans, at most.
    seed : int
    enough : int
        Gaps of each class with which there are plans enough, from the third plan on.
    others : sequence of (n,) arrays
        Series whose gaps count too, where the first has none of their class of lengths.

    Returns
    -------
    list of lists of Block
        Without those in which nothing could be placed.
    """
    measured = np.isfinite(values)
    own = _with_others(runs(~measured), others, at.per_day)
    if not own or not measured.any():
        return []
    classes = _classes(own, at.per_day)
    before = np.concatenate([[0], np.cumsum(measured)])
    share = _share_between(own, classes, measured)
    plans: list[list[Block]] = []
    placed = np.zeros(LIMITS.size, np.int64)
    shifts = {kind: _evenly(np.random.default_rng([seed, kind]).random()) for kind in np.unique(classes)}
    for fold in range(folds):
        if fold >= _FEWEST_PLANS and placed[np.unique(classes)].min() >= enough:
            break
        random = np.random.default_rng([seed, fold])
        taken = np.zeros(values.size, np.bool_)
        plan: list[Block] = []
        for kind in np.unique(classes)[::-1]:
            budget = _SHARE * values.size
            for index in random.permutation(np.flatnonzero(classes == kind))[:_MOST]:
                first, stop = own[index]
                if stop - first > budget and budget < _SHARE * values.size:
                    break
                block = _placed(Block(first, stop), taken, before, share, at.per_day, shifts[kind])
                if block is not None:
                    plan.append(block)
                    taken[block.first : block.stop] = True
                    placed[kind] += 1
                    budget -= block.size
        plans.append(plan)
    return [plan for plan in plans if plan]


def _classes(gaps: list[tuple[int, int]], per_day: int) -> Integers:
    """Return the class of each gap."""
    return class_of(np.array([stop - first for first, stop in gaps], np.float64) / per_day)


def _share_between(gaps: list[tuple[int, int]], classes: Integers, measured: Bools) -> float:
    """Return the share of records that are measured outside outages."""
    outage = np.zeros(measured.size, np.bool_)
    for (first, stop), kind in zip(gaps, classes.tolist(), strict=True):
        outage[first:stop] = kind >= _OUTAGE
    return float(measured.sum() / max(1, np.count_nonzero(measured | ~outage)))


def _with_others(own: list[tuple[int, int]], others: Sequence[Array], per_day: int) -> list[tuple[int, int]]:
    """Add gaps of other series that are of a class that a series has none of."""
    known = _classes(own, per_day)
    further: set[tuple[int, int]] = set()
    for other in others:
        edges = edges_of(np.isnan(other))
        strange = ~np.isin(class_of((edges[:, 1] - edges[:, 0]) / per_day), known)
        further |= {(int(first), int(stop)) for first, stop in edges[strange]}
    return own + sorted(further)


def gaps_of(values: Array, at: HalfHours, records: int, seed: int, *, share: float = 0.1) -> list[Block]:
    """Plan artificial gaps of one length, which together hide a share of a series, one at least."""
    measured = np.isfinite(values)
    before = np.concatenate([[0], np.cumsum(measured)])
    random = np.random.default_rng([seed, records])
    taken = np.zeros(values.size, np.bool_)
    plan: list[Block] = []
    wanted = max(1, round(share * values.size / records))
    for _ in range(wanted):
        first = int(random.integers(0, max(values.size - records, 1)))
        block = _placed(Block(first, first + records), taken, before, measured.mean(), 1, _at_random(random))
        if block is not None:
            plan.append(block)
            taken[block.first : block.stop] = True
    return plan


def hidden(values: Array, plan: list[Block]) -> Array:
    """Return the series with its artificial gaps."""
    out = values.copy()
    for block in plan:
        out[block.first : block.stop] = np.nan
    return out


def _evenly(begin: float) -> Shifts:
    """Spread shifts evenly: each is farthest from those before, as multiples of the golden ratio are."""
    places = itertools.count()

    def shifts(lowest: int, highest: int) -> Iterable[int]:
        for place in itertools.islice(places, _TRIALS):
            yield lowest + int((begin + place * _GOLDEN) % 1.0 * (highest - lowest + 1))

    return shifts


def _at_random(random: np.random.Generator) -> Shifts:
    """Draw shifts, each as probable as any other."""
    return lambda lowest, highest: random.integers(lowest, highest + 1, _TRIALS).tolist()


def _placed(
    gap: Block, taken: Bools, before: Integers, share: float, step: int, shifts: Shifts
) -> Block | None:
    """Move a gap by whole steps to where enough is measured and nothing else is hidden."""
    lowest, highest = -(gap.first // step), (taken.size - gap.stop) // step
    if highest < lowest:
        return None
    for shift in shifts(lowest, highest):
        first = gap.first + shift * step
        stop = first + gap.size
        there = before[stop] - before[first]
        if there > 0 and there >= _MEASURED * share * gap.size and not taken[first:stop].any():
            return Block(first, stop)
    return None
