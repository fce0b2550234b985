"""Height of the boundary layer against closed forms and its limits."""

import numpy as np
import pytest

from fluxkit.physics.boundary_layer import boundary_layer_height, height_nieuwstadt_1981

F = 1e-4


def test_by_hand():
    """u* = 0.2, L = 50 m: 50 / 3.8 (-1 + (1 + 2.28 x 0.2 / 0.005)^1/2) = 13.1579 x 8.60208 = 113.185 m."""
    assert height_nieuwstadt_1981(np.array(0.2), np.array(50.0), F) == pytest.approx(113.185, rel=1e-5)


def test_neutral_limit():
    """0.3 u* / f as L grows, without loss of digits."""
    for length, within in ((1e6, 5e-3), (1e9, 5e-6), (1e15, 1e-11), (np.inf, 1e-12)):
        found = height_nieuwstadt_1981(np.array(0.4), np.array(length), F)
        assert float(found) == pytest.approx(1200.0, rel=within)


def test_unstable_is_as_told_and_missing_stays_missing():
    ustar, length = np.array([0.3, np.nan, 0.3, 0.3]), np.array([-20.0, -20.0, np.nan, 30.0])
    found = boundary_layer_height(ustar, length, F, convective=800.0)
    np.testing.assert_array_equal(np.isnan(found), [False, True, True, False])
    assert found[0] == 800.0


def test_no_rotation_is_bounded():
    assert boundary_layer_height(np.array(0.4), np.array(100.0), 0.0) == 3000.0
