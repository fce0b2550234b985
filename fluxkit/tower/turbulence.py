"""Rotated, aligned, detrended second moments of each period: what fluxes are made of.

Two ways lead here: `from_moments`, algebra over all periods at once, and the direct path
(``fluxkit.tower.direct``). They agree to rounding; that is the law the tests hold them to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from fluxkit.tower.lags import lag as lags_
from fluxkit.tower.lags.lag_error import covariance_error
from fluxkit.tower.lags.lag_lending import expected_where_unseen, noise_of_covariance
from fluxkit.tower.lags.lag_windows import SearchWindow
from fluxkit.tower.lags.seasonal_lags import SeasonalLag
from fluxkit.tower.period_moments import FarLags
from fluxkit.tower.rotations.rotation import Rotate
from fluxkit.tower.uncertainty.error_correlation import Signal, error_correlation, far_correlation
from fluxkit.tower.uncertainty.noise import Shapes
from fluxkit.tower.uncertainty.random_error import RandomError, RandomErrorMethod, langford_2015, random_error

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]
T = TypeVar("T")
Pair = tuple[str, str]


@dataclass(frozen=True)
class Scalar:
    """One scalar's part, aligned with the wind. Arrays over time."""

    mean: Array  #: (time,)
    aligned_mean: Array  #: of the samples that have a partner in the wind: (time,)
    variance: Array  #: (time,)
    covariance: Array  #: with rotated u, v, w: (time, 3)
    undetrended: Array  #: covariance with w, only means removed: (time,)
    blocks: Array  #: the same over sub-periods, their own means removed: (time, block)
    choice: lags_.LagChoice  #: lag, samples
    lag_error: Array  #: standard error of the covariance with w that the lag's uncertainty makes: (time,)
    error: Array  #: standard error of the covariance with w: (time,)
    time_scale: Array  #: integral time scale of w'x' [s]: (time,)
    noise: Array  #: white noise, one standard deviation: (time,)
    noise_error: Array  #: the share of the error that is this noise's: (time,)
    far: Array  #: root mean square covariance with w at far lags: (time,)
    #: What is in the same cell -> its covariance with w at this scalar's lag: (time,)
    cell_covariances: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Turbulence:
    """Second moments of all periods in the rotated frame. Arrays over time."""

    wind: Array  #: mean wind in the sonic's axes: (time, 3)
    angles: Array  #: yaw, pitch, roll [deg]: (time, 3)
    matrix: Array  #: rotation: (time, 3, 3)
    rotated: Array  #: mean wind after rotation: (time, 3)
    rotation_fell_back: npt.NDArray[np.bool_]  #: double rotation stands in for a plane: (time,)
    stress: Array  #: covariances of rotated u, v, w: (time, 3, 3)
    undetrended: Array  #: cov(u, w), cov(v, w), only means removed: (time, 2)
    stress_blocks: Array  #: the same over sub-periods, their own means removed: (time, block, 2)
    momentum_error: Array  #: standard error of cov(u, w): (time,)
    momentum_time_scale: Array  #: [s]: (time,)
    scalars: dict[str, Scalar]
    #: Two scalars -> correlation of the errors of their covariances with w: (time,)
    error_correlation: Mapping[Pair, Array] = field(default_factory=dict)
    #: The same of their covariances at far lags
    far_correlation: Mapping[Pair, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Choices:
    """The decisions that shape second moments."""

    rotate: Rotate
    linear: bool  #: remove a line instead of the mean
    lag: str  #: method of ``lag.choose``
    windows: Mapping[str, SearchWindow]  #: scalar -> lag window; without one the lag is 0
    rate: float  #: [Hz]
    error_reach: str  #: "all" lags kept, or as far as the "integral-scale"
    height: Array | float  #: measurement height above displacement [m], for the fall-back time scale
    random_error: str = "finkelstein-sims-2001"  #: method
    time_scale: str = "first-zero"  #: where an integral time scale ends
    far: FarLags | None = None  #: lags of the limit of detection; the moments hold only what they give
    seasonal_lags: Mapping[str, SeasonalLag] = field(default_factory=dict)  #: scalar -> what a season taught
    lag_donors: Mapping[str, tuple[str, int]] = field(default_factory=dict)  #: scalar -> donor, offset
    expected_below_detection: bool = False  #: no largest covariance is searched that is not seen
    lenders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: scalar -> who lends its lag then
    #: Scalar -> reliable lag by pre-whitening and its interval, NaN where there is none [samples]
    prewhitened: Mapping[str, Array] = field(default_factory=dict)
    cell_variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: scalar -> of the same cell
    error_counts_gaps: bool = False  #: missing samples count in a random error
    #: Scalar -> mean wind [m s-1] -> shapes of its structure function, see ``noise.StructureShapes``
    noise_shapes: Mapping[str, Callable[[Array], Shapes]] = field(default_factory=dict)
    error_pairs: tuple[Pair, ...] = ()  #: scalars whose covariances share a flux


def covariance_from_sums(n: Array, sx: Array, sy: Array, sxy: Array) -> Array:
    """Covariance (1/n) from sums."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sxy / n - (sx / n) * (sy / n))


def detrended_covariance_from_sums(
    n: Array, st: Array, stt: Array, sx: Array, sy: Array, stx: Array, sty: Array, sxy: Array
) -> Array:
    """Covariance (1/n) of the residuals about lines in t, from sums."""
    with np.errstate(invalid="ignore", divide="ignore"):
        tt = covariance_from_sums(n, st, st, stt)
        tx = covariance_from_sums(n, st, sx, stx)
        ty = covariance_from_sums(n, st, sy, sty)
        return covariance_from_sums(n, sx, sy, sxy) - tx * ty / tt


def from_moments(
    m: Mapping[str, Array],
    time: Times,
    names: tuple[str, ...],
    spans: Mapping[str, int],
    choices: Choices,
) -> Turbulence:
    """Decide rotation, lag and detrending on moments.

    Parameters
    ----------
    m : mapping
        Moments as arrays with time first, see ``fluxkit.tower.moments``.
    time : (time,) array of datetime64
        Start of each period.
    names : tuple of str
        Scalars.
    spans : mapping
        Scalar, and variable of its cell -> first lag kept. [samples]
    choices : Choices

    Returns
    -------
    Turbulence
    """
    wind = m["wind_mean"]
    wind_sums = m["wind_sums"].sum(axis=1)
    sonic_stress = covariance_tensor(wind_sums)
    frame = choices.rotate(wind, time, sonic_stress)
    matrix = frame.matrix
    plain_stress = _rotate_tensor(matrix, sonic_stress)
    stress = (
        _rotate_tensor(matrix, covariance_tensor(wind_sums, linear=True)) if choices.linear else plain_stress
    )
    block_stress = _rotate_tensor(matrix[:, None], covariance_tensor(m["wind_sums"]))
    slope = np.einsum("tij,tj->ti", matrix, _wind_slopes(wind_sums)) * choices.linear
    auto = np.einsum("tai,tbj,tijh->tabh", matrix, matrix, m["wind_correlation"].astype(np.float64))
    H = auto.shape[-1] - 1
    auto -= (
        slope[:, :, None, None]
        * slope[:, None, :, None]
        * trend_correlation(m["slots"], np.arange(H + 1))[:, None, None]
    )
    wu = np.concatenate([auto[:, 0, 2, :0:-1], auto[:, 2, 0]], axis=1)  # w(i) u(i + h), h = -H..H
    momentum_error, momentum_scale = standard_error(
        auto[:, 2, 2], auto[:, 0, 0], wu, _samples(m, wind_sums[:, 0], choices), choices, frame.rotate(wind)
    )
    vertical = (auto[:, 2, 2], slope[:, 2])
    whole = {s: m[f"{s}_pairs"].sum(axis=2) for s in names}  # (time, 14, lag)
    searched = {s: _searched(m, s, spans[s], whole[s], matrix, vertical[0]) for s in names}
    chosen = choose_lags_of(searched, choices, time)
    known = {
        s: _scalar(m, s, names.index(s), spans, matrix, vertical, choices, (whole[s], searched[s], chosen[s]))
        for s in names
    }
    errors, at_far = _error_correlations(m, known, spans, matrix, vertical, choices)
    return Turbulence(
        error_correlation=errors,
        far_correlation=at_far,
        wind=wind,
        angles=frame.angles,
        matrix=matrix,
        rotated=frame.rotate(wind),
        rotation_fell_back=frame.fell_back,
        stress=stress,
        undetrended=plain_stress[:, :2, 2],
        stress_blocks=block_stress[..., :2, 2],
        momentum_error=momentum_error,
        momentum_time_scale=momentum_scale,
        scalars=known,
    )


def covariance_tensor(sums: Array, *, linear: bool = False) -> Array:
    """Wind covariance tensor from wind sums (..., 15): (..., 3, 3)."""
    n, st, stt = sums[..., 0], sums[..., 1], sums[..., 2]
    out = np.empty((*sums.shape[:-1], 3, 3))
    column = 9
    for a in range(3):
        for b in range(a, 3):
            sa, sb, sab = sums[..., 3 + a], sums[..., 3 + b], sums[..., column]
            if linear:
                c = detrended_covariance_from_sums(
                    n, st, stt, sa, sb, sums[..., 6 + a], sums[..., 6 + b], sab
                )
            else:
                c = covariance_from_sums(n, sa, sb, sab)
            out[..., a, b] = out[..., b, a] = c
            column += 1
    return out


def _rotate_tensor(matrix: Array, tensor: Array) -> Array:
    return np.asarray(matrix @ tensor @ np.swapaxes(matrix, -1, -2))


def _pair_covariances(pairs: Array, *, linear: bool) -> Array:
    """Covariances of sonic u, v, w with the scalar from pair sums (time, 14, ...): (time, 3, ...)."""
    n, st, stt, sx, stx = (pairs[:, r] for r in (0, 1, 2, 9, 10))
    out = []
    for k in range(3):
        if linear:
            c = detrended_covariance_from_sums(
                n, st, stt, pairs[:, 3 + k], sx, pairs[:, 6 + k], stx, pairs[:, 11 + k]
            )
        else:
            c = covariance_from_sums(n, pairs[:, 3 + k], sx, pairs[:, 11 + k])
        out.append(c)
    return np.stack(out, axis=1)


def _scalar(
    m: Mapping[str, Array],
    name: str,
    index: int,
    spans: Mapping[str, int],
    matrix: Array,
    vertical: tuple[Array, Array],
    choices: Choices,
    lag: tuple[Array, "Searched", lags_.LagChoice],
) -> Scalar:
    """One scalar's moments.

    vertical: autocovariance and (if removed) slope of rotated w; lag: pair sums over the period, covariances
    by lag, the lag chosen.
    """
    first, others = spans[name], choices.cell_variables.get(name, ())
    pairs = m[f"{name}_pairs"]  # (time, 14, block, lag)
    whole, searched, choice = lag
    at = (choice.used - first)[:, None, None]
    chosen = np.take_along_axis(whole, at, axis=2)[..., 0]
    plain = np.einsum("tij,tj->ti", matrix, _pair_covariances(chosen, linear=False))
    covariance = (
        np.einsum("tij,tj->ti", matrix, _pair_covariances(chosen, linear=True)) if choices.linear else plain
    )
    in_blocks = np.take_along_axis(pairs, at[..., None], axis=3)[..., 0]
    n, st, stt, sx, stx, sxx = m[f"{name}_sums"].sum(axis=1).T
    variance = covariance_from_sums(n, sx, sx, sxx)
    if choices.linear:
        variance = detrended_covariance_from_sums(n, st, stt, sx, sx, stx, stx, sxx)
    slope = _slope(n, st, stt, sx, stx) * choices.linear
    far = searched.far
    error = _scalar_error(m, name, first, matrix, vertical, slope, choice, chosen[:, 0], far, choices)
    with np.errstate(invalid="ignore", divide="ignore"):
        reference = m["scalar_reference"][:, index]
        mean, aligned_mean = reference + sx / n, reference + chosen[:, 9] / chosen[:, 0]
    beside = {c: _at_lag(m[f"{c}_pairs"], choice.used - spans[c], matrix, choices) for c in others}
    return Scalar(
        mean=mean,
        aligned_mean=aligned_mean,
        variance=variance,
        covariance=covariance,
        undetrended=plain[:, 2],
        blocks=np.einsum("ti,tib->tb", matrix[:, 2], _pair_covariances(in_blocks, linear=False)),
        choice=choice,
        lag_error=covariance_error(searched.by_lag, searched.lags, choice.used, choice.low, choice.high),
        error=error.error,
        time_scale=error.time_scale,
        noise=error.noise,
        noise_error=error.noise_error,
        far=far,
        cell_covariances=beside,
    )


def _at_lag(pairs: Array, at: npt.NDArray[np.int64], matrix: Array, choices: Choices) -> Array:
    """Covariance with rotated w of each period at its own place among the lags kept: (time,)."""
    chosen = np.take_along_axis(pairs.sum(axis=2), at[:, None, None], axis=2)[..., 0]
    return np.asarray(np.einsum("tj,tj->t", matrix[:, 2], _pair_covariances(chosen, linear=choices.linear)))


class Searched(NamedTuple):
    """What a scalar's lag is chosen from. Arrays over time."""

    by_lag: Array  #: covariance with rotated w: (time, lag)
    lags: npt.NDArray[np.int64]  #: (lag,) [samples]
    far: Array  #: root mean square covariance at far lags, NaN where it is not known
    noise: Array  #: standard deviation of the covariances that noise makes at any lag


def _searched(
    m: Mapping[str, Array], name: str, first: int, whole: Array, matrix: Array, ww: Array
) -> Searched:
    by_lag = np.einsum("ti,til->tl", matrix[:, 2], _pair_covariances(whole, linear=False))
    lags = first + np.arange(whole.shape[-1])
    n, _, _, sx, _, sxx = m[f"{name}_sums"].sum(axis=1).T
    far = langford_2015(m[f"{name}_far"], matrix) if f"{name}_far" in m else np.full(n.shape, np.nan)
    with np.errstate(invalid="ignore"):
        sigma_w, sigma_x = np.sqrt(ww[:, 0]), np.sqrt(covariance_from_sums(n, sx, sx, sxx))
    return Searched(by_lag, lags, far, noise_of_covariance(far, sigma_w=sigma_w, sigma_x=sigma_x, samples=n))


def choose_lags_of(
    searched: Mapping[str, Searched], choices: Choices, time: Times
) -> dict[str, lags_.LagChoice]:
    """Choose the lag of each scalar and period; 0 where a scalar has no window."""
    found = {name: _own_lag(name, of, choices, time) for name, of in searched.items()}
    kept = {name: (int(of.lags[0]), int(of.lags[-1])) for name, of in searched.items()}
    if choices.expected_below_detection and choices.lag == "covariance-maximum-default":
        own = {name: choice for name, choice in found.items() if name in choices.windows}
        peak = {name: _at(searched[name], choice.found) for name, choice in own.items()}
        found |= expected_where_unseen(
            own,
            peak,
            {name: searched[name].noise for name in own},
            lenders=choices.lenders,
            prewhitened=choices.prewhitened,
            kept=kept,
        )
    if choices.lag != "none":
        followed = {
            name: lags_.follow(found[donor], found[name], offset=offset, kept=kept[name])
            for name, (donor, offset) in choices.lag_donors.items()
            if name in choices.windows
        }
        found |= followed
    return found


def _own_lag(name: str, of: Searched, choices: Choices, time: Times) -> lags_.LagChoice:
    """What a scalar's own covariances say."""
    if name not in choices.windows:
        return lags_.no_lag(of.by_lag.shape[0])
    window, course = choices.windows[name], choices.seasonal_lags.get(name)
    if course is None:
        return lags_.choose_lags(of.by_lag, of.lags, window, method=choices.lag)
    return course.choose(of.by_lag, of.lags, window, time, method=choices.lag)


def _at(of: Searched, lag: npt.NDArray[np.int64]) -> Array:
    return np.asarray(np.take_along_axis(of.by_lag, (lag - of.lags[0])[:, None], axis=1)[:, 0])


def _error_correlations(
    m: Mapping[str, Array],
    known: Mapping[str, Scalar],
    spans: Mapping[str, int],
    matrix: Array,
    vertical: tuple[Array, Array],
    choices: Choices,
) -> tuple[dict[Pair, Array], dict[Pair, Array]]:
    """Correlations of the errors of two scalars' covariances, at their lags and at far lags."""
    ww, w_slope = vertical
    near: dict[Pair, Array] = {}
    far: dict[Pair, Array] = {}
    both: dict[str, Signal] = {}
    trend: dict[str, Array] = {}
    for name in dict.fromkeys(s for pair in choices.error_pairs for s in pair):
        n, st, stt, sx, stx, _ = m[f"{name}_sums"].sum(axis=1).T
        trend[name] = _slope(n, st, stt, sx, stx) * choices.linear
        wx, xx = _correlations(m, name, spans[name], matrix, (ww, w_slope), trend[name], known[name].choice)
        both[name] = Signal(xx, wx)
    for a, b in choices.error_pairs:
        ab = m[f"{a}_{b}_correlation"].astype(np.float64)
        reach = (ab.shape[1] - 1) // 2
        ab = ab - (trend[a] * trend[b])[:, None] * trend_correlation(
            m["slots"], np.abs(np.arange(-reach, reach + 1))
        )
        between = (known[b].choice.used - known[a].choice.used + reach)[:, None]
        h = np.arange(ww.shape[1])
        summed = np.take_along_axis(ab, between + h, axis=1) + np.take_along_axis(ab, between - h, axis=1)
        if f"{a}_{b}_far" in m:
            far[a, b] = far_correlation(m[f"{a}_far"], m[f"{b}_far"], m[f"{a}_{b}_far"], matrix)
        near[a, b] = error_correlation(
            ww, both[a], both[b], summed, method=choices.random_error, far=far.get((a, b))
        )
    return near, far


def _correlations(
    m: Mapping[str, Array],
    name: str,
    first: int,
    matrix: Array,
    vertical: tuple[Array, Array],
    slope: Array,
    choice: lags_.LagChoice,
) -> tuple[Array, Array]:
    """Correlation functions of w with a scalar about its lag, and of the scalar with itself."""
    ww, w_slope = vertical
    H = ww.shape[1] - 1
    h = np.arange(-H, H + 1)
    cross = np.einsum("ti,tih->th", matrix[:, 2], m[f"{name}_wind_correlation"].astype(np.float64))
    wx = np.take_along_axis(cross, (choice.used - first)[:, None] + np.arange(2 * H + 1), axis=1)
    wx = wx - (w_slope * slope)[:, None] * trend_correlation(m["slots"], np.abs(h))
    xx = m[f"{name}_correlation"].astype(np.float64)
    return wx, xx - (slope**2)[:, None] * trend_correlation(m["slots"], np.arange(H + 1))


def _scalar_error(
    m: Mapping[str, Array],
    name: str,
    first: int,
    matrix: Array,
    vertical: tuple[Array, Array],
    slope: Array,
    choice: lags_.LagChoice,
    n: Array,
    far: Array,
    choices: Choices,
) -> RandomError:
    ww = vertical[0]
    wx, xx = _correlations(m, name, first, matrix, vertical, slope, choice)
    rotated = np.einsum("tij,tj->ti", matrix, m["wind_mean"])
    return error_of(ww, xx, wx, _samples(m, n, choices), choices, rotated, far, name=name)


def _samples(m: Mapping[str, Array], pairs: Array, choices: Choices) -> Array:
    """Samples that a covariance rests on: those there, or gaps too."""
    return m["slots"] if choices.error_counts_gaps else pairs


def _slope(n: Array, st: Array, stt: Array, sx: Array, stx: Array) -> Array:
    """Slope of a line in t, from sums; t runs from -1/2 to 1/2 over the period."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return covariance_from_sums(n, st, sx, stx) / covariance_from_sums(n, st, st, stt)


def _wind_slopes(sums: Array) -> Array:
    n, st, stt = sums[:, 0], sums[:, 1], sums[:, 2]
    return np.stack([_slope(n, st, stt, sums[:, 3 + k], sums[:, 6 + k]) for k in range(3)], axis=1)


def trend_correlation(slots: Array, h: npt.NDArray[np.int64]) -> Array:
    """Mean of t(i) t(i + h) over the pairs of a period, t from -1/2 to 1/2: (time, lag).

    What a line contributes to a correlation function. slots (time,) samples per period.
    """
    N = np.asarray(slots, dtype=np.float64)[:, None]
    m = N - h  # pairs
    return np.asarray(((m * m - 1.0) / 12.0 - (h / 2.0) ** 2) / N**2)


def standard_error(
    ww: Array, xx: Array, wx: Array, n: Array, choices: Choices, wind: Array
) -> tuple[Array, Array]:
    """Standard error of a covariance and the integral time scale behind it."""
    found = error_of(ww, xx, wx, n, choices, wind)
    return found.error, found.time_scale


def error_of(
    ww: Array,
    xx: Array,
    wx: Array,
    n: Array,
    choices: Choices,
    wind: Array,
    far: Array | None = None,
    *,
    name: str = "",
) -> RandomError:
    """Random error of a scalar's covariance by the method chosen; parameters as ``random_error``."""
    method = RandomErrorMethod(
        name=choices.random_error,
        rate=choices.rate,
        until=choices.time_scale,
        within_scale=choices.error_reach == "integral-scale",
        height=choices.height,
    )
    shapes = choices.noise_shapes[name](wind[:, 0]) if name in choices.noise_shapes else None
    return random_error(ww, xx, wx, samples=n, wind=wind, method=method, far=far, shapes=shapes)
