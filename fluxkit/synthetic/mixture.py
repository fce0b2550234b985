"""Moist air as an ideal mixture: from dry mixing ratios to what instruments see.

True flux
---------
Turbulence carries dry mixing ratio, and dry air has no mean vertical flux. The true flux of a
gas with dry mixing ratio r is therefore *defined* here as

    F = mean(n_d) cov(w, r)                                            [mol m-2 s-1]

with n_d the molar density of dry air. It is what every density correction has to
recover from measured densities. (The full flux differs by the triple product
mean(w' n_d' r'), of the order of n_d'/n_d, one part in some hundreds.)
"""

import numpy as np
import numpy.typing as npt

from fluxkit.constants import SI

Array = npt.NDArray[np.float64]


def dry_air_density(t: Array, p: Array | float, r_h: Array) -> Array:
    """Molar density of dry air, n_d = p / (R T) / (1 + r_h).

    Parameters
    ----------
    t : ndarray, shape (n,)
        Air temperature. [K]
    p : ndarray, shape (n,), or float
        Air pressure. [Pa]
    r_h : ndarray, shape (n,)
        Dry mixing ratio of water vapour. [mol mol-1]

    Returns
    -------
    ndarray, shape (n,)
        Molar density of dry air. [mol m-3]
    """
    return np.asarray(p / (SI.R * t) / (1.0 + r_h))


def molar_density(r: Array, t: Array, p: Array | float, r_h: Array) -> Array:
    """Molar density of a gas [mol m-3] from its dry mixing ratio ``r`` [mol mol-1]."""
    return np.asarray(r * dry_air_density(t, p, r_h))


def mole_fraction(r: Array, r_h: Array) -> Array:
    """Mole fraction in moist air [mol mol-1] from dry mixing ratios [mol mol-1]."""
    return np.asarray(r / (1.0 + r_h))


def specific_humidity(r_h: Array) -> Array:
    """Specific humidity [kg kg-1] from the dry mixing ratio of water vapour [mol mol-1]."""
    return np.asarray(r_h * SI.M_w / (SI.M_d + r_h * SI.M_w))


def reported_temperature(t: Array, r_h: Array) -> Array:
    """Temperature that a sonic reports, T (1 + 0.51 q) [K], from T [K] and r_h [mol mol-1].

    References
    ----------
    .. [1] Schotanus, P., Nieuwstadt, F. T. M., de Bruin, H. A. R., "Temperature measurement with a
       sonic anemometer and its application to heat and moisture fluxes", Boundary-Layer
       Meteorol. 26, 81-93, 1983.
    """
    return np.asarray(t * (1.0 + 0.51 * specific_humidity(r_h)))


def true_flux(w: Array, r: Array, n_d: Array) -> float:
    """Return the true flux mean(n_d) cov(w, r), see the head of this module.

    Parameters
    ----------
    w : ndarray, shape (n,)
        Vertical wind. [m s-1]
    r : ndarray, shape (n,)
        Dry mixing ratio, at the same instants. [mol mol-1]
    n_d : ndarray, shape (n,)
        Molar density of dry air. [mol m-3]

    Returns
    -------
    float
        Flux, upwards positive. [mol m-2 s-1]
    """
    return float(np.mean(n_d) * np.mean((w - w.mean()) * (r - r.mean())))
