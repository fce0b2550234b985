"""Random error of a covariance: analytic cases, and the spread of an ensemble."""

import numpy as np
import pytest

from fluxkit.synthetic.turbulence import PlantedScalar, surrogate
from fluxkit.tower.uncertainty.random_error import (
    billesbach_2011,
    finkelstein_sims_2001,
    integral_time_scale,
    langford_2015,
    lenschow_2000,
    mann_lenschow_1994,
)


def error(ww, xx, wx, n) -> float:
    return float(finkelstein_sims_2001(ww[None], xx[None], wx[None], samples=np.array([n]))[0])


def test_white_noise():
    """Independent samples: sigma_w sigma_x / sqrt(n)."""
    H = 20
    delta, none = np.zeros(H + 1), np.zeros(2 * H + 1)
    delta[0] = 1.0
    assert error(0.25 * delta, 4.0 * delta, none, 10000.0) == pytest.approx(0.5 * 2.0 / 100.0)


def test_red_noise():
    """Independent series with autocorrelation r^h: variance times (1 + r^2) / (1 - r^2)."""
    r, h = 0.8, np.arange(121)
    expected = np.sqrt((1 + r**2) / (1 - r**2) / 5000.0)
    assert error(r**h, r**h, np.zeros(241), 5000.0) == pytest.approx(expected, rel=1e-6)


def test_a_series_with_itself():
    """White noise: the variance of a variance is 2 sigma^4 / n."""
    delta, both = np.zeros(11), np.zeros(21)
    delta[0] = both[10] = 1.0
    assert error(delta, delta, both, 200.0) == pytest.approx(np.sqrt(2.0 / 200.0))


def test_sides_of_the_cross_covariance_are_paired():
    """Terms are R_wx(h) R_wx(-h): one-sided cross-covariance adds nothing but at lag 0."""
    delta, both = np.zeros(11), np.zeros(21)
    delta[0] = 1.0
    both[10:] = 0.3
    assert error(delta, delta, both, 100.0) == pytest.approx(np.sqrt((1.0 + 0.09) / 100.0))
    both[9] = 0.3
    assert error(delta, delta, both, 100.0) == pytest.approx(np.sqrt((1.0 + 0.09 + 2 * 0.09) / 100.0))


def test_reach_cuts_the_sum():
    r = 0.8 ** np.arange(51)[None]
    out = finkelstein_sims_2001(r, r, np.zeros((1, 101)), samples=np.array([1.0]), reach=np.array([2]))
    assert out[0] ** 2 == pytest.approx(1 + 2 * (0.64 + 0.64**2))


def test_units_and_missing():
    rng = np.random.default_rng(0)
    ww, xx, wx = np.exp(-np.arange(31) / 5), np.exp(-np.arange(31) / 8), 0.1 * rng.random(61)
    assert error(ww, 1e-12 * xx, 1e-6 * wx, 900.0) == pytest.approx(1e-6 * error(ww, xx, wx, 900.0))
    assert np.isnan(error(ww * np.nan, xx, wx, 900.0))


def test_integral_time_scale():
    """Exponential with 2 s at 10 Hz: a sum that starts at 1 exceeds the integral by half a step."""
    c = np.exp(-np.arange(400) / 20.0)
    scale = integral_time_scale(np.stack([c, -3.0 * c]), rate=10.0)
    np.testing.assert_allclose(scale, 2.05, atol=0.001)
    crossing = np.where(np.arange(400) < 5, 1.0, np.where(np.arange(400) < 10, -1.0, 1.0))
    assert integral_time_scale(crossing[None], rate=10.0)[0] == pytest.approx(0.5)


def test_where_an_integral_time_scale_ends():
    """Exponential of 2 s: to 1/e it holds 1 - 1/e of the whole; what follows a zero counts in all."""
    c = np.exp(-np.arange(400) / 20.0)[None]
    folding = integral_time_scale(c, rate=10.0, until="e-folding")[0]
    assert folding == pytest.approx((1 - np.exp(-1)) / (1 - np.exp(-0.05)) / 10.0)
    turned = np.where(np.arange(400) < 5, c, -c)
    assert integral_time_scale(turned, rate=10.0)[0] == pytest.approx(c[0, :5].sum() / 10.0)
    whole = integral_time_scale(turned, rate=10.0, until="all")[0]
    assert whole == pytest.approx(integral_time_scale(c, rate=10.0)[0])


def test_mann_lenschow_by_hand():
    """r = 0.5, 4 s of 1800 s: 0.1 sqrt(1.25 / 0.25) sqrt(8 / 1800); without covariance sigma sigma counts."""
    given = {"sigma_w": np.array([0.4]), "time_scale": np.array([4.0]), "period": 1800.0}
    found = mann_lenschow_1994(np.array([-0.1]), sigma_x=np.array([0.5]), **given)
    assert found[0] == pytest.approx(0.1 * np.sqrt(5.0) * np.sqrt(8.0 / 1800.0))
    none = mann_lenschow_1994(np.array([0.0]), sigma_x=np.array([0.5]), **given)
    assert none[0] == pytest.approx(0.2 * np.sqrt(8.0 / 1800.0))
    assert np.isnan(mann_lenschow_1994(np.array([np.nan]), sigma_x=np.array([0.5]), **given)[0])


def test_the_shuffle_need_not_be_done():
    """2000 real shuffles of correlated, skewed series scatter as the formula says, to 5 %."""
    rng = np.random.default_rng(5)
    w = np.convolve(rng.standard_normal(620), np.ones(21) / 5.0, mode="valid")
    x = np.exp(w + rng.standard_normal(w.size))
    w, x = w - w.mean(), x - x.mean()
    shuffled = [np.mean(w * rng.permutation(x)) for _ in range(2000)]
    one = {"sigma_w": np.array([w.std()]), "sigma_x": np.array([x.std()])}
    assert np.std(shuffled) == pytest.approx(billesbach_2011(**one, samples=np.array([w.size]))[0], rel=0.05)
    assert np.isnan(billesbach_2011(**one, samples=np.array([1.0]))[0])


def test_noise_share_is_the_spread_that_noise_adds():
    rng = np.random.default_rng(6)
    w = np.cumsum(rng.standard_normal(900))
    w -= w.mean()
    found = [np.mean(w * 0.3 * rng.standard_normal(w.size)) for _ in range(2000)]
    share = lenschow_2000(sigma_w=np.array([w.std()]), noise=np.array([0.3]), samples=np.array([w.size]))
    assert np.std(found) == pytest.approx(share[0], rel=0.05)


def test_detection_limit_follows_the_rotation():
    covariances = np.random.default_rng(7).standard_normal((40, 3))
    far = (covariances.T @ covariances / 40)[None]
    s, c = np.sin(0.1), np.cos(0.1)
    matrix = np.array([[[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]]])
    rotated = covariances @ matrix[0, 2]
    assert langford_2015(far, matrix)[0] == pytest.approx(np.sqrt(np.mean(rotated**2)))
    assert np.isnan(langford_2015(far * np.nan, matrix)[0])


def correlation(x: np.ndarray, y: np.ndarray, H: int) -> np.ndarray:
    n = x.size
    return np.array(
        [np.mean(x[max(0, -h) : n - max(0, h)] * y[max(0, h) : n + min(0, h)]) for h in range(-H, H + 1)]
    )


@pytest.mark.slow
def test_error_is_the_spread_of_an_ensemble():
    """Stretches of one long surrogate: their covariances scatter as the formula says of each, to 20 %."""
    n, H, rate = 6000, 200, 10.0
    found, errors = [], []
    for seed in range(4):
        t = surrogate(
            64 * n, rate, ustar=0.4, scalars={"x": PlantedScalar(0.5, 0.1)}, height=3.0, wind_speed=4.0,
            quadrature="random", seed=seed,
        ).data  # fmt: skip
        for w, x in zip(t["w"].reshape(-1, n), t["x"].reshape(-1, n), strict=True):
            w, x = w - w.mean(), x - x.mean()
            found.append(np.mean(w * x))
            errors.append(error(correlation(w, w, H)[H:], correlation(x, x, H)[H:], correlation(w, x, H), n))
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(found), rel=0.2)
