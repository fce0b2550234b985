"""Transfer functions against turbulence, dispersion and averaging computed from first principles."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
import scipy.linalg
import scipy.signal

from fluxkit.physics import transfer

CO2 = 1.381e-5  #: [m2 s-1]
H2O = 2.178e-5


def isotropic_ratio(y: float, *, scalar: bool) -> float:
    """Share of a one-dimensional inertial spectrum that averaging along a vertical path leaves.

    The three-dimensional spectrum k^(-11/3) integrated over the plane k1 = 1, with and without the path's
    sinc^2(k3 path / 2); y is 2 pi f path / U, i.e. k1 path.
    """
    r = np.geomspace(1e-3, 3e3, 500)
    angle = (np.arange(120) + 0.5) / 120 * 2.0 * np.pi
    R, A = np.meshgrid(r, angle, indexing="ij")
    k, k3 = np.sqrt(1.0 + R**2), R * np.sin(A)
    density = k ** (-11 / 3) * (1.0 if scalar else 1.0 - (k3 / k) ** 2) * R**2
    return float(np.sum(density * np.sinc(k3 * y / (2 * np.pi)) ** 2) / np.sum(density))


def f_of(y: float, path: float, U: float) -> np.ndarray:
    return np.array(y * U / (2 * np.pi * path))


@pytest.mark.parametrize("y", [0.3, 1.0, 2.0, 5.0, 10.0])
def test_line_average_of_a_scalar_is_the_root_of_what_isotropic_turbulence_loses(y):
    gain = transfer.line_average_scalar(f_of(y, 0.125, 3.0), 0.125, np.array(3.0))
    assert gain**2 == pytest.approx(isotropic_ratio(y, scalar=True), rel=0.06)


@pytest.mark.parametrize("name", ["line_average_scalar", "line_average_w"])
def test_line_averages_fall_from_one(name):
    f = np.geomspace(1e-5, 100.0, 400)
    gain = getattr(transfer, name)(f, 0.115, np.array(2.0))
    assert gain[0] == 1.0
    assert np.all(np.diff(gain) <= 1e-9)
    assert 0.0 < gain[-1] < 0.5


def test_only_path_over_wind_speed_counts():
    f = np.array([0.5, 2.0, 8.0])
    for name in ("line_average_scalar", "line_average_w", "separation"):
        function = getattr(transfer, name)
        np.testing.assert_allclose(function(f, 0.1, np.array(2.0)), function(f, 0.3, np.array(6.0)))


def test_first_order_sensor_at_its_corner():
    tau = 0.1
    corner = np.array([1.0 / (2 * np.pi * tau)])
    assert transfer.first_order_response(corner, tau)[0] == pytest.approx(np.sqrt(0.5))
    f = np.array([0.1, 1.0, 10.0])
    np.testing.assert_allclose(transfer.first_order_response(f, tau), np.abs(1 / (1 + 2j * np.pi * f * tau)))


def test_separation_by_hand():
    """f s / U = 0.1: exp(-9.9 x 0.0316228) = 0.73121."""
    assert transfer.separation(np.array([1.0]), 0.3, np.array(3.0))[0] == pytest.approx(0.73121, abs=1e-5)
    assert transfer.separation(np.array([1.0]), 0.0, np.array(3.0))[0] == 1.0


@pytest.mark.parametrize("cycles", [0.05, 0.3, 0.5, 1.0, 1.7, 5.3])
@pytest.mark.parametrize("linear", [False, True])
def test_high_pass_is_what_removing_a_mean_or_a_line_leaves_of_a_wave(cycles, linear):
    """Mean over all phases of the covariance of the residuals of a wave, by quadrature."""
    t = (np.arange(2000) + 0.5) / 2000
    phases = (np.arange(64) + 0.5) / 64 * 2 * np.pi
    x = np.cos(2 * np.pi * cycles * t[:, None] + phases)
    rest = x - np.polynomial.polynomial.polyval(t, np.polynomial.polynomial.polyfit(t, x, int(linear))).T
    left = np.mean(rest**2) / np.mean(x**2)
    function = transfer.high_pass_linear if linear else transfer.high_pass_block_average
    assert float(function(np.array(cycles / 1800.0), 1800.0)) == pytest.approx(left, abs=2e-5)


def test_turbulent_tube_by_taylor_1954():
    """Dispersion K = 10.1 r u*, Blasius' u*^2 = 0.0396 U^2 Re^(-1/4), gain exp(-(2 pi f / U)^2 K L / U)."""
    f, length, diameter, flow = np.array([0.5, 2.0, 6.0]), 5.0, 0.004, 12.0 / 60000.0
    T = np.array(293.15)
    speed = flow / (np.pi * (diameter / 2) ** 2)
    re = speed * diameter / 1.51e-5
    assert re > 2300
    K = 10.1 * diameter / 2 * speed * np.sqrt(0.0396) * re**-0.125
    expected = np.exp(-((2 * np.pi * f / speed) ** 2) * K * length / speed)
    got = transfer.tube(f, diffusivity=CO2, length=length, diameter=diameter, flow=flow, T=T)
    np.testing.assert_allclose(np.log(got), np.log(expected), rtol=0.02)


def test_slow_flow_is_laminar_and_depends_on_the_gas():
    kwargs = {"length": 5.0, "diameter": 0.004, "flow": 2.0 / 60000.0, "T": np.array(293.15)}
    f = np.array([0.2, 0.5, 1.0])
    co2, h2o = (transfer.tube(f, diffusivity=D, **kwargs) for D in (CO2, H2O))
    # What diffuses faster is mixed across the tube and less dispersed along it.
    np.testing.assert_allclose(np.log(co2) / np.log(h2o), 2.178 / 1.381)
    fast = {**kwargs, "flow": 12.0 / 60000.0}
    co2, h2o = (transfer.tube(f, diffusivity=D, **fast) for D in (CO2, H2O))
    np.testing.assert_allclose(co2, h2o)


def test_viscosity_of_air():
    """15.1e-6 m2 s-1 at 20 degC, 13.3e-6 at 0 degC in tables of dry air; the polynomial runs 3 % above."""
    nu = transfer.kinematic_viscosity(np.array([273.15, 293.15]))
    np.testing.assert_allclose(nu, [13.3e-6, 15.1e-6], rtol=0.035)


@pytest.mark.parametrize("y", [0.3, 1.0, 2.0, 5.0, 10.0])
def test_line_average_of_w_is_the_root_of_what_isotropic_turbulence_loses(y):
    """Phi_33 of an inertial range, averaged along a vertical path."""
    r = np.geomspace(1e-3, 3e3, 500)
    angle = (np.arange(120) + 0.5) / 120 * 2.0 * np.pi
    R, A = np.meshgrid(r, angle, indexing="ij")
    k, k3 = np.sqrt(1.0 + R**2), R * np.sin(A)
    weight = k ** (-11 / 3) * (1.0 - (k3 / k) ** 2) * R**2
    left = np.sum(weight * np.sinc(k3 * y / (2 * np.pi)) ** 2) / np.sum(weight)
    amplitude = transfer.line_average_w(f_of(y, 0.115, 3.0), 0.115, np.array(3.0))
    assert amplitude**2 == pytest.approx(left, rel=0.06)


def test_laminar_tube_by_the_equation_of_diffusion():
    """Slowest decaying mode of a scalar wave in Poiseuille flow, radial finite differences."""
    length, diameter, flow, f = 5.0, 0.004, 2.0 / 60000.0, 0.3
    r0, n = diameter / 2, 300
    h, D = r0 / n, CO2
    r, edge = (np.arange(n) + 0.5) * h, np.arange(n + 1) * h
    lap = np.zeros((n, n))
    for i in range(n):
        for j, e in ((i - 1, edge[i]), (i + 1, edge[i + 1])):
            if 0 <= j < n:
                lap[i, j] += e / (r[i] * h**2)
                lap[i, i] -= e / (r[i] * h**2)
    speed = 2 * flow / (np.pi * r0**2) * (1 - (r / r0) ** 2)
    modes = scipy.linalg.eigvals(2j * np.pi * f * np.eye(n) - D * lap, np.diag(speed))
    gain = np.exp(-modes.real.min() * length)
    T = np.array(293.0)
    got = transfer.tube(np.array(f), diffusivity=CO2, length=length, diameter=diameter, flow=flow, T=T)
    assert float(got) == pytest.approx(gain, rel=1e-3)


@pytest.mark.parametrize("f", [1e-4, 1e-3, 5e-3, 0.02])
def test_high_pass_of_running_means_is_what_they_leave_of_a_wave(f):
    """Variance of a long wave less its trailing mean over 100 s, and less its exponential mean."""
    rate, time = 10.0, 100.0
    t = np.arange(2_000_000) / rate
    x = np.cos(2 * np.pi * f * t)
    total = np.cumsum(np.r_[0.0, x])
    n = round(rate * time)
    rest = x[n - 1 :] - (total[n:] - total[:-n]) / n
    whole = rest[-round(rate * int(1e5 * f) / f) :]
    left = float(transfer.high_pass_running_mean(np.array(f), time))
    assert np.mean(whole**2) * 2 == pytest.approx(left, rel=0.01)
    eta = np.exp(-1 / (rate * time))
    slow = scipy.signal.lfilter([1 - eta], [1, -eta], x)
    whole = (x - slow)[-round(rate * int(1e5 * f) / f) :]
    left = float(transfer.high_pass_exponential(np.array(f), time, rate))
    assert np.mean(whole**2) * 2 == pytest.approx(left, rel=0.01)


def test_high_pass_exponential_by_hand():
    """Nearly phi^2 / (1 + phi^2) with phi = 2 pi f time: a half at f = 1 / (2 pi 100 s)."""
    f = np.array(1 / (2 * np.pi * 100.0))
    assert float(transfer.high_pass_exponential(f, 100.0, 10.0)) == pytest.approx(0.5, abs=1e-3)


def test_first_order_turns_the_phase_backwards():
    f = np.array([0.1, 1.0, 10.0])
    response = transfer.first_order(f, 0.2)
    np.testing.assert_allclose(np.abs(response), transfer.first_order_response(f, 0.2))
    np.testing.assert_allclose(np.angle(response), -np.arctan(2 * np.pi * f * 0.2))
    # A mean over 0.5 s leaves nothing of a wave of that period.
    assert transfer.running_average(np.array(2.0), 0.5) == pytest.approx(0.0, abs=1e-15)
    assert transfer.running_average(np.array(0.0), 0.5) == 1.0


@pytest.mark.parametrize("name", ["line_average_w", "separation"])
def test_only_the_length_given_counts(name):
    """The path's length and the distance drive these functions, and nothing else of an instrument."""
    f, U = np.array([1.0, 5.0]), np.array(2.0)
    function = getattr(transfer, name)
    assert np.all(function(f, 0.2, U) < function(f, 0.1, U))


def test_warm_and_thin_air_lets_gases_spread_faster():
    """CO2: 1.381e-5 m2 s-1 at 0 degC, 1.569e-5 at 20 degC; inversely as pressure."""
    warm = transfer.diffusivity_at(CO2, np.array([273.15, 293.15]), 101325.0)
    np.testing.assert_allclose(warm, [1.381e-5, 1.5694e-5], rtol=5e-4)
    np.testing.assert_allclose(transfer.diffusivity_at(CO2, np.array([293.15]), 50662.5), 2.0 * warm[1:])


@pytest.mark.parametrize("path_over_speed", [1.1e-3, 1e-2, 0.3, 5.0])
def test_line_averages_keep_their_digits_where_little_is_lost(path_over_speed):
    """Against fifty digits; differences of numbers near 1 keep eleven of sixteen."""
    with localcontext() as context:
        context.prec = 50
        y = 2 * Decimal("3.14159265358979323846264338327950288419716939937510") * Decimal(path_over_speed)
        e = (-y).exp()
        w = (4 / y * (1 + e / 2 - 3 * (1 - e) / (2 * y))).sqrt()
        scalar = ((3 + e - 4 * (1 - e) / y) / y).sqrt()
    f, U = np.array([path_over_speed]), np.array([1.0])
    np.testing.assert_allclose(transfer.line_average_w(f, 1.0, U), float(w), rtol=2e-13)
    np.testing.assert_allclose(transfer.line_average_scalar(f, 1.0, U), float(scalar), rtol=2e-13)
