"""Fluxes of plants and of the ground, from the shares that the partition methods find; unpacks a plan."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fluxkit.physics import water_use
from fluxkit.physics.air import Air
from fluxkit.schema.variables import entry
from fluxkit.tower.plan import Plan
from fluxkit.tower.series_methods import partition

Array = npt.NDArray[np.float64]

#: Method, as in the configuration -> how its variables are marked.
MARKS = {"zahn-2022": "CEC", "thomas-2008": "MREA", "scanlon-2019": "FVS"}


def source_products(sums: Array, air: Air, out: Mapping[str, Array], plan: Plan) -> dict[str, Array]:
    """Share the final fluxes out between plants and the ground.

    Parameters
    ----------
    sums : (time, 23) array
        Quadrant sums of mixing ratios.
    air : Air
    out : mapping
        Final ET, FC, USTAR and ZL. [SI]
    plan : Plan

    Returns
    -------
    dict
        ET_T, ET_E, FC_P, FC_R of each method and why there are none. [SI]
    """
    found: dict[str, Array] = {}
    for method in plan.condense.partition:
        if method == "scanlon-2019":
            moments = partition.second_moments(sums)
            found["WUE_LEAF"] = leaf_efficiency(sums, moments, air, out, plan)
            shares = partition.flux_variance_similarity(moments, found["WUE_LEAF"])
        elif method == "zahn-2022":
            shares = partition.conditional_eddy_covariance(sums)
        else:
            shares = partition.modified_relaxed_eddy_accumulation(sums)
        mark = MARKS[method]
        found[f"ET_T_{mark}"] = shares.water * out["ET"]
        found[f"ET_E_{mark}"] = (1.0 - shares.water) * out["ET"]
        found[f"FC_P_{mark}"] = shares.carbon * out["FC"]
        found[f"FC_R_{mark}"] = (1.0 - shares.carbon) * out["FC"]
        measured = sums[:, 0] > 0.0
        found[f"{mark}_TEST"] = np.where(measured, shares.test, np.nan)
    return found


def success(found: Mapping[str, Array], plan: Plan) -> dict[str, str]:
    """Return the attribute that tells how often each method found shares, and what stood in the way else."""
    meanings = entry("CEC_TEST").flag_meanings
    sentences = []
    for method in plan.condense.partition:
        test = found[f"{MARKS[method]}_TEST"]
        measured = int((~np.isnan(test)).sum())
        counts = {meaning: int((test == code).sum()) for code, meaning in enumerate(meanings)}
        others = ", ".join(f"{n} {meaning}" for meaning, n in counts.items() if n and meaning != meanings[0])
        sentence = f"partition by {method}: {counts[meanings[0]]} of {measured} periods solved"
        sentences.append(sentence + (f" ({others})" if others else ""))
    return {"partition": "; ".join(sentences)} if sentences else {}


def leaf_efficiency(
    sums: Array, moments: dict[str, Array], air: Air, out: Mapping[str, Array], plan: Plan
) -> Array:
    """Water use efficiency of leaves that are as warm as the air. [mol mol-1]"""
    named = partition.named_sums(sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = {gas: named[gas] / named["n"] for gas in ("q", "c")}
    at_canopy = {
        gas: mean[gas]
        + water_use.canopy_excess(
            moments[f"w{gas}"],
            out["USTAR"],
            z=plan.height,
            z0=plan.station.z0,
            zeta=out["ZL"],
            kappa=plan.constants.kappa,
        )
        for gas in ("q", "c")
    }
    inside = air.es / (air.P - air.es)
    leaves = plan.decide.leaves
    if leaves.water_use == "scanlon-2019":
        return water_use.optimal(at_canopy["c"], at_canopy["q"], inside, moments)
    return water_use.constant_ratio(at_canopy["c"], at_canopy["q"], inside, ratio=leaves.intercellular_ratio)
