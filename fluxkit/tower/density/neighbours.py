"""Humidity that neighbouring periods lend to those whose own is missing."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


def from_neighbours(time: Times, x: Array, *, hours: float) -> Array:
    """Values between those of the nearest periods that have one.

    Parameters
    ----------
    time : (time,) datetime64 array
        Start of each period, in any order.
    x : (time,) array
        NaN where missing. [any]
    hours : float
        How far away a neighbour may be. [h]

    Returns
    -------
    (time,) array
        Where `x` is missing, by a line between the nearest neighbours before and after, or the one of them
        that is there; NaN where both are too far away, and where `x` is known.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange("2024-07-01T00:00", "2024-07-01T02:00", 30, dtype="datetime64[m]")
    >>> from_neighbours(time, np.array([10.0, np.nan, 14.0, np.nan]), hours=1.0)
    array([nan, 12., nan, 14.])
    """
    out = np.full(x.shape, np.nan)
    there = np.flatnonzero(np.isfinite(x))
    wanted = np.flatnonzero(~np.isfinite(x))
    if not there.size or not wanted.size or hours <= 0.0:
        return out
    there = there[np.argsort(time[there], kind="stable")]
    after = np.searchsorted(time[there], time[wanted])
    sides = [there[np.clip(at, 0, there.size - 1)] for at in (after - 1, after)]
    away = [np.abs((time[wanted] - time[side]) / np.timedelta64(1, "h")) for side in sides]
    near = [(after > 0) & (away[0] <= hours), (after < there.size) & (away[1] <= hours)]
    between = x[sides[0]] + (x[sides[1]] - x[sides[0]]) * (away[0] / (away[0] + away[1]))
    alone = np.select(near, [x[side] for side in sides], np.nan)
    out[wanted] = np.where(near[0] & near[1], between, alone)
    return out
