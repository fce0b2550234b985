"""Which points of closures can be fitted, and what was wrong with the rest."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.closures.batch import Batch
from fluxkit.kernels.closure.fits import distinct_values

Array = npt.NDArray[np.float64]

LOST_VALUES = 1
UNSORTED = 2
REPEATED_TIMES = 4
FEW_VALUES = 8

#: Meanings of the bits of ``Points.flags``.
FLAGS = {
    "lost_values": LOST_VALUES,
    "unsorted_times": UNSORTED,
    "repeated_times": REPEATED_TIMES,
    "quantised": FEW_VALUES,
}

#: Fewer distinct values than this share of the points, and fewer than this number: quantised.
QUANTISED_SHARE = 0.1
QUANTISED_BELOW = 20


@dataclass(frozen=True)
class ClosurePoints:
    """Finite points of each closure in order of time."""

    t: Array  #: (n,) [s]
    c: Array  #: (n,) [mol mol-1]
    offsets: npt.NDArray[np.int64]  #: (closure + 1,)
    flags: npt.NDArray[np.int64]  #: (closure,) bits of ``FLAGS``
    lost: npt.NDArray[np.int64]  #: (closure,) points that were not finite


def usable_points(batch: Batch | ClosurePoints) -> ClosurePoints:
    """Remove points that are not finite and sort the rest by time.

    Repeated times stay: least squares takes them as they are.

    Parameters
    ----------
    batch : Batch or Points
        Points are given back as they are.

    Returns
    -------
    Points
        ``flags`` say what was found in each closure.
    """
    if isinstance(batch, ClosurePoints):
        return batch
    owner = np.repeat(np.arange(len(batch)), batch.counts)
    fine = np.isfinite(batch.t) & np.isfinite(batch.c)
    lost = np.bincount(owner[~fine], minlength=len(batch)).astype(np.int64)
    t, c, owner = batch.t[fine], batch.c[fine], owner[fine]
    flags = np.where(lost > 0, LOST_VALUES, 0).astype(np.int64)
    same = owner[1:] == owner[:-1]
    late = same & (np.diff(t) < 0)
    if late.any():
        flags[np.unique(owner[1:][late])] |= UNSORTED
        order = np.lexsort((t, owner))
        t, c = t[order], c[order]
    flags[np.unique(owner[1:][same & (np.diff(t) == 0)])] |= REPEATED_TIMES
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(batch)))]).astype(np.int64)
    t, c = np.ascontiguousarray(t), np.ascontiguousarray(c)
    return ClosurePoints(t, c, offsets, flags | _quantised(c, offsets), lost)


def _quantised(c: Array, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Bit of closures in which few distinct values recur."""
    distinct = distinct_values(c, offsets, QUANTISED_BELOW)
    few = (distinct < QUANTISED_SHARE * np.diff(offsets)) & (distinct < QUANTISED_BELOW)
    return np.where(few, FEW_VALUES, 0).astype(np.int64)
