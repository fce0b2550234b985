"""Sums over samples from which every covariance can be formed later.

Conventions: `t` is the sample's place in the period, (i - (N-1)/2) / N, so that sums with
it allow a linear trend to be removed afterwards. Series come centred and zero-filled
with a mask of ones and zeros; a block is a sub-period.
"""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.screen import sum_and_count


@kernel
def centre(x, filled, mask):
    """Write x minus its mean, zero where missing, and the mask; returns (mean, valid samples)."""
    if filled.size != x.size or mask.size != x.size:
        raise ValueError("series differ in length")
    total, n = sum_and_count(x)
    mean = total / n if n > 0 else np.nan
    for i in range(x.size):
        there = not np.isnan(x[i])
        filled[i] = x[i] - mean if there else 0.0
        mask[i] = 1.0 if there else 0.0
    return mean, n


@kernel(reassoc=True)
def wind_sums(u, mask, n_blocks):
    """Sums over each block of the wind vector u (3, N): (block, 15).

    Columns: n, t, t^2, u v w, tu tv tw, uu uv uw vv vw ww.
    """
    n = u.shape[1]
    out = np.zeros((n_blocks, 15))
    for k in range(n_blocks):
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = s9 = s10 = s11 = s12 = s13 = s14 = 0.0
        for i in range(k * n // n_blocks, (k + 1) * n // n_blocks):
            t = mask[i] * (i - 0.5 * (n - 1)) / n
            a = u[0, i]
            b = u[1, i]
            c = u[2, i]
            s0 += mask[i]
            s1 += t
            s2 += t * t
            s3 += a
            s4 += b
            s5 += c
            s6 += t * a
            s7 += t * b
            s8 += t * c
            s9 += a * a
            s10 += a * b
            s11 += a * c
            s12 += b * b
            s13 += b * c
            s14 += c * c
        out[k, 0] = s0
        out[k, 1] = s1
        out[k, 2] = s2
        out[k, 3] = s3
        out[k, 4] = s4
        out[k, 5] = s5
        out[k, 6] = s6
        out[k, 7] = s7
        out[k, 8] = s8
        out[k, 9] = s9
        out[k, 10] = s10
        out[k, 11] = s11
        out[k, 12] = s12
        out[k, 13] = s13
        out[k, 14] = s14
    return out


@kernel(reassoc=True)
def scalar_sums(x, mask, n_blocks):
    """Sums over each block of one scalar x (N,): (block, 6) with columns n, t, t^2, x, tx, xx."""
    n = x.size
    out = np.zeros((n_blocks, 6))
    for b in range(n_blocks):
        s0 = s1 = s2 = s3 = s4 = s5 = 0.0
        for i in range(b * n // n_blocks, (b + 1) * n // n_blocks):
            t = mask[i] * (i - 0.5 * (n - 1)) / n
            s0 += mask[i]
            s1 += t
            s2 += t * t
            s3 += x[i]
            s4 += t * x[i]
            s5 += x[i] * x[i]
        out[b, 0] = s0
        out[b, 1] = s1
        out[b, 2] = s2
        out[b, 3] = s3
        out[b, 4] = s4
        out[b, 5] = s5
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


@kernel(reassoc=True)
def _total(x):
    s = 0.0
    for i in range(x.size):
        s += x[i]
    return s


@kernel
def _add_wind_products(u, x, lag_first, out):
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
                    u[0, first:last], u[1, first:last], u[2, first:last], x[first + lag : last + lag]
                )
                out[11, b, j] += s[0]
                out[12, b, j] += s[1]
                out[13, b, j] += s[2]


@kernel
def wind_terms(u, mask):
    """What pair sums take of the wind (3, N) where there are gaps: rows 1, t, t^2, u v w, tu tv tw."""
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
    return rows


@kernel
def running_wind_sums(u, mask):
    """Sums of the rows of `wind_terms` over the first 0, 1, 2, ... samples: (9, N + 1).

    All side by side: one sum alone waits for each addition.
    """
    n = u.shape[1]
    out = np.empty((9, n + 1))
    out[:, 0] = 0.0
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = 0.0
    for i in range(n):
        t = mask[i] * (i - 0.5 * (n - 1)) / n
        s0 += mask[i]
        s1 += t
        s2 += t * t
        s3 += u[0, i]
        s4 += u[1, i]
        s5 += u[2, i]
        s6 += t * u[0, i]
        s7 += t * u[1, i]
        s8 += t * u[2, i]
        out[0, i + 1] = s0
        out[1, i + 1] = s1
        out[2, i + 1] = s2
        out[3, i + 1] = s3
        out[4, i + 1] = s4
        out[5, i + 1] = s5
        out[6, i + 1] = s6
        out[7, i + 1] = s7
        out[8, i + 1] = s8
    return out


@kernel
def _running_sums(x):
    """Sums of x and t x of the first 0, 1, 2, ... samples of x (N,): (2, N + 1)."""
    n = x.size
    out = np.zeros((2, n + 1))
    s0 = s1 = 0.0
    for i in range(n):
        s0 += x[i]
        s1 += x[i] * (i - 0.5 * (n - 1)) / n
        out[0, i + 1] = s0
        out[1, i + 1] = s1
    return out


@kernel
def pair_sums(u, terms, running, x, mask_x, lag_first, n_lags, n_blocks):
    """Sums over the pairs (u[i], x[i + lag]) that are both there, by block of i: (14, block, lag).

    terms as from `wind_terms`, of no samples where neither side has a gap; running from `running_wind_sums`.
    Rows: n, t, t^2, u v w, tu tv tw, x, tx, ux vx wx; t is the place of the wind's sample. Where neither
    side has a gap, all but the last three follow from running sums.
    """
    n = x.size
    x_whole = _total(mask_x) == n
    wind_whole = running[0, n] == n
    if u.shape[1] != n or mask_x.size != n or running.shape[1] != n + 1:
        raise ValueError("series differ in length")
    if not (x_whole and wind_whole) and terms.shape[1] != n:
        raise ValueError("terms of the wind and series differ in length")
    out = np.zeros((14, n_blocks, n_lags))
    running_x = _running_sums(x)
    for j in range(n_lags):
        lag = lag_first + j
        for b in range(n_blocks):
            first = max(b * n // n_blocks, -lag)
            last = min((b + 1) * n // n_blocks, n - lag)
            if last <= first:
                continue
            m = mask_x[first + lag : last + lag]
            if x_whole:
                for r in range(9):
                    out[r, b, j] = running[r, last] - running[r, first]
            else:
                for r in range(0, 9, 3):  # row by row: numba knows no stride of a slice of several
                    a = terms[r, first:last]
                    s = _products_3(a, terms[r + 1, first:last], terms[r + 2, first:last], m)
                    out[r, b, j] = s[0]
                    out[r + 1, b, j] = s[1]
                    out[r + 2, b, j] = s[2]
            if wind_whole:
                out[9, b, j] = running_x[0, last + lag] - running_x[0, first + lag]
                # t of the wind's sample is lag / n before t of x's
                out[10, b, j] = running_x[1, last + lag] - running_x[1, first + lag] - lag / n * out[9, b, j]
            else:
                out[9, b, j], out[10, b, j] = _products_2(
                    terms[0, first:last], terms[1, first:last], x[first + lag : last + lag]
                )
    _add_wind_products(u, x, lag_first, out)
    return out


@kernel(reassoc=True)
def third_and_fourth(u):
    """Mean products of three and four wind components, u (3, N) centred and zero-filled: (10,), (15,).

    Order: combinations with replacement of (0, 1, 2), as itertools gives them. Sums, not means.
    """
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = s8 = s9 = 0.0
    r0 = r1 = r2 = r3 = r4 = r5 = r6 = r7 = r8 = r9 = r10 = r11 = r12 = r13 = r14 = 0.0
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
        s0 += aa * a
        s1 += aa * b
        s2 += aa * c
        s3 += ab * b
        s4 += ab * c
        s5 += ac * c
        s6 += bb * b
        s7 += bb * c
        s8 += bc * c
        s9 += cc * c
        r0 += aa * aa
        r1 += aa * ab
        r2 += aa * ac
        r3 += aa * bb
        r4 += aa * bc
        r5 += aa * cc
        r6 += ab * bb
        r7 += ab * bc
        r8 += ab * cc
        r9 += ac * cc
        r10 += bb * bb
        r11 += bb * bc
        r12 += bb * cc
        r13 += bc * cc
        r14 += cc * cc
    third = np.array([s0, s1, s2, s3, s4, s5, s6, s7, s8, s9])
    return third, np.array([r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14])


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
