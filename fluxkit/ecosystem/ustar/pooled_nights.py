"""Change point of all nights of a year, each compared with the respiration expected of it: our default."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from fluxkit.ecosystem.ustar.estimates import Estimates
from fluxkit.ecosystem.ustar.nights import Array, Records
from fluxkit.ecosystem.ustar.resampling import Draw, each_year, of_seasons
from fluxkit.ecosystem.ustar.seasons import Integers, Seasons, UstarError, season_labels

#: Sensitivity of respiration that ecosystems have in common (Mahecha et al. 2010), and the law's constants:
#: reference temperature and end [K].
_E0, _REFERENCE, _END = 125.0, 288.15, 227.13
#: Coldest air of the law [degC].
_COLDEST = -40.0
#: Days before and after, whose windy half of nights tell what respiration is.
_AROUND_D = 7
#: Records of a season or year, at least.
_LEAST = 300
#: Thresholds that are tried: quantiles of u*, from the first to the last.
_FIRST, _LAST, _TRIALS = 0.03, 0.9, 150
#: Largest F by chance in one of a hundred series without a threshold (Andrews 1993, table 1).
_BY_CHANCE = 13.0
#: Half hours of one night are not independent: a third of them count.
_INDEPENDENT = 1.0 / 3.0
_FEW, _NONE, _TOP = "too few records", "the flux does not fall with u*", "no plateau"


@dataclass(frozen=True)
class PooledNights:
    """Find where the night-time flux begins to fall with u*.

    The largest of four or five seasonal medians, each of a few hundred noisy records, is too high by 0.03 to
    0.05 m s-1. Here every record of a year counts at once. Its flux is divided by the respiration that is
    expected: that of the windier half of the nights within a week, at its temperature. The ratio is one in
    turbulent air; below the threshold it falls in a line towards u* of zero, or by a step, whichever fits
    better by least squares.

    Parameters
    ----------
    name : str
        Of the variant.

    References
    ----------
    .. [1] Barr et al., Agric. For. Meteorol. 171-172, 31-45, 2013: change points and their test by F.
    .. [2] Gu et al., Agric. For. Meteorol. 128, 179-197, 2005: fluxes normalised by their response to
       temperature and season before low turbulence is judged.
    .. [3] Andrews, Econometrica 61, 821-856, 1993: the largest F of all change points.
    """

    name: str = "fluxkit"

    @classmethod
    def of(cls, variant: str | None, settings: dict[str, Any]) -> tuple[Self, float]:
        """Return the method and the radiation below which it is night. [W m-2]"""
        if variant not in (None, "fluxkit"):
            raise UstarError(
                f"pooled nights have no variant {variant!r}; there is fluxkit, and with method= those of "
                "moving-point (reddyproc, oneflux) and change-point"
            )
        night_below = float(settings.pop("night_below", 10.0))
        if settings:
            raise UstarError(f"pooled nights have no setting {', '.join(settings)}; there is night_below")
        return cls(), night_below

    def labels(self, records: Records, seasons: Seasons | None) -> Integers:
        """Label the season of each record."""
        return season_labels(records.at, "months" if seasons is None else seasons)

    def resampled(self, records: Records, bootstraps: int, seed: int) -> Draw:
        """Draw from all records of a season."""
        return of_seasons(records, bootstraps, seed)

    def estimate(
        self, records: Records, seasons: dict[int, Integers], years: dict[int, int], draw: Draw
    ) -> Estimates:
        """Find the thresholds of seasons and years.

        Parameters
        ----------
        records : Records
        seasons : dict
            Places of all records of each season.
        years : dict
            The year of each season.
        draw : callable
            Gives how often each useful record of a season is held by each resample.
        """
        out = Estimates(years)
        for year, useful, copies in each_year(records, seasons, years, draw):
            places = np.concatenate([useful[s] for s in useful])
            drawn = np.concatenate([copies[s] for s in useful], axis=1)
            nights = _Nights.of(records, places)
            edges = np.cumsum([0, *(useful[s].size for s in useful)])
            found, why = nights.thresholds(drawn, edges)
            out.year[year], out.why[year] = found[:, -1], why[-1]
            for k, s in enumerate(useful):
                out.season[s], out.why[s] = found[:, k], why[k]
                out.classes[s] = found[:, k : k + 1]  # all temperatures are one class
                out.n[s] = useful[s].size
        return out


@dataclass(frozen=True)
class _Nights:
    """The useful records of a year.

    Parameters
    ----------
    day : (n,) int array
        From the first.
    nee, ustar : (n,) array
    shape : (n,) array
        Course of respiration with temperature.
    windy : (n,) array
        One in the windier half of the records, zero elsewhere.
    """

    day: Integers
    nee: Array
    ustar: Array
    shape: Array
    windy: Array

    @classmethod
    def of(cls, records: Records, places: Integers) -> Self:
        """Take them from all records."""
        day = places // records.at.per_day
        ta, ustar = records.ta[places], records.turbulence[places]
        exponent = 1.0 / (_REFERENCE - _END) - 1.0 / (np.maximum(ta, _COLDEST) + 273.15 - _END)
        windy = ustar >= np.median(ustar) if ustar.size else np.zeros(0, np.bool_)
        first = day.min() if day.size else 0
        shape = np.exp(_E0 * exponent)
        return cls(day - first, records.nee[places], ustar, shape, windy.astype(np.float64))

    def thresholds(self, drawn: Integers, edges: Integers) -> tuple[Array, list[str]]:
        """Find the threshold of each season and of all records, in each resample.

        Parameters
        ----------
        drawn : (b, n) int array
            How often each record is there.
        edges : (s + 1,) int array
            Where seasons begin and end.

        Returns
        -------
        found : (b, s + 1) array
        why : list of str
            Why the first resample has none, empty where it has one.
        """
        parts = [slice(a, b) for a, b in pairwise(edges)] + [slice(0, edges[-1])]
        order = [np.argsort(self.ustar[part], kind="stable") + (part.start or 0) for part in parts]
        found = np.full((drawn.shape[0], len(parts)), np.nan)
        why = [_FEW] * len(parts)
        for row, copies in enumerate(drawn):
            expected = self._expected(copies)
            for k, places in enumerate(order):
                there = places[(copies[places] > 0) & (expected[places] > 0.0)]
                if there.size < _LEAST:
                    continue
                found[row, k], reason = _change_point(
                    self.nee[there], expected[there], self.ustar[there], copies[there].astype(np.float64)
                )
                if row == 0:
                    why[k] = reason
        return found, why

    def _expected(self, copies: Integers) -> Array:
        """Return the respiration that windy nights around show, at the temperature of each record."""
        weight = copies * self.windy * self.shape
        days = int(self.day[-1]) + 1 if self.day.size else 0
        sums = []
        for x in (weight * self.nee, weight * self.shape):
            total = np.concatenate([[0.0], np.cumsum(np.bincount(self.day, x, minlength=days))])
            at = np.arange(days)
            sums.append(total[np.minimum(at + _AROUND_D + 1, days)] - total[np.maximum(at - _AROUND_D, 0)])
        reference = np.divide(sums[0], sums[1], out=np.zeros(days), where=sums[1] > 0.0)
        return np.asarray(reference[self.day] * self.shape)


def _change_point(nee: Array, expected: Array, ustar: Array, copies: Array) -> tuple[float, str]:
    """Return the threshold of records in order of u*, or NaN and the reason.

    nee = expected (a + b z): below the threshold z = 1 - u*/threshold, or z = 1; above it z = 0. The noise of
    a half hour grows with its flux, and weights fall so.
    """
    weight = copies / (np.median(expected) + expected) ** 2
    n = _INDEPENDENT * copies.sum()
    trials = np.linspace(_FIRST * nee.size, _LAST * nee.size, _TRIALS).astype(np.int64)
    trials = np.unique(np.searchsorted(ustar, ustar[trials]))  # equal values are on one side
    trials = trials[trials > 0]
    if trials.size == 0:
        return np.nan, _TOP
    at = ustar[trials]
    square, product = weight * expected**2, weight * expected * nee

    def below(x: Array) -> Array:
        return np.asarray(np.concatenate([[0.0], np.cumsum(x)])[trials])

    s0, s1, s2 = below(square), below(square * ustar) / at, below(square * ustar**2) / at**2
    p0, p1 = below(product), below(product * ustar) / at
    all_s, all_p = square.sum(), product.sum()
    left = float((weight * nee**2).sum() - all_p**2 / all_s)  # squares that a constant leaves
    gains = []
    for cross, own, with_nee in ((s0 - s1, s0 - 2.0 * s1 + s2, p0 - p1), (s0, s0, p0)):
        room = all_s * own - cross**2
        b = np.divide(all_s * with_nee - cross * all_p, room, out=np.zeros(at.size), where=room > 0.0)
        gains.append(np.where(b < 0.0, b**2 * room / all_s, 0.0))
    best = max(gains, key=lambda gain: float(gain.max()))
    place = int(best.argmax())
    f = best[place] / max((left - best[place]) / max(n - 3.0, 1.0), 1e-300)
    if f < _BY_CHANCE:
        return np.nan, _NONE
    if place == at.size - 1:
        return np.nan, _TOP
    return float(at[place]), ""
