"""Random error of a covariance."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def integral_time_scale(correlation: Array, *, rate: float) -> Array:
    """Integral of |R(h) / R(0)| from 0 to its first zero crossing.

    Parameters
    ----------
    correlation : (time, H + 1) array
        Cross-covariance at lags 0..H. [any]
    rate : float
        [Hz]

    Returns
    -------
    (time,) array
        [s]

    References
    ----------
    .. [1] Rannik et al., Atmos. Meas. Tech. 9, 5163-5181, 2016, section 2.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        r = correlation / correlation[:, :1]
    before_zero = np.cumprod(r > 0.0, axis=1).astype(bool)
    return np.asarray(np.sum(np.where(before_zero, np.abs(r), 0.0), axis=1) / rate)


def finkelstein_sims_2001(
    ww: Array, xx: Array, wx: Array, *, samples: Array, reach: npt.NDArray[np.int64] | None = None
) -> Array:
    """Standard error of cov(w, x) by the variance of a covariance.

    Parameters
    ----------
    ww, xx : (time, H + 1) arrays
        Auto-covariances at lags 0..H. [any]
    wx : (time, 2 H + 1) array
        Cross-covariances of w(i) and x(i + h), h = -H..H. [any]
    samples : (time,) array
        Number of samples in the covariance.
    reach : (time,) array, optional
        Largest lag to sum over, H where not given. [samples]

    Returns
    -------
    (time,) array
        One standard deviation, in the units of the covariance.

    References
    ----------
    .. [1] Finkelstein & Sims, J. Geophys. Res. 106, 3503-3509, 2001, eq. 8.
    """
    H = ww.shape[1] - 1
    forward, backward = wx[:, H:], wx[:, H::-1]
    terms = ww * xx + forward * backward
    terms[:, 1:] *= 2.0
    if reach is not None:
        terms = np.where(np.arange(H + 1) <= reach[:, None], terms, 0.0)
    with np.errstate(invalid="ignore"):
        # A sum cut off at H can come out negative; its root, NaN, says that there is no estimate.
        return np.asarray(np.sqrt(terms.sum(axis=1) / samples))
