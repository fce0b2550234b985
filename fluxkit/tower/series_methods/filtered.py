"""Second moments of high-pass filtered series in place of those with a mean or line removed.

Means, angles, lags and what the stationarity test looks at stay those of the series as they are; covariances,
variances and random errors become those of the filtered ones. As elsewhere two ways lead here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit import kernels
from fluxkit.tower.direct import error_from_samples
from fluxkit.tower.series_methods.high_pass import Filter, subtract_slow_part
from fluxkit.tower.turbulence import (
    Choices,
    Scalar,
    Turbulence,
    covariance_from_sums,
    error_of,
    standard_error,
)
from fluxkit.tower.uncertainty.random_error import RandomError

Array = npt.NDArray[np.float64]
Samples = Mapping[str, Array]


def filtered_from_moments(
    t: Turbulence, m: Mapping[str, Array], spans: Mapping[str, int], choices: Choices
) -> Turbulence:
    """Put covariances of filtered series in place, from sums.

    Parameters
    ----------
    t : Turbulence
        Of the series as they are.
    m : mapping
        Moments as arrays with time first, with those of the filtered series.
    spans : mapping
        Scalar -> first lag kept. [samples]
    choices : Choices

    Returns
    -------
    Turbulence
    """
    sums = m["filtered_wind_sums"]
    auto = np.einsum(
        "tai,tbj,tijh->tabh", t.matrix, t.matrix, m["filtered_wind_correlation"].astype(np.float64)
    )
    wu = np.concatenate([auto[:, 0, 2, :0:-1], auto[:, 2, 0]], axis=1)  # w(i) u(i + h), h = -H..H
    n = m["slots"] if choices.error_counts_gaps else sums[:, 0]
    error, scale = standard_error(auto[:, 2, 2], auto[:, 0, 0], wu, n, choices, t.rotated)
    return replace(
        t,
        stress=t.matrix @ _tensor(sums) @ np.swapaxes(t.matrix, -1, -2),
        momentum_error=error,
        momentum_time_scale=scale,
        scalars={
            name: _scalar_from_moments(name, s, t, m, spans[name], auto[:, 2, 2], choices)
            for name, s in t.scalars.items()
        },
    )


def _tensor(sums: Array) -> Array:
    """Covariances of u, v, w from n, u v w, uu uv uw vv vw ww: (time, 3, 3)."""
    out = np.empty((sums.shape[0], 3, 3))
    pairs = [(a, b) for a in range(3) for b in range(a, 3)]
    for column, (a, b) in enumerate(pairs, start=4):
        out[:, a, b] = covariance_from_sums(sums[:, 0], sums[:, 1 + a], sums[:, 1 + b], sums[:, column])
        out[:, b, a] = out[:, a, b]
    return out


def _scalar_from_moments(
    name: str, s: Scalar, t: Turbulence, m: Mapping[str, Array], first: int, ww: Array, choices: Choices
) -> Scalar:
    at = s.choice.used - first
    pairs = np.take_along_axis(m[f"{name}_filtered_pairs"], at[:, None, None], axis=2)[..., 0]
    n, x = pairs[:, 0], pairs[:, 4]
    sonic = np.stack([covariance_from_sums(n, pairs[:, 1 + k], x, pairs[:, 5 + k]) for k in range(3)], axis=1)
    own = m[f"{name}_filtered_sums"]
    H = ww.shape[1] - 1
    cross = np.einsum("ti,tih->th", t.matrix[:, 2], m[f"{name}_filtered_wind_correlation"].astype(np.float64))
    wx = np.take_along_axis(cross, at[:, None] + np.arange(2 * H + 1), axis=1)
    xx = m[f"{name}_filtered_correlation"].astype(np.float64)
    samples = m["slots"] if choices.error_counts_gaps else n
    found = error_of(ww, xx, wx, samples, choices, t.rotated, s.far, name=name)
    return _with_errors(
        replace(
            s,
            variance=covariance_from_sums(own[:, 0], own[:, 1], own[:, 1], own[:, 2]),
            covariance=np.einsum("tij,tj->ti", t.matrix, sonic),
        ),
        found,
    )


def _with_errors(s: Scalar, found: RandomError) -> Scalar:
    """Put random errors in place. Covariances at far lags stay those of the series as they are."""
    return replace(
        s, error=found.error, time_scale=found.time_scale, noise=found.noise, noise_error=found.noise_error
    )


def filtered_from_samples(
    t: Turbulence, periods: Sequence[Samples | None], by: Filter, choices: Choices, max_lag: int
) -> Turbulence:
    """Put covariances of filtered series in place, from the conditioned samples of each period.

    Parameters
    ----------
    t : Turbulence
        Of the series as they are.
    periods : sequence of mappings of (N,) arrays, or None
        Conditioned samples, NaN where missing. [SI]
    by : Filter
    choices : Choices
    max_lag : int
        Reach of the correlation functions of the random error. [samples]

    Returns
    -------
    Turbulence
    """
    n = len(periods)
    wind: list[Array | None] = [None] * n
    stress = np.full((n, 3, 3), np.nan)
    for k, samples in enumerate(periods):
        if samples is not None:
            u = np.stack([samples[c] for c in ("u", "v", "w")])
            u = kernels.direct.rotate(np.where(np.isnan(u).any(axis=0), np.nan, u), t.matrix[k])
            u = np.stack([subtract_slow_part(row, by) for row in u])
            wind[k] = u
            stress[k] = [[kernels.direct.covariance(a, b, False) for b in u] for a in u]
    along = [None if u is None else u[0] for u in wind]
    zero = np.zeros(n, dtype=np.int64)
    momentum = error_from_samples(wind, along, zero, choices, max_lag, t.rotated)
    scalars = {}
    for name, s in t.scalars.items():
        raw = [None if p is None else p[name] for p in periods]
        scalars[name] = _scalar_from_samples(name, s, raw, wind, by, choices, max_lag, t.rotated)
    return replace(
        t,
        stress=stress,
        momentum_error=momentum.error,
        momentum_time_scale=momentum.time_scale,
        scalars=scalars,
    )


def _scalar_from_samples(
    name: str,
    s: Scalar,
    series: Sequence[Array | None],
    wind: Sequence[Array | None],
    by: Filter,
    choices: Choices,
    max_lag: int,
    mean_wind: Array,
) -> Scalar:
    covariance, variance = np.full((len(series), 3), np.nan), np.full(len(series), np.nan)
    filtered: list[Array | None] = [None] * len(series)
    for k, (x, u) in enumerate(zip(series, wind, strict=True)):
        if x is None or u is None:
            continue
        y = subtract_slow_part(x, by)
        filtered[k], variance[k] = y, kernels.direct.covariance(y, y, False)
        aligned = subtract_slow_part(kernels.direct.align(x, int(s.choice.used[k])), by)
        covariance[k] = [kernels.direct.covariance(c, aligned, False) for c in u]
    found = error_from_samples(wind, filtered, s.choice.used, choices, max_lag, mean_wind, s.far, name=name)
    return _with_errors(replace(s, variance=variance, covariance=covariance), found)
