import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.kernels.clock import place, place_within


def slots(position, tolerance=0.75):
    slot = np.empty(len(position), np.int64)
    return (*place(np.array(position, float), tolerance, slot), slot.tolist())


def test_lost_and_repeated_records():
    assert slots([0, 1, 1, 4, 5]) == (1, 0, [0, 1, -1, 4, 5])


def test_clock_that_goes_back():
    assert slots([0, 1, 2, 3, 1, 2, 3, 4]) == (1, 2, [0, 1, 2, 3, -1, -1, -1, 4])


def test_unknown_stamps_follow_their_predecessor():
    assert slots([np.nan, 1, np.nan, 5, np.nan])[2] == [0, 1, 2, 5, 6]


def test_a_record_without_a_stamp_takes_no_slot_that_another_fills():
    """Lines of another table of the logger stand between records that follow each other."""
    assert slots([0, 1, np.nan, 2, 3, np.nan, np.nan, 4]) == (0, 0, [0, 1, -1, 2, 3, -1, -1, 4])
    assert slots([0, np.nan, np.nan, 2]) == (0, 0, [0, -1, 1, 2])


@given(st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=60))
def test_jitter_moves_nothing(jitter):
    n = len(jitter)
    assert slots(np.arange(n) + np.array(jitter)) == (0, 0, list(range(n)))


def test_drift_is_followed():
    repeated, back, slot = slots(np.arange(1000) * 1.01)
    assert repeated + back == 0
    assert abs(slot[-1] - 999 * 1.01) <= 0.75


def slots_within(low, step=None, width=2.0, tolerance=0.75, first=None):
    low = np.array(low, float)
    slot = np.empty(low.size, np.int64)
    step = np.ones(low.size) if step is None else np.array(step, float)
    first = low[0] if first is None else first
    return place_within(low, width, step, tolerance, first, slot), slot.tolist()


TOO_MANY = np.iinfo(np.int64).min


def test_records_of_one_stamp_follow_each_other():
    """20 Hz with one decimal: two records have the same stamp."""
    assert slots_within([0, 0, 2, 2, 4, 4]) == (0, [0, 1, 2, 3, 4, 5])


def test_a_gap_between_coarse_stamps_is_found():
    assert slots_within([0, 0, 6, 6, 8]) == (0, [0, 1, 6, 7, 8])


def test_a_step_beyond_the_stamp_is_not_taken():
    assert slots_within([0, 0, 2, 2], step=[1, 1, 1, 9])[1] == [0, 1, 2, 3]


def test_more_records_than_a_stamp_has_slots_are_too_many():
    assert slots_within([0, 0, 0, 0, 0, 2]) == (2, [0, 1, 2, TOO_MANY, TOO_MANY, 3])


def test_unknown_coarse_stamps_follow_their_predecessor():
    assert slots_within([0, np.nan, 2, np.nan, np.nan]) == (0, [0, 1, 2, 3, 4])


def test_too_few_slots_are_refused():
    with pytest.raises(ValueError, match="fewer slots than records"):
        place_within(np.zeros(2), 2.0, np.ones(2), 0.75, 0.0, np.empty(1, np.int64))
