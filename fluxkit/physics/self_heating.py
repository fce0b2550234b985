"""Heat that an open-path analyser gives to the air in its own path."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fluxkit.constants import T_ZERO

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]
#: Coefficients of a surface by day and by night.
ByDayAndNight = tuple[tuple[float, ...], tuple[float, ...]]

SURFACES = ("bottom", "top", "spar")

# The LI-7500's body as flat plate, sphere and cylinder (Nobel's formulas): lengths in metres.
_PLATE, _SPHERE, _SPAR = 0.065, 0.045, 0.005  #: extent along the wind
_SPHERE_RADIUS, _SPAR_RADIUS = 0.0225, 0.0025
#: Share of the spar's heat that enters the path.
SPAR_SHARE = 0.15


def conductivity_of_air(T: Array) -> Array:
    """Thermal conductivity of air, a line through the tables. T [K]; returns [W m-1 K-1]."""
    return np.asarray(0.024343 + 0.000067 * (T - T_ZERO))


def surface_temperature_linear(T: Array, day: Where, coefficients: ByDayAndNight) -> Array:
    """Temperature of a surface as gain x air temperature [degC] + offset. T [K]; returns [K].

    References
    ----------
    .. [1] Burba et al., Glob. Change Biol. 14, 1854-1876, 2008, eqs. 3-8, table 3.
    """
    (gain_d, offset_d), (gain_n, offset_n) = coefficients
    t = T - T_ZERO
    return np.asarray(np.where(day, gain_d * t + offset_d, gain_n * t + offset_n) + T_ZERO)


def surface_temperature_multiple(
    T: Array, U: Array, shortwave: Array, longwave: Array, day: Where, coefficients: ByDayAndNight
) -> Array:
    """Temperature of a surface from air temperature, radiation and wind.

    Parameters
    ----------
    T, U : arrays
        Air temperature; wind speed. [K], [m s-1]
    shortwave, longwave : arrays
        Incoming; the first counts by day, the second by night. [W m-2]
    day : array of bool
    coefficients : pair of 4 numbers
        Constant, and factors of air temperature [degC], radiation and wind speed, in the temperature that
        the surface has beyond the air.

    Returns
    -------
    array
        NaN where the radiation that counts is missing. [K]

    References
    ----------
    .. [1] Burba et al., Glob. Change Biol. 14, 1854-1876, 2008, table 2.
    """
    t = T - T_ZERO

    def excess(c: tuple[float, ...], radiation: Array) -> Array:
        return c[0] + c[1] * t + c[2] * radiation + c[3] * U

    by_day, by_night = coefficients
    return np.asarray(T + np.where(day, excess(by_day, shortwave), excess(by_night, longwave)))


def heat_of_surfaces(bottom: Array, top: Array, spar: Array, T: Array, U: Array) -> Array:
    """Sensible heat that lower window, upper window and spar give to the path.

    Parameters
    ----------
    bottom, top, spar : arrays
        Temperatures of the surfaces. [K]
    T, U : arrays
        Air temperature; wind speed. [K], [m s-1]

    Returns
    -------
    array
        Positive where the surfaces are warmer than the air. [W m-2]

    Notes
    -----
    Heat is conducted through boundary layers, of a flat plate below, a sphere above and a cylinder aside,
    whose thickness falls with the root of the wind speed.

    References
    ----------
    .. [1] Burba et al., Glob. Change Biol. 14, 1854-1876, 2008, table 1, method 4.
    .. [2] Nobel, Biophysical Plant Physiology and Ecology, Freeman, 1983.
    """
    k = conductivity_of_air(T)
    with np.errstate(divide="ignore"):  # in still air the layers are infinitely thick
        plate = 0.004 * np.sqrt(_PLATE / U) + 0.004
        sphere = 0.0028 * np.sqrt(_SPHERE / U) + 0.00025 / U + 0.0045
        cylinder = 0.0058 * np.sqrt(_SPAR / U)
    from_bottom = k * (bottom - T) / plate
    from_top = k * (top - T) * (1.0 / sphere + 1.0 / _SPHERE_RADIUS)
    from_spar = k * (spar - T) / (_SPAR_RADIUS * np.log1p(cylinder / _SPAR_RADIUS))
    return np.asarray(from_bottom + from_top + SPAR_SHARE * from_spar)


def self_heating_burba_2008(
    T: Array,
    U: Array,
    *,
    day: Where,
    shortwave: Array,
    longwave: Array,
    linear: Mapping[str, ByDayAndNight],
    multiple: Mapping[str, ByDayAndNight] | None = None,
) -> tuple[Array, Where]:
    """Sensible heat that an LI-7500 adds to the air in its path.

    Parameters
    ----------
    T, U : (time,) arrays
        Air temperature; wind speed. [K], [m s-1]
    day : (time,) array of bool
    shortwave, longwave : (time,) arrays
        Incoming radiation, NaN where missing; for `multiple` only. [W m-2]
    linear : mapping
        Surface (bottom, top, spar) -> gain, offset by day and by night, of air temperature in degC.
    multiple : mapping, optional
        Surface -> four coefficients by day and by night, see `surface_temperature_multiple`; where
        radiation is missing `linear` stands in.

    Returns
    -------
    heat : (time,) array
        To be added to the air's own flux in the density correction of this analyser. [W m-2]
    simplified : (time,) array of bool
        Where `linear` stands in for `multiple`.

    References
    ----------
    .. [1] Burba et al., Glob. Change Biol. 14, 1854-1876, 2008, table 1, method 4.
    """
    simple = {s: surface_temperature_linear(T, day, linear[s]) for s in SURFACES}
    if multiple is None:
        return heat_of_surfaces(**simple, T=T, U=U), np.zeros(T.shape, dtype=bool)
    full = {s: surface_temperature_multiple(T, U, shortwave, longwave, day, multiple[s]) for s in SURFACES}
    simplified = np.isnan(np.where(day, shortwave, longwave))
    chosen = {s: np.where(simplified, simple[s], full[s]) for s in SURFACES}
    return heat_of_surfaces(**chosen, T=T, U=U), simplified
