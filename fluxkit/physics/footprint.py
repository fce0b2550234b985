"""How far upwind a flux comes from: one-dimensional footprint models, and their spread across the wind.

Each ``footprint_...`` function returns the distance of the largest contribution ("max") and the distances
within which given shares of the flux arise, by share. [m] Kljun et al. (2015) is in ``physics.ffp``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Array = npt.NDArray[np.float64]
Distances = dict[str | float, Array]

#: Shares for which Kljun et al. (2004) give their parameter L.
KLJUN_2004_L = {
    0.01: 0.302,
    0.10: 0.601999,
    0.30: 0.911995,
    0.50: 1.183992,
    0.70: 1.501988,
    0.80: 1.719985,
    0.90: 2.053984,
}
SHARES = tuple(KLJUN_2004_L)


def footprint_kljun_2004(*, z: Array, sigma_w: Array, ustar: Array, zeta: Array, z0: float) -> Distances:
    """Parameterisation of a backward Lagrangian model.

    Parameters
    ----------
    z : array or float
        Measurement height above displacement. [m]
    sigma_w, ustar : arrays
        Standard deviation of vertical wind, friction velocity. [m s-1]
    zeta : array
        Stability z / L. [1]
    z0 : float
        Roughness length. [m]

    Returns
    -------
    dict
        NaN outside its range: u* >= 0.2 m s-1, -200 <= z/L <= 1, z >= 1 m. That of the first 1 % can be
        negative (downwind).

    References
    ----------
    .. [1] Kljun et al., Boundary-Layer Meteorol. 112, 503-523, 2004, eqs. 13-17.
    """
    c, d = 4.277 * (3.418 - np.log(z0)), 1.685 * (3.418 - np.log(z0))
    valid = (ustar >= 0.2) & (zeta >= -200.0) & (zeta <= 1.0) & (np.asarray(z) >= 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where(valid, z * (sigma_w / ustar) ** -0.8, np.nan)
    out: Distances = {"max": (c - d) * scale}
    return out | {share: (c * L - d) * scale for share, L in KLJUN_2004_L.items()}


def footprint_kormann_meixner_2001(
    *,
    z: float,
    wind_speed: Array,
    ustar: Array,
    zeta: Array,
    kappa: float,
    shares: Sequence[float] = SHARES,
    whole_metres: bool = False,
) -> Distances:
    """Analytical model with power-law profiles of wind and diffusivity.

    Parameters
    ----------
    z : float
        Measurement height above displacement. [m]
    wind_speed, ustar : arrays
        [m s-1]
    zeta : array
        Stability z / L. [1]
    kappa : float
        Von Karman constant. [1]
    shares : sequence of float
    whole_metres : bool
        Sum the footprint in steps of 1 m up to 10 km and give the first metre beyond each share, as
        EddyPro 6 does.

    Returns
    -------
    dict

    References
    ----------
    .. [1] Kormann & Meixner, Boundary-Layer Meteorol. 99, 207-224, 2001, eqs. 9, 11, 19-21, 31-36.
    """
    laws = power_laws(z=z, wind_speed=wind_speed, ustar=ustar, zeta=zeta, kappa=kappa)
    with np.errstate(invalid="ignore", divide="ignore"):
        out: Distances = {"max": laws.xi / (1.0 + laws.mu)}
        if whole_metres:
            return out | _first_metres(laws.mu, laws.xi, shares)
        return out | {share: laws.xi / scipy.special.gammainccinv(laws.mu, share) for share in shares}


class PowerLaws(NamedTuple):
    """Kormann & Meixner's power laws of height and what follows from them. Arrays over time."""

    m: Array  #: exponent of the wind profile
    r: Array  #: shape factor 2 + m - n
    mu: Array  #: (1 + m) / r
    xi: Array  #: length scale of the flux [m]


def power_laws(*, z: float, wind_speed: Array, ustar: Array, zeta: Array, kappa: float) -> PowerLaws:
    """Power laws with the local gradients at z; parameters as ``footprint_kormann_meixner_2001``."""
    with np.errstate(invalid="ignore", divide="ignore"):
        stable = zeta > 0.0
        phi_m = np.where(stable, 1.0 + 5.0 * zeta, np.abs(1.0 - 16.0 * zeta) ** -0.25)
        phi_c = np.where(stable, 1.0 + 5.0 * zeta, np.abs(1.0 - 16.0 * zeta) ** -0.5)
        n = np.where(stable, 1.0 / (1.0 + 5.0 * zeta), (1.0 - 24.0 * zeta) / (1.0 - 16.0 * zeta))
        m = ustar / (kappa * wind_speed) * phi_m
        r = 2.0 + m - n
        # U z^r / (r^2 K) with U = u z^-m and K = kappa u* z^(1-n) / phi_c
        xi = wind_speed * z * phi_c / (r**2 * kappa * ustar)
        return PowerLaws(m, r, (1.0 + m) / r, xi)


def crosswind_spread_kormann_meixner_2001(
    x: Array, laws: PowerLaws, *, wind_speed: Array, sigma_v: Array
) -> Array:
    """Standard deviation of the footprint across the wind: sigma_v x over the wind that moves the plume.

    Parameters
    ----------
    x : array
        Distance upwind, broadcasting with the others. [m]
    laws : PowerLaws
    wind_speed, sigma_v : arrays
        Mean wind at z, standard deviation of crosswind velocity. [m s-1]

    Returns
    -------
    array
        [m]

    References
    ----------
    .. [1] Kormann & Meixner, Boundary-Layer Meteorol. 99, 207-224, 2001, eqs. 9, 18.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.exp(scipy.special.gammaln(laws.mu) - scipy.special.gammaln(1.0 / laws.r))
        plume = ratio * wind_speed * (x / laws.xi) ** (laws.m / laws.r)
        return np.asarray(sigma_v * x / plume)


def crosswind_spread_detto_2006(x: Array, *, sigma_v: Array, ustar: Array, z0: float) -> Array:
    """Standard deviation across the wind that extends Hsieh et al. (2000) to the plane.

    Parameters
    ----------
    x : array
        Distance upwind. [m]
    sigma_v, ustar : arrays
        [m s-1]
    z0 : float
        Roughness length. [m]

    Returns
    -------
    array
        [m]

    References
    ----------
    .. [1] Detto et al., Water Resour. Res. 42, W08419, 2006, eq. B4.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(0.3 * z0 * sigma_v / ustar * (x / z0) ** 0.86)


def _first_metres(mu: Array, xi: Array, shares: Sequence[float]) -> Distances:
    x = np.arange(1.0, 10001.0)
    found = {share: np.full(mu.shape, np.nan) for share in shares}
    for k in range(mu.size):
        a, b = mu.flat[k], xi.flat[k]
        if not np.isfinite(a + b):
            continue
        total = np.cumsum(np.exp(a * np.log(b / x) - b / x - scipy.special.gammaln(a)) / x)
        for share in shares:
            if total[-1] > share:
                found[share].flat[k] = x[np.argmax(total > share)]
    return {share: values for share, values in found.items()}


def footprint_hsieh_2000(
    *, z: float, z0: float, length: Array, kappa: float, whole_metres: bool = False
) -> Distances:
    """Approximate analytical model from Lagrangian simulations.

    Parameters
    ----------
    z : float
        Measurement height above displacement. [m]
    z0 : float
        Roughness length. [m]
    length : array
        Obukhov length. [m]
    kappa : float
        Von Karman constant. [1]
    whole_metres : bool
        Sum the footprint in steps of 1 m and give the first metre beyond each share, as EddyPro 6 does.

    Returns
    -------
    dict

    References
    ----------
    .. [1] Hsieh et al., Adv. Water Resour. 23, 765-772, 2000, eqs. 13-20.
    """
    scale = scale_hsieh_2000(z=z, z0=z0, length=length, kappa=kappa)
    out: Distances = {"max": scale / 2.0}
    if whole_metres:
        # exp(-s/x) s/x^2 is Kormann & Meixner's function with mu = 1.
        return out | _first_metres(np.ones_like(scale), scale, SHARES)
    return out | {share: scale / -np.log(share) for share in SHARES}


def scale_hsieh_2000(*, z: float, z0: float, length: Array, kappa: float) -> Array:
    r"""Length scale of the footprint; parameters as ``footprint_hsieh_2000``. [m]

    .. math:: D\, z_u^P\, |L|^{1-P} / \kappa^2
    """
    z_u = z * (np.log(z / z0) - 1.0 + z0 / z)
    with np.errstate(invalid="ignore", divide="ignore"):
        neutral = np.abs(z_u / length) < 0.04
        D = np.select([neutral, length < 0.0], [0.97, 0.28], 2.44)
        P = np.select([neutral, length < 0.0], [1.0, 0.59], 1.33)
        scale = D * z_u**P * np.abs(length) ** (1.0 - P) / kappa**2
        return np.asarray(np.where(np.isnan(length), np.nan, scale))
