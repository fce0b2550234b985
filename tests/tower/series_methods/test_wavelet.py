"""Wavelet covariances: normalisation, cut in scale, place in time."""

import numpy as np
import pytest
from scipy import fft

from fluxkit.tower.series_methods import wavelet

RATE, N, STEPS = 10.0, 18000, 30


def turbulence(seed: int = 0, n: int = N, red: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    common = np.convolve(rng.standard_normal(n + red), np.ones(red) / red, mode="valid")[:n]
    return 0.3 * (2 * common + rng.standard_normal(n)), 5.0 + 2 * common + rng.standard_normal(n)


def covariance(w, x):
    return float(np.mean((w - w.mean()) * (x - x.mean())))


def test_constant_of_reconstruction():
    """The paper's table 2 has 0.776, from its equation 13; ours makes covariances whole."""
    assert wavelet.reconstruction_constant() == pytest.approx(0.7664, abs=1e-4)
    eta = np.linspace(1e-3, 30, 200_001)
    amplitude = np.trapezoid(wavelet.morlet(eta) / eta, eta)  # of a pulse, real part, all scales
    theirs = np.sqrt(np.pi / 2) / (np.pi**-0.25 * np.log(2)) * amplitude
    assert theirs == pytest.approx(0.776, abs=3e-3)  # they sum a finite set of scales


def test_variance_of_white_noise_is_its_own():
    """Parseval: all scales together hold all variance."""
    x = np.random.default_rng(1).standard_normal(N)
    got = wavelet.covariances(np.stack([x, x]), rate=RATE, steps=STEPS, longest=4e5)
    assert got.mean() == pytest.approx(x.var(), rel=2e-3)


@pytest.mark.parametrize("n", [N, 17990, 3000])
def test_mean_over_the_period_is_the_covariance(n):
    w, x = turbulence(n=n)
    got = wavelet.covariances(np.stack([w, x]), rate=RATE, steps=STEPS, longest=4e5)
    assert got.mean() == pytest.approx(covariance(w, x), rel=2e-3)


def test_slow_scales_are_left_out():
    w, x = turbulence()
    t = np.arange(N) / RATE
    slow = np.cos(2 * np.pi * t / 600)  # a whole number of waves, even about both ends
    rows = np.stack([w + slow, x + slow])
    cut = wavelet.covariances(rows, rate=RATE, steps=STEPS, longest=120.0).mean()
    kept = wavelet.covariances(rows, rate=RATE, steps=STEPS, longest=4e5).mean()
    without = wavelet.covariances(np.stack([w, x]), rate=RATE, steps=STEPS, longest=120.0).mean()
    assert cut == pytest.approx(without, abs=0.01 * abs(without))
    assert kept - cut == pytest.approx(0.5, abs=0.03)


def test_the_cut_agrees_with_the_integral_of_the_cospectrum():
    w, x = turbulence(2)
    y = np.stack([w - w.mean(), x - x.mean()])
    a, b = fft.rfft(np.concatenate([y, y[:, ::-1]], axis=1))
    co = 2 * (a * b.conj()).real / (2 * N) ** 2
    f = np.arange(co.size) * RATE / (2 * N)
    expected = co[f > 1 / 60].sum()
    got = wavelet.covariances(np.stack([w, x]), rate=RATE, steps=STEPS, longest=60.0).mean()
    assert got == pytest.approx(expected, rel=0.01)


def test_an_event_is_found_in_its_minute():
    rng = np.random.default_rng(3)
    w, x = 0.1 * rng.standard_normal((2, N))
    event = slice(17 * 600 + 100, 17 * 600 + 400)  # 30 s within minute 17
    gust = np.sin(2 * np.pi * np.arange(300) / 50)
    w[event] += gust
    x[event] += gust
    got = wavelet.covariances(np.stack([w, x]), rate=RATE, steps=STEPS, longest=1800.0)[0]
    assert int(np.argmax(got)) == 17
    assert got[17] == pytest.approx(0.5 * 300 / 600, rel=0.1)
    assert np.abs(np.delete(got, [16, 17, 18])).max() < 0.02


def test_time_reversed_and_scaled():
    w, x = turbulence(4)
    a = wavelet.covariances(np.stack([w, x]), rate=RATE, steps=STEPS, longest=1800.0)
    b = wavelet.covariances(np.stack([2 * w[::-1], x[::-1] + 9]), rate=RATE, steps=STEPS, longest=1800.0)
    np.testing.assert_allclose(b, 2 * a[:, ::-1], atol=1e-12)


def test_gaps_are_bridged():
    x = np.array([np.nan, 1.0, np.nan, 3.0, np.nan])
    np.testing.assert_array_equal(wavelet.fill_gaps(x), [1, 1, 2, 3, 3])
    assert np.isnan(wavelet.fill_gaps(np.full(3, np.nan))).all()
