"""Curves through the points of closed chambers: one shape parameter, all else linear.

Each curve is c = C0 + slope x(t; K) (+ a linear part) with x'(0) = 1, so that the slope at t = 0 is
a linear coefficient. For each K the linear coefficients follow exactly (variable projection); what
is searched for is K alone, over a grid first and then to the root of the derivative of the
residual sum of squares. All curves hold their straight limit (K = 0) exactly.

Inside, time is scaled by the last one: K = kappa t_end, or sqrt(t_end / tau).
"""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.closure_fits import (
    C0,
    COLUMNS,
    EXTRA,
    NO_CROSSING,
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
from fluxkit.kernels.closure_profiles import interval
from fluxkit.kernels.closure_search import centre, project, search
from fluxkit.kernels.closure_shapes import HM, NDFE, ZHAO, hm, shape, zhao


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
    p = duals.shape[0]
    if kind == NDFE:
        return duals[1]
    value, rise, _ = _at(kind, begin, K)
    influence = (rise - turn * value) * duals[p - 2] - turn * duals[0]
    if kind == ZHAO:
        influence += (1.0 - turn * begin) * duals[1]
    if begin != 0.0:
        h = 1e-5 * max(1.0, abs(K))
        above = _at(kind, begin, K + h)
        below = _at(kind, begin, K - h)
        by_shape = (above[1] - below[1]) - turn * (above[0] - below[0])
        influence += by_shape / (2.0 * h) * duals[p - 1]
    return influence


@kernel
def _fill(kind, s, t_end, c, K, start, start_se, row):
    """Fill in the row of the curve with shape K."""
    n = s.size
    x = np.empty(n)
    dx = np.empty(n)
    shape(kind, s, K, x, dx)
    p = 4 if kind == ZHAO else 3
    columns = np.ones((p, n))
    columns[p - 2] = x
    columns[p - 1] = dx
    if kind == ZHAO:
        columns[1] = s
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
    row[EXTRA] = straight / t_end
    influence = _influence(kind, K, begin, turn, duals) / t_end
    judge(s * t_end, c, c - b * x - straight * s - level, influence, p, row)
    if n > p:
        extra = turn * start_se / t_end
        if extra * extra > 0.0:
            row[SE] = np.sqrt(row[SE] ** 2 + extra * extra)
            row[SE_AR1] = np.sqrt(row[SE_AR1] ** 2 + extra * extra)
        if b != 0.0:
            row[SHAPE_SE] = np.sqrt(row[RSS] / (n - p) * np.sum(duals[p - 1] ** 2)) / abs(b)


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
        row[SHAPE] = K
        if z > 0.0 and kind != ZHAO:
            interval(kind, s, sc, y, K, low[k], high[k], z, x, dx, 3, row)
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
