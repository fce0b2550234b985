"""Intervals of slope and shape from the profile of the likelihood."""

from math import erf, lgamma

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.closure.fits import (
    N_EFF,
    OPEN_HIGH,
    OPEN_LOW,
    RSS,
    SE,
    SE_AR1,
    SHAPE,
    SHAPE_HIGH,
    SHAPE_LOW,
    SLOPE_HIGH,
    SLOPE_LOW,
    STATUS,
)
from fluxkit.kernels.closure.search import centre, derivative, quick
from fluxkit.kernels.closure.shapes import NDFE, farthest_time

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@kernel
def student(df, z):
    """Quantile of Student's t that is as rare as z is of the normal distribution, df >= 1 and not whole.

    With t = sqrt(df) tan(a) the density is cos(a)^(df - 1): smooth, so that a few nodes integrate it.
    """
    whole = 0.5 * np.sqrt(np.pi) * np.exp(lgamma(0.5 * df) - lgamma(0.5 * (df + 1.0)))
    wanted = whole * erf(z / np.sqrt(2.0))
    # The integral is concave: from below, Newton's steps never pass the root.
    a = np.arctan(z / np.sqrt(df))
    for _ in range(30):
        inside = 0.0
        for i in range(_NODES.size):
            inside += _WEIGHTS[i] * np.cos(0.5 * a * (1.0 + _NODES[i])) ** (df - 1.0)
        move = (wanted - 0.5 * a * inside) / np.cos(a) ** (df - 1.0)
        a += move
        if abs(move) < 1e-10 * a:
            break
    return np.sqrt(df) * np.tan(a)


@kernel
def _edge(kind, s, sc, y, u, direction, end, least, limit, x, dx):
    """Where the residual sum of squares grows past `limit`, going from u: (u, whether the end came first)."""
    inside = u
    base = 0.0
    step = 0.1
    while True:
        outside = inside + direction * step
        if direction * (outside - end) >= 0.0:
            outside = end
        _, _, rss = quick(kind, s, sc, y, np.sinh(outside), x, dx)
        if rss > limit:
            break
        if outside == end:
            return end, True
        inside = outside
        base = np.sqrt(max(rss - least, 0.0))
        step = 0.4
    # Near its least value the sum of squares is a parabola: its root is a line's.
    root = np.sqrt(max(rss - least, 0.0))
    wanted = np.sqrt(limit - least)
    for iteration in range(12):
        share = (wanted - base) / (root - base) if iteration % 3 < 2 and root > base else 0.5
        middle = inside + min(max(share, 0.02), 0.98) * (outside - inside)
        _, _, rss = quick(kind, s, sc, y, np.sinh(middle), x, dx)
        if rss > limit:
            outside = middle
            root = np.sqrt(max(rss - least, 0.0))
        else:
            inside = middle
            base = np.sqrt(max(rss - least, 0.0))
        if abs(rss - limit) <= 1e-4 * (limit - least):
            return middle, False
    return inside, False


@kernel
def _envelope(kind, s, sc, y, u, sign, limit, x, dx):
    """Farthest slope on one side that the limit allows with this shape."""
    b, sxx, rss = quick(kind, s, sc, y, np.sinh(u), x, dx)
    return sign * b + np.sqrt(max(limit - rss, 0.0) / sxx)


@kernel
def _farthest(kind, s, sc, y, a, b, sign, limit, x, dx):
    """Farthest slope on one side between the shapes a and b."""
    looks = 8
    step = (b - a) / looks
    best = a
    most = -np.inf
    for i in range(looks + 1):
        here = _envelope(kind, s, sc, y, a + i * step, sign, limit, x, dx)
        if here > most:
            most = here
            best = a + i * step
    left = max(best - step, a)
    right = min(best + step, b)
    golden = 0.5 * (np.sqrt(5.0) - 1.0)
    one = right - golden * (right - left)
    two = left + golden * (right - left)
    f1 = _envelope(kind, s, sc, y, one, sign, limit, x, dx)
    f2 = _envelope(kind, s, sc, y, two, sign, limit, x, dx)
    for _ in range(8):
        if f1 >= f2:
            right = two
            two = one
            f2 = f1
            one = right - golden * (right - left)
            f1 = _envelope(kind, s, sc, y, one, sign, limit, x, dx)
        else:
            left = one
            one = two
            f1 = f2
            two = left + golden * (right - left)
            f2 = _envelope(kind, s, sc, y, two, sign, limit, x, dx)
    return sign * max(most, f1, f2)


@kernel
def _interval(kind, s, sc, y, K, low, high, z, x, dx, parameters, row):
    """Fill in the profile-likelihood intervals of shape and slope [per scaled time]."""
    n = s.size
    if n <= parameters or not row[RSS] > 0.0:
        return
    wider = (row[SE_AR1] / row[SE]) ** 2 if row[SE] > 0.0 else 1.0
    quantile = student(max(1.0, row[N_EFF] - parameters), z)
    _, rss = derivative(kind, s, sc, y, np.arcsinh(K), x, dx)
    limit = rss * (1.0 + quantile * quantile * wider / (n - parameters))
    u = np.arcsinh(K)
    a, open_low = _edge(kind, s, sc, y, u, -1.0, np.arcsinh(low), rss, limit, x, dx)
    b, open_high = _edge(kind, s, sc, y, u, 1.0, np.arcsinh(high), rss, limit, x, dx)
    if open_low and low < 0.0:
        row[STATUS] = int(row[STATUS]) | OPEN_LOW
    if open_high:
        row[STATUS] = int(row[STATUS]) | OPEN_HIGH
    row[SHAPE_LOW] = np.sinh(a)
    row[SHAPE_HIGH] = np.sinh(b)
    row[SLOPE_HIGH] = _farthest(kind, s, sc, y, a, b, 1.0, limit, x, dx)
    row[SLOPE_LOW] = _farthest(kind, s, sc, y, a, b, -1.0, limit, x, dx)


@kernel
def intervals(kind, t, c, offsets, low, high, z, rows):
    """Fill in the intervals of slope and shape of fitted curves.

    low, high: ends of K that were searched, (closure,). z: quantile of the normal distribution.
    """
    for k in range(rows.shape[0]):
        row = rows[k]
        if not row[RSS] > 0.0:
            continue
        t_end = farthest_time(t[offsets[k] : offsets[k + 1]])
        s = t[offsets[k] : offsets[k + 1]] / t_end
        sc = s - s.mean()
        y = c[offsets[k] : offsets[k + 1]] - c[offsets[k]]
        y = y - y.mean()
        centre(kind, sc, y)
        x = np.empty(s.size)
        dx = np.empty(s.size)
        K = np.sqrt(row[SHAPE] * t_end) if kind == NDFE else row[SHAPE] * t_end
        _interval(kind, s, sc, y, K, low[k], high[k], z, x, dx, 3, row)
        row[SLOPE_LOW] /= t_end
        row[SLOPE_HIGH] /= t_end
        for column in (SHAPE_LOW, SHAPE_HIGH):
            row[column] = row[column] ** 2 / t_end if kind == NDFE else row[column] / t_end
