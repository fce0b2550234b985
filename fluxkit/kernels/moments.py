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
def _pair_products(u, m, t, x, lag, first, last):
    """Sums over i in [first, last) of x[i + lag] times 1, t, u, v, w."""
    s0 = 0.0
    s1 = 0.0
    s2 = 0.0
    s3 = 0.0
    s4 = 0.0
    for i in range(first, last):
        y = x[i + lag]
        s0 += m[i] * y
        s1 += t[i] * y
        s2 += u[0, i] * y
        s3 += u[1, i] * y
        s4 += u[2, i] * y
    return s0, s1, s2, s3, s4


@kernel(reassoc=True)
def pair_sums(u, mask_u, x, mask_x, lag_first, n_lags, n_blocks):
    """Sums over the pairs (u[i], x[i + lag]) that are both there, by block of i: (14, block, lag).

    Rows: n, t, t^2, u v w, tu tv tw, x, tx, ux vx wx. t is the place of the wind's sample.
    """
    n = x.size
    out = np.zeros((14, n_blocks, n_lags))
    t = np.empty(n)
    tt = np.empty(n)
    tu = np.empty((3, n))
    for i in range(n):
        t[i] = mask_u[i] * (i - 0.5 * (n - 1)) / n
        tt[i] = t[i] * t[i]
        for k in range(3):
            tu[k, i] = t[i] * u[k, i]
    whole = np.sum(mask_x) == n
    # Running sums of what does not depend on x serve all lags where x has no gap.
    running = np.zeros((9, n + 1))
    for i in range(n):
        running[0, i + 1] = running[0, i] + mask_u[i]
        running[1, i + 1] = running[1, i] + t[i]
        running[2, i + 1] = running[2, i] + tt[i]
        for k in range(3):
            running[3 + k, i + 1] = running[3 + k, i] + u[k, i]
            running[6 + k, i + 1] = running[6 + k, i] + tu[k, i]
    for j in range(n_lags):
        lag = lag_first + j
        for b in range(n_blocks):
            first = max(b * n // n_blocks, -lag)
            last = min((b + 1) * n // n_blocks, n - lag)
            if last <= first:
                continue
            if whole:
                for r in range(9):
                    out[r, b, j] = running[r, last] - running[r, first]
            else:
                s = _pair_products(u, mask_u, t, mask_x, lag, first, last)
                out[0, b, j] = s[0]
                out[1, b, j] = s[1]
                out[3, b, j] = s[2]
                out[4, b, j] = s[3]
                out[5, b, j] = s[4]
                s = _pair_products(tu, tt, tt, mask_x, lag, first, last)
                out[2, b, j] = s[0]
                out[6, b, j] = s[2]
                out[7, b, j] = s[3]
                out[8, b, j] = s[4]
            s = _pair_products(u, mask_u, t, x, lag, first, last)
            for r in range(5):
                out[9 + r, b, j] = s[r]
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
