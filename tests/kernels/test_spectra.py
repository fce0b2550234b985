"""Binned cross spectra against numpy."""

import numpy as np
import pytest

from fluxkit.kernels import spectra


def test_binned_cross_spectra_are_means_over_bins():
    rng = np.random.default_rng(0)
    c = rng.standard_normal((3, 20)) + 1j * rng.standard_normal((3, 20))
    edges = np.array([1, 4, 4, 11, 20])
    real, imag = spectra.binned_cross_spectra(c, edges, 0.5, *np.triu_indices(len(c)))
    assert real.shape == imag.shape == (6, 4)
    pairs = [(a, b) for a in range(3) for b in range(a, 3)]
    for p, (a, b) in enumerate(pairs):
        product = 0.5 * np.conj(c[a]) * c[b]
        for k in (0, 2, 3):
            mean = product[edges[k] : edges[k + 1]].mean()
            np.testing.assert_allclose([real[p, k], imag[p, k]], [mean.real, mean.imag], atol=1e-12)
    assert np.isnan(real[:, 1]).all()
    np.testing.assert_allclose(imag[[0, 3, 5]][:, [0, 2, 3]], 0.0, atol=1e-12)


def test_sign_of_the_quadrature_spectrum():
    """A wave that lags by a quarter has the coefficient -i times that of the other: conj(F_a) F_b = -i."""
    n, k = 64, 5
    t = np.arange(n)
    a, b = np.cos(2 * np.pi * k * t / n), np.cos(2 * np.pi * k * t / n - np.pi / 2)
    pairs = np.triu_indices(2)
    _, imag = spectra.binned_cross_spectra(np.fft.rfft(np.stack([a, b])), np.array([k, k + 1]), 1.0, *pairs)
    assert imag[1, 0] < 0


@pytest.mark.parametrize("segments", [0, 1, 3])
def test_cross_spectra_are_summed_over_segments(segments):
    rng = np.random.default_rng(1)
    a, b = (
        rng.normal(size=(segments, rows, 5)) + 1j * rng.normal(size=(segments, rows, 5)) for rows in (2, 3)
    )
    first, second = np.array([0, 1, 1]), np.array([2, 0, 1])
    found = np.zeros((3, 5), np.complex128)
    spectra.add_cross_spectra(a, b, first, second, found)
    np.testing.assert_allclose(found, np.sum(np.conj(a[:, first]) * b[:, second], axis=0))


@pytest.mark.parametrize("n", [1, 2, 3, 7, 64, 65])
def test_a_taper_on_the_coefficients_is_one_on_the_series(n):
    x = np.random.default_rng(2).normal(size=(3, n))
    taper = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(n) / n)
    plain = np.fft.rfft(x)
    found = np.empty_like(plain)
    spectra.hamming(plain, n % 2 == 1, found)
    np.testing.assert_allclose(found, np.fft.rfft(x * taper), atol=1e-12)
