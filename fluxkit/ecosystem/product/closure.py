"""Factors that close the energy balance: LE_CORR and H_CORR of the product."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.halfhours import HalfHours

Array = npt.NDArray[np.float64]

#: Days to either side that factors are from, and those whose factors stand in where there are too few.
WINDOW_D, NEAR_D = 15, 5
#: Fewest half hours of a window.
FEWEST = 5
#: Interquartile ranges from the median beyond which a factor is an outlier.
REACH = 1.5


@dataclass(frozen=True)
class Closure:
    """Factors by which H and LE are multiplied, each of shape (n,)."""

    factor: Array  #: median [1]
    low: Array  #: 25th percentile, of the first method alone [1]
    high: Array  #: 75th percentile [1]
    number: Array  #: factors that it is from
    method: Array  #: 1 days around, 2 their medians, 3 the same days of other years
    measured: Array  #: of the record itself, outliers left out [1]


def closure_factors(NETRAD: Array, G: Array, H: Array, LE: Array, at: HalfHours) -> Closure:
    """Return the factors that make H + LE the available energy on the mean, by ONEFlux' three methods.

    Of each half hour (NETRAD - G) / (H + LE), without those beyond 1.5 interquartile ranges from the median.
    Method 1: quartiles of the days up to 15 before and after, of the hours about midnight and noon (when
    storage changes least: 22:00 to 2:30 and 10:00 to 14:30 by the end of the record), five at least. Method
    2, where they are fewer: the mean of the medians of five days before and after. Method 3: the same days
    one year, then two years before and after. ONEFlux moves its window by the record, ours by the day.

    The residual may be storage, advection or a term that was not measured, and need not belong to H and LE in
    their ratio: corrected fluxes stand beside the measured ones.

    Parameters
    ----------
    NETRAD, G, H, LE : (n,) arrays
        Of good quality, NaN elsewhere. [W m-2]
    at : HalfHours
        Whole local days.

    References
    ----------
    .. [1] Pastorello et al., Sci. Data 7, 225, 2020, section "Energy balance closure correction".

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.halfhours import HalfHours
    >>> from fluxkit.ecosystem.product.closure import closure_factors
    >>> start = np.datetime64("2020-06-01", "ns") + np.arange(40 * 48) * np.timedelta64(30, "m")
    >>> flux = 100.0 + np.arange(start.size) % 7
    >>> found = closure_factors(2.5 * flux, 0.1 * flux, flux, flux, HalfHours(start, 1800.0))
    >>> float(found.factor[0].round(3)), float(found.method.max())
    (1.2, 1.0)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        measured = (NETRAD - G) / (H + LE)
    measured = _without_outliers(np.where(np.isfinite(measured), measured, np.nan))
    end = at.hour + at.step_s / 7200.0
    chosen = (end >= 22.0) | (end < 3.0) | ((end >= 10.0) & (end < 15.0))
    quartiles, number = _windows(np.where(chosen, measured, np.nan).reshape(-1, at.per_day))
    median, factor = quartiles[1], quartiles[1].copy()
    method = np.where(number >= FEWEST, 1.0, np.nan)
    date = at.local_start[:: at.per_day].astype("datetime64[D]")
    around = np.arange(median.size)[:, None] + np.arange(-NEAR_D, NEAR_D + 1)
    for which, days in ((2.0, around), (3.0, _same_days(date, 1)), (3.0, _same_days(date, 2))):
        mean, found = _near(median, days)
        here = ~np.isfinite(factor) & np.isfinite(mean)
        factor[here], number[here], method[here] = mean[here], found[here], which
    number = np.where(np.isfinite(factor), number, np.nan)
    factor, low, high, number, method = (
        np.repeat(x, at.per_day) for x in (factor, quartiles[0], quartiles[2], number, method)
    )
    return Closure(factor, low, high, number, method, measured)


def _without_outliers(x: Array) -> Array:
    known = x[np.isfinite(x)]
    if not known.size:
        return x
    low, middle, high = np.percentile(known, [25.0, 50.0, 75.0])
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(x - middle) <= REACH * (high - low), x, np.nan)


def _windows(rows: Array) -> tuple[Array, Array]:
    """Return the quartiles (3, day) of the days around each day, and how many factors they are from."""
    days = rows.shape[0]
    quartiles, number = np.full((3, days), np.nan), np.zeros(days)
    for day in range(days):
        around = rows[max(day - WINDOW_D, 0) : day + WINDOW_D + 1]
        known = around[np.isfinite(around)]
        number[day] = known.size
        if known.size >= FEWEST:
            quartiles[:, day] = np.percentile(known, [25.0, 50.0, 75.0])
    return quartiles, number


def _near(median: Array, days: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Return the mean over rows of days, and how many of them have a median."""
    inside = (days >= 0) & (days < median.size)
    rows = np.where(inside, median[np.clip(days, 0, median.size - 1)], np.nan)
    there = np.isfinite(rows)
    number = there.sum(axis=1).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(there, rows, 0.0).sum(axis=1) / number, number


def _same_days(date: npt.NDArray[np.datetime64], years: int) -> npt.NDArray[np.int64]:
    """Return for each day the places of the days about its date, years before and after."""
    first = date.astype("datetime64[Y]")
    of_year = (date - first.astype("datetime64[D]")).astype(np.int64)
    columns = []
    for shift in (-years, years):
        begin = (first + shift).astype("datetime64[D]")
        middle = (begin - date[0]).astype(np.int64) + of_year
        columns.append(middle[:, None] + np.arange(-NEAR_D, NEAR_D + 1))
    return np.concatenate(columns, axis=1)
