"""Binned cross spectra from Fourier coefficients."""

import numpy as np

from fluxkit.kernels._jit import kernel

#: Coefficients of all channels that are laid side by side at a time: they stay in the nearest cache.
_PIECE = 256


@kernel(reassoc=True)
def _cross(parts, a, b, size):
    """Sum of conj(x) y of channels a and b: real and imaginary part. parts (2, channel, i): the same."""
    re = 0.0
    im = 0.0
    for i in range(size):
        re += parts[0, a, i] * parts[0, b, i] + parts[1, a, i] * parts[1, b, i]
        im += parts[0, a, i] * parts[1, b, i] - parts[1, a, i] * parts[0, b, i]
    return re, im


@kernel
def binned_cross_spectra(coefficients, edges, scale, first, second):
    """Means over frequency bins of conj(F_a) F_b for the channel pairs (first[p], second[p]).

    coefficients (channel, F) complex; edges (K + 1,) indices; returns real and imaginary part
    (pair, K), NaN where a bin is empty. Parts are laid side by side first: complex numbers one
    after the other make poor vector code, and so does a slice of several rows, whose stride is unknown.
    """
    channels, n = coefficients.shape
    parts = np.empty((2, channels, _PIECE))
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
        real[:, k] = 0.0
        imag[:, k] = 0.0
        for at in range(begin, end, _PIECE):
            size = min(_PIECE, end - at)
            for a in range(channels):
                for i in range(size):
                    parts[0, a, i] = coefficients[a, at + i].real
                    parts[1, a, i] = coefficients[a, at + i].imag
            for p in range(first.size):
                re, im = _cross(parts, first[p], second[p], size)
                real[p, k] += re
                imag[p, k] += im
        for p in range(first.size):
            real[p, k] = real[p, k] * scale / (end - begin)
            imag[p, k] = imag[p, k] * scale / (end - begin)
    return real, imag


@kernel(reassoc=True)
def _add_cross(x, y, out):
    """Add conj(x) y to out."""
    for i in range(x.size):
        out[i] += np.conj(x[i]) * y[i]


@kernel
def add_cross_spectra(a, b, first, second, out):
    """Add conj(a) b of the row pairs (first[p], second[p]), block by block, to out: (pair, F).

    a, b (block, row, F) complex.
    """
    for k in range(a.shape[0]):
        for p in range(first.size):
            _add_cross(a[k, first[p]], b[k, second[p]], out[p])


@kernel(reassoc=True)
def hamming(coefficients, odd, out):
    """Coefficients (row, F) under Hamming's taper 0.54 - 0.46 cos(2 pi i / n), from those without one.

    A cosine moves what it multiplies by one frequency up and down. odd: whether n is; beyond the last
    coefficient the next is the conjugate of the one before it, or of itself.
    """
    rows, n = coefficients.shape
    for r in range(rows):
        for k in range(1, n - 1):
            out[r, k] = 0.54 * coefficients[r, k] - 0.23 * (coefficients[r, k - 1] + coefficients[r, k + 1])
        if n > 1:
            out[r, 0] = 0.54 * coefficients[r, 0] - 0.46 * coefficients[r, 1].real
            mirrored = coefficients[r, n - 1] if odd else coefficients[r, n - 2]
            out[r, n - 1] = 0.54 * coefficients[r, n - 1] - 0.23 * (
                coefficients[r, n - 2] + np.conj(mirrored)
            )
        else:
            out[r, 0] = 0.08 * coefficients[r, 0]
