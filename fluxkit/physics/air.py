"""Moist air: state, heat capacity, derived humidity."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fluxkit.constants import P_SEA_LEVEL, SCALE_HEIGHT, T_ZERO, Constants

Array = npt.NDArray[np.float64]
Saturation = Literal["sonntag-1990", "exponential"]

#: Ts = T (1 + 0.51 q): Schotanus et al. (1983); Kaimal & Gaynor (1991).
SONIC_HUMIDITY = 0.51


def saturation_vapour_pressure(T: Array, *, saturation: Saturation = "sonntag-1990") -> Array:
    """Saturation vapour pressure over water. T [K]; returns [Pa].

    The "exponential", EddyPro 6's formula, runs 0.3 % lower.

    References
    ----------
    .. [1] Sonntag, Z. Meteorol. 70, 340-344, 1990 (ITS-90).
    """
    if saturation == "exponential":
        return np.asarray(np.exp(77.345 + 0.0057 * T - 7235.0 / T) / T**8.2)
    series = -6096.9385 / T + 21.2409642 - 2.711193e-2 * T + 1.673952e-5 * T**2
    return np.asarray(np.exp(series + 2.433502 * np.log(T)))


def latent_heat_of_vaporisation(T: Array) -> Array:
    """Latent heat of vaporisation. T [K]; returns [J kg-1].

    A line through the tables, within 0.05 % of Stull (1988, p. 641) between -10 and 40 degC.
    """
    return np.asarray((3147.5 - 2.37 * T) * 1e3)


def heat_capacity_dry(T: Array) -> Array:
    """Specific heat of dry air at constant pressure. T [K]; returns [J kg-1 K-1]. Garratt (1992, app. 2)."""
    return np.asarray(1005.0 + (T - T_ZERO + 23.12) ** 2 / 3364.0)


def heat_capacity_vapour(T: Array, RH: Array) -> Array:
    """Specific heat of water vapour at constant pressure. T [K], RH [%]; returns [J kg-1 K-1].

    References
    ----------
    .. [1] Garratt, The atmospheric boundary layer, 1992, app. 2.
    """
    t = T - T_ZERO
    return np.asarray(1859.0 + 0.13 * RH + (0.193 + 0.0056 * RH) * t + (0.001 + 5e-5 * RH) * t**2)


def dew_point(e: Array) -> Array:
    """Dew point by the Magnus formula. e [Pa]; returns [K]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.log(np.where(e > 0.0, e, np.nan) / 611.0)
        return np.asarray(240.97 * x / (17.502 - x) + T_ZERO)


def pressure_at(altitude: float) -> float:
    """Pressure of a standard decrease with altitude [m]; returns [Pa]. For sites without a barometer."""
    return float(P_SEA_LEVEL * np.exp(-altitude / SCALE_HEIGHT))


@dataclass(frozen=True)
class Air:
    """Mean state of the air, one value per period. SI."""

    T: Array  #: air temperature [K]
    P: Array  #: pressure [Pa]
    Ts: Array  #: sonic temperature [K]
    chi: Array  #: water vapour mole fraction in moist air [mol mol-1]
    Va: Array  #: molar volume of moist air [m3 mol-1]
    Vd: Array  #: volume per mole of dry air [m3 mol-1]
    e: Array  #: vapour pressure [Pa]
    es: Array  #: saturation vapour pressure [Pa]
    RH: Array  #: relative humidity [%]
    p_d: Array  #: partial pressure of dry air [Pa]
    rho_v: Array  #: vapour density [kg m-3]
    rho_d: Array  #: dry air density [kg m-3]
    rho: Array  #: moist air density [kg m-3]
    q: Array  #: specific humidity [kg kg-1]
    rho_cp: Array  #: volumetric heat capacity [J m-3 K-1]
    lambda_: Array  #: latent heat of vaporisation [J kg-1]

    @property
    def sigma(self) -> Array:
        """Ratio of vapour to dry air density [1]."""
        return np.asarray(self.rho_v / self.rho_d)

    @property
    def VPD(self) -> Array:
        """Vapour pressure deficit [Pa]."""
        return np.asarray(self.es * (1.0 - self.RH / 100.0))


def _state(T: Array, P: Array, Ts: Array, rho_v: Array, Va: Array, constants: Constants) -> dict[str, Any]:
    e = rho_v * constants.R_w * T
    p_d = P - e
    rho_d = p_d / (constants.R_d * T)
    return {
        "T": T,
        "P": P,
        "Ts": Ts,
        "Va": Va,
        "Vd": P * Va / p_d,
        "e": e,
        "p_d": p_d,
        "rho_v": rho_v,
        "rho_d": rho_d,
        "rho": rho_v + rho_d,
        "q": rho_v / (rho_v + rho_d),
    }


def _complete(state: dict[str, Any], chi: Array, T: Array, es: Array, impossible_humidity: float) -> Air:
    with np.errstate(invalid="ignore"):
        RH = 100.0 * state["e"] / es
        RH = np.where(RH > 130.0, np.nan, np.minimum(RH, 100.0))
    cp_v = heat_capacity_vapour(T, np.where(np.isnan(RH), impossible_humidity, RH))
    return Air(
        **state,
        chi=chi,
        es=es,
        RH=RH,
        rho_cp=cp_v * state["rho_v"] + heat_capacity_dry(T) * state["rho_d"],
        lambda_=latent_heat_of_vaporisation(T),
    )


def air_state(
    *,
    Ts: Array,
    T: Array,
    P: Array,
    vapour: Array,
    quantity: str,
    constants: Constants,
    RH: Array | None = None,
    saturation: Saturation = "sonntag-1990",
    humidity_iterations: int = 4,
    molar_volume: Literal["air", "previous"] = "air",
    impossible_humidity: float = 100.0,
) -> Air:
    """Mean state of moist air from what was measured.

    Parameters
    ----------
    Ts, T, P : arrays
        Sonic temperature; air temperature, NaN where not measured (then from Ts and humidity); pressure.
        [K], [K], [Pa]
    vapour : array
        Water vapour as given by quantity; 0 for air taken as dry. [mol m-3] or [mol mol-1]
    quantity : {"density", "mole_fraction", "mixing_ratio"}
        What ``vapour`` is.
    constants : Constants
    RH : array, optional
        Relative humidity of a sensor of its own, which then stands for `vapour`; NaN where there is none.
        [%]
    saturation : {"sonntag-1990", "exponential"}
        Formula of the saturation vapour pressure.
    humidity_iterations : int
        Iterations of temperature and humidity where T comes from Ts; four are consistent.
    molar_volume : {"air", "previous"}
        Molar volume of the final temperature, or of that before the last iteration.
    impossible_humidity : float
        Taken in the heat capacity of vapour where the relative humidity is impossible (above 130 %). [%]

    Returns
    -------
    Air
    """
    measured = ~np.isnan(T)
    temperature = np.where(measured, T, Ts)
    for _ in range(humidity_iterations):
        Va = constants.R * temperature / P
        chi = {"density": vapour * Va, "mixing_ratio": vapour / (1.0 + vapour)}.get(quantity, vapour)
        if RH is not None:
            e = RH / 100.0 * saturation_vapour_pressure(temperature, saturation=saturation)
            chi = np.where(np.isnan(RH), chi, e / P)
        rho_v = chi / Va * constants.M_w
        state = _state(temperature, P, Ts, rho_v, Va, constants)
        temperature = np.where(measured, T, Ts / (1.0 + SONIC_HUMIDITY * state["q"]))
    if molar_volume == "air":
        Va = constants.R * temperature / P
    state = _state(temperature, P, Ts, rho_v, Va, constants)
    es = saturation_vapour_pressure(temperature, saturation=saturation)
    return _complete(state, chi, temperature, es, impossible_humidity)
