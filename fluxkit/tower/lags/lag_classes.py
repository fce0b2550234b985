"""Windows for the time lag learnt from a season: one per gas, for water vapour one per class of humidity."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LEAST_MAD = 0.1  #: lags come in samples: their median absolute deviation may be zero [s]
MAD_OF_NORMAL = 0.6745  #: median absolute deviation of a normal distribution of unit variance


class LagClasses(NamedTuple):
    """Lags by class of relative humidity; one class from 0 to 100 % for what does not stick to walls."""

    edges: Array  #: of the classes: (class + 1,) [%]
    nominal: Array  #: median: (class,) [s]
    low: Array  #: (class,) [s]
    high: Array  #: (class,) [s]
    periods: npt.NDArray[np.int64]  #: number of those that the class rests on: (class,)

    @property
    def known(self) -> bool:
        """Whether any class has lags to go by."""
        return bool(np.isfinite(self.nominal).any())


def usable_lags(found: Array, flux: Array, *, first: float, last: float, least_flux: float) -> Mask:
    """Lags that a season may be judged by: found inside the window and of a flux that is not small.

    Parameters
    ----------
    found : (time,) array
        Lag of the largest covariance. [s]
    flux : (time,) array
        [unit of least_flux]
    first, last : float
        The window searched. [s]
    least_flux : float
        A flux must be larger, in either direction.

    Returns
    -------
    (time,) bool array
    """
    step = 1e-9  # lags are whole samples in seconds
    return np.asarray((found > first + step) & (found < last - step) & (np.abs(flux) > least_flux))


def lag_range(lags: Array, *, spread: float, one_sided: bool) -> tuple[float, float, float]:
    """Median of lags and the range that is plausible about it.

    Parameters
    ----------
    lags : (n,) array
        [s]
    spread : float
        Half-width of the range in standard deviations, which are taken from median absolute deviations.
    one_sided : bool
        Below and above the median each by its own deviation: water vapour's lags have a long tail.

    Returns
    -------
    median, low, high : float
        [s], NaN if there are no lags
    """
    if lags.size == 0:
        return np.nan, np.nan, np.nan
    median = float(np.median(lags))
    away = np.abs(lags - median)
    sides = (lags <= median, lags >= median) if one_sided else (lags > -np.inf,) * 2
    below, above = (spread * max(float(np.median(away[side])), LEAST_MAD) / MAD_OF_NORMAL for side in sides)
    return median, median - below, median + above


def learn_classes(
    lags: Array, humidity: Array | None, *, classes: int, fewest: int, spread: float
) -> LagClasses:
    """Learn the plausible lags of one gas from a season's usable ones.

    Parameters
    ----------
    lags : (n,) array
        Usable lags. [s]
    humidity : (n,) array, optional
        Relative humidity of the same periods, for a gas that sticks to walls; absent for others. [%]
    classes : int
        Number of classes of humidity.
    fewest : int
        A class needs so many lags; others are interpolated between the middles of their neighbours that have
        them, and held constant beyond.
    spread : float
        See ``lag_range``.

    Returns
    -------
    LagClasses
        NaN throughout when no class has enough lags.

    References
    ----------
    .. [1] Ibrom et al., Agric. For. Meteorol. 147, 140-156, 2007 (vapour in tubes is the slower the moister).
    .. [2] Nordbo et al., J. Atmos. Oceanic Technol. 31, 2629-2649, 2014 (delay by sorption).
    """
    if humidity is None:
        ranges = [lag_range(lags, spread=spread, one_sided=False)]
        count = np.array([lags.size], dtype=np.int64)
        edges = np.array([0.0, 100.0])
    else:
        edges = np.linspace(0.0, 100.0, classes + 1)
        member = class_of(humidity, edges)
        ranges = [lag_range(lags[member == k], spread=spread, one_sided=True) for k in range(classes)]
        count = np.bincount(member[member >= 0], minlength=classes).astype(np.int64)
    table = np.array(ranges)
    table[count < (fewest if humidity is not None else 1)] = np.nan
    nominal, low, high = (_interpolated(column, edges) for column in table.T)
    return LagClasses(edges, nominal, low, high, count)


def class_of(humidity: Array, edges: Array) -> npt.NDArray[np.int64]:
    """Class that a relative humidity [%] lies in, saturated air in the last; -1 where it is missing."""
    place = np.searchsorted(edges, np.nan_to_num(humidity, nan=-1.0), side="right") - 1
    return np.where(np.isnan(humidity), -1, np.clip(place, 0, edges.size - 2))


def _interpolated(column: Array, edges: Array) -> Array:
    there = np.isfinite(column)
    if not there.any():
        return column
    middles = 0.5 * (edges[1:] + edges[:-1])
    return np.interp(middles, middles[there], column[there])


def lags_by_humidity(
    learnt: LagClasses, humidity: Array, *, otherwise: tuple[float, float, float]
) -> tuple[Array, Array, Array]:
    """Nominal, smallest and largest lag of each period.

    Parameters
    ----------
    learnt : LagClasses
    humidity : (time,) array
        Relative humidity. [%]
    otherwise : (nominal, low, high)
        Where nothing was learnt or humidity is missing. [s]

    Returns
    -------
    nominal, low, high : (time,) arrays
        [s]
    """
    if learnt.nominal.size == 1:
        member = np.zeros(humidity.size, dtype=np.int64)
    else:
        member = class_of(humidity, learnt.edges)
    nominal, low, high = (
        np.where((member < 0) | ~np.isfinite(column[member]), instead, column[member])
        for column, instead in zip((learnt.nominal, learnt.low, learnt.high), otherwise, strict=True)
    )
    return nominal, low, high
