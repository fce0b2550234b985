"""The night-time records in which thresholds of u* are looked for."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FASTEST = 3.0  #: u* beyond which it is an error [m s-1]


@dataclass(frozen=True)
class Records:
    """All records of a dataset, and which of them are of use.

    Parameters
    ----------
    nee, ta, turbulence : (n,) array
        Flux, temperature, and u* or another measure of turbulence.
    useful : (n,) bool array
        By night, with all three.
    day : (n,) bool array
        By day, with all three.
    at : HalfHours
    unusable : str
        Why no threshold can be found in any of them: variables that are missing altogether, or in units of
        their own.
    """

    nee: Array
    ta: Array
    turbulence: Array
    useful: Bools
    day: Bools
    at: HalfHours
    unusable: str = ""

    @classmethod
    def of(cls, ds: xr.Dataset, *, flux: str, turbulence: str, night_below: float) -> Self:
        """Take them from a dataset of half hours.

        Parameters
        ----------
        ds : xr.Dataset
        flux, turbulence : str
            Names of variables.
        night_below : float
            Short-wave radiation below which it is night. [W m-2]
        """
        at = HalfHours.of(ds)
        names = (flux, "TA", turbulence)
        missing = np.full(at.start.size, np.nan)
        nee, ta, measure = (
            np.array(ds[name].values, np.float64) if name in ds else missing for name in names
        )
        light, _ = light_of(ds, at)
        read = zip((*names, "SW_IN"), (nee, ta, measure, light), strict=True)
        lacking = [name for name, x in read if np.isnan(x).all()]
        unusable = f"{' and '.join(lacking)} missing" if lacking else ""
        valid = np.isfinite(nee) & np.isfinite(ta) & np.isfinite(measure)
        if valid.any() and np.median(measure[valid]) > FASTEST:
            unusable = f"{turbulence} of {np.median(measure[valid]):.3g} in the median is not in m s-1"
            valid[:] = False
        night, day = light < night_below, light >= night_below
        return cls(nee, ta, measure, valid & night, valid & day, at, unusable)


def light_of(ds: xr.Dataset, at: HalfHours) -> tuple[Array, str]:
    """Return short-wave radiation, that of the sun without an atmosphere where there is none at all.

    Returns
    -------
    light : (n,) array
        [W m-2], NaN throughout where the place is unknown as well.
    told : str
        What stands in, in words.
    """
    light = np.array(ds["SW_IN"].values, np.float64) if "SW_IN" in ds else np.full(at.start.size, np.nan)
    if np.isfinite(light).any():
        return light, ""
    if np.isfinite([at.latitude, at.longitude]).all():
        return at.potential_radiation, ", night by the sun for want of SW_IN"
    return light, ", all records taken for night for want of SW_IN and a place"
