"""Curves through the points of closed chambers: one shape parameter, all else linear.

Each curve is c = C0 + slope x(t; K) (+ a linear part) with x'(0) = 1, so that the slope at t = 0 is
a linear coefficient. For each K the linear coefficients follow exactly (variable projection); what
is searched for is K alone, over a grid first and then to the root of the derivative of the
residual sum of squares. All curves hold their straight limit (K = 0) exactly.

Inside, time is scaled by the last one: K = kappa t_end, or sqrt(t_end / tau).
"""

from math import erfc, gamma

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.closure_fits import (
    AT_HIGH,
    AT_LOW,
    C0,
    COLUMNS,
    EXTRA,
    ITERATIONS,
    N_EFF,
    NO_CROSSING,
    OPEN_HIGH,
    OPEN_LOW,
    RSS,
    SE,
    SE_AR1,
    SHAPE,
    SHAPE_HIGH,
    SHAPE_LOW,
    SHAPE_SE,
    SLOPE,
    SLOPE_HIGH,
    SLOPE_LOW,
    STATUS,
    T0,
    judge,
    usable,
)

HM = 0  #: x = (1 - exp(-K s)) / K
ZHAO = 1  #: x = (K s - 1 + exp(-K s)) / K^2 beside a linear term
NDFE = 2  #: x = s g(K sqrt(s)), g(z) = (2 z / sqrt(pi) + erfcx(z) - 1) / z^2

_GRID = 33  # places of K that are looked at first
_ROOT_PI = np.sqrt(np.pi)
_FACTORIAL = np.array([1.0 / gamma(m + 1.0) for m in range(24)])
_GAMMA = np.array([1.0 / gamma(0.5 * m + 2.0) for m in range(28)])


@kernel
def _tail(z, shift):
    """Sum of (-z)^m / (m + shift)! for |z| < 1/2."""
    total = 0.0
    for m in range(12, -1, -1):
        total = _FACTORIAL[m + shift] - z * total
    return total


@kernel
def _tail_derivative(z, shift):
    """Sum of -(m + 1) (-z)^m / (m + 1 + shift)!, the derivative of the sum above."""
    total = 0.0
    for m in range(12, -1, -1):
        total = -(m + 1.0) * _FACTORIAL[m + 1 + shift] - z * total
    return total


@kernel
def _hm(s, K):
    z = K * s
    if abs(z) < 0.2:
        return s * _tail(z, 1), s * s * _tail_derivative(z, 1)
    e = np.exp(-z)
    x = (1.0 - e) / K
    return x, (s * e - x) / K


@kernel
def _zhao(s, K):
    z = K * s
    if abs(z) < 0.5:
        return s * s * _tail(z, 2), s * s * s * _tail_derivative(z, 2)
    e = np.exp(-z)
    x = (z - 1.0 + e) / (K * K)
    return x, (s * (1.0 - e) / K - 2.0 * x) / K


@kernel
def erfcx(z):
    """exp(z^2) erfc(z) for z >= 0."""
    if z < 20.0:
        return np.exp(z * z) * erfc(z)
    w = 0.5 / (z * z)
    return (1.0 - w * (1.0 - 3.0 * w * (1.0 - 5.0 * w * (1.0 - 7.0 * w)))) / (z * _ROOT_PI)


@kernel
def _ndfe(s, K):
    root = np.sqrt(s)
    z = K * root
    if z < 0.3:
        g = 0.0
        dg = 0.0
        for m in range(20, -1, -1):
            g = _GAMMA[m] - z * g
            dg = -(m + 1.0) * _GAMMA[m + 1] - z * dg
        return s * g, s * root * dg
    e = erfcx(z)
    g = (2.0 * z / _ROOT_PI + e - 1.0) / (z * z)
    return s * g, s * root * 2.0 * (e - g) / z


@kernel
def _shape(kind, s, K, x, dx):
    """Fill in x and dx/dK at all times."""
    if kind == HM:
        for i in range(s.size):
            x[i], dx[i] = _hm(s[i], K)
    elif kind == ZHAO:
        for i in range(s.size):
            x[i], dx[i] = _zhao(s[i], K)
    else:
        for i in range(s.size):
            x[i], dx[i] = _ndfe(s[i], K)


@kernel
def _quick_exponential(s, K, x):
    """Fill in exp(-K s), or its series without the first two terms where K is small.

    Constant and straight parts of x do not matter to those who call this.
    """
    step = -1.0
    factor = 1.0
    e = np.exp(-K * s[0])
    x[0] = e
    for i in range(1, s.size):
        if s[i] - s[i - 1] != step:
            step = s[i] - s[i - 1]
            factor = np.exp(-K * step)
        e *= factor
        x[i] = e


@kernel
def _centre(kind, s, x):
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


@kernel
def _project(x, y):
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
def _quick(kind, s, sc, y, K, x, dx):
    """Coefficient, its sum of squares and residual sum of squares at K, as fast as they can be had.

    s: times; sc: the same about their mean.
    """
    if kind == HM and abs(K) >= 0.1:
        _quick_exponential(s, K, x)
        _centre(kind, sc, x)
        b, sxx, rss = _project(x, y)
        return -K * b, sxx / (K * K), rss
    _shape(kind, s, K, x, dx)
    _centre(kind, sc, x)
    return _project(x, y)


@kernel
def _derivative(kind, s, sc, y, u, x, dx):
    """d(RSS)/du / 2 at K = sinh(u), and the residual sum of squares."""
    K = np.sinh(u)
    _shape(kind, s, K, x, dx)
    _centre(kind, sc, x)
    b, _, rss = _project(x, y)
    g = 0.0
    for i in range(s.size):
        g -= (y[i] - b * x[i]) * b * dx[i]
    return g * np.cosh(u), rss


@kernel
def _root(kind, s, sc, y, a, b, x, dx):
    """Return u of the least sum of squares between a and b by the Illinois rule, or by thirds."""
    fa, ra = _derivative(kind, s, sc, y, a, x, dx)
    fb, rb = _derivative(kind, s, sc, y, b, x, dx)
    if fa >= 0.0 and fb >= 0.0 or (fa <= 0.0 and fb <= 0.0) or fa > 0.0:
        return _thirds(kind, s, sc, y, a, b, x, dx)
    last = 0
    m = a
    for iteration in range(60):
        m = (a * fb - b * fa) / (fb - fa)
        if iteration % 6 == 5 or not (a < m < b):
            m = 0.5 * (a + b)
        fm, _ = _derivative(kind, s, sc, y, m, x, dx)
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
    for iteration in range(80):
        left = a + (b - a) * 0.382
        right = b - (b - a) * 0.382
        if _derivative(kind, s, sc, y, left, x, dx)[1] <= _derivative(kind, s, sc, y, right, x, dx)[1]:
            b = right
        else:
            a = left
        if b - a < 1e-8:
            break
    return 0.5 * (a + b), 80


@kernel
def _search(kind, s, sc, y, low, high, x, dx, row):
    """Return K of the least residual sum of squares in [low, high]; 0 unless another K is better."""
    first = np.arcsinh(low)
    step = (np.arcsinh(high) - first) / (_GRID - 1)
    best = 0
    least = np.inf
    for i in range(_GRID):
        _, _, rss = _quick(kind, s, sc, y, np.sinh(first + i * step), x, dx)
        if rss < least:
            least = rss
            best = i
    a = first + max(best - 1, 0) * step
    b = first + min(best + 1, _GRID - 1) * step
    u, iterations = _root(kind, s, sc, y, a, b, x, dx)
    row[ITERATIONS] = iterations
    _, rss = _derivative(kind, s, sc, y, u, x, dx)
    K = np.sinh(u)
    for end in range(2):
        edge = low if end == 0 else high
        _, at_edge = _derivative(kind, s, sc, y, np.arcsinh(edge), x, dx)
        if at_edge < rss:
            rss = at_edge
            K = edge
    if low <= 0.0 <= high:
        _, straight = _derivative(kind, s, sc, y, 0.0, x, dx)
        if straight <= rss:
            K = 0.0
    if K == 0.0:
        return K
    if K <= low + 1e-9 * abs(low):
        row[STATUS] = int(row[STATUS]) | AT_LOW
    elif K >= high - 1e-9 * abs(high):
        row[STATUS] = int(row[STATUS]) | AT_HIGH
    return K


@kernel
def _duals(columns):
    """Influence of every point on the coefficient of each column: (column, n).

    The part of a column that is at right angles to all others, over its square; twice, since
    columns are nearly parallel when K is small.
    """
    p, n = columns.shape
    out = np.zeros((p, n))
    q = np.empty((p, n))
    for target in range(p):
        m = 0
        for j in range(p + 1):
            source = target if j == p else j
            if j < p and j == target:
                continue
            v = columns[source].copy()
            size = np.sqrt(np.sum(v * v))
            for _ in range(2):
                for other in range(m):
                    v -= np.sum(q[other] * v) * q[other]
            left = np.sqrt(np.sum(v * v))
            if j == p:
                if left > 1e-13 * size:
                    out[target] = v / (left * left)
                else:
                    out[target] = np.nan
            elif left > 1e-13 * size:
                q[m] = v / left
                m += 1
    return out


@kernel
def _at(kind, s, K):
    """x, x' and x'' at time s, for the curves that can be begun elsewhere than at 0."""
    e = np.exp(-K * s)
    if kind == HM:
        return _hm(s, K)[0], e, -K * e
    return _zhao(s, K)[0], _hm(s, K)[0], e


@kernel
def _crossing(kind, K, level, straight, b, start):
    """Time at which the curve has the concentration `start`, by Newton from 0; NaN where it has it nowhere near."""
    s = 0.0
    for _ in range(50):
        value, slope, _ = _at(kind, s, K)
        miss = level + straight * s + b * value - start
        rate = straight + b * slope
        if rate == 0.0:
            return np.nan
        move = -miss / rate
        move = min(max(move, -0.25), 0.25)
        s += move
        if abs(s) > 1.0:
            return np.nan
        if abs(move) < 1e-13:
            return s
    return np.nan


@kernel
def _fill(kind, s, t_end, c, K, start, start_se, row):
    """Fill in the row of the curve with shape K."""
    n = s.size
    x = np.empty(n)
    dx = np.empty(n)
    _shape(kind, s, K, x, dx)
    p = 4 if kind == ZHAO else 3
    columns = np.ones((p, n))
    columns[p - 2] = x
    columns[p - 1] = dx
    sc = s - s.mean()
    y = c - c.mean()
    xc = x.copy()
    _centre(kind, sc, xc)
    straight = 0.0
    if kind == ZHAO:
        columns[1] = s
        _centre(kind, sc, y)
    b, _, _ = _project(xc, y)
    rest = c - b * x
    if kind == ZHAO:
        straight = np.sum(sc * (rest - rest.mean())) / np.sum(sc * sc)
    level = np.mean(rest - straight * s)
    r = rest - straight * s - level
    duals = _duals(columns)
    begin = 0.0
    if not np.isnan(start):
        begin = _crossing(kind, K, level, straight, b, start)
        if np.isnan(begin):
            begin = 0.0
            row[STATUS] = int(row[STATUS]) | NO_CROSSING
            start = np.nan
    turn = 0.0
    if kind == NDFE:
        slope = b
        influence = duals[1]
    else:
        value, rise, bend = _at(kind, begin, K)
        slope = straight + b * rise
        if not np.isnan(start):
            turn = b * bend / slope
        influence = (rise - turn * value) * duals[p - 2] - turn * duals[0]
        if kind == ZHAO:
            influence += (1.0 - turn * begin) * duals[1]
        if begin != 0.0:
            h = 1e-5 * max(1.0, abs(K))
            above = _at(kind, begin, K + h)
            below = _at(kind, begin, K - h)
            by_shape = (above[1] - below[1]) - turn * (above[0] - below[0])
            influence += by_shape / (2.0 * h) * duals[p - 1]
    row[C0] = level + straight * begin + (b * _at(kind, begin, K)[0] if kind != NDFE else 0.0)
    row[SLOPE] = slope / t_end
    row[T0] = begin * t_end
    row[EXTRA] = straight / t_end
    judge(s * t_end, c, r, influence / t_end, p, row)
    if n > p:
        extra = turn * start_se / t_end
        if extra * extra > 0.0:
            row[SE] = np.sqrt(row[SE] ** 2 + extra * extra)
            row[SE_AR1] = np.sqrt(row[SE_AR1] ** 2 + extra * extra)
        sigma = np.sqrt(row[RSS] / (n - p))
        if b != 0.0:
            row[SHAPE_SE] = sigma * np.sqrt(np.sum(duals[p - 1] ** 2)) / abs(b)


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
def _edge(kind, s, sc, y, u, direction, end, limit, x, dx):
    """Where the residual sum of squares grows past `limit`, going from u: (u, whether the end came first)."""
    inside = u
    step = 0.1
    while True:
        outside = inside + direction * step
        if direction * (outside - end) >= 0.0:
            outside = end
        _, _, rss = _quick(kind, s, sc, y, np.sinh(outside), x, dx)
        if rss > limit:
            break
        if outside == end:
            return end, True
        inside = outside
        step = 0.4
    for _ in range(18):
        middle = 0.5 * (inside + outside)
        _, _, rss = _quick(kind, s, sc, y, np.sinh(middle), x, dx)
        if rss > limit:
            outside = middle
        else:
            inside = middle
    return inside, False


@kernel
def _envelope(kind, s, sc, y, u, sign, limit, x, dx):
    """Farthest slope on one side that the limit allows with this shape."""
    b, sxx, rss = _quick(kind, s, sc, y, np.sinh(u), x, dx)
    return sign * b + np.sqrt(max(limit - rss, 0.0) / sxx)


@kernel
def _farthest(kind, s, sc, y, a, b, sign, limit, x, dx):
    """Farthest slope on one side between the shapes a and b."""
    looks = 12
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
    for _ in range(14):
        one = left + 0.382 * (right - left)
        two = right - 0.382 * (right - left)
        f1 = _envelope(kind, s, sc, y, one, sign, limit, x, dx)
        f2 = _envelope(kind, s, sc, y, two, sign, limit, x, dx)
        most = max(most, f1, f2)
        if f1 >= f2:
            right = two
        else:
            left = one
    return sign * most


@kernel
def _interval(kind, s, sc, y, K, low, high, z, x, dx, parameters, row):
    """Fill in the profile-likelihood intervals of shape and slope [per scaled time]."""
    n = s.size
    if n <= parameters or not row[RSS] > 0.0:
        return
    wider = (row[SE_AR1] / row[SE]) ** 2 if row[SE] > 0.0 else 1.0
    quantile = _student(max(1.0, row[N_EFF] - parameters), z)
    _, rss = _derivative(kind, s, sc, y, np.arcsinh(K), x, dx)
    limit = rss * (1.0 + quantile * quantile * wider / (n - parameters))
    u = np.arcsinh(K)
    a, open_low = _edge(kind, s, sc, y, u, -1.0, np.arcsinh(low), limit, x, dx)
    b, open_high = _edge(kind, s, sc, y, u, 1.0, np.arcsinh(high), limit, x, dx)
    if open_low and low < 0.0:
        row[STATUS] = int(row[STATUS]) | OPEN_LOW
    if open_high:
        row[STATUS] = int(row[STATUS]) | OPEN_HIGH
    row[SHAPE_LOW] = np.sinh(a)
    row[SHAPE_HIGH] = np.sinh(b)
    row[SLOPE_HIGH] = _farthest(kind, s, sc, y, a, b, 1.0, limit, x, dx)
    row[SLOPE_LOW] = _farthest(kind, s, sc, y, a, b, -1.0, limit, x, dx)


@kernel
def curves(kind, t, c, offsets, low, high, start, start_se, z):
    """Curves of one kind through all closures: (closure, COLUMNS).

    low, high: ends of K that are searched, (closure,). start, start_se: concentration with which the
    curve begins, NaN where the slope is that at t = 0, (closure,). z: quantile of the normal
    distribution of the profile intervals of HM and NDFE; 0 for none.
    """
    out = np.empty((offsets.size - 1, COLUMNS))
    needed = 5 if kind == ZHAO else 4
    for k in range(out.shape[0]):
        t_end = t[offsets[k + 1] - 1] if offsets[k + 1] > offsets[k] else 1.0
        cc = c[offsets[k] : offsets[k + 1]]
        row = out[k]
        if not usable(t[offsets[k] : offsets[k + 1]], needed, row):
            continue
        s = t[offsets[k] : offsets[k + 1]] / t_end
        sc = s - s.mean()
        y = cc - cc.mean()
        x = np.empty(s.size)
        dx = np.empty(s.size)
        _centre(kind, sc, y)
        K = _search(kind, s, sc, y, low[k], high[k], x, dx, row)
        _fill(kind, s, t_end, cc, K, start[k], start_se[k], row)
        row[SHAPE] = K
        if z > 0.0 and kind != ZHAO:
            _interval(kind, s, sc, y, K, low[k], high[k], z, x, dx, 3, row)
        _unscale(kind, t_end, row)
    return out


@kernel
def _unscale(kind, t_end, row):
    """Turn K into kappa, or into 1 / tau, and slopes per scaled time into slopes."""
    row[SLOPE_LOW] /= t_end
    row[SLOPE_HIGH] /= t_end
    if kind == NDFE:
        row[SHAPE_SE] *= 2.0 * row[SHAPE] / t_end
        for column in (SHAPE, SHAPE_LOW, SHAPE_HIGH):
            row[column] = row[column] ** 2 / t_end
    else:
        for column in (SHAPE, SHAPE_LOW, SHAPE_HIGH, SHAPE_SE):
            row[column] /= t_end
