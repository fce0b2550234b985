"""A project's choices of methods to the settings of ``condition``, ``condense`` and ``decide``."""

from typing import Any

from fluxkit.site.eddypro import screening
from fluxkit.site.eddypro.ledger import BESIDE, Ledger, Places
from fluxkit.site.eddypro.planar_fit import planar_fit
from fluxkit.site.eddypro.spectral_assessment import spectral_assessment
from fluxkit.site.eddypro.tables import METHODS
from fluxkit.site.eddypro.time_lags import time_lag

_SETTINGS = "RawProcess_Settings"
_DAY = 1440.0  #: [min]
#: Code of a high-pass filter that needs the series -> its name here.
_FILTERS = {2: "running-mean", 3: "exponential"}
_TESTS = "RawProcess_Tests"
_LIMITS = "RawProcess_ParameterSettings"
_RANDOM = "RawProcess_RandomUncertainty_Settings"


def translate_decide(project: Ledger, places: Places = BESIDE) -> dict[str, Any]:
    """Translate the choices of methods; enters their notes."""
    settings: dict[str, Any] = {}
    for (section, key), (default, name, codes) in METHODS.items():
        code = project.code(section, key, default)
        if code not in codes:
            known = ", ".join(str(c) for c in codes)
            raise project.wrong(section, key, f"found {code}; known: {known}")
        method, verdict, words = codes[code]
        settings[name] = method
        instead = f": {method} is used instead" if verdict == "not supported" else ""
        project.enter(section, key, verdict, f"{words}{instead} (decide.{name} = {method!r})")
    settings["planar_fit"] = planar_fit(project, places)
    settings["time_lag"] = time_lag(project, places)
    settings |= spectral_assessment(project, places)
    settings["detrending"] = _filter(project) or settings["detrending"]
    settings["vickers_mahrt"] = screening.translate_thresholds(project)
    return settings


def translate_condense(project: Ledger) -> dict[str, Any]:
    """Translate the averaging period and what is kept of the samples; enters their notes."""
    period = project.number(_SETTINGS, "avrg_len", 30.0)
    if not 0.0 < period <= _DAY:
        raise project.wrong(
            _SETTINGS, "avrg_len", f"found {period:g}; allowed: minutes, at most a day's {_DAY:g}"
        )
    project.enter(_SETTINGS, "avrg_len", "same", "condense.period, minutes")
    lag = project.number(_RANDOM, "ru_tlag_max", 10.0)
    project.enter(_RANDOM, "ru_tlag_max", "same", "condense.max_correlation_lag, seconds")
    project.enter(
        _RANDOM, "ru_its_sec_factor", "near", "no counterpart; max_correlation_lag bounds the scale"
    )
    bins = project.code(_SETTINGS, "nbins", 50)
    project.enter(_SETTINGS, "nbins", "same", "condense.spectral_bins")
    kept: dict[str, Any] = {"period": period, "max_correlation_lag": lag, "spectral_bins": bins}
    high_pass = _filter(project)
    if high_pass is not None:
        kept |= {"high_pass": high_pass, "time_constant": project.number(_SETTINGS, "timeconst", 250.0)}
    return kept


def condition(project: Ledger) -> dict[str, Any]:
    """Translate the screening of samples; enters its notes."""
    settings = {**_despiking(project), **_limits(project)}
    lost = project.number(_SETTINGS, "max_lack", 10.0)
    project.enter(_SETTINGS, "max_lack", "same", "condition.max_missing, as a share")
    settings["max_missing"] = lost / 100.0
    # That program converts samples to dry mixing ratios only while its density correction is on.
    settings["mixing_ratio"] = "ibrom-2007" if project.code("Project", "wpl_meth", 1) else "none"
    settings["tests"] = screening.tests(project)
    settings["vickers_mahrt"] = screening.samples(project)
    return settings


def _despiking(project: Ledger) -> dict[str, Any]:
    on = project.code(_TESTS, "test_sr", 1) != 0
    replace = project.code(_SETTINGS, "filter_sr", 1) != 0
    mad = project.code(_LIMITS, "despike_vm", 0) == 1
    method = ("mauder-2013" if mad else "vickers-mahrt-1997") if on else "none"
    project.enter(_TESTS, "test_sr", "same", f"condition.despiking = {method!r}")
    project.enter(_LIMITS, "despike_vm", "same", f"condition.despiking = {method!r}")
    project.enter(_SETTINGS, "filter_sr", "same", "condition.despike_only_count: whether spikes stay in")
    project.enter(_LIMITS, "sr_num_spk", "same", "condition.spike_run")
    keys = {"sr_lim_u": ("u", "v", "t_sonic"), "sr_lim_w": ("w",)}
    keys |= {f"sr_lim_{gas}": (gas,) for gas in ("co2", "h2o", "ch4", "n2o")}
    defaults = {"sr_lim_w": 5.0, "sr_lim_ch4": 8.0, "sr_lim_n2o": 8.0}
    limit = {}
    for key, variables in keys.items():
        value = project.number(_LIMITS, key, defaults.get(key, 3.5))
        limit.update(dict.fromkeys(variables, value))
        project.enter(_LIMITS, key, "same", f"condition.spike_limit of {', '.join(variables)}")
    return {
        "despiking": method,
        "despike_only_count": on and not replace,
        "spike_run": project.code(_LIMITS, "sr_num_spk", 3),
        "spike_limit": limit,
    }


def _limits(project: Ledger) -> dict[str, Any]:
    on = project.code(_TESTS, "test_al", 1) != 0
    remove = project.code(_SETTINGS, "filter_al", 1) != 0
    project.enter(_TESTS, "test_al", "same", "condition.absolute_limits")
    remark = "condition.absolute_limits: whether values beyond are dropped, or only flagged"
    project.enter(_SETTINGS, "filter_al", "same", remark)
    defaults = {"u_max": 30.0, "w_max": 5.0, "tson_min": -40.0, "tson_max": 50.0, "co2_min": 200.0}
    defaults |= {"co2_max": 900.0, "h2o_min": 0.0, "h2o_max": 40.0, "ch4_min": 0.17, "ch4_max": 1000.0}
    defaults |= {"n2o_min": 0.032, "n2o_max": 1000.0}
    value = {}
    for key, default in defaults.items():
        value[key] = project.number(_LIMITS, f"al_{key}", default)
        project.enter(_LIMITS, f"al_{key}", "same", f"condition.limits of {key.partition('_')[0]}")
    limits = {name: (-value[f"{name}_max"], value[f"{name}_max"]) for name in ("u", "w")}
    limits["t_sonic"] = (value["tson_min"], value["tson_max"])
    limits |= {gas: (value[f"{gas}_min"], value[f"{gas}_max"]) for gas in ("co2", "h2o", "ch4", "n2o")}
    return {"absolute_limits": on and remove, "limits": limits}


def _filter(project: Ledger) -> str | None:
    """Return the high-pass filter that needs the series, if the project has one; enters the time constant."""
    method = project.code(_SETTINGS, "detrend_meth", 0)
    if method not in (0, 1, *_FILTERS):
        raise project.wrong(_SETTINGS, "detrend_meth", f"found {method}; known: 0, 1, 2, 3")
    constant = project.number(_SETTINGS, "timeconst", 250.0)
    period = 60.0 * project.number(_SETTINGS, "avrg_len", 30.0)
    if method == 0:
        project.enter(_SETTINGS, "timeconst", "same", "only for detrending other than block average")
        return None
    if method == 1 and constant >= period:
        project.enter(_SETTINGS, "timeconst", "same", "one line for the whole period")
        return None
    project.enter(_SETTINGS, "timeconst", "same", "condense.time_constant, seconds")
    if method == 1:
        remark = "lines shorter than the period (decide.detrending = 'linear-chunks')"
        project.enter(_SETTINGS, "detrend_meth", "same", remark)
        return "linear-chunks"
    return _FILTERS[method]
