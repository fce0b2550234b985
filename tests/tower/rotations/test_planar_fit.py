"""Planar fit: planted planes come back, by sector and window; what cannot be fitted says so."""

import numpy as np
import pytest

from fluxkit.tower.rotations.planar_fit import Fitting, find_move, fit_planes, given_planes

HALF_HOUR = np.timedelta64(30, "m")
B = np.array([0.05, 0.06, -0.03])


def winds(days: float, b=B, *, seed: int = 0, noise: float = 0.0):
    """Half-hourly winds of all directions that lie in a plane: wind, times, directions."""
    rng = np.random.default_rng(seed)
    n = round(48 * days)
    direction, speed = rng.uniform(0, 360, n), rng.uniform(1.0, 8.0, n)
    u, v = speed * np.cos(np.radians(180 - direction)), speed * np.sin(np.radians(180 - direction))
    b = np.broadcast_to(np.asarray(b, dtype=float), (n, 3))
    w = b[:, 0] + b[:, 1] * u + b[:, 2] * v + noise * rng.standard_normal(n)
    time = np.datetime64("2024-07-01", "ns") + np.arange(n) * HALF_HOUR
    return np.stack([u, v, w], axis=1), time, direction


def test_a_planted_plane_comes_back_and_its_winds_lie_in_it():
    wind, time, direction = winds(10)
    planes = fit_planes(wind, time, direction, Fitting())
    np.testing.assert_allclose(planes.coefficients[0, 0], B, atol=1e-12)
    assert planes.count[0, 0] == wind.shape[0]
    frame = planes.frame(wind, time, direction)
    rotated = frame.rotate(wind)
    np.testing.assert_allclose(rotated[:, 1:], 0.0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(frame.matrix), 1.0)
    assert not frame.fell_back.any()


def test_least_squares_is_numpys():
    wind, time, direction = winds(20, noise=0.1)
    planes = fit_planes(wind, time, direction, Fitting())
    A = np.column_stack([np.ones(len(wind)), wind[:, :2]])
    expected = np.linalg.lstsq(A, wind[:, 2], rcond=None)[0]
    np.testing.assert_allclose(planes.coefficients[0, 0], expected, rtol=1e-10)
    unbiased = fit_planes(wind, time, direction, Fitting(biased=False))
    expected = np.linalg.lstsq(A[:, 1:], wind[:, 2], rcond=None)[0]
    np.testing.assert_allclose(unbiased.coefficients[0, 0], [0.0, *expected], rtol=1e-10)


def test_each_sector_has_its_plane():
    wind, time, direction = winds(20)
    turned = np.array([0.01, -0.05, 0.02])
    other = (direction >= 300) | (direction < 120)  # a sector across north
    wind[other, 2] = turned[0] + wind[other, :2] @ turned[1:]
    planes = fit_planes(wind, time, direction, Fitting(sectors=(180.0, 180.0), first_sector=300.0))
    np.testing.assert_allclose(planes.coefficients[0], [turned, B], atol=1e-12)


def test_a_sector_with_too_few_half_hours_falls_back_and_is_marked():
    wind, time, direction = winds(10)
    keep = (direction > 90) | (np.arange(direction.size) < 8)
    wind, time, direction = wind[keep], time[keep], direction[keep]
    planes = fit_planes(wind, time, direction, Fitting(sectors=(90.0, 270.0), min_periods=20))
    frame = planes.frame(wind, time, direction)
    np.testing.assert_array_equal(frame.fell_back, direction < 90)
    np.testing.assert_allclose(frame.rotate(wind)[frame.fell_back][:, 1:], 0.0, atol=1e-12)  # double rotation
    as_reference = planes.frame(wind, time, direction, next_sector=True)
    assert not as_reference.fell_back.any()
    np.testing.assert_allclose(as_reference.matrix[frame.fell_back][:, 2, 0], -B[1], rtol=0.01)
    np.testing.assert_array_equal(as_reference.offset[frame.fell_back], 0.0)


def test_an_excluded_sector_has_no_plane():
    wind, time, direction = winds(10)
    planes = fit_planes(wind, time, direction, Fitting(sectors=(180.0, 180.0), excluded=(2,)))
    assert np.isnan(planes.coefficients[0, 1]).all()


def test_windows_follow_a_sonic_that_was_moved():
    before, time, direction = winds(20)
    after = winds(20, [0.0, 0.01, 0.04])[0]
    moved = np.datetime64("2024-07-11")
    wind = np.where((time >= moved)[:, None], after, before)
    by_change = fit_planes(wind, time, direction, Fitting(changes=(moved,)))
    np.testing.assert_allclose(by_change.coefficients[:, 0], [B, [0.0, 0.01, 0.04]], atol=1e-12)
    by_window = fit_planes(wind, time, direction, Fitting(window=5.0))
    np.testing.assert_allclose(by_window.coefficients[1:3, 0], [B, [0.0, 0.01, 0.04]], atol=1e-12)
    assert by_window.coefficients.shape[0] == 4
    np.testing.assert_allclose(by_window.frame(wind, time, direction).rotate(wind)[:, 2], 0.0, atol=1e-12)


def test_a_rolling_window_reaches_across_no_change():
    wind, time, direction = winds(20, noise=0.02)
    moved = np.datetime64("2024-07-11")
    planes = fit_planes(wind, time, direction, Fitting(window=6.0, rolling=True, changes=(moved,)))
    assert planes.starts.size == 20
    whole = fit_planes(wind[:480], time[:480], direction[:480], Fitting(window=6.0, rolling=True))
    np.testing.assert_allclose(planes.coefficients[:10], whole.coefficients, rtol=1e-9)
    direct = fit_planes(wind[48 * 2 : 48 * 8], time[48 * 2 : 48 * 8], direction[48 * 2 : 48 * 8], Fitting())
    np.testing.assert_allclose(planes.coefficients[5], direct.coefficients[0], rtol=1e-9)


def test_no_plane_through_winds_from_one_direction():
    wind, time, direction = winds(10)
    wind = wind[:1] * np.linspace(0.5, 1.5, 480)[:, None]
    planes = fit_planes(wind, time, np.full(480, direction[0]), Fitting())
    assert np.isnan(planes.coefficients).all()
    assert planes.frame(wind, time, direction).fell_back.all()


def test_calm_and_missing_half_hours_do_not_count():
    wind, time, direction = winds(10)
    wind[::7] = np.nan
    wind[1::7] *= 0.01
    wind[1::7, 2] = 3.0
    planes = fit_planes(wind, time, direction, Fitting(min_speed=0.5))
    np.testing.assert_allclose(planes.coefficients[0, 0], B, atol=1e-12)
    frame = planes.frame(wind, time, direction)
    assert np.isnan(frame.matrix[::7]).all()


def test_a_given_plane_is_taken():
    wind, time, direction = winds(1)
    planes = given_planes([tuple(B)], Fitting())
    np.testing.assert_allclose(planes.frame(wind, time, direction).rotate(wind)[:, 2], 0.0, atol=1e-12)


def test_a_move_is_found_on_its_day_and_none_where_there_is_none():
    before, time, _ = winds(30, noise=0.05)
    after = winds(30, [0.05, 0.09, -0.03], noise=0.05)[0]
    moved = np.datetime64("2024-07-13")
    found = find_move(np.where((time >= moved)[:, None], after, before), time, Fitting())
    assert found is not None
    assert found.day == moved
    assert found.tilt == pytest.approx(np.degrees(np.arctan(0.09) - np.arctan(0.06)), abs=0.3)
    assert "2024-07-13" in found.description
    assert find_move(before, time, Fitting()) is None
