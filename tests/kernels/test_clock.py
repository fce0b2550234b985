import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.kernels.clock import place


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
