"""A project's heating correction of the LI-7500 to ours."""

from typing import Any

from fluxkit.site.eddypro.ledger import Ledger
from fluxkit.site.sections.open_path import HEATED, HEATED_AT_SUMMER_SETTING, SelfHeating

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
        words = "off" if off else "no LI-7500 is used"
        project.enter(_SETTINGS, "bu_corr", "same", f"heating correction (Burba et al. 2008): {words}")
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
