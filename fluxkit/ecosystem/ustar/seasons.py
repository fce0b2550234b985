"""Seasons within which a threshold of u* is looked for."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.errors import FluxkitError

Integers = npt.NDArray[np.int64]
#: How seasons are told: by name, by the days of the year on which they begin, by those of each year, or a
#: label for each record.
Seasons: TypeAlias = str | Sequence[int] | Mapping[int, Sequence[int]] | Integers

_MONTHS = {"months": (3, 6, 9, 12), "months-within-year": (3, 6, 9, 12), "quarters": (1, 4, 7, 10)}


class UstarError(FluxkitError):
    """Thresholds of u* cannot be found or applied as asked."""


def season_labels(at: HalfHours, seasons: Seasons) -> Integers:
    """Label the season of each record: year x 1000 + month, or day of the year, with which it began.

    Parameters
    ----------
    at : HalfHours
    seasons : str, sequence or mapping
        ``months``: those that begin in March, June, September and December, across the turn of the year;
        ``months-within-year``: the same, December together with January and February of its year;
        ``quarters`` of the calendar; days of the year on which seasons begin; such days for each year
        (crops); or a label for each record.

    Returns
    -------
    (n,) int array
        What lies before the first begin is a season of its own, labelled with 1.

    Raises
    ------
    UstarError
        There are no such seasons.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> from fluxkit.ecosystem.ustar.seasons import season_labels
    >>> start = np.datetime64("2020-01-01", "ns") + np.arange(366 * 48) * np.timedelta64(30, "m")
    >>> np.unique(season_labels(fk.ecosystem.HalfHours(start, 1800.0), "months"))
    array([2020001, 2020003, 2020006, 2020009, 2020012])
    """
    if isinstance(seasons, str):
        if seasons not in _MONTHS:
            raise UstarError(f"no seasons are called {seasons!r}; there are {', '.join(_MONTHS)}")
        if seasons == "months-within-year":
            return at.year * 1000 + np.where(at.month % 12 < 3, 12, at.month // 3 * 3)
        return _since_start(at.year, at.month, dict.fromkeys(at.year.tolist(), _MONTHS[seasons]))
    if isinstance(seasons, Mapping):
        return _since_start(at.year, at.day_of_year, seasons)
    if len(seasons) == at.year.size:
        return np.asarray(seasons, np.int64)
    return _since_start(at.year, at.day_of_year, dict.fromkeys(at.year.tolist(), tuple(seasons)))


def _since_start(years: Integers, within: Integers, starts: Mapping[int, Sequence[int]]) -> Integers:
    """Return the last start at or before each record; starts are sorted across years."""
    first = years.min() * 1000 + 1
    begins = np.array(sorted({first, *(y * 1000 + s for y, some in starts.items() for s in some)}), np.int64)
    place = np.searchsorted(begins, years * 1000 + within, side="right") - 1
    return np.asarray(begins[place])


def season_years(at: HalfHours, labels: Integers) -> tuple[Integers, Integers]:
    """Return the labels that occur, and the year in whose middle each season lies.

    Returns
    -------
    seasons, years : (k,) int arrays
        Seasons in order of their label; the year is that of the middle between first and last record.
    """
    seasons = np.unique(labels)
    years = np.empty(seasons.size, np.int64)
    for k, season in enumerate(seasons):
        places = np.flatnonzero(labels == season)
        first, last = at.middle[places[0]], at.middle[places[-1]]
        middle = first + (last - first) / 2
        years[k] = int(middle.astype("datetime64[Y]").astype(np.int64)) + 1970
    return seasons, years
