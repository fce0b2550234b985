import numpy as np
import pytest

from fluxkit.synthetic import defects
from fluxkit.synthetic.turbulence import PlantedScalar, surrogate

RATE = 10.0


@pytest.fixture(scope="module")
def turbulence():
    return surrogate(18000, RATE, ustar=0.3, scalars={"c": PlantedScalar(0.4, 0.06)}, zeta=-0.1, seed=11)


def cross_covariance(w, x, steps):
    return np.array([np.mean(w * np.roll(x, -k)) for k in steps])


def test_tilt_is_undone_by_double_rotation(turbulence):
    data = turbulence.data
    u, v, w = defects.tilt(3.0 + data["u"], data["v"], data["w"], yaw=140.0, pitch=-2.5)
    yaw = np.arctan2(v.mean(), u.mean())
    u, v = u * np.cos(yaw) + v * np.sin(yaw), v * np.cos(yaw) - u * np.sin(yaw)
    pitch = np.arctan2(w.mean(), u.mean())
    u, w = u * np.cos(pitch) + w * np.sin(pitch), w * np.cos(pitch) - u * np.sin(pitch)
    assert np.rad2deg([yaw, pitch]) == pytest.approx([140.0, -2.5], abs=1e-9)
    np.testing.assert_allclose(u, 3.0 + data["u"], atol=1e-12)
    np.testing.assert_allclose(v, data["v"], atol=1e-12)
    np.testing.assert_allclose(w, data["w"], atol=1e-12)


def test_tilt_keeps_kinetic_energy(turbulence):
    wind = [turbulence.data[name] for name in "uvw"]
    turned = defects.tilt(*wind, yaw=33.0, pitch=12.0, roll=-7.0)
    assert sum(x.var() for x in turned) == pytest.approx(sum(x.var() for x in wind), rel=1e-12)


@pytest.mark.parametrize("steps", [0, 3, 17, -8])
def test_whole_lag_is_found_by_brute_force(turbulence, steps):
    late = defects.delay(turbulence.data["c"], RATE, steps / RATE)
    search = np.arange(-30, 31)
    found = cross_covariance(turbulence.data["w"], late, search)
    assert search[np.argmax(np.abs(found))] == steps
    assert found.max() == pytest.approx(0.06, rel=1e-10)


def test_fractional_lag_lies_between_samples(turbulence):
    late = defects.delay(turbulence.data["c"], RATE, 0.24)
    found = cross_covariance(turbulence.data["w"], late, np.array([1, 2, 3, 4]))
    assert np.argmax(found) == 1
    back = defects.delay(late, RATE, -0.24)
    np.testing.assert_allclose(back, turbulence.data["c"], atol=1e-9)


def test_low_pass_leaves_the_covariance_that_theory_says(turbulence):
    slow = defects.low_pass(turbulence.data["c"], RATE, 0.3)
    expected = turbulence.covariance("c", lambda f: 1.0 / (1.0 + 2j * np.pi * f * 0.3))
    assert np.mean(turbulence.data["w"] * slow) == pytest.approx(expected, rel=2e-3)
    assert 0.5 < expected / 0.06 < 0.95


def test_low_pass_is_the_recursive_filter_of_a_step():
    x = np.repeat([0.0, 1.0], 5000)
    y = defects.low_pass(x, 100.0, 0.5)
    # The jump lies between two samples and rings; away from it the answer is exponential.
    assert y[5000 + 100] == pytest.approx(1 - np.exp(-2.0), abs=0.02)


@pytest.mark.parametrize("tau", [0.3, 5.0])
def test_a_sensor_that_follows_step_by_step_is_the_filter(turbulence, tau):
    """Fine steps: against the transfer function; a ramp is followed tau late; begin and end join."""
    rate = 20.0 / tau
    x = 7.0 + defects.low_pass(turbulence.data["c"], rate, 5.0 * tau)
    found = defects.respond(x, rate, tau)
    np.testing.assert_allclose(found, defects.low_pass(x, rate, tau), atol=2e-3 * x.std())
    np.testing.assert_allclose(np.roll(found, 31), defects.respond(np.roll(x, 31), rate, tau), atol=1e-12)
    ramp = np.concatenate([np.zeros(2000), np.arange(2000) / rate])
    assert defects.respond(ramp, rate, tau)[3000] == pytest.approx(ramp[3000] - tau, abs=1e-9)


def test_line_gain_limits():
    gain = defects.line_gain(np.array([0.0, 1e-4, 1e4]), 0.1, 3.0)
    assert gain[:2] == pytest.approx([1.0, 1.0], abs=1e-5)
    assert gain[2] < 0.1
    assert defects.line_gain(np.array([1.0]), 0.0, 3.0, "vertical")[0] == 1.0
    near = defects.line_gain(np.array([0.00999, 0.01001]), 0.1, 2 * np.pi, "vertical")
    assert near[0] == pytest.approx(near[1], abs=1e-3)


def test_noise_has_the_wanted_strength(turbulence):
    noisy = defects.add_noise(turbulence.data["c"], snr=4.0, seed=1)
    assert (noisy - turbulence.data["c"]).var() == pytest.approx(0.4**2 / 4.0, rel=0.05)


def test_quantise_rounds_to_steps(turbulence):
    coarse = defects.quantise(turbulence.data["c"], 0.25)
    np.testing.assert_array_equal(coarse / 0.25, np.round(coarse / 0.25))
    assert np.abs(coarse - turbulence.data["c"]).max() <= 0.125


def test_spikes_and_gaps_are_where_they_were_put():
    x = np.zeros(20)
    spiked = defects.add_spikes(x, [3, 10], 5.0, width=2)
    assert np.flatnonzero(spiked).tolist() == [3, 4, 10, 11]
    assert spiked[[3, 10]].tolist() == [5.0, -5.0]
    assert np.flatnonzero(np.isnan(defects.drop(x, [0, 18], length=2))).tolist() == [0, 1, 18, 19]
    assert not x.any()


def test_record_order():
    assert defects.record_order(6, lost=[1, 2], doubled=[4]).tolist() == [0, 3, 4, 4, 5]
    assert defects.record_order(3).tolist() == [0, 1, 2]


def test_a_slow_clock_stretches_time_about_the_middle():
    rate, n = 100.0, 6000
    t = np.arange(n) / rate
    x = np.sin(2.0 * np.pi * 0.5 * t)
    late = np.sin(2.0 * np.pi * 0.5 * (t - 0.4 * (np.arange(n) / n - 0.5)))
    np.testing.assert_allclose(defects.drift(x, rate, 0.4), late, atol=2e-4)
    np.testing.assert_array_equal(defects.drift(x, rate, 0.0), x)


@pytest.mark.parametrize(("flow", "f", "expected"), [(2.0, 1.0, 0.73340), (15.0, 10.0, 0.94659)])
def test_tubes_damp_by_dispersion(flow, f, expected):
    """Taylor: K = r^2 v^2 / 48 D = 0.0366 m2 s-1 at 2 l/min; 10.1 r u* = 0.0274 m2 s-1 at 15 l/min."""
    found = defects.tube_gain(np.array([0.0, f]), 1.6e-5, 4.0, 0.004, flow / 60e3)
    assert found[0] == 1.0
    assert found[1] == pytest.approx(expected, abs=2e-4)
