"""A project's corrections of the sonic to settings of the sonic and of ``condition``."""

from typing import Any

from fluxkit.site.eddypro.ledger import Ledger
from fluxkit.site.sections import instruments as registry

_SETTINGS = "RawProcess_Settings"

#: Code of flow_distortion -> our method.
_ANGLES = {-1: "automatic", 0: "none", 1: "nakai-shimoyama-2012", 2: "nakai-2006"}


def corrections(project: Ledger, sonic: dict[str, Any]) -> dict[str, Any]:
    """Translate the corrections of the sonic; enters their notes.

    Parameters
    ----------
    project : Ledger
        The project file.
    sonic : dict
        Entries of the anemometer; offsets and what its firmware is taken to do are added.

    Returns
    -------
    dict
        Settings of ``condition``.
    """
    for name in ("u", "v", "w"):
        offset = project.number(_SETTINGS, f"{name}_offset", 0.0)
        project.enter(_SETTINGS, f"{name}_offset", "same", f"instruments.{sonic['id']}.{name}_offset, m s-1")
        if offset != 0.0:
            sonic[f"{name}_offset"] = offset
    boost = project.code(_SETTINGS, "gill_wm_wboost", 0) != 0
    project.enter(_SETTINGS, "gill_wm_wboost", "same", "condition.w_boost: where the firmware needs it")
    boosted = boost and registry.traits(sonic["model"]).boost
    return {
        "cross_wind": _cross_wind(project, sonic),
        "w_boost": boost,
        "angle_of_attack": _angle_of_attack(project, sonic, boosted=boosted),
    }


def with_direction(columns: dict[str, dict[str, Any]], sonic: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the columns, u as a direction where the sonic writes one: the metadata has no unit for it."""
    if sonic["wind_format"] != "polar":
        return columns
    return columns | {"u": columns["u"] | {"unit": "deg"}}


def _cross_wind(project: Ledger, sonic: dict[str, Any]) -> str:
    if project.code(_SETTINGS, "cross_wind", 0) == 0:
        project.enter(_SETTINGS, "cross_wind", "same", "condition.cross_wind = 'none'")
        return "none"
    traits = registry.traits(sonic["model"])
    if traits.elevation is None and not traits.cross_wind_shares:
        remark = f"that program has no figures of a {sonic['model']} and corrects nothing"
        project.enter(_SETTINGS, "cross_wind", "same", remark)
        return "none"
    # That program corrects whatever the firmware has done.
    sonic["cross_wind_corrected"] = False
    project.enter(_SETTINGS, "cross_wind", "same", "condition.cross_wind = 'liu-2001'")
    return "liu-2001"


def _angle_of_attack(project: Ledger, sonic: dict[str, Any], *, boosted: bool) -> str:
    code = project.code(_SETTINGS, "flow_distortion", 0)
    if code not in _ANGLES:
        known = ", ".join(str(c) for c in _ANGLES)
        raise project.wrong(_SETTINGS, "flow_distortion", f"found {code}; known: {known}")
    method, fitting = _ANGLES[code], registry.traits(sonic["model"]).angle_of_attack
    remark = f"condition.angle_of_attack = {method!r}"
    if method != "none" and boosted:
        method, remark = "none", "not made beside the w-boost correction, as that program does"
    elif method not in ("none", "automatic", fitting):
        method, remark = "none", f"not of a {sonic['model']}: nothing is done, as that program does"
    elif method == "automatic":
        method = fitting or "none"
        remark = f"condition.angle_of_attack = {method!r}: by the model"
    if method == "nakai-shimoyama-2012" and "firmware" not in sonic:
        sonic["firmware"] = "unknown"
        remark += f"; taken as sound firmware: give instruments.{sonic['id']}.firmware"
        project.enter(_SETTINGS, "flow_distortion", "near", remark)
    else:
        project.enter(_SETTINGS, "flow_distortion", "same", remark)
    return method
