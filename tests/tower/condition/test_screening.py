"""Quality tests of a station's samples, from its configuration to the flags of its fluxes."""

import numpy as np
import pytest

from fluxkit.constants import SI
from fluxkit.schema.variables import mask
from fluxkit.site.models import Site
from fluxkit.tower.chain import condense, decide
from fluxkit.tower.condition.screening import judge_tests, signals
from fluxkit.tower.condition.vickers_mahrt import STATISTICS
from fluxkit.tower.station_condenser import Condenser
from tests.tower.mast import N, air, dataset, make_site, seen


def bits_of(site: Site, data: dict[str, np.ndarray], judged_by: Site | None = None) -> dict[str, np.ndarray]:
    condenser = Condenser(site)
    _, record = condenser.prepare(data, N)
    variables = condenser.plan.variables
    arrays = {k: np.asarray(record[k])[None] for k in ("vickers_mahrt", "vickers_mahrt_wind", "spikes")}
    arrays["valid"] = np.full((1, len(variables)), N)
    means = {k: np.array([np.nanmean(data[k])]) for k in variables}
    return judge_tests(arrays, means, Condenser(judged_by or site).plan)


def failed(found: dict[str, np.ndarray], name: str, meaning: str) -> bool:
    return bool(int(found[f"{name}_VM97_TEST"][0]) & mask(f"{name}_VM97_TEST", meaning))


def test_sound_air_fails_nothing_hard():
    found = bits_of(make_site(), seen(air()))
    hard = [n for n in found for m in ("absolute_limits", "drop_outs", "amplitude_resolution", "spikes")
            if n.endswith("VM97_TEST") and failed(found, n.removesuffix("_VM97_TEST"), m)]  # fmt: skip
    assert hard == []
    assert found["VM97_AOA_HF"] == 0.0


def test_limits_of_densities_are_compared_as_fractions():
    """A density of vapour was once compared with a limit a thousand times too small: always flagged."""
    data = seen(air())
    assert not failed(bits_of(make_site(), data), "H2O", "absolute_limits")
    assert failed(bits_of(make_site(preset="eddypro-6"), data), "H2O", "absolute_limits")
    data["h2o"] = data["h2o"].copy()
    data["h2o"][77] = 0.041 * 98000.0 / (SI.R * 296.0)
    assert failed(bits_of(make_site(), data), "H2O", "absolute_limits")
    assert not failed(bits_of(make_site(), data), "CO2", "absolute_limits")


@pytest.mark.parametrize("path", ["open", "fraction"])
def test_steps_of_a_gas_are_compared_as_fractions(path):
    data = seen(air(), path=path)
    step = np.where(np.arange(N) < N // 2, 0.0, 60e-6)
    data["co2"] = data["co2"] + (step if path == "fraction" else step * 98000.0 / (SI.R * 296.0))
    assert failed(bits_of(make_site(path=path), data), "CO2", "discontinuities_hard")
    assert not failed(bits_of(make_site(path=path), data), "H2O", "discontinuities_hard")


def test_gaps_are_no_values():
    data = {k: x.copy() for k, x in seen(air()).items()}
    for x in data.values():
        x[::90] = np.nan
    ours, theirs = bits_of(make_site(), data), bits_of(make_site(preset="eddypro-6"), data)
    assert not failed(ours, "U", "amplitude_resolution")
    assert failed(theirs, "U", "amplitude_resolution")
    assert not failed(ours, "U", "skewness_kurtosis_hard")
    assert failed(theirs, "U", "skewness_kurtosis_hard")


def test_a_threshold_may_change_after_condensing():
    data = seen(air())
    strict = make_site(decide={"vickers_mahrt": {"empty_bins": 0.01}})
    assert not failed(bits_of(make_site(), data), "U", "amplitude_resolution")
    assert failed(bits_of(make_site(), data, judged_by=strict), "U", "amplitude_resolution")


def test_a_default_lag_beside_the_true_one():
    data = seen(air())
    data["co2"] = np.roll(data["co2"], 8)
    assert failed(bits_of(make_site(), data), "CO2", "time_lag_hard")
    known = make_site(condition={"despiking": "none", "vickers_mahrt": {"default_lag": {"co2": 0.8}}})
    assert not failed(bits_of(known, data), "CO2", "time_lag_hard")


def test_tests_can_be_switched_off():
    site = make_site(condition={"despiking": "none", "tests": ["skewness-kurtosis"]})
    _, record = Condenser(site).prepare(seen(air()), N)
    measured = {
        key for key, x in zip(STATISTICS, record["vickers_mahrt"].T, strict=True) if np.isfinite(x).any()
    }
    assert measured == {"skewness", "kurtosis", "beyond_limits"}
    none = make_site(condition={"despiking": "none", "tests": []})
    assert "vickers_mahrt" not in Condenser(none).prepare(seen(air()), N)[1]
    assert judge_tests({}, {}, Condenser(none).plan) == {}


def test_every_signal_is_tested():
    plan = Condenser(make_site()).plan
    assert signals(plan) == ("u", "v", "w", "t_sonic", "co2", "h2o")


def test_flags_and_evidence_reach_the_fluxes():
    """Through condense and decide; half an hour with a step in CO2 and a long gap in vapour."""
    condition = {"despiking": "brock-1986", "vitale_2020": True}
    site = make_site(condition=condition, decide={"high_frequency": "none", "low_frequency": "none"})
    spoilt = seen(air(seed=1))
    spoilt["co2"] = spoilt["co2"] + np.where(np.arange(N) < N // 2, 0.0, 0.02)
    spoilt["h2o"] = spoilt["h2o"].copy()
    spoilt["h2o"][4000:5500] = np.nan
    fluxes = decide(condense(dataset(seen(air()), spoilt), site), site)
    steps = fluxes["CO2_VM97_TEST"].values.astype(int) & mask("CO2_VM97_TEST", "discontinuities_hard")
    assert (steps != 0).tolist() == [False, True]
    assert fluxes["LE_LGD"].values.tolist() == [0.0, 150.0]
    assert fluxes["LE_FMR"].values[1] == pytest.approx(100.0 * 1500 / N)
    gap = fluxes["LE_VITALE_MODERATE"].values.astype(int) & mask("LE_VITALE_MODERATE", "longest_gap")
    assert (gap != 0).tolist() == [False, True]
    assert fluxes["LE_VITALE_TEST"].values[1] >= 1
    assert {"FC_VITALE_TEST", "H_VITALE_TEST", "TAU_M98", "VM97_AOA_HF"} <= set(fluxes)
    off = decide(condense(dataset(seen(air())), make_site()), make_site())
    assert not [name for name in off if "VITALE" in name]
    assert "W_VM97_TEST" in off
