"""The parts of a flux's uncertainty and their sum."""

import numpy as np
import pytest

from fluxkit.tower.uncertainty import joint


def test_spectral_part_is_a_share_of_what_the_factor_adds() -> None:
    """A flux of 12 with factor 1.2 was 10: 30 % of 2."""
    found = joint.spectral_uncertainty(np.array([-12.0, 5.0]), np.array([1.2, 1.0]), relative=0.3)
    np.testing.assert_allclose(found, [0.6, 0.0], atol=1e-12)


def test_calibration_part_joins_both_signals() -> None:
    found = joint.calibration_uncertainty(np.array([-10.0, np.nan]), accuracies=(0.03, 0.04))
    assert found[0] == pytest.approx(0.5)
    assert np.isnan(found[1])
    assert joint.calibration_uncertainty(np.array([3.0]), accuracies=())[0] == 0.0


def test_sum_of_squares_needs_the_random_error_only() -> None:
    parts = {"RANDOM": np.array([3.0, 3.0, np.nan]), "LAG": np.array([4.0, np.nan, 4.0])}
    np.testing.assert_allclose(joint.joint_uncertainty(parts), [5.0, 3.0, np.nan])
    assert set(parts) <= set(joint.PARTS)
