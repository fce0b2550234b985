"""Stays at one value against plain loops."""

import itertools

import numpy as np
import pytest

from fluxkit.kernels import frozen


def series(seed, levels=4):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, levels, 400).astype(float)
    x[100:140] = 2.0
    x[rng.integers(0, 400, 15)] = np.nan
    return x


def stays(x):
    """(first, length) of each stay of a number."""
    at, found = 0, []
    for value, group in itertools.groupby(x.tolist()):
        n = len(list(group))
        if value == value:  # nan differs from itself: each is a group of its own
            found.append((at, n))
        at += n
    return found


@pytest.mark.parametrize("seed", range(6))
def test_changes_are_counted(seed):
    x = series(seed)
    there = ~np.isnan(x)
    pairs, changed, single = frozen.changes(x)
    assert pairs == (there[1:] & there[:-1]).sum()
    d = np.diff(x)
    assert changed == (np.abs(d) > 0).sum()
    assert single == ((np.abs(d[1:]) > 0) & (np.abs(d[:-1]) > 0)).sum()


@pytest.mark.parametrize("longest", [1, 2, 3, 7, 30, 60])
@pytest.mark.parametrize("seed", range(4))
def test_long_stays_lose_all_but_their_first_sample(seed, longest):
    x = series(seed)
    expected = x.copy()
    for first, n in stays(x):
        if n > longest:
            expected[first + 1 : first + n] = np.nan
    found = x.copy()
    lost = frozen.drop_stays(found, longest, longest, 5.0, 0)
    np.testing.assert_array_equal(found, expected)
    assert lost == np.isnan(expected).sum() - np.isnan(x).sum()


def test_a_shorter_stay_is_lost_where_the_signal_moves_well_beside_it():
    rng = np.random.default_rng(3)
    lively, lull = rng.normal(size=600), rng.integers(-1, 2, 600).astype(float)
    for x, expected in ((lively, 39), (lull, 0)):
        x[300:340] = x[300]
        assert frozen.drop_stays(x.copy(), 200, 20, 5.0, 150) == expected
        assert frozen.drop_stays(x.copy(), 200, 60, 5.0, 150) == 0


def test_lengths_of_stays_between_changes():
    x = np.array([1.0, 1, 2, 2, 2, 3, 4, 4, np.nan, 5, 6, 6, 6, 6, 7])
    # not the first stay, nor those beside the gap: 2 2 2, 3 and 6 6 6 6
    assert frozen.stay_lengths(x, 3).tolist() == [1, 0, 2]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_series(n):
    x = np.zeros(n)
    assert frozen.changes(x)[1:] == (0, 0)
    assert frozen.drop_stays(x, 5, 5, 5.0, 10) == 0
    assert frozen.stay_lengths(x, 3).sum() == 0
