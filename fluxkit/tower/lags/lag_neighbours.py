"""Lags that neighbouring periods lend to those whose own is not reliable."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]


def reliable_lags(lag: Array, low: Array, high: Array, *, first: float, last: float, widest: float) -> Mask:
    """Lags whose interval is narrow and that do not lie on the edge of the window.

    Parameters
    ----------
    lag, low, high : (time,) arrays
        Lag and its interval, NaN where there is none. [s]
    first, last : float
        The window searched. [s]
    widest : float
        Of the intervals that are accepted. [s]

    Returns
    -------
    (time,) bool array

    References
    ----------
    .. [1] Vitale et al., Environ. Ecol. Stat. 31, 219-244, 2024 (the width of the interval as the judge).
    """
    step = 1e-9  # lags are whole samples in seconds
    return np.asarray((high - low <= widest + step) & (lag > first + step) & (lag < last - step))


def lend(time: Times, lag: Array, reliable: Mask, *, seconds: float, reach: float, fewest: int) -> Array:
    """Median of the reliable lags around each period.

    Parameters
    ----------
    time : (time,) datetime64 array
        Start of each period, ascending.
    lag : (time,) array
        [s]
    reliable : (time,) bool array
    seconds : float
        Length of a period. [s]
    reach : float
        How far to either side a neighbour may be. [s]
    fewest : int
        Fewer neighbours lend nothing.

    Returns
    -------
    (time,) array
        NaN where nothing is lent. [s]
    """
    if lag.size == 0:
        return lag.copy()
    slot = np.rint((time - time[0]) / np.timedelta64(round(seconds * 1e9), "ns")).astype(np.int64)
    half = max(1, round(reach / seconds))
    line = np.full(int(slot[-1]) + 1 + 2 * half, np.nan)
    line[slot + half] = np.where(reliable, lag, np.nan)
    # A stretch at a time: the neighbours of ten years' periods would be a matrix of 300 MB.
    return np.concatenate(
        [_median(line, part, 2 * half + 1, fewest) for part in np.array_split(slot, slot.size // 5000 + 1)]
    )


def _median(line: Array, slot: npt.NDArray[np.int64], width: int, fewest: int) -> Array:
    around = np.sort(np.lib.stride_tricks.sliding_window_view(line, width)[slot], axis=1)  # NaN come last
    count = np.isfinite(around).sum(axis=1)
    middle = np.maximum(count - 1, 0)
    pair = np.take_along_axis(around, np.stack([middle // 2, (middle + 1) // 2], axis=1), axis=1)
    return np.where(count >= fewest, pair.mean(axis=1), np.nan)
