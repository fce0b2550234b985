"""Months and years of a series of half hours: means, how well they are known, normals, trends."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

#: Share of the times of day that a month must have for a mean, and of its days for each of them.
TIMES, DAYS = 0.9, 0.1
#: Years below which no trend is told: Mann and Kendall's statistic is nearly normal from ten on (Gilbert
#: 1987, as in MAKESENS, Salmi et al. 2002); with three the smallest chance that can come out is a third.
TREND_YEARS = 10
#: Years from which a mean is a period average, and a normal (WMO-No. 49 and WMO-No. 1203, 2017).
AVERAGE_YEARS, NORMAL_YEARS = 10, 30


@dataclass(frozen=True)
class Months:
    """A variable by year and month."""

    years: Integers  #: (year,)
    mean: Array  #: (year, 12), NaN where a month does not tell it
    share: Array  #: of half hours that are there: (year, 12)

    @property
    def annual(self) -> Array:
        """Mean of each year by the length of its months, NaN where a month lacks: (year,)."""
        return np.asarray((self.mean * _days(self.years)).sum(axis=1) / _days(self.years).sum(axis=1))

    @property
    def annual_share(self) -> Array:
        """Share of half hours of each year: (year,)."""
        return np.asarray((self.share * _days(self.years)).sum(axis=1) / _days(self.years).sum(axis=1))


@dataclass(frozen=True)
class Normal:
    """A variable by month over the years."""

    mean: Array  #: (12,)
    spread: Array  #: standard deviation between years, NaN of fewer than two: (12,)
    count: Integers  #: years of each month: (12,)


@dataclass(frozen=True)
class Trend:
    """Change of annual means."""

    years: int  #: with a mean
    slope: float = np.nan  #: per year
    chance: float = np.nan  #: that one as strong, up or down, arises without any
    withheld: str = ""  #: why there is none


def months_of(values: Array, start: Times, step_s: float) -> Months:
    """Return the mean of each month of the local clock, gaps not weighing on the time of day they are at.

    A month's mean is that of its mean course of the day (Falge et al., Agric. For. Meteorol. 107, 43, 2001):
    a plain mean of what was measured would be that of the hours in which instruments work best.

    Parameters
    ----------
    values : (n,) array
        NaN where missing.
    start : (n,) array of datetime64
        Local standard time.
    step_s : float
        Length of a record. [s]

    Returns
    -------
    Months
        NaN where less than nine tenths of the times of day have a tenth of the days each.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.atlas.climate import months_of
    >>> start = np.datetime64("2021-01-01T00:00", "s") + np.arange(31 * 48) * np.timedelta64(1800, "s")
    >>> day = (np.arange(start.size) % 48 >= 24) * 10.0
    >>> day[:480:2] = np.nan
    >>> months_of(day, start, 1800.0).mean[0, 0].round(6)
    5.0
    """
    month = start.astype("datetime64[M]").astype(np.int64)
    first, last = month.min() // 12, month.max() // 12
    years = np.arange(first, last + 1)
    place = month - 12 * first
    cells, slots = 12 * years.size, round(86400.0 / step_s)
    seconds = (start - start.astype("datetime64[D]")).astype("timedelta64[s]").astype(np.int64)
    at = place * slots + (seconds // round(step_s)).astype(np.int64)
    there = np.isfinite(values)
    count = np.bincount(at[there], minlength=cells * slots).reshape(cells, slots)
    total = np.bincount(at[there], values[there], minlength=cells * slots).reshape(cells, slots)
    days = _days(years + 1970).ravel()
    known = count >= np.maximum(1.0, DAYS * days)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        course = total / count
    told = known.sum(axis=1) >= TIMES * slots
    for row in np.flatnonzero(
        told & ~known.all(axis=1)
    ):  # a time that is missing lies between its neighbours
        here = np.flatnonzero(known[row])
        course[row] = np.interp(np.arange(slots), here, course[row, here], period=slots)
    mean = np.where(told, course.mean(axis=1), np.nan)
    share = count.sum(axis=1) / (days * slots)
    return Months(years + 1970, mean.reshape(-1, 12), share.reshape(-1, 12))


def normal_of(months: Months) -> Normal:
    """Return the mean over the years of each month, and how far the years differ."""
    there = np.isfinite(months.mean)
    count = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, months.mean, 0.0).sum(axis=0) / count
        square = np.where(there, months.mean - mean, 0.0) ** 2
        spread = np.sqrt(square.sum(axis=0) / (count - 1))
    return Normal(mean, np.where(count > 1, spread, np.nan), count.astype(np.int64))


def word_of(years: int) -> str:
    """Return what a mean over so many years may be called."""
    if years >= NORMAL_YEARS:
        return f"normal of {years} years"
    if years >= AVERAGE_YEARS:
        return f"period average of {years} years"
    return f"mean of {years} year{'s' if years != 1 else ''}" if years else "no whole month"


def trend_of(years: Integers, annual: Array) -> Trend:
    """Return Theil and Sen's slope, and the chance of Mann and Kendall's test; withheld below ten years.

    Parameters
    ----------
    years : (n,) array of int
    annual : (n,) array
        NaN where a year has no mean.

    References
    ----------
    Gilbert (1987), Statistical Methods for Environmental Pollution Monitoring, chapters 16.4 and 16.5:
    variance with ties; the normal approximation from ten values on. Salmi et al. (2002), MAKESENS.
    """
    there = np.isfinite(annual)
    n = int(there.sum())
    if n < TREND_YEARS:
        return Trend(n, withheld=f"{n} whole year{'s' if n != 1 else ''}; a trend needs {TREND_YEARS}")
    x, y = years[there].astype(np.float64), annual[there]
    a, b = np.triu_indices(n, 1)
    rise = y[b] - y[a]
    S = float(np.sign(rise).sum())
    _, ties = np.unique(y, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18.0
    z = (S - np.sign(S)) / np.sqrt(variance) if variance > 0 else 0.0
    return Trend(n, float(np.median(rise / (x[b] - x[a]))), math.erfc(abs(z) / math.sqrt(2.0)))


def _days(years: Integers) -> Array:
    """Return the length of each month: (year, 12). [d]"""
    begin = (np.asarray(years, np.int64)[:, None] - 1970) * 12 + np.arange(13)
    return np.diff(begin.astype("datetime64[M]").astype("datetime64[D]"), axis=1).astype(np.float64)
