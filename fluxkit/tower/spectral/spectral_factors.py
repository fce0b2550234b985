"""Spectral correction factors of all periods, by the method that the settings name.

`METHODS` is where a method is entered: it gets the conditions of all periods and the plan, and returns the
factors of momentum, heat and every gas.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from fluxkit.physics import attenuation, transfer
from fluxkit.schema.gases import kind_of
from fluxkit.tower.density.fluxes import Factors
from fluxkit.tower.epochs import per_epoch
from fluxkit.tower.plan import Plan
from fluxkit.tower.spectral import in_situ, phase_exact, spectral_correction
from fluxkit.tower.spectral.averaging import averaging_alone, filter_time, high_pass_factor, integration_band
from fluxkit.tower.spectral.separation import distances, left_apart, left_beside_theory
from fluxkit.tower.spectral.spectral_conditions import SpectralConditions
from fluxkit.tower.spectral.spectral_correction import GasPath

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]

#: Relative change of stability that leaves factors as they are: they would change by less than 1e-4.
_SETTLED = 1e-4

#: Share of a covariance below which there is nothing to restore: sensors too far apart for a fixed lag.
_LEAST = 0.05

#: Lag methods that end at the physical delay. All others end near the largest covariance, the sensor's delay
#: included: so do classes, which are made of such lags, and pre-whitened series (see the tests).
PHYSICAL = ("constant", "none")
#: Lag methods in which an expected physical delay may stand in.
EXPECTED = ("covariance-maximum-default", "humidity-classes")


#: Values of decide.high_frequency that rest on the site's own spectra, of all gases.
IN_SITU = ("ibrom-2007", "fratini-2012", "horst-1997")

Method = Callable[[SpectralConditions, Plan], Factors]


def spectral_factors(conditions: SpectralConditions, plan: Plan) -> Factors:
    """Return the correction factors of momentum, heat and gases by the method of ``decide.high_frequency``.

    Parameters
    ----------
    conditions : Conditions
    plan : Plan

    Returns
    -------
    Factors
        NaN where the wind or stability is not known.
    """
    if not plan.epochs:
        return _factors(conditions, plan)

    def of_stretch(part: SpectralConditions, now: Plan) -> dict[str, Array]:
        found = _factors(part, now)
        return {"momentum": found.momentum, "heat": found.heat} | dict(found.gas)

    each = per_epoch(conditions.time, plan, of_stretch, conditions)
    return Factors(each.pop("momentum"), each.pop("heat"), each)


def _factors(conditions: SpectralConditions, plan: Plan) -> Factors:
    """Factors by the method, and in situ where a gas's cut-off is known and the method asks for none."""
    found = METHODS[plan.decide.high_frequency](conditions, plan)
    if plan.decide.high_frequency in IN_SITU or not conditions.cutoff:
        return found
    averaging = found.heat if plan.conventions.in_situ_base == "peltola-2021" else None
    gases = tuple(conditions.cutoff)
    sticky = _of_own_spectra(conditions, plan, conditions.own, gases, found, averaging, left_beside_theory)
    return replace(found, gas={**found.gas, **sticky})


def refined(factors: Factors, before: SpectralConditions, now: SpectralConditions, plan: Plan) -> Factors:
    """Return factors after stability was found more exactly; anew only where they can have changed.

    No method asks how unstable the air is: factors stay where it was and is unstable.
    """
    unstable = (before.zeta <= 0) & (now.zeta <= 0)
    settled = np.abs(now.zeta - before.zeta) <= _SETTLED * np.abs(now.zeta)
    moved = ~(unstable | settled | np.isnan(now.zeta))
    if not moved.any():
        return factors
    new = spectral_factors(now.part(moved), plan)

    def merged(old: Array, changed: Array) -> Array:
        out = old.copy()
        out[moved] = changed
        return out

    return Factors(
        merged(factors.momentum, new.momentum),
        merged(factors.heat, new.heat),
        {gas: merged(factors.gas[gas], new.gas[gas]) for gas in factors.gas},
    )


# ---- Moncrieff et al. (1997) ----


def _classical(
    conditions: SpectralConditions,
    plan: Plan,
    *,
    low: bool = True,
    paths: Mapping[str, GasPath] | None = None,
) -> Factors:
    """Product of Moore's transfer functions over a model cospectrum.

    paths: gas -> what is known of its signal, for the gases wanted; all with all there is if not given.
    """
    if paths is None:
        paths = {gas: plan.gas[gas].path for gas in plan.gases}
    how = plan.conventions
    sonic, removed = plan.sonic_path, high_pass_factor(plan)

    def of_sonic(f: Array, U: Array, T: Array) -> Array:
        return spectral_correction.sonic_low_pass(f, U, sonic, line_average=how.line_average)

    def factor(momentum: bool, low_pass: spectral_correction.LowPass) -> Array:
        return spectral_correction.factor(
            band=integration_band(low, how, restores_low=removed is not None),
            U=conditions.U,
            T=conditions.T,
            zeta=conditions.zeta,
            height=plan.height,
            momentum=momentum,
            low_pass=low_pass if low else None,
            high_pass=removed,
        )

    def with_gas(path: GasPath) -> spectral_correction.LowPass:
        def both(f: Array, U: Array, T: Array) -> Array:
            return of_sonic(f, U, T) * spectral_correction.gas_low_pass(
                f, U, T, path, laminar_tube=how.laminar_tube, tube_diffusivity=how.tube_diffusivity
            )

        return both

    def twice(f: Array, U: Array, T: Array) -> Array:
        return np.asarray(of_sonic(f, U, T) ** 2)

    one = np.ones_like(conditions.U)
    alone = not (low or how.low_frequency_of_all)
    return Factors(
        momentum=one if alone else factor(True, twice),
        heat=one if alone else factor(False, twice),
        gas={gas: factor(False, with_gas(path)) for gas, path in paths.items()},
    )


def moncrieff_1997(conditions: SpectralConditions, plan: Plan) -> Factors:
    """Factors from amplitudes of transfer functions and a model cospectrum."""
    return _classical(conditions, plan)


def low_frequencies_alone(conditions: SpectralConditions, plan: Plan) -> Factors:
    """Factors of what averaging took, or 1."""
    if high_pass_factor(plan) is None:
        one = np.ones_like(conditions.U)
        return Factors(one, one, dict.fromkeys(plan.gases, one))
    return _classical(conditions, plan, low=False)


# ---- closed forms ----


def horst_1997(conditions: SpectralConditions, plan: Plan) -> Factors:
    """Gases as first-order sensors of a fitted cut-off frequency, else their response time.

    Horst's form knows no more than that; what paths, tube and separation take comes on top. A cut-off fitted
    to spectra against temperature's holds the gas's own path and tube already.
    """
    paths = {gas: plan.gas[gas].path for gas in plan.gases}
    without_response = {gas: replace(path, response=0.0) for gas, path in paths.items()}
    rest = _classical(conditions, plan, paths=without_response)
    if plan.conventions.horst_paths:
        beside = rest.gas
        apart = {gas: replace(path, path=0.0, tube_length=None) for gas, path in without_response.items()}
        beside_fitted = _classical(conditions, plan, paths={g: apart[g] for g in conditions.cutoff}).gas
    else:
        beside = beside_fitted = low_frequencies_alone(conditions, plan).gas
    gas = {}
    for name, path in paths.items():
        fitted = np.full_like(conditions.U, np.nan)
        if name in conditions.cutoff:
            fitted = 1.0 / (2.0 * np.pi * conditions.cutoff[name])
        known = np.isfinite(fitted)
        tau = np.where(known, fitted, path.response)
        left = attenuation.left_horst_1997(tau, conditions.U, conditions.zeta, plan.height)
        gas[name] = np.where(known, beside_fitted.get(name, np.nan), beside[name]) / left
    return Factors(rest.momentum, rest.heat, gas)


def massman_2000(conditions: SpectralConditions, plan: Plan) -> Factors:
    """Everything as one first-order filter, low frequencies included."""
    geometry, how = plan.sonic.geometry, plan.conventions
    vertical, U = geometry.path, conditions.U
    momentum = attenuation.time_of_momentum(vertical, geometry.horizontal, U)
    wind = attenuation.time_of_vertical_wind(vertical, U)
    own = attenuation.together(wind, attenuation.time_of_line(vertical, U))
    heat = own if how.massman_heat == "heat" else momentum
    if how.massman_responses == "all":
        momentum, heat = (attenuation.together(t, np.sqrt(2.0) * geometry.response) for t in (momentum, heat))
    block, filtered = massman_high_pass(plan)

    def factor(tau: Array, peak_of_momentum: bool = False) -> Array:
        return 1.0 / attenuation.left_massman_2000(
            tau,
            U,
            conditions.zeta,
            height=plan.height,
            block=block,
            high_pass=filtered,
            momentum_peak=peak_of_momentum,
        )

    return Factors(
        momentum=factor(momentum, how.massman_momentum_peak),
        heat=factor(heat),
        gas={gas: factor(_gas_time(conditions, plan, gas, wind)) for gas in plan.gases},
    )


def massman_high_pass(plan: Plan) -> tuple[float, float]:
    """Equivalent time constants of the block and of what else is removed; infinite for none. [s]"""
    decide = plan.decide
    if decide.low_frequency == "none":
        return np.inf, np.inf
    by_chunk = plan.conventions.massman_chunks == "chunk"
    removed = {
        "block": np.inf,
        "linear": plan.seconds / attenuation.TIME_OF_LINE,
        "linear-chunks": (filter_time(plan) if by_chunk else plan.seconds) / attenuation.TIME_OF_LINE,
        "running-mean": filter_time(plan),
        "exponential": filter_time(plan),
    }
    return plan.seconds / attenuation.TIME_OF_BLOCK, removed[decide.detrending]


def _gas_time(conditions: SpectralConditions, plan: Plan, gas: str, wind: Array) -> Array:
    """Equivalent time constant of wind and gas together. [s]"""
    path, U, how = plan.gas[gas].path, conditions.U, plan.conventions
    residence = None if how.massman_cell_speed == "wind" else path.cell_residence
    speed = U if residence is None else path.path / residence if residence else np.inf
    apart = _separation_times(conditions, plan, gas, path)
    rest = _responses(plan, gas, path)
    line = attenuation.time_of_line(path.path, speed)
    volume = attenuation.time_of_volume(path.path, path.beam, speed)
    return attenuation.together(wind, *apart, line, volume, *rest, *_tube_time(path, conditions.T, plan))


def _separation_times(conditions: SpectralConditions, plan: Plan, gas: str, path: GasPath) -> list[Array]:
    """Equivalent time constants of the distance between sonic and analyser, lateral first. [s]"""
    if plan.conventions.massman_separation == "horizontal":
        return [attenuation.time_of_lateral_separation(path.horizontal_separation, conditions.U)]
    along, across = distances(conditions, plan, gas)
    lateral = np.hypot(across, path.vertical_separation)
    delay = attenuation.time_of_streamwise_separation(along, conditions.U)
    return [
        attenuation.time_of_lateral_separation(lateral, conditions.U),
        np.where(at_peak(conditions, plan, gas), 0.0, delay),
    ]


def _responses(plan: Plan, gas: str, path: GasPath) -> tuple[float, ...]:
    """Response times of analyser and sonic, or the signal processing of LI-7500s alone. [s]"""
    if plan.conventions.massman_responses == "all":
        return path.response, plan.sonic.geometry.response
    return (0.016,) if plan.gas[gas].analyser.model.startswith("li-7500") else ()


def _tube_time(path: GasPath, T: Array, plan: Plan) -> tuple[Array, ...]:
    if path.tube_length is None or path.tube_diameter is None or path.tube_flow is None:
        return ()
    how = plan.conventions
    diffusivity = transfer.diffusivity_at(path.diffusivity, T, path.pressure)
    time = attenuation.time_of_tube(
        diffusivity=path.diffusivity if how.tube_diffusivity == "table" else diffusivity,
        length=path.tube_length,
        diameter=path.tube_diameter,
        flow=path.tube_flow,
        T=T,
        laminar=how.massman_laminar_tube,
    )
    return (time,)


# ---- phase-exact ----


def peltola_2021(conditions: SpectralConditions, plan: Plan) -> Factors:
    """Factors from complex transfer functions at the lag that was used; NaN where next to nothing is left."""
    sonic, removed = plan.sonic_path, high_pass_factor(plan)
    nowhere = np.zeros_like(conditions.U)
    air = phase_exact.PeriodFlow(conditions.U, conditions.T, conditions.zeta, nowhere, nowhere)

    def of_sonic(momentum: bool) -> Array:
        gain = phase_exact.sonic_gain(sonic, momentum=momentum)
        left = phase_exact.left_at_lag(
            air, None, height=plan.height, gain=gain, momentum=momentum, high_pass=removed
        )
        return 1.0 / left.share

    def of_gas(gas: str) -> Array:
        left = _left_of_gas(conditions, plan, gas)
        return np.divide(1.0, left, out=np.full_like(left, np.nan), where=left > _LEAST)

    return Factors(of_sonic(True), of_sonic(False), {gas: of_gas(gas) for gas in plan.gases})


def _left_of_gas(conditions: SpectralConditions, plan: Plan, gas: str) -> Array:
    """Share of a gas's covariance that is left at the lag that was used."""
    here, given = _channel(conditions, plan, gas)
    peak = at_peak(conditions, plan, gas)
    share = np.empty_like(conditions.U)
    own = peak.copy()
    for donor, lent in _lent(conditions, plan, gas).items():
        # The covariance is taken where the donor's is largest.
        there = peak & lent
        own &= ~lent
        if there.any():
            other, of_donor = _channel(conditions, plan, donor)
            lag = phase_exact.left_at_peak(other.part(there), **of_donor, rate=plan.rate).lag
            share[there] = phase_exact.left_at_lag(here.part(there), lag, **given, rate=plan.rate).share
    share[own] = phase_exact.left_at_peak(here.part(own), **given, rate=plan.rate).share
    physical = np.zeros(int(np.sum(~peak)))
    share[~peak] = phase_exact.left_at_lag(here.part(~peak), physical, **given).share
    return share if plan.decide.separation == "moore-1986" else share * left_apart(conditions, plan, gas)


def _lent(conditions: SpectralConditions, plan: Plan, gas: str) -> dict[str, Mask]:
    """Gas whose lag was taken -> in which periods."""
    if gas in plan.donors:
        return {plan.donors[gas][0]: np.ones(conditions.U.size, dtype=bool)}
    if gas not in conditions.lender:
        return {}
    return {other: conditions.lender[gas] == place for place, other in enumerate(plan.lenders[gas])}


class _Given(TypedDict):
    """Keywords of a gas's attenuation."""

    height: float
    gain: phase_exact.Gain
    high_pass: spectral_correction.HighPass | None


def _channel(conditions: SpectralConditions, plan: Plan, gas: str) -> tuple[phase_exact.PeriodFlow, _Given]:
    """What the air does at a gas's sensor, and what sensor and sonic leave of it."""
    along, across = distances(conditions, plan, gas)
    separation = plan.decide.separation
    if separation in ("horst-lenschow-2009-full", "none"):
        along = np.zeros_like(along)  # no delay: what is along the wind is counted otherwise, or not at all
    period = phase_exact.PeriodFlow(conditions.U, conditions.T, conditions.zeta, along, across)
    moore = phase_exact.separation_gain(plan.gas[gas].analyser.vertical_separation)
    gain = phase_exact.gas_gain(
        plan.sonic_path, plan.gas[gas].path, moore if separation == "moore-1986" else None
    )
    return period, {"height": plan.height, "gain": gain, "high_pass": high_pass_factor(plan)}


def at_peak(conditions: SpectralConditions, plan: Plan, gas: str) -> Mask:
    """Whether the lag is that of a largest covariance, which holds the sensor's own delay, not of transport.

    A nominal lag is what the configuration says that it is.
    """
    method, total = plan.decide.lag, plan.gas[gas].nominal_is == "total"
    if method in EXPECTED and gas in conditions.at_default:
        return ~conditions.at_default[gas] | total
    return np.full(conditions.U.size, method not in PHYSICAL or (method == "constant" and total))


# ---- in situ ----

#: Largest correction that a cospectrum of its own is believed in; water vapour sticks to tubes.
LARGEST_OWN = {"h2o": 20.0}
_LARGEST_OWN = 5.0


def ibrom_2007(conditions: SpectralConditions, plan: Plan) -> Factors:
    """Gases by the attenuation that the site's temperature would suffer at their cut-off frequencies."""
    return _in_situ(conditions, plan, {})


def fratini_2012(conditions: SpectralConditions, plan: Plan) -> Factors:
    """The same by each period's own cospectrum of temperature where fluxes are large."""
    return _in_situ(conditions, plan, conditions.own)


def _in_situ(conditions: SpectralConditions, plan: Plan, own: Mapping[str, Array]) -> Factors:
    """What a gas loses beside temperature, on top of what temperature loses itself, or averaging alone."""
    exact = plan.conventions.in_situ_base == "peltola-2021"
    base = (peltola_2021 if exact else moncrieff_1997)(conditions, plan)
    averaging = base.heat if exact else None
    gas = _of_own_spectra(conditions, plan, own, plan.gases, base, averaging, left_apart)
    return Factors(base.momentum, base.heat, gas)


def _of_own_spectra(
    conditions: SpectralConditions,
    plan: Plan,
    own: Mapping[str, Array],
    gases: tuple[str, ...],
    base: Factors,
    averaging: Array | None,
    left_apart: Callable[[SpectralConditions, Plan, str], Array],
) -> dict[str, Array]:
    """Factors of gases by what they lose beside temperature, else those of the base.

    averaging: what temperature loses itself; None: averaging alone. left_apart: share that the distance of
    the sensors leaves.
    """
    how = plan.conventions
    if averaging is None:
        averaging = averaging_alone(conditions, plan)
    nowhere = np.full_like(conditions.U, np.nan)
    gas = {}
    for name in gases:
        model = nowhere
        if name in conditions.cutoff:
            model = in_situ.factor_by_stability(
                conditions.models, conditions.zeta, conditions.U, conditions.cutoff[name]
            )
        model = model * averaging
        mine = own.get(name, nowhere) * (averaging if how.own_factor_with_averaging else 1.0)
        found = in_situ.factor_fratini_2012(mine, model, largest=LARGEST_OWN.get(kind_of(name), _LARGEST_OWN))
        found = found / left_apart(conditions, plan, name)
        unknown = np.isnan(found)
        if how.in_situ_after_failure == "never" and plan.decide.high_frequency in IN_SITU:
            unknown = np.logical_or.accumulate(unknown & np.isfinite(conditions.U))
        gas[name] = np.where(unknown, base.gas[name], found)
    return gas


METHODS: dict[str, Method] = {
    "none": low_frequencies_alone,
    "moncrieff-1997": moncrieff_1997,
    "horst-1997": horst_1997,
    "massman-2000": massman_2000,
    "peltola-2021": peltola_2021,
    "ibrom-2007": ibrom_2007,
    "fratini-2012": fratini_2012,
}
