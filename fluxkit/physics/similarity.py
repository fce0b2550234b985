"""Similarity of the surface layer: Obukhov length, integral turbulence characteristics."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

OMEGA = 7.2921e-5  #: rotation of the earth [rad s-1]
#: One turn in a solar instead of a sidereal day, as EddyPro 6 has it. [rad s-1]
OMEGA_SOLAR_DAY = 2.0 * np.pi / 86400.0


def obukhov_length(ustar: Array, heat: Array, T: Array, *, g: float, kappa: float) -> Array:
    """Obukhov length.

    Parameters
    ----------
    ustar : array
        Friction velocity. [m s-1]
    heat : array
        Kinematic (buoyancy) heat flux. [K m s-1]
    T : array
        Virtual (sonic) or potential temperature. [K]

    Returns
    -------
    array
        [m]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(-T * ustar**3 / (kappa * g * heat))


def coriolis(latitude: float, omega: float = OMEGA) -> float:
    """Coriolis parameter, absolute value. latitude [deg], omega [rad s-1]; returns [s-1]."""
    return abs(2.0 * omega * float(np.sin(np.radians(latitude))))


#: Most stable air, (z - d) / L, for which the models of wind and temperature were made.
MOST_STABLE_WIND = 0.4
MOST_STABLE_TEMPERATURE = 1.0


def integral_turbulence_thomas_foken_2002(
    zeta: Array, ustar: Array, f_c: float, *, beyond_range: bool = False
) -> dict[str, Array]:
    """Model integral turbulence characteristics sigma_w/u*, sigma_u/u*, sigma_Ts/T*.

    Parameters
    ----------
    zeta : array
        (z - d) / L. [1]
    ustar : array
        [m s-1]
    f_c : float
        Coriolis parameter. [s-1]
    beyond_range : bool
        Whether the models are used in more stable air than they were made for, too.

    Returns
    -------
    dict
        "w", "u", "t_sonic" -> model value, NaN in air more stable than the model was made for: zeta > 0.4 for
        the wind, zeta > 1 for temperature. [1]

    References
    ----------
    .. [1] Thomas & Foken, 15th Symp. on Boundary Layers and Turbulence, AMS, 2002 (-0.2 < zeta < 0.4).
    .. [2] Foken et al., in: Handbook of Micrometeorology, 2004, table 9.2 (sigma_u; sigma_Ts up to zeta = 1).
    .. [3] Panofsky et al., Boundary-Layer Meteorol. 11, 355-361, 1977 (sigma_w, unstable).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        height = np.log(f_c * 1.0 / ustar)  # z+ = 1 m
        size = np.abs(zeta)
        w = np.where(zeta < -0.2, 1.3 * (1.0 - 2.0 * zeta) ** (1.0 / 3.0), 0.21 * height + 3.1)
        u = np.where(zeta < -0.2, 4.15 * size**0.125, 0.44 * height + 6.3)
        t = np.select(
            [zeta < -1.0, zeta < -0.0625, zeta < 0.02],
            [size ** (-1.0 / 3.0), size**-0.25, 0.5 * size**-0.5],
            1.4 * size**-0.25,
        )
        wind, heat = (beyond_range | (zeta <= most) for most in (MOST_STABLE_WIND, MOST_STABLE_TEMPERATURE))
    return {
        "w": np.where(wind, w, np.nan),
        "u": np.where(wind, u, np.nan),
        "t_sonic": np.where(heat & ~np.isnan(zeta), t, np.nan),
    }
