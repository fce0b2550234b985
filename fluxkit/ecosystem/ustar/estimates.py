"""Thresholds of classes, seasons and years, for all resamples at once."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from fluxkit.ecosystem.ustar.nights import Array


@dataclass
class Estimates:
    """What a method found: arrays over resamples, NaN where there is no threshold.

    Parameters
    ----------
    years : dict
        The year of each season.
    classes : dict
        By season: (b, classes), thresholds of classes of temperature.
    season, year : dict
        By season, by year: (b,).
    n : dict
        By season: useful records.
    why : dict
        By season and year: why there is none, in words.
    """

    years: dict[int, int]
    classes: dict[int, Array] = field(default_factory=dict)
    season: dict[int, Array] = field(default_factory=dict)
    year: dict[int, Array] = field(default_factory=dict)
    n: dict[int, int] = field(default_factory=dict)
    why: dict[int, str] = field(default_factory=dict)

    def single(self) -> Array:
        """Return the median of the years. (b,)"""
        return nanmedian(self.by_year(), axis=1)

    def by_year(self) -> Array:
        """Return the years' thresholds in order. (b, years)"""
        return np.stack([self.year[y] for y in sorted(self.year)], axis=1)

    def years_filled(self) -> Array:
        """Return the years' thresholds, the single one where a year has none. (b, years)"""
        by_year = self.by_year()
        return np.where(np.isnan(by_year), self.single()[:, None], by_year)

    def seasons_filled(self) -> Array:
        """Return the seasons' thresholds, the year's where a season has none. (b, seasons)"""
        years = sorted(self.year)
        filled = self.years_filled()
        return np.stack(
            [
                np.where(np.isnan(t), filled[:, years.index(self.years[s])], t)
                for s, t in sorted(self.season.items())
            ],
            axis=1,
        )


def nanmedian(x: Array, axis: int) -> Array:
    """Median of what is there; NaN, without a warning, where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmedian(x, axis=axis))


def nanmean(x: Array, axis: int) -> Array:
    """Mean of what is there; NaN, without a warning, where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(x, axis=axis))


def nanmax(x: Array, axis: int) -> Array:
    """Largest of what is there; NaN, without a warning, where nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmax(x, axis=axis))


def quantiles(samples: Array, percentiles: Array, least: float = 0.4) -> Array:
    """Return percentiles over the first axis (type 7), NaN where less than the share `least` is there.

    Parameters
    ----------
    samples : (b, k) array
    percentiles : (p,) array
        [%]
    least : float, default 0.4
        As REddyProc.

    Returns
    -------
    (p, k) array
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        out = np.nanpercentile(samples, percentiles, axis=0)
    out[:, np.isfinite(samples).mean(axis=0) < least] = np.nan
    return np.asarray(out)
