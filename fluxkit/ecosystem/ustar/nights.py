"""The night-time records in which thresholds of u* are looked for."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


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
    lacking : tuple of str
        Variables that are missing altogether.
    """

    nee: Array
    ta: Array
    turbulence: Array
    useful: Bools
    day: Bools
    at: HalfHours
    lacking: tuple[str, ...] = ()

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
        names = (flux, "TA", turbulence, "SW_IN")
        missing = np.full(at.start.size, np.nan)
        nee, ta, measure = (
            np.array(ds[name].values, np.float64) if name in ds else missing for name in names[:3]
        )
        light = light_of(ds, at)
        lacking = [
            name for name, x in zip(names, (nee, ta, measure, light), strict=True) if np.isnan(x).all()
        ]
        valid = np.isfinite(nee) & np.isfinite(ta) & np.isfinite(measure)
        night, day = light < night_below, light >= night_below
        return cls(nee, ta, measure, valid & night, valid & day, at, tuple(lacking))


def light_of(ds: xr.Dataset, at: HalfHours) -> Array:
    """Return what tells night from day: SW_IN, or the sun above the atmosphere where there is none at all.

    NaN where neither is known. [W m-2]
    """
    if "SW_IN" in ds and bool(ds["SW_IN"].notnull().any()):
        return np.array(ds["SW_IN"].values, np.float64)
    if np.isfinite([at.latitude, at.longitude]).all():
        return at.potential_radiation
    return np.full(at.start.size, np.nan)
