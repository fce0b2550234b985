"""Changes that one-point storage is made of."""

import numpy as np

from fluxkit.tower.storages.storage import change_between_means, change_within

HALF_HOUR = np.timedelta64(1800, "s")


def test_by_hand_and_with_a_gap():
    time = np.datetime64("2024-01-01", "ns") + np.array([0, 1, 2, 4, 5]) * HALF_HOUR
    x = np.array([400.0, 403.0, 401.0, 450.0, 450.0])
    np.testing.assert_array_equal(
        change_between_means(x, time, seconds=1800.0), [np.nan, 3.0, -2.0, np.nan, 0.0]
    )
    assert np.isnan(change_between_means(x[:1], time[:1], seconds=1800.0)).all()


def sums(x: np.ndarray, lost: slice = slice(0, 0)) -> np.ndarray:
    """Sums over six sub-periods of a series of which some samples are lost."""
    t = (np.arange(x.size) + 0.5) / x.size - 0.5
    there = np.ones(x.size, dtype=bool)
    there[lost] = False
    rows = (np.ones(x.size), t, t * t, x, t * x, x * x)
    return np.stack([np.where(there, row, 0.0).reshape(6, -1).sum(axis=1) for row in rows], axis=-1)


def within(*periods: np.ndarray, n: int = 600) -> np.ndarray:
    return change_within(np.stack(periods), np.full(len(periods), n))


def test_a_line_comes_back_with_any_gap():
    line = 3.0 + 2.0 * np.linspace(0.0, 1.0, 601)[:-1]
    lost = [slice(0, 0), slice(0, 90), slice(470, 600), slice(140, 420), slice(5, 40)]
    np.testing.assert_allclose(within(*(sums(line, gap) for gap in lost)), 2.0, rtol=1e-9)


def test_a_course_is_that_between_its_ends_whatever_is_between():
    """A hump within the period is no change; a curve misses by what it bends in the last sixths."""
    t = np.linspace(0.0, 1.0, 600)
    hump, curve = np.sin(np.pi * t), np.exp(t)
    found = within(sums(hump), sums(curve))
    assert abs(found[0]) < 1e-9
    assert abs(found[1] / (np.e - 1.0) - 1.0) < 0.02


def test_a_period_whose_begin_or_end_is_lost_has_no_change():
    line = np.linspace(0.0, 1.0, 600)
    found = within(sums(line, slice(0, 340)), sums(line, slice(100, 600)), sums(line, slice(0, 600)))
    assert np.isnan(found).all()
