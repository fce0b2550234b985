"""Where the residual sum of squares of a curve with one shape parameter is least.

For each shape the linear coefficients follow exactly (variable projection); K is sought over a grid
first and then to the root of the derivative of the residual sum of squares.
"""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.closure.fits import AT_HIGH, AT_LOW, ITERATIONS, STATUS
from fluxkit.kernels.closure.shapes import HM, NDFE, ZHAO, quick_exponential, quick_ndfe, shape

_GRID = 33  # places of K that are looked at first


@kernel(reassoc=True)
def centre(kind, s, x):
    """Take the mean out of x, and its line too where the curve has a linear term of its own."""
    n = x.size
    mean = 0.0
    for i in range(n):
        mean += x[i]
    mean /= n
    for i in range(n):
        x[i] -= mean
    if kind == ZHAO:
        ss = 0.0
        sx = 0.0
        for i in range(n):
            ss += s[i] * s[i]
            sx += s[i] * x[i]
        for i in range(n):
            x[i] -= sx / ss * s[i]


@kernel(reassoc=True)
def project(x, y):
    """Coefficient of y on x, sum of squares of x, residual sum of squares. [means are zero]"""
    sxx = 0.0
    sxy = 0.0
    for i in range(x.size):
        sxx += x[i] * x[i]
        sxy += x[i] * y[i]
    if not sxx > 0.0:
        return 0.0, 0.0, np.inf
    b = sxy / sxx
    rss = 0.0
    for i in range(x.size):
        r = y[i] - b * x[i]
        rss += r * r
    return b, sxx, rss


@kernel
def quick(kind, s, sc, y, K, x, dx):
    """Coefficient, its sum of squares and residual sum of squares at K, as fast as they can be had.

    s: times; sc: the same about their mean.
    """
    if kind == HM and abs(K) >= 0.1:
        quick_exponential(s, K, x)
        centre(kind, sc, x)
        b, sxx, rss = project(x, y)
        return -K * b, sxx / (K * K), rss
    if kind == ZHAO and abs(K) >= 1.0:
        quick_exponential(s, K, x)
        centre(kind, sc, x)
        b, sxx, rss = project(x, y)
        return K * K * b, sxx / K**4, rss
    if kind == NDFE:
        quick_ndfe(s, K, x)
    else:
        shape(kind, s, K, x, dx)
    centre(kind, sc, x)
    return project(x, y)


@kernel
def derivative(kind, s, sc, y, u, x, dx):
    """d(RSS)/du / 2 at K = sinh(u), and the residual sum of squares."""
    K = np.sinh(u)
    shape(kind, s, K, x, dx)
    centre(kind, sc, x)
    b, _, rss = project(x, y)
    g = 0.0
    for i in range(s.size):
        g -= (y[i] - b * x[i]) * b * dx[i]
    return g * np.cosh(u), rss


@kernel
def _root(kind, s, sc, y, a, b, x, dx):
    """Return u of the least sum of squares between a and b by the Illinois rule, or by thirds."""
    fa, _ = derivative(kind, s, sc, y, a, x, dx)
    fb, _ = derivative(kind, s, sc, y, b, x, dx)
    if fa >= 0.0 or fb <= 0.0:
        return _thirds(kind, s, sc, y, a, b, x, dx)
    last = 0
    m = a
    for iteration in range(60):
        m = (a * fb - b * fa) / (fb - fa)
        if iteration % 6 == 5 or not (a < m < b):
            m = 0.5 * (a + b)
        fm, _ = derivative(kind, s, sc, y, m, x, dx)
        if fm == 0.0:
            return m, iteration
        if fm < 0.0:
            # The end that stays twice weighs half: keeps the secant from creeping.
            if last < 0:
                fb *= 0.5
            a, fa, last = m, fm, -1
        else:
            if last > 0:
                fa *= 0.5
            b, fb, last = m, fm, 1
        if b - a <= 1e-11 or abs(fm) <= 1e-15 * (abs(fa) + abs(fb)):
            return m, iteration
    return m, 60


@kernel
def _thirds(kind, s, sc, y, a, b, x, dx):
    for _ in range(80):
        left = a + (b - a) * 0.382
        right = b - (b - a) * 0.382
        if derivative(kind, s, sc, y, left, x, dx)[1] <= derivative(kind, s, sc, y, right, x, dx)[1]:
            b = right
        else:
            a = left
        if b - a < 1e-8:
            break
    return 0.5 * (a + b), 80


@kernel
def search(kind, s, sc, y, low, high, x, dx, row):
    """Return K of the least residual sum of squares in [low, high]; 0 unless another K is better."""
    first = np.arcsinh(low)
    step = (np.arcsinh(high) - first) / (_GRID - 1)
    best = 0
    least = np.inf
    for i in range(_GRID):
        _, _, rss = quick(kind, s, sc, y, np.sinh(first + i * step), x, dx)
        if rss < least:
            least = rss
            best = i
    a = first + max(best - 1, 0) * step
    b = first + min(best + 1, _GRID - 1) * step
    u, iterations = _root(kind, s, sc, y, a, b, x, dx)
    row[ITERATIONS] = iterations
    _, rss = derivative(kind, s, sc, y, u, x, dx)
    K = np.sinh(u)
    for end in range(2):
        edge = low if end == 0 else high
        _, at_edge = derivative(kind, s, sc, y, np.arcsinh(edge), x, dx)
        # A sum of squares that no longer falls towards the end has its least value there.
        if at_edge <= rss * (1.0 + 1e-12):
            rss = min(rss, at_edge)
            K = edge
    if low <= 0.0 <= high:
        _, straight = derivative(kind, s, sc, y, 0.0, x, dx)
        if straight <= rss:
            K = 0.0
    if K == 0.0:
        return K
    if K <= low + 1e-9 * abs(low):
        row[STATUS] = int(row[STATUS]) | AT_LOW
    elif K >= high - 1e-9 * abs(high):
        row[STATUS] = int(row[STATUS]) | AT_HIGH
    return K
