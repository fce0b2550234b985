"""Intervals of slope and shape from the profile of the likelihood."""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.closure_fits import (
    N_EFF,
    OPEN_HIGH,
    OPEN_LOW,
    RSS,
    SE,
    SE_AR1,
    SHAPE_HIGH,
    SHAPE_LOW,
    SLOPE_HIGH,
    SLOPE_LOW,
    STATUS,
)
from fluxkit.kernels.closure_search import derivative, quick


@kernel
def _student(df, z):
    """Quantile of Student's t from that of the normal distribution, two-sided 5 % where df is 1 or 2."""
    if df < 1.5:
        return 12.706204736
    if df < 2.5:
        return 4.302652730
    z3 = z**3
    z5 = z3 * z * z
    z7 = z5 * z * z
    a = (z3 + z) / (4.0 * df)
    b = (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * df * df)
    c = (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * df**3)
    return z + a + b + c


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
def interval(kind, s, sc, y, K, low, high, z, x, dx, parameters, row):
    """Fill in the profile-likelihood intervals of shape and slope [per scaled time]."""
    n = s.size
    if n <= parameters or not row[RSS] > 0.0:
        return
    wider = (row[SE_AR1] / row[SE]) ** 2 if row[SE] > 0.0 else 1.0
    quantile = _student(max(1.0, row[N_EFF] - parameters), z)
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
