"""The correction factors of FLUXNET's products: quartiles of (Rn - G) / (H + LE) of the days around."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Days to either side: of days and of half hours with factors, and of those that borrow their neighbours'.
DAYS, HALF_HOUR_DAYS, BORROWED_DAYS = 7, 15, 5
#: Factors that the first method needs.
FEWEST = 5
#: Local hours whose factors count for half hours: storage changes little then.
QUIET = ((22.0, 2.5), (10.0, 14.5))
PERCENTILES = (25, 50, 75)


@dataclass(frozen=True)
class FactorCorrected:
    """Fluxes times the quartiles of the factors around. [W m-2]"""

    h: Array  #: (n,) median
    le: Array
    h_quartiles: Array  #: (n, 2) 25th and 75th percentile, of method 1 alone
    le_quartiles: Array
    factor: Array  #: (n,) that makes the median [1]
    method: Integers  #: (n,) 1, 2, 3 as in EBC_CF_METHOD, 0 where there is none
    number: Integers  #: (n,) of factors that it rests on


def closure_factors(h: Array, le: Array, available: Array) -> Array:
    """Return (Rn - G) / (H + LE) without values beyond 1.5 quartile distances from the median. [1]"""
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = available / (h + le)
    finite = factor[np.isfinite(factor)]
    if not finite.size:
        return np.full(factor.shape, np.nan)
    low, middle, high = np.quantile(finite, [0.25, 0.5, 0.75])
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(factor - middle) <= 1.5 * (high - low), factor, np.nan)


def correct_days(
    h: Array, le: Array, factor: Array, year: Integers, day_of_year: Integers
) -> FactorCorrected:
    """Correct daily fluxes with the factors of up to 15 days (Pastorello et al. 2020, ONEFlux).

    1. With five factors or more within 7 days to either side: H and LE times each of them, and of these the
       quartiles.
    2. Else the mean of the factors of method 1 within 5 days.
    3. Else the same in the years before and after, then two years away.

    Parameters
    ----------
    h, le : (n,) array
        Daily means, filled. [W m-2]
    factor : (n,) array
        Of `closure_factors`, NaN on days that have none.
    year, day_of_year : (n,) array of int
        Of each day.

    Returns
    -------
    FactorCorrected
        Quartiles are interpolated; ONEFlux takes the next higher of the products.

    References
    ----------
    .. [1] Pastorello et al., "The FLUXNET2015 dataset and the ONEFlux processing pipeline for eddy covariance
       data", Scientific Data 7, 2020.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> n = 60
    >>> h, le = np.full(n, 50.0), np.full(n, 70.0)
    >>> found = fk.budget.correct_days(h, le, np.full(n, 1.25), np.full(n, 2020), np.arange(n))
    >>> found.le[0], int(found.method[0]), int(found.number[30])
    (np.float64(87.5), 1, 15)
    """
    around = [np.arange(max(i - DAYS, 0), min(i + DAYS + 1, h.size)) for i in range(h.size)]
    near = [np.arange(max(i - BORROWED_DAYS, 0), min(i + BORROWED_DAYS + 1, h.size)) for i in range(h.size)]
    key = {(y, d): i for i, (y, d) in enumerate(zip(year.tolist(), day_of_year.tolist(), strict=True))}

    def elsewhere(i: int, years: int) -> Integers:
        found = []
        for other in (year[i] - years, year[i] + years):
            middle = key.get((int(other), int(day_of_year[i])))
            if middle is not None:
                found.append(near[middle])
        return np.concatenate(found) if found else np.empty(0, np.int64)

    return _corrected(h, le, factor, around, near, elsewhere)


def correct_half_hours(
    h: Array, le: Array, factor: Array, hour: Array, per_day: int, per_year: float = 365.25
) -> FactorCorrected:
    """Correct half hours with the factors of quiet hours within 15 days.

    As `correct_days`, with factors between 22:00 and 2:30 and between 10:00 and 14:30; methods 2 and 3 look
    within 5 days and one hour.

    Parameters
    ----------
    h, le : (n,) array
        Evenly spaced. [W m-2]
    factor : (n,) array
        Of `closure_factors`.
    hour : (n,) array
        Middle of the period on the local clock. [h]
    per_day : int
        Periods of a day.
    per_year : float
        Days after which the same season comes again.

    Returns
    -------
    FactorCorrected

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> n = 48 * 20
    >>> hour = np.tile(np.arange(48) / 2 + 0.25, 20)
    >>> found = fk.budget.correct_half_hours(np.full(n, 40.0), np.full(n, 60.0), np.full(n, 1.2), hour, 48)
    >>> found.le[500], int(found.method[500])
    (np.float64(72.0), 1)
    """
    quiet = np.zeros(hour.shape, np.bool_)
    for first, last in QUIET:
        quiet |= (hour >= first) | (hour < last) if first > last else (hour >= first) & (hour < last)
    n, reach = h.size, HALF_HOUR_DAYS * per_day
    index = np.flatnonzero(quiet & np.isfinite(factor))
    around = [
        index[np.searchsorted(index, i - reach) : np.searchsorted(index, i + reach, side="right")]
        for i in range(n)
    ]
    beside = round(per_day / 24)
    steps = (
        np.arange(-BORROWED_DAYS, BORROWED_DAYS + 1)[:, None] * per_day + np.arange(-beside, beside + 1)
    ).ravel()
    near = [_inside(i + steps, n) for i in range(n)]

    def elsewhere(i: int, years: int) -> Integers:
        shift = round(years * per_year) * per_day
        return np.concatenate([_inside(i - shift + steps, n), _inside(i + shift + steps, n)])

    return _corrected(h, le, factor, around, near, elsewhere)


def _inside(index: Integers, n: int) -> Integers:
    return np.asarray(index[(index >= 0) & (index < n)])


def _corrected(
    h: Array,
    le: Array,
    factor: Array,
    around: list[Integers],
    near: list[Integers],
    elsewhere: Callable[[int, int], Integers],
) -> FactorCorrected:
    n = h.size
    middle, quartiles = np.full(n, np.nan), np.full((n, 2), np.nan)
    method, number = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for i, index in enumerate(around):
        found = factor[index]
        found = found[np.isfinite(found)]
        if found.size >= FEWEST:
            quartiles[i, 0], middle[i], quartiles[i, 1] = np.percentile(found, PERCENTILES)
            method[i], number[i] = 1, found.size
    first = np.where(method == 1, middle, np.nan)
    for i in np.flatnonzero(method == 0).tolist():
        for kind, index in ((2, near[i]), (3, elsewhere(i, 1)), (3, elsewhere(i, 2))):
            found = first[index]
            found = found[np.isfinite(found)]
            if found.size:
                middle[i], method[i], number[i] = found.mean(), kind, found.size
                break
    # A negative flux turns the order of its products around.
    h_quartiles, le_quartiles = (np.sort(flux[:, None] * quartiles, axis=1) for flux in (h, le))
    return FactorCorrected(h * middle, le * middle, h_quartiles, le_quartiles, middle, method, number)
