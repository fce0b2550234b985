"""The curve of a fit: how concentration rises from where its slope is taken."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fluxkit.kernels.closure import shapes

Array = npt.NDArray[np.float64]


def course(
    model: str, t: Array, *, c0: float, slope: float, shape: float, extra: float = np.nan, t0: float = 0.0
) -> Array:
    """Return the concentration that a fit has at times, in the unit of ``c0``.

    Parameters
    ----------
    model : str
        Of ``models.MODELS``.
    t : (n,) array
        Times, counted as those that were fitted. [s]
    c0, slope, shape, extra, t0 : float
        Of one closure, see `fluxkit.chamber.fits.fits.Fit`; ``slope`` and ``extra`` per second.

    Returns
    -------
    (n,) array
        NaN throughout where the fit is missing.

    Raises
    ------
    KeyError
        The model is not known.

    Examples
    --------
    >>> course("quadratic", np.array([0.0, 10.0]), c0=400.0, slope=0.5, shape=-0.01).tolist()
    [400.0, 404.0]
    >>> t = np.array([0.0, 100.0])
    >>> course("hm", t, c0=400.0, slope=0.5, shape=0.01).round(2).tolist()
    [400.0, 431.61]
    """
    return np.asarray(c0 + _RISES[model](t - t0, slope, shape, extra))


def unit_courses(kind: str, curvature: Array, x: Array) -> Array:
    """Return curves that rise from 0 with slope 1, (curve, n), of times x scaled to a window of length 1.

    Parameters
    ----------
    kind : str
        Of ``models.MODELS``.
    curvature : (curve,) array
        Shape times the window's length. [1]
    x : (n,) array
        From 0 to 1.
    """
    return np.stack([_RISES[kind](x, 1.0, float(k), np.nan) for k in curvature])


def _straight(t: Array, slope: float, shape: float, extra: float) -> Array:
    return slope * t


def _parabola(t: Array, slope: float, shape: float, extra: float) -> Array:
    return slope * t + shape * t * t


def _levelling(t: Array, slope: float, shape: float, extra: float) -> Array:
    return slope * _shape(shapes.HM, t, shape)


def _beside_line(t: Array, slope: float, shape: float, extra: float) -> Array:
    return extra * t + (slope - extra) * _shape(shapes.HM, t, shape)


def _diffusion(t: Array, slope: float, shape: float, extra: float) -> Array:
    return slope * _shape(shapes.NDFE, np.maximum(t, 0.0), np.sqrt(max(shape, 0.0)))


def _shape(kind: int, t: Array, of: float) -> Array:
    x, dx = np.empty(t.size), np.empty(t.size)
    shapes.shape(kind, np.ascontiguousarray(t, np.float64), of, x, dx)
    return x


#: Every model of ``models.MODELS``: how it rises with the time since ``t0``.
_RISES: dict[str, Callable[[Array, float, float, float], Array]] = {
    "linear": _straight,
    "robust": _straight,
    "quadratic": _parabola,
    "hm": _levelling,
    "licor": _levelling,
    "zhao": _beside_line,
    "ndfe": _diffusion,
    "three-point": _levelling,
}
