"""Storage between the ground and the instrument."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


#: Share of a period by which its first and last sub-period must be apart.
LEAST_SPAN = 0.5


def change_within(sums: Array, slots: Array) -> Array:
    """Change over each period, along a line through the means of its first and its last sub-period.

    Parameters
    ----------
    sums : (time, block, 6) array
        Sums over sub-periods of n, t, t^2, x, ...: t is the sample's place in the period, from -1/2 to 1/2, x
        the variable less any reference of the period. [any]
    slots : (time,) array
        Samples that a period has room for.

    Returns
    -------
    (time,) array
        [units of x]; NaN where sub-periods with half of their samples or more are not half a period apart.

    References
    ----------
    .. [1] Finnigan, Agric. For. Meteorol. 136, 108-113, 2006 (change between begin and end of the period).
    """
    n = sums[..., 0]
    kept = n >= 0.5 * np.asarray(slots, dtype=np.float64)[:, None] / n.shape[1]
    first, last = np.argmax(kept, axis=1), n.shape[1] - 1 - np.argmax(kept[:, ::-1], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        place, mean = sums[..., 1] / n, sums[..., 3] / n

    def between(x: Array) -> Array:
        ends = (np.take_along_axis(x, at[:, None], axis=1)[:, 0] for at in (last, first))
        return np.asarray(np.subtract(*ends))

    span = between(place)
    far = kept.any(axis=1) & (span >= LEAST_SPAN)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(far, between(mean) / span, np.nan)


def change_between_means(x: Array, time: npt.NDArray[np.datetime64], *, seconds: float) -> Array:
    """Change of a mean since the period before.

    Parameters
    ----------
    x : (time,) array
        Mean of the period. [any]
    time : (time,) array of datetime64
        Start of the periods, ascending.
    seconds : float
        Length of a period. [s]

    Returns
    -------
    (time,) array
        [units of x]; NaN where the period before is missing.
    """
    change = np.full(x.shape, np.nan)
    if x.size > 1:
        adjacent = np.diff(time) == np.timedelta64(round(seconds * 1e9), "ns")
        change[1:] = np.where(adjacent, np.diff(x), np.nan)
    return change
