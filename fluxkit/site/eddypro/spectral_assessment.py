"""In-situ spectral corrections as EddyPro 6 has them: keys sa_* of the project, and its assessment file."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro.ledger import BESIDE, Ledger, Places, Verdict

SECTION = "FluxCorrection_SpectralAnalysis_General"
_HORST, _IBROM, _FRATINI = 2, 3, 4
_MISSING = -9000.0
_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_GASES = {"CO2": "co2", "CH4": "ch4"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_FLUXES = {"ustar": "ustar", "h": "h", "le": "le", "co2": "co2", "ch4": "ch4", "gas4": "n2o"}
_SEPARATION = {0: "none", 1: "horst-lenschow-2009-full", 2: "horst-lenschow-2009"}


def spectral_assessment(project: Ledger, places: Places = BESIDE) -> dict[str, Any]:
    """Translate a project's in-situ spectral corrections to settings of ``decide``; enters their notes."""
    method = project.code("Project", "hf_meth", 1)
    used = method in (_HORST, _IBROM, _FRATINI)
    places.require_use("sa_file", used, "the project's correction is not in situ (hf_meth)")
    if not used:
        _enter(project, "*", "same", "only for in-situ spectral corrections")
        return {}
    _enter(project, "*", "same", "decide.cutoff")
    settings: dict[str, Any] = {"cutoff": _fitting(project)}
    code = project.code(SECTION, "horst_lens", 2)
    if code not in _SEPARATION:
        raise project.wrong(SECTION, "horst_lens", f"found {code}; known: 0, 1, 2")
    settings["separation"] = _SEPARATION[code]
    project.enter(SECTION, "horst_lens", "same", f"decide.separation = {_SEPARATION[code]!r}")
    if project.code(SECTION, "sa_mode", 1) == 0 or "sa_file" in places.given:
        settings["cutoff"] |= read_assessment(places.find(project, SECTION, "sa_file"))
        project.enter(SECTION, "sa_file", "same", "cut-off frequencies and coefficients in decide.cutoff")
    for key in ("sa_bin_spectra", "sa_full_spectra", "ex_file", "ex_dir"):
        remark = "place of spectra of an earlier run; here they come from the moments"
        project.enter(SECTION, key, "same", remark)
    on = project.code(SECTION, "add_sonic_lptf", 1) != 0
    remark = "what the sonic takes from a period's own cospectrum is restored before use"
    project.enter(SECTION, "add_sonic_lptf", "same" if on else "not supported", remark)
    return settings


def _fitting(project: Ledger) -> dict[str, Any]:
    """What cut-off frequencies are fitted to."""
    out: dict[str, Any] = {
        "method": "ibrom-2007",
        "min_spectra": project.code(SECTION, "sa_min_smpl", 10),
        "low": _one_for_all(project, "sa_fmin_{}", 0.005),
        "high": _one_for_all(project, "sa_fmax_{}", 2.0),
        "noise_from": _one_for_all(project, "sa_hfn_{}_fmin", 1.0),
        "months": _months(project),
    }
    for table, prefix in (("unstable", "sa_min_un_"), ("stable", "sa_min_st_"), ("largest", "sa_max_")):
        keys = {ours: f"{prefix}{theirs}" for theirs, ours in _FLUXES.items()}
        out[table] = {k: project.number(SECTION, key) for k, key in keys.items() if (SECTION, key) in project}
    flags = [project.code(SECTION, f"sa_use_foken_{level}", 0) for level in ("low", "mid")]
    out["max_instationarity"] = 1.0 if flags[0] else (0.3 if flags[1] else 0.0)
    for key in ("sa_use_foken_low", "sa_use_foken_mid"):
        used = project.code(SECTION, key, 0) != 0
        remark = "decide.cutoff.max_instationarity; that program requires developed turbulence too"
        project.enter(SECTION, key, "near" if used else "same", remark)
    used = project.code(SECTION, "sa_use_vm_flags", 1) != 0
    remark = "spectra of periods with flags of the raw tests are used here"
    project.enter(SECTION, "sa_use_vm_flags", "near" if used else "same", remark)
    return out | _season(project)


def _one_for_all(project: Ledger, pattern: str, default: float) -> float:
    """A number that the project gives for each gas, here the same for all."""
    values = {
        gas: project.number(SECTION, pattern.format(gas), default) for gas in ("co2", "h2o", "ch4", "gas4")
    }
    if len(set(values.values())) > 1:
        for gas, value in values.items():
            remark = f"{value:g} there; carbon dioxide's, {values['co2']:g}, is taken for all gases"
            project.enter(SECTION, pattern.format(gas), "near", remark)
    return values["co2"]


def _months(project: Ledger) -> dict[str, list[tuple[int, int]]]:
    groups: dict[str, list[tuple[int, int]]] = {}
    for theirs, ours in (("co2", "co2"), ("ch4", "ch4"), ("gas4", "n2o")):
        found: list[tuple[int, int]] = []
        while (SECTION, f"sa_{theirs}_g{len(found) + 1}_start") in project:
            k = len(found) + 1
            found.append(
                (
                    project.code(SECTION, f"sa_{theirs}_g{k}_start", 1),
                    project.code(SECTION, f"sa_{theirs}_g{k}_stop", 12),
                )
            )
        if found and found != [(1, 12)]:
            groups[ours] = found
    return groups


def _season(project: Ledger) -> dict[str, Any]:
    """First and last day of the spectra, if the project chooses them."""
    if project.code(SECTION, "sa_subset", 0) == 0:
        return {}
    found = {}
    for ours, key in (("start", "sa_start_date"), ("end", "sa_end_date")):
        text = project.text(SECTION, key)
        if not text:
            continue
        try:
            found[ours] = date.fromisoformat(text)
        except ValueError as error:
            raise project.wrong(SECTION, key, f"found {text!r}; allowed: a date, YYYY-MM-DD") from error
        project.enter(SECTION, key.replace("date", "time"), "near", "whole days (UTC) are used here")
    return found


def read_assessment(path: Path) -> dict[str, Any]:
    """Read a spectral-assessment file of EddyPro 6.

    Parameters
    ----------
    path : pathlib.Path
        The file, as that program writes it.

    Returns
    -------
    dict
        ``frequencies``, ``humidity`` and ``factor`` of decide.cutoff; what that program could not fit is
        left out.

    Raises
    ------
    ConfigError
        The file cannot be read or holds no cut-off frequency.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise ConfigError(str(path), [f"spectral assessment cannot be read: {error.strerror}"]) from error
    return parse_assessment(lines, str(path))


def parse_assessment(lines: list[str], source: str) -> dict[str, Any]:
    """Read the lines of a spectral assessment; as `read_assessment`."""
    frequencies: dict[str, list[float]] = {}
    out: dict[str, Any] = {"frequencies": frequencies, "factor": {}}
    gas = None
    for k, line in enumerate(lines):
        name, numbers = (
            line.split("=")[0].strip(),
            [float(x) for x in re.findall(_NUMBER, line.split("=")[-1])],
        )
        if "TFP" in line:
            gas = _GASES.get(line.split()[0], "n2o" if line.split()[0].lower() == "n2o" else None)
        elif name in _MONTHS and gas is not None and len(numbers) == 2:
            frequencies.setdefault(gas, []).append(numbers[1])
        elif name in ("unstable", "stable") and len(numbers) == 2 and numbers[0] > _MISSING:
            out["factor"][name] = tuple(numbers)
        elif "exponential_fit" in line and k + 1 < len(lines):
            fitted = [float(x) for x in re.findall(_NUMBER, lines[k + 1])]
            if len(fitted) == 3 and fitted[0] > _MISSING:
                out["humidity"] = tuple(fitted)
    out["frequencies"] = {g: f for g, f in frequencies.items() if len(f) == 12 and min(f) > 0.0}
    if not out["frequencies"] and "humidity" not in out:
        raise ConfigError(
            source,
            ["no cut-off frequency found; expected lines like 'January = Fn fc' and a fit for water vapour"],
        )
    return out


def _enter(project: Ledger, pattern: str, verdict: Verdict, remark: str) -> None:
    for section, key in project.places():
        if section == SECTION and (pattern == "*" or key.startswith(pattern)):
            project.enter(section, key, verdict, remark)
