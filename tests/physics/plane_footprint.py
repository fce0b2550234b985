"""The footprint of Kljun et al. (2015) at points of the plane, which parcels must come to."""

import numpy as np

from fluxkit.physics import ffp


def footprint_function(x, y, scale, *, z: float, sigma_v, ustar, zeta) -> np.ndarray:
    """Footprint f(x, y): what a unit source per area at x upwind and y across adds to the flux.

    Parameters
    ----------
    x, y : arrays
        Distance upwind and across the wind, broadcasting with each other and with the other arrays. [m]
    scale, z, sigma_v, ustar, zeta
        As for ``ffp.crosswind_spread``.

    Returns
    -------
    array
        [m-2]
    """
    along = ffp.crosswind_integrated(x, scale)
    sigma = ffp.crosswind_spread(x, scale, z=z, sigma_v=sigma_v, ustar=ustar, zeta=zeta)
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.exp(-0.5 * (y / sigma) ** 2) / (np.sqrt(2.0 * np.pi) * sigma)
    return np.asarray(np.where(along > 0.0, along * across, along))
