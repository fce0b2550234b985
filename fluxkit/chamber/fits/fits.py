"""Fits of concentration against time, all closures of a batch at once.

Every model gives the slope at the start of the window with its standard error. All but ``linear``
and ``robust`` bend, and all that bend hold a straight line (``zhao``: a parabola) as an exact limit:
their residuals are never larger than its.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.points import ClosurePoints, usable_points
from fluxkit.chamber.fits.models import MODELS
from fluxkit.kernels.closure import fits as lines
from fluxkit.kernels.closure import shapes
from fluxkit.kernels.closure.curves import curves
from fluxkit.kernels.closure.profiles import intervals

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Curvature that is searched, kappa times the length of the window; negative is a curve that steepens.
#: At 5 the last tenth of the window shows nothing of the flux any more, at -2 it rises seven times
#: as fast as in the beginning.
CURVATURE = (-2.0, 5.0)
#: Square root of the window's length over tau that is searched for NDFE.
NDFE_CURVATURE = (0.0, 30.0)

#: Meanings of the bits of ``Fit.status``.
STATUS = {
    "too_few_points": lines.TOO_FEW,
    "constant": lines.CONSTANT,
    "no_time": lines.NO_TIME,
    "shape_at_low_end": lines.AT_LOW,
    "shape_at_high_end": lines.AT_HIGH,
    "interval_open_low": lines.OPEN_LOW,
    "interval_open_high": lines.OPEN_HIGH,
    "not_converged": lines.NOT_CONVERGED,
    "no_crossing": lines.NO_CROSSING,
    "before_start": lines.BEFORE_START,
}


@dataclass(frozen=True)
class Fit:
    """One model fitted to all closures; arrays of shape (closure,), NaN where it could not be."""

    model: str
    n: Array  #: points used
    c0: Array  #: concentration where the slope is taken [mol mol-1]
    slope: Array  #: at ``t0`` [mol mol-1 s-1]
    slope_se: Array  #: residuals taken as an autoregression of order 1 [mol mol-1 s-1]
    slope_se_white: Array  #: residuals taken as independent [mol mol-1 s-1]
    slope_low: Array  #: 95 % interval [mol mol-1 s-1]
    slope_high: Array
    shape: Array  #: kappa [s-1], 1 / tau [s-1] (ndfe) or the quadratic term [mol mol-1 s-2]
    shape_se: Array
    shape_low: Array  #: 95 % interval
    shape_high: Array
    rss: Array  #: residual sum of squares
    tss: Array  #: sum of squares about the mean
    mae: Array  #: mean absolute residual [mol mol-1]
    rho: Array  #: correlation of neighbouring residuals, never below 0
    n_eff: Array  #: as many independent points carry the same
    t0: Array  #: where the slope is taken [s]
    extra: Array  #: linear term a of ``zhao``, NaN where nothing bends [mol mol-1 s-1]
    status: Integers  #: bits of ``STATUS``

    @property
    def parameters(self) -> int:
        """Estimated numbers, the residual variance among them."""
        return MODELS[self.model].parameters

    @property
    def rmse(self) -> Array:
        """Root of the mean squared residual. [mol mol-1]"""
        return np.sqrt(self.rss / self.n)

    @property
    def r2(self) -> Array:
        """Share of the variance explained, NaN where there is none. [1]"""
        return np.where(self.tss > 0, 1 - self.rss / np.where(self.tss > 0, self.tss, 1), np.nan)

    @property
    def aic(self) -> Array:
        """Akaike's criterion of a normal likelihood."""
        return _aic(self.rss, self.n, self.n, self.parameters)

    @property
    def aicc(self) -> Array:
        """The same with the correction for few points (Hurvich & Tsai 1989); infinite where n <= K + 1."""
        return _total(self.aic, _small_sample(self.n, self.parameters))

    @property
    def p(self) -> Array:
        """Two-sided probability of a slope as large if the flux were zero, residuals independent."""
        df = np.maximum(self.n - (self.parameters - 1), 1)
        return _two_sided(self.slope, self.slope_se_white, df)

    @property
    def p_zero(self) -> Array:
        """The same with the autocorrelation of residuals taken into account."""
        df = np.maximum(self.n_eff - (self.parameters - 1), 1)
        return _two_sided(self.slope, self.slope_se, df)


def aicc_effective(fit: Fit, n_eff: Array) -> Array:
    """AICc [1] of as many independent points as residuals carry.

    With autocorrelated residuals the likelihood of all points counts each of them fully and
    favours the curve; here log(RSS / n) weighs n_eff. The correction for few points stays that of all:
    it is about how well the residual variance is known.

    Parameters
    ----------
    fit : Fit
    n_eff : ndarray, shape (closure,)
        Independent points, the same for all models that are compared. [1]
    """
    return _total(_aic(fit.rss, fit.n, n_eff, fit.parameters), _small_sample(fit.n, fit.parameters))


def fit_linear(batch: Batch | ClosurePoints) -> Fit:
    """Ordinary least-squares lines."""
    points = usable_points(batch)
    return _result("linear", lines.lines(points.t, points.c, points.offsets))


def fit_robust(
    batch: Batch | ClosurePoints, *, k: float = 1.345, tolerance: float = 1e-4, iterations: int = 200
) -> Fit:
    """Huber's robust lines by iterative reweighting.

    Parameters
    ----------
    batch : Batch or Points
    k : float
        Residuals beyond k scales weigh less. [1]
    tolerance : float
        Residuals that change by less (relative, root mean square) end the iteration.
    iterations : int
        At most so many.

    References
    ----------
    .. [1] Huber, P. J., "Robust Statistics", Wiley, 1981, ch. 7.
    """
    points = usable_points(batch)
    return _result("robust", lines.robust_lines(points.t, points.c, points.offsets, k, tolerance, iterations))


def fit_quadratic(batch: Batch | ClosurePoints) -> Fit:
    """Least-squares parabolas; the slope is that at t = 0."""
    points = usable_points(batch)
    return _result("quadratic", lines.parabolas(points.t, points.c, points.offsets))


def fit_hm(
    batch: Batch | ClosurePoints,
    *,
    curvature: tuple[Array | float, Array | float] = CURVATURE,
    level: float = 0.95,
) -> Fit:
    """Exponentials of Hutchinson & Mosier: c = Ci + (C0 - Ci) exp(-kappa t).

    kappa may have either sign; kappa = 0 is the line. Among all kappa searched the one of the least
    residual sum of squares is taken. ``slope_low`` and ``slope_high`` are the profile-likelihood interval.

    Parameters
    ----------
    batch : Batch or Points
    curvature : pair of float or ndarray, shape (closure,)
        Least and largest kappa times window length. [1]
    level : float
        Of the intervals. [1]

    References
    ----------
    .. [1] Hutchinson, G. L., Mosier, A. R., "Improved soil cover method for field measurement of nitrous
       oxide fluxes", Soil Sci. Soc. Am. J. 45, 311-316, 1981.
    .. [2] Golub, G. H., Pereyra, V., "The differentiation of pseudo-inverses and nonlinear least squares
       problems whose variables separate", SIAM J. Numer. Anal. 10, 413-432, 1973.
    """
    return _curve("hm", shapes.HM, usable_points(batch), curvature, None, None, level)


def fit_licor(
    batch: Batch | ClosurePoints, *, start: Array, start_se: Array | None = None,
    curvature: tuple[Array | float, Array | float] = CURVATURE,
) -> Fit:  # fmt: skip
    """The exponential whose slope is taken where it meets the concentration at closing.

    The curve is that of ``fit_hm``; its slope is kappa (Cx - C0) at the time ``t0`` at which it passes
    ``start``. Where it never does, the slope is that at t = 0 and ``status`` says ``no_crossing``.

    Parameters
    ----------
    batch : Batch or Points
    start : ndarray, shape (closure,)
        Concentration when the chamber closed. [mol mol-1]
    start_se : ndarray, shape (closure,), optional
        Its standard error. [mol mol-1]
    curvature : pair of float or ndarray, shape (closure,)
        Least and largest kappa times window length. [1]

    References
    ----------
    .. [1] Welles, J. M., Demetriades-Shah, T. H., McDermitt, D. K., "Considerations for measuring ground CO2
       effluxes with chambers", Chem. Geol. 177, 3-13, 2001.
    """
    return _curve("licor", shapes.HM, usable_points(batch), curvature, start, start_se, 0.0)


def fit_zhao(
    batch: Batch | ClosurePoints, *, start: Array | None = None, start_se: Array | None = None,
    curvature: tuple[Array | float, Array | float] = CURVATURE,
) -> Fit:  # fmt: skip
    """An exponential and a line together, c = Cm + a (t - t0) + (C0 - Cm) exp(-b (t - t0)).

    Parameters
    ----------
    batch : Batch or Points
    start : ndarray, shape (closure,), optional
        Concentration when the chamber closed, from which t0 follows; without it t0 = 0. [mol mol-1]
    start_se : ndarray, shape (closure,), optional
        Its standard error. [mol mol-1]
    curvature : pair of float or ndarray, shape (closure,)
        Least and largest b times window length. [1]

    References
    ----------
    .. [1] Zhao, P., Hammerle, A., Zeeman, M., Wohlfahrt, G., "On the calculation of daytime CO2 fluxes
       measured by automated closed transparent chambers", Agric. For. Meteorol. 263, 267-275, 2018.
    """
    return _curve("zhao", shapes.ZHAO, usable_points(batch), curvature, start, start_se, 0.0)


def fit_ndfe(
    batch: Batch | ClosurePoints,
    *,
    curvature: tuple[Array | float, Array | float] = NDFE_CURVATURE,
    level: float = 0.95,
) -> Fit:
    """Diffusion from a uniform source below.

    c = C0 + f tau (2 sqrt(t / (pi tau)) + exp(t / tau) erfc(sqrt(t / tau)) - 1), with f the slope at t = 0.
    ``shape`` is 1 / tau, 0 for the line.

    References
    ----------
    .. [1] Livingston, G. P., Healy, R. W., Spartalian, K., "Trace gas emission in chambers: a
       non-steady-state diffusion model", Soil Sci. Soc. Am. J. 70, 1459-1469, 2006.
    """
    return _curve("ndfe", shapes.NDFE, usable_points(batch), curvature, None, None, level)


def fit_three_point(batch: Batch | ClosurePoints) -> Fit:
    """The formula of Hutchinson & Mosier (1981) from first, middle and last point; it gives no error."""
    points = usable_points(batch)
    found = lines.three_points(points.t, points.c, points.offsets)
    rows = np.full((len(found), lines.COLUMNS), np.nan)
    rows[:, lines.N] = np.minimum(np.diff(points.offsets), 3)
    rows[:, lines.SLOPE], rows[:, lines.SHAPE] = found.T
    few = (np.diff(points.offsets) < 3) | ~(_spans(points) > 0)
    rows[:, lines.STATUS] = np.where(few, lines.TOO_FEW, 0)
    rows[:, lines.T0] = 0.0
    return _result("three-point", rows)


#: Models by name, each with what fits it.
FITS: dict[str, Callable[..., Fit]] = {
    "linear": fit_linear,
    "robust": fit_robust,
    "quadratic": fit_quadratic,
    "hm": fit_hm,
    "licor": fit_licor,
    "zhao": fit_zhao,
    "ndfe": fit_ndfe,
    "three-point": fit_three_point,
}


def fit_all(
    batch: Batch | ClosurePoints, models: Iterable[str] = ("linear", "robust", "hm"), *,
    start: Array | None = None, start_se: Array | None = None,
) -> dict[str, Fit]:  # fmt: skip
    """Fit several models to all closures.

    Parameters
    ----------
    batch : Batch or Points
        Times [s] from the start of the window and dry mole fractions [mol mol-1]. Points need not be in
        order; values that are not finite are left out.
    models : iterable of str
        Of ``models.MODELS``.
    start, start_se : ndarray, shape (closure,), optional
        Concentration when the chamber closed and its standard error, for ``licor`` and ``zhao``. [mol mol-1]

    Returns
    -------
    dict of str to Fit

    Raises
    ------
    ValueError
        A model is not known, or ``licor`` has no ``start``.
    """
    points = usable_points(batch)
    fits = {}
    for model in models:
        if model not in MODELS:
            raise ValueError(f"unknown model {model!r}; known: {', '.join(MODELS)}")
        if model == "licor" and start is None:
            raise ValueError("licor: give start, the concentration when the chambers closed")
        begin = {"start": start, "start_se": start_se} if MODELS[model].begins else {}
        fits[model] = FITS[model](points, **begin)
    return fits


#: Readings that a line to the closing must have.
FEWEST_AT_START = 3


def starting_concentration(batch: Batch, *, seconds: float = 10.0, points: int = 10) -> tuple[Array, Array]:
    """Concentration at t = 0 [mol mol-1] and its standard error, from a line through the first seconds.

    Parameters
    ----------
    batch : Batch
        Points from the closing on, before any dead band is cut off.
    seconds : float
        End of the line, included: 11 readings of one a second, as LI-COR's systems take. [s]
    points : int
        As many of a closure that has fewer than 3 readings until then.

    Returns
    -------
    tuple of ndarray, each of shape (closure,)
    """
    clean = usable_points(batch)
    firsts = []
    for a, b in zip(clean.offsets[:-1], clean.offsets[1:], strict=True):
        stop = a + int(np.searchsorted(clean.t[a:b], seconds, side="right"))
        firsts.append(slice(a, stop if stop - a >= FEWEST_AT_START else min(a + points, b)))
    head = Batch.of([clean.t[s] for s in firsts], [clean.c[s] for s in firsts])
    fit = fit_linear(head)
    # A line's intercept at 0 has the variance of the mean plus that of the slope over the distance.
    mean = np.array([clean.t[s].mean() if s.stop > s.start else np.nan for s in firsts])
    df = np.maximum(fit.n - 2, 1)
    se = np.sqrt(fit.rss / df / fit.n + (mean * fit.slope_se_white) ** 2)
    return fit.c0, se


def _spans(points: ClosurePoints) -> Array:
    counts = np.diff(points.offsets)
    out = np.full(counts.size, np.nan)
    filled = counts > 0
    out[filled] = points.t[points.offsets[1:][filled] - 1] - points.t[points.offsets[:-1][filled]]
    return out


def _curve(
    model: str, kind: int, points: ClosurePoints, curvature: tuple[Array | float, Array | float],
    start: Array | None, start_se: Array | None, level: float,
) -> Fit:  # fmt: skip
    size = points.offsets.size - 1
    low, high = (np.array(np.broadcast_to(np.asarray(end, np.float64), (size,))) for end in curvature)
    begin = np.full(size, np.nan) if start is None else np.ascontiguousarray(start, np.float64)
    begin_se = np.zeros(size) if start_se is None else np.ascontiguousarray(start_se, np.float64)
    rows = curves(kind, points.t, points.c, points.offsets, low, high, begin, begin_se)
    if level > 0:
        z = float(stats.norm.ppf(0.5 + level / 2))
        intervals(kind, points.t, points.c, points.offsets, low, high, z, rows)
    return _result(model, rows, level if level > 0 else 0.95)


def _result(model: str, rows: Array, level: float = 0.95) -> Fit:
    parameters = MODELS[model].parameters - 1
    slope, se = rows[:, lines.SLOPE], rows[:, lines.SE_AR1]
    df = np.maximum(rows[:, lines.N_EFF] - parameters, 1.0)
    reach = stats.t.ppf(0.5 + level / 2, df) * se
    low, high = rows[:, lines.SLOPE_LOW], rows[:, lines.SLOPE_HIGH]
    return Fit(
        model=model,
        n=rows[:, lines.N],
        c0=rows[:, lines.C0],
        slope=slope,
        slope_se=se,
        slope_se_white=rows[:, lines.SE],
        slope_low=np.where(np.isnan(low), slope - reach, low),
        slope_high=np.where(np.isnan(high), slope + reach, high),
        shape=rows[:, lines.SHAPE],
        shape_se=rows[:, lines.SHAPE_SE],
        shape_low=rows[:, lines.SHAPE_LOW],
        shape_high=rows[:, lines.SHAPE_HIGH],
        rss=rows[:, lines.RSS],
        tss=rows[:, lines.TSS],
        mae=rows[:, lines.MAE],
        rho=rows[:, lines.RHO],
        n_eff=rows[:, lines.N_EFF],
        t0=rows[:, lines.T0],
        extra=rows[:, lines.EXTRA],
        status=rows[:, lines.STATUS].astype(np.int64),
    )


def _aic(rss: Array, n: Array, weight: Array, parameters: int) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(weight * (np.log(2 * np.pi * rss / n) + 1) + 2 * parameters)


def _total(criterion: Array, correction: Array) -> Array:
    # No residual at all (-inf) says nothing where there are no points to spare (+inf).
    return np.where(np.isinf(correction), np.inf, criterion + np.where(np.isinf(correction), 0, correction))


def _small_sample(n: Array, parameters: int) -> Array:
    left = n - parameters - 1
    correction = 2 * parameters * (parameters + 1) / np.where(left > 0, left, 1)
    return np.where(left > 0, correction, np.where(np.isnan(n), np.nan, np.inf))


def _two_sided(slope: Array, se: Array, df: Array) -> Array:
    # A slope without scatter is certain, unless it is zero.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2 * stats.t.sf(np.abs(slope / se), df))
