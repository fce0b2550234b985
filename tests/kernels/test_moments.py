"""Sums over samples against numpy."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxkit.kernels import moments


def series(seed: int, rows: int, n: int, missing: float) -> tuple[np.ndarray, np.ndarray]:
    """Zero-filled rows and their mask."""
    rng = np.random.default_rng(seed)
    mask = (rng.random((rows, n)) >= missing).astype(float)
    return rng.standard_normal((rows, n)) * mask, mask


def place(n: int) -> np.ndarray:
    return (np.arange(n) - 0.5 * (n - 1)) / n


def blocks(n: int, n_blocks: int) -> list[slice]:
    return [slice(b * n // n_blocks, (b + 1) * n // n_blocks) for b in range(n_blocks)]


cases = given(
    seed=st.integers(0, 10**6),
    n=st.integers(6, 60),
    missing=st.sampled_from([0.0, 0.3]),
    n_blocks=st.sampled_from([1, 3, 6]),
)


@settings(max_examples=25)
@cases
def test_wind_and_scalar_sums(seed, n, missing, n_blocks):
    (a, b, c), masks = series(seed, 3, n, missing)
    mask, t = masks.min(axis=0), place(n)
    u = np.stack([a, b, c]) * mask
    s = [mask, mask * t, mask * t**2, *u, *(t * u), *(u[i] * u[j] for i in range(3) for j in range(i, 3))]
    expected = np.array([[x[w].sum() for x in s] for w in blocks(n, n_blocks)])
    np.testing.assert_allclose(moments.wind_sums(u, mask, n_blocks), expected, atol=1e-12)
    x = u[0].copy()
    s = [mask, mask * t, mask * t**2, x, t * x, x * x]
    expected = np.array([[y[w].sum() for y in s] for w in blocks(n, n_blocks)])
    np.testing.assert_allclose(moments.scalar_sums(x, mask, n_blocks), expected, atol=1e-12)


def pair_sums(u, mask_u, *args):
    """As condensing does it: the wind's terms only where something is missing."""
    whole = mask_u.all() and args[1].all()
    terms = np.empty((9, 0)) if whole else moments.wind_terms(u, mask_u)
    return moments.pair_sums(u, terms, moments.running_wind_sums(u, mask_u), *args)


@settings(max_examples=25)
@cases
def test_pair_sums(seed, n, missing, n_blocks):
    u, masks = series(seed, 3, n, missing)
    mask_u = masks.min(axis=0)
    u = u * mask_u
    (x,), (mask_x,) = series(seed + 1, 1, n, missing)
    first, n_lags, t = -4, 9, place(n)
    out = pair_sums(u, mask_u, x, mask_x, first, n_lags, n_blocks)
    assert out.shape == (14, n_blocks, n_lags)
    for j in range(n_lags):
        lag = first + j
        shifted, there = np.zeros(n), np.zeros(n)
        i = np.arange(max(0, -lag), min(n, n - lag))
        shifted[i], there[i] = x[i + lag], mask_x[i + lag]
        both = mask_u * there
        rows = [both, both * t, both * t * t, *(u * there), *(t * u * there)]
        rows += [mask_u * shifted, mask_u * t * shifted, *(u * shifted)]
        for b, w in enumerate(blocks(n, n_blocks)):
            np.testing.assert_allclose(out[:, b, j], [r[w].sum() for r in rows], atol=1e-12)


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), missing=st.sampled_from([0.0, 0.3]))
def test_higher_orders(seed, missing):
    u, _ = series(seed, 3, 40, missing)
    third, fourth = moments.third_and_fourth(u)
    index = range(3)
    np.testing.assert_allclose(
        third, [np.sum(u[list(c)].prod(axis=0)) for c in itertools.combinations_with_replacement(index, 3)]
    )
    np.testing.assert_allclose(
        fourth, [np.sum(u[list(c)].prod(axis=0)) for c in itertools.combinations_with_replacement(index, 4)]
    )
    np.testing.assert_allclose(moments.powers(u[1]), [np.sum(u[1] ** 3), np.sum(u[1] ** 4)])
    np.testing.assert_allclose(moments.products(u), u @ u.T, atol=1e-12)


def test_centre_fills_gaps_with_the_mean():
    x = np.array([1.0, np.nan, 3.0, 5.0])
    filled, mask = np.empty(4), np.empty(4)
    mean, n = moments.centre(x, filled, mask)
    assert (mean, n) == (3.0, 3)
    np.testing.assert_array_equal(filled, [-2.0, 0.0, 0.0, 2.0])
    np.testing.assert_array_equal(mask, [1.0, 0.0, 1.0, 1.0])


def test_centre_of_nothing():
    filled, mask = np.empty(3), np.empty(3)
    mean, n = moments.centre(np.full(3, np.nan), filled, mask)
    assert np.isnan(mean)
    assert n == 0
    np.testing.assert_array_equal(filled, 0.0)
    np.testing.assert_array_equal(mask, 0.0)


def test_a_lag_beyond_the_series_has_no_pairs():
    u, _ = series(1, 3, 6, 0.0)
    out = pair_sums(u, np.ones(6), u[0].copy(), np.ones(6), 5, 4, 2)
    np.testing.assert_array_equal(out[:, :, 1:], 0.0)
    assert out[0, :, 0].sum() == 1.0
