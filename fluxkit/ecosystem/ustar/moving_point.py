"""Moving point test for the threshold of u* (Papale et al. 2006), as REddyProc and ONEFlux do it."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from fluxkit.ecosystem.ustar.estimates import Estimates, nanmax, nanmedian
from fluxkit.ecosystem.ustar.nights import Array, Bools, Records
from fluxkit.ecosystem.ustar.resampling import Draw, each_year, of_seasons, of_years
from fluxkit.ecosystem.ustar.seasons import Integers, Seasons, UstarError, season_labels
from fluxkit.kernels import plateau

CLASSES = 7
_BINS = 20
_ABOVE = 10  #: bins that the mean is taken over

_WHY = {
    plateau.FEW: "too few records",
    plateau.CORRELATED: "turbulence follows temperature",
    plateau.TURBULENT: "the lowest bin is turbulent already",
    plateau.NO_PLATEAU: "no plateau",
}


@dataclass(frozen=True)
class Variant:
    """In what the programs' tests differ.

    Parameters
    ----------
    seasons : str
        Usual seasons.
    shifting : bool
        Classes and bins are counted from where the one before ended.
    factor : float
        Share of the mean of the bins above that counts as plateau.
    season_least, class_least : int
        Records of a season and of a class, at least.
    top : int
        Bins at the top that the test does not reach.
    classes_least : int
        Classes with a threshold for one of the season.
    correlation : tuple of (float, bool)
        Largest correlation of temperature and u*, and whether that itself is too much.
    per_calendar_year : bool
        Whether years are resampled as a whole, else seasons.
    """

    seasons: str
    shifting: bool
    factor: float
    season_least: int
    class_least: int
    top: int
    classes_least: int
    correlation: tuple[float, bool]
    per_calendar_year: bool


VARIANTS = {
    "reddyproc": Variant("months", True, 0.95, 700, 0, 3, 2, (0.5, True), per_calendar_year=False),
    "oneflux": Variant("quarters", False, 1.0, 700, 100, 0, 1, (0.5, False), per_calendar_year=True),
}
#: Modes of the test: bins in a row that must be on the plateau, below zero from the top down.
MODES = {"forward": 1, "forward-2": 2, "forward-3": 3, "back": -1, "back-2": -2, "back-3": -3}
#: Settings that are of this method alone.
SETTINGS = {"mode", "factor", "first_bin"}
FIRST_BIN = 0.2  #: largest mean of u* in the lowest bin [m s-1]
_YEAR_LEAST = 3000
_ANY_LEAST = 160


@dataclass(frozen=True)
class MovingPoint:
    """The test with its settings.

    Parameters
    ----------
    name : str
        Of the variant.
    mode : str
        Of `MODES`.
    factor : float, optional
        Share of the mean of the bins above that counts as plateau; the variant's unless given.
    first_bin : float
        Largest mean of u* in the lowest bin: else there is no low turbulence to see a threshold in. [m s-1]
    """

    name: str = "reddyproc"
    mode: str = "forward-2"
    factor: float | None = None
    first_bin: float = FIRST_BIN

    @classmethod
    def of(cls, variant: str | None, settings: dict[str, Any]) -> tuple[Self, float]:
        """Return the method and the radiation below which it is night. [W m-2]"""
        name = variant or "reddyproc"
        if name not in VARIANTS:
            raise UstarError(
                f"the moving point test has no variant {name!r}; there are {', '.join(VARIANTS)}"
            )
        if settings.get("mode", "forward-2") not in MODES:
            raise UstarError(
                f"the moving point test has no mode {settings['mode']!r}; there are {', '.join(MODES)}"
            )
        known = (*sorted(SETTINGS), "night_below")
        unknown = [key for key in settings if key not in known]
        if unknown:
            raise UstarError(
                f"the moving point test has no setting {', '.join(unknown)}; it has {', '.join(known)}"
            )
        night_below = float(settings.pop("night_below", 10.0))
        return cls(name, **settings), night_below

    @property
    def variant(self) -> Variant:
        """The variant itself."""
        return VARIANTS[self.name]

    def labels(self, records: Records, seasons: Seasons | None) -> Integers:
        """Label the season of each record."""
        return season_labels(records.at, self.variant.seasons if seasons is None else seasons)

    def resampled(self, records: Records, bootstraps: int, seed: int) -> Draw:
        """Draw from all records of a season, or of a year."""
        draw = of_years if self.variant.per_calendar_year else of_seasons
        return draw(records, bootstraps, seed)

    def classes(self, records: Records, places: Integers, copies: Integers) -> tuple[Array, Integers]:
        """Find the threshold of each class of temperature.

        Parameters
        ----------
        records : Records
        places : (n,) int array
            The records of a season.
        copies : (b, n) int array
            How often each resample holds each of them.

        Returns
        -------
        thresholds, why : (b, 7) arrays
        """
        order = np.argsort(records.ta[places], kind="stable")
        ta, ustar, nee = (x[places][order] for x in (records.ta, records.turbulence, records.nee))
        how = self.variant
        out = np.full((copies.shape[0], CLASSES), np.nan)
        why = np.full(out.shape, plateau.FEW, np.int64)
        if places.size:
            plateau.plateaus(
                ta, ustar, nee, np.argsort(ustar, kind="stable"), np.ascontiguousarray(copies[:, order]),
                how.shifting, MODES[self.mode], how.factor if self.factor is None else self.factor,
                np.array([how.season_least, how.class_least, _BINS, _ABOVE, how.top]),
                np.array([how.correlation[0], float(how.correlation[1]), self.first_bin, 1e-8]), out, why,
            )  # fmt: skip
        return out, why

    def season(self, classes: Array) -> Array:
        """Return the median over the classes of a season. (b, 7) -> (b,)"""
        enough = np.isfinite(classes).sum(axis=1) >= self.variant.classes_least
        return np.where(enough, nanmedian(classes, axis=1), np.nan)

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
            for s in useful:
                out.classes[s], why = self.classes(records, useful[s], copies[s])
                out.season[s] = self.season(out.classes[s])
                out.n[s] = useful[s].size
                out.why[s] = _in_words(why[0]) if np.isnan(out.season[s][0]) else ""
            self._year(records, year, useful, copies, out)
        return out

    def _year(
        self,
        records: Records,
        year: int,
        useful: dict[int, Integers],
        copies: dict[int, Integers],
        out: Estimates,
    ) -> None:
        """Add the largest threshold of a year's seasons, or that of all its records where they are few."""
        largest = nanmax(np.stack([out.season[s] for s in useful]), axis=0)
        counts = np.stack([copies[s].sum(axis=1) for s in useful])
        pool = self._pools(records, counts, year, largest)
        out.year[year] = largest
        out.why[year] = ""
        if pool.any():
            places = np.concatenate([useful[s] for s in useful])
            all_copies = np.concatenate([copies[s] for s in useful], axis=1)[pool]
            classes, why = self.classes(records, places, all_copies)
            out.year[year][pool] = self.season(classes)
            if pool[0] and np.isnan(out.year[year][0]):
                out.why[year] = _in_words(why[0])
        if np.isnan(out.year[year][0]) and not out.why[year]:
            out.why[year] = "; ".join(f"{s}: {out.why[s]}" for s in useful)

    def _pools(self, records: Records, counts: Array, year: int, largest: Array) -> Bools:
        """Tell for which resamples the year is one season: few records, or no season with a threshold."""
        total = counts.sum(axis=0)
        if self.variant.per_calendar_year:
            # Records by day count too; whether a season gives a threshold does not.
            days = np.count_nonzero(records.day & (records.at.year == year))
            return np.asarray((total + days < _YEAR_LEAST) | (counts < self.variant.season_least).all(axis=0))
        return np.asarray((total < _YEAR_LEAST) | np.isnan(largest))


def _in_words(why: Integers) -> str:
    """Say why a season has no threshold, by how many of its classes each reason holds for."""
    codes, counts = np.unique(why[why > 0], return_counts=True)
    if codes.size == 1 and codes[0] == plateau.FEW and counts[0] == why.size:
        return _WHY[plateau.FEW]
    return ", ".join(
        f"{_WHY[int(c)]} in {n} of {why.size} classes" for c, n in zip(codes, counts, strict=True)
    )
