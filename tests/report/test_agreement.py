"""Statistics of two series of one variable."""

import numpy as np
import pytest

from fluxkit.report.agreement import agreement, best_shift

RNG = np.random.default_rng(5)


def test_literal_numbers():
    found = agreement(np.array([1.0, 3.0, 5.0, np.nan]), np.array([0.0, 1.0, 2.0, 3.0]))
    assert (found.n, found.slope, found.intercept) == (3, 2.0, 1.0)
    assert found.orthogonal_slope == pytest.approx(2.0)
    assert found.r2 == pytest.approx(1.0)
    assert found.bias == 2.0
    assert found.rmse == pytest.approx(np.sqrt(14.0 / 3.0))
    assert found.median_relative == pytest.approx(1.75)  # of 2/1 and 3/2
    assert found.equal == 0.0


def test_units_do_not_change_what_has_none():
    x, y = RNG.normal(size=200), RNG.normal(size=200)
    one, other = agreement(y + x, x), agreement(7.0 * (y + x), 7.0 * x)
    for name in ("slope", "orthogonal_slope", "r2", "median_relative"):
        assert getattr(other, name) == pytest.approx(getattr(one, name))
    assert other.rmse == pytest.approx(7.0 * one.rmse)


def test_orthogonal_slope_is_symmetric():
    x = RNG.normal(size=500)
    a, b = x + 0.3 * RNG.normal(size=500), 2.0 * x + 0.3 * RNG.normal(size=500)
    assert agreement(b, a).orthogonal_slope == pytest.approx(1.0 / agreement(a, b).orthogonal_slope)


def test_directions_go_round():
    found = agreement(np.array([1.0, 359.0, 180.0]), np.array([359.0, 1.0, 180.0]), circular=True)
    assert found.bias == 0.0
    assert found.rmse == pytest.approx(np.sqrt(8.0 / 3.0))


def test_nothing_in_common():
    found = agreement(np.array([np.nan, 1.0]), np.array([1.0, np.nan]))
    assert found.n == 0
    assert np.isnan(found.rmse)


@pytest.mark.parametrize("moved", [-3, 0, 2])
def test_a_shift_in_time_is_found(moved):
    x = np.sin(np.arange(200) / 7.0) + 0.05 * RNG.normal(size=200)
    assert best_shift(x, np.roll(x, -moved), 4) == moved
