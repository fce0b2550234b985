"""The verdict on each flux of a station: all tests' results through the policy, once, at the end."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fluxkit.schema.variables import entry, from_si, gas_names, mask
from fluxkit.site.sections.policy import LOST, POLICY
from fluxkit.tower.plan import Plan
from fluxkit.tower.quality_control.policy import apply_policy
from fluxkit.tower.turbulence import Turbulence

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Bits of LOSS_FLAG that concern every flux, or every flux but momentum.
EVERYWHERE = ("pressure_assumed", "temperature_assumed", "rotation_fell_back")
HUMIDITY = ("humidity_missing", "humidity_of_neighbours")
#: Reason -> bit of <VARIABLE>_VM97_TEST, where their names differ.
VM97 = {
    "spikes": "spikes",
    "amplitude_resolution": "amplitude_resolution",
    "drop_outs": "drop_outs",
    "absolute_limits": "absolute_limits",
    "skewness_kurtosis": "skewness_kurtosis_hard",
    "discontinuities": "discontinuities_hard",
    "time_lag": "time_lag_hard",
}
VM97_WIND = {"attack_angle": "VM97_AOA_HF", "steadiness": "VM97_NSHW_HF"}


def verdicts(out: Mapping[str, Array], t: Turbulence, plan: Plan) -> dict[str, Array]:
    """Judge every flux.

    Parameters
    ----------
    out : mapping of (time,) arrays
        All products, SI, by name of the vocabulary.
    t : Turbulence
    plan : Plan

    Returns
    -------
    dict of (time,) arrays
        <FLUX>_QC and <FLUX>_QC_REASON.
    """
    bits = {reason: mask("FC_QC_REASON", reason) for reason in POLICY}
    made: dict[str, Array] = {}
    for flux, scalar in _fluxes(plan).items():
        if flux not in out:
            continue
        found = _losses(out, flux) | _of_flux(out, flux) | _of_samples(out, scalar)
        if scalar in plan.gases:
            choice = t.scalars[scalar].choice
            # An expected lag is right for what is not seen: small fluxes are no worse than large ones.
            found["lag_at_default"] = choice.at_default & ~choice.below_detection
        middling, worst = _classes(out, flux, plan)
        found |= worst
        verdict = apply_policy(
            out[flux], found, policy=plan.decide.actions, bits=bits, lost=LOST, doubtful=middling
        )
        made[f"{flux}_QC"] = verdict.quality
        made[f"{flux}_QC_REASON"] = verdict.reasons.astype(np.float64)
    return made


def _fluxes(plan: Plan) -> dict[str, str]:
    """Flux -> the scalar it is made of."""
    fluxes = {"TAU": "u", "H": "t_sonic"} | {gas_names(gas)[0]: gas for gas in plan.gases}
    if "co2" in plan.gases:
        fluxes["NEE"] = "co2"
    if "h2o" in plan.gases:
        fluxes["LE"] = "h2o"
    return fluxes


def _losses(out: Mapping[str, Array], flux: str) -> dict[str, Mask]:
    """What LOSS_FLAG says that may concern this flux."""
    flag = out["LOSS_FLAG"].astype(np.int64)
    reasons = [reason for reason in LOST if reason in entry("LOSS_FLAG").flag_meanings]
    reasons += EVERYWHERE
    if flux != "TAU":
        reasons += HUMIDITY
    if flux == "NEE":
        reasons.append("storage_missing")
    return {reason: (flag & mask("LOSS_FLAG", reason)) > 0 for reason in reasons}


def _of_flux(out: Mapping[str, Array], flux: str) -> dict[str, Mask]:
    """What the flux itself and its own correction say."""
    found: dict[str, Mask] = {}
    limits = entry(flux).range
    base = "FC" if flux == "NEE" else flux
    with np.errstate(invalid="ignore"):
        if limits is not None:
            value = from_si(flux, out[flux])
            found["implausible"] = (value < limits[0]) | (value > limits[1])
        if f"{base}_LOD" in out:
            found["below_detection"] = np.abs(out[base]) < out[f"{base}_LOD"]
    if f"{base}_SCF" in out:
        found["spectral_correction_missing"] = ~np.isfinite(out[f"{base}_SCF"])
    if f"{base}_VITALE_TEST" in out:
        found["severe_evidence"] = out[f"{base}_VITALE_TEST"] == 2.0
        found["moderate_evidence"] = out[f"{base}_VITALE_TEST"] == 1.0
    if f"{base}_SSITC_TEST" in out:
        found["quality_test_missing"] = np.isnan(out[f"{base}_SSITC_TEST"])
    return found


def _of_samples(out: Mapping[str, Array], scalar: str) -> dict[str, Mask]:
    """What the tests of the samples say: of the wind, and of what it carries."""
    tested = [f"{name.upper()}_VM97_TEST" for name in ("u", "v", "w", scalar)]
    flags = [np.nan_to_num(out[name]).astype(np.int64) for name in tested if name in out]
    found: dict[str, Mask] = {}
    for reason, meaning in VM97.items():
        if flags:
            found[reason] = np.any([(flag & mask("U_VM97_TEST", meaning)) > 0 for flag in flags], axis=0)
    for reason, name in VM97_WIND.items():
        if name in out:
            found[reason] = out[name] == 1.0
    return found


def _classes(out: Mapping[str, Array], flux: str, plan: Plan) -> tuple[Mask, dict[str, Mask]]:
    """Where the flux is of middling quality, and where of the worst, by the scheme that decides."""
    base = "FC" if flux == "NEE" else flux
    scheme = plan.decide.quality
    if scheme == "none":
        return np.zeros(out[flux].shape, dtype=bool), {}
    if scheme == "foken-2003":  # 1-3 research, 4-6 general use, 7-8 orientation, 9 discard
        test, middle, worst = out[f"{base}_FOKEN_TEST"], 4.0, 7.0
    elif scheme == "goeckede-2004":
        test, middle, worst = out[f"{base}_GOECKEDE_TEST"], 3.0, 5.0
    else:
        test, middle, worst = out[f"{base}_SSITC_TEST"], 1.0, 2.0
    return (test >= middle) & (test < worst), {"quality_class": test >= worst}
