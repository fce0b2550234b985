"""Lines that may be made of two: the record before a few missing ones, and before ones that come again."""

import numpy as np
import pytest

from fluxkit.raw.samples import ProblemLog
from fluxkit.raw.text.seams import lose_seams
from fluxkit.raw.text.table import TextTable

N = 200
STEP = 100_000_000


def lost_of(keep, *, counted=False, moved=0):
    """Records of some numbers that lose their values, and what is told."""
    keep = np.asarray(keep)
    values = np.random.default_rng(1).normal(size=(2, N))[:, keep % N]
    stamps = keep.astype(np.int64) * STEP + np.where(np.arange(keep.size) >= 100, moved, 0)
    log = ProblemLog("x")
    counts = keep.astype(float) if counted else None
    table = TextTable(values, stamps, np.arange(1, keep.size + 1))
    lose_seams(table, counts, log)
    return keep[np.isnan(values).all(axis=0)].tolist(), log.told()


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize(
    ("missing", "lost"),
    [([], []), ([50], [49]), ([50, 51, 120], [49, 119]), ([50, 100, 150], [])],
    ids=["none", "one", "two", "skipped scans"],
)
def test_the_record_before_a_hole(missing, lost, counted):
    found, told = lost_of(np.delete(np.arange(N), missing), counted=counted)
    assert found == lost
    assert bool(told) == bool(lost)


def test_records_that_count_on_across_a_gap_in_time_are_whole():
    assert lost_of(np.arange(N), counted=True, moved=30 * STEP) == ([], [])


def test_a_long_gap_is_no_lost_piece():
    assert lost_of(np.arange(N), moved=3600 * 10 * STEP) == ([], [])


def test_the_record_before_copies_and_none_of_these():
    again = [*range(60), 300, *range(50, 200)]  # 300 is none of the others
    found, told = lost_of(again)
    assert found == [59, 300]  # before the hole, and before the copies
    assert "may be made of two lines" in told[0].reason
    whole = [*range(60), *range(50, 200)]
    assert lost_of(whole)[0] == []
