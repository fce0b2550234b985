"""Water use efficiency of leaves: carbon dioxide taken up per water vapour lost."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

DIFFUSIVITY_RATIO = 1.6  #: of water vapour to carbon dioxide in air


def canopy_excess(flux: Array, ustar: Array, *, z: float, z0: float, zeta: Array, kappa: float) -> Array:
    """How much more of a scalar is in the air at the canopy than at the sensor.

    Parameters
    ----------
    flux : (time,) array
        Kinematic flux, upward. [unit of the scalar m s-1]
    ustar : (time,) array
        [m s-1]
    z, z0 : float
        Height above displacement, roughness length of momentum; that of scalars is a fifth of it. [m]
    zeta : (time,) array
        (z - d) / L. [1]
    kappa : float
        von Karman's constant.

    Returns
    -------
    (time,) array
        [unit of the scalar]

    References
    ----------
    .. [1] Scanlon & Sahu, Water Resour. Res. 44, W10418, 2008 (extrapolation of the logarithmic profile).
    .. [2] Campbell & Norman, An Introduction to Environmental Biophysics, 1998, chapter 7 (roughness).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        unstable = 2.0 * np.log((1.0 + np.sqrt(1.0 - 16.0 * np.minimum(zeta, 0.0))) / 2.0)
        psi = np.where(zeta < 0.0, unstable, -5.0 * zeta)
        return np.asarray(flux / (kappa * ustar) * (np.log(z / (0.2 * z0)) - psi))


def constant_ratio(c: Array, q: Array, q_leaf: Array, *, ratio: float) -> Array:
    """Water use efficiency where carbon dioxide inside the leaf is a fixed share of that outside.

    Parameters
    ----------
    c, q : (time,) arrays
        Carbon dioxide and water vapour at the canopy, mixing ratios. [mol mol-1]
    q_leaf : (time,) array
        Saturated vapour inside the leaf. [mol mol-1]
    ratio : float
        c_i / c_a: 0.7 for C3 plants, 0.44 for C4.

    Returns
    -------
    (time,) array
        Negative; NaN where the air is not drier than the leaf. [mol mol-1]

    References
    ----------
    .. [1] Campbell & Norman, An Introduction to Environmental Biophysics, 1998, p. 238.
    """
    deficit = np.where(q_leaf > q, q_leaf - q, np.nan)
    return np.asarray(-c * (1.0 - ratio) / (DIFFUSIVITY_RATIO * deficit))


def optimal(c: Array, q: Array, q_leaf: Array, moments: dict[str, Array]) -> Array:
    """Water use efficiency of stomata that lose the least water for their carbon.

    Parameters
    ----------
    c, q, q_leaf : (time,) arrays
        As `constant_ratio`.
    moments : dict
        Second moments "qq", "cc", "qc", "wq", "wc" of mixing ratios. [(mol mol-1)2], [m s-1 mol mol-1]

    Returns
    -------
    (time,) array
        Negative; NaN where the moments have no such solution. [mol mol-1]

    References
    ----------
    .. [1] Scanlon, Schmidt & Skaggs, Agric. For. Meteorol. 279, 107732, 2019.
    """
    m = moments
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = -(m["cc"] * m["wq"] - m["qc"] * m["wc"]) / (m["qq"] * m["wc"] - m["qc"] * m["wq"])
        conductance = DIFFUSIVITY_RATIO * np.where(q_leaf > q, q_leaf - q, np.nan)
        a = conductance * np.where(slope > 0.0, slope, np.nan)
        return np.asarray((a - np.sqrt(a * (c + a))) / conductance)
