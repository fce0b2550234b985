"""What is done to samples before they are averaged."""

import numpy as np
import pytest

from fluxkit.constants import SI
from fluxkit.synthetic import mixture
from fluxkit.tower.condition import conditioning as c


def test_impossible_values_go_and_the_input_stays():
    data = {"u": np.array([1.0, 51.0]), "t_sonic": np.array([199.0, 293.0]), "co2": np.array([1e5, 0.0])}
    out, counts = c.copy_plausible(data)
    assert counts == {"u": 1, "t_sonic": 1, "co2": 1}
    np.testing.assert_array_equal(out["u"], [1.0, np.nan])
    np.testing.assert_array_equal(out["t_sonic"], [np.nan, 293.0])
    np.testing.assert_array_equal(out["co2"], [np.nan, 0.0])  # 1e10 deviations off would spoil running sums
    assert data["u"][1] == 51.0


@pytest.mark.parametrize(
    ("fall_back", "expected"), [(False, [298.0, np.nan, np.nan]), (True, [298.0, 302.0, 290.0])]
)
def test_cell_temperature_from_inlet_and_outlet(fall_back, expected):
    data = {"t_cell_in": np.array([290.0, np.nan, 290.0]), "t_cell_out": np.array([300.0, 302.0, np.nan])}
    c.cell_temperature(data, fall_back=fall_back)
    np.testing.assert_allclose(data["t_cell"], expected)


def test_a_recorded_cell_temperature_is_taken():
    data = {"t_cell": np.array([1.0]), "t_cell_in": np.array([2.0]), "t_cell_out": np.array([3.0])}
    c.cell_temperature(data)
    assert data["t_cell"][0] == 1.0


def despike(data, **changes):
    kwargs = {
        "method": "vickers-mahrt-1997", "limits": {"w": 5.0}, "run": 3, "window": 300, "hold": True,
        "only_count": False,
    } | changes  # fmt: skip
    return c.despike_samples(data, ["w", "co2", "absent"], **kwargs)


def spiky() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    data = {"w": 0.3 * rng.standard_normal(1800), "co2": 4e-4 + 1e-6 * rng.standard_normal(1800)}
    data["w"] = np.clip(data["w"], -0.9, 0.9)
    data["w"][[200, 201, 900]] = 4.0
    return data


@pytest.mark.parametrize("method", ["vickers-mahrt-1997", "mauder-2013"])
def test_despiking_counts_and_replaces(method):
    data = spiky()
    spikes, replaced = despike(data, method=method)
    assert (spikes["w"], replaced["w"]) == (2, 3)
    assert np.abs(data["w"]).max() <= 0.9
    assert "absent" not in spikes


def test_only_counting_leaves_the_samples():
    data, before = spiky(), spiky()
    spikes, _ = despike(data, only_count=True)
    assert spikes["w"] == 2
    np.testing.assert_array_equal(data["w"], before["w"])


def test_no_despiking():
    assert despike(spiky(), method="none") == ({}, {})


def test_limits():
    data = {
        "u": np.array([18.0, 25.0]),
        "v": np.array([24.0, 25.0]),
        "w": np.array([5.1, 0.0]),
        "t_sonic": np.ones(2),
    }
    counts = c.limit_sonic(data, {"u": (-30.0, 30.0), "w": (-5.0, 5.0)})
    assert counts == {"u": 1, "w": 1}
    np.testing.assert_array_equal(data["v"], [24.0, np.nan])
    x = np.array([0.016, 0.040])  # 395 and 988 umol mol-1 at 0.0247 m3 mol-1
    assert c.limit_gas(x, low=200e-6, high=900e-6, per_mole=0.0247) == 1
    assert np.isnan(x[1])


def test_dry_mixing_ratio_undoes_the_ideal_gas():
    rng = np.random.default_rng(1)
    t, p = 300.0 + rng.standard_normal(50), 95e3 + 100 * rng.standard_normal(50)
    r_v, r_c = 0.015 + 1e-3 * rng.standard_normal(50), 4e-4 + 1e-6 * rng.standard_normal(50)
    d_v, d_c = (mixture.molar_density(r, t, p, r_v) for r in (r_v, r_c))
    state = {"t_cell": t, "p_cell": p, "R": SI.R}
    x_v, x_c = (c.mole_fraction_in_cell(d, **state) for d in (d_v, d_c))
    np.testing.assert_allclose(x_v, mixture.mole_fraction(r_v, r_v), rtol=1e-12)
    np.testing.assert_allclose(x_c, mixture.mole_fraction(r_c, r_v), rtol=1e-12)
    np.testing.assert_allclose(c.dry_mixing_ratio(x_c, x_v), r_c, rtol=1e-12)
    np.testing.assert_allclose(c.dry_mixing_ratio(x_v, x_v), r_v, rtol=1e-12)
