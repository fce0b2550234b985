"""Fits of respiration come back to what was planted, and to an independent search."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from fluxkit.kernels import respiration


def nights(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.uniform(-0.006, 0.002, n)
    return x, 3.0 * np.exp(180.0 * x) + random.normal(0, 0.4, n)


def test_gauss_newton_is_least_squares_with_its_errors():
    x, y = nights(1)
    found = respiration.gauss_newton(x, y, np.ones(x.size), 2.0, 200.0, 50)
    p, covariance = curve_fit(lambda x, a, b: a * np.exp(b * x), x, y, p0=(2.0, 200.0))
    np.testing.assert_allclose(found[1:3], p, rtol=1e-4)
    np.testing.assert_allclose(found[3:], np.sqrt(np.diag(covariance)), rtol=1e-3)


def test_a_fit_that_does_not_converge_is_missing():
    x, y = nights(1)
    assert np.isnan(respiration.gauss_newton(x, y, np.ones(x.size), 2.0, 200.0, 1)[1:]).all()
    assert np.isnan(respiration.gauss_newton(x * 0, y, np.ones(x.size), 2.0, 200.0, 50)[1:]).all()


@pytest.mark.parametrize("by_size", [False, True])
def test_trimming_leaves_outliers_out(by_size):
    x, y = nights(2)
    y[np.argsort(x)[:10]] += 8.0  # in the coldest nights
    first, stop = np.array([0, 0]), np.array([x.size, 3])
    fits = respiration.trimmed_windows(x, y, first, stop, 2.0, 200.0, 0.05, by_size, 7)
    assert fits[0, 0, 2] < 140.0
    assert abs(fits[0, 1, 2] - 180.0) < 25.0
    assert np.isnan(fits[1, :, 1:]).all()


def test_a_trend_is_no_sensitivity():
    random = np.random.default_rng(3)
    day = np.repeat(np.arange(15.0), 20)
    x = -0.003 + 0.0002 * day + random.normal(0, 0.0005, day.size)  # warmer from day to day
    y = 2.0 * np.exp(120.0 * x + 0.05 * day) * (1 + random.normal(0, 0.05, day.size))
    found = respiration.trend_windows(x, day, y, np.array([0]), np.array([day.size]))[0]
    assert abs(found[0] - 120.0) < 2.5 * found[1]
    without = respiration.gauss_newton(x, y, np.ones(x.size), 2.0, 100.0, 50)
    assert without[2] > 200.0
