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
#: Photons by energy of global radiation [umol J-1] (Meek et al., 1984).
PHOTONS = 2.0
#: Rain from which on a canopy is wet [mm], and hours that it takes to dry (Knauer et al., 2018).
RAIN, DRY_H = 0.01, 24.0
_DRY_WORDS = "by day, 24 h without rain as far as P is known"
#: What a quantity needs beside latent heat flux and temperature.
_NEEDED = {"ET": (), "WUE": (), "LUE": (), "GS": ("NETRAD", "VPD", "PA", "WS", "USTAR")}


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


def dry(P: Array | None, step_s: float, size: int) -> npt.NDArray[np.bool_]:
    """Return which records have no rain in them nor in the day before; rain that was not measured is none.

    Water that a canopy has caught evaporates past the stomata, so that neither the use of water nor the
    conductance of the surface is theirs.

    Parameters
    ----------
    P : (n,) array or None
        Precipitation of the record. [mm]
    step_s : float
    size : int
        n.
    """
    if P is None:
        return np.ones(size, np.bool_)
    wet = np.concatenate([[0], np.cumsum(P > RAIN)])
    before = np.maximum(np.arange(size) - round(DRY_H * 3600.0 / step_s), 0)
    return np.asarray(wet[1:] == wet[before])


def derive(ds: xr.Dataset) -> xr.Dataset:
    """Add what can be derived: ET, WUE, LUE and GS; ratios by day, where there is light and evaporation.

    WUE and GS are of dry canopies: where precipitation was measured, not of a record with rain and the day
    after it. What cannot be derived, and why, is said by `not_derived`.

    Parameters
    ----------
    ds : xr.Dataset
        LE (or LE_F) and TA for ET [mm]; GPP_NT (else GPP_DT) for WUE [g C per kg of water] and, with PPFD_IN
        or SW_IN, LUE [mol CO2 per mol of photons]; NETRAD, VPD, PA, WS and USTAR for GS [m s-1].

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
    at = HalfHours.of(ds)
    found = {name: _series(ds, name) for name in (*_NEEDED["GS"], "LE", "TA", "SW_IN", "PPFD_IN", "G", "P")}
    LE, TA, SW_IN = found["LE"], found["TA"], found["SW_IN"]
    if LE is None or TA is None:
        return ds.copy()
    lit = np.ones(LE.size, np.bool_) if SW_IN is None else SW_IN > LIGHT
    without_rain = dry(found["P"], at.step_s, LE.size)
    made: dict[str, tuple[Array, str, str, str]] = {}
    ET = evapotranspiration(LE, TA, at.step_s)
    made["ET"] = (ET, "mm", "evapotranspiration of the record", "of the filled latent heat flux")
    source, GPP = _uptake(ds)
    if GPP is not None:
        there = lit & without_rain & (LE > WET)
        WUE = np.where(there, GPP * CARBON * at.step_s / np.where(there, ET, np.nan), np.nan)
        made["WUE"] = (WUE, "g kg-1", "carbon taken up by water evaporated", f"{source}; {_DRY_WORDS}")
        photons = found["PPFD_IN"] if SW_IN is None or found["PPFD_IN"] is not None else PHOTONS * SW_IN
        if photons is not None:
            bright = lit & (photons > PHOTONS * LIGHT)
            LUE = np.where(bright, GPP / np.where(bright, photons, np.nan), np.nan)
            of = "PPFD_IN" if found["PPFD_IN"] is not None else f"SW_IN, {PHOTONS:g} umol J-1"
            made["LUE"] = (LUE, "1", "carbon dioxide taken up by photons", f"{source} by {of}")
    if all(found[name] is not None for name in _NEEDED["GS"]):
        NETRAD, VPD, PA, WS, USTAR = (np.asarray(found[name]) for name in _NEEDED["GS"])
        G = np.zeros(LE.size) if found["G"] is None else np.nan_to_num(found["G"])
        air = aerodynamic_conductance(WS, USTAR)
        GS = np.where(lit & without_rain, surface_conductance(LE, NETRAD - G, TA, VPD, PA, air), np.nan)
        made["GS"] = (GS, "m s-1", "surface conductance", f"soil heat flux 0 where missing; {_DRY_WORDS}")
    return ds.assign(
        {
            name: ("time", x, {"units": unit, "long_name": words, "comment": comment})
            for name, (x, unit, words, comment) in made.items()
        }
    )


def not_derived(ds: xr.Dataset) -> list[str]:
    """Return a sentence on each quantity that cannot be derived."""
    said = []
    for name, needed in _NEEDED.items():
        lacking = [one for one in ("LE", "TA", *needed) if _series(ds, one) is None]
        if name in ("WUE", "LUE") and _uptake(ds)[1] is None:
            lacking.append("GPP")
        if lacking:
            said.append(f"{name} is not derived: without {', '.join(lacking)}")
    return said


def _uptake(ds: xr.Dataset) -> tuple[str, Array | None]:
    """Return GPP of the method that ships, and its name."""
    for name in ("GPP_NT", "GPP_DT"):
        x = _series(ds, name)
        if x is not None:
            return name, x
    return "", None


def _series(ds: xr.Dataset, name: str) -> Array | None:
    """Return a series, filled where it was, none where it has no value."""
    for found in (f"{name}_F", name):
        if found in ds and ds[found].dims == ("time",) and bool(ds[found].notnull().any()):
            return np.asarray(ds[found].values, dtype=np.float64)
    return None
