"""The direct path: rotate, align, detrend and correlate the samples themselves.

Slower than the moments and independent of them: the oracle they are tested against, and
the way for what needs the samples. NaN is missing.
"""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def mean(x):
    """Mean of the samples that are there."""
    n = 0
    s = 0.0
    for i in range(x.size):
        if not np.isnan(x[i]):
            s += x[i]
            n += 1
    return s / n if n > 0 else np.nan


@kernel
def rotate(wind, matrix):
    """Rotate each sample of wind (3, N) by matrix (3, 3); a sample with a gap is lost whole."""
    out = np.empty_like(wind)
    for i in range(wind.shape[1]):
        for k in range(3):
            out[k, i] = matrix[k, 0] * wind[0, i] + matrix[k, 1] * wind[1, i] + matrix[k, 2] * wind[2, i]
    return out


@kernel
def align(x, lag):
    """Shift x so that its sample i + lag stands at i; the end that runs out is NaN."""
    n = x.size
    out = np.full(n, np.nan)
    for i in range(max(0, -lag), min(n, n - lag)):
        out[i] = x[i + lag]
    return out


@kernel
def covariance(x, y, linear):
    """Covariance (1/N) over the pairs that are both there, after removing means or linear trends."""
    if y.size != x.size:
        raise ValueError("series differ in length")
    n = x.size
    m = 0
    st = 0.0
    sx = 0.0
    sy = 0.0
    for i in range(n):
        if not (np.isnan(x[i]) or np.isnan(y[i])):
            m += 1
            st += i
            sx += x[i]
            sy += y[i]
    if m < 2:
        return np.nan
    st /= m
    sx /= m
    sy /= m
    tt = 0.0
    tx = 0.0
    ty = 0.0
    if linear:
        for i in range(n):
            if not (np.isnan(x[i]) or np.isnan(y[i])):
                tt += (i - st) * (i - st)
                tx += (i - st) * (x[i] - sx)
                ty += (i - st) * (y[i] - sy)
    bx = tx / tt if tt > 0.0 else 0.0
    by = ty / tt if tt > 0.0 else 0.0
    s = 0.0
    for i in range(n):
        if not (np.isnan(x[i]) or np.isnan(y[i])):
            s += (x[i] - sx - bx * (i - st)) * (y[i] - sy - by * (i - st))
    return s / m


@kernel
def block_covariances(x, y, n_blocks):
    """Covariance over each of n_blocks sub-periods, their own means removed: (n_blocks,)."""
    n = x.size
    out = np.empty(n_blocks)
    for b in range(n_blocks):
        first = b * n // n_blocks
        last = (b + 1) * n // n_blocks
        out[b] = covariance(x[first:last], y[first:last], False)
    return out


@kernel
def lagged_covariances(x, y, lag_first, n_lags):
    """Covariance of x[i] and y[i + lag] for each lag, over the pairs that are both there: (n_lags,)."""
    out = np.empty(n_lags)
    for j in range(n_lags):
        out[j] = covariance(x, align(y, lag_first + j), False)
    return out


@kernel
def residuals(x, linear):
    """Subtract from x its mean or its line; NaN where missing."""
    n = x.size
    out = np.empty(n)
    m = 0
    st = 0.0
    sx = 0.0
    for i in range(n):
        if not np.isnan(x[i]):
            m += 1
            st += i
            sx += x[i]
    if m == 0:
        return np.full(n, np.nan)
    st /= m
    sx /= m
    tt = 0.0
    tx = 0.0
    if linear:
        for i in range(n):
            if not np.isnan(x[i]):
                tt += (i - st) * (i - st)
                tx += (i - st) * (x[i] - sx)
    slope = tx / tt if tt > 0.0 else 0.0
    for i in range(n):
        out[i] = x[i] - sx - slope * (i - st)
    return out


@kernel
def correlation_function(x, y, lag_first, n_lags):
    """Mean of x[i] y[i + lag] over the pairs that are there, for residuals x and y: (n_lags,)."""
    if y.size != x.size:
        raise ValueError("series differ in length")
    n = x.size
    out = np.zeros(n_lags)
    for j in range(n_lags):
        lag = lag_first + j
        s = 0.0
        m = 0
        for i in range(max(0, -lag), min(n, n - lag)):
            if not (np.isnan(x[i]) or np.isnan(y[i + lag])):
                s += x[i] * y[i + lag]
                m += 1
        out[j] = s / max(m, 1)
    return out
