"""Closed forms of attenuation against integrals and published numbers."""

import numpy as np
import pytest
from scipy.integrate import quad

from fluxkit.physics import attenuation, cospectra, transfer


def integral(a: float, b: float, p: float) -> float:
    """(2 / pi) / (1 + x^2) after one low-pass and two high-pass filters."""

    def kept(y: float) -> float:
        x2 = np.exp(2 * y)
        share = 1.0 / (1 + p * p * x2)
        for c in (a, b):
            share *= 1.0 if np.isinf(c) else c * c * x2 / (1 + c * c * x2)
        return float(2 / np.pi * np.exp(y) / (1 + x2) * share)

    return float(quad(kept, -25, 25, limit=400)[0])


@pytest.mark.parametrize(("b", "p"), [(30.0, 0.1), (500.0, 0.3), (40.0, 1.0)])
def test_massman_with_one_high_pass_filter_is_the_integral(b, p):
    """Exact in stable air, where the exponent is 1: omega = 2 pi n U / (z - d) scales all times."""
    zeta, U, height = np.array([0.5]), np.array([2.0]), 3.0
    omega = 2 * np.pi * attenuation.cospectral_peak(zeta)[0] * U / height
    got = attenuation.left_massman_2000(p / omega, U, zeta, height=height, block=b / omega[0])
    assert float(got[0]) == pytest.approx(integral(np.inf, b, p), rel=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "p"), [(30.0, 60.0, 0.2), (2.0, 40.0, 0.0), (5.0, 5.5, 1.0), (34.0, 17.0, 0.05)]
)
def test_massman_with_two_high_pass_filters_is_the_integral(a, b, p):
    zeta, U, height = np.array([0.5]), np.array([2.0]), 3.0
    omega = float(2 * np.pi * attenuation.cospectral_peak(zeta)[0] * U[0] / height)
    times = {"block": b / omega, "high_pass": a / omega}
    got = attenuation.left_massman_2000(p / omega + 0 * U, U, zeta, height=height, **times)
    assert float(got[0]) == pytest.approx(integral(a, b, p), rel=1e-9)
    swapped = {"block": a / omega, "high_pass": b / omega}
    same = attenuation.left_massman_2000(p / omega + 0 * U, U, zeta, height=height, **swapped)
    np.testing.assert_allclose(same, got, rtol=1e-14)


def test_horst_by_hand():
    """2 pi 0.085 x 0.5 x 3 / 3 = 0.26704; to the 7/8: 0.31495; 1 / 1.31495 = 0.76049."""
    got = attenuation.left_horst_1997(0.5, np.array([3.0]), np.array([-0.2]), 3.0)
    assert float(got[0]) == pytest.approx(0.76049, abs=1e-5)
    # Stable, zeta = 1: n = 2 - 1.915 / 1.5 = 0.72333; 1 / (1 + 2 pi 0.72333 x 0.5) = 0.30558.
    got = attenuation.left_horst_1997(0.5, np.array([3.0]), np.array([1.0]), 3.0)
    assert float(got[0]) == pytest.approx(0.30558, abs=1e-5)


@pytest.mark.parametrize("zeta", [-0.5, 0.1, 1.0])
@pytest.mark.parametrize("tau", [0.1, 0.5])
def test_horst_is_near_the_integral_over_kaimal(zeta, tau):
    """Near as the cospectra are: Horst's peaks lie lower than those of Kaimal et al. in weakly stable air."""
    n = np.geomspace(1e-6, 1e4, 4001)
    co = cospectra.cospectrum_moncrieff_1997(n, np.array(zeta), momentum=False)
    exact = np.sum(co / (1 + (2 * np.pi * n * tau) ** 2)) / np.sum(co)  # U / (z - d) = 1 Hz
    got = attenuation.left_horst_1997(tau, np.array([3.0]), np.array([zeta]), 3.0)
    assert float(got[0]) == pytest.approx(exact, abs=0.09)


@pytest.mark.parametrize("momentum", [False, True])
def test_peaks_are_those_of_the_model_cospectra(momentum):
    n = np.geomspace(1e-3, 1e2, 20001)
    for zeta in (-1.0, -0.01, 0.5, 2.0):
        co = cospectra.cospectrum_moncrieff_1997(n, np.array(zeta), momentum=momentum)
        peak = attenuation.cospectral_peak(np.array(zeta), momentum=momentum)
        assert float(np.log(peak / n[np.argmax(co)])) == pytest.approx(0.0, abs=0.45)
    assert np.isnan(attenuation.cospectral_peak(np.array(np.nan), momentum=momentum))


def test_equivalent_times_take_half_where_they_say():
    """At f = 1 / (2 pi tau) the transfer function that a time stands for is a half."""
    U = np.array([3.0])
    lateral = 1 / (2 * np.pi * attenuation.time_of_lateral_separation(0.2, U))
    assert float(transfer.separation(lateral, 0.2, U)[0]) == pytest.approx(0.5, abs=0.03)
    line = 1 / (2 * np.pi * attenuation.time_of_line(0.125, U))
    assert float(transfer.line_average_scalar(line, 0.125, U)[0] ** 2) == pytest.approx(0.5, abs=0.2)
    for flow in (1.0, 12.0):  # laminar, turbulent
        tube = {"length": 5.0, "diameter": 0.004, "flow": flow / 60000.0, "T": np.array([293.0])}
        time = attenuation.time_of_tube(diffusivity=2.178e-5, **tube)
        gain = transfer.tube(1 / (2 * np.pi * time), diffusivity=2.178e-5, **tube)
        assert float(gain[0]) == pytest.approx(0.5, abs=0.005)


def test_laminar_tubes_count_unless_left_out():
    slow = {
        "diffusivity": 1.381e-5,
        "length": 5.0,
        "diameter": 0.004,
        "flow": 2.0 / 60000.0,
        "T": np.array([293.0]),
    }
    re_sc = transfer.reynolds(0.004, slow["flow"], slow["T"]) * transfer.kinematic_viscosity(slow["T"])
    speed = slow["flow"] / (np.pi * 0.002**2)
    by_massman = np.sqrt(0.0104 * re_sc / 1.381e-5 * 0.002 * 5.0) / (0.83 * speed)
    np.testing.assert_allclose(attenuation.time_of_tube(**slow), by_massman, rtol=2e-3)
    assert attenuation.time_of_tube(**slow, laminar=False)[0] == 0.0
    fast = slow | {"flow": 12.0 / 60000.0}
    np.testing.assert_allclose(
        attenuation.time_of_tube(**fast), attenuation.time_of_tube(**fast, laminar=False)
    )


def test_each_path_parameter_acts_where_it_should():
    """Horizontal extent of a sonic: momentum alone; transducer distance: wind in every flux."""
    U = np.array([2.0])
    assert attenuation.time_of_momentum(0.1, 0.2, U) > attenuation.time_of_momentum(0.1, 0.1, U)
    assert attenuation.time_of_momentum(0.2, 0.1, U) > attenuation.time_of_momentum(0.1, 0.1, U)
    assert attenuation.time_of_vertical_wind(0.2, U) == 2 * attenuation.time_of_vertical_wind(0.1, U)
    together = attenuation.together(np.array([3.0]), 4.0)
    assert float(together[0]) == pytest.approx(5.0)
