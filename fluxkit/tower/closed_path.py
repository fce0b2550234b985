"""Mixing ratios of gases whose samples stay wet: from covariances with what else is in the cell.

One of the modules of this room that see a `Site` (through its `Plan`).
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.physics.air import pressure_at
from fluxkit.physics.density import mixing_ratio_covariance, mole_fraction_covariance
from fluxkit.site.closed_path import cell_companions, dries_by_terms
from fluxkit.tower import settings
from fluxkit.tower.products import Means
from fluxkit.tower.settings import Plan
from fluxkit.tower.turbulence import Scalar, Turbulence

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]


def dried(t: Turbulence, means: Means, plan: Plan) -> tuple[Turbulence, dict[str, Where]]:
    """Make mixing ratios of the gases that a plan leaves wet in their cells.

    Parameters
    ----------
    t : Turbulence
        With densities or mole fractions of these gases.
    means : Means
    plan : Plan

    Returns
    -------
    t : Turbulence
        Means and covariances with w are those of dry mixing ratios, to first order; errors, variances and
        sub-periods are scaled, their relative size stays that of the wet signal. A companion that is not
        measured contributes nothing.
    assumed : dict of (time,) masks
        Bit of LOSS_FLAG -> where the state of the air stands for that of the cell.
    """
    site = plan.site
    wet = [gas for gas in site.gases if dries_by_terms(site, gas) and site.decide.density != "none"]
    if not wet:
        return t, {}
    assumed, fractions = np.zeros(means.time.size, dtype=bool), dict[str, tuple[Array, Array, Array]]()
    for gas in wet:
        T, P, replaced = _cell(means, gas, plan)
        density = settings.given_quantity(site, gas) == "density"
        per_unit = plan.constants.R * T / P if density else np.ones_like(T)
        fractions[gas] = T, P, per_unit
        assumed |= replaced & density
    scalars = dict(t.scalars)
    for gas in wet:
        scalars[gas] = _dry(t.scalars, gas, fractions, plan)
    return replace(t, scalars=scalars), {"cell_state_assumed": assumed}


def _cell(means: Means, gas: str, plan: Plan) -> tuple[Array, Array, Where]:
    """Mean temperature and pressure of a gas's cell, and where those of the air stand for them."""
    own = cell_companions(plan.site, gas)
    nothing = np.full(means.time.size, np.nan)
    T = means.of("t_cell") if "t_cell" in own else nothing
    P = means.of("p_cell") if "p_cell" in own else nothing
    replaced = np.isnan(T) | np.isnan(P)
    for name in ("t_air", "t_sonic"):
        T = np.where(np.isnan(T), means.slow_of(name), T)
        T = np.where(np.isnan(T), means.of(name), T)
    for air in (means.slow_of("p_air"), means.of("p_air")):
        P = np.where(np.isnan(P), air, P)
    return T, np.where(np.isnan(P), pressure_at(plan.site.station.altitude), P), replaced


def _dry(
    scalars: dict[str, Scalar], gas: str, fractions: dict[str, tuple[Array, Array, Array]], plan: Plan
) -> Scalar:
    """One gas's part, of its mixing ratio."""
    s, (T, P, per_unit) = scalars[gas], fractions[gas]
    beside = {name: np.nan_to_num(c) for name, c in s.beside.items()}
    nothing = np.zeros_like(s.mean)
    cell = {
        "w_T": beside.get("t_cell", nothing),
        "w_P": beside.get("p_cell", nothing),
        "T": T,
        "P": P,
        "R": plan.constants.R,
    }
    density = settings.given_quantity(plan.site, gas) == "density"

    def fraction(covariance: Array, mean: Array, wet_density: bool) -> Array:
        return mole_fraction_covariance(covariance, mean, **cell) if wet_density else covariance

    w_x, x = fraction(s.covariance[:, 2], s.mean, density), s.mean * per_unit
    vapour = plan.site.vapour_of(gas)
    if vapour == gas:
        w_xv, x_v = w_x, x
    elif vapour is None or vapour not in s.beside:
        w_xv, x_v = nothing, _share(scalars, vapour, plan.constants.R * T / P, fractions, plan)
    else:
        x_v = _share(scalars, vapour, plan.constants.R * T / P, fractions, plan)
        quantity, mean = settings.given_quantity(plan.site, vapour), scalars[vapour].mean
        w_xv = fraction(beside[vapour], mean, quantity == "density")
        w_xv = w_xv * (1.0 - x_v) ** 2 if quantity == "mixing_ratio" else w_xv
    x_v = np.nan_to_num(x_v)
    scale = per_unit / (1.0 - x_v) ** (2 if vapour == gas else 1)
    covariance = s.covariance * scale[:, None]
    covariance[:, 2] = mixing_ratio_covariance(w_x, x, w_xv=w_xv, x_v=x_v)
    return _scaled(s, scale, covariance, per_unit / (1.0 - x_v))


def _share(
    scalars: dict[str, Scalar],
    vapour: str | None,
    Va: Array,
    fractions: dict[str, tuple[Array, Array, Array]],
    plan: Plan,
) -> Array:
    """Mean mole fraction of the vapour that goes with a gas, in air of molar volume Va; 0 without any."""
    if vapour is None:
        return np.zeros_like(Va)
    mean, quantity = scalars[vapour].mean, settings.given_quantity(plan.site, vapour)
    if quantity == "mixing_ratio":
        return np.asarray(mean / (1.0 + mean))
    if vapour in fractions:
        return np.asarray(mean * fractions[vapour][2])
    return np.asarray(mean if quantity == "mole_fraction" else mean * Va)


def _scaled(s: Scalar, scale: Array, covariance: Array, to_ratio: Array) -> Scalar:
    return replace(
        s,
        mean=s.mean * to_ratio,
        aligned_mean=s.aligned_mean * to_ratio,
        variance=s.variance * scale**2,
        covariance=covariance,
        undetrended=s.undetrended * scale,
        blocks=s.blocks * scale[:, None],
        lag_error=s.lag_error * scale,
        error=s.error * scale,
        noise=s.noise * scale,
        noise_error=s.noise_error * scale,
        far=s.far * scale,
    )
