"""Reliable lags and what they lend to others."""

import numpy as np

from fluxkit.tower.lags.lag_neighbours import lend, reliable_lags

HALF_HOUR = 1800.0


def times(*slots: int) -> np.ndarray:
    return np.datetime64("2024-07-01", "ns") + np.array(slots) * np.timedelta64(30, "m")


def test_wide_intervals_and_the_window_s_ends_are_not_reliable():
    lag = np.array([1.0, 1.0, 0.0, 5.0, np.nan])
    low, high = lag - 0.2, lag + np.array([0.3, 0.4, 0.1, 0.1, 0.1])
    found = reliable_lags(lag, low, high, first=0.0, last=5.0, widest=0.5)
    assert found.tolist() == [True, False, False, False, False]


def test_neighbours_within_reach_lend_their_median():
    time = times(0, 1, 2, 3, 4, 100)
    lag = np.array([1.0, 1.2, 9.0, 1.4, 5.0, 7.0])
    reliable = np.array([True, True, False, True, True, False])
    lent = lend(time, lag, reliable, seconds=HALF_HOUR, reach=2 * HALF_HOUR, fewest=3)
    np.testing.assert_allclose(lent[2], 1.3)
    assert np.isnan(lent[[0, 4, 5]]).all()


def test_the_same_as_a_loop_over_periods():
    rng = np.random.default_rng(1)
    slots = np.sort(rng.choice(400, 300, replace=False))
    lag, reliable = rng.normal(size=300), rng.random(300) < 0.4
    lent = lend(times(*slots), lag, reliable, seconds=HALF_HOUR, reach=24 * HALF_HOUR, fewest=5)
    for k in range(300):
        near = lag[reliable & (np.abs(slots - slots[k]) <= 24)]
        np.testing.assert_allclose(lent[k], np.median(near) if near.size >= 5 else np.nan)


def test_no_period_at_all():
    assert lend(times(), np.empty(0), np.empty(0, bool), seconds=HALF_HOUR, reach=1e5, fewest=1).size == 0
