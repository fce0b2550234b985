"""What an error of a calibration's slope makes of each flux.

A slope that is wrong by a share multiplies what an instrument reports: covariances with it and, of a gas, its
mean, on which density corrections rest. A flux is not simply wrong by the same share: an open path's flux of
a gas contains those of heat and vapour (Webb et al., 1980), which over dry, hot ground are ten times larger.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.schema.variables import gas_names
from fluxkit.tower.density.fluxes import Fluxes
from fluxkit.tower.plan import Plan
from fluxkit.tower.turbulence import Scalar, Turbulence
from fluxkit.tower.uncertainty.sensitivity import root_of_squares

Array = npt.NDArray[np.float64]

#: Second moments -> fluxes, with the spectral factors that were found.
FluxesOf = Callable[[Turbulence], Fluxes]

#: Error of a slope with which derivatives are taken; fluxes bend by 1e-4 of it at most.
STEP = 1e-4

#: Names of [columns] whose accuracy is of no scalar.
WIND = ("u", "w")


def calibration_uncertainties(
    t: Turbulence, fluxes_of: FluxesOf, latent: Array, accuracies: Mapping[str, float], plan: Plan
) -> dict[str, Array]:
    """Uncertainty of each flux from the relative accuracies of the slopes of signals.

    Parameters
    ----------
    t : Turbulence
        As measured: before what is wet in a cell becomes a mixing ratio.
    fluxes_of : callable
        Turbulence -> Fluxes; air and density corrections follow the change, spectral factors stay.
    latent : (time,) array
        Latent heat of vaporisation. [J kg-1]
    accuracies : mapping
        Signal (w, u, t_sonic, gases) -> relative accuracy of its slope; taken as independent. [1]
    plan : Plan

    Returns
    -------
    dict of (time,) arrays
        Flux -> one standard deviation in its unit; a flux that no signal touches is left out.

    Notes
    -----
    Of temperature the slope is that of its fluctuations: its mean is known from other thermometers, and what
    a share of it is depends on where a scale has its zero. ``u`` stands for both horizontal components.
    """
    now = _by_name(fluxes_of(t), latent)
    own = {"TAU": "u", "H": "t_sonic", "LE": "h2o"} | {gas_names(gas)[0]: gas for gas in plan.gases}
    parts: dict[str, dict[str, Array]] = {name: {} for name in now}
    for signal, accuracy in accuracies.items():
        if signal not in (*WIND, *t.scalars):
            continue
        moved = _by_name(fluxes_of(with_gain(t, signal, STEP, plan)), latent)
        for name, flux in now.items():
            change = (moved[name] - flux) / STEP * accuracy
            if signal in ("w", own[name]) or np.any(change != 0.0):
                parts[name][signal] = change
    found = {}
    for name, by in parts.items():
        if by:
            main = next(signal for signal in (own[name], "w", *by) if signal in by)
            found[name] = root_of_squares(by, main)
    return found


def _by_name(found: Fluxes, latent: Array) -> dict[str, Array]:
    gases = {gas_names(gas)[0]: flux for gas, flux in found.gas.items()}
    return {"TAU": found.momentum, "H": found.H} | ({"LE": found.E * latent} if gases else {}) | gases


def with_gain(t: Turbulence, signal: str, error: float, plan: Plan) -> Turbulence:
    """Return the second moments that a signal with a wrong slope would have given.

    Parameters
    ----------
    t : Turbulence
    signal : str
        w, u, t_sonic or a gas.
    error : float
        Its reported values, or fluctuations of wind and temperature, are 1 + error times the true ones. [1]
    plan : Plan
        Which gases were made dry sample by sample, and by which vapour.
    """
    gain = 1.0 + error
    if signal in WIND:
        stress = t.stress.copy()
        stress[:, :2, 2] *= gain
        stress[:, 2, :2] *= gain
        if signal == "u":
            return replace(t, stress=stress)
        scalars = {name: _in_wind(s, gain) for name, s in t.scalars.items()}
        return replace(t, stress=stress, scalars=scalars)
    if signal == "t_sonic":
        return replace(t, scalars=t.scalars | {signal: _scaled(t.scalars[signal], 1.0, gain)})
    return replace(t, scalars=t.scalars | _of_gas(t, signal, error, plan))


def _scaled(s: Scalar, mean: float | Array, covariance: float | Array) -> Scalar:
    """Scale a scalar's mean and its covariance with w."""
    w = s.covariance.copy()
    w[:, 2] *= covariance
    return replace(s, mean=s.mean * mean, aligned_mean=s.aligned_mean * mean, covariance=w)


def _in_wind(s: Scalar, gain: float) -> Scalar:
    """Scale all covariances with w."""
    beside = {name: x * gain for name, x in s.cell_covariances.items()}
    return replace(_scaled(s, 1.0, gain), cell_covariances=beside)


def _of_gas(t: Turbulence, signal: str, error: float, plan: Plan) -> dict[str, Scalar]:
    """Return the scalars that an analyser's slope for one gas touches.

    A gas that was made dry by the vapour of another path (a density) keeps its mixing ratio.
    """
    s, given = t.scalars[signal], plan.gas[signal]
    gain = 1.0 + error
    found = {signal: _scaled(s, gain, gain)}
    if given.converts and given.vapour == signal:
        # r = x / (1 - x): dr = error r (1 + r)
        found[signal] = _scaled(s, 1.0 + error * (1.0 + s.mean), 1.0 + error * (1.0 + 2.0 * s.mean))
    for gas in plan.gases:
        other, scalar = plan.gas[gas], t.scalars[gas]
        if gas == signal or other.vapour != signal:
            continue
        if signal in scalar.cell_covariances:
            cell = dict(scalar.cell_covariances) | {signal: scalar.cell_covariances[signal] * gain}
            found[gas] = replace(scalar, cell_covariances=cell)
        elif other.converts and given.decided == "mixing_ratio":
            found[gas] = _diluted(scalar, s, error, dry=given.given == "mixing_ratio")
    return found


def _diluted(gas: Scalar, vapour: Scalar, error: float, *, dry: bool) -> Scalar:
    """Return a mixing ratio that was made with a wrong vapour: r = x / (1 - x_v), dr = error r r_v.

    dry: the vapour's own signal is a mixing ratio already, which leaves dr = error r r_v / (1 + r_v).
    """
    r_v = vapour.mean
    share = error / (1.0 + r_v) if dry else error
    covariance = gas.covariance.copy()
    covariance[:, 2] += share * (r_v * gas.covariance[:, 2] + gas.mean * vapour.covariance[:, 2])
    scale = 1.0 + share * r_v
    return replace(gas, mean=gas.mean * scale, aligned_mean=gas.aligned_mean * scale, covariance=covariance)
