"""Time lag by cross-correlation of pre-whitened series with a block bootstrap."""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from fluxkit import kernels

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
Integers = npt.NDArray[np.int64]

NOT_A_MEASUREMENT = 1e-12  #: a relative spread below this is rounding
RESAMPLES = 499
BLOCK_SECONDS = 20.0  #: twice the longest lag of 10 s that the paper looks at
SHARE = 0.95  #: of the resamples inside the interval
#: Weights of the smoothing over five lags: a peak of one lag stays where it is, with even weights
#: it would become a plateau of five.
SMOOTHING = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
#: 1 % quantile of the variance ratio under a unit root, mean removed (Breitung, 2002).
VARIANCE_RATIO_1_PERCENT = 0.00551


class BootstrappedLag(NamedTuple):
    """A lag and the shortest interval that holds 95 % of its resamples. [samples], NaN where none"""

    lag: float
    low: float
    high: float


NO_LAG = BootstrappedLag(np.nan, np.nan, np.nan)


class _Whitener(NamedTuple):
    """A series and the filter that whitens it, as transforms of the same length."""

    series: Complex
    response: Complex
    order: int


def bootstrapped_lags(
    w: Array, t_sonic: Array, gases: dict[str, Array], windows: dict[str, tuple[int, int]], *, rate: float
) -> dict[str, BootstrappedLag]:
    """Lag of each gas behind the wind, from pre-whitened series.

    An autoregressive filter that makes one series white is applied to both of a pair; what is left of
    their cross-correlation is a narrow peak at the lag, free of the slow common course that displaces
    the maximum of weak covariances. Resampled blocks of time tell how certain the peak's place is.

    Parameters
    ----------
    w, t_sonic : (N,) arrays
        Vertical wind (rotated) and sonic temperature, NaN where missing. [m s-1], [K]
    gases : dict of (N,) arrays
        [any]
    windows : dict
        Gas -> first and last lag searched. [samples]
    rate : float
        [Hz]

    Returns
    -------
    dict of BootstrappedLag

    References
    ----------
    .. [1] Vitale et al., Environ. Ecol. Stat. 31, 219-244, 2024.
    .. [2] Breitung, J. Econom. 108, 343-363, 2002 (variance ratio test of a unit root).

    Notes
    -----
    Four correlation functions are looked at: with w and with sonic temperature filtered as the gas,
    with sonic temperature filtered as itself, with w filtered as itself; the largest peak decides. Blocks
    stay where they are in the series that comes first while the other runs on beyond their ends, so that a
    resample is a weighted sum of products by block and no lag loses pairs. Every period takes the same
    resamples, so that results do not depend on the order or number of processes.
    """
    leading = [_filled(w), _filled(t_sonic)]
    out = {}
    reach = max(abs(lag) for window in windows.values() for lag in window) if windows else 0
    for gas, x in gases.items():
        trailing = _filled(x)
        series = [trailing, *leading]
        if any(s is None for s in series) or w.size < 4 * (reach + round(BLOCK_SECONDS * rate)):
            out[gas] = NO_LAG
            continue
        pairs = _whitened_pairs([s for s in series if s is not None])
        out[gas] = _peak(pairs, windows[gas], blocks=max(2, round(w.size / (BLOCK_SECONDS * rate))))
    return out


def _filled(x: Array) -> Array | None:
    """Fluctuations with gaps filled by lines; None where there is nothing that moves."""
    there = np.flatnonzero(~np.isnan(x))
    if there.size < 0.5 * x.size:
        return None
    whole = x if there.size == x.size else np.interp(np.arange(x.size), there, x[there])
    mean = whole.mean()
    fluctuation = whole - mean
    spread = np.sqrt(np.mean(fluctuation**2))
    return fluctuation / spread if spread > NOT_A_MEASUREMENT * abs(mean) else None


def has_unit_root(x: Array) -> bool:
    """Whether a unit root cannot be ruled out at 1 %, by Breitung's variance ratio.

    Parameters
    ----------
    x : (N,) array
        Fluctuations about the mean. [any]

    Returns
    -------
    bool
    """
    ratio = np.mean(np.cumsum(x) ** 2) / (x.size**2 * np.mean(x**2))
    return bool(ratio > VARIANCE_RATIO_1_PERCENT)


def _whitened_pairs(series: list[Array]) -> list[tuple[Array, Array]]:
    """Pairs (leading, gas), whitened; series: gas, w, sonic temperature."""
    if any(has_unit_root(x) for x in series):
        series = [np.diff(x) for x in series]
    n = series[0].size
    largest = int(100.0 * np.log10(n))
    size = scipy.fft.next_fast_len(n + largest + 1, real=True)
    gas, w, t = (_whitener(x, largest, size) for x in series)

    def whitened(x: _Whitener, by: _Whitener) -> Array:
        # The first samples lack a past to be predicted from.
        return np.asarray(scipy.fft.irfft(x.series * by.response, size)[by.order : n])

    white = whitened(gas, gas)
    return [
        (whitened(w, gas), white),
        (whitened(t, gas), white),
        (whitened(t, t), whitened(gas, t)),
        (whitened(w, w), whitened(gas, w)),
    ]


def _whitener(x: Array, largest: int, size: int) -> _Whitener:
    transform = scipy.fft.rfft(x, size)
    power = transform.real**2 + transform.imag**2
    autocovariance = scipy.fft.irfft(power, size)[: largest + 1] / x.size
    coefficients = kernels.prewhitening.autoregression(autocovariance, x.size)
    response = scipy.fft.rfft(np.concatenate([[1.0], -coefficients]), size)
    return _Whitener(transform, np.asarray(response), coefficients.size)


def _peak(pairs: list[tuple[Array, Array]], window: tuple[int, int], *, blocks: int) -> BootstrappedLag:
    margin = SMOOTHING.size // 2
    first, count = window[0] - margin, window[1] - window[0] + 1 + 2 * margin
    strongest, height = np.zeros((blocks, 1)), -1.0
    for leading, gas in pairs:
        sums = kernels.prewhitening.block_products(leading, gas, first, count, blocks)
        smooth = np.lib.stride_tricks.sliding_window_view(sums, SMOOTHING.size, axis=1) @ SMOOTHING
        scale = np.sqrt(np.square(leading).sum() * np.square(gas).sum())
        here = float(np.abs(smooth.sum(axis=0)).max() / scale) if scale > 0.0 else 0.0
        if here > height:
            strongest, height = smooth, here
    found = window[0] + kernels.prewhitening.resampled_maxima(
        np.ascontiguousarray(strongest), _resamples(blocks)
    )
    return BootstrappedLag(most_frequent(found), *shortest_interval(found, SHARE))


@cache
def _resamples(blocks: int) -> Integers:
    """How often each block is in each resample."""
    rng = np.random.default_rng(31219)
    return rng.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=RESAMPLES)


def most_frequent(values: Integers) -> float:
    """Mode of whole numbers; neighbours count half, so that a lone spike does not win over a hump."""
    low = int(values.min())
    frequency = np.bincount(values - low).astype(np.float64)
    smooth = np.convolve(frequency, [0.5, 1.0, 0.5])[1:-1]
    return float(low + int(np.argmax(smooth)))


def shortest_interval(values: Integers, share: float) -> tuple[float, float]:
    """Shortest interval that holds a share of the values (highest density interval)."""
    ordered = np.sort(values)
    inside = int(np.ceil(share * ordered.size))
    width = ordered[inside - 1 :] - ordered[: ordered.size - inside + 1]
    k = int(np.argmin(width))
    return float(ordered[k]), float(ordered[k + inside - 1])
