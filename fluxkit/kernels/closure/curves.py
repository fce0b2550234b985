"""Curves through the points of closed chambers: one shape parameter, all else linear.

Each curve is c = C0 + slope x(t; K) (+ a linear part) with x'(0) = 1, so that the slope at t = 0 is
a linear coefficient. For each K the linear coefficients follow exactly (variable projection); what
is searched for is K alone, over a grid first and then to the root of the derivative of the
residual sum of squares. All curves hold their straight limit (K = 0) exactly.

Inside, time is scaled by the one farthest from 0, the last as a rule: K = kappa t_end, or
sqrt(t_end / tau).
"""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.closure.fits import (
    BEFORE_START,
    C0,
    COLUMNS,
    EXTRA,
    NO_CROSSING,
    RSS,
    SE,
    SE_AR1,
    SHAPE,
    SHAPE_SE,
    SLOPE,
    STATUS,
    T0,
    judge,
    usable,
)
from fluxkit.kernels.closure.search import centre, project, search
from fluxkit.kernels.closure.shapes import HM, NDFE, ZHAO, farthest_time, hm, shape, zhao


@kernel
def _dot(a, b):
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@kernel
def _orthogonalise(v, column, q, m):
    """Put into v what the first m rows of q leave of a column, and return its length; 0 for next to nothing.

    Twice, since columns are nearly parallel when K is small.
    """
    n = v.size
    for i in range(n):
        v[i] = column[i]
    size = np.sqrt(_dot(v, v))
    for _ in range(2):
        for j in range(m):
            along = _dot(q[j], v)
            for i in range(n):
                v[i] -= along * q[j, i]
    left = np.sqrt(_dot(v, v))
    return left if left > 1e-13 * size else 0.0


@kernel
def _duals(columns):
    """Influence of every point on the coefficient of each column: (column, n).

    The part of a column that is at right angles to all others, over its square.
    """
    p, n = columns.shape
    out = np.empty((p, n))
    q = np.empty((p, n))
    for target in range(p):
        m = 0
        for j in range(p):
            if j != target:
                left = _orthogonalise(q[m], columns[j], q, m)
                if left > 0.0:
                    for i in range(n):
                        q[m, i] /= left
                    m += 1
        left = _orthogonalise(out[target], columns[target], q, m)
        for i in range(n):
            out[target, i] = out[target, i] / (left * left) if left > 0.0 else np.nan
    return out


@kernel
def _at(kind, s, K):
    """x, x' and x'' at time s, for the curves that can be begun elsewhere than at 0."""
    e = np.exp(-K * s)
    if kind == HM:
        return hm(s, K)[0], e, -K * e
    return zhao(s, K)[0], hm(s, K)[0], e


@kernel
def _crossing(kind, K, level, straight, b, start):
    """Time at which the curve has the concentration `start`, by Newton from 0; NaN if there is none."""
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
def _linear_part(kind, s, c, x):
    """Least-squares coefficients beside a known shape: of x, of s (0 but for Zhao's curve) and of 1."""
    sc = s - s.mean()
    y = c - c.mean()
    xc = x.copy()
    centre(kind, sc, xc)
    if kind == ZHAO:
        centre(kind, sc, y)
    b, _, _ = project(xc, y)
    rest = c - b * x
    straight = np.sum(sc * (rest - rest.mean())) / np.sum(sc * sc) if kind == ZHAO else 0.0
    return b, straight, np.mean(rest - straight * s)


@kernel
def _influence(kind, K, begin, turn, duals):
    """How far each point moves the slope at `begin`.

    turn: c'' / c' there if `begin` moves with the curve, else 0.
    """
    p, n = duals.shape
    of_level = 0.0
    of_line = 0.0
    of_curve = 1.0
    of_shape = 0.0
    if kind != NDFE:
        value, rise, _ = _at(kind, begin, K)
        of_level = -turn
        of_curve = rise - turn * value
        if kind == ZHAO:
            of_line = 1.0 - turn * begin
        if begin != 0.0:
            h = 1e-5 * max(1.0, abs(K))
            above = _at(kind, begin, K + h)
            below = _at(kind, begin, K - h)
            of_shape = ((above[1] - below[1]) - turn * (above[0] - below[0])) / (2.0 * h)
    influence = np.empty(n)
    for i in range(n):
        influence[i] = of_level * duals[0, i] + of_curve * duals[p - 2, i] + of_shape * duals[p - 1, i]
        if kind == ZHAO:
            influence[i] += of_line * duals[1, i]
    return influence


@kernel
def _fill(kind, s, t_end, c, K, start, start_se, row):
    """Fill in the row of the curve with shape K."""
    n = s.size
    x = np.empty(n)
    dx = np.empty(n)
    shape(kind, s, K, x, dx)
    p = 4 if kind == ZHAO else 3
    columns = np.empty((p, n))
    for i in range(n):
        columns[0, i] = 1.0
        columns[1, i] = s[i]  # Zhao's; written over else
        columns[p - 2, i] = x[i]
        columns[p - 1, i] = dx[i]
    b, straight, level = _linear_part(kind, s, c, x)
    duals = _duals(columns)
    begin = 0.0
    if not np.isnan(start):
        begin = _crossing(kind, K, level, straight, b, start)
        if np.isnan(begin):
            begin = 0.0
            row[STATUS] = int(row[STATUS]) | NO_CROSSING
            start = np.nan
    slope = b
    turn = 0.0
    height = level
    if kind != NDFE:
        value, rise, bend = _at(kind, begin, K)
        slope = straight + b * rise
        height = level + straight * begin + b * value
        if not np.isnan(start):
            turn = b * bend / slope
    row[C0] = height
    row[SLOPE] = slope / t_end
    row[T0] = begin * t_end
    row[EXTRA] = 0.0
    if kind == ZHAO:
        # Its x rises by 1 / K where the exponential has died away.
        row[EXTRA] = (straight + b / K) / t_end if K != 0.0 else np.nan
    influence = _influence(kind, K, begin, turn, duals)
    t = np.empty(n)
    r = np.empty(n)
    for i in range(n):
        t[i] = s[i] * t_end
        r[i] = c[i] - b * x[i] - straight * s[i] - level
        influence[i] /= t_end
    judge(t, c, r, influence, p, row)
    if n > p:
        extra = turn * start_se / t_end
        if extra * extra > 0.0:
            row[SE] = np.sqrt(row[SE] ** 2 + extra * extra)
            row[SE_AR1] = np.sqrt(row[SE_AR1] ** 2 + extra * extra)
        if b != 0.0:
            row[SHAPE_SE] = np.sqrt(row[RSS] / (n - p) * _dot(duals[p - 1], duals[p - 1])) / abs(b)


@kernel
def curves(kind, t, c, offsets, low, high, start, start_se):
    """Curves of one kind through all closures: (closure, COLUMNS), without intervals.

    low, high: ends of K that are searched, (closure,). start, start_se: concentration with which the
    curve begins, NaN where the slope is that at t = 0, (closure,).
    """
    out = np.empty((offsets.size - 1, COLUMNS))
    needed = 5 if kind == ZHAO else 4
    for k in range(out.shape[0]):
        tt = t[offsets[k] : offsets[k + 1]]
        cc = c[offsets[k] : offsets[k + 1]]
        row = out[k]
        if not usable(tt, needed, row):
            continue
        if kind == NDFE and tt[0] < 0.0:
            row[STATUS] = BEFORE_START
            continue
        t_end = farthest_time(tt)
        s = tt / t_end
        # From the first value on: a constant has no rounding errors about its mean.
        base = cc[0]
        cc = cc - base
        sc = s - s.mean()
        y = cc - cc.mean()
        x = np.empty(s.size)
        dx = np.empty(s.size)
        centre(kind, sc, y)
        K = search(kind, s, sc, y, low[k], high[k], x, dx, row)
        _fill(kind, s, t_end, cc, K, start[k] - base, start_se[k], row)
        row[C0] += base
        # K becomes kappa, or 1 / tau.
        if kind == NDFE:
            row[SHAPE] = K * K / t_end
            row[SHAPE_SE] *= 2.0 * K / t_end
        else:
            row[SHAPE] = K / t_end
            row[SHAPE_SE] /= t_end
    return out
