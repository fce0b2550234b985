"""Change points of the flux over u*: a line that ends in a plateau, in strata of season and temperature."""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.draws import longest


@kernel
def _percentile(x, n, k, parts, exact):
    """Value below which k / parts of the ordered x[:n] lie, the i-th being at the share (i - 0.5) / n.

    exact : whether a percentile between equal values is that value. Octave's may differ from it in the last
    digit, so that the limit of a bin leaves out values that are equal to it.
    """
    if n == 1:
        return x[0]
    at = n * k / parts + 0.5 if exact else n * (k * (100.0 / parts) / 100.0) + 0.5
    i = max(min(int(at), n - 1), 1)
    r = max(min(at - i, 1.0), 0.0)
    if exact:
        return x[i - 1] + r * (x[i] - x[i - 1])
    return (1.0 - r) * x[i - 1] + r * x[i]


@kernel
def _bin_means(x, y, n, size, exact, mean_x, mean_y):
    """Means of bins of `size` values between percentiles of the ordered x, limits included."""
    bins = n // size
    used = 0
    first = 0
    for k in range(bins):
        low = _percentile(x, n, k, bins, exact)
        high = _percentile(x, n, k + 1, bins, exact)
        while first > 0 and x[first - 1] >= low:
            first -= 1
        while first < n and x[first] < low:
            first += 1
        last = first
        sum_x = 0.0
        sum_y = 0.0
        while last < n and x[last] <= high:
            sum_x += x[last]
            sum_y += y[last]
            last += 1
        if last - first >= size:
            mean_x[used] = sum_x / (last - first)
            mean_y[used] = sum_y / (last - first)
            used += 1
        first = last
    return used


@kernel
def _without_outliers(x, y, n, times):
    """Drop what lies more than `times` standard deviations off a straight line; returns how many stay."""
    mean_x = x[:n].mean()
    mean_y = y[:n].mean()
    xx = 0.0
    xy = 0.0
    for i in range(n):
        xx += (x[i] - mean_x) ** 2
        xy += (x[i] - mean_x) * (y[i] - mean_y)
    slope = xy / xx if xx > 0.0 else 0.0
    squares = 0.0
    for i in range(n):
        squares += (y[i] - mean_y - slope * (x[i] - mean_x)) ** 2
    limit = times * np.sqrt(squares / (n - 1))
    m = 0
    for i in range(n):
        if abs(y[i] - mean_y - slope * (x[i] - mean_x)) <= limit:
            x[m] = x[i]
            y[m] = y[i]
            m += 1
    return m


@kernel
def _line_to_plateau(x, y, n, out):
    """Least squares of y = a + b min(x, x[i]) for each i of the ordered x.

    out : largest F against a constant, x[i] there, i + 1, b, standard error of b, n.
    """
    mean_x = x[:n].mean()
    mean_y = y[:n].mean()
    sum_y = 0.0
    yy = 0.0
    for i in range(n):
        yy += (y[i] - mean_y) ** 2
    below = 0.0
    below_y = 0.0
    below_xx = 0.0
    below_xy = 0.0
    out[0] = -1.0
    for i in range(n - 1):
        u = x[i] - mean_x
        v = y[i] - mean_y
        below += u
        below_y += v
        below_xx += u * u
        below_xy += u * v
        above = n - 1 - i
        s = below + above * u
        xx = below_xx + above * u * u - s * s / n
        xy = below_xy + u * (sum_y - below_y)
        if xx <= 1e-12 * n * u * u or xx <= 0.0:
            continue
        slope = xy / xx
        rest = max(yy - slope * xy, 0.0)
        f = (yy - rest) / (rest / (n - 2)) if rest > 0.0 else np.inf
        if f > out[0]:
            out[0] = f
            out[1] = x[i]
            out[2] = i + 1
            out[3] = slope
            out[4] = np.sqrt(rest / (n - 2) / xx)
    out[5] = n


@kernel
def change_points(ta, ustar, nee, by_ta, by_ustar, copies, size, windows, strata, bins, least, exact, out):
    """Fit a line that ends in a plateau in each stratum, for each resample of a year's records.

    Parameters
    ----------
    ta, ustar, nee : (n,) float
        Useful records in order of time.
    by_ta, by_ustar : (n,) int
        Their places in order of temperature and of u*.
    copies : (resamples, n) int
        How often a resample holds each record.
    size : int
        Records that are averaged before the fit.
    windows : int
        Windows in time, of equal numbers of records.
    strata : (2,) int
        Strata of temperature of a window, at least and at most.
    bins : int
        Bins that a stratum is to have, where there are enough records for more than the least number of
        strata.
    least : int
        Records of a resample.
    exact : bool
        Whether percentiles between equal values are that value.
    out : (resamples, windows, most strata, 6) float
        Largest F, change point, its place from 1, slope, standard error of the slope, bins; NaN where there
        is no fit.
    """
    n = ta.size
    most = longest(copies)
    inside = np.empty(n, np.int64)
    t, x, y = np.empty(most), np.empty(most), np.empty(most)
    mean_x, mean_y = np.empty(most), np.empty(most)
    out[:] = np.nan
    for b in range(copies.shape[0]):
        total = copies[b].sum()
        if total < least:
            continue
        width = int(np.floor(total / windows + 0.5))
        i = 0
        left = copies[b, 0]
        for w in range(windows):
            # Copies of a record may lie on both sides of a window's end.
            wanted = width if w < windows - 1 else total - (windows - 1) * width
            m = 0
            inside[:] = 0
            while m < wanted:
                taken = min(left, wanted - m)
                inside[i] = taken
                m += taken
                left -= taken
                if left == 0 and i < n - 1:
                    i += 1
                    left = copies[b, i]
            k = 0
            for j in range(n):
                for _ in range(inside[by_ta[j]]):
                    t[k] = ta[by_ta[j]]
                    k += 1
            layers = min(max(m // (bins * size), strata[0]), strata[1])
            for s in range(layers):
                low = _percentile(t, m, s, layers, exact)
                high = _percentile(t, m, s + 1, layers, exact)
                k = 0
                for j in range(n):
                    r = by_ustar[j]
                    if inside[r] > 0 and ta[r] >= low and ta[r] <= high:
                        for _ in range(inside[r]):
                            x[k] = ustar[r]
                            y[k] = nee[r]
                            k += 1
                used = _bin_means(x, y, k, size, exact, mean_x, mean_y)
                if used < 10:
                    continue
                used = _without_outliers(mean_x, mean_y, used, 4.0)
                if used >= 10:
                    _line_to_plateau(mean_x, mean_y, used, out[b, w, s])
