"""Where the beginning of a closure bends: two pieces against one, for many closures."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def breakpoints(t, c, offsets, whole, search, shortest):
    """Return begin [s] of the second of two pieces and the gain in BIC over one piece, shape (closure,).

    Pieces: a line, then a parabola. ``whole`` (closure,) is what one piece leaves of squares; where that is
    NaN or more than a parabola leaves, the parabola counts. The number of independent points follows from
    differences over one and two steps. NaN in ``gain`` where there are too few points.
    """
    number = offsets.size - 1
    begin = np.zeros(number)
    gain = np.full(number, np.nan)
    for k in range(number):
        low, high = offsets[k], offsets[k + 1]
        n = high - low
        if n < 12:
            continue
        x, y = t[low:high], c[low:high]
        one = _parabola(x, y)
        if whole[k] < one:
            one = whole[k]
        floor = 1e-24 * _squares(y)
        best = np.inf
        at = 0.0
        for m in range(3, n - 5):
            if x[m] > search or x[n - 1] - x[m] < shortest:
                break
            if x[m] == x[m - 1]:
                continue
            left = _line(x[:m], y[:m]) + _parabola(x[m:], y[m:])
            if left < best:
                best = left
                at = x[m]
        if best == np.inf:
            continue
        rho = _correlation(y)
        points = n * (1.0 - rho) / (1.0 + rho)
        # Three parameters more: a line's two and the place of the break.
        gain[k] = points * np.log((one + floor) / (best + floor)) - 3.0 * np.log(n)
        begin[k] = at
    return begin, gain


@kernel
def _correlation(y):
    """Return the correlation of neighbouring readings' noise, 0 to 0.95, whatever slow course they follow."""
    n = y.size
    d1, d2 = (y[n - 1] - y[0]) / (n - 1), 0.0
    one = two = 0.0
    for i in range(n - 1):
        one += (y[i + 1] - y[i] - d1) ** 2
    for i in range(n - 2):
        d2 = y[i + 2] - y[i] - 2.0 * d1
        two += d2 * d2
    if one == 0.0:
        return 0.0
    return min(max(two / one * (n - 1) / (n - 2) - 1.0, 0.0), 0.95)


@kernel
def _squares(y):
    """Return the sum of squares about the mean."""
    mean = y.mean()
    total = 0.0
    for i in range(y.size):
        total += (y[i] - mean) ** 2
    return total


@kernel
def _line(x, y):
    """Return the squares that a line leaves."""
    n = x.size
    mx, my = x.mean(), y.mean()
    sxx = sxy = syy = 0.0
    for i in range(n):
        dx, dy = x[i] - mx, y[i] - my
        sxx += dx * dx
        sxy += dx * dy
        syy += dy * dy
    if sxx == 0.0:
        return syy
    return max(syy - sxy * sxy / sxx, 0.0)


@kernel
def _parabola(x, y):
    """Return the squares that a parabola leaves, by polynomials orthogonal on the points."""
    n = x.size
    mx, my = x.mean(), y.mean()
    s2 = s3 = 0.0
    for i in range(n):
        d = x[i] - mx
        s2 += d * d
        s3 += d * d * d
    if s2 == 0.0:
        return _squares(y)
    bend = s3 / s2
    level = s2 / n
    sxy = syy = qq = qy = 0.0
    for i in range(n):
        d, e = x[i] - mx, y[i] - my
        q = d * d - bend * d - level
        sxy += d * e
        syy += e * e
        qq += q * q
        qy += q * e
    left = syy - sxy * sxy / s2
    if qq > 1e-12 * s2 * s2:
        left -= qy * qy / qq
    return max(left, 0.0)
