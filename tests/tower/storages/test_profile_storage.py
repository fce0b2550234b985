"""Storage from a profile: known changes, gaps, and what the window does."""

import numpy as np
import pytest

from fluxkit.tower.storages.profile_storage import layer_depths, means_at, storage_profile

START = np.datetime64("2024-06-01T00:00", "ns")
MINUTE = np.timedelta64(60, "s")


def test_layers_by_hand():
    """0.5, 2, 8, 16 m below a sonic at 20 m: borders 1.25, 5 and 12 m."""
    np.testing.assert_allclose(layer_depths([0.5, 2.0, 8.0, 16.0], 20.0), [1.25, 3.75, 7.0, 8.0])


def test_levels_above_the_sonic_stand_for_what_is_below():
    """Borders 3 and 9 m, sonic at 8 m: 3 and 5 m, and nothing for 12 m."""
    np.testing.assert_allclose(layer_depths([2.0, 4.0, 14.0], 8.0), [3.0, 5.0, 0.0])


@pytest.mark.parametrize("heights", [[], [2.0, 1.0], [-1.0, 2.0], [1.0, 1.0]])
def test_heights_must_ascend(heights):
    with pytest.raises(ValueError, match="ascend"):
        layer_depths(heights, 5.0)


def profile(heights: np.ndarray, rate: np.ndarray, hours: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Readings each minute of a mixing ratio that rises steadily at each height."""
    time = START + np.arange(60 * hours) * MINUTE
    seconds = np.arange(60 * hours)[:, None] * 60.0
    return time, 400e-6 + 1e-6 * heights + rate * seconds


def test_linear_profile_and_change_are_exact():
    """Levels amid their layers, rate a + b z: rho (a h + b h^2 / 2) = 40 (1e-9 x 6 + 2e-10 x 18)."""
    heights = np.array([1.0, 3.0, 5.0])
    time, x = profile(heights, 1e-9 + 2e-10 * heights)
    edges = START + np.arange(1, 11) * 30 * MINUTE
    at = means_at(edges, time, x, window=300.0)
    found = storage_profile(at[:-1], at[1:], np.full(9, 40.0), layer_depths(heights, 6.0), seconds=1800.0)
    np.testing.assert_allclose(found, 40.0 * (6e-9 + 3.6e-9), rtol=1e-8)


def test_one_level_in_mixed_air_is_the_one_point_term():
    time, x = profile(np.array([6.0]), np.array([2e-9]))
    at = means_at(START + np.arange(1, 4) * 30 * MINUTE, time, x, window=300.0)
    found = storage_profile(at[:-1], at[1:], np.full(2, 40.0), layer_depths([6.0], 6.0), seconds=1800.0)
    np.testing.assert_allclose(found, 2e-9 * 40.0 * 6.0, rtol=1e-8)


def test_sum_telescopes():
    rng = np.random.default_rng(1)
    at = rng.random((20, 3))
    depths = layer_depths([1.0, 2.0, 3.0], 4.0)
    found = storage_profile(at[:-1], at[1:], np.ones(19), depths, seconds=1800.0)
    assert found.sum() * 1800.0 == pytest.approx(((at[-1] - at[0]) * depths).sum())


def test_window_is_centred_and_both_ends_count():
    """Readings 0, 1, 2, ... each minute; five minutes around minute 10 hold 8 to 12."""
    time = START + np.arange(30) * MINUTE
    x = np.arange(30.0)[:, None]
    found = means_at(START + np.array([10, 1, 60]) * MINUTE, time, x, window=300.0)
    np.testing.assert_allclose(found[:, 0], [10.0, 1.5, np.nan])


def test_gaps_stay_gaps_by_level():
    time = START + np.arange(90) * MINUTE
    x = np.ones((90, 2))
    x[28:33, 1] = np.nan  # nothing around minute 30 at the upper level
    x[59, 1] = np.nan  # one of five around minute 60
    at = means_at(START + np.array([30, 60, 80]) * MINUTE, time, x, window=300.0)
    np.testing.assert_array_equal(np.isnan(at), [[False, True], [False, False], [False, False]])
    found = storage_profile(at[:-1], at[1:], np.ones(2), layer_depths([1.0, 2.0], 3.0), seconds=1800.0)
    np.testing.assert_array_equal(np.isnan(found), [True, False])


def test_a_level_that_does_not_count_may_be_missing():
    at = np.array([[1.0, np.nan], [2.0, np.nan]])
    depths = layer_depths([1.0, 9.0], 4.0)
    assert storage_profile(at[:1], at[1:], np.ones(1), depths, seconds=1.0)[0] == pytest.approx(4.0)


def test_density_by_level():
    """1 in each of two layers of 2 m: (40 + 30) x 2 / 1800."""
    found = storage_profile(
        np.zeros((1, 2)), np.ones((1, 2)), np.array([[40.0, 30.0]]), np.array([2.0, 2.0]), seconds=1800.0
    )
    assert found[0] == pytest.approx(140.0 / 1800.0)


def test_digits_are_kept_over_a_year():
    """400 umol mol-1 that moves by 1e-9 of itself, a reading each minute of a year."""
    n = 525_600
    time = START + np.arange(n) * MINUTE
    x = 4e-4 * (1.0 + 1e-9 * np.sin(np.arange(n) / 1000.0))[:, None]
    edges = START + np.array([n - 200, n - 100]) * MINUTE
    found = means_at(edges, time, x, window=300.0)[:, 0]
    direct = [x[k - 2 : k + 3, 0].mean() for k in (n - 200, n - 100)]
    np.testing.assert_allclose(found - 4e-4, np.array(direct) - 4e-4, rtol=1e-3)
