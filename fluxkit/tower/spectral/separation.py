"""What the distance between sonic and gas sensor leaves of a covariance."""

import numpy as np
import numpy.typing as npt

from fluxkit.physics import horst_lenschow, transfer
from fluxkit.tower.plan import Plan
from fluxkit.tower.spectral import phase_exact
from fluxkit.tower.spectral.spectral_conditions import SpectralConditions

Array = npt.NDArray[np.float64]


def distances(conditions: SpectralConditions, plan: Plan, gas: str) -> tuple[Array, Array]:
    """How far the gas sensor is downwind of the sonic and beside it. [m]"""
    analyser = plan.gas[gas].analyser
    return phase_exact.split_separation(
        analyser.northward_separation, analyser.eastward_separation, conditions.wind_direction
    )


def left_by_height(conditions: SpectralConditions, plan: Plan, gas: str) -> Array:
    """One above the other, sensors see the same eddies late or early alike; the upper one loses most."""
    return horst_lenschow.left_horst_lenschow_2009(
        conditions.zeta,
        streamwise=0.0,
        lateral=0.0,
        vertical=plan.gas[gas].analyser.vertical_separation,
        height=plan.height,
    )


def left_apart(conditions: SpectralConditions, plan: Plan, gas: str) -> Array:
    """What the distance of the sensors leaves of a gas's covariance, as decide.separation has it."""
    separation, vertical = plan.decide.separation, plan.gas[gas].analyser.vertical_separation
    along, across = distances(conditions, plan, gas)
    if separation == "none":
        return np.ones_like(conditions.U)
    if separation == "moore-1986":
        air = phase_exact.PeriodFlow(
            conditions.U, conditions.T, conditions.zeta, np.zeros_like(along), across
        )
        gain = phase_exact.separation_gain(vertical)
        return phase_exact.left_at_lag(air, None, height=plan.height, gain=gain).share
    return horst_lenschow.left_horst_lenschow_2009(
        conditions.zeta,
        streamwise=along if separation == "horst-lenschow-2009-full" else 0.0,
        lateral=across,
        vertical=vertical,
        height=plan.height,
    )


def left_beside_theory(conditions: SpectralConditions, plan: Plan, gas: str) -> Array:
    """What the distance of the sensors leaves of a gas, by Moore's theory as of its neighbours.

    Of a flux that the sonic and a slow channel have attenuated: each alone would take the same eddies twice,
    as Horst and Lenschow's formula does, which is for fast sensors.
    """
    across = distances(conditions, plan, gas)[1]
    if plan.decide.separation == "none":
        return np.ones_like(across)
    nowhere = np.zeros_like(across)
    response = 1.0 / (2.0 * np.pi * conditions.cutoff[gas])
    # The channel's response stands in the place of temperature, on which nothing depends here.
    air = phase_exact.PeriodFlow(conditions.U, response, conditions.zeta, nowhere, across)

    def channel(f: Array, U: Array, tau: Array, lateral: Array) -> Array:
        slow = 1.0 / np.sqrt(1.0 + (2.0 * np.pi * f * tau) ** 2)
        return np.asarray(slow * transfer.line_average_w(f, plan.sonic_path.path, U))

    def apart(f: Array, U: Array, tau: Array, lateral: Array) -> Array:
        return channel(f, U, tau, lateral) * transfer.separation(f, np.abs(lateral), U)

    with_, without = (
        phase_exact.left_at_lag(air, None, height=plan.height, gain=gain).share for gain in (apart, channel)
    )
    return with_ / without * left_by_height(conditions, plan, gas)
