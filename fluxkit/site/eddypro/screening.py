"""A project's quality tests of samples to ``condition.tests``, their parameters and thresholds."""

from typing import Any

from fluxkit.site.eddypro.ledger import Ledger

_TESTS = "RawProcess_Tests"
_LIMITS = "RawProcess_ParameterSettings"

#: Key of a test -> ours, whether that program's interface switches it on by itself.
TESTS: dict[str, tuple[str, bool]] = {
    "test_sr": ("spikes", True),
    "test_ar": ("amplitude-resolution", True),
    "test_do": ("drop-outs", True),
    "test_al": ("absolute-limits", True),
    "test_sk": ("skewness-kurtosis", True),
    "test_ds": ("discontinuities", False),
    "test_tl": ("time-lag", False),
    "test_aa": ("attack-angle", False),
    "test_ns": ("steadiness", False),
}
#: Key of a threshold -> ours in decide.vickers_mahrt, default, what it is divided by.
_SHARES: dict[str, tuple[str, float, float]] = {
    "sr_lim_hf": ("spikes", 1.0, 100.0),
    "ar_hf_lim": ("empty_bins", 70.0, 100.0),
    "do_hf1_lim": ("stuck_central", 10.0, 100.0),
    "do_hf2_lim": ("stuck_extreme", 6.0, 100.0),
    "ds_hf_var": ("variance_step_hard", 3.0, 1.0),
    "ds_sf_var": ("variance_step_soft", 2.0, 1.0),
    "tl_hf_lim": ("lag_hard", 20.0, 100.0),
    "tl_sf_lim": ("lag_soft", 10.0, 100.0),
    "aa_lim": ("steep", 10.0, 100.0),
    "ns_hf_lim": ("unsteadiness", 0.5, 1.0),
}
#: Keys of the lowest and highest value of a range -> ours, defaults.
_RANGES: dict[tuple[str, str], tuple[str, float, float]] = {
    ("sk_hf_skmin", "sk_hf_skmax"): ("skewness_hard", -2.0, 2.0),
    ("sk_sf_skmin", "sk_sf_skmax"): ("skewness_soft", -1.0, 1.0),
    ("sk_hf_kumin", "sk_hf_kumax"): ("kurtosis_hard", 1.0, 8.0),
    ("sk_sf_kumin", "sk_sf_kumax"): ("kurtosis_soft", 2.0, 5.0),
}
#: End of the keys ds_hf_ and ds_sf_ -> variables, defaults.
_STEPS: dict[str, tuple[tuple[str, ...], float, float]] = {
    "uv": (("u", "v"), 4.0, 2.7),
    "w": (("w",), 2.0, 1.3),
    "t": (("t_sonic",), 4.0, 2.7),
    "co2": (("co2",), 40.0, 27.0),
    "h2o": (("h2o",), 3.26, 2.2),
    "ch4": (("ch4",), 40.0, 30.0),
    "n2o": (("n2o",), 40.0, 30.0),
}


def tests(project: Ledger) -> list[str]:
    """Translate which tests are made; enters their notes but those of spikes and limits."""
    made = []
    for key, (ours, default) in TESTS.items():
        if project.code(_TESTS, key, int(default)) != 0:
            made.append(ours)
        if ours not in ("spikes", "absolute-limits"):
            project.enter(_TESTS, key, "same", f"condition.tests: {ours}")
    return made


def samples(project: Ledger) -> dict[str, Any]:
    """Translate how samples are measured for the tests; enters the notes."""

    def number(key: str, default: float, ours: str) -> float:
        project.enter(_LIMITS, key, "same", f"condition.vickers_mahrt.{ours}")
        return project.number(_LIMITS, key, default)

    found: dict[str, Any] = {
        "spread": number("ar_lim", 7.0, "spread"),
        "bins": round(number("ar_bins", 100.0, "bins")),
        "percentile": number("do_extlim_dw", 10.0, "percentile"),
        "attack_angle": (number("aa_min", -30.0, "attack_angle"), number("aa_max", 30.0, "attack_angle")),
    }
    gases = ("co2", "h2o", "ch4", "n2o")
    found["default_lag"] = {gas: number(f"tl_def_{gas}", 0.0, f"default_lag of {gas}") for gas in gases}
    return found


def translate_thresholds(project: Ledger) -> dict[str, Any]:
    """Translate the thresholds of the tests; enters the notes."""
    found: dict[str, Any] = {}
    for key, (ours, default, scale) in _SHARES.items():
        found[ours] = project.number(_LIMITS, key, default) / scale
        project.enter(_LIMITS, key, "same", f"decide.vickers_mahrt.{ours}")
    for pair, (ours, *defaults) in _RANGES.items():
        found[ours] = tuple(project.number(_LIMITS, key, d) for key, d in zip(pair, defaults, strict=True))
        for key in pair:
            project.enter(_LIMITS, key, "same", f"decide.vickers_mahrt.{ours}")
    found["step_hard"], found["step_soft"] = {}, {}
    for end, (variables, hard, soft) in _STEPS.items():
        for strength, default in (("hard", hard), ("soft", soft)):
            key = f"ds_{strength[0]}f_{end}"
            value = project.number(_LIMITS, key, default)
            found[f"step_{strength}"] |= dict.fromkeys(variables, value)
            project.enter(
                _LIMITS, key, "same", f"decide.vickers_mahrt.step_{strength}: {', '.join(variables)}"
            )
    return found
