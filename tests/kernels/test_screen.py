"""Sample-by-sample screening: what goes, what stays, what is counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fluxkit.kernels import screen

values = arrays(np.float64, st.integers(0, 30), elements=st.floats(-10, 10) | st.just(np.nan))


@settings(max_examples=40)
@given(x=values)
def test_outside(x):
    before = x.copy()
    with np.errstate(invalid="ignore"):
        bad = (before < -2.0) | (before > 3.0)
    assert screen.outside(x, -2.0, 3.0) == bad.sum()
    np.testing.assert_array_equal(x, np.where(bad, np.nan, before))


@settings(max_examples=40)
@given(x=values)
def test_mean_and_extremes(x):
    there = x[~np.isnan(x)]
    mean, low, high, n = screen.mean_and_extremes(x)
    assert n == there.size == screen.valid(x)
    np.testing.assert_array_equal(screen.mean_and_count(x), (mean, n))
    if n:
        assert (low, high) == (there.min(), there.max())
        assert mean == pytest.approx(there.mean(), abs=1e-12)
    else:
        assert np.isnan([mean, low, high]).all()


def test_limits_themselves_are_allowed():
    x = np.array([-2.0, 3.0, np.nextafter(3.0, 4.0)])
    assert screen.outside(x, -2.0, 3.0) == 1
    np.testing.assert_array_equal(np.isnan(x), [False, False, True])


def test_horizontal_wind_goes_as_a_pair():
    u, v = np.array([3.0, 4.1, np.nan, 1.0]), np.array([4.0, 4.0, 1.0, np.nan])
    assert screen.horizontal_outside(u, v, 5.0) == 1  # gaps are no exceedances
    np.testing.assert_array_equal(u, [3.0, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(v, [4.0, np.nan, np.nan, np.nan])


@settings(max_examples=40)
@given(x=values, limit=st.floats(0.0, 12.0))
def test_the_speed_decides_exactly(x, limit):
    u, v = x.copy(), x[::-1].copy()
    with np.errstate(invalid="ignore"):
        speed = np.hypot(u, v)
        beyond = speed > limit
    gone = beyond | np.isnan(speed)
    assert screen.horizontal_outside(u, v, limit) == beyond.sum()
    np.testing.assert_array_equal(u, np.where(gone, np.nan, x))


@settings(max_examples=40)
@given(x=values)
def test_counted_in_another_unit(x):
    assert screen.beyond(x, 0.5, -1.0, 1.5) == ((x * 0.5 < -1.0) | (x * 0.5 > 1.5)).sum()


def test_largest_square_is_of_samples_with_all_three():
    rng = np.random.default_rng(3)
    u, v, w = rng.normal(size=(3, 101))
    u[7], w[8] = np.nan, np.nan
    assert screen.largest_square(u, v, w) == pytest.approx(np.nanmax(u * u + v * v + w * w), rel=1e-15)
    assert np.isnan(screen.largest_square(np.full(5, np.nan), v[:5], w[:5]))
    with pytest.raises(ValueError, match="length"):
        screen.largest_square(u, v, w[:5])
