"""Which part of a closure is fitted: behind a dead band or bend, or where the flux depends least on it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.points import usable_points
from fluxkit.chamber.fits.fits import fit_hm
from fluxkit.kernels.closure.windows import breakpoints

Array = npt.NDArray[np.float64]

#: Fluxes of all closures for one window: (begin, end) since closing [s] -> (closure,).
Fluxes = Callable[[Array, Array], Array]

#: Gain in the Bayesian information criterion from which a bend counts.
CLEAR_GAIN = 10.0
#: Steps of the search for begin and end. [s]
STEP = 10.0
#: Windows whose dependence is within this share of the least are as good: the longest of them is taken.
AS_GOOD = 0.25
#: Closures, evenly taken from all, that a search looks at.
MOST = 150


@dataclass(frozen=True)
class Plateau:
    """How much fluxes change with begin and end of their windows, over a campaign."""

    begins: Array  #: (begin,) since closing [s]
    ends: Array  #: (end,) since closing [s]
    dependence: Array  #: (begin, end), median over closures of the change with one step, relative to the flux
    begin: float  #: chosen [s]
    end: float  #: chosen [s]
    closures: int  #: that were looked at

    def sentence(self) -> str:
        """Return what was chosen, as a sentence."""
        row = int(np.argmin(np.abs(self.begins - self.begin)))
        column = int(np.argmin(np.abs(self.ends - self.end)))
        change = 100 * self.dependence[row, column]
        return (
            f"windows from {self.begin:g} to {self.end:g} s after closing: there a step of {STEP:g} s "
            f"changes a flux by {change:.2g} % (median of {self.closures} closures)"
        )


def fixed_windows(
    deadband: Array, length: Array, *, crop_end: float = 0.0, longest: float | None = None
) -> tuple[Array, Array]:
    """Begin and end of windows behind a dead band.

    Parameters
    ----------
    deadband : ndarray, shape (closure,)
        Left out after closing; NaN counts as 0. [s]
    length : ndarray, shape (closure,)
        From closing to opening. [s]
    crop_end : float, default 0
        Left out before opening. [s]
    longest : float, optional
        Longest window. [s]

    Returns
    -------
    begin, end : ndarray, shape (closure,)
        Since closing, both included. [s]
    """
    begin = np.where(np.isfinite(deadband), deadband, 0.0)
    end = length - crop_end
    if longest is not None:
        end = np.minimum(end, begin + longest)
    return begin, end


def behind_bend(whole: Batch, begin: Array, *, search: float, shortest: float) -> tuple[Array, Array]:
    """Begin of windows behind the bend with which many closures start.

    Two pieces, a line and then a parabola, are fitted to the first part of each closure for every place of
    the break. The best one counts where it lowers the Bayesian information criterion by 10 against one
    piece, the better of an exponential and a parabola, so that a closure's curvature is not a bend.

    Parameters
    ----------
    whole : Batch
        Closures, t since closing.
    begin : ndarray, shape (closure,)
        Dead band that is left out in any case. [s]
    search : float
        Latest begin. [s]
    shortest : float
        Shortest window that must be left. [s]

    Returns
    -------
    begin : ndarray, shape (closure,)
        Since closing. [s]
    gain : ndarray, shape (closure,)
        In the criterion; NaN: too few points.
    """
    early = usable_points(whole)
    near = early.t <= 3.0 * search + shortest
    owner = np.repeat(np.arange(len(whole)), np.diff(early.offsets))
    counts = np.bincount(owner[near], minlength=len(whole))
    first = Batch(early.t[near], early.c[near], np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
    bend, gain = breakpoints(
        first.t, first.c, first.offsets, fit_hm(first).rss, float(search), float(shortest)
    )
    return np.where(gain > CLEAR_GAIN, np.maximum(begin, bend), begin), gain


def plateau(fluxes: Fluxes, length: Array, *, search: float, shortest: float) -> Plateau | None:
    """Find one window for a campaign: that on whose begin and end the fluxes depend least.

    Parameters
    ----------
    fluxes : callable
        Gives the flux of each closure, referred to the moment of closing, for begins and ends.
    length : ndarray, shape (closure,)
        From closing to opening, or to the last reading. [s]
    search : float
        Latest begin. [s]
    shortest : float
        Shortest window. [s]

    Returns
    -------
    Plateau or None
        None when closures are too short to compare windows.
    """
    usable = length[np.isfinite(length)]
    if usable.size == 0:
        return None
    common = float(np.percentile(usable, 10))
    begins = np.arange(0.0, min(search, common - shortest) + 1e-9, STEP)
    ends = np.arange(common, shortest - 1e-9, -STEP)[::-1]
    if begins.size < 2 or ends.size < 2:
        return None
    found = np.full((begins.size, ends.size, length.size), np.nan)
    for i, begin in enumerate(begins):
        for j, end in enumerate(ends):
            if end - begin >= shortest:
                found[i, j] = fluxes(np.full(length.size, begin), np.full(length.size, end))
    dependence = _dependence(found)
    if not np.isfinite(dependence).any():
        return None
    i, j = _longest_of_the_best(dependence, begins, ends)
    closures = int(np.isfinite(found[i, j]).sum())
    return Plateau(begins, ends, dependence, float(begins[i]), float(ends[j]), closures)


def sample(size: int) -> npt.NDArray[np.int64]:
    """Return the closures that a search uses: all, or ``MOST`` evenly spaced ones."""
    return np.unique(np.linspace(0, size - 1, min(size, MOST)).round().astype(np.int64))


def _dependence(fluxes: Array) -> Array:
    """Return the median over closures of the mean change from a window to its neighbours."""
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.abs(np.nanmedian(fluxes, axis=(0, 1))) if np.isfinite(fluxes).any() else np.nan
        changes = np.full((4, *fluxes.shape), np.nan)
        for axis in (0, 1):
            step = np.abs(np.diff(fluxes, axis=axis)) / scale
            # The step belongs to the windows on both its sides.
            np.moveaxis(changes[2 * axis], axis, 0)[:-1] = np.moveaxis(step, axis, 0)
            np.moveaxis(changes[2 * axis + 1], axis, 0)[1:] = np.moveaxis(step, axis, 0)
    known = np.isfinite(changes).sum(axis=0)
    # One neighbour in each direction at least: windows at the corner of the search are not preferred.
    total = np.where(known >= 2, np.nansum(changes, axis=0) / np.maximum(known, 1), np.nan)
    enough = np.isfinite(total).sum(axis=2) > 0
    found = np.full(fluxes.shape[:2], np.nan)
    found[enough] = np.nanmedian(total[enough], axis=1)
    return found


def _longest_of_the_best(dependence: Array, begins: Array, ends: Array) -> tuple[int, int]:
    good = dependence <= (1.0 + AS_GOOD) * np.nanmin(dependence)
    length = np.where(good, ends[None, :] - begins[:, None], -np.inf)
    i, j = np.unravel_index(int(np.argmax(length)), length.shape)
    return int(i), int(j)
