"""Which periods of a part of an archive are among those of all of it."""

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.datetime64]


def shared_periods(part: Times, whole: Times) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Find the periods of a part in the whole.

    Asked for each day of an archive: the whole is searched, not gone through.

    Parameters
    ----------
    part : (n,) array of datetime64
        Starts of periods.
    whole : (m,) array of datetime64
        Starts of periods, ascending.

    Returns
    -------
    here : (n,) array of bool
        Which of the part are there.
    rows : array of int
        Where in the whole those are, in the order of the part.
    """
    if whole.size == 0:
        return np.zeros(part.size, np.bool_), np.zeros(0, np.int64)
    place = np.minimum(np.searchsorted(whole, part), whole.size - 1)
    here = whole[place] == part
    return here, place[here]
