"""Steps in the concentration of a chamber, over a smooth rise: exact segmentation by dynamic programming."""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.closure.fits import median

# Columns of what is said of a closure.
STEPS = 0  #: how many were found
SLOPE = 1  #: of the smooth rise at t = 0
BEND = 2  #: its quadratic term
SIGMA = 3  #: noise, from differences
RHO = 4  #: its correlation over one interval
RSS = 5
N = 6
SLOPE_SE = 7  #: of the slope at t = 0
COLUMNS = 8

_PRUNED = 4  #: beginnings are pruned at every so many ends: pruning costs as much as it saves else


@kernel
def noise_of(c):
    """Standard deviation and correlation of noise, from medians of differences over one and two points.

    A median does not see the few differences that hold a step, nor does it see a steady rise.
    """
    n = c.size
    if n < 3:
        return np.nan, 0.0
    one = c[1:] - c[: n - 1]
    one = np.abs(one - median(one.copy()))
    two = c[2:] - c[: n - 2]
    two = np.abs(two - median(two.copy()))
    v1 = (median(one.copy()) / 0.6744897501960817) ** 2
    v2 = (median(two) / 0.6744897501960817) ** 2
    if not v1 > 0.0:
        # Coarse steps of the analyser: most differences are none. The mean sees the others, bubbles too.
        return np.mean(one) * 0.5 * np.sqrt(np.pi), 0.0
    rho = min(max(v2 / v1 - 1.0, 0.0), 0.9)
    return np.sqrt(v1 / (2.0 * (1.0 - rho))), rho


@kernel
def _costs(j, s1, s2, place, sum1, sum2, paid, m, cost):
    """Cost of a stretch from each beginning to j, and of what is before it."""
    for a in range(m):
        d = s1 - sum1[a]
        squares = s2 - sum2[a] - d * d / (j - place[a])
        cost[a] = paid[a] + (squares if squares > 0.0 else 0.0)


@kernel
def _prune(j, least, shortest, n, place, sum1, sum2, paid, gone, cost, m):
    """Leave out beginnings that can never be the best again; return how many are left."""
    kept = 0
    for a in range(m):
        # What is beaten now stays beaten, but only for ends a whole stretch further on.
        if cost[a] > least and gone[a] > n:
            gone[a] = j + shortest
        if gone[a] > j:
            if kept < a:
                place[kept], sum1[kept], sum2[kept] = place[a], sum1[a], sum2[a]
                paid[kept], gone[kept] = paid[a], gone[a]
            kept += 1
    return kept


@kernel
def segments(z, penalty, skip, shortest):
    """Stretches of constant level, (stretch, 2) with begin and end, and what they cost.

    The least sum of squares plus `penalty` per stretch plus `skip` per point between stretches (Killick
    et al. 2012, with points that belong to none: a bubble takes time to mix into the chamber).
    """
    n = z.size
    s1 = np.zeros(n + 1)
    s2 = np.zeros(n + 1)
    for i in range(n):
        s1[i + 1] = s1[i] + z[i]
        s2[i + 1] = s2[i] + z[i] * z[i]
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    before = np.full(n + 1, -1, np.int64)  # where the stretch that ends here begins, -1: the point is skipped
    # Beginnings still looked at: place, both sums and the best cost there, and the end from which on
    # they need not be looked at. Side by side, so that the loop over them is one of vectors.
    place, sum1, sum2, paid = np.empty(n + 1), np.empty(n + 1), np.empty(n + 1), np.empty(n + 1)
    gone = np.empty(n + 1, np.int64)
    cost = np.empty(n + 1)
    m = 0
    for j in range(1, n + 1):
        best[j] = best[j - 1] + skip
        if j < shortest:
            continue
        i = j - shortest
        place[m], sum1[m], sum2[m], paid[m], gone[m] = i, s1[i], s2[i], best[i], n + 1
        m += 1
        _costs(j, s1[j], s2[j], place, sum1, sum2, paid, m, cost)
        first = np.argmin(cost[:m])
        if cost[first] + penalty < best[j]:
            best[j] = cost[first] + penalty
            before[j] = int(place[first])
        if j % _PRUNED == 0:
            m = _prune(j, best[j], shortest, n, place, sum1, sum2, paid, gone, cost, m)
    found = np.empty((n, 2), np.int64)
    k = 0
    j = n
    while j > 0:
        if before[j] < 0:
            j -= 1
        else:
            found[k, 0] = before[j]
            found[k, 1] = j
            k += 1
            j = before[j]
    return found[:k][::-1].copy(), best[n]


@kernel
def _within(t, c, stretches, order):
    """Slope and bend common to all stretches, and the slope's part of the inverse normal matrix."""
    a11 = 0.0
    a12 = 0.0
    a22 = 0.0
    b1 = 0.0
    b2 = 0.0
    for e in range(stretches.shape[0]):
        first = stretches[e, 0]
        last = stretches[e, 1]
        m1 = t[first:last].mean()
        m2 = (t[first:last] * t[first:last]).mean()
        mc = c[first:last].mean()
        for i in range(first, last):
            x1 = t[i] - m1
            x2 = t[i] * t[i] - m2
            y = c[i] - mc
            a11 += x1 * x1
            a12 += x1 * x2
            a22 += x2 * x2
            b1 += x1 * y
            b2 += x2 * y
    det = a11 * a22 - a12 * a12
    if order < 2 or not det > 1e-12 * a11 * a22:
        return (b1 / a11 if a11 > 0.0 else 0.0), 0.0, (1.0 / a11 if a11 > 0.0 else np.nan)
    return (b1 * a22 - b2 * a12) / det, (b2 * a11 - b1 * a12) / det, a22 / det


@kernel
def _descend(t, c, slope, bend, order, penalty, skip, shortest, known):
    """Stretches and smooth rise in turn, until neither changes; costs infinity if it comes to `known`.

    A rise follows from stretches alone: from equal stretches on two descents are the same.
    """
    stretches = np.empty((0, 2), np.int64)
    cost = np.inf
    for _ in range(30):
        z = c - slope * t - bend * t * t
        new, cost = segments(z - z.mean(), penalty, skip, shortest)
        if new.shape[0] == known.shape[0] and np.all(new == known):
            return new, np.inf, slope, bend
        same = new.shape[0] == stretches.shape[0] and np.all(new == stretches)
        stretches = new
        if same:
            break
        slope, bend, _ = _within(t, c, stretches, order)
    return stretches, cost, slope, bend


@kernel
def _rise_beside_steps(t, c, reach):
    """Median of rises over `reach` points: few of them hold a step."""
    n = c.size
    return median((c[reach:] - c[: n - reach]) / (t[reach:] - t[: n - reach]))


@kernel
def _best_descent(t, c, order, penalty, skip, shortest):
    """The cheapest of five descents: from rises seen over short and long reaches, a line, a parabola."""
    n = t.size
    whole = np.array([[0, n]], dtype=np.int64)
    kept = whole
    known = np.empty((0, 2), np.int64)
    least = np.inf
    slope = 0.0
    bend = 0.0
    for start in range(5):
        begin_bend = 0.0
        if start < 3:
            parts = 20 if start == 0 else (8 if start == 1 else 3)
            begin = _rise_beside_steps(t, c, max(n // parts, 1))
        else:
            begin, begin_bend, _ = _within(t, c, whole, order if start == 4 else 1)
        found, cost, b, q = _descend(t, c, begin, begin_bend, order, penalty, skip, shortest, known)
        if cost < least and found.shape[0] > 0:
            least = cost
            kept = found
            known = found
            slope = b
            bend = q
    return kept, slope, bend


@kernel
def steps(t, c, offsets, order, weight, skip, shortest):
    """Steps over a smooth rise: (closure, COLUMNS), and of all stretches (stretch, 3): closure, begin, end.

    Times strictly rise in each closure. weight: penalty of a step over noise variance times log(n);
    skip: cost of a point that belongs to no stretch over noise variance.
    """
    count = offsets.size - 1
    out = np.full((count, COLUMNS), np.nan)
    table = np.empty((c.size, 3), np.int64)
    total = 0
    for k in range(count):
        x = t[offsets[k] : offsets[k + 1]]
        y = c[offsets[k] : offsets[k + 1]]
        row = out[k]
        n = x.size
        row[N] = n
        row[STEPS] = 0.0
        if n < max(4 * shortest, 4):
            continue
        sigma, rho = noise_of(y)
        row[SIGMA] = sigma
        row[RHO] = rho
        if not sigma > 0.0:
            continue
        scaled = x / x[n - 1]
        shifted = (y - y.mean()) / sigma
        wide = (1.0 + rho) / (1.0 - rho)
        found, slope, bend = _best_descent(
            scaled, shifted, order, weight * wide * np.log(n), skip * wide, shortest
        )
        _, _, inverse = _within(scaled, shifted, found, order)
        rss = 0.0
        used = 0
        z = shifted - slope * scaled - bend * scaled * scaled
        for e in range(found.shape[0]):
            part = z[found[e, 0] : found[e, 1]]
            rss += np.sum((part - part.mean()) ** 2)
            used += part.size
            table[total, 0] = k
            table[total, 1] = found[e, 0]
            table[total, 2] = found[e, 1]
            total += 1
        row[STEPS] = found.shape[0] - 1
        row[SLOPE] = slope * sigma / x[n - 1]
        row[BEND] = bend * sigma / (x[n - 1] * x[n - 1])
        row[RSS] = rss * sigma * sigma
        left = used - found.shape[0] - order
        if left > 0:
            row[SLOPE_SE] = np.sqrt(rss / left * inverse * wide) * sigma / x[n - 1]
    return out, table[:total].copy()
