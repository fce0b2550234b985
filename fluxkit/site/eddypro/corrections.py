"""Corrections that depend on the instruments: those of the sonic, and the heat of the LI-7500."""

from typing import Any

from fluxkit.site.eddypro.ledger import Ledger
from fluxkit.site.sections import instruments as registry
from fluxkit.site.sections.open_path import HEATED, HEATED_AT_SUMMER_SETTING, SelfHeating

_SETTINGS = "RawProcess_Settings"

#: Code of flow_distortion -> our method.
_ANGLES = {-1: "automatic", 0: "none", 1: "nakai-shimoyama-2012", 2: "nakai-2006"}


def translate_corrections(project: Ledger, sonic: dict[str, Any]) -> dict[str, Any]:
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
    # That program corrects even if the firmware has corrected already.
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


_SETTINGS = "RawProcess_Settings"
_SURFACES = {"bot": "bottom", "top": "top", "spar": "spar"}


def self_heating(project: Ledger, instruments: list[dict[str, Any]]) -> dict[str, Any]:
    """Translate whether and how the surfaces' heat is taken into account; enters its notes.

    Parameters
    ----------
    project : Ledger
        The project file.
    instruments : list of dict
        The site's; an LI-7500A, RS or DS is marked, since that program treats it as an LI-7500.

    Returns
    -------
    dict
        Entries of ``decide``.
    """
    warm = [i for i in instruments if i["model"] in HEATED + HEATED_AT_SUMMER_SETTING]
    off = project.code(_SETTINGS, "bu_corr", 0) != 1
    if off or not warm:
        message = "off" if off else "no LI-7500 is used"
        project.enter(_SETTINGS, "bu_corr", "same", f"heating correction (Burba et al. 2008): {message}")
        _enter(project, "only for the heating correction of analysers")
        return {"self_heating": "none"}
    for instrument in warm:
        if instrument["model"] in HEATED_AT_SUMMER_SETTING:
            instrument["summer_setting"] = True
    remark = "decide.self_heating = 'burba-2008'; the paper's formulas, never compared with that program"
    project.enter(_SETTINGS, "bu_corr", "near", remark)
    _enter(project, "decide.heated_surfaces")
    multiple = project.code(_SETTINGS, "bu_multi", 0) != 0
    surfaces = {"surfaces": "multiple" if multiple else "linear"} | _coefficients(project)
    return {"self_heating": "burba-2008", "heated_surfaces": surfaces}


def _enter(project: Ledger, remark: str) -> None:
    for section, key in project.places():
        known = key == "bu_multi" or key.startswith(("l_day_", "l_night_", "m_day_", "m_night_"))
        if section == _SETTINGS and known:
            project.enter(section, key, "same", remark)


def _coefficients(project: Ledger) -> dict[str, tuple[float, ...]]:
    """Coefficients of all surfaces; the paper's where the project has none."""
    defaults, found = SelfHeating(), {}
    for when in ("day", "night"):
        for theirs, ours in _SURFACES.items():
            line, plane = f"{when}_{ours}", f"multiple_{when}_{ours}"
            keys = [f"l_{when}_{theirs}_{part}" for part in ("gain", "offset")]
            found[line] = _numbers(project, keys, getattr(defaults, line))
            keys = [f"m_{when}_{theirs}{n}" for n in range(1, 5)]
            found[plane] = _numbers(project, keys, getattr(defaults, plane))
    return found


def _numbers(project: Ledger, keys: list[str], defaults: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(project.number(_SETTINGS, k, d) for k, d in zip(keys, defaults, strict=True))
