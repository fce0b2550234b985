"""Random error of a covariance: how far chance alone takes it from its ensemble mean."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.tower.uncertainty.noise import LAST, Shapes, noise_lenschow_2000

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
        Standard deviation of the noise, see ``fluxkit.tower.uncertainty.noise``. [any]
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


# ---- the method that is wanted ----


class RandomErrorMethod(NamedTuple):
    """How random errors are made."""

    name: (
        str  #: finkelstein-sims-2001, mann-lenschow-1994, billesbach-2011, lenschow-2000, langford-2015, none
    )
    rate: float  #: [Hz]
    until: str = "first-zero"  #: where an integral time scale ends
    within_scale: bool = False  #: sum no further than the integral time scale, as EddyPro 6 does; it
    #: is then of the first half of the lags given, so that all it can reach are there
    height: Array | float = 0.0  #: with within_scale: measurement height, for its fall-back scale [m]


class RandomError(NamedTuple):
    """Arrays over time."""

    error: Array  #: one standard deviation [units of the covariance]
    time_scale: Array  #: integral time scale [s]
    noise: Array  #: white noise of x, one standard deviation [units of x]
    noise_error: Array  #: the share of the error that is this noise's [units of the covariance]


def random_error(
    ww: Array,
    xx: Array,
    wx: Array,
    *,
    samples: Array,
    wind: Array,
    method: RandomErrorMethod,
    far: Array | None = None,
    shapes: Shapes | None = None,
) -> RandomError:
    """Random error of cov(w, x).

    Parameters
    ----------
    ww, xx : (time, H + 1) arrays
        Auto-covariances at lags 0..H. [any]
    wx : (time, 2 H + 1) array
        Cross-covariances of w(i) and x(i + h), h = -H..H.
    samples : (time,) array
        Number of samples in the covariance.
    wind : (time, 3) array
        Mean wind after rotation. [m s-1]
    method : Method
    far : (time,) array, optional
        Root mean square covariance at far lags, for langford-2015, NaN where a period has none. Where it is
        not given at all, finkelstein-sims-2001 stands in.
    shapes : Shapes, optional
        Of turbulence behind the sensor over the first lags, for the noise: ``noise.StructureShapes``.

    Returns
    -------
    RandomError
    """
    H = ww.shape[1] - 1
    last = H // 2 if method.within_scale else H
    scale = _time_scale(wx[:, H : H + last + 1], wind, method, longest=2.0 * last / method.rate)
    noise = noise_lenschow_2000(xx, shapes) if xx.shape[1] > LAST else np.full(xx.shape[0], np.nan)
    with np.errstate(invalid="ignore"):
        sigma_w, sigma_x = np.sqrt(ww[:, 0]), np.sqrt(xx[:, 0])
    noise_error = lenschow_2000(sigma_w=sigma_w, noise=noise, samples=samples)
    name = "finkelstein-sims-2001" if method.name == "langford-2015" and far is None else method.name
    if name == "finkelstein-sims-2001":
        reach = None
        if method.within_scale:
            steps = np.floor(np.nan_to_num(scale) * method.rate + 0.5).astype(np.int64)
            reach = np.minimum(steps, H)
        error = finkelstein_sims_2001(ww, xx, wx, samples=samples, reach=reach)
    elif name == "mann-lenschow-1994":
        period = np.asarray(samples, dtype=np.float64) / method.rate
        error = mann_lenschow_1994(
            wx[:, H], sigma_w=sigma_w, sigma_x=sigma_x, time_scale=scale, period=period
        )
    elif name == "billesbach-2011":
        error = billesbach_2011(sigma_w=sigma_w, sigma_x=sigma_x, samples=samples)
    elif name == "lenschow-2000":
        error = noise_error
    elif name == "langford-2015" and far is not None:
        error = far
    else:
        error = np.full(samples.shape, np.nan)
    return RandomError(error, scale, noise, noise_error)


def _time_scale(forward: Array, wind: Array, method: RandomErrorMethod, *, longest: float) -> Array:
    """Integral time scale; EddyPro 6 falls back to z / U where it is too long or undefined."""
    scale = integral_time_scale(forward, rate=method.rate, until=method.until)
    if not method.within_scale:
        return scale
    speed = wind[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where((scale > longest) | np.isnan(scale), method.height / speed, scale))
