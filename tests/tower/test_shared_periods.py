"""Periods of a part that the whole has."""

import numpy as np

from fluxkit.tower.shared_periods import shared_periods


def times(*minutes: int) -> np.ndarray:
    return np.datetime64("2024-07-01", "ns") + np.array(minutes, "m8[m]")


def test_periods_are_found_where_they_are() -> None:
    here, rows = shared_periods(times(30, 60, 90, 120), times(0, 60, 120))
    assert here.tolist() == [False, True, False, True]
    assert rows.tolist() == [1, 2]


def test_units_of_time_may_differ() -> None:
    here, rows = shared_periods(times(60).astype("M8[s]"), times(0, 60))
    assert here.all()
    assert rows.tolist() == [1]


def test_periods_outside_and_an_empty_whole() -> None:
    assert not shared_periods(times(-30, 500), times(0, 60))[0].any()
    assert not shared_periods(times(0), times())[0].any()
