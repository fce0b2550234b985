"""What the uncertainty of a time lag makes of a covariance."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def covariance_error(
    covariance: Array, lags: Integers, used: Integers, low: Array | None = None, high: Array | None = None
) -> Array:
    """Standard error of a covariance that comes from its lag being uncertain.

    The lag may be anywhere in its interval with equal probability; the error is the root mean square
    of what the covariance would differ by.

    Parameters
    ----------
    covariance : (time, lag) array
        Covariance of vertical wind and scalar. [any]
    lags : (lag,) array
        Ascending by one. [samples]
    used : (time,) array
        [samples]
    low, high : (time,) arrays, optional
        Interval of the lag; at least one sample to either side of the lag used, which is all that a lag in
        whole samples can be known by. [samples]

    Returns
    -------
    (time,) array
        NaN where the covariance is missing. [as covariance]
    """
    least, most = used - 1.0, used + 1.0
    if low is not None and high is not None:
        least, most = np.fmin(least, low), np.fmax(most, high)
    inside = (lags >= least[:, None]) & (lags <= most[:, None]) & np.isfinite(covariance)
    here = np.take_along_axis(covariance, np.clip(used - lags[0], 0, lags.size - 1)[:, None], axis=1)
    squares = np.where(inside, covariance - here, 0.0) ** 2
    count = inside.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (
            np.asarray(np.sqrt(squares.sum(axis=1) / np.where(count > 0, count, np.nan))) + 0.0 * here[:, 0]
        )
