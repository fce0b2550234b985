"""Where in the plane fluxes come from, averaged over many periods: footprint climatology on a grid.

A footprint is cut into parcels that hold equal shares of the flux: quantiles along the wind, and for each of
them quantiles across it. Laying parcels on a grid keeps the flux whatever the size of its cells, which
values of f(x, y) at their centres do not near the tower, and is the same work for every footprint model.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from fluxkit.physics import ffp, footprint

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Parcels along and across the wind of which the shares of one period are counted.
ALONG, ACROSS = 120, 25
#: Parcels of a climatology of few periods, so that its contours are smooth.
ENOUGH = 10_000_000
#: Parcels that are held at once: about 100 MB.
CHUNK = 1_000_000


class Cuts(NamedTuple):
    """Parcels of footprints before they are turned into the wind. Arrays (time, along)."""

    distance: Array  #: upwind [m]
    spread: Array  #: standard deviation across the wind [m]


#: Periods (a slice of the time axis) and shares along the wind -> where the parcels are.
Model = Callable[[slice, Array], Cuts]


def kljun_2015(scale: Array, *, z: float, sigma_v: Array, ustar: Array, zeta: Array) -> Model:
    """Return Kljun et al. (2015) as a model; see ``physics.ffp``. Arrays over time, NaN: no footprint."""

    def cut(periods: slice, shares: Array) -> Cuts:
        s, v, u, stability = (x[periods, None] for x in (scale, sigma_v, ustar, zeta))
        x = s * ffp.distance_of_share(shares)
        return Cuts(x, ffp.crosswind_spread(x, s, z=z, sigma_v=v, ustar=u, zeta=stability))

    return cut


def kormann_meixner_2001(
    *, z: float, wind_speed: Array, ustar: Array, zeta: Array, sigma_v: Array, kappa: float
) -> Model:
    """Return Kormann & Meixner (2001) as a model; see ``physics.footprint``. Arrays over time."""

    def cut(periods: slice, shares: Array) -> Cuts:
        U, u, stability, v = (x[periods, None] for x in (wind_speed, ustar, zeta, sigma_v))
        laws = footprint.power_laws(z=z, wind_speed=U, ustar=u, zeta=stability, kappa=kappa)
        with np.errstate(invalid="ignore", divide="ignore"):
            x = laws.xi / scipy.special.gammainccinv(laws.mu, shares)
        spread = footprint.crosswind_spread_kormann_meixner_2001(x, laws, wind_speed=U, sigma_v=v)
        return Cuts(x, spread)

    return cut


def hsieh_2000(*, z: float, z0: float, length: Array, ustar: Array, sigma_v: Array, kappa: float) -> Model:
    """Return Hsieh et al. (2000), spread as Detto et al. (2006), as a model. Arrays over time."""
    scale = footprint.scale_hsieh_2000(z=z, z0=z0, length=length, kappa=kappa)

    def cut(periods: slice, shares: Array) -> Cuts:
        x = scale[periods, None] / -np.log(shares)
        v, u = sigma_v[periods, None], ustar[periods, None]
        return Cuts(x, footprint.crosswind_spread_detto_2006(x, sigma_v=v, ustar=u, z0=z0))

    return cut


@dataclass(frozen=True)
class Grid:
    """Square cells around a tower, which stands at (0, 0); x to the east, y to the north."""

    west: float  #: outer edge [m]
    south: float  #: [m]
    resolution: float  #: [m]
    columns: int
    rows: int

    @classmethod
    def around(cls, extent: float, resolution: float) -> "Grid":
        """Return a grid that reaches ``extent`` in each direction, the tower amid the middle cell. [m]"""
        half = int(np.ceil(extent / resolution - 0.5))
        edge = -(half + 0.5) * resolution
        return cls(edge, edge, resolution, 2 * half + 1, 2 * half + 1)

    @property
    def x(self) -> Array:
        """Centres of the columns. [m]"""
        return np.asarray(self.west + (np.arange(self.columns) + 0.5) * self.resolution)

    @property
    def y(self) -> Array:
        """Centres of the rows, from south to north. [m]"""
        return np.asarray(self.south + (np.arange(self.rows) + 0.5) * self.resolution)

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.columns * self.rows

    def cells(self, east: Array, north: Array) -> Integers:
        """Return the number of the cell of each place, row by row; ``size`` where it is outside."""
        column = np.floor((east - self.west) / self.resolution)
        row = np.floor((north - self.south) / self.resolution)
        inside = (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        return np.where(inside, row * self.columns + column, self.size).astype(np.int64)


def parcels(
    model: Model, direction: Array, *, along: int = ALONG, across: int = ACROSS, chunk: int = CHUNK
) -> Iterator[tuple[slice, Array, Array]]:
    """Lay the footprints of periods into the plane, piece by piece.

    Parameters
    ----------
    model : callable
        One of this module.
    direction : (time,) array
        Direction that the wind blows from, clockwise from north. [deg]
    along, across : int
        Parcels of each footprint.
    chunk : int
        Parcels that are held at once.

    Yields
    ------
    periods : slice
        Which periods.
    east, north : (periods, along * across) arrays
        Places of their parcels; NaN where a period has no footprint. [m]
    """
    shares = (np.arange(along) + 0.5) / along
    quantiles = _sideways(along, across)
    step = max(1, chunk // (along * across))
    angle = np.radians(direction)
    for first in range(0, direction.size, step):
        periods = slice(first, min(first + step, direction.size))
        cuts = model(periods, shares)
        sideways = cuts.spread[..., None] * quantiles
        sin, cos = (f(angle[periods])[:, None, None] for f in (np.sin, np.cos))
        shape = (cuts.distance.shape[0], along * across)
        east = cuts.distance[..., None] * sin + sideways * cos
        north = cuts.distance[..., None] * cos - sideways * sin
        yield periods, east.reshape(shape), north.reshape(shape)


def _sideways(along: int, across: int) -> Array:
    """Where parcels lie across the wind, in standard deviations: (along, across).

    Those of one distance are shifted against those of the next by the golden ratio, so that they do not
    line up in rows.
    """
    shift = np.mod(0.5 + np.arange(along) * (np.sqrt(5.0) - 1.0) / 2.0, 1.0)
    places = scipy.special.ndtri((np.arange(across) + shift[:, None]) / across)
    return np.asarray(places / np.sqrt(np.mean(places**2)))


def climatology(
    model: Model, direction: Array, weights: Array, grid: Grid, *, enough: int = ENOUGH
) -> tuple[Array, float]:
    """Mean footprint of periods on a grid.

    Parameters
    ----------
    model, direction
        As for ``parcels``; periods without a footprint have NaN.
    weights : (time,) array
        Of each period, 0 or more: 0 leaves it out.
    grid : Grid
    enough : int
        Parcels of all footprints together, at least; each is cut into ``ALONG`` by ``ACROSS`` or more.

    Returns
    -------
    density : (rows, columns) array
        f, of which the integral over the plane is 1. [m-2]
    outside : float
        Share of the flux that comes from outside the grid. [1]
    """
    used = np.flatnonzero((weights > 0.0) & exists(model, direction))
    if not used.size:
        return np.full((grid.rows, grid.columns), np.nan), np.nan
    finer = float(np.clip(enough / (used.size * ALONG * ACROSS), 1.0, 36.0))
    chosen, turned, share = _only(model, used), direction[used], weights[used] / weights[used].sum()
    # Rows of parcels show in the cells far away, where they lie apart: most of the refinement is theirs.
    along, across = round(ALONG * finer**0.8), round(ACROSS * finer**0.2)
    total = np.zeros(grid.size + 1)
    for periods, east, north in parcels(chosen, turned, along=along, across=across):
        each = np.broadcast_to(share[periods, None], east.shape)
        total += np.bincount(grid.cells(east, north).ravel(), each.ravel(), grid.size + 1)
    total /= along * across
    return total[:-1].reshape(grid.rows, grid.columns) / grid.resolution**2, float(total[-1])


def class_shares(
    model: Model, direction: Array, grid: Grid, classes: npt.NDArray[np.int64], count: int
) -> Array:
    """Share of each period's flux that comes from each class of a map.

    Parameters
    ----------
    model, direction
        As for ``parcels``.
    grid : Grid
        Of the map.
    classes : (rows, columns) array
        Number of the class of each cell from 0 on, rows from south to north; negative: not known.
    count : int
        Number of classes.

    Returns
    -------
    (time, count + 1) array
        Shares, which sum to 1; the last is of what is outside the map or of no known class. NaN where
        there is no footprint.
    """
    lookup = np.append(np.where(classes < 0, count, classes).ravel(), count)
    out = np.full((direction.size, count + 1), np.nan)
    there = exists(model, direction)
    for periods, east, north in parcels(model, direction):
        found = lookup[grid.cells(east, north)]
        rows = np.arange(found.shape[0])[:, None] * (count + 1)
        counts = np.bincount((rows + found).ravel(), minlength=found.shape[0] * (count + 1))
        shares = counts.reshape(-1, count + 1) / found.shape[1]
        out[periods] = np.where(there[periods, None], shares, np.nan)
    return out


def exists(model: Model, direction: Array) -> npt.NDArray[np.bool_]:
    """Whether each period has a footprint."""
    cuts = model(slice(None), np.array([0.5]))
    return np.asarray(np.isfinite(cuts.distance[:, 0] * cuts.spread[:, 0] * direction))


def _only(model: Model, periods: Integers) -> Model:
    """Return a model of some of the periods; they are cut in one go, which costs little beside parcels."""

    def cut(wanted: slice, shares: Array) -> Cuts:
        chosen = periods[wanted]
        whole = model(slice(int(chosen[0]), int(chosen[-1]) + 1), shares)
        return Cuts(*(x[chosen - chosen[0]] for x in whole))

    return cut


def levels(density: Array, cell_area: float, shares: Sequence[float]) -> Array:
    """Value of f that bounds the smallest area from which each share of the flux comes.

    Parameters
    ----------
    density : array
        Footprint on a grid. [m-2]
    cell_area : float
        [m2]
    shares : sequence of float
        Of the whole flux, also of what comes from outside the grid. [1]

    Returns
    -------
    (shares,) array
        [m-2]; NaN where the grid does not hold the share.
    """
    falling = np.sort(density.ravel())[::-1]
    held = np.cumsum(falling) * cell_area
    place = np.searchsorted(held, np.asarray(shares, dtype=np.float64))
    found = falling[np.minimum(place, falling.size - 1)]
    return np.asarray(np.where(place < falling.size, found, np.nan))
