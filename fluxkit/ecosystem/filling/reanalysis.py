"""Series of coarser steps brought to the site and to half hours."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.filling.registry import Array
from fluxkit.ecosystem.filling.regression import Line, fitted
from fluxkit.ecosystem.halfhours import HalfHours, Times

#: What is summed over the step before its time; anything else is of that moment.
SUMMED = ("SW_IN", "LW_IN", "P")


@dataclass(frozen=True)
class Coarse:
    """Series of a reanalysis, or of a station with coarser steps, at one point.

    Parameters
    ----------
    time : (m,) array of datetime64[ns]
        UTC; the end of a step for what is summed over it, the moment for anything else.
    step_s : float
    series : dict of (m,) arrays
        FLUXNET names and units; radiation is a mean, rain a sum over the step.
    """

    time: Times
    step_s: float
    series: dict[str, Array]


def downscaled(name: str, coarse: Coarse, site: npt.ArrayLike | None, at: HalfHours) -> tuple[Array, Line]:
    """Bring one variable to the site and to half hours.

    The site's means over whole steps are fitted to the reanalysis: radiation and wind by a slope through
    the origin, rain by the ratio of sums, others by linear regression. Radiation is spread within a step
    as potential radiation is, rain over as many records as are wet in a wet step on the mean, other
    variables run straight from one time to the next.

    Parameters
    ----------
    name : str
    coarse : Coarse
    site : (n,) array_like or None
        What was measured, NaN where missing.
    at : HalfHours

    Returns
    -------
    (n,) array, NaN where the reanalysis does not reach; Line

    References
    ----------
    .. [1] Vuichard and Papale, Earth Syst. Sci. Data 7, 157-171, 2015, section 2.
    """
    begin = coarse.time - np.timedelta64(round(coarse.step_s), "s")
    since = (at.start - begin[0]) / np.timedelta64(1, "s")
    middle = since + at.step_s / 2.0
    series = coarse.series[name]
    if name in SUMMED:
        step = np.floor(middle / coarse.step_s).astype(np.int64)
    else:  # of the moment: the step whose middle it is
        step = np.floor((middle - coarse.step_s / 2.0) / coarse.step_s).astype(np.int64)
    inside = (step >= 0) & (step < series.size)
    safe = np.clip(step, 0, series.size - 1)
    records = max(1, round(coarse.step_s / at.step_s))
    line = (
        Line()
        if site is None
        else fitted(name, _means(np.asarray(site), safe, inside, series.size, records, name), series)
    )
    brought = line.at(series)
    if name not in SUMMED:
        moment = (coarse.time - begin[0]) / np.timedelta64(1, "s")
        return np.interp(middle, moment, brought, left=np.nan, right=np.nan), line
    out = np.where(inside, brought[safe], np.nan)
    if name == "SW_IN":
        return out * _share_of_light(at, safe, series.size, records), line
    if name == "P":
        return out * _share_of_rain(site, safe, inside, series.size, records), line
    return out, line


def _means(
    site: Array,
    step: npt.NDArray[np.int64],
    inside: npt.NDArray[np.bool_],
    steps: int,
    records: int,
    name: str,
) -> Array:
    """Return the site's mean (sum, of rain) over each step of which every record is there."""
    there = inside & np.isfinite(site)
    count = np.bincount(step[there], minlength=steps)
    total = np.bincount(step[there], site[there], minlength=steps)
    return np.where(count >= records, total if name == "P" else total / np.maximum(count, 1), np.nan)


def _share_of_light(at: HalfHours, step: npt.NDArray[np.int64], steps: int, records: int) -> Array:
    """Return potential radiation over its mean in the step; 1 where the place of the site is not known."""
    if not np.isfinite([at.latitude, at.longitude]).all():
        return np.ones(at.start.size)
    potential = at.potential_radiation
    mean = np.bincount(step, potential, minlength=steps) / np.maximum(np.bincount(step, minlength=steps), 1)
    return np.where(mean[step] > 0.0, potential / np.maximum(mean[step], 1e-9), 0.0 if records > 1 else 1.0)


def _share_of_rain(
    site: npt.ArrayLike | None,
    step: npt.NDArray[np.int64],
    inside: npt.NDArray[np.bool_],
    steps: int,
    records: int,
) -> Array:
    """Return each record's share of a step's rain: as many are wet as in the site's mean wet step."""
    wet = float(records)
    if site is not None:
        rain = np.asarray(site, np.float64)
        there = inside & np.isfinite(rain)
        each = np.bincount(step[there & (rain > 0)], minlength=steps)
        if each.any():
            wet = float(each[each > 0].mean())
    wet_records = min(records, max(1, round(wet)))
    place = np.arange(step.size) - np.searchsorted(step, step)
    return np.where(place < wet_records, 1.0 / wet_records, 0.0)
