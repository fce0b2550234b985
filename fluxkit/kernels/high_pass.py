"""High-pass filters of a series with gaps, and sums of what they leave.

All take NaN for missing, leave it missing, and give the series minus its slow part.
"""

import numpy as np

from fluxkit.kernels._jit import kernel

RUNNING_MEAN = 0
EXPONENTIAL = 1
LINES = 2


@kernel
def running_mean(x, window, stays):
    """Subtract the mean of the last `window` samples, this one included; at the start, of those there are.

    stays: beyond the start the mean moves on by (new - leaving) / window where both are there, and else
    stays; gaps then leave it off for good.
    """
    n = x.size
    out = np.full(n, np.nan)
    total = 0.0
    count = 0
    for i in range(n):
        leaves = i >= window and not np.isnan(x[i - window])
        enters = not np.isnan(x[i])
        if stays and i >= window:
            if leaves and enters:
                total += (x[i] - x[i - window]) * count / window
        else:
            if leaves:
                total -= x[i - window]
                count -= 1
            if count == 0:
                total = 0.0
            if enters:
                total += x[i]
                count += 1
        if enters and count > 0:
            out[i] = x[i] - total / count
    return out


@kernel
def exponential(x, window, keep):
    """Subtract slow[i] = keep slow[i-1] + (1 - keep) x[i], which starts as the mean of the first samples.

    Over the first `window` samples the slow part is the mean of those so far; gaps leave it as it is.
    """
    n = x.size
    out = np.full(n, np.nan)
    slow = 0.0
    total = 0.0
    count = 0
    for i in range(n):
        if np.isnan(x[i]):
            continue
        if i < window or count == 0:
            total += x[i]
            count += 1
            slow = total / count
        else:
            slow = keep * slow + (1.0 - keep) * x[i]
        out[i] = x[i] - slow
    return out


@kernel
def lines(x, window, counted):
    """Subtract a line from each stretch of `window` samples; the last stretch takes what remains over.

    counted: lines are fitted over the number of the valid sample instead of its place.
    """
    n = x.size
    out = np.full(n, np.nan)
    pieces = max(1, n // window)
    for p in range(pieces):
        first = p * window
        last = n if p == pieces - 1 else first + window
        m = 0
        st = 0.0
        sx = 0.0
        for i in range(first, last):
            if not np.isnan(x[i]):
                st += m if counted else i - first
                sx += x[i]
                m += 1
        if m == 0:
            continue
        st /= m
        sx /= m
        tt = 0.0
        tx = 0.0
        k = 0
        for i in range(first, last):
            if not np.isnan(x[i]):
                t = (k if counted else i - first) - st
                tt += t * t
                tx += t * (x[i] - sx)
                k += 1
        slope = tx / tt if tt > 0.0 else 0.0
        for i in range(first, last):
            out[i] = x[i] - sx - slope * (i - first - st)
    return out


@kernel
def high_pass(x, kind, window, keep, loose):
    """Apply one of the three; loose: a running mean `stays` at gaps, lines are those of `counted` samples."""
    if kind == RUNNING_MEAN:
        return running_mean(x, window, loose)
    if kind == EXPONENTIAL:
        return exponential(x, window, keep)
    return lines(x, window, loose)


@kernel
def wind_sums(u):
    """Sums over samples of a filtered wind vector u (3, N): n, u v w, uu uv uw vv vw ww (10,)."""
    out = np.zeros(10)
    for i in range(u.shape[1]):
        a = u[0, i]
        b = u[1, i]
        c = u[2, i]
        if np.isnan(a) or np.isnan(b) or np.isnan(c):
            continue
        out[0] += 1.0
        out[1] += a
        out[2] += b
        out[3] += c
        out[4] += a * a
        out[5] += a * b
        out[6] += a * c
        out[7] += b * b
        out[8] += b * c
        out[9] += c * c
    return out


@kernel
def scalar_sums(x):
    """Sums of a filtered series: n, x, xx (3,)."""
    out = np.zeros(3)
    for i in range(x.size):
        if not np.isnan(x[i]):
            out[0] += 1.0
            out[1] += x[i]
            out[2] += x[i] * x[i]
    return out


@kernel(reassoc=True)
def _dot(a, b):
    """Sum of products."""
    s = 0.0
    for i in range(a.size):
        s += a[i] * b[i]
    return s


@kernel(reassoc=True)
def _dots(u, v, w, y):
    """Sums of products of u, v, w with y."""
    s0 = 0.0
    s1 = 0.0
    s2 = 0.0
    for i in range(y.size):
        s0 += u[i] * y[i]
        s1 += v[i] * y[i]
        s2 += w[i] * y[i]
    return s0, s1, s2


@kernel
def _fill(x, filled, mask):
    """Write x with zeros for gaps, and ones where it is there."""
    for i in range(x.size):
        there = not np.isnan(x[i])
        filled[i] = x[i] if there else 0.0
        mask[i] = 1.0 if there else 0.0


@kernel
def _shifted(x, lag):
    """Shift x so that its sample i + lag stands at i; what runs out is missing."""
    n = x.size
    out = np.full(n, np.nan)
    first = max(0, -lag)
    last = min(n, n - lag)
    if last > first:
        out[first:last] = x[first + lag : last + lag]
    return out


@kernel
def pair_sums(u, x, lag_first, n_lags, kind, window, keep, loose):
    """Sums over pairs of filtered wind u (3, N) and of x shifted by each lag, then filtered: (8, lag).

    Rows: n, u v w, x, ux vx wx. Shifted first: both filters then begin with the same pair.
    """
    if u.shape[1] != x.size:
        raise ValueError("series differ in length")
    n = x.size
    out = np.zeros((8, n_lags))
    wind = np.empty((3, n))
    mask_u = np.ones(n)
    there = np.empty(n)
    for k in range(3):
        _fill(u[k], wind[k], there)
        mask_u *= there
    wind *= mask_u
    y = np.empty(n)
    for j in range(n_lags):
        lag = lag_first + j
        first = max(0, -lag)
        last = max(min(n, n - lag), 0)
        # What is shifted out is missing, and no filter looks ahead of it.
        shifted = x[first + lag : last + lag] if first == 0 and kind != LINES else _shifted(x, lag)
        left = high_pass(shifted, kind, window, keep, loose)
        here = slice(0, left.size)
        _fill(left, y[here], there[here])
        p, m = y[here], there[here]
        out[0, j] = _dot(mask_u[here], m)
        out[1, j], out[2, j], out[3, j] = _dots(wind[0, here], wind[1, here], wind[2, here], m)
        out[4, j] = _dot(mask_u[here], p)
        out[5, j], out[6, j], out[7, j] = _dots(wind[0, here], wind[1, here], wind[2, here], p)
    return out
