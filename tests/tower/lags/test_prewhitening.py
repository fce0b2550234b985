"""Lags of weak covariances by pre-whitening and bootstrap."""

import numpy as np
import pytest
from scipy.signal import lfilter

from fluxkit.kernels import prewhitening as kernels
from fluxkit.tower.lags import prewhitening as pw

N, RATE, LAG, WINDOW = 18000, 10.0, 12, (-10, 50)


def series(seed: int, weight: float = 0.06, n: int = N, lag: int = LAG):
    """Wind, sonic temperature, and a slow gas that follows the wind by `lag` samples, mostly noise."""
    rng = np.random.default_rng(seed)
    e = rng.standard_normal(n)
    w = lfilter([1.0], [1.0, -0.8], e)
    t = lfilter([1.0], [1.0, -0.95], 0.5 * e + rng.standard_normal(n))
    own = np.sqrt(1.0 - weight**2) * rng.standard_normal(n)
    gas = np.roll(lfilter([1.0], [1.0, -0.97], weight * e + own), lag)
    return w, t, gas


def find(w, t, gas, window=WINDOW):
    return pw.bootstrapped_lags(w, t, {"x": gas}, {"x": window}, rate=RATE)["x"]


def largest_covariance(w, gas, window=WINDOW) -> int:
    lags = range(window[0], window[1] + 1)
    size = [abs(np.mean(w[100 : N - 100] * gas[100 + k : N - 100 + k])) for k in lags]
    return lags[int(np.argmax(size))]


def test_a_lag_that_covariance_maximisation_misses_is_found():
    """Correlation about 0.05; 12 periods, to within one sample."""
    found, maxima, correlation = [], [], []
    for seed in range(12):
        w, t, gas = series(seed)
        found.append(abs(find(w, t, gas).lag - LAG))
        maxima.append(abs(largest_covariance(w, gas) - LAG))
        correlation.append(np.corrcoef(w[:-LAG], gas[LAG:])[0, 1])
    assert 0.03 < np.mean(correlation) < 0.08
    assert np.mean(np.array(maxima) <= 1) < 0.6
    assert np.mean(np.array(found) <= 1) > 0.9


def test_the_interval_tells_a_clear_lag_from_noise():
    clear, noise = find(*series(0, weight=0.3)), find(*series(0, weight=0.0))
    assert (clear.lag, clear.low, clear.high) == (LAG, LAG, LAG)
    assert noise.high - noise.low > 20


def test_scale_offset_and_sign_do_not_matter_and_delay_adds():
    w, t, gas = series(3, weight=0.1)
    first = find(w, t, gas)
    assert find(w, t + 300.0, 0.016 - 1e-6 * gas) == first
    assert find(w, t, np.roll(gas, 7)).lag == first.lag + 7


def test_the_same_again():
    w, t, gas = series(4, weight=0.02)
    assert find(w, t, gas) == find(w.copy(), t.copy(), gas.copy())


def test_gaps_are_bridged_and_lost_or_dead_gases_have_no_lag():
    w, t, gas = series(5, weight=0.15)
    gas[3000:3300] = np.nan
    w[[0, 5, N - 1]] = np.nan
    assert find(w, t, gas).lag == LAG
    for lost in (np.full(N, np.nan), np.full(N, 0.4)):
        assert np.isnan(find(w, t, lost).lag)


def test_a_short_stretch_has_no_lag():
    w, t, gas = (x[:900] for x in series(6))
    assert np.isnan(find(w, t, gas).lag)


def test_a_random_walk_has_a_unit_root_and_noise_has_none():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((200, 2000))
    walks = np.cumsum(noise, axis=1)
    assert not any(pw.has_unit_root(x - x.mean()) for x in noise)
    rejected = np.mean([not pw.has_unit_root(x - x.mean()) for x in walks])
    assert rejected < 0.05


def test_a_gas_that_drifts_as_a_walk_is_differenced():
    w, t, gas = series(7, weight=0.15)
    walk = 3.0 * np.cumsum(np.random.default_rng(1).standard_normal(N))
    assert pw.has_unit_root(walk - walk.mean())
    assert abs(find(w, t, 60.0 * gas + walk).lag - LAG) <= 1


def test_autoregression_finds_its_coefficients():
    """Autocovariance of an AR(2) with 0.5 and -0.3, in closed form."""
    a, b = 0.5, -0.3
    rho = np.empty(21)
    rho[0], rho[1] = 1.0, a / (1.0 - b)
    for k in range(2, 21):
        rho[k] = a * rho[k - 1] + b * rho[k - 2]
    np.testing.assert_allclose(kernels.autoregression(rho, 1000), [a, b], rtol=1e-12)
    assert kernels.autoregression(np.zeros(5), 10).size == 0


def test_products_by_block_add_up_to_the_whole():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 500))
    sums = kernels.block_products(a, b, -4, 9, 7)
    for j, lag in enumerate(range(-4, 5)):
        i = np.arange(max(0, -lag), min(500, 500 - lag))
        np.testing.assert_allclose(sums[:, j].sum(), a[i] @ b[i + lag])


@pytest.mark.parametrize(("values", "mode"), [([3], 3), ([1, 1, 2, 2, 2, 9], 2), ([-1, -1, 0, 0], -1)])
def test_the_most_frequent_value(values, mode):
    assert pw.most_frequent(np.array(values)) == mode


def test_the_shortest_interval_leaves_out_the_far_side():
    values = np.concatenate([np.arange(95), np.full(5, 1000)])
    assert pw.shortest_interval(values, 0.95) == (0.0, 94.0)
