"""A project's time-lag optimisation to the settings of ``decide.time_lag``."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from fluxkit.errors import ConfigError
from fluxkit.site.eddypro.ledger import BESIDE, Ledger, Places, Verdict

_SECTION = "RawProcess_TimelagOptimization_Settings"
_NOT_SET = -1000.0  #: that program writes -1000.1 for a lag that it is to find itself
_GASES = {"co2": "co2", "h2o": "h2o", "ch4": "ch4", "gas4": "n2o"}  #: its name -> ours
_LEAST = {"to_co2_min_flux": ("co2", 2.0), "to_ch4_min_flux": ("ch4", 0.2),
          "to_gas4_min_flux": ("n2o", 0.02), "to_le_min_flux": ("h2o", 20.0)}  # fmt: skip

Windows = dict[str, list[tuple[float, float, float]]]


def time_lag(project: Ledger, places: Places = BESIDE) -> dict[str, Any]:
    """Translate the settings of the optimisation if the project uses it; enters their notes."""
    used = project.code("RawProcess_Settings", "tlag_meth", 2) == 4
    places.require_use("to_file", used, "the project does not optimise time lags (tlag_meth)")
    if not used:
        for section, key in project.places():
            if section == _SECTION:
                project.enter(section, key, "same", "only for time-lag optimisation")
        return {}
    settings = {**_learning(project), **_season(project)}
    from_file = project.code(_SECTION, "to_mode", 1) == 0 or "to_file" in places.given
    message = "lags are read from to_file" if from_file else "lags are learnt from these data"
    project.enter(_SECTION, "to_mode", "same", message)
    if from_file:
        settings["windows"] = read_time_lags(places.find(project, _SECTION, "to_file"))
        project.enter(_SECTION, "to_file", "same", "decide.time_lag.windows")
    else:
        project.enter(_SECTION, "to_file", "same", "only for to_mode = 0")
    return settings


def _learning(project: Ledger) -> dict[str, Any]:
    classes = project.code(_SECTION, "to_h2o_nclass", 10)
    remark = "decide.time_lag.humidity_classes"
    verdict: Verdict = "same"
    if classes > 1:
        verdict = "near"
        remark += "; classes of fewer than 30 lags are interpolated, that program infers them in its own way"
    project.enter(_SECTION, "to_h2o_nclass", verdict, remark)
    least = {}
    for key, (gas, default) in _LEAST.items():
        least[gas] = project.number(_SECTION, key, default)
        project.enter(_SECTION, key, "same", f"decide.time_lag.min_flux of {gas}")
    spread = project.number(_SECTION, "to_pg_range", 1.5)
    project.enter(_SECTION, "to_pg_range", "same", "decide.time_lag.spread")
    search = {}
    for theirs, ours in _GASES.items():
        low, high = (project.number(_SECTION, f"to_{theirs}_{end}_lag", -1000.1) for end in ("min", "max"))
        given = low > _NOT_SET and high > _NOT_SET
        if given:
            search[ours] = (low, high)
        remark = f"decide.time_lag.search of {ours}" if given else "the column's own lag window is searched"
        for end in ("min", "max"):
            project.enter(_SECTION, f"to_{theirs}_{end}_lag", "same", remark)
    return {"humidity_classes": classes, "spread": spread, "min_flux": least, "search": search}


def _season(project: Ledger) -> dict[str, Any]:
    part = project.code(_SECTION, "to_subset", 0) != 0
    days = {ours: _day(project, f"to_{ours}_date") for ours in ("start", "end")} if part else {}
    given = any(days.values())
    remark = "decide.time_lag.start and end, whole UTC days" if given else "all periods are used"
    for key in ("to_subset", *(f"to_{end}_{what}" for end in ("start", "end") for what in ("date", "time"))):
        project.enter(_SECTION, key, "near" if given else "same", remark)
    return {ours: day for ours, day in days.items() if day is not None}


def _day(project: Ledger, key: str) -> date | None:
    text = project.text(_SECTION, key)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise project.wrong(_SECTION, key, f"found {text!r}; allowed: a date, YYYY-MM-DD") from error


def read_time_lags(path: Path) -> Windows:
    """Read the lags that EddyPro 6 found by its optimisation.

    Parameters
    ----------
    path : pathlib.Path
        Its file ``eddypro_..._timelag_opt_....txt``.

    Returns
    -------
    dict
        Gas -> (nominal, min, max) [s] of each class of humidity, one for all where there are no classes.

    Raises
    ------
    ConfigError
        The file cannot be read, holds no lags, or a class has none.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from error
    # That program spells it "Mimimum".
    pattern = r"(Median|Mi[mn]imum|Maximum)_(\w+)_timelag_\[s\]:\s*(\S+)"
    found = {(gas, word): _number(path, gas, value) for word, gas, value in re.findall(pattern, text)}
    windows: Windows = {}
    for gas in dict.fromkeys(gas for gas, _ in found):
        low = found.get((gas, "Mimimum"), found.get((gas, "Minimum")))
        middle, high = (found.get((gas, word)) for word in ("Median", "Maximum"))
        if low is None or middle is None or high is None:
            raise ConfigError(str(path), [f"lag of {gas}: needs Median, Minimum and Maximum"])
        windows[_GASES.get(gas.lower(), "n2o")] = [(middle, low, high)]
    row = re.compile(r"^\s*(\d+)\s+\d+\s*-\s*\d+\s*%\s+(\S+)\s+(\S+)\s+(\S+)", re.MULTILINE)
    classes = [[_number(path, f"h2o in class {k}", x) for x in lags] for k, *lags in row.findall(text)]
    if classes:
        windows["h2o"] = [(middle, low, high) for middle, low, high in classes]
    if not windows:
        raise ConfigError(str(path), ["no time lags: is it that program's file of optimised lags?"])
    return windows


def _number(path: Path, what: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = _NOT_SET
    if not value > _NOT_SET:
        problem = f"lag of {what}: found {text!r}, needed seconds; set to_mode = 1 to learn the lags here"
        raise ConfigError(str(path), [problem])
    return value
