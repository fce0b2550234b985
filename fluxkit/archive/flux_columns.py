"""Variables of an archive's fluxes as arrays in SI."""

from functools import cache

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.schema.gases import is_known_gas
from fluxkit.schema.units import to_si
from fluxkit.schema.variables import entry

Array = npt.NDArray[np.float64]

#: Variables of the vocabulary that have other units, beside mole fractions of gases.
_STATES = ("TA", "T_SONIC", "PA")


@cache
def _to_si(name: str) -> tuple[float, float]:
    """Return the scale and shift of a state of the air or a gas; others stay in the vocabulary's units."""
    return to_si(entry(name).units) if name in _STATES or is_known_gas(name.lower()) else (1.0, 0.0)


class FluxColumns:
    """Variables of the fluxes as arrays in SI; what is not there is missing."""

    def __init__(self, fluxes: xr.Dataset) -> None:
        self._fluxes = fluxes

    def __getitem__(self, name: str) -> Array:
        if name not in self._fluxes:
            return np.full(self._fluxes.sizes["time"], np.nan)
        scale, shift = _to_si(name)
        return scale * np.asarray(self._fluxes[name].values, np.float64) + shift


def median(x: Array) -> float:
    """Return the median of what is there."""
    good = x[np.isfinite(x)]
    return float(np.median(good)) if good.size else np.nan
