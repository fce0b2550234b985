"""The quality tests of Vickers and Mahrt: statistics of the samples, kept with the moments, and their flags.

Statistics are taken when samples are condensed, thresholds are compared when fluxes are decided, so that
a threshold may change without the raw files. Nothing is removed: the flags advise.

References
----------
.. [1] Vickers & Mahrt, J. Atmos. Oceanic Technol. 14, 512-526, 1997, section 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit import kernels

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: What is kept of each variable, in this order.
STATISTICS = (
    "empty_bins",  # share of the histograms' bins [1]
    "stuck_central",  # share of samples that stay where they were, in the distribution's middle [1]
    "stuck_extreme",  # the same beyond its outer percentiles [1]
    "skewness",  # about a line [1]
    "kurtosis",  # about a line, normal: 3 [1]
    "step_min",  # difference of means of a window's halves, first minus second [units of the variable]
    "step_max",
    "variance_step_min",  # the same of variances, over the variance of the period [1]
    "variance_step_max",
    "beyond_limits",  # samples beyond the absolute limits
    "covariance_peak",  # covariance with w of largest size within the lag window [m s-1 times units]
    "covariance_default",  # covariance with w at the default lag
)
#: What is kept of the wind.
WIND_STATISTICS = ("steep", "unsteadiness")

#: Bits of <VARIABLE>_VM97_TEST, in order.
BITS = (
    "spikes",
    "amplitude_resolution",
    "drop_outs",
    "absolute_limits",
    "skewness_kurtosis_hard",
    "skewness_kurtosis_soft",
    "discontinuities_hard",
    "discontinuities_soft",
    "time_lag_hard",
    "time_lag_soft",
)


def amplitude_resolution(
    x: Array, *, window: int, bins: int, spread: float, percentile: float, stay: int
) -> dict[str, float]:
    """Amplitude resolution and drop-outs, from histograms of short windows that overlap by half.

    Parameters
    ----------
    x : (N,) array
        Samples, NaN where missing. [any]
    window : int
        [samples]
    bins : int
        Of each window's histogram.
    spread : float
        Widest range of a histogram. [standard deviations]
    percentile : float
        Bins beyond it from either end count as extreme. [%]
    stay : int
        Shortest stay in one bin that is a drop-out. The paper counts any two consecutive samples in one
        bin, which at 10 or 20 Hz counts smoothness: up to 40 % of good records of vapour. [samples]

    Returns
    -------
    dict of float
        "empty_bins", "stuck_central", "stuck_extreme". [1]

    References
    ----------
    .. [1] Vickers & Mahrt, J. Atmos. Oceanic Technol. 14, 512-526, 1997, sections on amplitude
       resolution and dropouts.
    """
    found = kernels.vickers_mahrt.resolution_and_dropouts(x, window, bins, spread, percentile, stay)
    return dict(zip(STATISTICS[:3], map(float, found), strict=True))


def shape_about_line(x: Array) -> dict[str, float]:
    """Skewness and kurtosis about a line, (N,) -> "skewness", "kurtosis". [1] Vickers & Mahrt (1997)."""
    return dict(zip(STATISTICS[3:5], map(float, kernels.vickers_mahrt.detrended_shape(x)), strict=True))


def discontinuities(x: Array, *, window: int, step: int) -> dict[str, float]:
    """Discontinuities: Haar transforms of mean and variance.

    Parameters
    ----------
    x : (N,) array
        [any]
    window, step : int
        Length of the window, and by how much it moves. [samples]

    Returns
    -------
    dict of float
        Extremes of the differences "step_min", "step_max" [units of x], "variance_step_min",
        "variance_step_max" [1]; NaN when the series does not move.

    References
    ----------
    .. [1] Vickers & Mahrt, J. Atmos. Oceanic Technol. 14, 512-526, 1997, section on discontinuities.
    """
    return dict(zip(STATISTICS[5:9], map(float, kernels.vickers_mahrt.haar(x, window, step)), strict=True))


def lag_covariances(w: Array, x: Array, *, first: int, last: int, default: int) -> dict[str, float]:
    """Covariance of largest size within a lag window, and at the default lag.

    Parameters
    ----------
    w, x : (N,) arrays
        Vertical wind and scalar. [m s-1], [any]
    first, last, default : int
        Lags of x behind w. [samples]

    Returns
    -------
    dict of float
        "covariance_peak", "covariance_default". [m s-1 times units of x]
    """
    found = kernels.vickers_mahrt.peak_covariance(w, x, first, last, default)
    return dict(zip(STATISTICS[10:], map(float, found), strict=True))


def wind_statistics(u: Array, v: Array, w: Array, *, angles: tuple[float, float]) -> Array:
    """Share of samples with a steep angle of attack, and unsteadiness of the horizontal wind.

    Parameters
    ----------
    u, v, w : (N,) arrays
        [m s-1]
    angles : (float, float)
        Between which an angle of attack is not steep. [deg]

    Returns
    -------
    (2,) array
        In the order of ``WIND_STATISTICS``; unsteadiness is the change of the wind vector along its
        linear trend over the speed of the mean wind. [1]

    References
    ----------
    .. [1] Vickers & Mahrt, J. Atmos. Oceanic Technol. 14, 512-526, 1997, section on nonstationarity of
       the horizontal wind.
    """
    steep = kernels.vickers_mahrt.share_beyond_angle(u, v, w, *angles)
    change = np.hypot(kernels.vickers_mahrt.slope(u), kernels.vickers_mahrt.slope(v)) * (u.size - 1)
    if np.isnan(change):
        return np.array([steep, np.nan])
    speed = np.hypot(kernels.screen.mean_and_count(u)[0], kernels.screen.mean_and_count(v)[0])
    return np.array([steep, change / speed])


# ---- flags ----


@dataclass(frozen=True)
class Thresholds:
    """Limits of one variable's tests; a hard and a soft one where the test has both."""

    spikes: float  #: share of samples that are spikes (runs) [1]
    empty_bins: float  #: [1]
    stuck_central: float  #: [1]
    stuck_extreme: float  #: [1]
    skewness: tuple[tuple[float, float], tuple[float, float]]  #: hard and soft range [1]
    kurtosis: tuple[tuple[float, float], tuple[float, float]]
    step: tuple[float, float]  #: hard and soft [units of the variable, or mol mol-1 with `per_mole`]
    variance_step: tuple[float, float]
    lag: tuple[float, float]  #: excess of the peak covariance over that at the default lag [1]


def flags(
    found: Mapping[str, Array],
    spike_share: Array,
    limits: Thresholds,
    *,
    tests: Sequence[str],
    per_mole: Array | float = 1.0,
    drop_outs_in_whole_numbers: bool = False,
    falls_only: bool = False,
    signed_lags: bool = False,
) -> Array:
    """Bits of one variable's tests over time.

    Parameters
    ----------
    found : mapping of (time,) arrays
        By name of ``STATISTICS``.
    spike_share : (time,) array
        Spikes (runs) over samples. [1]
    limits : Thresholds
    tests : sequence of str
        Tests that are made: names of ``BITS`` without "_hard" and "_soft".
    per_mole : (time,) array or float
        What turns the variable into the unit of ``limits.step``. [any]
    drop_outs_in_whole_numbers : bool
        Shares of drop-outs are cut to whole numbers, so almost never flagged.
    falls_only : bool
        Rises of mean and variance are not seen as discontinuities.
    signed_lags : bool
        A peak covariance of the other sign is not seen.

    Returns
    -------
    (time,) array
        Sum of 2**i of each flag i of ``BITS``; NaN where the variable has no statistics at all.
    """
    masks: dict[str, Mask] = {
        "spikes": spike_share >= limits.spikes,
        "amplitude_resolution": found["empty_bins"] > limits.empty_bins,
        "drop_outs": _dropped(found, limits, whole_numbers=drop_outs_in_whole_numbers),
        "absolute_limits": found["beyond_limits"] > 0,
    }
    excess = _excess(found, signed=signed_lags)
    for i, strength in enumerate(("hard", "soft")):
        odd = _outside(found["skewness"], limits.skewness[i]) | _outside(
            found["kurtosis"], limits.kurtosis[i]
        )
        jumps = _jump(found, "step", limits.step[i], factor=per_mole, falls_only=falls_only)
        jumps |= _jump(found, "variance_step", limits.variance_step[i], factor=1.0, falls_only=falls_only)
        masks[f"skewness_kurtosis_{strength}"] = odd
        masks[f"discontinuities_{strength}"] = jumps
        masks[f"time_lag_{strength}"] = excess > limits.lag[i]
    flag = np.zeros(spike_share.shape)
    for i, bit in enumerate(BITS):
        if bit.removesuffix("_hard").removesuffix("_soft") in tests:
            flag += 2.0**i * masks[bit]
    nothing = np.all([np.isnan(found[name]) for name in STATISTICS if name != "beyond_limits"], axis=0)
    return np.where(nothing, np.nan, flag)


def _dropped(found: Mapping[str, Array], limits: Thresholds, *, whole_numbers: bool) -> Mask:
    central, extreme = found["stuck_central"], found["stuck_extreme"]
    if whole_numbers:
        central, extreme = np.floor(central), np.floor(extreme)
    return np.asarray((central > limits.stuck_central) | (extreme > limits.stuck_extreme))


def _outside(x: Array, bounds: tuple[float, float]) -> Mask:
    return np.asarray((x <= bounds[0]) | (x >= bounds[1]))


def _jump(
    found: Mapping[str, Array], name: str, limit: float, *, factor: Array | float, falls_only: bool
) -> Mask:
    fall, rise = found[f"{name}_max"] * factor, -found[f"{name}_min"] * factor
    return np.asarray((fall if falls_only else np.fmax(fall, rise)) > limit)


def _excess(found: Mapping[str, Array], *, signed: bool) -> Array:
    peak, default = found["covariance_peak"], found["covariance_default"]
    if not signed:
        peak, default = np.abs(peak), np.abs(default)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((peak - default) / default)
