"""Sums over samples from which every covariance can be formed later.

Conventions: `t` is the sample's place in the period, (i - (N-1)/2) / N, so that sums with
it allow a linear trend to be removed afterwards. Series come centred and zero-filled
with a mask of ones and zeros; a block is a sub-period.
"""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def centre(x, filled, mask):
    """Write x minus its mean, zero where missing, and the mask; returns (mean, valid samples)."""
    if filled.size != x.size or mask.size != x.size:
        raise ValueError("series differ in length")
    n = 0
    total = 0.0
    for i in range(x.size):
        if not np.isnan(x[i]):
            total += x[i]
            n += 1
    mean = total / n if n > 0 else np.nan
    for i in range(x.size):
        if np.isnan(x[i]):
            filled[i] = 0.0
            mask[i] = 0.0
        else:
            filled[i] = x[i] - mean
            mask[i] = 1.0
    return mean, n


@kernel(reassoc=True)
def wind_sums(u, mask, n_blocks):
    """Sums over each block of the wind vector u (3, N): (block, 15).

    Columns: n, t, t^2, u v w, tu tv tw, uu uv uw vv vw ww.
    """
    n = u.shape[1]
    out = np.zeros((n_blocks, 15))
    for b in range(n_blocks):
        s = out[b]
        for i in range(b * n // n_blocks, (b + 1) * n // n_blocks):
            t = mask[i] * (i - 0.5 * (n - 1)) / n
            s[0] += mask[i]
            s[1] += t
            s[2] += t * t
            s[3] += u[0, i]
            s[4] += u[1, i]
            s[5] += u[2, i]
            s[6] += t * u[0, i]
            s[7] += t * u[1, i]
            s[8] += t * u[2, i]
            s[9] += u[0, i] * u[0, i]
            s[10] += u[0, i] * u[1, i]
            s[11] += u[0, i] * u[2, i]
            s[12] += u[1, i] * u[1, i]
            s[13] += u[1, i] * u[2, i]
            s[14] += u[2, i] * u[2, i]
    return out


@kernel(reassoc=True)
def scalar_sums(x, mask, n_blocks):
    """Sums over each block of one scalar x (N,): (block, 6) with columns n, t, t^2, x, tx, xx."""
    n = x.size
    out = np.zeros((n_blocks, 6))
    for b in range(n_blocks):
        s = out[b]
        for i in range(b * n // n_blocks, (b + 1) * n // n_blocks):
            t = mask[i] * (i - 0.5 * (n - 1)) / n
            s[0] += mask[i]
            s[1] += t
            s[2] += t * t
            s[3] += x[i]
            s[4] += t * x[i]
            s[5] += x[i] * x[i]
    return out


@kernel(reassoc=True)
def _products_2(a, b, y):
    """Sums of y times a, b."""
    s0 = 0.0
    s1 = 0.0
    for i in range(y.size):
        s0 += a[i] * y[i]
        s1 += b[i] * y[i]
    return s0, s1


@kernel(reassoc=True)
def _products_3(a, b, c, y):
    """Sums of y times a, b, c."""
    s0 = 0.0
    s1 = 0.0
    s2 = 0.0
    for i in range(y.size):
        s0 += a[i] * y[i]
        s1 += b[i] * y[i]
        s2 += c[i] * y[i]
    return s0, s1, s2


@kernel
def _add_wind_products(wind, x, lag_first, out):
    """Add the sums of u, v, w times x to the last three rows of pair sums.

    Short pieces serve all lags while they are in the processor's nearest cache.
    """
    n = x.size
    n_blocks, n_lags = out.shape[1:]
    for b in range(n_blocks):
        stop = (b + 1) * n // n_blocks
        for piece in range(b * n // n_blocks, stop, 768):
            for j in range(n_lags):
                lag = lag_first + j
                first = max(piece, -lag)
                last = min(piece + 768, stop, n - lag)
                if last <= first:
                    continue
                s = _products_3(
                    wind[3, first:last], wind[4, first:last], wind[5, first:last], x[first + lag : last + lag]
                )
                out[11, b, j] += s[0]
                out[12, b, j] += s[1]
                out[13, b, j] += s[2]


@kernel
def _running_sums(rows):
    """Sums of the first 0, 1, 2, ... samples of each row."""
    out = np.zeros((rows.shape[0], rows.shape[1] + 1))
    for r in range(rows.shape[0]):
        total = 0.0
        for i in range(rows.shape[1]):
            total += rows[r, i]
            out[r, i + 1] = total
    return out


@kernel
def wind_terms(u, mask):
    """What pair sums take of the wind (3, N): rows 1, t, t^2, u v w, tu tv tw, and their running sums."""
    n = u.shape[1]
    rows = np.empty((9, n))
    for i in range(n):
        t = mask[i] * (i - 0.5 * (n - 1)) / n
        rows[0, i] = mask[i]
        rows[1, i] = t
        rows[2, i] = t * t
        for k in range(3):
            rows[3 + k, i] = u[k, i]
            rows[6 + k, i] = t * u[k, i]
    return rows, _running_sums(rows)


@kernel
def pair_sums(wind, running, x, mask_x, lag_first, n_lags, n_blocks):
    """Sums over the pairs (u[i], x[i + lag]) that are both there, by block of i: (14, block, lag).

    wind, running as from `wind_terms`. Rows: n, t, t^2, u v w, tu tv tw, x, tx, ux vx wx; t is the place
    of the wind's sample. Where neither side has a gap, all but the last three follow from running sums.
    """
    if wind.shape[1] != x.size or mask_x.size != x.size:
        raise ValueError("series differ in length")
    n = x.size
    out = np.zeros((14, n_blocks, n_lags))
    x_whole = np.sum(mask_x) == n
    wind_whole = running[0, n] == n
    own = np.empty((2, n))
    for i in range(n):
        own[0, i] = x[i]
        own[1, i] = x[i] * (i - 0.5 * (n - 1)) / n
    running_x = _running_sums(own)
    for j in range(n_lags):
        lag = lag_first + j
        for b in range(n_blocks):
            first = max(b * n // n_blocks, -lag)
            last = min((b + 1) * n // n_blocks, n - lag)
            if last <= first:
                continue
            w = wind[:, first:last]
            m = mask_x[first + lag : last + lag]
            if x_whole:
                for r in range(9):
                    out[r, b, j] = running[r, last] - running[r, first]
            else:
                out[0, b, j], out[1, b, j], out[2, b, j] = _products_3(w[0], w[1], w[2], m)
                out[3, b, j], out[4, b, j], out[5, b, j] = _products_3(w[3], w[4], w[5], m)
                out[6, b, j], out[7, b, j], out[8, b, j] = _products_3(w[6], w[7], w[8], m)
            if wind_whole:
                out[9, b, j] = running_x[0, last + lag] - running_x[0, first + lag]
                # t of the wind's sample is lag / n before t of x's
                out[10, b, j] = running_x[1, last + lag] - running_x[1, first + lag] - lag / n * out[9, b, j]
            else:
                out[9, b, j], out[10, b, j] = _products_2(w[0], w[1], x[first + lag : last + lag])
    _add_wind_products(wind, x, lag_first, out)
    return out


@kernel(reassoc=True)
def third_and_fourth(u):
    """Mean products of three and four wind components, u (3, N) centred and zero-filled: (10,), (15,).

    Order: combinations with replacement of (0, 1, 2), as itertools gives them. Sums, not means.
    """
    third = np.zeros(10)
    fourth = np.zeros(15)
    for i in range(u.shape[1]):
        a = u[0, i]
        b = u[1, i]
        c = u[2, i]
        aa = a * a
        ab = a * b
        ac = a * c
        bb = b * b
        bc = b * c
        cc = c * c
        third[0] += aa * a
        third[1] += aa * b
        third[2] += aa * c
        third[3] += ab * b
        third[4] += ab * c
        third[5] += ac * c
        third[6] += bb * b
        third[7] += bb * c
        third[8] += bc * c
        third[9] += cc * c
        fourth[0] += aa * aa
        fourth[1] += aa * ab
        fourth[2] += aa * ac
        fourth[3] += aa * bb
        fourth[4] += aa * bc
        fourth[5] += aa * cc
        fourth[6] += ab * bb
        fourth[7] += ab * bc
        fourth[8] += ab * cc
        fourth[9] += ac * cc
        fourth[10] += bb * bb
        fourth[11] += bb * bc
        fourth[12] += bb * cc
        fourth[13] += bc * cc
        fourth[14] += cc * cc
    return third, fourth


@kernel(reassoc=True)
def powers(x):
    """Sums of x^3 and x^4 of a centred, zero-filled series."""
    s3 = 0.0
    s4 = 0.0
    for i in range(x.size):
        q = x[i] * x[i]
        s3 += q * x[i]
        s4 += q * q
    return s3, s4


@kernel(reassoc=True)
def products(x):
    """Sums of products of the rows of x (n, N), centred and zero-filled: (n, n)."""
    n = x.shape[0]
    out = np.zeros((n, n))
    for a in range(n):
        for b in range(a + 1):
            s = 0.0
            for i in range(x.shape[1]):
                s += x[a, i] * x[b, i]
            out[a, b] = s
            out[b, a] = s
    return out
