"""Random error of a covariance: how far chance alone takes it from its ensemble mean."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def integral_time_scale(correlation: Array, *, rate: float, until: str = "first-zero") -> Array:
    """Integral of |R(h) / R(0)| from 0 to where the correlation is taken to end.

    Parameters
    ----------
    correlation : (time, H + 1) array
        Cross-covariance at lags 0..H. [any]
    rate : float
        [Hz]
    until : {"first-zero", "e-folding", "all"}
        The first lag at which the correlation is not positive, or not above 1/e; or all lags kept.

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
    if until == "all":
        return np.asarray(np.abs(r).sum(axis=1) / rate)
    floor = {"first-zero": 0.0, "e-folding": np.exp(-1.0)}[until]
    before = np.cumprod(r > floor, axis=1).astype(bool)
    return np.asarray(np.sum(np.where(before, np.abs(r), 0.0), axis=1) / rate)


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


def mann_lenschow_1994(
    covariance: Array, *, sigma_w: Array, sigma_x: Array, time_scale: Array, period: Array | float
) -> Array:
    """Standard error of cov(w, x) from its integral time scale.

    Parameters
    ----------
    covariance : (time,) array
        Of w and x. [any]
    sigma_w, sigma_x : (time,) arrays
        Standard deviations.
    time_scale : (time,) array
        Integral time scale of w'x'. [s]
    period : float or (time,) array
        Averaging period. [s]

    Returns
    -------
    (time,) array
        One standard deviation, in the units of the covariance.

    Notes
    -----
    |cov| sqrt((1 + r^2) / r^2) sqrt(2 time_scale / period) with r = cov / (sigma_w sigma_x), written so that
    it holds for cov = 0 too.

    The scale meant is that of the product w'x'; taken from the cross-covariance, as is usual, it is longer
    and the error two to three times that of Finkelstein & Sims, more with a noisy sensor.

    References
    ----------
    .. [1] Mann & Lenschow, J. Geophys. Res. 99, 14519-14526, 1994.
    .. [2] Lenschow et al., J. Atmos. Oceanic Technol. 11, 661-673, 1994.
    """
    with np.errstate(invalid="ignore"):
        spread = np.sqrt((sigma_w * sigma_x) ** 2 + covariance**2)
        return np.asarray(spread * np.sqrt(2.0 * time_scale / period))


def billesbach_2011(*, sigma_w: Array, sigma_x: Array, samples: Array) -> Array:
    """Standard deviation of the covariance of w with x in random order.

    Parameters
    ----------
    sigma_w, sigma_x : (time,) arrays
        Standard deviations (1/n). [any]
    samples : (time,) array
        Number of samples in the covariance.

    Returns
    -------
    (time,) array
        One standard deviation, in the units of the covariance.

    Notes
    -----
    Shuffling need not be done: over all orders of x the covariance has mean 0 and variance
    sigma_w^2 sigma_x^2 / (n - 1) exactly. The order of samples, and with it the length of eddies, is lost,
    so this is a lower bound: what noise and chance give where neighbours in time are independent.

    References
    ----------
    .. [1] Billesbach, Agric. For. Meteorol. 151, 394-405, 2011, section on the random shuffle method.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.asarray(samples, dtype=np.float64)
        return np.asarray(sigma_w * sigma_x / np.sqrt(np.where(n > 1.0, n - 1.0, np.nan)))


def lenschow_2000(*, sigma_w: Array, noise: Array, samples: Array) -> Array:
    """Share of the standard error of cov(w, x) that is due to the analyser's white noise.

    Parameters
    ----------
    sigma_w : (time,) array
        Standard deviation of vertical wind. [m s-1]
    noise : (time,) array
        Standard deviation of the noise, see ``fluxkit.tower.budgets.noise``. [any]
    samples : (time,) array
        Number of samples in the covariance.

    Returns
    -------
    (time,) array
        One standard deviation, in the units of the covariance.

    References
    ----------
    .. [1] Lenschow et al., J. Atmos. Oceanic Technol. 17, 1330-1347, 2000.
    .. [2] Mauder et al., Agric. For. Meteorol. 169, 122-135, 2013, section on the instrumental noise.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(noise * sigma_w / np.sqrt(samples))


def langford_2015(far: Array, matrix: Array) -> Array:
    """Root mean square of cov(w, x) at lags far beyond any true one: what chance and noise give.

    Parameters
    ----------
    far : (time, 3, 3) array
        Mean over far lags of the products of the covariances of sonic u, v, w with x.
    matrix : (time, 3, 3) array
        Rotation.

    Returns
    -------
    (time,) array
        One standard deviation, in the units of the covariance. Three times that is the limit of detection.

    References
    ----------
    .. [1] Langford et al., Atmos. Meas. Tech. 8, 4197-4213, 2015, section 2.
    .. [2] Spirig et al., Atmos. Chem. Phys. 5, 465-481, 2005 (three standard deviations).
    """
    vertical = matrix[:, 2]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(np.einsum("ti,tij,tj->t", vertical, far, vertical)))
