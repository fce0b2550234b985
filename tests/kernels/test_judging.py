"""Kernels that judge or condense series, against plain numpy."""

import itertools

import numpy as np
import pytest

from fluxkit.kernels import loess, pixels, prewhitening, quadrants, vitale


def with_gaps(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    x[rng.random(n) < 0.1] = np.nan
    return x


@pytest.mark.parametrize("n", [2, 3, 8, 9, 10, 25, 60])
@pytest.mark.parametrize("shape", ["normal", "two scales", "coarse", "equal"])
def test_qn_is_an_order_statistic_of_all_differences(n, shape):
    x = np.random.default_rng(n).normal(size=n)
    if shape == "two scales":
        x[::3] *= 1e4
    if shape == "coarse":
        x = np.round(x, 1)
    if shape == "equal":
        x[:] = 3.0
    differences = sorted(abs(a - b) for a, b in itertools.combinations(x, 2))
    h = n // 2 + 1
    small = {2: 0.399, 3: 0.994, 8: 0.669, 9: 0.872}.get(n, n / (n + 1.4) if n % 2 else n / (n + 3.8))
    wanted = 2.2219 * small * differences[h * (h - 1) // 2 - 1]
    assert vitale.qn(np.append(x, np.nan)) == pytest.approx(wanted, rel=1e-7)


def test_qn_of_nothing_and_one_is_missing():
    assert np.isnan(vitale.qn(np.full(4, np.nan)))
    assert np.isnan(vitale.qn(np.array([1.0, np.nan])))


def test_gaps_repeats_and_bins():
    a = np.array([1.0, np.nan, 1.0, 1.0, 2.0, 2.0, 2.0, np.nan])
    b = np.array([1.0, 1.0, np.nan, np.nan, 1.0, 1.0, 1.0, 1.0])
    assert vitale.longest_gap(a, b) == 3
    np.testing.assert_array_equal(vitale.without_repeats(a), [1.0, np.nan, 1.0, np.nan, 2.0, *[np.nan] * 3])
    assert vitale.fullest_bin(a, 1.0, 0.5) == 3
    assert vitale.fullest_bin(a, 1.0, 5.0) == 6
    assert vitale.fullest_bin(a, 1.5, 0.5) == 3  # below: in the first bin, with none else
    assert vitale.fullest_bin(np.array([0.0, 1.0, np.inf]), 0.0, 0.1) == 1
    assert vitale.fullest_bin(a, 1.0, np.nan) == 6  # bins without a width are one


def test_kurtosis_and_shares():
    x = with_gaps(300, 3)
    z = x[~np.isnan(x)]
    assert vitale.kurtosis(x) == pytest.approx(np.mean((z - z.mean()) ** 4) / np.var(z) ** 2)
    assert np.isnan(vitale.kurtosis(x[:3]))
    assert np.isnan(vitale.kurtosis(np.ones(9)))
    away = np.abs(z - 0.5)
    assert vitale.shares_beyond(x, 0.5, 0.1) == (np.mean(away > 0.5), np.mean(away > 1.0))
    assert np.isnan(vitale.shares_beyond(np.full(3, np.nan), 0.0, 1.0)).all()


def test_covariances_of_blocks():
    w, x = with_gaps(63, 1), with_gaps(63, 2)
    x[20:40] = np.nan
    wanted = []
    for k in range(6):
        there = ~np.isnan(w[k * 10 : k * 10 + 10] + x[k * 10 : k * 10 + 10])
        a, b = (z[k * 10 : k * 10 + 10][there] for z in (w, x))
        wanted.append(np.mean((a - a.mean()) * (b - b.mean())) if there.sum() >= 5 else np.nan)
    np.testing.assert_allclose(vitale.block_covariances(w, x, 6), wanted)


@pytest.mark.parametrize("n", [0, 1, 500])
def test_quadrants_are_those_of_numpy(n):
    w, q, c = (with_gaps(n, seed) for seed in range(3))
    found = dict(zip(quadrants.NAMES, quadrants.sums(w, q, c, 0.5), strict=True))
    there = ~np.isnan(w + q + c)
    if not there.any():
        assert set(found.values()) == {0.0}
        return
    assert found["w"] == pytest.approx(w[there].sum())
    w, q, c = (z[there] - z[there].mean() for z in (w, q, c))
    up, ground, plant = w > 0, (w > 0) & (q > 0) & (c > 0), (w > 0) & (q > 0) & (c < 0)
    strong = up & (np.abs(q * c) > 0.5 * q.std() * c.std())
    wanted = {
        "n": there.sum(), "ww": w @ w, "qq": q @ q, "cc": c @ c, "wq": w @ q, "wc": w @ c, "qc": q @ c,
        "n_up": up.sum(), "w_up": w[up].sum(), "n_down": (w < 0).sum(), "w_down": w[w < 0].sum(),
        "n_ground": ground.sum(), "wq_ground": (w * q)[ground].sum(), "wc_ground": (w * c)[ground].sum(),
        "n_plant": plant.sum(), "wq_plant": (w * q)[plant].sum(), "wc_plant": (w * c)[plant].sum(),
        "n_strong": strong.sum(), "q_strong_ground": q[strong & ground].sum(),
        "c_strong_ground": c[strong & ground].sum(),
    }  # fmt: skip
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, abs=1e-9), name


def neighbours_fit(y, weight, i, half, straight):
    """Weighted least squares by numpy, the point itself left out."""
    j = np.arange(max(0, i - half), min(y.size, i + half + 1))
    j = j[(j != i) & ~np.isnan(y[j]) & (weight[j] > 0)]
    tricube = (1 - (np.abs(j - i) / (half + 1)) ** 3) ** 3 * weight[j]
    if j.size == 0:
        return np.nan
    if straight and j.size > 1:
        return np.polyfit(j - i, y[j], 1, w=np.sqrt(tricube))[1]
    return np.average(y[j], weights=tricube)


@pytest.mark.parametrize("straight", [False, True])
def test_loess_is_weighted_least_squares(straight):
    y, weight = with_gaps(60, 1), np.random.default_rng(2).random(60)
    weight[::9] = 0.0
    found = loess.loess(y, weight, 6, straight)
    np.testing.assert_allclose(found, [neighbours_fit(y, weight, i, 6, straight) for i in range(60)])


def test_loess_widens_windows_without_data():
    y = np.full(30, np.nan)
    y[0], y[29] = 1.0, 2.0
    found = loess.loess(y, np.ones(30), 2, True)
    assert (found[1], found[0], found[28]) == (1.0, 2.0, 2.0)
    assert not np.isnan(found).any()
    np.testing.assert_allclose(loess.loess(y, np.ones(30), 0, True)[[1, 28]], [1.0, 2.0])
    for nothing in (np.empty(0), np.full(5, np.nan), np.array([1.0])):
        assert np.isnan(loess.loess(nothing, np.ones(nothing.size), 3, True)).all()


@pytest.mark.parametrize("kind", [pixels.DISC, pixels.SQUARE, pixels.CROSS, pixels.RING])
def test_marks_cover_their_area(kind):
    r = 6.0
    area = {
        pixels.DISC: np.pi * r * r, pixels.SQUARE: 4 * r * r, pixels.CROSS: 3.6 * r * r - (0.9 * r) ** 2,
        pixels.RING: np.pi * (r * r - (r - 1) ** 2),
    }[kind]  # fmt: skip
    out = pixels.uncovered(np.array([15.3]), np.array([14.8]), 30, 31, kind, r, 1.0)
    assert out.shape == (30, 31)
    if kind == pixels.CROSS:  # one bar only, as far as its ramp reaches: less than both bars
        assert 0.3 * area < np.sum(1.0 - out) < area
    else:
        assert np.sum(1.0 - out) == pytest.approx(area, rel=0.03)


def test_marks_beyond_the_image_and_missing_ones_leave_it():
    x = np.array([-50.0, 50.0, np.nan, 3.0, np.inf, 3.0])
    y = np.array([3.0, 3.0, 3.0, np.nan, 3.0, -np.inf])
    np.testing.assert_array_equal(pixels.uncovered(x, y, 7, 7, pixels.DISC, 2.0, 0.5), np.ones((7, 7)))
    edge = pixels.uncovered(np.array([0.0]), np.array([6.9]), 7, 7, pixels.DISC, 2.0, 0.5)
    assert edge[6, 0] == 0.5
    assert np.sum(edge < 1.0) < 10


def test_autoregression_solves_the_yule_walker_equations():
    rng = np.random.default_rng(1)
    x = np.zeros(5000)
    for t in range(2, x.size):
        x[t] = 0.6 * x[t - 1] - 0.3 * x[t - 2] + rng.normal()
    gamma = np.array([x[: x.size - k] @ x[k:] / x.size for k in range(9)])
    a = prewhitening.autoregression(gamma, x.size)
    p = a.size
    matrix = gamma[np.abs(np.subtract.outer(np.arange(p), np.arange(p)))]
    np.testing.assert_allclose(a, np.linalg.solve(matrix, gamma[1 : p + 1]))
    np.testing.assert_allclose(a[:2], [0.6, -0.3], atol=0.05)


@pytest.mark.parametrize("gamma", [[0.0, 0.0], [np.nan, 1.0], [1.0], [1.0, 0.0, 0.0]])
def test_no_autoregression(gamma):
    assert prewhitening.autoregression(np.array(gamma), 100).size == 0


def test_a_perfect_autoregression_ends():
    assert prewhitening.autoregression(np.array([1.0, 1.0, 1.0]), 100).size == 0


def test_maxima_of_resampled_blocks():
    rng = np.random.default_rng(1)
    products, counts = rng.normal(size=(5, 9)), rng.integers(0, 3, (20, 5))
    wanted = np.argmax(np.abs(counts @ products), axis=1)
    np.testing.assert_array_equal(prewhitening.resampled_maxima(products, counts), wanted)
