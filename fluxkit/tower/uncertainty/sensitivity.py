"""How each flux depends on the covariances that it is made of.

A flux is linear in them once the state of the air and the spectral factors are known: the flux of a gas in an
open path contains those of heat and vapour (Webb et al., 1980), that of heat contains vapour's (Schotanus
et al., 1983). Errors of covariances reach a flux by these slopes, all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.schema.variables import gas_names
from fluxkit.tower.density.fluxes import Fluxes, GasCovariance

Array = npt.NDArray[np.float64]

#: Flux ("H", "FC", ...) -> scalar -> slope of the flux against cov(w, scalar). [units of both]
Slopes = dict[str, dict[str, Array]]

#: cov(w, sonic temperature), gases -> fluxes, all else as it was.
Linear = Callable[[Array, Mapping[str, GasCovariance]], Fluxes]


def slopes(fluxes: Linear, gases: Mapping[str, GasCovariance], like: Array) -> Slopes:
    """Return the slope of each flux of a scalar against the covariances with vertical wind.

    Parameters
    ----------
    fluxes : callable
        cov(w, sonic temperature), gases -> Fluxes.
    gases : mapping
        Gas -> GasCovariance.
    like : (time,) array
        Any array over time.

    Returns
    -------
    mapping
        "H" and the fluxes of gases -> scalar -> (time,) array: how much the flux changes where the
        covariance does by one unit. Scalars on which a flux does not depend are left out.
    """
    zero, one = np.zeros_like(like), np.ones_like(like)
    none = {gas: replace(c, covariance=zero) for gas, c in gases.items()}
    base = _by_name(fluxes(zero, none))
    found: Slopes = {name: {} for name in base}
    for scalar in ("t_sonic", *gases):
        heat = one if scalar == "t_sonic" else zero
        unit = {gas: replace(c, covariance=one) if gas == scalar else none[gas] for gas, c in gases.items()}
        for name, flux in _by_name(fluxes(heat, unit)).items():
            slope = flux - base[name]
            if np.any(slope != 0.0):
                found[name][scalar] = slope
    return found


def _by_name(found: Fluxes) -> dict[str, Array]:
    return {"H": found.H} | {gas_names(gas)[0]: flux for gas, flux in found.gas.items()}


def root_of_squares(parts: Mapping[str, Array], own: str) -> Array:
    """Join independent parts; only the flux's own must be there, others that are missing add nothing."""
    total = np.square(parts[own])
    for scalar, part in parts.items():
        if scalar != own:
            total = total + np.nan_to_num(np.square(part))
    return np.asarray(np.sqrt(total))
