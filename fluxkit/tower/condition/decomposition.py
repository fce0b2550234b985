"""Outliers of a flux series: what a robust decomposition into season, trend and short run leaves."""

import numpy as np
import numpy.typing as npt

from fluxkit import kernels

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SEASON_DAYS = 7  #: days over which a time of day is smoothed
TREND_DAYS = 7  #: over which the trend is
SHORT_STEPS = 3  #: periods either way of the short-run component
CLASSES = 10  #: of the signal, in which residuals have their own scale
MIN_DAYS = 10  #: shortest series that is decomposed
MIN_IN_CLASS = 10  #: residuals that a class needs for a scale of its own


def stl_signal(y: Array, *, period: int, outer: int = 10, inner: int = 2) -> Array:
    """Signal of a series by robust seasonal-trend decomposition, with a short-run component.

    Parameters
    ----------
    y : (time,) array
        On a regular grid, NaN where missing. [any]
    period : int
        Steps per cycle, a day's. [samples]
    outer, inner : int
        Rounds of robustness weights, and of season and trend within each.

    Returns
    -------
    (time,) array
        Season + trend + short run, everywhere. [as y]

    References
    ----------
    .. [1] Cleveland et al., J. Off. Stat. 6, 3-73, 1990 (the decomposition; windows of fixed length instead
       of nearest neighbours, so that gaps are no special case).
    .. [2] Vitale et al., Biogeosciences 17, 1367-1386, 2020, section on outlier detection (the components).
    """
    weight = np.ones(y.size)
    trend, season = np.full(y.size, float(np.nanmedian(y))), np.zeros(y.size)
    for _ in range(outer):
        for _ in range(inner):
            season = _season(y - trend, weight, period)
            trend = kernels.loess.loess(y - season, weight, TREND_DAYS * period // 2, True)
        weight = _bisquare(y - season - trend, season + trend)
    return np.asarray(season + trend + kernels.loess.loess(y - season - trend, weight, SHORT_STEPS, False))


def _season(y: Array, weight: Array, period: int) -> Array:
    """Cycle-subseries smoothed over days, less what they hold of slower changes."""
    cycle = np.empty(y.size)
    for phase in range(period):
        part = slice(phase, None, period)
        cycle[part] = kernels.loess.loess(np.ascontiguousarray(y[part]), np.ascontiguousarray(weight[part]),
                            SEASON_DAYS // 2, False)  # fmt: skip
    cycle = np.where(np.isnan(cycle), 0.0, cycle)
    box = np.convolve(np.ones(period), np.ones(period)) / period**2  # a mean over one cycle, twice
    # Both ends go on as their first and last cycle.
    before, after = cycle[:period], cycle[-period:]
    slow = np.convolve(np.concatenate([before, cycle, after]), box, mode="same")[period:-period]
    return np.asarray(cycle - slow)


def _bisquare(rest: Array, signal: Array) -> Array:
    """Robustness weights: 1 for nothing left, 0 beyond six median absolute residuals of the signal's class.

    One median for day and night would take the noise of large fluxes for outliers.
    """
    size, classes = np.abs(rest), _classes(signal, ~np.isnan(rest))
    h = np.full(rest.size, 6.0 * np.nanmedian(size))
    for k in range(CLASSES):
        members = (classes == k) & ~np.isnan(rest)
        if members.sum() >= MIN_IN_CLASS:
            h[classes == k] = 6.0 * np.median(size[members])
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.square(np.clip(1.0 - np.square(size / h), 0.0, None))
    return np.where(np.isnan(size), 0.0, np.where(h > 0.0, weight, size == 0.0))


def _classes(signal: Array, there: Mask) -> npt.NDArray[np.int64]:
    """Class of each signal: between which deciles of those with a flux it lies."""
    edges = np.quantile(signal[there], np.linspace(0.0, 1.0, CLASSES + 1)[1:-1])
    return np.asarray(np.searchsorted(edges, signal))


def outliers_vitale_2020(y: Array, *, period: int, alpha: float = 0.01) -> Mask:
    """Outliers of a flux series.

    Parameters
    ----------
    y : (time,) array
        Flux on a regular grid, NaN where missing or removed. [any]
    period : int
        Steps per day.
    alpha : float
        Share of a Laplace distribution beyond the limits.

    Returns
    -------
    (time,) array of bool
        Where the residual of the decomposition is further from the median of its class of signal than the
        class's Laplace distribution allows: Qn ln(1/alpha). Series shorter than ten days have none; a class
        with fewer than ten residuals takes the scale of all.

    References
    ----------
    .. [1] Vitale et al., Biogeosciences 17, 1367-1386, 2020, section on outlier detection.
    """
    there = ~np.isnan(y)
    if y.size < MIN_DAYS * period or there.sum() < MIN_DAYS * MIN_IN_CLASS:
        return np.zeros(y.size, dtype=bool)
    signal = stl_signal(y, period=period)
    rest = y - signal
    classes = _classes(signal, there)
    rounding = 1e-9 * np.max(np.abs(y[there]))
    out = np.zeros(y.size, dtype=bool)
    for k in range(CLASSES):
        members = there & (classes == k)
        reference = rest[members] if members.sum() >= MIN_IN_CLASS else rest[there]
        limit = max(kernels.vitale.qn(reference) * np.log(1.0 / alpha), rounding)
        out |= members & (np.abs(rest - np.median(reference)) > limit)
    return out
