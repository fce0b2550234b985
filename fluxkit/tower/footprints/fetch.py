"""Distances that fluxes come from, by the model of `decide.footprint`, and their limits."""

import numpy as np
import numpy.typing as npt

from fluxkit.physics import boundary_layer, ffp, footprint, similarity
from fluxkit.schema.variables import mask
from fluxkit.tower.density.fluxes import Fluxes
from fluxkit.tower.plan import Plan

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]

#: What ``ffp.limits`` finds -> bit of FOOTPRINT_FLAG.
_LIMITS = {
    "low_ustar": "ustar_below_limit",
    "too_unstable": "too_unstable_or_stable",
    "above_mixed_layer": "above_mixed_layer",
    "no_input": "input_missing",
    "roughness_sublayer": "in_roughness_sublayer",
}


def footprint_products(flux: Fluxes, out: dict[str, Array], height: Array, plan: Plan) -> dict[str, Array]:
    """FETCH_* and FOOTPRINT_FLAG; Kormann & Meixner, flagged, where Kljun et al. does not hold.

    Parameters
    ----------
    flux : Fluxes
    out : dict
        Products so far: WS, W_SIGMA, V_SIGMA, ZL, MO_LENGTH.
    height : (time,) array
        Measured height of the boundary layer, NaN where it is not. [m]
    plan : Plan
    """
    method, z, z0 = plan.decide.footprint, plan.height, plan.station.z0
    kappa, marks = plan.constants.kappa, dict[str, Where]()
    whole_metres = plan.conventions.footprint_in_whole_metres
    if method == "none":
        return {}
    extra: dict[str, Array] = {} if np.isnan(height).all() else {"PBLH": height}
    if method == "hsieh-2000":
        found = footprint.footprint_hsieh_2000(
            z=z, z0=z0, length=out["MO_LENGTH"], kappa=kappa, whole_metres=whole_metres
        )
    else:
        found = footprint.footprint_kormann_meixner_2001(
            z=z, wind_speed=out["WS"], ustar=flux.ustar, zeta=out["ZL"], kappa=kappa,
            whole_metres=whole_metres,
        )  # fmt: skip
    if method == "kljun-2004":
        first = footprint.footprint_kljun_2004(
            z=np.full_like(flux.ustar, z), sigma_w=out["W_SIGMA"], ustar=flux.ustar, zeta=out["ZL"], z0=z0
        )
        marks = _limits_2004(flux.ustar, out["ZL"], out["W_SIGMA"])
        found = _preferred(first, found, marks)
    elif method == "kljun-2015":
        first, extra["PBLH"], marks = _kljun_2015(flux, out, height, plan)
        found = _preferred(first, found, marks)
    names = {"max": "FETCH_MAX", 0.01: "FETCH_OFFSET"}
    fetch = {names.get(share) or f"FETCH_{round(100 * float(share))}": x for share, x in found.items()}
    return fetch | extra | {"FOOTPRINT_FLAG": _flag(marks, flux.ustar.shape)}


def _preferred(
    first: footprint.Distances, second: footprint.Distances, marks: dict[str, Where]
) -> footprint.Distances:
    """Distances of the first model, of the second where the first has none: marked so."""
    holds = ~np.isnan(first["max"])
    marks["kormann_meixner_instead"] = ~holds & ~np.isnan(second["max"])
    return {share: np.where(holds, x, second[share]) for share, x in first.items()}


def _limits_2004(ustar: Array, zeta: Array, sigma_w: Array) -> dict[str, Where]:
    return {
        "ustar_below_limit": ustar < 0.2,
        "too_unstable_or_stable": (zeta < -200.0) | (zeta > 1.0),
        "input_missing": np.isnan(ustar) | np.isnan(zeta) | np.isnan(sigma_w),
    }


def _kljun_2015(
    flux: Fluxes, out: dict[str, Array], measured: Array, plan: Plan
) -> tuple[footprint.Distances, Array, dict[str, Where]]:
    """Distances, height of the boundary layer, and what limits them."""
    chosen = plan.footprint
    zeta, length = out["ZL"], out["MO_LENGTH"]
    if chosen.boundary_layer_height is not None:
        h = np.where(np.isnan(length), np.nan, chosen.boundary_layer_height)
        assumed = np.zeros(h.shape, dtype=bool)
    else:
        f_c = similarity.coriolis(plan.station.latitude)
        h = boundary_layer.boundary_layer_height(flux.ustar, length, f_c, convective=chosen.convective_height)
        assumed = (length < 0.0) & np.isnan(measured)
    h = np.where(np.isnan(measured), h, measured)
    found = ffp.model_limits(
        z=plan.height, ustar=flux.ustar, zeta=zeta, h=h, sigma_v=out["V_SIGMA"], z0=plan.station.z0
    )
    scale = ffp.length_scale(z=plan.height, ustar=flux.ustar, zeta=zeta, h=h, wind_speed=out["WS"])
    marks = {_LIMITS[name]: where for name, where in found.items()}
    marks["boundary_layer_height_assumed"] = assumed
    return ffp.footprint_kljun_2015(scale, ffp.is_valid(found)), h, marks


def _flag(marks: dict[str, Where], shape: tuple[int, ...]) -> Array:
    flag = np.zeros(shape)
    for meaning, where in marks.items():
        flag += np.where(where, mask("FOOTPRINT_FLAG", meaning), 0)
    return flag
