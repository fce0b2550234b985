"""Runs of equal values."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Where = npt.NDArray[np.bool_]

#: Radiation below which it may well stand still: nights of any length.
DARK = 10.0


def run_lengths(x: Array) -> Integers:
    """Return for each record the length of the run of equal values that it is in; 0 where it is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.quality.runs import run_lengths
    >>> run_lengths(np.array([1.0, 1.0, 2.0, np.nan, 2.0]))
    array([2, 2, 1, 0, 1])
    """
    x = np.asarray(x, dtype=np.float64)
    if not x.size:
        return np.zeros(0, dtype=np.int64)
    begins = np.concatenate([[True], x[1:] != x[:-1]])  # NaN differs from itself
    number = np.cumsum(begins) - 1
    lengths = np.bincount(number)[number]
    return np.where(np.isfinite(x), lengths, 0)


def still(name: str, x: Array, length: int) -> Where:
    """Return the records of a quantity in runs of ``length`` or more equal values; nights of light are none.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.quality.runs import still
    >>> still("SW_IN", np.array([0.0, 0.0, 50.0, 50.0]), 2)
    array([False, False,  True,  True])
    """
    stuck = run_lengths(x) >= max(length, 1)
    return stuck & ~(x < DARK) if name in ("SW_IN", "PPFD_IN") else stuck
