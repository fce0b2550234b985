"""Sums over stretches of records, each by itself."""

from typing import Any

import numpy as np
import numpy.typing as npt


def stretch_sums(x: npt.NDArray[Any], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]) -> Any:
    """Sums of the records from ``first`` up to, not including, ``last`` of each stretch.

    Not differences of running sums: the last digits of those depend on all records before, so that more
    files of slow data would change what was found without them.

    Parameters
    ----------
    x : (record, ...) array
    first, last : (stretch,) arrays
        Places in x, first <= last; stretches may overlap.

    Returns
    -------
    (stretch, ...) array
        0 over an empty stretch.
    """
    padded = np.concatenate(
        [x, np.zeros((1, *x.shape[1:]), x.dtype)]
    )  # a stretch may end with the last record
    sums = np.add.reduceat(padded, np.stack([first, last], axis=1).ravel(), axis=0)[::2]
    sums[first == last] = 0  # of which reduceat gives the record itself
    return sums
