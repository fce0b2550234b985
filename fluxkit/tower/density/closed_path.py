"""Mixing ratios of gases whose samples stay wet: from covariances with what else is in the cell."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.physics.air import pressure_at
from fluxkit.physics.density import mixing_ratio_covariance, mole_fraction_covariance
from fluxkit.tower.density.neighbours import from_neighbours
from fluxkit.tower.plan import Plan
from fluxkit.tower.products import Means
from fluxkit.tower.turbulence import Scalar, Turbulence

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]


class Cell(NamedTuple):
    """Mean state of the air that a gas is measured in. Arrays over time."""

    T: Array  #: [K]
    P: Array  #: [Pa]
    Va: Array  #: molar volume [m3 mol-1]
    assumed: Where  #: where the state of the air stands for that of the cell


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
        sub-periods are scaled, their relative size stays that of the wet signal. What is not measured in
        the cell contributes nothing.
    assumed : dict of (time,) masks
        Bit of LOSS_FLAG -> where the state of the air stands for that of the cell.
    """
    wet = [gas for gas in plan.gases if plan.gas[gas].dries_by_terms]
    if not wet or plan.decide.density == "none":
        return t, {}
    cells = {gas: _cell(means, gas, plan) for gas in wet}
    assumed = [cells[gas].assumed for gas in wet if plan.gas[gas].given == "density"]
    found = {gas: _dry(t.scalars, gas, cells[gas], means, plan) for gas in wet}
    where = np.any(assumed, axis=0) if assumed else np.zeros(means.time.size, dtype=bool)
    return replace(t, scalars=t.scalars | found), {"cell_state_assumed": where}


def _cell(means: Means, gas: str, plan: Plan) -> Cell:
    own = plan.cell_variables.get(gas, ())
    nothing = np.full(means.time.size, np.nan)
    T = means.of("t_cell") if "t_cell" in own else nothing
    P = means.of("p_cell") if "p_cell" in own else nothing
    assumed = np.isnan(T) | np.isnan(P)
    for other in (means.slow_of("t_air"), means.of("t_air"), means.of("t_sonic")):
        T = np.where(np.isnan(T), other, T)
    standard = np.full(means.time.size, pressure_at(plan.station.altitude))
    for other in (means.slow_of("p_air"), means.of("p_air"), standard):
        P = np.where(np.isnan(P), other, P)
    return Cell(T, P, plan.constants.R * T / P, assumed)


def _dry(scalars: Mapping[str, Scalar], gas: str, cell: Cell, means: Means, plan: Plan) -> Scalar:
    """One gas's part, of its mixing ratio."""

    def known(x: Array) -> Array:
        """Vapour of neighbours where a period's own is missing, else none."""
        lent = from_neighbours(means.time, x, hours=plan.decide.vapour_neighbour_hours)
        return np.nan_to_num(np.where(np.isnan(x), lent, x))

    s, vapour = scalars[gas], plan.gas[gas].vapour
    density = plan.gas[gas].given == "density"
    w_x = _fraction_covariance(s.covariance[:, 2], s, gas, s, cell, plan)
    x = s.mean * cell.Va if density else s.mean
    w_xv, x_v = np.zeros_like(x), np.zeros_like(x)
    if vapour == gas:
        w_xv, x_v = w_x, x
    elif vapour is not None:
        x_v = known(_vapour_share(scalars[vapour], vapour, cell, plan))
        if vapour in s.cell_covariances:
            w_xv = known(
                _fraction_covariance(s.cell_covariances[vapour], scalars[vapour], vapour, s, cell, plan)
            )
    to_ratio = (cell.Va if density else 1.0) / (1.0 - x_v)
    scale = to_ratio / (1.0 - x_v) if vapour == gas else to_ratio  # of a small change of the wet signal
    w_r = mixing_ratio_covariance(w_x, x, w_xv=w_xv, x_v=x_v)
    return _scaled(s, scale=scale, to_ratio=to_ratio, w_r=w_r)


def _fraction_covariance(w_y: Array, of: Scalar, name: str, s: Scalar, cell: Cell, plan: Plan) -> Array:
    """Covariance of w and the mole fraction of a gas or vapour, from that with what the cell reports.

    of: the reported scalar, called name; s: the gas at whose lag the cell is looked at.
    """
    quantity = plan.gas[name].given
    if quantity == "mole_fraction":
        return w_y
    if quantity == "mixing_ratio":
        return np.asarray(w_y / (1.0 + of.mean) ** 2)
    nothing = np.zeros_like(w_y)
    return mole_fraction_covariance(
        w_y,
        of.mean,
        w_T=np.nan_to_num(s.cell_covariances.get("t_cell", nothing)),
        w_P=np.nan_to_num(s.cell_covariances.get("p_cell", nothing)),
        T=cell.T,
        P=cell.P,
        R=plan.constants.R,
    )


def _vapour_share(of: Scalar, name: str, cell: Cell, plan: Plan) -> Array:
    """Mean mole fraction of vapour."""
    quantity = plan.gas[name].given
    if quantity == "mixing_ratio":
        return np.asarray(of.mean / (1.0 + of.mean))
    return np.asarray(of.mean * cell.Va if quantity == "density" else of.mean)


def _scaled(s: Scalar, *, scale: Array, to_ratio: Array, w_r: Array) -> Scalar:
    covariance = s.covariance * scale[:, None]
    covariance[:, 2] = w_r
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
