"""Variables of an archive's fluxes as arrays in SI."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.schema.units import to_si
from fluxkit.schema.variables import entry

Array = npt.NDArray[np.float64]

#: Variables of the vocabulary that have other units -> scale and shift.
_TO_SI = {name: to_si(entry(name).units) for name in ("TA", "T_SONIC", "PA", "CO2", "H2O")}


class FluxColumns:
    """Variables of the fluxes as arrays in SI; what is not there is missing."""

    def __init__(self, fluxes: xr.Dataset) -> None:
        self._fluxes = fluxes

    def __getitem__(self, name: str) -> Array:
        if name not in self._fluxes:
            return np.full(self._fluxes.sizes["time"], np.nan)
        scale, shift = _TO_SI.get(name, (1.0, 0.0))
        return scale * np.asarray(self._fluxes[name].values, np.float64) + shift


def median(x: Array) -> float:
    """Return the median of what is there."""
    good = x[np.isfinite(x)]
    return float(np.median(good)) if good.size else np.nan
