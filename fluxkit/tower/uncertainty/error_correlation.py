"""Correlation between the random errors of two covariances with vertical wind.

A flux that is made of several covariances has the error of their sum: the fluctuation of a density that heat
makes and that density corrections take out again is in cov(w, density) and in cov(w, T) at once.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Signal(NamedTuple):
    """Correlation functions of a scalar at its lag."""

    xx: Array  #: with itself at lags 0..H: (time, H + 1)
    wx: Array  #: of w(i) with x(i + h), h = -H..H: (time, 2 H + 1)


def error_correlation(
    ww: Array, a: Signal, b: Signal, ab: Array, *, method: str, far: Array | None = None
) -> Array:
    """Correlation of the errors of cov(w, a) and cov(w, b).

    Parameters
    ----------
    ww : (time, H + 1) array
        Auto-covariance of w at lags 0..H.
    a, b : Signal
    ab : (time, H + 1) array
        Sum of the cross-covariances of a and b at lags h and -h, h = 0..H.
    method : str
        Of the random error. White noise is independent (lenschow-2000), far lags have a correlation of their
        own (langford-2015), order does not count in billesbach-2011; all others have that of Finkelstein and
        Sims, whose variance of a sum is exact.
    far : (time,) array, optional
        Correlation at far lags, for langford-2015; without it Finkelstein and Sims stand in.

    Returns
    -------
    (time,) array
        NaN where the variances have no estimate. [1]

    References
    ----------
    .. [1] Finkelstein & Sims, J. Geophys. Res. 106, 3503-3509, 2001, eq. 8, of w and a sum of scalars.
    """
    if method == "lenschow-2000":
        return np.zeros(ww.shape[0])
    if method == "langford-2015" and far is not None:
        return far
    with np.errstate(invalid="ignore", divide="ignore"):
        if method == "billesbach-2011":
            return np.asarray(0.5 * ab[:, 0] / np.sqrt(a.xx[:, 0] * b.xx[:, 0]))
        shared = 0.5 * _variance(ww, ab, [(a, b), (b, a)])
        own = [_variance(ww, x.xx, [(x, x)]) for x in (a, b)]
        return np.asarray(shared / np.sqrt(own[0] * own[1]))


def _variance(ww: Array, xy: Array, crosses: list[tuple[Signal, Signal]]) -> Array:
    """Sum over lags of both signs of the terms of Finkelstein and Sims."""
    H = ww.shape[1] - 1
    terms = ww * xy
    for x, y in crosses:
        terms = terms + x.wx[:, H:] * y.wx[:, H::-1]
    terms[:, 1:] *= 2.0
    return np.asarray(terms.sum(axis=1))


def far_correlation(aa: Array, bb: Array, ab: Array, matrix: Array) -> Array:
    """Correlation of two scalars' covariances with w over far lags.

    Parameters
    ----------
    aa, bb, ab : (time, 3, 3) arrays
        Means over far lags of products of the covariances of sonic u, v, w with a and b.
    matrix : (time, 3, 3) array
        Rotation.

    Returns
    -------
    (time,) array
        [1]
    """
    w = matrix[:, 2]
    a, b, both = (np.einsum("ti,tij,tj->t", w, x, w) for x in (aa, bb, ab))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(both / np.sqrt(a * b))


def error_of_sum(
    slopes: Mapping[str, Array],
    errors: Mapping[str, Array],
    correlation: Mapping[tuple[str, str], Array],
    *,
    own: str,
) -> Array:
    """Error of a flux that is linear in covariances.

    Parameters
    ----------
    slopes : mapping of (time,) arrays
        Scalar -> slope of the flux against its covariance.
    errors : mapping of (time,) arrays
        Scalar -> standard error of its covariance.
    correlation : mapping of (time,) arrays
        Two scalars -> correlation of their errors; independent where not given.
    own : str
        The scalar that the flux is of.

    Returns
    -------
    (time,) array
        One standard deviation, in units of the flux; NaN where the own scalar has none. Others that are
        missing add nothing.
    """
    part = {s: slope * errors[s] for s, slope in slopes.items()}
    part = {s: x if s == own else np.nan_to_num(x) for s, x in part.items()}
    total = np.sum([x**2 for x in part.values()], axis=0)
    for (a, b), r in correlation.items():
        if a in part and b in part:
            total = total + 2.0 * np.nan_to_num(r) * part[a] * part[b]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(total))
