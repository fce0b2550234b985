"""Autoregressive filters of a series, and lagged products of two series by block."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def autoregression(autocovariance, n):
    """Coefficients a of x[t] = sum a[k] x[t - 1 - k] + e, order of least AIC (Levinson & Durbin).

    autocovariance (largest order + 1,) at lags 0, 1, ...; n samples behind it.
    """
    largest = autocovariance.size - 1
    a = np.zeros(largest)
    mirrored = np.zeros(largest)
    best = np.zeros(0)
    left = autocovariance[0]
    if not left > 0.0:
        return best
    lowest = n * np.log(left)
    for p in range(largest):
        reflection = autocovariance[p + 1]
        for k in range(p):
            reflection -= a[k] * autocovariance[p - k]
        reflection /= left
        for k in range(p):
            mirrored[k] = a[p - 1 - k]
        for k in range(p):
            a[k] -= reflection * mirrored[k]
        a[p] = reflection
        left *= 1.0 - reflection * reflection
        if not left > 0.0:
            break
        criterion = n * np.log(left) + 2.0 * (p + 1)
        if criterion < lowest:
            lowest = criterion
            best = a[: p + 1].copy()
    return best


@kernel(reassoc=True)
def _product(a, b):
    s = 0.0
    for i in range(a.size):
        s += a[i] * b[i]
    return s


@kernel
def block_products(a, b, lag_first, n_lags, n_blocks):
    """Sums over each block of i of a[i] b[i + lag]: (block, lag). Blocks are not cut off at their ends."""
    if b.size != a.size:
        raise ValueError("series differ in length")
    n = a.size
    out = np.zeros((n_blocks, n_lags))
    for block in range(n_blocks):
        for j in range(n_lags):
            lag = lag_first + j
            first = max(block * n // n_blocks, -lag)
            last = min((block + 1) * n // n_blocks, n - lag)
            if last > first:
                out[block, j] = _product(a[first:last], b[first + lag : last + lag])
    return out


@kernel
def resampled_maxima(products, counts):
    """Where the absolute sum over blocks, each taken counts times, is largest: (resample,).

    products (block, lag); counts (resample, block). The first of equal maxima.
    """
    n_blocks, n_lags = products.shape
    if counts.shape[1] != n_blocks:
        raise ValueError("not as many counts as blocks")
    out = np.zeros(counts.shape[0], dtype=np.int64)
    total = np.empty(n_lags)
    for r in range(counts.shape[0]):
        total[:] = 0.0
        for block in range(n_blocks):
            times = counts[r, block]
            if times != 0:
                total += times * products[block]
        highest = -1.0
        for j in range(n_lags):
            if abs(total[j]) > highest:
                highest = abs(total[j])
                out[r] = j
    return out
