"""What a filler is worth in gaps of each length, and the intervals that follow from it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.filling.artificial import LIMITS, class_of, days_of_gap, gaps_like, hidden
from fluxkit.ecosystem.filling.registry import Array, Intervals
from fluxkit.ecosystem.halfhours import HalfHours

Predict = Callable[[Array], Array]
#: Share of measured values that the interval of a record is to hold.
COVERAGE = 0.9
#: Blocks of a class from which on it says something.
FEWEST = 3
#: Times that a filler is tried at most: with that many gaps of a length, the worst but one bounds nine in
#: ten.
FOLDS = 12
#: Blocks from which on the conformal quantile is no worse than it must be.
_MANY = 40
#: Classes of predictions in which errors are compared.
_BINS = 10


@dataclass(frozen=True)
class Skill:
    """Errors of a filler in artificial gaps, by classes of their length.

    An error of a record is compared with what errors are at predictions of that size (`scale`), because
    random error and the error of a model both grow with a flux. "Relative" numbers below are in that
    measure.

    Parameters
    ----------
    blocks : (c,) int array
        Artificial gaps of each class of :data:`~fluxkit.ecosystem.filling.artificial.LIMITS`.
    rmse : (c,) array
        Of records [units of the flux].
    efficiency : (c,) array
        One minus the squared errors over those of the mean course of the day; not above 0 where the
        filler knows no more than that.
    bias : (c,) array
        Mean relative error over the blocks, which all gaps of the class have in common.
    bias_error : (c,) array
        Its standard error.
    spread : (c,) array
        Standard deviation of the relative mean error of one block, which each gap has for itself.
    reach : (c,) array
        Relative half width of the interval of a record: the conformal quantile on blocks.
    longest : float
        Length up to which there was skill [d]: the limit of the longest class in which squared errors were
        smaller than those of the mean course of the day, by more than the standard error of that; of the
        class without a limit the longest gap that was tried. What is shorter has data nearer by, so that
        it counts as shown.
    scale_at, scale : (b,) array
        Error that is usual at predictions of some size.
    kind, place : (g,) int array
        Class of each artificial gap, and a number that says which gap it is.
    square : (g,) array
        Its sum of squared errors.
    """

    blocks: npt.NDArray[np.int64]
    rmse: Array
    efficiency: Array
    bias: Array
    bias_error: Array
    spread: Array
    reach: Array
    longest: float
    scale_at: Array
    scale: Array
    kind: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    square: Array

    def better_than(self, other: "Skill", kind: int) -> tuple[float, float]:
        """Return by what share of the other's squared errors this one's are smaller, and its standard error.

        Of the gaps of a class that both were tried in; NaN of fewer than two.
        """
        own, others = np.flatnonzero(self.kind == kind), np.flatnonzero(other.kind == kind)
        _, a, b = np.intersect1d(self.place[own], other.place[others], return_indices=True)
        if a.size < 2:
            return np.nan, np.nan
        theirs = other.square[others][b]
        gain = theirs - self.square[own][a]
        total = max(float(theirs.sum()), 1e-300)
        return float(gain.sum() / total), float(gain.std(ddof=1) * np.sqrt(gain.size) / total)

    def usual_error(self, predicted: Array) -> Array:
        """Return what errors are at such predictions."""
        return np.interp(predicted, self.scale_at, self.scale)

    def intervals(self, predicted: Array, values: Array, at: HalfHours) -> Intervals:
        """Return intervals by the length of the gap; measured records are as the shortest."""
        missing = np.isnan(values)
        kind = self._shown(class_of(days_of_gap(values, at)))
        usual = self.usual_error(predicted)
        reach = self.reach[kind] * usual
        return Intervals(
            lower=predicted - reach,
            upper=predicted + reach,
            gap_sd=np.where(missing, self.spread[kind] * usual, np.nan),
            common_sd=np.where(missing, np.hypot(self.bias, self.bias_error)[kind] * usual, np.nan),
        )

    def _shown(self, kind: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return for each class the nearest one that was tried, the longer of two."""
        tried = np.flatnonzero(self.blocks >= FEWEST)
        if tried.size == 0:
            return kind
        nearest = np.array([min(tried, key=lambda t: (abs(t - c), -t)) for c in range(LIMITS.size)])
        return nearest[kind]


def calibrate(
    predict: Predict,
    values: Array,
    at: HalfHours,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    coverage: float = COVERAGE,
    others: Sequence[Array] = (),
) -> Skill:
    """Try a filler on artificial gaps with the lengths and hours of the series' own.

    Parameters
    ----------
    predict : callable
        Takes a series, NaN where missing, and returns its prediction of every record.
    values : (n,) array
    at : HalfHours
    folds : int
        How often it is tried at most, each time upon other gaps.
    seed : int
    coverage : float
        Share of measured values that intervals shall hold.
    others : sequence of (n,) arrays
        The same series with other records missing, as by other thresholds of u*, whose gaps are to be
        filled by what is found: gaps of theirs of a class that the series has none of are tried too.

    Returns
    -------
    Skill

    References
    ----------
    .. [1] Roberts et al., Ecography 40, 913-929, 2017: blocks for cross-validation where neighbours are
       alike.
    .. [2] Lei et al., J. Am. Stat. Assoc. 113, 1094-1111, 2018, eq. 2: split conformal intervals; here
       with whole gaps as what is exchanged.
    """
    parts = []
    for fold, plan in enumerate(gaps_like(values, at, folds, seed, others=others)):
        kept = hidden(values, plan)
        if not np.isfinite(kept).any():
            continue
        predicted = predict(kept)
        usual = day_course(kept, at)
        for block in plan:
            there = np.arange(block.first, block.stop)
            there = there[np.isfinite(values[there]) & np.isfinite(predicted[there])]
            if there.size:
                kind = int(class_of(np.array(block.size / at.per_day)))
                parts.append(
                    _Tried(
                        fold * values.size + block.first,
                        kind,
                        block.size / at.per_day,
                        predicted[there],
                        values[there],
                        usual[there],
                    )
                )
    return _skill(parts, coverage)


def day_course(values: Array, at: HalfHours) -> Array:
    """Return the mean of each time of the day, as the filler that knows nothing else has it."""
    slot = np.round(at.hour * at.per_day / 24.0 - 0.5).astype(np.int64) % at.per_day
    there = np.isfinite(values)
    count = np.bincount(slot[there], minlength=at.per_day)
    total = np.bincount(slot[there], values[there], minlength=at.per_day)
    everything = values[there].mean() if there.any() else np.nan
    return np.where(count > 0, total / np.maximum(count, 1), everything)[slot]


@dataclass(frozen=True)
class _Tried:
    """Measured records of one artificial gap."""

    place: int
    kind: int
    days: float
    predicted: Array
    values: Array
    usual: Array


def _skill(parts: list[_Tried], coverage: float) -> Skill:
    c = LIMITS.size
    nothing = np.full(c, np.nan)
    if not parts:
        none, no_gap, unknown = np.zeros(c, np.int64), np.zeros(0, np.int64), np.full(1, np.nan)
        return Skill(
            none, nothing, nothing, nothing, nothing, nothing, nothing, 0.0, np.zeros(1), unknown,
            no_gap, no_gap, np.zeros(0),
        )  # fmt: skip
    scale_at, scale = _scale(parts)
    blocks = np.zeros(c, np.int64)
    rmse, efficiency, bias, bias_error, spread, reach = (nothing.copy() for _ in range(6))
    longest = 0.0
    for kind in range(c):
        own = [part for part in parts if part.kind == kind]
        blocks[kind] = len(own)
        if len(own) < FEWEST:
            continue
        error = np.concatenate([part.predicted - part.values for part in own])
        null = np.concatenate([part.usual - part.values for part in own])
        rmse[kind] = np.sqrt(np.mean(error**2))
        efficiency[kind] = 1.0 - np.sum(error**2) / max(float(np.sum(null**2)), 1e-300)
        usual = [np.interp(part.predicted, scale_at, scale) for part in own]
        weight = np.array([size.sum() for size in usual])
        means = np.array([(part.predicted - part.values).sum() for part in own]) / weight
        bias[kind] = np.average(means, weights=weight)
        bias_error[kind] = means.std(ddof=1) * np.sqrt(np.sum(weight**2)) / weight.sum()
        spread[kind] = np.sqrt(
            np.average((means - bias[kind]) ** 2, weights=weight) * len(own) / (len(own) - 1)
        )
        reach[kind] = _reach(
            [np.abs(part.predicted - part.values) / size for part, size in zip(own, usual, strict=True)],
            coverage,
        )
        gain = np.array(
            [np.sum((part.usual - part.values) ** 2 - (part.predicted - part.values) ** 2) for part in own]
        )
        if gain.mean() > gain.std(ddof=1) / np.sqrt(gain.size):  # more than chance would give it
            limit = float(LIMITS[kind])
            longest = limit if np.isfinite(limit) else max(part.days for part in own)
    kinds, places = (np.array([getattr(part, key) for part in parts]) for key in ("kind", "place"))
    square = np.array([np.sum((part.predicted - part.values) ** 2) for part in parts])
    return Skill(
        blocks, rmse, efficiency, bias, bias_error, spread, reach, longest, scale_at, scale,
        kinds, places, square,
    )  # fmt: skip


def _scale(parts: list[_Tried]) -> tuple[Array, Array]:
    """Return the root mean square error at predictions of some size."""
    predicted = np.concatenate([part.predicted for part in parts])
    error = np.concatenate([part.predicted - part.values for part in parts])
    order = np.argsort(predicted, kind="stable")
    bins = np.array_split(order, min(_BINS, max(1, order.size // 20)))
    scale = np.array([np.sqrt(np.mean(error[one] ** 2)) for one in bins])
    floor = 0.05 * np.sqrt(np.mean(error**2))
    return np.array([predicted[one].mean() for one in bins]), np.maximum(scale, max(floor, 1e-12))


def _reach(blocks: list[Array], coverage: float) -> float:
    """Return the relative error that holds the share of the values of a gap that was not tried.

    Of many blocks the conformal quantile with one block more that could be the worst. Of few that would
    be the largest error there is; there the level is such that each block is held so by all others on the
    mean. Records weigh alike, as it is their share that is promised: gaps of seasons with many records
    have other errors than those with few.
    """
    if len(blocks) > _MANY:
        return _quantile(blocks, coverage * (len(blocks) + 1.0) / len(blocks))
    records = [one.size for one in blocks]
    for level in np.linspace(coverage - 0.02, 0.995, 30):
        held = [
            np.mean(one <= _quantile([*blocks[:place], *blocks[place + 1 :]], level))
            for place, one in enumerate(blocks)
        ]
        if np.average(held, weights=records) >= coverage:
            return _quantile(blocks, float(level))
    return _quantile(blocks, 1.0)


def _quantile(blocks: list[Array], level: float) -> float:
    """Return the quantile of the values of all blocks: as many as the level says are not above it."""
    size = np.concatenate(blocks)
    place = min(math.ceil(min(level, 1.0) * size.size - 1e-9), size.size)
    return float(np.partition(size, place - 1)[place - 1])
