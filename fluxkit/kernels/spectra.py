"""Binned cross spectra from Fourier coefficients."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel(reassoc=True)
def _cross(x_real, x_imag, y_real, y_imag):
    """Sum of conj(x) y: real and imaginary part."""
    re = 0.0
    im = 0.0
    for i in range(x_real.size):
        re += x_real[i] * y_real[i] + x_imag[i] * y_imag[i]
        im += x_real[i] * y_imag[i] - x_imag[i] * y_real[i]
    return re, im


@kernel
def binned_cross_spectra(coefficients, edges, scale, first, second):
    """Means over frequency bins of conj(F_a) F_b for the channel pairs (first[p], second[p]).

    coefficients (channel, F) complex; edges (K + 1,) indices; returns real and imaginary part
    (pair, K), NaN where a bin is empty. Parts are laid side by side first: complex numbers one
    after the other make poor vector code.
    """
    channels, n = coefficients.shape
    parts = np.empty((2, channels, n))
    for a in range(channels):
        for i in range(n):
            parts[0, a, i] = coefficients[a, i].real
            parts[1, a, i] = coefficients[a, i].imag
    n_bins = edges.size - 1
    real = np.full((first.size, n_bins), np.nan)
    imag = np.full((first.size, n_bins), np.nan)
    for k in range(n_bins):
        begin = edges[k]
        end = edges[k + 1]
        if end <= begin:
            continue
        if begin < 0 or end > n:
            raise ValueError("a bin reaches beyond the coefficients")
        x = parts[:, :, begin:end]
        for p in range(first.size):
            a = first[p]
            b = second[p]
            re, im = _cross(x[0, a], x[1, a], x[0, b], x[1, b])
            real[p, k] = re * scale / (end - begin)
            imag[p, k] = im * scale / (end - begin)
    return real, imag


@kernel(reassoc=True)
def _add_cross(x, y, out):
    """Add conj(x) y to out."""
    for i in range(x.size):
        out[i] += np.conj(x[i]) * y[i]


@kernel
def add_cross_spectra(a, b, first, second, out):
    """Add conj(a) b of the row pairs (first[p], second[p]) to out: (pair, F).

    a, b (row, F) complex.
    """
    for p in range(first.size):
        _add_cross(a[first[p]], b[second[p]], out[p])
