"""A carbon flux through time, and its means over calendar periods."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: Calendar periods, and numpy's unit of each.
PERIODS = {"day": "D", "month": "M", "year": "Y"}
#: A period needs values on this share of its days: the rest is taken to be as the days that there are.
COMPLETE = 0.9
VARIABLES = ("GPP", "NPP", "NEE", "NEP", "RECO")


@dataclass(frozen=True)
class CarbonSeries:
    """Rates that each hold from one day to another.

    Parameters
    ----------
    name : str
        What the page calls it: CENTURY, MOD17A2H.
    variable : str
        GPP, NPP, NEE (positive to the air), NEP, RECO.
    begin, end : (n,) array of datetime64[D]
        First day, and day behind the last.
    rate : (n,) array
        [g C m-2 d-1], NaN where missing.
    version, includes : str
        Of the model or product, and what it counts.
    problems : tuple of str
        What could not be used, in words.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> begin = np.array(["2020-01-01", "2020-02-01"], "M8[D]")
    >>> series = fk.budget.CarbonSeries(
    ...     "model", "NPP", begin, begin + np.array([31, 29]), np.array([1.0, 2.0])
    ... )
    >>> series.totals().tolist()
    [31.0, 58.0]
    """

    name: str
    variable: str
    begin: Days
    end: Days
    rate: Array
    version: str = ""
    includes: str = ""
    problems: tuple[str, ...] = ()

    def totals(self) -> Array:
        """Return what each value comes to over its own days. [g C m-2]"""
        return np.asarray(self.rate * (self.end - self.begin).astype(np.float64))


@dataclass(frozen=True)
class PeriodMeans:
    """Means of a series over calendar periods."""

    period: str  #: a key of ``PERIODS``
    begin: Days  #: (p,)
    rate: Array  #: (p,) [g C m-2 d-1], NaN where too few days have a value
    days: Array  #: (p,) length of each [d]
    covered: Array  #: (p,) share of the days with a value [1]

    def totals(self) -> Array:
        """Return what each period comes to. [g C m-2]"""
        return np.asarray(self.rate * self.days)


def period_means(series: CarbonSeries, period: str, *, complete: float = COMPLETE) -> PeriodMeans:
    """Return means over days, months or years, each value counting by the days that it holds.

    Parameters
    ----------
    series : CarbonSeries
    period : {"day", "month", "year"}
    complete : float
        Share of a period's days that need a value.

    Returns
    -------
    PeriodMeans
        Of all periods from the first to the last day of the series.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> begin = np.arange("2020-01-01", "2021-01-01", dtype="M8[D]")
    >>> series = fk.budget.CarbonSeries("tower", "GPP", begin, begin + 1, np.full(begin.size, 3.0))
    >>> fk.budget.period_means(series, "year").totals().tolist()
    [1098.0]
    """
    there = np.isfinite(series.rate)
    if not there.any():
        none = np.empty(0)
        return PeriodMeans(period, np.empty(0, "M8[D]"), none, none, none)
    unit = PERIODS[period]
    first, last = series.begin[there].min(), series.end[there].max()
    edges = np.arange(first.astype(f"M8[{unit}]"), (last - 1).astype(f"M8[{unit}]") + 2)
    edges = edges.astype("M8[D]").astype(np.int64)
    # Sums from the first day on, at the edges: they are straight lines between begin and end of a value.
    begin, end = (days[there].astype(np.int64) for days in (series.begin, series.end))
    sums, days = np.zeros(edges.size - 1), np.zeros(edges.size - 1)
    rate = series.rate[there]
    at = np.searchsorted(edges, begin, side="right") - 1
    for step in range(int(np.max(np.searchsorted(edges, end, side="left") - at))):
        k = np.minimum(at + step, edges.size - 2)
        overlap = np.minimum(end, edges[k + 1]) - np.maximum(begin, edges[k])
        overlap = np.where(at + step <= edges.size - 2, np.maximum(overlap, 0), 0)
        np.add.at(sums, k, rate * overlap)
        np.add.at(days, k, overlap)
    length = np.diff(edges).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(days >= complete * length, sums / days, np.nan)
    return PeriodMeans(period, edges[:-1].astype("M8[D]"), mean, length, days / length)


def common_years(all_series: Sequence[CarbonSeries]) -> list[int]:
    """Return the years that all series have."""
    found: set[int] | None = None
    for series in all_series:
        means = period_means(series, "year")
        mine = {int(str(day)[:4]) for day in means.begin[np.isfinite(means.rate)]}
        found = mine if found is None else found & mine
    return sorted(found or ())
