"""The random error of a covariance by the method that is asked for, from correlation functions."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.tower.budgets.noise import noise_lenschow_2000
from fluxkit.tower.budgets.uncertainty import (
    billesbach_2011,
    finkelstein_sims_2001,
    integral_time_scale,
    lenschow_2000,
    mann_lenschow_1994,
)

Array = npt.NDArray[np.float64]


class Method(NamedTuple):
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
    ww: Array, xx: Array, wx: Array, *, samples: Array, wind: Array, method: Method, far: Array | None = None
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

    Returns
    -------
    RandomError
    """
    H = ww.shape[1] - 1
    last = H // 2 if method.within_scale else H
    scale = _time_scale(wx[:, H : H + last + 1], wind, method, longest=2.0 * last / method.rate)
    noise = noise_lenschow_2000(xx) if xx.shape[1] > 5 else np.full(xx.shape[0], np.nan)
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


def _time_scale(forward: Array, wind: Array, method: Method, *, longest: float) -> Array:
    """Integral time scale; EddyPro 6 falls back to z / U where it is too long or undefined."""
    scale = integral_time_scale(forward, rate=method.rate, until=method.until)
    if not method.within_scale:
        return scale
    speed = wind[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where((scale > longest) | np.isnan(scale), method.height / speed, scale))
