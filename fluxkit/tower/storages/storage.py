"""Storage between the ground and the instrument."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def storage_one_point(
    concentration: Array,
    density: Array,
    time: npt.NDArray[np.datetime64],
    *,
    height: Array | float,
    seconds: float,
) -> Array:
    """Change of what the layer below the instrument holds, from one level.

    Parameters
    ----------
    concentration : (time,) array
        Mean of the period: mole fraction, mixing ratio or temperature. [mol mol-1] or [K]
    density : (time,) array
        What turns it into an amount per volume. [mol m-3] or [J m-3 K-1]
    time : (time,) array of datetime64
        Start of the periods, ascending.
    height : float or (time,) array
        [m]
    seconds : float
        Length of a period. [s]

    Returns
    -------
    (time,) array
        [mol m-2 s-1] or [W m-2]; NaN where the period before is missing.

    References
    ----------
    .. [1] Finnigan, Agric. For. Meteorol. 136, 108-113, 2006.
    """
    change = np.full(concentration.shape, np.nan)
    if concentration.size > 1:
        adjacent = np.diff(time) == np.timedelta64(round(seconds * 1e9), "ns")
        change[1:] = np.where(adjacent, np.diff(concentration), np.nan)
    return np.asarray(change * density * height / seconds)
