"""Storage below the sonic from a profile of several heights."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.tower.stretch_sums import stretch_sums

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


class ProfileChange(NamedTuple):
    """What a profile measures at begin and end of each period. Arrays (time, level)."""

    before: Array
    after: Array


def layer_depths(heights: Sequence[float] | Array, top: float) -> Array:
    """Depth of the layer that each level stands for: halfway to its neighbours, from the ground to ``top``.

    Parameters
    ----------
    heights : (level,) sequence
        Above ground, ascending. [m]
    top : float
        Upper end, the height of the sonic. [m]

    Returns
    -------
    (level,) array
        They sum to ``top``. [m] A level whose layer begins above the top has 0.

    Raises
    ------
    ValueError
        Heights do not ascend, or are not above the ground.
    """
    z = np.asarray(heights, dtype=np.float64)
    if z.size == 0 or z[0] < 0.0 or np.any(np.diff(z) <= 0.0):
        raise ValueError(f"profile: heights must ascend from the ground up, found {z.tolist()} m")
    edges = np.concatenate([[0.0], (z[1:] + z[:-1]) / 2.0, [max(top, z[-1])]])
    return np.asarray(np.diff(np.minimum(edges, top)))


def means_at(edges: Times, time: Times, readings: Array, *, window: float) -> Array:
    """Mean of the readings around instants.

    The change over a period is that between two short means at its ends: means over whole periods would be
    of a change that began half a period earlier, and one reading would be of one eddy.

    Parameters
    ----------
    edges : (edge,) array of datetime64
        Instants, UTC.
    time : (reading,) array of datetime64
        Middle of what each reading averages over, ascending.
    readings : (reading, level) array
        NaN where missing. [any]
    window : float
        Full width of the means. [s]

    Returns
    -------
    (edge, level) array
        NaN where a level has no reading within the window.

    References
    ----------
    .. [1] Finnigan, Agric. For. Meteorol. 136, 108-113, 2006.
    """
    half = np.timedelta64(round(window * 0.5e9), "ns")
    first = np.searchsorted(time, edges - half, side="left")
    last = np.searchsorted(time, edges + half, side="right")
    there = np.isfinite(readings)
    count = stretch_sums(there.astype(np.int64), first, last)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = stretch_sums(np.where(there, readings, 0.0), first, last)
        return np.asarray(np.where(count > 0, total / count, np.nan))


def storage_profile(before: Array, after: Array, density: Array, depths: Array, *, seconds: float) -> Array:
    """Change of what the air below the sonic holds, layer by layer.

    Parameters
    ----------
    before, after : (time, level) arrays
        Mixing ratio or temperature at the begin and the end of each period. [mol mol-1] or [K]
    density : (time,) or (time, level) array
        What turns it into an amount per volume: dry air or heat capacity. [mol m-3] or [J m-3 K-1]
    depths : (level,) array
        ``layer_depths``. [m]
    seconds : float
        Length of a period. [s]

    Returns
    -------
    (time,) array
        [mol m-2 s-1] or [W m-2]; NaN where a level that counts is missing: half a profile is no profile.

    Notes
    -----
    A mixing ratio with dry air keeps what a parcel holds when it warms or moistens, which a density does not.

    References
    ----------
    .. [1] Finnigan, Agric. For. Meteorol. 136, 108-113, 2006.
    """
    counts = depths > 0.0
    # x[:, counts] would lie period beside period in memory, and sums then depend on how many there are.
    density = density[:, None] if density.ndim == 1 else np.compress(counts, density, axis=1)
    change = np.compress(counts, after - before, axis=1)
    return np.asarray((change * density * depths[counts]).sum(axis=1) / seconds)
