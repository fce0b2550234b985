"""Curves that a flux follows: fitted by least squares, one or thousands at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
#: Gets the parameters, each of shape (..., 1), and the drivers, each of shape (n,); all may be complex.
Formula = Callable[..., npt.NDArray[Any]]

MOST_STEPS = 200  #: of one among thousands of replicates
#: Of the fit itself: fluxes of a narrow range of drivers make valleys that hundreds of steps must follow.
MOST_STEPS_ALONE = 5000
#: A step is small when its predicted gain is this share of the sum of squares.
CONVERGED = 1e-18
#: An uptake in full light that is so many times the largest flux lies far beyond what was measured.
HUGE = 5.0
SLACK = 1e-13  #: by which rounding may seem to raise a sum of squares
#: Imaginary step of the derivatives, which are exact to rounding for analytic formulas.
TINY = 1e-100


@dataclass(frozen=True)
class Curve:
    """A form of response."""

    name: str
    parameters: tuple[str, ...]
    units: tuple[str, ...]  #: of the parameters; "flux" is the unit of the fluxes
    drivers: tuple[str, ...]
    formula: Formula
    start: Callable[..., list[float]]  #: gets y and the drivers, gives first guesses
    paper: str


@dataclass(frozen=True)
class Response:
    """A curve fitted to fluxes."""

    curve: Curve
    values: Array  #: (parameter,), units as ``curve.units``
    covariance: Array  #: (parameter, parameter)
    n: int
    rmse: float  #: root of the mean squared residual, divided by n [flux]
    aic: float  #: Akaike's criterion, the variance counted as a parameter
    r2: float
    weighted: bool = False
    largest: float = np.inf  #: largest size of a flux [flux]

    @property
    def doubts(self) -> tuple[str, ...]:
        """What makes parameters useless although they are an optimum, in words; empty where nothing does."""
        found = []
        known = dict(zip(self.curve.parameters, self.values.tolist(), strict=True))
        theta, top = known.get("theta", 0.5), abs(known.get("gpp_max", 0.0))
        if not 0 <= theta <= 1:
            found.append(f"theta is {theta:.3g}: beyond 0 to 1 the curve is no light response")
        if top > HUGE * self.largest:
            found.append(
                f"gpp_max is {top / self.largest:.3g} times the largest flux: no saturation was seen"
            )
        for name, (value, se) in self.parameters().items():
            if name in ("r_ref", "e0", "q10", "ea") and not se < abs(value):
                found.append(f"{name} is {value:.4g} with a standard error of {se:.3g}: not determined")
        return tuple(found)

    @property
    def se(self) -> Array:
        """Standard errors of the parameters, shape (parameter,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for few points; infinite where there are too few of them."""
        k = self.values.size + 1
        return self.aic + (2 * k * (k + 1) / (self.n - k - 1) if self.n > k + 1 else np.inf)

    @property
    def residual_sd(self) -> float:
        """Standard deviation of one flux around the curve [flux]."""
        return float(self.rmse * np.sqrt(self.n / (self.n - self.values.size)))

    def parameters(self) -> dict[str, tuple[float, float]]:
        """Return value and standard error of each parameter."""
        pairs = zip(self.values.tolist(), self.se.tolist(), strict=True)
        return dict(zip(self.curve.parameters, pairs, strict=True))

    def at(self, drivers: Mapping[str, Array]) -> tuple[Array, Array]:
        """Return the curve and its standard error at these drivers.

        Parameters
        ----------
        drivers : mapping of str to ndarray, shape (m,)
            Those that the curve has.

        Returns
        -------
        value, se : ndarray, shape (m,)
            The error is of the curve, not of a single flux. [flux]
        """
        given = [np.asarray(drivers[name], np.float64) for name in self.curve.drivers]
        value, slopes = derivatives(self.curve.formula, self.values, given)
        variance = np.einsum("np,pq,nq->n", slopes, self.covariance, slopes)
        return value, np.sqrt(variance)


def derivatives(formula: Formula, values: Array, drivers: list[Array]) -> tuple[Array, Array]:
    """Return a curve and its derivatives by the parameters.

    Parameters
    ----------
    formula : callable
        Analytic in its parameters.
    values : ndarray, shape (..., parameter)
        Parameters of one or many curves.
    drivers : list of ndarray, shape (n,)
        In the order of the formula.

    Returns
    -------
    value : ndarray, shape (..., n)
    slopes : ndarray, shape (..., n, parameter)

    References
    ----------
    .. [1] Squire & Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review
       40, 1998, eq. 3.
    """
    size = values.shape[-1]
    value = np.real(formula(*(values[..., k, None] for k in range(size)), *drivers))
    slopes = np.empty((*value.shape, size))
    for k in range(size):
        moved = values.astype(np.complex128)
        moved[..., k] += 1j * TINY
        found = formula(*(moved[..., j, None] for j in range(size)), *drivers)
        slopes[..., k] = np.imag(found) / TINY
    return np.asarray(value, np.float64), slopes


def solve(
    formula: Formula,
    start: Array,
    y: Array,
    drivers: list[Array],
    weights: Array,
    most_steps: int = MOST_STEPS,
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Find the least squares of many weightings of the same points at once, after Levenberg and Marquardt.

    Parameters
    ----------
    formula : callable
        As for `derivatives`.
    start : ndarray, shape (parameter,) or (batch, parameter)
        First guesses.
    y : ndarray, shape (n,)
        What is to be met.
    drivers : list of ndarray, shape (n,)
    weights : ndarray, shape (batch, n)
        Of the squared residuals; 0 leaves a point out, 2 counts it twice.
    most_steps : int
        After which the search is given up.

    Returns
    -------
    values : ndarray, shape (batch, parameter)
    converged : ndarray of bool, shape (batch,)
    """
    batch = weights.shape[0]
    values = np.array(np.broadcast_to(start, (batch, start.shape[-1])), np.float64)
    damping = np.full(batch, 1e-3)
    rounding = (8 * np.finfo(np.float64).eps) ** 2 * np.sum(weights * y**2, axis=-1)
    converged = np.zeros(batch, np.bool_)
    # A wild step overflows and is rejected; that is part of the search.
    with np.errstate(all="ignore"):
        for _ in range(most_steps):
            open_ = np.flatnonzero(~converged & (damping < 1e12))
            if open_.size == 0:
                break
            w = weights[open_]
            now, slopes = derivatives(formula, values[open_], drivers)
            residual = y - now
            step, gain = _step(slopes, residual, w, damping[open_])
            cost = np.sum(w * residual**2, axis=-1)
            tried = values[open_] + step
            ahead, _ = derivatives(formula, tried, drivers)
            new = np.sum(w * (y - ahead) ** 2, axis=-1)
            # At the bottom rounding decides whether a step is better; it is taken all the same.
            better = new <= cost * (1 + SLACK) + rounding[open_]
            values[open_[better]] = tried[better]
            damping[open_] = np.where(better, np.maximum(damping[open_] / 10, 1e-14), damping[open_] * 10)
            converged[open_] = better & (gain <= CONVERGED * cost + rounding[open_])
    return values, converged & np.isfinite(values).all(axis=-1)


def _step(slopes: Array, residual: Array, w: Array, damping: Array) -> tuple[Array, Array]:
    """Return damped steps, shape (batch, parameter), and how far they promise to lower the sum of squares."""
    scaled = slopes * w[..., None]
    normal = np.swapaxes(slopes, -1, -2) @ scaled
    slope = np.einsum("bnp,bn->bp", scaled, residual)
    size = np.sqrt(np.einsum("bpp->bp", normal))
    size = np.where(np.isfinite(size) & (size > 0), size, 1.0)
    normal = np.where(np.isfinite(normal), normal, 0.0) / (size[:, :, None] * size[:, None, :])
    slope = np.where(np.isfinite(slope), slope, 0.0) / size
    eye = np.eye(normal.shape[-1])
    # Its smallest value, with that of the search, keeps a curve that lost a parameter from being singular.
    damped = np.linalg.solve(normal + (damping[:, None, None] + 1e-14) * eye, slope[..., None])[..., 0]
    return damped / size, np.einsum("bp,bp->b", slope, damped)


def fit(curve: Curve, y: Array, drivers: Mapping[str, Array], se: Array | None = None) -> Response:
    """Fit a curve to fluxes.

    Parameters
    ----------
    curve : Curve
        The form.
    y : ndarray, shape (n,)
        Fluxes. [flux]
    drivers : mapping of str to ndarray, shape (n,)
        Those that the curve has; points where one, or the flux, is missing are left out.
    se : ndarray, shape (n,), optional
        Standard errors of the fluxes: points then weigh 1 / se^2, relative to each other. [flux]

    Returns
    -------
    Response

    Raises
    ------
    ValueError
        There are no more points than parameters, or no optimum is found; the message says which.
    """
    given = [np.asarray(drivers[name], np.float64) for name in curve.drivers]
    kept = np.isfinite(y) & np.all([np.isfinite(x) for x in given], axis=0)
    if se is not None:
        kept &= np.isfinite(se) & (se > 0)
    n, size = int(kept.sum()), len(curve.parameters)
    if n <= size:
        raise ValueError(f"{curve.name}: {n} fluxes with all drivers for {size} parameters; more are needed")
    y, given = y[kept], [x[kept] for x in given]
    weights = np.ones(n) if se is None else 1.0 / se[kept] ** 2
    weights = weights / weights.mean()
    start = np.array(curve.start(y, *given))
    found, converged = solve(curve.formula, start, y, given, weights[None], MOST_STEPS_ALONE)
    if not converged[0]:
        raise ValueError(f"{curve.name}: no optimum found in {n} fluxes; they may not follow this curve")
    return _described(curve, found[0], y, given, weights, weighted=se is not None)


def _described(
    curve: Curve, values: Array, y: Array, drivers: list[Array], weights: Array, *, weighted: bool
) -> Response:
    n, size = y.size, values.size
    now, slopes = derivatives(curve.formula, values, drivers)
    residual = y - now
    rss = float(np.sum(weights * residual**2))
    normal = slopes.T @ (slopes * weights[:, None])
    scale = np.sqrt(np.diag(normal))
    covariance = np.linalg.pinv(normal / np.outer(scale, scale)) / np.outer(scale, scale) * rss / (n - size)
    # Fluxes exactly on the curve have no likelihood; the smallest number stands for it.
    spread = max(rss / n, float(np.finfo(np.float64).tiny))
    aic = n * (np.log(2 * np.pi * spread) + 1) - float(np.sum(np.log(weights))) + 2 * (size + 1)
    reach = float(np.abs(y).max())
    total = float(np.sum(weights * (y - np.average(y, weights=weights)) ** 2))
    r2 = 1 - rss / total if total > 0 else np.nan
    return Response(curve, values, covariance, n, float(np.sqrt(rss / n)), float(aic), r2, weighted, reach)
