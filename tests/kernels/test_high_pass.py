"""High-pass kernels against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.kernels import high_pass


def series(seed: int, n: int, missing: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = 5.0 + np.cumsum(rng.standard_normal(n)) * 0.1
    x[rng.random(n) < missing] = np.nan
    return x


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 300),
    window=st.integers(1, 400),
    missing=st.sampled_from([0.0, 0.1, 0.9]),
)
def test_running_mean_is_the_mean_of_the_last_samples(seed, n, window, missing):
    x = series(seed, n, missing)
    got = high_pass.running_mean(x, window, False)
    for i in range(n):
        if np.isnan(x[i]):
            assert np.isnan(got[i])
        else:
            assert got[i] == pytest.approx(x[i] - np.nanmean(x[max(0, i - window + 1) : i + 1]), abs=1e-12)


def test_running_mean_of_eddypro_is_the_same_without_gaps():
    x = series(1, 500, 0.0)
    np.testing.assert_allclose(
        high_pass.running_mean(x, 60, True), high_pass.running_mean(x, 60, False), atol=1e-12
    )


def test_a_gap_leaves_the_running_mean_of_eddypro_off():
    x = np.ones(400)
    x[200:210] = np.nan  # while a step leaves the window
    x[100:110] = 3.0
    assert np.abs(high_pass.running_mean(x, 100, False)[310:]).max() < 1e-12
    np.testing.assert_allclose(high_pass.running_mean(x, 100, True)[310:], -0.2, atol=1e-12)


@given(seed=st.integers(0, 10**6), window=st.integers(1, 80), missing=st.sampled_from([0.0, 0.1]))
def test_exponential_mean_follows_its_recursion(seed, window, missing):
    x = series(seed, 200, missing)
    keep = float(np.exp(-1.0 / window))
    got = high_pass.exponential(x, window, keep)
    slow = np.nan
    for i in range(x.size):
        if np.isnan(x[i]):
            assert np.isnan(got[i])
            continue
        begun = i >= window and not np.isnan(slow)
        slow = keep * slow + (1.0 - keep) * x[i] if begun else np.nanmean(x[: i + 1])
        assert got[i] == pytest.approx(x[i] - slow, abs=1e-12)


@given(seed=st.integers(0, 10**6), window=st.integers(5, 250), missing=st.sampled_from([0.0, 0.1]))
def test_lines_equal_polynomial_fits(seed, window, missing):
    x = series(seed, 203, missing)
    got = high_pass.lines(x, window, False)
    pieces = max(1, x.size // window)
    for p in range(pieces):
        here = slice(p * window, x.size if p == pieces - 1 else (p + 1) * window)
        there = np.flatnonzero(~np.isnan(x[here]))
        if there.size < 3:
            continue
        line = np.polynomial.Polynomial.fit(there, x[here][there], 1)
        np.testing.assert_allclose(
            got[here][there], (x[here] - line(np.arange(x[here].size)))[there], atol=1e-9
        )


@pytest.mark.parametrize("kind", [high_pass.RUNNING_MEAN, high_pass.EXPONENTIAL, high_pass.LINES])
def test_filters_take_constants_away_and_are_linear(kind):
    x, y = series(2, 300, 0.0), series(3, 300, 0.0)
    keep = float(np.exp(-1 / 50))

    def f(z):
        return high_pass.high_pass(z, kind, 50, keep, False)

    np.testing.assert_allclose(f(np.full(300, 7.0)), 0.0, atol=1e-12)
    np.testing.assert_allclose(f(2.0 * x - y + 4.0), 2.0 * f(x) - f(y), atol=1e-11)


@pytest.mark.parametrize("kind", [high_pass.RUNNING_MEAN, high_pass.EXPONENTIAL, high_pass.LINES])
def test_pair_sums_are_of_the_shifted_then_filtered_series(kind):
    n, keep = 400, float(np.exp(-1 / 60))
    u = np.stack([high_pass.high_pass(series(s, n, 0.02), kind, 60, keep, False) for s in (1, 2, 3)])
    x = series(4, n, 0.05)
    got = high_pass.pair_sums(u, x, -3, 9, kind, 60, keep, False)
    for j, lag in enumerate(range(-3, 6)):
        shifted = np.full(n, np.nan)
        shifted[max(0, -lag) : min(n, n - lag)] = x[max(0, lag) : n + min(0, lag)]
        y = high_pass.high_pass(shifted, kind, 60, keep, False)
        ok = ~np.isnan(u).any(axis=0) & ~np.isnan(y)
        expected = [ok.sum(), *u[:, ok].sum(axis=1), y[ok].sum(), *(u[:, ok] * y[ok]).sum(axis=1)]
        np.testing.assert_allclose(got[:, j], expected, rtol=1e-12, atol=1e-9)
