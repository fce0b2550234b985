"""White noise of a sensor, from the step of its autocovariance between lag 0 and what lies beside it."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Lags from which lag 0 is extrapolated [samples].
FIRST, LAST = 1, 5


def noise_lenschow_2000(autocovariance: Array, *, power: float = 2.0 / 3.0) -> Array:
    """Standard deviation of the uncorrelated part of a signal.

    Parameters
    ----------
    autocovariance : (time, H + 1) array
        At lags 0..H, H >= 5. [any]
    power : float
        Turbulence is taken to fall off as C(0) - a h^power over the first lags: 2/3 in the inertial
        subrange, 1 for a straight line.

    Returns
    -------
    (time,) array
        In the units of the signal; 0 where the extrapolation lies above lag 0 (no noise to be seen).

    References
    ----------
    .. [1] Lenschow et al., J. Atmos. Oceanic Technol. 17, 1330-1347, 2000, section on instrument noise.
    .. [2] Mauder et al., Agric. For. Meteorol. 169, 122-135, 2013.
    """
    h = np.arange(FIRST, LAST + 1, dtype=np.float64) ** power
    c = autocovariance[:, FIRST : LAST + 1].astype(np.float64)
    centred = h - h.mean()
    slope = (c * centred).sum(axis=1) / (centred**2).sum()
    at_zero = c.mean(axis=1) - slope * h.mean()
    return np.asarray(np.sqrt(np.maximum(autocovariance[:, 0] - at_zero, 0.0)))
