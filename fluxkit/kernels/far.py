"""Covariances at lags beyond any true one, for the limit of detection."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel(reassoc=True)
def _products(a, b, c, y):
    """Sums of y times a, b, c."""
    s0 = np.float32(0.0)
    s1 = np.float32(0.0)
    s2 = np.float32(0.0)
    for i in range(y.size):
        s0 += a[i] * y[i]
        s1 += b[i] * y[i]
        s2 += c[i] * y[i]
    return s0, s1, s2


@kernel
def far_covariances(wind, x, first, last, step):
    """Means of u v w (3, N) at i times x (N,) at i + lag, for lags -last..-first and first..last: (lag, 3).

    Series in single precision, centred, zero where missing; pieces that stay in the nearest cache serve
    all lags. Means are over the N - |lag| places, gaps counted.
    """
    if wind.shape[1] != x.size:
        raise ValueError("series differ in length")
    n = x.size
    half = (last - first) // step + 1
    out = np.zeros((2 * half, 3))
    for piece in range(0, n, 1024):
        for j in range(2 * half):
            lag = -first - j * step if j < half else first + (j - half) * step
            begin = max(piece, -lag)
            end = min(piece + 1024, n, n - lag)
            if end > begin:
                s = _products(
                    wind[0, begin:end], wind[1, begin:end], wind[2, begin:end], x[begin + lag : end + lag]
                )
                for k in range(3):
                    out[j, k] += s[k]
    for j in range(2 * half):
        lag = first + (j % half) * step
        for k in range(3):
            out[j, k] /= n - lag
    return out
