"""The parts of a flux's uncertainty and their sum."""

import numpy as np
import pytest

from fluxkit.tower.uncertainty import joint


def spectral(slopes, covariances, factors, relative=0.3):
    arrays = [{k: np.array(v) for k, v in part.items()} for part in (slopes, covariances, factors)]
    return joint.spectral_uncertainty(*arrays, own="x", relative=relative)


def test_spectral_part_is_a_share_of_what_the_factor_adds() -> None:
    """A flux of 12 with factor 1.2 was 10: 30 % of 2."""
    found = spectral({"x": [1.2, 1.0]}, {"x": [-10.0, 5.0]}, {"x": [1.2, 1.0]})
    np.testing.assert_allclose(found, [0.6, 0.0], atol=1e-12)


def test_spectral_part_is_that_of_every_covariance_in_the_flux() -> None:
    """12 of -11 are heat's: the flux is 1, but its factors added 2 and 1 to covariances."""
    found = spectral({"x": [1.2], "t": [1.1]}, {"x": [-10.0], "t": [10.0]}, {"x": [1.2], "t": [1.1]})
    assert found[0] == pytest.approx(0.3 * np.hypot(2.0, 1.0))
    missing = spectral({"x": [1.2], "t": [1.1]}, {"x": [-10.0], "t": [np.nan]}, {"x": [1.2], "t": [1.1]})
    assert missing[0] == pytest.approx(0.6)


def test_sum_of_squares_needs_the_random_error_only() -> None:
    parts = {"RANDOM": np.array([3.0, 3.0, np.nan]), "LAG": np.array([4.0, np.nan, 4.0])}
    np.testing.assert_allclose(joint.joint_uncertainty(parts), [5.0, 3.0, np.nan])
    assert set(parts) <= set(joint.PARTS)
