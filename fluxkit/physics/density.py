"""Density and humidity corrections of fluxes."""

import numpy as np
import numpy.typing as npt

from fluxkit.physics.absorption_line import LineTerms
from fluxkit.physics.air import SONIC_HUMIDITY, Air

Array = npt.NDArray[np.float64]


def sensible_heat_schotanus_1983(wTs: Array, E: Array, air: Air, *, first_order: bool = False) -> Array:
    r"""Sensible heat flux from the sonic temperature's flux, humidity's part removed.

    Parameters
    ----------
    wTs : array
        Covariance of vertical wind and sonic temperature. [K m s-1]
    E : array
        Water vapour flux. [kg m-2 s-1]
    air : Air
    first_order : bool
        EddyPro 6's form, which subtracts 0.51 q w'Ts' instead of dividing by (1 + 0.51 q).

    Returns
    -------
    array
        [W m-2]

    Notes
    -----
    From :math:`T_s = T (1 + 0.51 q)`

    .. math:: \overline{w'T_s'} = (1 + 0.51 q)\, \overline{w'T'} + 0.51\, T\, \overline{w'q'}

    with :math:`\overline{w'q'} = (1 - q) E / \rho` where there is no flux of dry air. The cross-wind term is
    left to the anemometer.

    References
    ----------
    .. [1] Schotanus et al., Boundary-Layer Meteorol. 26, 81-93, 1983, eq. 9.
    .. [2] van Dijk et al., The principles of surface flux physics, 2004, section 3.
    """
    if first_order:
        return air.rho_cp * (wTs - SONIC_HUMIDITY * air.Ts * E / air.rho - SONIC_HUMIDITY * air.q * wTs)
    humidity = (1.0 - air.q) * E / air.rho
    return air.rho_cp * (wTs - SONIC_HUMIDITY * air.T * humidity) / (1.0 + SONIC_HUMIDITY * air.q)


def vapour_flux_webb_1980(E_raw: Array, H: Array, air: Air, *, mu: float) -> Array:
    """Water vapour flux of an open path.

    Parameters
    ----------
    E_raw : array
        Covariance of vertical wind and vapour density. [kg m-2 s-1]
    H : array
        Sensible heat flux. [W m-2]
    air : Air
    mu : float
        Ratio of molar masses of dry air and water. [1]

    Returns
    -------
    array
        [kg m-2 s-1]

    References
    ----------
    .. [1] Webb et al., Quart. J. Roy. Meteorol. Soc. 106, 85-100, 1980, eq. 25.
    """
    return (1.0 + mu * air.sigma) * (E_raw + H * air.rho_v / (air.rho_cp * air.T))


def gas_flux_webb_1980(F_raw: Array, d: Array, E: Array, H: Array, air: Air, *, mu: float) -> Array:
    """Flux of a gas measured by an open path, from final vapour and heat fluxes.

    Parameters
    ----------
    F_raw : array
        Covariance of vertical wind and molar density. [mol m-2 s-1]
    d : array
        Mean molar density. [mol m-3]
    E : array
        Water vapour flux, corrected. [kg m-2 s-1]
    H : array
        Sensible heat flux. [W m-2]

    Returns
    -------
    array
        [mol m-2 s-1]

    Notes
    -----
    Eq. 24 of [1]_ with the raw vapour covariance expressed by the corrected flux, which leaves
    mu E d / ((1 + mu sigma) rho_d) + H d / (rho_cp T).

    References
    ----------
    .. [1] Webb et al., Quart. J. Roy. Meteorol. Soc. 106, 85-100, 1980, eq. 24.
    """
    dilution = mu * E * d / ((1.0 + mu * air.sigma) * air.rho_d)
    return F_raw + dilution + H * d / (air.rho_cp * air.T)


def gas_flux_mcdermitt_2011(
    F_raw: Array, d: Array, E: Array, H: Array, air: Air, line: LineTerms, *, mu: float
) -> Array:
    """Flux of a gas that an open path reads from one absorption line.

    Parameters as `gas_flux_webb_1980`; F_raw and d as the analyser reports them, line its terms.

    Returns
    -------
    array
        [mol m-2 s-1]

    Notes
    -----
    Webb's eq. 24 with kappa before it and a factor at each term. The raw vapour covariance in it is
    E / (1 + mu sigma) less what heat alone makes of the vapour's density.

    References
    ----------
    .. [1] McDermitt et al., Appl. Phys. B 102, 391-405, 2011.
    """
    moist = 1.0 + mu * air.sigma
    heat = H / (air.rho_cp * air.T)
    vapour = E / moist - air.rho_v * heat
    terms = mu * d / air.rho_d * line.vapour * vapour + moist * d * line.heat * heat
    return np.asarray(line.kappa * (F_raw + terms))


def mole_fraction_covariance(
    w_d: Array, d: Array, *, w_T: Array, w_P: Array, T: Array, P: Array, R: float
) -> Array:
    """Covariance of vertical wind and mole fraction, from that with the density in a closed cell.

    Parameters
    ----------
    w_d, d : arrays
        Covariance with the molar density; its mean. [mol m-2 s-1], [mol m-3]
    w_T, w_P : arrays
        Covariances with temperature and pressure in the cell, of the same samples as the density.
        [K m s-1], [Pa m s-1]
    T, P : arrays
        Their means. [K], [Pa]
    R : float
        Molar gas constant. [J mol-1 K-1]

    Returns
    -------
    array
        [mol mol-1 m s-1]

    Notes
    -----
    First order of

    .. math:: x = d R T / P

    References
    ----------
    .. [1] Leuning & Judd, Glob. Change Biol. 2, 241-253, 1996.
    """
    return np.asarray((w_d + d * (w_T / T - w_P / P)) * R * T / P)


def mixing_ratio_covariance(w_x: Array, x: Array, *, w_xv: Array, x_v: Array) -> Array:
    """Covariance of vertical wind and dry mixing ratio, from that with the mole fraction.

    First order of

    .. math:: r = x / (1 - x_v)

    which is the dilution that Webb et al. (1980) correct for.

    Parameters
    ----------
    w_x, w_xv : arrays
        Covariances with the gas and, of the same samples, water vapour. [mol mol-1 m s-1]
    x, x_v : arrays
        Their mean mole fractions. [mol mol-1]

    Returns
    -------
    array
        [mol mol-1 m s-1]
    """
    return np.asarray((w_x + x * w_xv / (1.0 - x_v)) / (1.0 - x_v))


def heat_and_vapour(
    wTs: Array, E_raw: Array, air: Air, *, mu: float, heating: Array | float = 0.0
) -> tuple[Array, Array]:
    r"""Solve humidity correction and density correction together (open path).

    Each is linear in the result of the other:

    .. math:: H = a - b E, \qquad E = c + g (H + H_s)

    where :math:`H_s` is the heat that the analyser adds in its own path [W m-2].

    Returns
    -------
    H, E : arrays
        [W m-2], [kg m-2 s-1]
    """
    zero = np.zeros_like(wTs)
    a = sensible_heat_schotanus_1983(wTs, zero, air)
    b = a - sensible_heat_schotanus_1983(wTs, zero + 1.0, air)
    c = vapour_flux_webb_1980(E_raw, zero + heating, air, mu=mu)
    g = vapour_flux_webb_1980(zero, zero + 1.0, air, mu=mu)
    H = (a - b * c) / (1.0 + b * g)
    return H, c + g * H
