"""Attenuation with phases: against quadrature, and against planted filters with the lag searched for."""

import numpy as np
import pytest
from scipy.integrate import quad

from fluxkit.physics import cospectra, transfer
from fluxkit.synthetic import defects
from fluxkit.synthetic.turbulence import PlantedScalar, surrogate
from fluxkit.tower.spectral import phase_exact as pe
from fluxkit.tower.spectral import spectral_correction as sc

CO2 = 1.381e-5  #: [m2 s-1]
H2O = 2.178e-5

SONIC = sc.SonicPath(0.115, 1 / 60)
GAS = sc.GasPath(CO2, 0.127, 0.2, 0.2, 0.05)
CLOSED = sc.GasPath(H2O, 0.127, 0.1, 0.2, 0.05, 3.0, 0.0053, 15.0 / 60000.0, 0.0127)


def periods(U=1.0, zeta=-1.0, streamwise=0.0, lateral=0.0) -> pe.PeriodFlow:
    arrays = np.broadcast_arrays(
        *(np.atleast_1d(np.float64(x)) for x in (U, 293.0, zeta, streamwise, lateral))
    )
    return pe.PeriodFlow(*arrays)


def first_order(tau):
    return lambda f, U, T, lateral: transfer.first_order(f, tau)


def by_quadrature(gain, *, U, zeta, height, s, momentum=False, high_pass=None, rate=np.inf) -> float:
    """Adaptive integration over ln f of the same integral."""

    def co(y):
        return float(cospectra.cospectrum_moncrieff_1997(np.exp(y), np.array(zeta), momentum=momentum))

    def kept(y):
        f = np.array([[np.exp(y) * U / height]])
        g = gain(f, np.array([[U]]), np.array([[293.0]]), np.zeros((1, 1)))[0, 0]
        g = np.real(g * np.exp(2j * np.pi * f[0, 0] * s)) * np.sinc(f[0, 0] / rate)
        return co(y) * float(g if high_pass is None else g * high_pass(f)[0, 0])

    jump = np.log(0.24 if momentum else 0.54)
    # What is slower than two hours is no turbulence, where averaging is restored.
    lowest = -14.0 if high_pass is None else float(np.log(height / U / 7200.0))
    total = quad(co, lowest, 9.5, limit=500, points=[jump])[0]
    return quad(kept, lowest, 9.5, limit=2000, points=[jump], epsabs=1e-5)[0] / total


# z / U [s], tau [s], lag of the largest covariance [s], what is left; errors of a flux that is divided by the
# integral of the Lorentzian, and of its root. Kaimal's unstable cospectrum of heat.
TABLE = [
    (0.5, 0.1, 0.062, 0.896, 0.050, -0.009),
    (0.5, 0.3, 0.154, 0.757, 0.105, -0.025),
    (0.5, 1.0, 0.398, 0.539, 0.186, -0.065),
    (1.0, 0.3, 0.176, 0.853, 0.068, -0.013),
    (3.0, 0.3, 0.204, 0.946, 0.028, -0.004),
    (3.0, 1.0, 0.575, 0.840, 0.073, -0.015),
    (8.0, 1.0, 0.664, 0.933, 0.034, -0.005),
]


@pytest.mark.parametrize(("height", "tau", "lag", "share", "lorentzian", "root"), TABLE)
def test_slow_sensor_with_the_lag_of_the_largest_covariance(height, tau, lag, share, lorentzian, root):
    air, zero = periods(), np.zeros(1)
    left = pe.left_at_peak(air, height=height, gain=first_order(tau))
    assert left.share[0] == pytest.approx(share, rel=1e-3)
    assert left.share[0] == pytest.approx(share, rel=5e-3)  # what is asked for
    assert left.lag[0] == pytest.approx(lag, rel=0.02)
    real = pe.left_at_lag(air, zero, height=height, gain=first_order(tau))
    damped = pe.left_at_lag(
        air, zero, height=height, gain=lambda f, U, T, y: transfer.first_order_response(f, tau)
    )
    assert left.share[0] / real.share[0] - 1 == pytest.approx(lorentzian, abs=0.002)
    assert left.share[0] / damped.share[0] - 1 == pytest.approx(root, abs=0.002)


@pytest.mark.parametrize("zeta", [-0.5, 0.3, 2.0])
@pytest.mark.parametrize("gas", [GAS, CLOSED])
def test_integrals_agree_with_adaptive_quadrature(zeta, gas):
    U, height, gain = 2.5, 3.0, pe.gas_gain(SONIC, gas)

    def removed(f):
        return transfer.high_pass_block_average(f, 300.0)

    kwargs = {"U": U, "zeta": zeta, "height": height, "high_pass": removed}
    left = pe.left_at_lag(periods(U, zeta), np.zeros(1), height=height, gain=gain, high_pass=removed)
    assert left.share[0] == pytest.approx(by_quadrature(gain, s=0.0, **kwargs), rel=1e-3)
    peak = pe.left_at_peak(periods(U, zeta), height=height, gain=gain, high_pass=removed, rate=10.0)
    s = float(peak.lag[0])
    before, at, after = (by_quadrature(gain, s=x, rate=10.0, **kwargs) for x in (0.8 * s, s, 1.2 * s))
    assert peak.share[0] == pytest.approx(at, rel=1e-3)
    assert at > max(before, after)


@pytest.mark.parametrize("momentum", [True, False])
def test_sonic_alone_agrees_with_adaptive_quadrature(momentum):
    gain = pe.sonic_gain(SONIC, momentum=momentum)
    left = pe.left_at_lag(periods(4.0, 0.5), np.zeros(1), height=2.0, gain=gain, momentum=momentum)
    exact = by_quadrature(gain, U=4.0, zeta=0.5, height=2.0, s=0.0, momentum=momentum)
    assert left.share[0] == pytest.approx(exact, rel=5e-4)


def test_streamwise_separation_costs_nothing_at_the_peak_and_more_the_farther_at_a_fixed_lag():
    apart = np.array([-0.4, -0.1, 0.0, 0.1, 0.4])
    air, gain = periods(2.0, streamwise=apart), pe.gas_gain(SONIC, GAS)
    peak = pe.left_at_peak(air, height=3.0, gain=gain)
    np.testing.assert_allclose(peak.share, peak.share[2], rtol=1e-12)
    np.testing.assert_allclose(peak.lag - peak.lag[2], apart / 2.0, atol=1e-12)
    fixed = pe.left_at_lag(air, np.zeros(5), height=3.0, gain=gain).share
    assert fixed[4] < fixed[3] < fixed[2]
    # A sensor upwind sees the air early, which makes up for its own delay.
    assert fixed[1] > fixed[3]
    np.testing.assert_allclose(
        pe.left_at_lag(air, peak.lag, height=3.0, gain=gain).share, peak.share, rtol=1e-3
    )


def test_lateral_separation_costs_at_any_lag():
    air, gain = (
        periods(2.0, lateral=np.array([0.0, 0.1, -0.1, 0.3])),
        pe.gas_gain(SONIC, GAS, pe.separation_gain(0.0)),
    )
    share = pe.left_at_peak(air, height=3.0, gain=gain).share
    assert share[0] > share[1] > share[3]
    assert share[1] == share[2]


def test_separation_turns_with_the_wind():
    """0.3 m north of the sonic: beside it in a west wind, downwind in a south, upwind in a north wind."""
    along, across = pe.split_separation(0.3, 0.0, np.array([270.0, 180.0, 0.0, 225.0]))
    np.testing.assert_allclose(along, [0.0, 0.3, -0.3, 0.3 / np.sqrt(2)], atol=1e-15)
    np.testing.assert_allclose(np.abs(across), [0.3, 0.0, 0.0, 0.3 / np.sqrt(2)], atol=1e-15)
    turned = pe.split_separation(0.0, 0.3, np.array([0.0, 270.0]))
    np.testing.assert_allclose(turned[0], [0.0, 0.3], atol=1e-15)


def test_equal_delays_cancel_and_a_slow_sonic_leads():
    sonic = sc.SonicPath(1e-6, 0.2)
    twin = sc.GasPath(CO2, 1e-6, 0.2, 0.0, 0.0)
    both = pe.left_at_peak(periods(), height=1.0, gain=pe.gas_gain(sonic, twin))
    assert both.lag[0] == 0.0
    quick = sc.GasPath(CO2, 1e-6, 0.0, 0.0, 0.0)
    ahead = pe.left_at_peak(periods(), height=1.0, gain=pe.gas_gain(sonic, quick))
    behind = pe.left_at_peak(periods(), height=1.0, gain=first_order(0.2))
    assert ahead.lag[0] == pytest.approx(-behind.lag[0])
    assert ahead.share[0] == pytest.approx(behind.share[0], rel=1e-4)


def test_no_wind_no_share():
    air = periods(np.array([np.nan, 2.0]), np.array([-0.1, np.nan]))
    for left in (
        pe.left_at_peak(air, height=3.0, gain=pe.gas_gain(SONIC, GAS)),
        pe.left_at_lag(air, np.zeros(2), height=3.0, gain=pe.gas_gain(SONIC, GAS)),
    ):
        assert np.isnan(left.share).all()
    nothing = air.part(np.zeros(2, dtype=bool))
    assert pe.left_at_peak(nothing, height=3.0, gain=pe.gas_gain(SONIC, GAS)).share.size == 0


def test_the_right_path_averages():
    """A longer sonic path costs all fluxes; a longer optical path the gas's alone."""
    long_sonic = sc.SonicPath(0.3, 1 / 60)
    long_gas = sc.GasPath(CO2, 0.5, 0.2, 0.2, 0.05)

    def share(gain):
        return pe.left_at_lag(periods(2.0), np.zeros(1), height=2.0, gain=gain).share[0]

    assert share(pe.sonic_gain(long_sonic, momentum=False)) < share(pe.sonic_gain(SONIC, momentum=False))
    assert share(pe.gas_gain(long_sonic, GAS)) < share(pe.gas_gain(SONIC, GAS))
    assert share(pe.gas_gain(SONIC, long_gas)) < share(pe.gas_gain(SONIC, GAS))


@pytest.mark.parametrize("tau", [0.1, 0.3, 1.0])
def test_a_planted_slow_sensor_with_the_lag_found_on_samples(tau):
    """Series at 10 Hz, transport delays anywhere between samples: the mean of ten fluxes is restored."""
    rate, n, height, U, gain = 10.0, 18000, 3.0, 3.0, first_order(tau)
    planted = {"ustar": 0.4, "scalars": {"x": PlantedScalar(0.5, 0.1)}, "height": height, "wind_speed": U}
    found = []
    for k in range(10):
        t = surrogate(n, rate, zeta=-0.2, seed=k, **planted)
        delay = 0.5 + (k + 0.5) / 10 / rate

        def seen(f, delay=delay):
            return np.exp(-2j * np.pi * f * delay) / (1 + 2j * np.pi * f * tau)

        x = defects.attenuate(t.data["x"], rate, seen)
        found.append(max(np.mean(t.data["w"] * np.roll(x, -lag)) for lag in range(30)))

    def band(f):  # what a series of this length and rate can hold
        return (f > 0.5 * rate / n) & (f < 0.5 * rate)

    air, here = periods(U, -0.2), {"height": height, "high_pass": band}
    there = pe.left_at_lag(air, np.zeros(1), gain=lambda f, U, T, y: np.ones_like(f), **here).share[0]
    left = pe.left_at_peak(air, gain=gain, rate=rate, **here).share[0] / there
    physical = pe.left_at_lag(air, np.zeros(1), gain=gain, **here).share[0] / there
    assert np.mean(found) / left == pytest.approx(0.1, rel=0.005)
    assert np.mean(found) / physical > 0.102
