"""The samples' statistics that Vickers and Mahrt's (1997) tests judge: sums in one or two passes, O(N)."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel(reassoc=True)
def _mean_of(x):
    """Number and mean of the samples that are there."""
    n = 0  # a whole number: with a float the loop is no vector code
    s = 0.0
    for i in range(x.size):
        there = not np.isnan(x[i])
        n += 1 if there else 0
        s += x[i] if there else 0.0
    return n, s / n if n > 0 else np.nan


@kernel(reassoc=True)
def _moments_of(x):
    """Number, mean and sum of squared deviations of the samples that are there."""
    n, mean = _mean_of(x)
    q = 0.0
    for i in range(x.size):
        d = x[i] - mean
        q += d * d if not np.isnan(d) else 0.0
    return n, mean, q


@kernel(reassoc=True)
def _chunk(x, shift):
    """Number, sum and sum of squares of x - shift of the samples that are there."""
    n = 0
    a = 0.0
    b = 0.0
    for i in range(x.size):
        there = not np.isnan(x[i])
        d = x[i] - shift if there else 0.0
        n += 1 if there else 0
        a += d
        b += d * d
    return n, a, b


@kernel(reassoc=True)
def _summary(x, shift, out):
    """Number, sum and sum of squares of x - shift, lowest and highest: vector code, missing left out."""
    n, a, b = _chunk(x, shift)
    low = np.inf
    high = -np.inf
    for i in range(x.size):
        low = x[i] if x[i] < low else low
        high = x[i] if x[i] > high else high
    out[0] = n
    out[1] = a
    out[2] = b
    out[3] = low
    out[4] = high


@kernel
def _percentile_bins(count, n, percentile):
    """First and last bin between which the distribution's central part lies."""
    below = percentile / 100.0 * n
    first = 0
    total = 0.0
    for b in range(count.size):
        total += count[b]
        if total > below:
            first = b
            break
    last = count.size - 1
    total = 0.0
    for b in range(count.size - 1, -1, -1):
        total += count[b]
        if total > below:
            last = b
            break
    return first, last


@kernel(reassoc=True)
def _places(x, low, high, bins, place):
    """Bin of each sample, 1 = first, of those between low and high; 0: missing, or beyond. Vector code."""
    scale = bins / (high - low) if high > low else 0.0
    for i in range(x.size):
        v = (x[i] - low) * scale
        inside = (v >= 0.0) & (v < bins)
        b = np.int32(v if inside else 0.0) + np.int32(1)
        place[i] = b if inside else (np.int32(bins) if x[i] == high else np.int32(0))


@kernel
def _count(place, count):
    """Count the samples in each bin: (bins + 1,)."""
    count[:] = 0
    for i in range(place.size):
        count[np.uint32(place[i])] += 1


@kernel
def _alike(place, out):
    """1 where a sample is in the bin of the next one, 0 elsewhere and behind the end. Vector code."""
    out[:] = 0
    for i in range(place.size - 1):
        out[i] = np.uint8((place[i] == place[i + 1]) & (place[i] > 0))


@kernel
def _and(a, b, out):
    for i in range(out.size):
        out[i] = a[i] & b[i]


@kernel
def _or(a, b, out):
    for i in range(out.size):
        out[i] = a[i] | b[i]


@kernel
def _stuck(place, run, first, last):
    """Samples in the bin of the one before them, in stays of `run` samples and more: inside, outside bins.

    Runs of equal pairs that are too short are cut away and the others restored (an opening), by shifts that
    double: all of it is vector code, while nobody can foresee where a stay ends.
    """
    n = place.size
    enough = max(run, 2) - 1
    one = np.empty(n + enough, np.uint8)
    two = np.empty(n + enough, np.uint8)
    _alike(place, one)
    if enough > 1:
        two[:] = 0
        width = 1
        while width < enough:  # what begins a run of `enough` pairs
            step = min(width, enough - width)
            _and(one[:n], one[step : step + n], two[:n])
            one, two = two, one
            width += step
        width = 1
        while width < enough:  # and all pairs of such a run
            step = min(width, enough - width)
            two[:step] = one[:step]
            _or(one[step:], one[: n + enough - step], two[step:])
            one, two = two, one
            width += step
    inner = np.int32(0)
    total = np.int32(0)
    for i in range(n - 1):
        pair = np.int32(one[i])
        total += pair
        inner += pair if (place[i] >= first) & (place[i] <= last) else np.int32(0)
    return inner, total - inner


@kernel
def resolution_and_dropouts(x, window, bins, spread, percentile, run):
    """Empty bins, and samples that stay in the bin of the one before, in windows that overlap by half.

    The bins of a window span its range, at most `spread` of its standard deviations; a stay shorter than
    `run` samples does not count. Returns shares: of bins that are empty; of samples (of those present)
    that stay in a central bin, and in one beyond the `percentile` from either end.
    """
    n = x.size
    step = max(1, min(window, n) // 2)
    window = 2 * step  # two halves, each summarised once
    halves = n // step
    summary = np.empty((halves, 5))
    shift = _mean_of(x)[1]
    for k in range(halves):
        _summary(x[k * step : (k + 1) * step], shift, summary[k])
    place = np.empty(window, np.int32)
    count = np.empty(bins + 1, np.int64)  # the first: in no bin
    empty = 0
    windows = 0
    present = 0.0
    central = 0.0
    extreme = 0.0
    for k in range(halves - 1):
        part = x[k * step : k * step + window]
        one = summary[k]
        two = summary[k + 1]
        m = one[0] + two[0]
        if m < 2.0:
            continue
        low = min(one[3], two[3])
        high = max(one[4], two[4])
        mean = (one[1] + two[1]) / m
        width = spread * np.sqrt(max(one[2] + two[2] - m * mean * mean, 0.0) / (m - 1.0))
        if high - low > width:
            low = shift + mean - 0.5 * width
            high = low + width
        windows += 1
        present += m
        _places(part, low, high, bins, place)
        _count(place, count)
        for b in range(1, bins + 1):
            empty += count[b] == 0
        first, last = _percentile_bins(count[1:], m, percentile)
        inner, outer = _stuck(place, run, np.int32(first + 1), np.int32(last + 1))
        central += inner
        extreme += outer
    if windows == 0:
        return np.nan, np.nan, np.nan
    return empty / (bins * windows), central / present, extreme / present


@kernel(reassoc=True)
def _line(x):
    """Number, mean, mean of the abscissa (sample number) and slope per sample of a line through x."""
    n, mean = _mean_of(x)
    t = 0
    for i in range(x.size):
        t += 0 if np.isnan(x[i]) else i
    if n < 2:
        return n, np.nan, np.nan, np.nan
    centre = t / n
    ramp = np.arange(256.0)  # each sum in a loop of its own: together they become no vector code
    tt = 0.0
    tx = 0.0
    for begin in range(0, x.size, 256):
        piece = x[begin : begin + 256]
        before = centre - begin
        for i in range(piece.size):
            d = 0.0 if np.isnan(piece[i]) else ramp[i] - before
            tt += d * d
        for i in range(piece.size):
            d = piece[i] - mean
            tx += (ramp[i] - before) * (0.0 if np.isnan(d) else d)
    return n, mean, centre, tx / tt


@kernel
def slope(x):
    """Slope of a line through the samples that are there. [units of x per sample]"""
    return _line(x)[3]


@kernel(reassoc=True)
def detrended_shape(x):
    """Skewness and kurtosis (normal: 3) about a line through x, with N - 1 as in its variance."""
    n, mean, centre, rise = _line(x)
    q2 = 0.0
    q3 = 0.0
    q4 = 0.0
    for i in range(x.size):
        d = x[i] - mean - rise * (i - centre)
        d = 0.0 if np.isnan(d) else d
        d2 = d * d
        q2 += d2
        q3 += d2 * d
        q4 += d2 * d2
    if not q2 > 0.0:
        return np.nan, np.nan
    variance = q2 / (n - 1.0)
    return q3 / ((n - 1.0) * variance**1.5), q4 / ((n - 1.0) * variance * variance)


@kernel
def haar(x, window, step):
    """Haar transforms of mean and variance, first half minus second, of windows every `step` samples.

    The window's halves count in whole steps. Returns the smallest and largest difference of means (units
    of x) and of variances (in units of the variance over all samples).
    """
    n, mean, q = _moments_of(x)
    out = np.full(4, np.nan)
    half = max(1, window // 2 // step)
    chunks = x.size // step
    if n < 2.0 or q <= 0.0 or chunks < 2 * half:
        return out
    variance = q / (n - 1.0)
    sums = np.empty((chunks + 1, 3))
    sums[0] = 0.0
    for c in range(chunks):
        m, a, b = _chunk(x[c * step : (c + 1) * step], mean)
        sums[c + 1, 0] = sums[c, 0] + m
        sums[c + 1, 1] = sums[c, 1] + a
        sums[c + 1, 2] = sums[c, 2] + b
    for c in range(half, chunks - half + 1):
        m1 = sums[c, 0] - sums[c - half, 0]
        m2 = sums[c + half, 0] - sums[c, 0]
        if m1 < 0.5 * half * step or m2 < 0.5 * half * step:  # a half that is mostly gap says nothing
            continue
        mean1 = (sums[c, 1] - sums[c - half, 1]) / m1
        mean2 = (sums[c + half, 1] - sums[c, 1]) / m2
        v1 = ((sums[c, 2] - sums[c - half, 2]) - m1 * mean1 * mean1) / (m1 - 1.0)
        v2 = ((sums[c + half, 2] - sums[c, 2]) - m2 * mean2 * mean2) / (m2 - 1.0)
        d = mean1 - mean2
        r = (v1 - v2) / variance
        out[0] = min(d, out[0]) if not np.isnan(out[0]) else d
        out[1] = max(d, out[1]) if not np.isnan(out[1]) else d
        out[2] = min(r, out[2]) if not np.isnan(out[2]) else r
        out[3] = max(r, out[3]) if not np.isnan(out[3]) else r
    return out


@kernel(reassoc=True)
def _product(a, b):
    s = 0.0
    for i in range(a.size):
        s += a[i] * b[i]
    return s


@kernel
def _deviation(x, out, there):
    """Deviations from the mean, 0 and not there where missing; returns the number of samples."""
    n, mean = _mean_of(x)
    for i in range(x.size):
        gap = np.isnan(x[i])
        out[i] = 0.0 if gap else x[i] - mean
        there[i] = 0.0 if gap else 1.0
    return n


@kernel
def peak_covariance(w, x, first, last, default):
    """Covariances of w(i) and x(i + lag): the one of largest size for lag = first..last, and at `default`.

    Means over all samples of each are removed; each lag's products are averaged over pairs that are there.
    """
    if x.size != w.size:
        raise ValueError("series differ in length")
    n = w.size
    a = np.empty(n)
    b = np.empty(n)
    ma = np.empty(n)
    mb = np.empty(n)
    whole = _deviation(w, a, ma) + _deviation(x, b, mb) == 2.0 * n
    peak = np.nan
    reference = np.nan
    for lag in range(min(first, default), max(last, default) + 1):
        if lag != default and (lag < first or lag > last):
            continue
        i = max(0, -lag)
        j = max(0, lag)
        m = n - abs(lag)
        if m < 1:
            continue
        pairs = float(m) if whole else _product(ma[i : i + m], mb[j : j + m])
        if pairs < 1.0:
            continue
        c = _product(a[i : i + m], b[j : j + m]) / pairs
        if lag == default:
            reference = c
        if lag >= first and lag <= last and not abs(c) <= abs(peak):
            peak = c
    return peak, reference


@kernel
def share_beyond_angle(u, v, w, low, high):
    """Share of samples whose angle of attack, in the plane of wind and vertical, is outside [low, high].

    [degrees]
    """
    if v.size != u.size or w.size != u.size:
        raise ValueError("series differ in length")
    n = 0
    beyond = 0
    t_low = np.tan(np.radians(low))
    t_high = np.tan(np.radians(high))
    for i in range(u.size):
        if np.isnan(u[i]) or np.isnan(v[i]) or np.isnan(w[i]):
            continue
        n += 1
        U = np.sqrt(u[i] * u[i] + v[i] * v[i])
        if w[i] > t_high * U or w[i] < t_low * U:
            beyond += 1
    return beyond / n if n > 0 else np.nan
