"""Isotopic composition of what a closed chamber takes up: the intercept of Keeling's line.

The gas in the chamber is a mixture of what was there and of what came in, so that its isotopic ratio
is a line against the inverse of its mole fraction; at 1/c = 0 stands the source.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

METHODS = ("ols", "geometric-mean", "york")


@dataclass(frozen=True)
class Keeling:
    """Lines of delta against 1 / c; arrays of shape (closure,), NaN where there are no three points."""

    method: str
    source: Array  #: intercept, the source's delta, in the unit of delta
    source_se: Array
    slope: Array  #: [unit of delta times mol mol-1]
    slope_se: Array
    r2: Array  #: [1]
    n: npt.NDArray[np.int64]


def keeling(
    c: Array, delta: Array, offsets: npt.NDArray[np.int64], *, method: str = "ols",
    c_error: Array | float = np.nan, delta_error: Array | float = np.nan,
) -> Keeling:  # fmt: skip
    """Source of each closure from mole fraction and isotopic ratio.

    Parameters
    ----------
    c : ndarray, shape (n,)
        Dry mole fraction. [mol mol-1]
    delta : ndarray, shape (n,)
        Isotopic ratio, e.g. delta 13C. [per mil]
    offsets : ndarray, shape (closure + 1,)
        Closure k owns the points ``offsets[k]:offsets[k + 1]``.
    method : str
        ``ols``: least squares of delta, the least biased where the range of c is small (Zobitz et al. 2006);
        ``geometric-mean``: slope of least squares over the correlation (Pataki et al. 2003); ``york``:
        both errors (York et al. 2004), which needs ``c_error`` and ``delta_error``.
    c_error : float or ndarray, shape (n,)
        Standard uncertainty of c. [mol mol-1]
    delta_error : float or ndarray, shape (n,)
        Standard uncertainty of delta. [per mil]

    Returns
    -------
    Keeling

    Raises
    ------
    ValueError
        The method is not known, or its errors are missing.

    References
    ----------
    .. [1] Keeling, C. D., "The concentration and isotopic abundances of atmospheric carbon dioxide in rural
       areas", Geochim. Cosmochim. Acta 13, 322-334, 1958.
    .. [2] Pataki, D. E., et al., "The application and interpretation of Keeling plots in terrestrial
       carbon cycle research", Global Biogeochem. Cycles 17, 1022, 2003.
    .. [3] Zobitz, J. M., Keener, J. P., Schnyder, H., Bowling, D. R., "Sensitivity analysis and
       quantification of uncertainty for isotopic mixing relationships in carbon cycle research", Agric.
       For. Meteorol. 136, 56-75, 2006.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> c = np.array([400.0, 450.0, 500.0]) * 1e-6
    >>> delta = -26.0 + 18.0 * 400e-6 / c  # air of -8 permil, mixed with a source of -26 permil
    >>> found = fk.chamber.keeling(c, delta, np.array([0, 3]))
    >>> found.source.round(2)
    array([-26.])
    """
    if method not in METHODS:
        raise ValueError(f"unknown line {method!r}; known: {', '.join(METHODS)}")
    size = offsets.size - 1
    sx, sy = (np.broadcast_to(np.asarray(e, np.float64), c.shape) for e in (c_error, delta_error))
    if method == "york" and c.size and not (np.any(sx > 0) and np.any(sy > 0)):
        raise ValueError("method 'york' needs c_error and delta_error")
    rows = np.full((size, 5), np.nan)
    n = np.zeros(size, np.int64)
    for k in range(size):
        inside = slice(offsets[k], offsets[k + 1])
        fine = np.isfinite(c[inside]) & np.isfinite(delta[inside]) & (c[inside] > 0)
        mole, ratio = c[inside][fine], delta[inside][fine]
        n[k] = mole.size
        if mole.size < 3 or np.ptp(mole) == 0:
            continue
        x = 1.0 / mole
        if method == "york":
            rows[k] = york_line(x, ratio, sx[inside][fine] * x * x, sy[inside][fine])
        else:
            rows[k] = _line(x, ratio, geometric=method == "geometric-mean")
    source, source_se, slope, slope_se, r2 = rows.T
    return Keeling(method, source, source_se, slope, slope_se, r2, n)


def york_line(x: Array, y: Array, x_error: Array, y_error: Array) -> tuple[float, float, float, float, float]:
    """Line through points with errors on both sides: intercept, its error, slope, its error, r2.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
    x_error, y_error : ndarray, shape (n,)
        Standard uncertainties, independent of one another. Errors of the line follow from them, widened
        where the scatter about the line is larger.

    References
    ----------
    .. [1] York, D., Evensen, N. M., Lopez Martinez, M., De Basabe Delgado, J., "Unified equations for the
       slope, intercept, and standard errors of the best straight line", Am. J. Phys. 72, 367-375, 2004.
    """
    wx, wy = 1.0 / x_error**2, 1.0 / y_error**2
    slope = _line(x, y, geometric=False)[2]
    for _ in range(200):
        w = wx * wy / (wx + slope * slope * wy)
        mx, my = np.average(x, weights=w), np.average(y, weights=w)
        u, v = x - mx, y - my
        beta = w * (u / wy + slope * v / wx)
        new = np.sum(w * beta * v) / np.sum(w * beta * u)
        done = abs(new - slope) <= 1e-13 * abs(new)
        slope = new
        if done:
            break
    adjusted = mx + beta
    ma = np.average(adjusted, weights=w)
    intercept = my - slope * mx
    variance = 1.0 / np.sum(w * (adjusted - ma) ** 2)
    scatter = np.sum(w * (y - intercept - slope * x) ** 2) / (x.size - 2)
    wider = max(float(scatter), 1.0)
    return (
        float(intercept), float(np.sqrt(wider * (1.0 / np.sum(w) + ma * ma * variance))),
        float(slope), float(np.sqrt(wider * variance)), _r2(x, y),
    )  # fmt: skip


def _line(x: Array, y: Array, *, geometric: bool) -> tuple[float, float, float, float, float]:
    mx, my = x.mean(), y.mean()
    sxx, sxy, syy = np.sum((x - mx) ** 2), np.sum((x - mx) * (y - my)), np.sum((y - my) ** 2)
    slope = sxy / sxx
    spread = np.sum((y - my - slope * (x - mx)) ** 2) / (x.size - 2)
    slope_se = np.sqrt(spread / sxx)
    if geometric:
        slope = np.copysign(np.sqrt(syy / sxx), sxy)
    # The error of the reduced major axis equals that of least squares to first order.
    se = np.sqrt(spread / x.size + (mx * slope_se) ** 2)
    return float(my - slope * mx), float(se), float(slope), float(slope_se), _r2(x, y)


def _r2(x: Array, y: Array) -> float:
    with np.errstate(invalid="ignore"):
        return float(np.corrcoef(x, y)[0, 1] ** 2)
