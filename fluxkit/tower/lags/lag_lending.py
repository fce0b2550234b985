"""Lags of gases whose covariance does not stand out of the noise: none is searched for.

The largest of many covariances that are noise is anything but zero, so that a search makes a flux of it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import scipy

from fluxkit.tower.lags.lag import LARGEST, NOMINAL, OTHER_GAS, PREWHITENED, LagChoice

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: How often the largest of many covariances of noise may pass for one that is seen: as often as a single
#: covariance does at three standard deviations, the usual limit of detection.
FALSE_ALARMS = 0.0027


def noise_of_covariance(far: Array, *, sigma_w: Array, sigma_x: Array, samples: Array) -> Array:
    """Standard deviation of the covariances that noise makes at any lag.

    Parameters
    ----------
    far : (time,) array
        Root mean square covariance at far lags, NaN where it is not known. [any]
    sigma_w, sigma_x : (time,) arrays
        Standard deviations: with the number of samples what white noise would make at any lag stands in for
        what is not known at far ones.
    samples : (time,) array

    Returns
    -------
    (time,) array
        [as far]

    References
    ----------
    .. [1] Langford et al., Atmos. Meas. Tech. 8, 4197-4213, 2015, section 2.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        white = sigma_w * sigma_x / np.sqrt(samples)
    return np.asarray(np.where(np.isnan(far), white, far))


def deviations_to_be_seen(lags: Integers) -> Array:
    """By how many standard deviations of noise the largest of so many covariances must stand out.

    Parameters
    ----------
    lags : (time,) array
        Number of lags searched.

    Returns
    -------
    (time,) array
        3 for one lag, 3.7 for ten, 4.1 for sixty. [1]

    References
    ----------
    .. [1] Sidak, J. Am. Stat. Assoc. 62, 626-633, 1967.
    """
    each = -np.expm1(np.log1p(-FALSE_ALARMS) / lags)
    return np.asarray(-scipy.special.ndtri(each / 2.0))


def expected_where_unseen(
    own: Mapping[str, LagChoice],
    peak: Mapping[str, Array],
    noise: Mapping[str, Array],
    *,
    lenders: Mapping[str, Sequence[str]],
    prewhitened: Mapping[str, Array],
    kept: Mapping[str, tuple[int, int]],
) -> dict[str, LagChoice]:
    """Replace the lag of each gas where its largest covariance does not stand out of the noise.

    In its place comes, period by period, the lag of another gas of the same analyser that is seen, shifted by
    the difference of both nominal lags; else its own lag by pre-whitening where that is reliable; else the
    nominal lag.

    Parameters
    ----------
    own : mapping
        Gas -> what its largest covariance says.
    peak, noise : mapping of (time,) arrays
        Gas -> its largest covariance with w, and the standard deviation of those that noise makes; where it
        is not known (NaN) any covariance is taken for what it is. [any]
    lenders : mapping
        Gas -> gases that may lend, the best first.
    prewhitened : mapping of (time, 3) arrays
        Gas -> reliable lag and the ends of its interval, NaN where there is none. [samples]
    kept : mapping
        Gas -> first and last lag that the moments hold. [samples]

    Returns
    -------
    dict
        Gas -> LagChoice.

    References
    ----------
    .. [1] Langford et al., Atmos. Meas. Tech. 8, 4197-4213, 2015 (the bias of the largest covariance).
    .. [2] Nemitz et al., Int. Agrophys. 32, 517-549, 2018 (the lag of a strong gas).
    .. [3] Vitale et al., Environ. Ecol. Stat. 31, 219-244, 2024.
    """
    found, unseen, clear = {}, {}, {}
    for gas, choice in own.items():
        limit = noise[gas] * deviations_to_be_seen(choice.window.last - choice.window.first + 1)
        with np.errstate(invalid="ignore"):
            unseen[gas] = np.abs(peak[gas]) < limit
            clear[gas] = (np.abs(peak[gas]) >= limit) & (choice.source == LARGEST)
    for gas, choice in own.items():
        others = [(own[other], clear[other]) for other in lenders.get(gas, ())]
        found[gas] = _replaced(choice, unseen[gas], others, prewhitened.get(gas), kept[gas])
    return found


def _replaced(
    own: LagChoice,
    unseen: Mask,
    lenders: Sequence[tuple[LagChoice, Mask]],
    prewhitened: Array | None,
    kept: tuple[int, int],
) -> LagChoice:
    """Put in place, from the last resort to the best."""
    nominal = np.clip(own.window.nominal, *kept)
    used, source = np.where(unseen, nominal, own.used), np.where(unseen, NOMINAL, own.source)
    low, high = own.low, own.high
    lender = own.lender
    if prewhitened is not None:
        lag, least, most = prewhitened.T
        here = unseen & np.isfinite(lag)
        at = np.where(here, lag, 0.0)
        used = np.where(here, np.clip(np.rint(at).astype(np.int64), *kept), used)
        source = np.where(here, PREWHITENED, source)
        low, high = np.where(here, least, low), np.where(here, most, high)
    for place, (other, seen) in reversed(list(enumerate(lenders))):
        lent = other.used + own.window.nominal - other.window.nominal
        here = unseen & seen & (lent >= kept[0]) & (lent <= kept[1])
        used, source = np.where(here, lent, used), np.where(here, OTHER_GAS, source)
        low, high = np.where(here, np.nan, low), np.where(here, np.nan, high)
        lender = np.where(here, place, lender)
    return own._replace(
        used=used,
        source=source,
        low=low,
        high=high,
        lender=lender,
        at_default=(own.at_default & ~unseen) | (unseen & (source == NOMINAL)),
        below_detection=unseen,
    )
