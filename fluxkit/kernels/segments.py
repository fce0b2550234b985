"""A line that ends in a plateau through the records of a class of temperature, and whether it has a break."""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.draws import correlation, lay_out, longest, shifting_starts

_SCORES = 10  #: places of the break that the test averages over


@kernel
def _quantile(x, n, share):
    """Quantile of the ordered x[:n], linear between ranks (type 7)."""
    at = share * (n - 1)
    i = min(int(at), n - 2)
    return x[i] + (at - i) * (x[i + 1] - x[i])


@kernel
def _score(x, y, n):
    """Statistic of the pseudo-score test for a break against a constant; it has Student's distribution."""
    phi = np.empty(n)
    low = x[1]
    step = (x[n - 2] - low) / (_SCORES - 1)
    mean_phi = 0.0
    mean_y = 0.0
    for i in range(n):
        phi[i] = 0.0
        for k in range(_SCORES):
            phi[i] += max(low + k * step - x[i], 0.0) / _SCORES
        mean_phi += phi[i] / n
        mean_y += y[i] / n
    pp = 0.0
    py = 0.0
    yy = 0.0
    for i in range(n):
        pp += (phi[i] - mean_phi) ** 2
        py += (phi[i] - mean_phi) * (y[i] - mean_y)
        yy += (y[i] - mean_y) ** 2
    return abs(py) / np.sqrt(yy / (n - 1) * pp) if yy * pp > 0.0 else 0.0


@kernel
def _break(x, y, n):
    """Break of least squares among the ordered x and the limits of 5 and 95 %."""
    low = _quantile(x, n, 0.05)
    high = _quantile(x, n, 0.95)
    mean_x = x[:n].mean()
    total_y = 0.0
    mean_y = y[:n].mean()
    best = -1.0
    found = np.nan
    below = 0.0
    below_y = 0.0
    below_xx = 0.0
    below_xy = 0.0
    for i in range(n):
        u = x[i] - mean_x
        v = y[i] - mean_y
        below += u
        below_y += v
        below_xx += u * u
        below_xy += u * v
        # All places between this value and the next: the value itself, and a limit between them.
        for k in range(3):
            psi = x[i] if k == 0 else (low if k == 1 else high)
            if psi < low or psi > high or psi < x[i] or (i < n - 1 and k > 0 and psi >= x[i + 1]):
                continue
            p = psi - mean_x
            above = n - 1 - i
            s = below + above * p
            xx = below_xx + above * p * p - s * s / n
            if xx <= 0.0:
                continue
            xy = below_xy + p * (total_y - below_y)
            gain = xy * xy / xx
            if gain > best:
                best = gain
                found = psi
    return found


@kernel
def breaks_of_classes(ta, ustar, nee, by_ustar, copies, classes, limit, out):
    """Break and test statistic of each class of temperature, for each resample of a season's records.

    Parameters
    ----------
    ta, ustar, nee : (n,) float
        Records in order of temperature.
    by_ustar : (n,) int
        Their places in order of u*.
    copies : (resamples, n) int
        How often a resample holds each record.
    classes : int
        Number of classes.
    limit : float
        Correlation of u* and temperature from which on a class is left out.
    out : (resamples, classes, 3) float
        Break, statistic, number of records; NaN where the class is left out.
    """
    n = ta.size
    most = longest(copies)
    drawn, place = np.empty(most), np.empty(most, np.int64)
    start = np.empty(classes + 1, np.int64)
    x, y = np.empty(most), np.empty(most)
    out[:] = np.nan
    for b in range(copies.shape[0]):
        m = lay_out(ta, copies[b], drawn, place)
        if m < classes:
            continue
        shifting_starts(drawn, m, classes, 1e-8, start)
        for c in range(classes):
            size = start[c + 1] - start[c]
            if size < 20:
                continue
            first = place[start[c]]
            last = place[start[c + 1] - 1] + 1
            if abs(correlation(ta, ustar, copies[b], first, last)) >= limit:
                continue
            k = 0
            for j in range(n):
                i = by_ustar[j]
                if first <= i < last:
                    for _ in range(copies[b, i]):
                        x[k] = ustar[i]
                        y[k] = nee[i]
                        k += 1
            out[b, c, 0] = _break(x, y, k)
            out[b, c, 1] = _score(x, y, k)
            out[b, c, 2] = k
