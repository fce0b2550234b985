"""Water and light used, and the conductance of the surface, from fluxes of a table."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.physics.air import latent_heat_of_vaporisation, saturation_vapour_pressure

Array = npt.NDArray[np.float64]

#: Heat capacity [J kg-1 K-1] and gas constant [J kg-1 K-1] of dry air, molar mass of carbon [g umol-1].
CP, R_DRY, CARBON = 1004.7, 287.04, 12.011e-6
#: Ratio of the molar masses of water and dry air.
RATIO = 0.622
#: Radiation and evaporation by day from which ratios are told [W m-2].
LIGHT, WET = 50.0, 20.0


def evapotranspiration(LE: Array, TA: Array, step_s: float) -> Array:
    """Return evapotranspiration of a record [mm] from latent heat flux [W m-2] and temperature [degC]."""
    return np.asarray(LE / latent_heat_of_vaporisation(TA + 273.15) * step_s)


def aerodynamic_conductance(WS: Array, USTAR: Array) -> Array:
    """Return the conductance of the air for heat [m s-1].

    References
    ----------
    .. [1] Thom, Q. J. R. Meteorol. Soc. 98, 124-134, 1972: 1/g = U/u*2 + 6.2 u*^(-2/3).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1.0 / (WS / USTAR**2 + 6.2 * USTAR ** (-2.0 / 3.0)))


def surface_conductance(
    LE: Array, available: Array, TA: Array, VPD: Array, PA: Array, conductance: Array
) -> Array:
    """Return the conductance of the surface for water vapour [m s-1], by Penman-Monteith turned round.

    Parameters
    ----------
    LE, available : arrays
        Latent heat flux, and NETRAD - G. [W m-2]
    TA, VPD, PA : arrays
        [degC, hPa, kPa]
    conductance : array
        Of the air. [m s-1]

    References
    ----------
    .. [1] Monteith, Symp. Soc. Exp. Biol. 19, 205-234, 1965.
    .. [2] Knauer et al., PLoS ONE 13, e0201114, 2018, eq. 7.
    """
    T = TA + 273.15
    slope = (saturation_vapour_pressure(T + 0.5) - saturation_vapour_pressure(T - 0.5)) / 1.0
    psychrometric = CP * PA * 1e3 / (RATIO * latent_heat_of_vaporisation(T))
    density = PA * 1e3 / (R_DRY * T)
    above = LE * conductance * psychrometric
    below = slope * available + density * CP * conductance * VPD * 100.0 - LE * (slope + psychrometric)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((above > 0.0) & (below > 0.0), above / below, np.nan)


def derive(ds: xr.Dataset) -> xr.Dataset:
    """Add what can be derived: ET, WUE, LUE and GS; by day, where there is light and evaporation.

    Parameters
    ----------
    ds : xr.Dataset
        LE (or LE_F) and TA for ET [mm]; GPP_NT for WUE [g C per kg of water] and, with PPFD_IN or SW_IN, LUE
        [mol CO2 per mol of photons]; NETRAD, VPD, PA, WS and USTAR for GS [m s-1].

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(20 * 48) * np.timedelta64(30, "m")
    >>> fluxes = {"LE": ("time", np.full(time.size, 100.0)), "TA": ("time", np.full(time.size, 20.0))}
    >>> round(float(fk.ecosystem.derive(xr.Dataset(fluxes, {"time": time}))["ET"].sum()) / 20, 2)
    3.52
    """
    at, out = HalfHours.of(ds), ds.copy()

    def of(name: str) -> Array | None:
        for found in (f"{name}_F", name):
            if found in ds and ds[found].dims == ("time",):
                return np.asarray(ds[found].values, dtype=np.float64)
        return None

    LE, TA, SW_IN, GPP = of("LE"), of("TA"), of("SW_IN"), of("GPP_NT")
    if LE is None or TA is None:
        return out
    ET = evapotranspiration(LE, TA, at.step_s)
    out["ET"] = ("time", ET, {"units": "mm", "long_name": "Evapotranspiration of the record"})
    lit = np.ones(LE.size, dtype=bool) if SW_IN is None else SW_IN > LIGHT
    if GPP is not None:
        carbon = GPP * CARBON * at.step_s
        WUE = np.where(lit & (LE > WET), carbon / np.where(ET > 0.0, ET, np.nan), np.nan)
        out["WUE"] = ("time", WUE, {"units": "g kg-1", "long_name": "Carbon taken up by water evaporated"})
        photons = of("PPFD_IN")
        if photons is None and SW_IN is not None:
            photons = 2.0 * SW_IN
        if photons is not None:
            LUE = np.where(
                lit & (photons > 2.0 * LIGHT), GPP / np.where(photons > 0.0, photons, np.nan), np.nan
            )
            out["LUE"] = ("time", LUE, {"units": "1", "long_name": "Carbon dioxide taken up by photons"})
    parts = [of(name) for name in ("NETRAD", "VPD", "PA", "WS", "USTAR")]
    if all(part is not None for part in parts):
        NETRAD, VPD, PA, WS, USTAR = (np.asarray(part) for part in parts)
        G = of("G")
        available = NETRAD - (0.0 if G is None else np.nan_to_num(G))
        GS = surface_conductance(LE, available, TA, VPD, PA, aerodynamic_conductance(WS, USTAR))
        out["GS"] = (
            "time",
            np.where(lit, GS, np.nan),
            {"units": "m s-1", "long_name": "Surface conductance"},
        )
    return out
