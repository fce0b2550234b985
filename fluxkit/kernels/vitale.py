"""The samples' statistics that the tests of Vitale et al. (2020) judge, and the robust scale they need."""

import numpy as np
import numpy.typing as npt

from fluxkit.kernels._jit import kernel


@kernel
def _pairs_within(ordered, distance):
    """Number of pairs of an ordered series at most `distance` apart."""
    n = 0
    j = 0
    for i in range(ordered.size):
        while ordered[i] - ordered[j] > distance:
            j += 1
        n += i - j
    return n


@kernel
def _qn_of_ordered(ordered):
    """Qn of an ordered series without gaps: by narrowing the interval of the order statistic."""
    n = ordered.size
    if n < 2:
        return np.nan
    h = n // 2 + 1
    k = h * (h - 1) // 2
    if _pairs_within(ordered, 0.0) >= k:
        return 0.0
    low = 0.0
    below = float(-k)
    high = max(ordered[(3 * n) // 4] - ordered[n // 4], 1e-12 * (ordered[n - 1] - ordered[0]))
    above = float(_pairs_within(ordered, high) - k)
    while above < 0.0:
        low = high
        below = above
        high = min(2.0 * high, ordered[n - 1] - ordered[0])
        above = float(_pairs_within(ordered, high) - k)
    halve = False
    while high - low > 1e-8 * high:
        # The number of pairs grows nearly in proportion to the distance: interpolate, at times halve.
        share = 0.5 if halve or above == below else -below / (above - below)
        middle = low + min(max(share, 0.01), 0.99) * (high - low)
        found = float(_pairs_within(ordered, middle) - k)
        halve = not halve and (found >= 0.0) == (share > 0.5)
        if found >= 0.0:
            high = middle
            above = found
        else:
            low = middle
            below = found
    # Corrections for few values (Croux & Rousseeuw 1992).
    small = n / (n + 1.4) if n % 2 == 1 else n / (n + 3.8)
    if n <= 9:
        small = np.array([0.399, 0.994, 0.512, 0.844, 0.611, 0.857, 0.669, 0.872])[n - 2]
    return 2.2219 * small * high


def qn(x: npt.NDArray[np.float64]) -> float:
    """Scale Qn of Rousseeuw and Croux (1993) of the samples that are there, 1 for a normal's deviation.

    O(n log n); relative error below 1e-7.
    """
    ordered = np.sort(x)  # numpy's: NaN comes last
    n = int(np.count_nonzero(~np.isnan(ordered)))
    return float(_qn_of_ordered(ordered[:n]))


@kernel
def longest_gap(a, b):
    """Longest run of samples without a or b. [samples]"""
    if a.size != b.size:
        raise ValueError("series differ in length")
    longest = 0
    run = 0
    for i in range(a.size):
        if np.isnan(a[i]) or np.isnan(b[i]):
            run += 1
            longest = max(longest, run)
        else:
            run = 0
    return longest


@kernel
def without_repeats(x):
    """A copy in which a value equal to the one before it is missing."""
    out = x.copy()
    for i in range(1, x.size):
        if x[i] == x[i - 1]:
            out[i] = np.nan
    return out


@kernel
def kurtosis(d):
    """Kurtosis (normal: 3) of the values that are there."""
    n = 0
    s = 0.0
    for i in range(d.size):
        if not np.isnan(d[i]):
            n += 1
            s += d[i]
    if n < 4:
        return np.nan
    mean = s / n
    q2 = 0.0
    q4 = 0.0
    for i in range(d.size):
        if not np.isnan(d[i]):
            e = (d[i] - mean) * (d[i] - mean)
            q2 += e
            q4 += e * e
    return n * q4 / (q2 * q2) if q2 > 0.0 else np.nan


@kernel
def shares_beyond(x, center, scale):
    """Shares of the samples that are there further than 5 and 10 scales from the center."""
    n = 0
    five = 0
    ten = 0
    for i in range(x.size):
        if np.isnan(x[i]):
            continue
        n += 1
        d = abs(x[i] - center)
        five += d > 5.0 * scale
        ten += d > 10.0 * scale
    if n == 0:
        return np.nan, np.nan
    return five / n, ten / n


@kernel
def fullest_bin(x, low, width):
    """Samples in the fullest bin of a histogram from `low` in steps of `width`, the first for all below."""
    top = 0.0
    for i in range(x.size):
        place = (x[i] - low) / width
        if place > top:  # not where it is missing
            top = place
    count = np.zeros(int(min(top, 1e7)) + 1, np.int64)
    for i in range(x.size):
        if not np.isnan(x[i]):
            place = (x[i] - low) / width
            count[int(min(place, count.size - 1.0)) if place > 0.0 else 0] += 1
    return count.max()


@kernel(reassoc=True)
def _dot(a, b):
    s = 0.0
    for i in range(a.size):
        s += a[i] * b[i]
    return s


@kernel
def cross_correlation(a, b, reach):
    """Correlation of a(i) and b(i + lag), lag = -reach..reach, each over pairs that are there."""
    if a.size != b.size:
        raise ValueError("series differ in length")
    n = a.size
    values = np.zeros((2, n))
    there = np.zeros((2, n))
    for r in range(2):
        x = a if r == 0 else b
        m = 0
        s = 0.0
        for i in range(n):
            if not np.isnan(x[i]):
                m += 1
                s += x[i]
        mean = s / m if m > 0 else 0.0
        q = 0.0
        for i in range(n):
            if not np.isnan(x[i]):
                values[r, i] = x[i] - mean
                there[r, i] = 1.0
                q += values[r, i] * values[r, i]
        if q > 0.0:
            values[r] /= np.sqrt(q / m)
    out = np.empty(2 * reach + 1)
    for lag in range(-reach, reach + 1):
        i = max(0, -lag)
        j = max(0, lag)
        m = max(n - abs(lag), 0)
        pairs = _dot(there[0, i : i + m], there[1, j : j + m])
        out[lag + reach] = _dot(values[0, i : i + m], values[1, j : j + m]) / pairs if pairs > 0.0 else np.nan
    return out


@kernel
def block_covariances(w, x, blocks):
    """Covariance of w and x in each of so many blocks of equal length, pairs that are there."""
    if w.size != x.size:
        raise ValueError("series differ in length")
    out = np.full(blocks, np.nan)
    length = w.size // blocks
    for k in range(blocks):
        n = 0
        sw = 0.0
        sx = 0.0
        for i in range(k * length, (k + 1) * length):
            if not (np.isnan(w[i]) or np.isnan(x[i])):
                n += 1
                sw += w[i]
                sx += x[i]
        if n < max(2, length // 2):
            continue
        mw = sw / n
        mx = sx / n
        c = 0.0
        for i in range(k * length, (k + 1) * length):
            if not (np.isnan(w[i]) or np.isnan(x[i])):
                c += (w[i] - mw) * (x[i] - mx)
        out[k] = c / n
    return out
