"""Change points for the threshold of u* (Barr et al. 2013)."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from fluxkit.ecosystem.ustar.estimates import Estimates, nanmean
from fluxkit.ecosystem.ustar.nights import FASTEST, Array, Bools, Records
from fluxkit.ecosystem.ustar.resampling import Draw, of_years
from fluxkit.ecosystem.ustar.seasons import Integers, Seasons, UstarError
from fluxkit.kernels.breaks import change_points

_WINDOWS = 4
_STRATA = np.array([4, 8])
_BINS = 50
_OUTLIER = 5.0  #: interquartile ranges
_LEAST_SHARE = 0.1

#: F of the best change point that is exceeded with a probability of 0.05 in n values without one (Wang 2003).
_N = np.array([10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000], np.float64)
_F_95 = np.array(
    [9.1471, 7.8770, 7.4426, 7.0306, 6.8758, 6.8883, 6.9184, 6.9811, 7.0624, 7.2005, 7.3421, 7.5627, 7.7834]
)

VARIANTS = ("barr-2013", "oneflux")


@dataclass(frozen=True)
class ChangePoint:
    """Two-parameter model: the flux follows u* up to the change point and is constant above.

    A year's useful records, December first, are cut into four windows of equal numbers, these into four to
    eight strata of temperature. In each, means of five records in order of u* (three of hourly ones) are
    fitted; change points that are significant (p <= 0.05), not within a twentieth of either end, of the
    prevailing sign, and no outliers by themselves, their slope or its error are averaged.

    Parameters
    ----------
    name : {"barr-2013", "oneflux"}
        ONEFlux' code begins December on day 336 of any year, judges the change point instead of the slope
        and its error by the quartiles of these, and takes percentiles between equal values with rounding
        errors, by which all values equal to the limit of a bin may fall out of it.
    """

    name: str = "barr-2013"

    @classmethod
    def of(cls, variant: str | None, settings: dict[str, Any]) -> tuple[Self, float]:
        """Return the method and the radiation below which it is night. [W m-2]"""
        name = variant or VARIANTS[0]
        if name not in VARIANTS:
            raise UstarError(
                f"change points have no variant {name!r}; there are {', '.join(VARIANTS)}, reddyproc"
            )
        night_below = float(settings.pop("night_below", 5.0))
        if settings:
            raise UstarError(f"change points have no setting {', '.join(settings)}; there is night_below")
        return cls(name), night_below

    def labels(self, records: Records, seasons: Seasons | None) -> Integers:
        """Label windows of equal numbers of useful records: year x 1000 + 1 to 4."""
        if seasons is not None:
            raise UstarError("change points are found in windows of equal numbers of records, not in seasons")
        out = np.empty(records.useful.size, np.int64)
        for year in np.unique(records.at.year):
            places = self._december_first(records, int(year))
            useful = _useful(records)[places]
            before: Integers = np.cumsum(useful) - useful
            width = max(int(np.floor(useful.sum() / _WINDOWS + 0.5)), 1)
            out[places] = year * 1000 + 1 + np.minimum(before // width, _WINDOWS - 1)
        return out

    def _december_first(self, records: Records, year: int) -> Integers:
        """Return the places of a year's records, those of its December before the others."""
        places = np.flatnonzero(records.at.year == year)
        if self.name == "oneflux":
            december = records.at.day_of_year[places] >= 336
        else:
            december = records.at.month[places] == 12
        return np.concatenate([places[december], places[~december]])

    def resampled(self, records: Records, bootstraps: int, seed: int) -> Draw:
        """Draw from all records of a year."""
        return of_years(records, bootstraps, seed)

    def estimate(
        self, records: Records, seasons: dict[int, Integers], years: dict[int, int], draw: Draw
    ) -> Estimates:
        """Find the thresholds of windows and years."""
        out = Estimates(years)
        for year in sorted(set(years.values())):
            places = self._december_first(records, year)
            copies = draw({year: places}, year)[year]
            good = _useful(records)[places[records.useful[places]]]
            chosen = places[records.useful[places]][good]
            fits = self._fits(records, chosen, np.ascontiguousarray(copies[:, good]))
            point, why = self._selected(fits)
            for w in range(_WINDOWS):
                season = year * 1000 + 1 + w
                if season in seasons:
                    out.classes[season] = np.where(significant(fits[:, w]), fits[:, w, :, 1], np.nan)
                    out.season[season] = nanmean(point[:, w], axis=1)
                    out.n[season] = int(records.useful[seasons[season]].sum())
                    out.why[season] = "" if np.isfinite(out.season[season][0]) else why or "no change point"
            out.year[year] = nanmean(point.reshape(point.shape[0], -1), axis=1)
            out.why[year] = why
        return out

    def _fits(self, records: Records, places: Integers, copies: Integers) -> Array:
        """Fit all strata. (b, 4, 8, 6): F, change point, its place, slope, standard error, bins."""
        size = 3 if records.at.per_day == 24 else 5
        out = np.full((copies.shape[0], _WINDOWS, int(_STRATA[1]), 6), np.nan)
        if places.size:
            ta, ustar, nee = (x[places] for x in (records.ta, records.turbulence, records.nee))
            change_points(
                ta, ustar, nee, np.argsort(ta, kind="stable"), np.argsort(ustar, kind="stable"), copies,
                size, _WINDOWS, _STRATA, _BINS, _WINDOWS * int(_STRATA[0]) * _BINS * size,
                self.name != "oneflux", out,
            )  # fmt: skip
        return out

    def _selected(self, fits: Array) -> tuple[Array, str]:
        """Return the change points that count, NaN elsewhere, and in words why there are none."""
        tried = np.isfinite(fits[..., 0])
        if not tried.any():
            return np.full(fits.shape[:-1], np.nan), "too few records"
        good = significant(fits)
        deficit = fits[..., 3] >= 0.0
        selected = good & (deficit if (good & deficit).sum() >= (good & ~deficit).sum() else ~deficit)
        if selected.sum() < _LEAST_SHARE * tried.sum():
            return np.full(fits.shape[:-1], np.nan), "less than a tenth of the strata have a change point"
        selected &= ~self._outliers(fits, good)
        if selected.sum() < _WINDOWS * fits.shape[0]:
            return np.full(fits.shape[:-1], np.nan), "fewer than four strata have a change point"
        return np.where(selected, fits[..., 1], np.nan), ""

    def _outliers(self, fits: Array, good: Bools) -> Bools:
        """Tell which change points, slopes or errors of slopes lie far outside of the quartiles."""
        from scipy.stats import t

        inside = _away_from_ends(fits)
        width = t.ppf(0.975, np.maximum(fits[..., 5] - 2.0, 1.0)) * fits[..., 4]
        out = np.zeros(fits.shape[:-1], np.bool_)
        for x, among in ((fits[..., 1], good), (fits[..., 3], inside), (width, inside)):
            if among.any():
                low, middle, high = np.percentile(x[among], [25, 50, 75])
                judged = fits[..., 1] if self.name == "oneflux" else x
                out |= np.abs(judged - middle) > _OUTLIER * (high - low)
        return out


def significant(fits: Array) -> Bools:
    """Tell which change points are significant and not at an end. (..., 6) -> (...)"""
    from scipy.interpolate import PchipInterpolator

    bins = np.clip(np.nan_to_num(fits[..., 5], nan=_N[0]), _N[0], _N[-1])
    return np.asarray(_away_from_ends(fits) & (fits[..., 0] >= PchipInterpolator(_N, _F_95)(bins)))


def _away_from_ends(fits: Array) -> Bools:
    margin = np.maximum(np.floor(0.05 * fits[..., 5]), 3.0)
    return np.asarray((fits[..., 2] > margin) & (fits[..., 2] < fits[..., 5] - margin))


def _useful(records: Records) -> Bools:
    return records.useful & (records.turbulence >= 0.0) & (records.turbulence <= FASTEST)
