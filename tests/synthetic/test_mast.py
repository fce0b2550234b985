"""A mast in memory: a sound one reports the air, a faulty one errs as told and no further."""

from dataclasses import replace

import numpy as np
import pytest

from fluxkit.synthetic import mixture
from fluxkit.synthetic.mast import NOISE, STEP, Mast, Tube, measure_mast, site_of
from fluxkit.synthetic.trial import NIGHT, Trial, run_trial, weather

SHORT = Trial(Mast(rate=5.0), minutes=5.0)


@pytest.fixture(scope="module")
def air():
    return SHORT.air(0)


def test_a_sound_mast_reports_the_air(air):
    data = measure_mast(air, SHORT.mast)
    for name in ("u", "v", "w"):
        np.testing.assert_array_equal(data[name], getattr(air, name))
    np.testing.assert_array_equal(data["t_sonic"], mixture.reported_temperature(air.t, air.h2o))
    np.testing.assert_array_equal(data["co2"], mixture.molar_density(air.co2, air.t, air.p, air.h2o))
    ratio = replace(SHORT.mast, quantity="mixing_ratio", analyser="li-7200", tube=Tube(1.0, 0.005, 15.0))
    np.testing.assert_array_equal(measure_mast(air, ratio)["co2"], air.co2)


def test_a_cell_holds_what_its_temperature_and_pressure_make_of_the_ratio(air):
    cell = replace(SHORT.mast, quantity="cell", analyser="li-7200", tube=Tube(1.0, 0.005, 15.0))
    data = measure_mast(air, cell)
    expected = mixture.molar_density(air.co2, data["t_cell"], data["p_cell"], air.h2o)
    np.testing.assert_allclose(data["co2"], expected, rtol=1e-12)
    assert set(data) == set(site_of(cell).columns)


def test_every_so_many_th_sample_is_taken():
    trial = replace(SHORT, oversampling=4)
    air = trial.air(0)
    assert air.rate == 20.0
    np.testing.assert_array_equal(measure_mast(air, trial.mast)["w"], air.w[::4])


@pytest.mark.parametrize("name", ["u", "w", "t_sonic", "co2"])
def test_noise_rounding_spikes_and_gaps_are_as_large_as_said(air, name):
    sound = measure_mast(air, SHORT.mast)[name]
    unit = sound.mean() if name == "co2" else 1.0
    noisy = measure_mast(air, replace(SHORT.mast, noise=3.0))[name] - sound
    assert noisy.std() == pytest.approx(3.0 * NOISE[name] * unit, rel=0.06)
    rounded = measure_mast(air, replace(SHORT.mast, rounded=True))[name]
    assert np.abs(rounded - sound).max() <= 0.5001 * STEP[name] * unit
    spiked = measure_mast(air, replace(SHORT.mast, spikes=7))[name]
    assert np.sum(spiked != sound) == 7
    lost = measure_mast(air, replace(SHORT.mast, gaps=4))[name]
    assert np.isnan(lost).sum() == 4 * 5


def test_same_seed_same_samples(air):
    faulty = replace(SHORT.mast, noise=1.0, spikes=5, gaps=3)
    one, same, other = (measure_mast(air, faulty, seed)["co2"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("yaw", [0.0, 37.0, -110.0])
def test_the_mast_knows_where_its_wind_comes_from(yaw):
    trial = replace(SHORT, mast=replace(SHORT.mast, yaw=yaw))
    fluxes = run_trial(trial, {"condition": {"despiking": "none"}})[1][0]
    assert float(fluxes["WD"][0]) == pytest.approx(trial.mast.wind_direction, abs=1e-6)


@pytest.mark.parametrize("state", [{}, NIGHT])
def test_stability_belongs_to_the_fluxes(state):
    trial = replace(SHORT, state=state)
    sections = {"condition": {"despiking": "none"}, "decide": {"high_frequency": "none"}}
    found = float(run_trial(trial, sections)[1][0]["ZL"][0])
    # Sonic temperature stands for the virtual one, which vapour raises by a fifth more.
    assert found == pytest.approx(weather(trial.mast.above, **state).zeta, rel=0.05)
    assert np.sign(found) == (1.0 if state else -1.0)


def test_a_sensor_apart_sees_other_air_of_the_same_kind():
    """Its signal varies as much and goes less with the wind; Moore's function says by how much."""
    found = {}
    for north in (0.0, 0.4):
        tube = Tube(1.0, 0.005, 15.0)
        mast = Mast(smooth=True, northward=north, quantity="mixing_ratio", tube=tube, analyser="li-7200")
        across = replace(mast, yaw=150.0)  # wind from the west
        assert across.wind_direction == 270.0
        data = measure_mast(Trial(across, oversampling=4).air(0), across)
        found[north] = data | {"w": data["w"] - data["w"].mean()}
    near, far = found[0.0], found[0.4]
    assert far["co2"].std() == pytest.approx(near["co2"].std(), rel=2e-3)
    left = np.cov(far["w"], far["co2"])[0, 1] / np.cov(near["w"], near["co2"])[0, 1]
    assert 0.9 < left < 0.99
