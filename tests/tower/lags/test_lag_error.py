"""Error of a covariance by its lag."""

import numpy as np
import pytest

from fluxkit.tower.lags.lag_error import covariance_error

LAGS = np.arange(-3, 6)


def test_one_sample_to_either_side():
    """8, 10, 9 about the lag: sqrt((4 + 0 + 1) / 3)."""
    row = np.array([[0.0, 0.0, 0.0, 8.0, 10.0, 9.0, 0.0, 0.0, 0.0]])
    error = covariance_error(row, LAGS, np.array([1]))
    assert error == pytest.approx(np.sqrt(5.0 / 3.0))


def test_a_wide_interval_counts_every_lag_in_it():
    row = np.array([[0.0, 0.0, 0.0, 8.0, 10.0, 9.0, 0.0, 0.0, 0.0]])
    error = covariance_error(row, LAGS, np.array([1]), np.array([0.0]), np.array([4.0]))
    assert error == pytest.approx(np.sqrt((4.0 + 1.0 + 100.0 + 100.0) / 5.0))
    missing = covariance_error(row, LAGS, np.array([1]), np.array([np.nan]), np.array([np.nan]))
    assert missing == pytest.approx(np.sqrt(5.0 / 3.0))


def test_units_and_sign_go_through_and_nan_stays():
    rng = np.random.default_rng(0)
    rows, used = rng.normal(size=(20, LAGS.size)), rng.integers(-3, 6, 20)
    error = covariance_error(rows, LAGS, used)
    np.testing.assert_allclose(covariance_error(-1e-6 * rows, LAGS, used), 1e-6 * error)
    np.testing.assert_allclose(covariance_error(rows + 5.0, LAGS, used), error)
    assert np.isnan(covariance_error(np.full((1, LAGS.size), np.nan), LAGS, np.array([0]))).all()


def test_a_flat_covariance_has_no_error():
    assert covariance_error(np.ones((2, LAGS.size)), LAGS, np.array([0, -3])).tolist() == [0.0, 0.0]
