"""Data-driven tests of Vitale et al.: statistics of the samples behind a flux, and the evidence of error.

Statistics are taken when samples are condensed; thresholds are compared when fluxes are decided.

References
----------
.. [1] Vitale et al., Biogeosciences 17, 1367-1386, 2020, sections on tests and on the combination of results.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit import kernels

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BLOCKS, PARTS = 6, 6  #: of the nonstationarity ratio: blocks of the period, parts of a block
REACH = 25  #: of the cross-correlations that are compared [samples]

#: What is kept of each scalar's flux, in this order.
STATISTICS = ("FMR", "LGD", "AL1", "DDI", "LSR", "KID", "HF5", "HF10", "HD5", "HD10", "M98")

#: Tests, in the order of the bits of <FLUX>_VITALE_SEVERE and _MODERATE.
BITS = (
    "missing_share",
    "longest_gap",
    "autocorrelation",
    "repeated_values",
    "low_resolution",
    "kurtosis_of_differences",
    "outlying_values",
    "outlying_differences",
    "nonstationarity",
    "undeveloped_turbulence",
    "implausible",
)


@dataclass(frozen=True)
class EvidenceLimits:
    """Where a statistic is moderate, and where severe, evidence of error."""

    missing_share: tuple[float, float] = (0.05, 0.15)  #: [1]
    longest_gap: tuple[float, float] = (90.0, 180.0)  #: [s]
    autocorrelation: tuple[float, float] = (0.75, 0.5)  #: of neighbouring samples, below [1]
    repeated_values: tuple[float, float] = (150.0, 300.0)  #: [s]
    low_resolution: tuple[float, float] = (0.995, 0.99)  #: below [1]
    kurtosis_of_differences: tuple[float, float] = (30.0, 50.0)  #: [1]
    outliers_5: tuple[float, float] = (0.02, 0.04)  #: share beyond 5 scales [1]
    outliers_10: tuple[float, float] = (0.005, 0.01)  #: beyond 10 [1]
    nonstationarity: tuple[float, float] = (2.0, 3.0)  #: [1]
    turbulence: tuple[float, float] = (0.3, 1.0)  #: deviation of sigma_w [1]


def flux_statistics(
    w: Array,
    x: Array,
    of_w: Mapping[str, float],
    of_x: Mapping[str, float],
    *,
    lag: int = 0,
    slots: int,
    rate: float,
) -> Array:
    """Statistics of the samples behind the flux of one scalar, missing values left out.

    Parameters
    ----------
    w, x : (N,) arrays
        Vertical wind, and what it carries, before despiking. [m s-1], [any]
    of_w, of_x : mapping
        From ``of_series``.
    lag : int
        Expected delay of x behind w. [samples]
    slots : int
        Samples that the period has room for.
    rate : float
        [Hz]

    Returns
    -------
    (11,) array
        In the order of ``STATISTICS``: share of missing pairs [1]; longest gap [s]; correlation of neighbours
        in x [1]; duration of the values in the fullest bin [s]; agreement of cross-correlations with and
        without repeated values [1]; kurtosis of differences [1]; shares of values, and of differences,
        beyond 5 and 10 scales [1]; nonstationarity ratio [1]. What both series have is the worse of the two.
        None depends on the units or zeros of w and x.

    References
    ----------
    .. [1] Vitale et al., Biogeosciences 17, 1367-1386, 2020.
    """
    there = ~(np.isnan(w) | np.isnan(x))
    missing = 1.0 - np.count_nonzero(there) / slots
    lost = max(int(kernels.vitale.longest_gap(w, x)), slots - w.size)  # a file that ends early is a gap too
    out = dict.fromkeys(STATISTICS, np.nan) | {"FMR": missing, "LGD": lost / rate}
    if np.count_nonzero(there) < 10 * REACH or np.nanmin(x) == np.nanmax(x) or np.nanmin(w) == np.nanmax(w):
        return np.array([out[name] for name in STATISTICS])
    out |= {name: max(of_w[name], of_x[name]) for name in of_w}
    out["DDI"] /= rate
    out["AL1"] = float(kernels.vitale.cross_correlation(x, x, 1)[2])
    out["LSR"] = low_resolution(w, x)
    a, b = w[max(0, -lag) : w.size - max(0, lag)], x[max(0, lag) : x.size + min(0, lag)]
    out["M98"] = nonstationarity_mahrt_1998(
        kernels.vitale.block_covariances(a, b, BLOCKS), kernels.vitale.block_covariances(a, b, BLOCKS * PARTS)
    )
    return np.array([out[name] for name in STATISTICS])


def of_series(x: Array) -> dict[str, float]:
    """Statistics of either series.

    Parameters
    ----------
    x : (N,) array
        [any]

    Returns
    -------
    dict of float
        "DDI" [samples], "KID", "HF5", "HF10", "HD5", "HD10" [1], see ``flux_statistics``; NaN for a constant.
    """
    there = x[~np.isnan(x)]
    if there.size < 2 or there.min() == there.max():
        return dict.fromkeys(("DDI", "KID", "HF5", "HF10", "HD5", "HD10"), np.nan)
    steps = np.diff(kernels.vitale.without_repeats(x))
    moved = np.abs(steps[steps != 0.0])
    resolution = float(np.nanmin(moved)) if np.isfinite(moved).any() else np.inf
    # A scale below the channel's resolution would make every value an outlier.
    values, differences = max(kernels.vitale.qn(x), resolution), max(kernels.vitale.qn(steps), resolution)
    hf = kernels.vitale.shares_beyond(x, np.nanmean(x), values)
    hd = kernels.vitale.shares_beyond(np.diff(x), 0.0, differences)
    return {
        "DDI": _fullest_bin(x),
        "KID": float(kernels.vitale.kurtosis(steps)),
        "HF5": hf[0],
        "HF10": hf[1],
        "HD5": hd[0],
        "HD10": hd[1],
    }


def _fullest_bin(x: Array) -> float:
    """Samples in the fullest of Freedman and Diaconis' bins; all of them when half are equal."""
    there = x[~np.isnan(x)]
    low, high = np.quantile(there, (0.25, 0.75))
    width = 2.0 * (high - low) / np.cbrt(there.size)
    if width == 0.0:
        return float(np.max(np.unique(there, return_counts=True)[1]))
    return float(kernels.vitale.fullest_bin(x, there.min(), width))


def low_resolution(w: Array, x: Array) -> float:
    """How well the cross-correlation survives without repeated values.

    Parameters
    ----------
    w, x : (N,) arrays
        [any]

    Returns
    -------
    float
        Determination of the line through the origin between cross-correlations, 25 samples either way, of the
        series as they are and without values equal to the one before; 1 when none repeats. [1]
    """
    a, b = kernels.vitale.without_repeats(w), kernels.vitale.without_repeats(x)
    if np.count_nonzero(np.isnan(a)) + np.count_nonzero(np.isnan(b)) == np.count_nonzero(
        np.isnan(w)
    ) + np.count_nonzero(np.isnan(x)):
        return 1.0
    if min(np.count_nonzero(~np.isnan(a)), np.count_nonzero(~np.isnan(b))) < 0.1 * w.size:
        return 0.0
    whole, rest = kernels.vitale.cross_correlation(w, x, REACH), kernels.vitale.cross_correlation(a, b, REACH)
    return float((whole @ rest) ** 2 / ((whole @ whole) * (rest @ rest)))


def nonstationarity_mahrt_1998(blocks: Array, parts: Array) -> float:
    """Nonstationarity ratio of a flux.

    Parameters
    ----------
    blocks : (I,) array
        Covariance of each block of the period. [any]
    parts : (I J,) array
        Of each part of each block.

    Returns
    -------
    float
        Deviation between blocks over the random error expected from the deviation within them; about 1
        for a stationary flux. [1]

    References
    ----------
    .. [1] Mahrt, J. Atmos. Oceanic Technol. 15, 416-429, 1998, section on the nonstationarity ratio.
    """
    within = parts.reshape(blocks.size, -1)
    counts = np.sum(~np.isnan(within), axis=1)
    usable = ~np.isnan(blocks) & (counts > 1)
    if usable.sum() < 2:
        return np.nan
    n = counts[usable]
    spread = np.sqrt(np.nansum((within[usable] - blocks[usable, None]) ** 2, axis=1) / (n - 1))
    error = np.mean(spread / np.sqrt(n))
    between = np.std(blocks[usable], ddof=1)
    return float(between / error) if error > 0.0 else np.nan


# ---- evidence ----


def evidence(
    found: Mapping[str, Array], limits: EvidenceLimits, *, turbulence: Array, implausible: Mask
) -> tuple[Array, Array]:
    """Tests that are severe, and at least moderate, evidence of error in a flux.

    Parameters
    ----------
    found : mapping of (time,) arrays
        By name of ``STATISTICS``.
    limits : Limits
    turbulence : (time,) array
        Deviation of sigma_w from its similarity model. [1]
    implausible : (time,) array of bool
        Where the flux is outside any plausible range.

    Returns
    -------
    severe, moderate : (time,) arrays
        Sum of 2**i of each test i of ``BITS``.
    """
    severe, moderate = (np.zeros(turbulence.shape) for _ in range(2))
    for strength, flag in ((0, moderate), (1, severe)):
        masks = _masks(found, limits, strength) | {
            "undeveloped_turbulence": turbulence > limits.turbulence[strength],
            "implausible": implausible,
        }
        for i, name in enumerate(BITS):
            flag += 2.0**i * masks[name]
    return severe, moderate


def _masks(found: Mapping[str, Array], limits: EvidenceLimits, i: int) -> dict[str, Mask]:
    def outlying(of: str) -> Mask:
        return np.asarray(
            (found[f"{of}5"] > limits.outliers_5[i]) | (found[f"{of}10"] > limits.outliers_10[i])
        )

    return {
        "missing_share": found["FMR"] > limits.missing_share[i],
        "longest_gap": found["LGD"] > limits.longest_gap[i],
        "autocorrelation": found["AL1"] <= limits.autocorrelation[i],
        "repeated_values": found["DDI"] >= limits.repeated_values[i],
        "low_resolution": found["LSR"] <= limits.low_resolution[i],
        "kurtosis_of_differences": found["KID"] > limits.kurtosis_of_differences[i],
        "outlying_values": outlying("HF"),
        "outlying_differences": outlying("HD"),
        "nonstationarity": found["M98"] > limits.nonstationarity[i],
    }


def combine(severe: Array, moderate: Array, outlier: Mask) -> Array:
    """Combine the tests and the outlier detection of the flux series.

    Parameters
    ----------
    severe, moderate : (time,) arrays
        From ``evidence``.
    outlier : (time,) array of bool
        Where the flux is an outlier of its series.

    Returns
    -------
    (time,) array
        0: no evidence of error; 1: moderate evidence, and the flux agrees with its series; 2: severe
        evidence, or moderate evidence and an outlier: to be removed. An outlier without any evidence is kept.
    """
    return np.where((severe > 0) | ((moderate > 0) & outlier), 2.0, np.where(moderate > 0, 1.0, 0.0))
