"""The direct path against numpy and pandas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from fluxkit.kernels import direct


def pair(seed: int, n: int, missing: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, n)) + 5.0
    x[rng.random(x.shape) < missing] = np.nan
    return x[0], x[1]


cases = given(seed=st.integers(0, 10**6), n=st.integers(12, 60), missing=st.sampled_from([0.0, 0.2]))


@settings(max_examples=25)
@cases
def test_covariance_over_pairs(seed, n, missing):
    x, y = pair(seed, n, missing)
    expected = pd.Series(x).cov(pd.Series(y), ddof=0)
    assert direct.covariance(x, y, False) == pytest.approx(expected, abs=1e-12)
    assert direct.mean(x) == pytest.approx(np.nanmean(x))
    assert direct.block_covariances(x, y, 3)[1] == pytest.approx(
        direct.covariance(x[n // 3 : 2 * n // 3], y[n // 3 : 2 * n // 3], False), nan_ok=True
    )


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), n=st.integers(12, 60))
def test_detrended_covariance_is_that_of_scipys_residuals(seed, n):
    x, y = pair(seed, n, 0.0)
    x += 0.3 * np.arange(n)
    expected = np.mean(signal.detrend(x) * signal.detrend(y))
    assert direct.covariance(x, y, True) == pytest.approx(expected, abs=1e-11)
    np.testing.assert_allclose(direct.residuals(x, True), signal.detrend(x), atol=1e-11)


def test_a_line_does_not_correlate_once_removed():
    x, y = pair(2, 50, 0.2)
    ramp = np.arange(50.0)
    assert direct.covariance(x + 7 * ramp, y - 3 * ramp, True) == pytest.approx(direct.covariance(x, y, True))


@settings(max_examples=20)
@cases
def test_lags(seed, n, missing):
    x, y = pair(seed, n, missing)
    for lag, c in zip(range(-3, 5), direct.lagged_covariances(x, y, -3, 8), strict=True):
        shifted = pd.Series(y).shift(-lag)
        alone = np.count_nonzero(~np.isnan(x) & ~np.isnan(shifted)) < 2  # one pair has no covariance
        expected = np.nan if alone else pd.Series(x).cov(shifted, ddof=0)
        assert c == pytest.approx(expected, abs=1e-12, nan_ok=True)
    np.testing.assert_array_equal(direct.align(y, 2), pd.Series(y).shift(-2))
    np.testing.assert_array_equal(direct.align(y, -2), pd.Series(y).shift(2))


@settings(max_examples=15)
@cases
def test_correlation_function_is_the_mean_product(seed, n, missing):
    x, y = pair(seed, n, missing)
    got = direct.correlation_function(x, y, -2, 5)
    for lag, c in zip(range(-2, 3), got, strict=True):
        assert c == pytest.approx((pd.Series(x) * pd.Series(y).shift(-lag)).mean())


def test_rotation_loses_a_sample_with_a_gap_whole():
    wind = np.arange(12.0).reshape(3, 4)
    wind[1, 2] = np.nan
    c, s = np.cos(0.7), np.sin(0.7)
    matrix = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    out = direct.rotate(wind, matrix)
    np.testing.assert_allclose(out, matrix @ wind)
    assert np.isnan(out[:2, 2]).all()


def test_too_few_pairs_have_no_covariance():
    x = np.array([1.0, np.nan, np.nan])
    assert np.isnan(direct.covariance(x, x, False))
    assert np.isnan(direct.mean(np.full(3, np.nan)))
    assert np.isnan(direct.residuals(np.full(3, np.nan), True)).all()
