"""Drift of a clock, seen in the course of the time lags over days."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]

FEWEST_PER_DAY = 5  #: reliable lags that make a day's
FEWEST_DAYS = 5
MOST_GROUPS = 400  #: longer records are grouped by several days, so that pairs of them stay few
SIGNIFICANCE = 1e-3


class Drift(NamedTuple):
    """Trend of lags."""

    per_day: float  #: Theil-Sen slope [s d-1], NaN where there are too few days
    days: float  #: from the first to the last day that has lags [d]
    significant: bool  #: it is beyond chance, and adds up to a sample or more


NO_DRIFT = Drift(np.nan, 0.0, False)


def lag_drift(time: Times, lag: Array, reliable: Mask, *, rate: float) -> Drift:
    """Robust trend of the time lag of one instrument.

    Two clocks that do not run alike make the lag grow day by day; nothing in the air does.

    Parameters
    ----------
    time : (time,) datetime64 array
    lag : (time,) array
        [s]
    reliable : (time,) bool array
    rate : float
        [Hz]

    Returns
    -------
    Drift

    References
    ----------
    .. [1] Sen, J. Am. Stat. Assoc. 63, 1379-1389, 1968.
    .. [2] Kendall, Rank Correlation Methods, Griffin, 1975 (significance, with ties).
    .. [3] Fratini et al., Biogeosciences 15, 5473-5487, 2018 (what clocks that drift apart do to fluxes).
    """
    day, level = _daily(time, lag, reliable)
    if day.size < FEWEST_DAYS:
        return NO_DRIFT
    first, second = np.triu_indices(day.size, 1)
    rise = level[second] - level[first]
    slope = float(np.median(rise / (day[second] - day[first])))
    span = float(day[-1] - day[0])
    beyond_chance = _kendall(rise, level) > -float(scipy.special.ndtri(SIGNIFICANCE / 2.0))
    return Drift(slope, span, bool(beyond_chance and abs(slope) * span >= 1.0 / rate))


def _daily(time: Times, lag: Array, reliable: Mask) -> tuple[Array, Array]:
    """Day, and mean of the middle half of its lags: finer than a sample, and blind to outliers."""
    good = reliable & np.isfinite(lag)
    if not good.any():
        return np.empty(0), np.empty(0)
    days = (time[good] - time[0]) / np.timedelta64(1, "D")
    together = max(1.0, np.ceil((days[-1] - days[0]) / MOST_GROUPS))
    group = np.floor(days / together).astype(np.int64)
    order = np.lexsort((lag[good], group))
    sorted_lags = lag[good][order]
    starts = np.flatnonzero(np.diff(group[order], prepend=group[order][0] - 1))
    ends = np.append(starts[1:], sorted_lags.size)
    sums = np.concatenate([[0.0], np.cumsum(sorted_lags)])
    quarter = (ends - starts) // 4
    level = (sums[ends - quarter] - sums[starts + quarter]) / (ends - starts - 2 * quarter)
    enough = ends - starts >= FEWEST_PER_DAY
    return (group[order][starts] + 0.5)[enough] * together, level[enough]


def _kendall(rise: Array, level: Array) -> float:
    """Kendall's S over its standard deviation, without sign."""
    n = level.size
    ties = np.unique(level, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - np.sum(ties * (ties - 1) * (2 * ties + 5))) / 18.0
    score = abs(float(np.sign(rise).sum()))
    return max(score - 1.0, 0.0) / np.sqrt(variance) if variance > 0 else 0.0
