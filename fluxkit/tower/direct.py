"""The direct path: second moments from the samples themselves, period by period.

Independent of the moments, and what they are held to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit import kernels
from fluxkit.tower.lags.lag_error import covariance_error
from fluxkit.tower.period_moments import N_BLOCKS, Lags
from fluxkit.tower.turbulence import Choices, Scalar, Times, Turbulence, choose_lag, donors_first, error_of
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
    for name in donors_first(names, choices):
        series = [None if p is None else p[name] for p in periods]
        found = _scalar(
            name, series, rotated, lags[name], choices, max_lag, frame.rotate(wind), (time, known)
        )
        beside = {
            other: _beside([None if p is None else p[other] for p in periods], rotated, found, choices)
            for other in choices.cell_variables.get(name, ())
        }
        known[name] = replace(found, cell_covariances=beside)
    return Turbulence(
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
        scalars={name: known[name] for name in names},
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


def _scalar(
    name: str,
    series: Sequence[Array | None],
    rotated: Sequence[Array | None],
    span: Lags,
    choices: Choices,
    max_lag: int,
    wind: Array,
    season: tuple[Times, Mapping[str, Scalar]],
) -> Scalar:
    n = len(series)
    by_lag = np.full((n, span.size), np.nan)
    for k, (x, u) in enumerate(zip(series, rotated, strict=True)):
        if x is not None and u is not None:
            by_lag[k] = kernels.direct.lagged_covariances(u[2], x, span.first, span.size)
    at = np.arange(span.first, span.last + 1)
    choice = choose_lag(name, by_lag, at, choices, *season)
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
    far = _far(rotated, series, choices)
    error = error_from_samples(rotated, series, choice.used, choices, max_lag, wind, far)
    by_the_lag = covariance_error(by_lag, at, choice.used, choice.low, choice.high)
    return Scalar(mean, aligned_mean, variance, covariance, plain, blocks, choice, by_the_lag, *error, far)


def error_from_samples(
    rotated: Sequence[Array | None],
    series: Sequence[Array | None],
    lag: npt.NDArray[np.int64],
    choices: Choices,
    max_lag: int,
    wind: Array,
    far: Array | None = None,
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
    return error_of(ww, xx, wx, count, choices, wind, far)


def _far(rotated: Sequence[Array | None], series: Sequence[Array | None], choices: Choices) -> Array:
    """Root mean square covariance at far lags on both sides."""
    out = np.full(len(series), np.nan)
    if choices.far is None:
        return out
    lags = np.arange(choices.far.first, choices.far.last + 1, choices.far.step)
    for k, (x, u) in enumerate(zip(series, rotated, strict=True)):
        if x is None or u is None or x.size <= 2 * choices.far.last:
            continue
        w, y = kernels.direct.residuals(u[2], False), kernels.direct.residuals(x, False)
        c = [kernels.direct.correlation_function(w, y, h, 1)[0] for h in (*lags, *-lags)]
        out[k] = np.sqrt(np.mean(np.square(c)))
    return out
