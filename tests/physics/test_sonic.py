"""Sonic temperature, cross-wind, components."""

import numpy as np
import pytest

from fluxkit.physics import sonic
from fluxkit.synthetic import sonic_defects


def wind(n: int = 400, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [3.0 + rng.standard_normal(n), rng.standard_normal(n), 0.4 * rng.standard_normal(n)]


def test_speed_of_sound():
    """331.3 m/s, the speed of sound at 0 degC, is 0 degC within a degree: 331.3^2 / 403."""
    assert sonic.sonic_temperature(331.3) == pytest.approx(272.35655, abs=1e-4)
    assert np.isnan(sonic.sonic_temperature(np.nan))


@pytest.mark.parametrize(("elevation", "A"), [(60.0, 7 / 8), (45.0, 3 / 4), (48.75, 0.78263155), (90.0, 1.0)])
def test_shares_of_the_paper(elevation, A):
    """Liu et al., table I: CSAT3 7/8, USA-1 3/4; one vertical path is Schotanus'."""
    shares = sonic.cross_wind_shares(elevation, with_w=False)
    assert shares == pytest.approx((A, A, 0.0), abs=1e-8)


@pytest.mark.parametrize("elevation", [30.0, 45.0, 48.75, 60.0])
def test_cross_wind_undoes_what_the_paths_see(elevation):
    u, v, w = wind()
    true = 295.0 + 0.3 * w
    measured = sonic_defects.blow_across(true, u, v, w, sonic_defects.three_paths(elevation))
    assert np.abs(measured - true).max() > 0.02
    shares = sonic.cross_wind_shares(elevation)
    np.testing.assert_allclose(
        sonic.cross_wind_liu_2001(measured, u, v, w, shares=shares), true, rtol=0, atol=1e-12
    )


def test_cross_wind_does_not_care_how_the_head_is_turned():
    u, v, w = wind()
    shares = sonic.cross_wind_shares(60.0)
    c, s = np.cos(0.7), np.sin(0.7)
    turned = sonic.cross_wind_liu_2001(295.0 + w, u * c - v * s, u * s + v * c, w, shares=shares)
    np.testing.assert_allclose(turned, sonic.cross_wind_liu_2001(295.0 + w, u, v, w, shares=shares))


@pytest.mark.parametrize(("keep", "expected"), [(False, np.nan), (True, 295.0)])
def test_temperature_without_wind(keep, expected):
    one, gap = np.array([1.0]), np.array([np.nan])
    out = sonic.cross_wind_liu_2001(
        np.array([295.0]), gap, one, one, shares=sonic.cross_wind_shares(60.0), keep_unpaired=keep
    )
    np.testing.assert_array_equal(out, [expected])


def test_boost():
    w = np.array([1.0, -1.0, 0.0, np.nan])
    np.testing.assert_allclose(sonic.boosted(w), [1.166, -1.289, 0.0, np.nan])
    np.testing.assert_allclose(sonic.unboosted(sonic.boosted(w)), w)


def test_polar_wind_comes_from_its_direction():
    """A north wind blows towards -u, an east wind towards +v; the speed stays."""
    u, v = sonic.from_polar(np.array([0.0, 90.0, 200.0]), np.array([2.0, 2.0, 5.0]))
    np.testing.assert_allclose([u[0], v[0], u[1], v[1]], [-2.0, 0.0, 0.0, 2.0], atol=1e-15)
    assert np.hypot(u[2], v[2]) == pytest.approx(5.0)
    direction = np.mod(180.0 - np.degrees(np.arctan2(v, u)), 360.0)
    np.testing.assert_allclose(direction, [0.0, 90.0, 200.0])
    np.testing.assert_allclose(sonic.from_polar(np.array([0.0]), np.array([2.0]), towards=True)[0], [2.0])


def test_winds_along_axes():
    """Projections on the three paths give the wind back; five digits of the factors cost 1e-5."""
    u, v, w = wind()
    paths = sonic_defects.three_paths(45.0)[[0, 2, 1]]  # Gill's axes go clockwise
    along = paths @ np.stack([u, v, w])
    for found, true in zip(sonic.from_axes(*along), (u, v, w), strict=True):
        np.testing.assert_allclose(found, true, atol=1e-12)
    rounded = sonic.from_axes(*along, rounded=True)
    assert 1e-6 < np.abs(rounded[0] / u - 1.0).max() < 2e-5


def test_paths_of_a_csat3():
    """Unit vectors 60 degrees above the horizontal; shares of Liu et al. follow from them."""
    np.testing.assert_allclose(np.linalg.norm(sonic.CSAT3_PATHS, axis=1), 1.0)
    np.testing.assert_allclose(np.degrees(np.arcsin(sonic.CSAT3_PATHS[:, 2])), 60.0)
    u, v, w = wind()
    true = np.full(u.size, 295.0)
    measured = sonic_defects.blow_across(true, u, v, w, sonic.CSAT3_PATHS)
    shares = sonic.cross_wind_shares(60.0)
    np.testing.assert_allclose(sonic.cross_wind_liu_2001(measured, u, v, w, shares=shares), true, atol=1e-12)
