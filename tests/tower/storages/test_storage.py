"""One-point storage."""

import numpy as np

from fluxkit.tower.storages.storage import storage_one_point

HALF_HOUR = np.timedelta64(1800, "s")


def test_by_hand_and_with_a_gap():
    """3 umol mol-1 in half an hour, 40 mol m-3, 3 m: 3e-6 x 40 x 3 / 1800 = 2e-7 mol m-2 s-1."""
    time = np.datetime64("2024-01-01", "ns") + np.array([0, 1, 2, 4, 5]) * HALF_HOUR
    x = np.array([400.0, 403.0, 401.0, 450.0, 450.0]) * 1e-6
    out = storage_one_point(x, np.full(5, 40.0), time, height=3.0, seconds=1800.0)
    np.testing.assert_allclose(out, [np.nan, 2e-7, -2e-7 * 2 / 3, np.nan, 0.0], atol=1e-20)


def test_sum_telescopes():
    rng = np.random.default_rng(0)
    x = rng.random(20)
    time = np.datetime64("2024-01-01", "ns") + np.arange(20) * HALF_HOUR
    out = storage_one_point(x, np.ones(20), time, height=2.0, seconds=1800.0)
    np.testing.assert_allclose(np.nansum(out) * 1800.0, 2.0 * (x[-1] - x[0]))


def test_missing_before_is_missing_and_one_period_has_none():
    time = np.datetime64("2024-01-01", "ns") + np.arange(3) * HALF_HOUR
    out = storage_one_point(np.array([1.0, np.nan, 2.0]), np.ones(3), time, height=1.0, seconds=1800.0)
    assert np.isnan(out).all()
    assert np.isnan(storage_one_point(np.ones(1), np.ones(1), time[:1], height=1.0, seconds=1800.0)).all()
