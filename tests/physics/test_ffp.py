"""Flux Footprint Prediction against the paper's numbers, its own integrals and its limits."""

import numpy as np
import pytest

from fluxkit.physics import ffp
from tests.physics.plane_footprint import footprint_function

FLOW = {"z": 20.0, "sigma_v": np.array(0.6), "ustar": np.array(0.4), "zeta": np.array(-0.2)}


def scale_of(**change: float) -> float:
    given = {"z": 20.0, "ustar": np.array(0.4), "zeta": np.array(-0.2), "h": np.array(2000.0), "z0": 0.1}
    return float(ffp.length_scale(**(given | change), kappa=0.4))


def test_largest_contribution_by_hand():
    """chi = 4.8^(1/4) = 1.48017, Psi = 0.5153; 20 m / 0.99 (ln 200 - 0.5153) = 96.626 m; X* = 0.8702."""
    assert scale_of() == pytest.approx(96.626, rel=1e-4)
    found = ffp.footprint_kljun_2015(np.array([scale_of()]))
    assert found["max"][0] == pytest.approx(0.8702 * 96.626, rel=1e-4)


def test_scaled_peak_is_where_the_paper_has_it():
    """X*max = 0.87, and the function is largest there."""
    x = np.linspace(0.14, 3.0, 100_000)
    assert x[np.argmax(ffp.crosswind_integrated(x, np.array(1.0)))] == pytest.approx(0.87, abs=5e-4)


def test_stable_by_hand():
    """Psi = -5.3 z/L: z/L = 0.5, ln 200 + 2.65 = 7.94832; 20 m / 0.99."""
    assert scale_of(zeta=np.array(0.5)) == pytest.approx(20 / 0.99 * 7.94832, rel=1e-5)


def test_measured_wind_says_the_same_as_roughness():
    """With the wind of the profile, kappa U / u* is ln(z / z0) - Psi."""
    psi = float(ffp.stability_function_hogstrom_1996(np.array(-0.2)))
    wind = 0.4 / 0.4 * (np.log(200.0) - psi)
    assert scale_of(wind_speed=np.array(wind), z0=None) == pytest.approx(scale_of(), rel=1e-12)


def test_distances_hold_their_share():
    """The sum of f(x) to the distance of a share is that share of its whole."""
    scale = np.array(scale_of())
    edges = np.geomspace(ffp.D, 1e6, 2_000_001) * scale
    middle, step = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    summed = np.cumsum(ffp.crosswind_integrated(middle, scale) * step)
    whole = 1.001569  # a c^(b + 1) Gamma(-b - 1)
    assert summed[-1] == pytest.approx(whole, rel=2e-5)
    for share, distance in ffp.footprint_kljun_2015(np.atleast_1d(scale)).items():
        if share != "max":
            assert summed[np.searchsorted(middle, distance[0])] / whole == pytest.approx(share, abs=2e-5)


@pytest.mark.parametrize("x", [60.0, 150.0, 2000.0])
def test_sum_across_the_wind_is_the_crosswind_integrated_footprint(x):
    scale = np.array(scale_of())
    y = np.arange(-4000.0, 4000.0, 0.5)
    f = footprint_function(np.full_like(y, x), y, scale, **FLOW)
    assert f.sum() * 0.5 == pytest.approx(float(ffp.crosswind_integrated(np.array(x), scale)), rel=1e-9)
    np.testing.assert_allclose(f[1:], f[:0:-1], rtol=1e-12)  # left and right of the wind alike


def test_spread_by_hand():
    """X* = 1: 2.17 (1.66 / 21)^1/2 = 0.61010; z/L = -0.2: over 0.80005, x 20 m x 0.6 / 0.4 = 22.877 m."""
    scale = np.array(scale_of())
    assert float(ffp.crosswind_spread(scale, scale, **FLOW)) == pytest.approx(22.877, rel=1e-4)


def test_downwind_and_nearest_metres_hold_nothing():
    x = np.array([-50.0, 0.0, 0.13 * scale_of()])
    found = footprint_function(x, np.zeros(3), np.array(scale_of()), **FLOW)
    np.testing.assert_array_equal(found, 0.0)


def test_limits_are_named():
    """Each limit by one period; the first is fine."""
    ustar = np.array([0.4, 0.09, 0.4, 0.4, np.nan, 0.4])
    zeta = np.array([-0.2, -0.2, -16.0, 0.1, 0.1, 0.1])
    h = np.array([1000.0, 1000.0, 1000.0, 24.0, 1000.0, 1000.0])
    sigma_v = np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.0])
    found = ffp.model_limits(z=20.0, ustar=ustar, zeta=zeta, h=h, sigma_v=sigma_v, z0=1.5)
    names = ("low_ustar", "too_unstable", "above_mixed_layer", "no_input")
    broken = [{name for name in names if found[name][k]} for k in range(6)]
    assert broken == [
        set(), {"low_ustar"}, {"too_unstable"}, {"above_mixed_layer"}, {"no_input"}, {"no_input"},
    ]  # fmt: skip
    assert found["roughness_sublayer"].all()  # 20 m < 20 z0 = 30 m: told, and nothing is left out for it
    np.testing.assert_array_equal(ffp.is_valid(found), [True, False, False, False, False, False])


def test_one_of_wind_and_roughness_is_needed():
    with pytest.raises(ValueError, match="either wind_speed"):
        scale_of(z0=None)


def test_scale_that_is_not_positive_is_missing():
    """A sensor above h, and air so unstable that the profile turns."""
    assert np.isnan(scale_of(h=np.array(19.0)))
    assert np.isnan(scale_of(z0=15.0, zeta=np.array(-3.0)))
