"""Binned cross spectra from Fourier coefficients."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel(reassoc=True)
def binned_cross_spectra(coefficients, edges, scale):
    """Means over frequency bins of conj(F_a) F_b for all channel pairs a <= b.

    coefficients (channel, F) complex; edges (K + 1,) indices; returns real and imaginary part
    (pair, K), NaN where a bin is empty.
    """
    channels = coefficients.shape[0]
    n_bins = edges.size - 1
    n_pairs = channels * (channels + 1) // 2
    real = np.full((n_pairs, n_bins), np.nan)
    imag = np.full((n_pairs, n_bins), np.nan)
    for k in range(n_bins):
        first = edges[k]
        last = edges[k + 1]
        if last <= first:
            continue
        pair = 0
        for a in range(channels):
            for b in range(a, channels):
                re = 0.0
                im = 0.0
                for i in range(first, last):
                    x = coefficients[a, i]
                    y = coefficients[b, i]
                    re += x.real * y.real + x.imag * y.imag
                    im += x.real * y.imag - x.imag * y.real
                real[pair, k] = re * scale / (last - first)
                imag[pair, k] = im * scale / (last - first)
                pair += 1
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
