"""A plausible summer day over a meadow, period by period.

The courses are invented; they only have to keep the physics consistent, so that
stability, friction velocity and fluxes belong together.
"""

from dataclasses import dataclass

import numpy as np

from fluxkit.constants import MOLAR_MASS, P_SEA_LEVEL, SCALE_HEIGHT, SI

_STABILITY_RANGE = (-3.0, 1.0)


@dataclass(frozen=True)
class Weather:
    """Mean state and turbulent transport of one averaging period."""

    start: np.datetime64  #: local standard time
    wind_speed: float  #: [m s-1]
    wind_direction: float  #: from, clockwise from north [deg]
    t_air: float  #: [K]
    p_air: float  #: [Pa]
    r_h2o: float  #: dry mixing ratio [mol mol-1]
    r_co2: float  #: dry mixing ratio [mol mol-1]
    ustar: float  #: friction velocity [m s-1]
    zeta: float  #: (z - d) / L [1]
    cov_t: float  #: covariance of w with air temperature [K m s-1]
    cov_h2o: float  #: covariance of w with dry mixing ratio [mol mol-1 m s-1]
    cov_co2: float  #: covariance of w with dry mixing ratio [mol mol-1 m s-1]

    @property
    def dry_air(self) -> float:
        """Molar density of dry air of the mean state [mol m-3]."""
        return self.p_air / (SI.R * self.t_air) / (1.0 + self.r_h2o)


def heat_capacity(dry_air: float, r_h2o: float, t_air: float) -> float:
    """Volumetric heat capacity of moist air.

    Parameters
    ----------
    dry_air : float
        Molar density of dry air. [mol m-3]
    r_h2o : float
        Dry mixing ratio of water vapour. [mol mol-1]
    t_air : float
        Air temperature. [K]

    Returns
    -------
    float
        Heat capacity at constant pressure, c_pd = 1005 + (T - 250.03)^2 / 3364 and c_pv = 1870. [J m-3 K-1]
    """
    dry = SI.M_d * (1005.0 + (t_air - 250.03) ** 2 / 3364.0)
    return dry_air * (dry + r_h2o * SI.M_w * 1870.0)


def latent_heat(t_air: float) -> float:
    """Molar heat of vaporisation [J mol-1] at an air temperature [K]."""
    return (3147.5e3 - 2370.0 * t_air) * MOLAR_MASS["h2o"]


def course(
    start: np.datetime64,
    periods: int,
    minutes: float,
    *,
    height: float,
    roughness: float,
    altitude: float,
    seed: int = 0,
) -> list[Weather]:
    """Make a stretch of weather.

    Parameters
    ----------
    start : numpy.datetime64
        Start of the first period, local standard time.
    periods : int
        Number of plots.
    minutes : float
        Length of a period. [min]
    height : float
        Height above the displacement plane, z - d. [m]
    roughness : float
        Roughness length. [m]
    altitude : float
        Height above sea level, for the pressure. [m]
    seed : int, default 0
        Source of the scatter from period to period.

    Returns
    -------
    list of Weather
        One entry for each period.
    """
    begin = start.astype("datetime64[s]")
    step = np.timedelta64(round(minutes * 60), "s")
    pressure = P_SEA_LEVEL * float(np.exp(-altitude / SCALE_HEIGHT))
    return [
        _period(begin + k * step, minutes, height, roughness, pressure, np.random.default_rng([seed, k, 1]))
        for k in range(periods)
    ]


def _period(
    start: np.datetime64,
    minutes: float,
    height: float,
    roughness: float,
    p_air: float,
    rng: np.random.Generator,
) -> Weather:
    midnight = start.astype("datetime64[D]")
    hour = float((start - midnight) / np.timedelta64(1, "h")) + minutes / 120.0
    scatter = 1.0 + 0.08 * rng.standard_normal(4).clip(-2, 2)
    sun = max(0.0, np.cos((hour - 12.2) * np.pi / 12.0) + 0.15) / 1.15
    warm = np.cos((hour - 15.0) * np.pi / 12.0)
    t_air = 290.5 + 5.5 * warm
    r_h2o = 0.0125 - 0.0008 * warm
    r_co2 = (412.0 + 22.0 * np.exp(-4.0 * sun)) * 1e-6
    wind_speed = (2.2 + 1.8 * sun) * scatter[0]
    wind_direction = (215.0 + 50.0 * np.sin((hour - 4.0) * np.pi / 12.0) + 60.0 * (scatter[1] - 1.0)) % 360.0
    heat = (-14.0 + 190.0 * sun**1.2) * scatter[2]
    latent = (4.0 + 270.0 * sun) * scatter[3]
    carbon = (4.5 - 27.0 * sun / (sun + 0.35)) * scatter[2] * 1e-6
    dry_air = p_air / (SI.R * t_air) / (1.0 + r_h2o)
    cov_t = heat / heat_capacity(dry_air, r_h2o, t_air)
    cov_h2o = latent / latent_heat(t_air) / dry_air
    # 0.38: what vapour adds to buoyancy, 1 - M_w / M_d, per mixing ratio.
    buoyancy = cov_t / t_air + 0.38 * cov_h2o
    ustar, zeta = _similarity(wind_speed, height, roughness, buoyancy)
    return Weather(
        start, wind_speed, wind_direction, t_air, p_air, r_h2o, r_co2,
        ustar, zeta, cov_t, cov_h2o, carbon / dry_air,
    )  # fmt: skip


def _similarity(wind_speed: float, height: float, roughness: float, buoyancy: float) -> tuple[float, float]:
    """Friction velocity [m s-1] and stability of a wind [m s-1] and buoyancy flux over g [m s-1]."""
    zeta = 0.0
    ustar = SI.kappa * wind_speed / np.log(height / roughness)
    for _ in range(40):
        raw = -SI.kappa * height * SI.g * buoyancy / ustar**3
        # Halving the step keeps the stable side from swinging between two values.
        zeta = 0.5 * (zeta + float(np.clip(raw, *_STABILITY_RANGE)))
        ustar = SI.kappa * wind_speed / (np.log(height / roughness) - _psi_momentum(zeta))
    return float(ustar), zeta


def _psi_momentum(zeta: float) -> float:
    """Integrated stability function for momentum (Businger-Dyer form)."""
    if zeta >= 0:
        return -5.0 * zeta
    x = (1.0 - 16.0 * zeta) ** 0.25
    return float(
        2.0 * np.log((1.0 + x) / 2.0) + np.log((1.0 + x * x) / 2.0) - 2.0 * np.arctan(x) + np.pi / 2.0
    )
