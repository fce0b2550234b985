"""Artificial gaps: where a series is measured, it is hidden as it is missing elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fluxkit.ecosystem.filling.long_gaps import Bools, runs
from fluxkit.ecosystem.filling.registry import Array, Integers
from fluxkit.ecosystem.halfhours import HalfHours

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
    on the mean outside outages, so that an outage with nothing beside it is tried nowhere. No two of a
    fold overlap; those of one class of lengths hide a twentieth of the records at most, unless a single
    one is longer than that.

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
                block = _placed(Block(first, stop), taken, before, share, at.per_day, random)
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
    known = set(_classes(own, per_day).tolist())
    further = sorted({gap for other in others for gap in runs(np.isnan(other))})
    kinds = _classes(further, per_day).tolist()
    return own + [gap for gap, kind in zip(further, kinds, strict=True) if kind not in known]


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
        block = _placed(Block(first, first + records), taken, before, measured.mean(), 1, random)
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


def _placed(
    gap: Block, taken: Bools, before: Integers, share: float, step: int, random: np.random.Generator
) -> Block | None:
    """Move a gap by whole steps to where enough is measured and nothing else is hidden."""
    lowest, highest = -(gap.first // step), (taken.size - gap.stop) // step
    if highest < lowest:
        return None
    for shift in random.integers(lowest, highest + 1, _TRIALS):
        first = gap.first + int(shift) * step
        stop = first + gap.size
        there = before[stop] - before[first]
        if there > 0 and there >= _MEASURED * share * gap.size and not taken[first:stop].any():
            return Block(first, stop)
    return None
