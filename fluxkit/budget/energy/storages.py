"""Energy that is stored between the ground heat plate and the sonic, or turned into sugar. [W m-2]

Each is added to the ground's heat flux: available energy = Rn - G - sum of storages. All are optional.
"""

import numpy as np
import numpy.typing as npt

from fluxkit.constants import SI, T_ZERO

Array = npt.NDArray[np.float64]

#: Energy taken up with one micromole of CO2 fixed (Nobel 1974, in Meyers and Hollinger 2004). [J umol-1]
PHOTOSYNTHESIS = 0.422
#: Heat capacity of water by volume. [J m-3 K-1]
WATER_HEAT = 4.18e6
#: Specific heat of dry air at constant pressure. [J kg-1 K-1]
AIR_HEAT = 1005.0


def rate(values: Array, step_s: float) -> Array:
    """Return the change by the second at the middle of each period, from the periods before and after.

    NaN where one of the two is missing; at both ends of the record the one-sided difference.
    """
    made = np.full(values.shape, np.nan)
    made[1:-1] = (values[2:] - values[:-2]) / (2 * step_s)
    if values.size > 1:
        made[0], made[-1] = (values[1] - values[0]) / step_s, (values[-1] - values[-2]) / step_s
    return made


def soil_storage(t_soil: Array, water: npt.ArrayLike, dry_heat: float, depth: float, step_s: float) -> Array:
    """Return the heat stored in the soil above the plate: C dT/dt d, C of dry soil and water.

    Parameters
    ----------
    t_soil : (n,) array
        Mean temperature above the plate. [degC or K]
    water : float or (n,) array
        Water content by volume. [m3 m-3]
    dry_heat : float
        Heat capacity of the dry soil by volume: bulk density times specific heat. [J m-3 K-1]
    depth : float
        Of the plate. [m]
    step_s : float
        Length of a period. [s]

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> warming = 10 + np.arange(4) * 0.1
    >>> fk.budget.soil_storage(warming, 0.25, 1.0e6, 0.08, 1800.0).round(2)
    array([9.09, 9.09, 9.09, 9.09])
    """
    heat = dry_heat + WATER_HEAT * np.asarray(water)
    return np.asarray(heat * depth * rate(t_soil, step_s))


def air_storage(t_air: Array, vapour: Array, pressure: npt.ArrayLike, height: float, step_s: float) -> Array:
    """Return the sensible and latent heat stored in the air below the sonic.

    Parameters
    ----------
    t_air : (n,) array
        Mean below the sonic. [degC]
    vapour : (n,) array
        Vapour pressure. [hPa]
    pressure : float or (n,) array
        [kPa]
    height : float
        Of the sonic. [m]
    step_s : float
        [s]

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> t, e = 15 + np.arange(3) * 0.5, np.full(3, 12.0)
    >>> fk.budget.air_storage(t, e, 100.0, 20.0, 1800.0).round(1)[1]
    np.float64(6.2)
    """
    kelvin = t_air + T_ZERO
    p = np.asarray(pressure) * 1e3
    dry = (p - vapour * 100.0) / (SI.R_d * kelvin)
    density = vapour * 100.0 / (SI.R_w * kelvin)
    sensible = AIR_HEAT * dry * rate(t_air, step_s)
    return np.asarray((sensible + latent_heat(t_air) * rate(density, step_s)) * height)


def biomass_storage(t_biomass: Array, mass: float, specific_heat: float, step_s: float) -> Array:
    """Return the heat stored in stems and leaves: m c dT/dt.

    Parameters
    ----------
    t_biomass : (n,) array
        [degC]
    mass : float
        Fresh mass. [kg m-2]
    specific_heat : float
        Of fresh wood. [J kg-1 K-1]
    step_s : float
        [s]

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> fk.budget.biomass_storage(10 + np.arange(3) * 0.36, 20.0, 2500.0, 1800.0)
    array([10., 10., 10.])
    """
    return mass * specific_heat * rate(t_biomass, step_s)


def photosynthesis_storage(gpp_minus_respiration: Array) -> Array:
    """Return the energy that net uptake binds: 0.422 J for a micromole of CO2.

    Parameters
    ----------
    gpp_minus_respiration : (n,) array
        -NEE. [umol m-2 s-1]

    References
    ----------
    .. [1] Meyers & Hollinger, "An assessment of storage terms in the surface energy balance of maize and
       soybean", Agricultural and Forest Meteorology 125, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> fk.budget.photosynthesis_storage(np.array([20.0, -5.0]))
    array([ 8.44, -2.11])
    """
    return PHOTOSYNTHESIS * gpp_minus_respiration


def latent_heat(t_air: npt.ArrayLike) -> Array:
    """Return the latent heat of vaporisation, 2.501e6 - 2361 T (Harrison 1963). [J kg-1], T in degC."""
    return np.asarray(2.501e6 - 2361.0 * np.asarray(t_air, np.float64))
