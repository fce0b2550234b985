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
        if first < 0 or last > coefficients.shape[1]:
            raise ValueError("a bin reaches beyond the coefficients")
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
def summed_cross_spectra(a, b, first, second):
    """Sums over segments of conj(a) b for the row pairs (first[p], second[p]): (pair, F).

    a (row, segment, F), b (row, segment, F) complex.
    """
    out = np.zeros((first.size, a.shape[2]), a.dtype)
    for p in range(first.size):
        for s in range(a.shape[1]):
            _add_cross(a[first[p], s], b[second[p], s], out[p])
    return out
