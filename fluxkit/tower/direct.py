"""The direct path: second moments from the samples themselves, period by period.

Independent of the moments, and what they are held to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit import kernels
from fluxkit.tower.lags.lag import LagChoice
from fluxkit.tower.lags.lag_error import covariance_error
from fluxkit.tower.lags.lag_lending import noise_of_covariance
from fluxkit.tower.period_moments import N_BLOCKS, Lags
from fluxkit.tower.turbulence import (
    Choices,
    Pair,
    Scalar,
    Searched,
    Times,
    Turbulence,
    choose_lags_of,
    error_of,
)
from fluxkit.tower.uncertainty.error_correlation import Signal, error_correlation
from fluxkit.tower.uncertainty.random_error import RandomError

Array = npt.NDArray[np.float64]
Samples = Mapping[str, Array]


def from_samples(
    periods: Sequence[Samples | None],
    time: Times,
    names: tuple[str, ...],
    lags: Mapping[str, Lags],
    choices: Choices,
    max_lag: int,
) -> Turbulence:
    """Rotate, align, detrend and correlate the conditioned samples of each period.

    Parameters
    ----------
    periods : sequence of mappings of (N,) arrays, or None
        Conditioned samples, NaN where missing; None where a period has none. [SI]
    time : (time,) array of datetime64
        Start of each period.
    names : tuple of str
        Scalars.
    lags : mapping
        Scalar -> lags searched. [samples]
    choices : Choices
    max_lag : int
        Reach of the correlation functions of the random error. [samples]

    Returns
    -------
    Turbulence
        As ``from_moments`` gives it.
    """
    joint = [None if p is None else _joint_wind(p) for p in periods]
    wind = np.array([[np.nan] * 3 if u is None else [kernels.direct.mean(c) for c in u] for u in joint])
    unturned = np.full((len(periods), 3, 3), np.nan)
    for k, u in enumerate(joint):
        if u is not None:
            unturned[k] = [[kernels.direct.covariance(a, b, False) for b in u] for a in u]
    frame = choices.rotate(wind, time, unturned)
    rotated = [
        None if u is None else kernels.direct.rotate(u, r) for u, r in zip(joint, frame.matrix, strict=True)
    ]
    stress = np.full((len(periods), 3, 3), np.nan)
    undetrended, blocks = np.full((len(periods), 2), np.nan), np.full((len(periods), N_BLOCKS, 2), np.nan)
    for k, u in enumerate(rotated):
        if u is None:
            continue
        stress[k] = [[kernels.direct.covariance(a, b, choices.linear) for b in u] for a in u]
        for c in range(2):
            undetrended[k, c] = kernels.direct.covariance(u[c], u[2], False)
            blocks[k, :, c] = kernels.direct.block_covariances(u[c], u[2], N_BLOCKS)
    zero = np.zeros(len(periods), dtype=np.int64)
    error = error_from_samples(
        rotated, [None if u is None else u[0] for u in rotated], zero, choices, max_lag, frame.rotate(wind)
    )
    known: dict[str, Scalar] = {}
    samples = {name: [None if p is None else p[name] for p in periods] for name in names}
    searched = {name: _searched(samples[name], rotated, lags[name], choices) for name in names}
    chosen = choose_lags_of(searched, choices, time)
    for name in names:
        found = _scalar(
            name, samples[name], rotated, choices, max_lag, frame.rotate(wind), searched[name], chosen[name]
        )
        beside = {
            other: _beside([None if p is None else p[other] for p in periods], rotated, found, choices)
            for other in choices.cell_variables.get(name, ())
        }
        known[name] = replace(found, cell_covariances=beside)
    errors, at_far = _error_correlations(periods, rotated, known, choices, max_lag)
    return Turbulence(
        error_correlation=errors,
        far_correlation=at_far,
        wind=wind,
        angles=frame.angles,
        matrix=frame.matrix,
        rotated=frame.rotate(wind),
        rotation_fell_back=frame.fell_back,
        stress=stress,
        undetrended=undetrended,
        stress_blocks=blocks,
        momentum_error=error.error,
        momentum_time_scale=error.time_scale,
        scalars=known,
    )


def _beside(
    series: Sequence[Array | None], rotated: Sequence[Array | None], scalar: Scalar, choices: Choices
) -> Array:
    """Covariance with w of what is in the cell with a scalar, at that scalar's lag."""
    out = np.full(len(series), np.nan)
    for k, (x, u) in enumerate(zip(series, rotated, strict=True)):
        if x is not None and u is not None:
            out[k] = kernels.direct.covariance(
                u[2], kernels.direct.align(x, int(scalar.choice.used[k])), choices.linear
            )
    return out


def _joint_wind(samples: Samples) -> Array:
    wind = np.stack([samples[k] for k in ("u", "v", "w")])
    return np.where(np.isnan(wind).any(axis=0), np.nan, wind)


def _searched(
    series: Sequence[Array | None], rotated: Sequence[Array | None], span: Lags, choices: Choices
) -> Searched:
    n = len(series)
    by_lag = np.full((n, span.size), np.nan)
    sigma_w, sigma_x, samples = (np.full(n, np.nan) for _ in range(3))
    for k, (x, u) in enumerate(zip(series, rotated, strict=True)):
        if x is not None and u is not None:
            by_lag[k] = kernels.direct.lagged_covariances(u[2], x, span.first, span.size)
            sigma_w[k], sigma_x[k] = (np.sqrt(kernels.direct.covariance(y, y, False)) for y in (u[2], x))
            samples[k] = np.count_nonzero(~np.isnan(x))
    far = _far(rotated, series, choices)
    noise = noise_of_covariance(far, sigma_w=sigma_w, sigma_x=sigma_x, samples=samples)
    return Searched(by_lag, np.arange(span.first, span.last + 1), far, noise)


def _scalar(
    name: str,
    series: Sequence[Array | None],
    rotated: Sequence[Array | None],
    choices: Choices,
    max_lag: int,
    wind: Array,
    searched: Searched,
    choice: LagChoice,
) -> Scalar:
    n = len(series)
    mean, aligned_mean, variance, plain = (np.full(n, np.nan) for _ in range(4))
    covariance, blocks = np.full((n, 3), np.nan), np.full((n, N_BLOCKS), np.nan)
    for k, (x, u) in enumerate(zip(series, rotated, strict=True)):
        if x is None or u is None:
            continue
        aligned = kernels.direct.align(x, int(choice.used[k]))
        mean[k] = kernels.direct.mean(x)
        aligned_mean[k] = kernels.direct.mean(np.where(np.isnan(u[2]), np.nan, aligned))
        variance[k] = kernels.direct.covariance(x, x, choices.linear)
        covariance[k] = [kernels.direct.covariance(c, aligned, choices.linear) for c in u]
        plain[k] = kernels.direct.covariance(u[2], aligned, False)
        blocks[k] = kernels.direct.block_covariances(u[2], aligned, N_BLOCKS)
    far = searched.far
    error = error_from_samples(rotated, series, choice.used, choices, max_lag, wind, far, name=name)
    by_the_lag = covariance_error(searched.by_lag, searched.lags, choice.used, choice.low, choice.high)
    return Scalar(mean, aligned_mean, variance, covariance, plain, blocks, choice, by_the_lag, *error, far)


def error_from_samples(
    rotated: Sequence[Array | None],
    series: Sequence[Array | None],
    lag: npt.NDArray[np.int64],
    choices: Choices,
    max_lag: int,
    wind: Array,
    far: Array | None = None,
    *,
    name: str = "",
) -> RandomError:
    """Random error of cov(w, x) of each period, from correlation functions of the residuals."""
    n, H = len(series), max_lag
    ww, xx = np.full((n, H + 1), np.nan), np.full((n, H + 1), np.nan)
    wx, count = np.full((n, 2 * H + 1), np.nan), np.full(n, np.nan)
    for k, (x, u) in enumerate(zip(series, rotated, strict=True)):
        if x is None or u is None:
            continue
        w = kernels.direct.residuals(u[2], choices.linear)
        y = kernels.direct.residuals(x, choices.linear)
        ww[k] = kernels.direct.correlation_function(w, w, 0, H + 1)
        xx[k] = kernels.direct.correlation_function(y, y, 0, H + 1)
        wx[k] = kernels.direct.correlation_function(w, y, int(lag[k]) - H, 2 * H + 1)
        both = ~np.isnan(w) & ~np.isnan(kernels.direct.align(x, int(lag[k])))
        count[k] = w.size if choices.error_counts_gaps else both.sum()
    return error_of(ww, xx, wx, count, choices, wind, far, name=name)


def _error_correlations(
    periods: Sequence[Samples | None],
    rotated: Sequence[Array | None],
    known: Mapping[str, Scalar],
    choices: Choices,
    max_lag: int,
) -> tuple[dict[Pair, Array], dict[Pair, Array]]:
    """Correlations of the errors of two scalars' covariances, at their lags and at far lags."""
    near: dict[Pair, Array] = {}
    far: dict[Pair, Array] = {}
    n, H = len(periods), max_lag
    function = kernels.direct.correlation_function
    for pair in choices.error_pairs:
        ww, summed = np.full((n, H + 1), np.nan), np.full((n, H + 1), np.nan)
        first, second = (Signal(np.full((n, H + 1), np.nan), np.full((n, 2 * H + 1), np.nan)) for _ in pair)
        lags = [known[s].choice.used for s in pair]
        at_far = np.full(n, np.nan)
        for k, (p, u) in enumerate(zip(periods, rotated, strict=True)):
            if p is None or u is None:
                continue
            w = kernels.direct.residuals(u[2], choices.linear)
            x, y = (kernels.direct.residuals(p[s], choices.linear) for s in pair)
            ww[k] = function(w, w, 0, H + 1)
            for signal, z, lag in zip((first, second), (x, y), lags, strict=True):
                signal.xx[k] = function(z, z, 0, H + 1)
                signal.wx[k] = function(w, z, int(lag[k]) - H, 2 * H + 1)
            between = function(x, y, int(lags[1][k] - lags[0][k]) - H, 2 * H + 1)
            summed[k] = between[H:] + between[H::-1]
            a, b = (_far_covariances(u[2], p[s], choices) for s in pair)
            with np.errstate(invalid="ignore", divide="ignore"):
                at_far[k] = np.mean(a * b) / np.sqrt(np.mean(a * a) * np.mean(b * b))
        if choices.far is not None:
            far[pair] = at_far
        near[pair] = error_correlation(
            ww, first, second, summed, method=choices.random_error, far=far.get(pair)
        )
    return near, far


def _far_covariances(w: Array, x: Array, choices: Choices) -> Array:
    """Covariances of w with x at far lags on both sides; one NaN where the samples do not reach."""
    if choices.far is None or x.size <= 2 * choices.far.last:
        return np.full(1, np.nan)
    lags = np.arange(choices.far.first, choices.far.last + 1, choices.far.step)
    v, y = kernels.direct.residuals(w, False), kernels.direct.residuals(x, False)
    return np.array([kernels.direct.correlation_function(v, y, h, 1)[0] for h in (*lags, *-lags)])


def _far(rotated: Sequence[Array | None], series: Sequence[Array | None], choices: Choices) -> Array:
    """Root mean square covariance at far lags on both sides."""
    out = np.full(len(series), np.nan)
    for k, (x, u) in enumerate(zip(series, rotated, strict=True)):
        if x is not None and u is not None:
            out[k] = np.sqrt(np.mean(np.square(_far_covariances(u[2], x, choices))))
    return out
