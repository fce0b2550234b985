"""Planar fit as EddyPro 6 has it: keys pf_* of the project, and its file of planes."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro.ledger import BESIDE, Ledger, Places

SECTION = "RawProcess_TiltCorrection_Settings"
#: "1  0- 90  0.0199893  0.0524361 -0.0262289": sector, from-to, b0, b1, b2.
_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?)"
_PLANE = re.compile(
    rf"^\s*(\d+)\s+{_NUMBER}\s*-\s*{_NUMBER}\s+{_NUMBER}\s+{_NUMBER}\s+{_NUMBER}\s*$", re.ASCII
)


def planar_fit(project: Ledger, places: Places = BESIDE) -> dict[str, Any]:
    """Translate the planar fit of a project; enters its notes. Empty when it uses none."""
    used = project.code("RawProcess_Settings", "rot_meth", 1) in (3, 4)
    places.require_use("pf_file", used, "the project's rotation is no planar fit (rot_meth)")
    if not used:
        _enter_all(project, "same", "only for planar fit")
        return {}
    _enter_all(project, "same", "decide.planar_fit")
    if project.code(SECTION, "pf_mode", 1) == 0 or "pf_file" in places.given:
        return read_planes(places.find(project, SECTION, "pf_file"))
    widths, excluded = _sectors(project)
    highest = project.number(SECTION, "pf_w_max", 0.099)
    settings: dict[str, Any] = {
        "sectors": widths,
        "first_sector": project.number(SECTION, "pf_north_offset", 0.0),
        "excluded": excluded,
        "min_periods": project.code(SECTION, "pf_min_num_per_sec", 0),
        "min_speed": project.number(SECTION, "pf_u_min", -0.001),
        # That program reads its default, 0.099, as no limit.
        "max_w": highest if highest > 0.099 else 10.0,
    }
    fix = project.code(SECTION, "pf_fix", 0)
    settings["fallback"] = "clockwise" if fix == 0 else "double"
    if fix == 1:  # which never gets to it either
        remark = "counterclockwise does nothing in that program: double rotation, as there"
        project.enter(SECTION, "pf_fix", "same", remark)
    if project.code(SECTION, "pf_subtract_b0", 0) == 1:
        remark = "b0 left in the mean vertical wind there; no effect on fluxes"
        project.enter(SECTION, "pf_subtract_b0", "near", remark)
    return settings | _dates(project)


def read_planes(path: Path) -> dict[str, Any]:
    """Read a planar-fit file of EddyPro 6.

    Parameters
    ----------
    path : pathlib.Path
        The file, as that program writes it.

    Returns
    -------
    dict
        ``sectors``, ``first_sector`` and ``coefficients`` of decide.planar_fit; a sector whose plane
        could not be fitted there (-9999) is ``excluded``.

    Raises
    ------
    ConfigError
        The file cannot be read or holds no planes.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise ConfigError(str(path), [f"planar-fit file cannot be read: {error.strerror}"]) from error
    rows = [tuple(map(float, found.groups())) for found in map(_PLANE.match, lines) if found]
    if not rows:
        raise ConfigError(
            str(path), ["no planes found; expected lines with sector, from - to [degrees], b0, b1, b2"]
        )
    begin = rows[0][1]
    widths = [(row[2] - row[1]) % 360.0 or 360.0 for row in rows]
    lost = [k + 1 for k, row in enumerate(rows) if row[4] <= -9000.0]
    planes = [(0.0, 0.0, 0.0) if k + 1 in lost else row[3:6] for k, row in enumerate(rows)]
    return {"sectors": widths, "first_sector": begin, "coefficients": planes, "excluded": lost}


def _sectors(project: Ledger) -> tuple[list[float], list[int]]:
    widths: list[float] = []
    excluded: list[int] = []
    while (SECTION, f"pf_sect_{len(widths) + 1}_width") in project:
        k = len(widths) + 1
        widths.append(project.number(SECTION, f"pf_sect_{k}_width"))
        if project.code(SECTION, f"pf_sect_{k}_exclude", 0):
            excluded.append(k)
    return widths or [360.0], excluded


def _dates(project: Ledger) -> dict[str, Any]:
    if project.code(SECTION, "pf_subset", 0) == 0:
        return {}
    found = {}
    for ours, key in (("start", "pf_start_date"), ("end", "pf_end_date")):
        text = project.text(SECTION, key)
        if text:
            try:
                found[ours] = date.fromisoformat(text)
            except ValueError as error:
                raise project.wrong(SECTION, key, f"found {text!r}; allowed: a date, YYYY-MM-DD") from error
            time = key.replace("date", "time")
            if project.text(SECTION, time) not in ("", "00:00"):
                project.enter(SECTION, time, "near", "planes are fitted to whole days (UTC) here")
    return found


def _enter_all(project: Ledger, verdict: Any, remark: str) -> None:
    for section, key in project.places():
        if section == SECTION and key.startswith("pf_"):
            project.enter(section, key, verdict, remark)
