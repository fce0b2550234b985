r"""Flux loss by the distance between sonic and scalar sensor, in closed form (Horst & Lenschow, 2009).

Each displacement r leaves the share

.. math:: A = \exp(-k_m r), \qquad k_m = 2 \pi n_m / (z - d)

where n_m is a reduced frequency that depends on stability and on the direction of the displacement.
Lengths in m.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: A peak frequency of streamwise displacement overstates the decay by this much.
STREAMWISE_EXCESS = 1.1


def peak_streamwise(zeta: Array) -> Array:
    """Reduced frequency n_m of a displacement along the wind. zeta (z - d) / L; returns [1]."""
    stable = np.maximum(zeta, -0.1)
    n = np.where(zeta <= -0.1, 0.07, 2.31 - 2.24 / (1.015 + 0.15 * stable) ** 2)
    return np.asarray(n / STREAMWISE_EXCESS + 0.0 * zeta)


def peak_lateral(zeta: Array) -> Array:
    """Reduced frequency n_m of a displacement across the wind. zeta (z - d) / L; returns [1]."""
    stable = np.maximum(zeta, -0.05)
    n = np.where(zeta <= -0.05, 0.15, 2.43 - 2.28 / (1.01 + 0.2 * stable) ** 2)
    return np.asarray(n + 0.0 * zeta)


def peak_vertical(zeta: Array, *, above: bool) -> Array:
    """Reduced frequency n_m of a sensor above or below the sonic. zeta (z - d) / L; returns [1]."""
    if above:
        stable = np.maximum(zeta, 0.03)
        n = np.where(zeta <= 0.03, 0.1, 0.43 - 0.33 / (0.964 + 1.2 * stable) ** 2)
    else:
        stable = np.maximum(zeta, -0.03)
        n = np.where(zeta <= -0.03, 0.013, 0.30 - 0.287 / (1.051 + 1.7 * stable) ** 2)
    return np.asarray(n + 0.0 * zeta)


def left_horst_lenschow_2009(
    zeta: Array,
    *,
    streamwise: Array | float,
    lateral: Array | float,
    vertical: float,
    height: float,
) -> Array:
    r"""Share of a scalar's flux that displaced sensors leave.

    Parameters
    ----------
    zeta : array
        Stability (z - d) / L. [1]
    streamwise, lateral : array or float
        Displacement of the scalar sensor along and across the wind, of either sign. A lag that maximises
        the covariance makes up for the streamwise one: it is 0 then. [m]
    vertical : float
        How far the scalar sensor is above the sonic; negative below. [m]
    height : float
        Measurement height above displacement, z - d. [m]

    Returns
    -------
    array
        [1]

    Notes
    -----
    Horizontal displacements are combined as an ellipse, after Lee & Black:

    .. math:: \ln A = -\sqrt{\ln^2 A_x + \ln^2 A_y}

    not as the product of A_x and A_y, which would be a larger loss in a wind oblique to the sensors than in
    any along or across them.

    References
    ----------
    .. [1] Horst & Lenschow, Boundary-Layer Meteorol. 130, 275-300, 2009.
    """
    k = 2.0 * np.pi / height
    along, across = k * peak_streamwise(zeta) * streamwise, k * peak_lateral(zeta) * lateral
    up = k * peak_vertical(zeta, above=vertical > 0.0) * abs(vertical)
    return np.asarray(np.exp(-np.hypot(along, across) - up))
