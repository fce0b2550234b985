"""Half hours that stand out of their neighbours."""

from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]

Despiking = Literal["double-differences", "papale-2006", "hampel", "none"]
DESPIKING: tuple[str, ...] = get_args(Despiking)

#: Days of a block for which spread is estimated (Papale et al., 2006).
BLOCK = 13
#: Median absolute deviation of a normal distribution with unit variance.
NORMAL = 0.6745
#: Fewest differences of a block and class.
FEWEST = 24
#: Passes after which no further spike is looked for.
PASSES = 5
#: Records on each side of the running median.
REACH = 6


def spikes(
    x: Array, night: Where, per_day: int, *, method: Despiking = "double-differences", z: float = 7.0
) -> Where:
    """Return which records are spikes.

    Parameters
    ----------
    x : array, shape (n,)
        A flux, NaN where missing.
    night : boolean array, shape (n,)
        Records of the night: day and night have spreads of their own.
    per_day : int
        Records of a day.
    method : {"double-differences", "papale-2006", "hampel", "none"}
        ``papale-2006``: one pass, every record whose double difference is too large: a large spike takes
        both of its neighbours with it. ``double-differences``: the same statistic, but of neighbours only the
        largest counts, and passes follow until none is found. ``hampel``: distance to the running median.
    z : float, default 7
        Spread that is allowed; 4 to 7 in the paper, 5.5 in FLUXNET's.

    References
    ----------
    .. [1] Papale et al., Biogeosciences 3, 571-583, 2006, eq. 1-3.
    .. [2] Hampel, J. Am. Stat. Assoc. 69, 383-393, 1974.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.quality.despiking import spikes
    >>> x = np.sin(np.arange(624) / 7.0)
    >>> x[100] = 20.0
    >>> np.flatnonzero(spikes(x, np.zeros(624, bool), 48))
    array([100])
    """
    if method not in DESPIKING:
        raise ValueError(f"despiking {method!r} is not known; there are {', '.join(DESPIKING)}")
    found = np.zeros(x.size, dtype=bool)
    if method == "none":
        return found
    for here in (night, ~night):
        if method == "hampel":
            found |= here & _hampel(x, here, per_day, z)
            continue
        for _ in range(1 if method == "papale-2006" else PASSES):
            new = _large_differences(
                np.where(found, np.nan, x), here, per_day, z, alone=method != "papale-2006"
            )
            if not new.any():
                break
            found |= new
    return found


def _large_differences(x: Array, here: Where, per_day: int, z: float, *, alone: bool) -> Where:
    """Return records of a class whose double difference is beyond its spread in their block.

    Neighbours are of the same class, the last of a night beside the first of the next: from dusk to night a
    flux bends by more than nights vary.
    """
    found = np.zeros(x.size, dtype=bool)
    k = np.flatnonzero(here & np.isfinite(x))
    if k.size < 3:
        return found
    d = np.full(k.size, np.nan)
    d[1:-1] = 2.0 * x[k[1:-1]] - x[k[:-2]] - x[k[2:]]
    middle, spread = _by_block(d, k // (BLOCK * per_day))
    far = np.abs(d - middle) / np.where(spread > 0.0, spread, np.nan)
    large = far > z / NORMAL
    if alone:
        padded = np.concatenate([[0.0], np.nan_to_num(far), [0.0]])
        large &= (far >= padded[:-2]) & (far >= padded[2:])
    found[k[large]] = True
    return found


def _by_block(d: Array, block: npt.NDArray[np.int64]) -> tuple[Array, Array]:
    """Return median and median absolute deviation of each record's block, NaN where it is too short."""
    middle, spread = np.full(d.size, np.nan), np.full(d.size, np.nan)
    begins = np.flatnonzero(np.concatenate([[True], block[1:] != block[:-1], [True]]))
    for first, last in pairwise(begins):
        part = d[first:last]
        good = part[np.isfinite(part)]
        if good.size >= FEWEST:
            middle[first:last] = np.median(good)
            spread[first:last] = np.median(np.abs(good - np.median(good)))
    return middle, spread


def _hampel(x: Array, here: Where, per_day: int, z: float) -> Where:
    """Return records farther from the running median of their class than the spread of such distances."""
    found = np.zeros(x.size, dtype=bool)
    k = np.flatnonzero(here & np.isfinite(x))
    if k.size < 2 * REACH + 1:
        return found
    padded = np.pad(x[k], REACH, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1)
    distance = x[k] - np.median(windows, axis=1)
    middle, spread = _by_block(distance, k // (BLOCK * per_day))
    far = np.abs(distance - middle) / np.where(spread > 0.0, spread, np.nan)
    found[k[far > z / NORMAL]] = True
    return found
