"""Sums over stretches of records."""

import numpy as np

from fluxkit.tower.stretch_sums import stretch_sums


def test_stretches_may_overlap_be_empty_and_end_with_the_last_record():
    first, last = np.array([0, 1, 2, 5, 3, 5]), np.array([2, 4, 2, 5, 5, 5])
    assert stretch_sums(np.arange(5.0), first, last).tolist() == [1.0, 6.0, 0.0, 0.0, 7.0, 0.0]
    table = np.stack([np.arange(5), 10 * np.arange(5)], axis=1)
    assert stretch_sums(table, first, last)[:, 1].tolist() == [10, 60, 0, 0, 70, 0]
    assert stretch_sums(np.zeros(0), np.array([0]), np.array([0])).tolist() == [0.0]
    assert stretch_sums(np.arange(5.0), first[:0], last[:0]).size == 0


def test_records_elsewhere_change_no_bit():
    x = np.random.default_rng(0).normal(1e5, 1.0, 100)
    first, last = np.array([40, 55]), np.array([55, 60])
    alone = stretch_sums(x[40:60], first - 40, last - 40)
    np.testing.assert_array_equal(stretch_sums(x, first, last), alone)
    assert alone.tolist() == [np.add.reduce(x[40:55]), np.add.reduce(x[55:60])]
