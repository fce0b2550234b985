"""The u* above which the night-time flux no longer rises: moving point test in classes of temperature."""

import numpy as np

from fluxkit.kernels._jit import kernel
from fluxkit.kernels.draws import correlation, lay_out, longest, shifting_starts

#: Why a class of temperature has no threshold, beside 0: it has one.
FEW, CORRELATED, TURBULENT, NO_PLATEAU = 1, 2, 3, 4


@kernel
def _fixed_windows(x, n, classes, same, skip_empty, start, stop):
    """Begin and end of classes that are to end after k n / classes values, moved on over equal values.

    A class without values has begin and end -1, or an end before its begin, as its limits were passed
    already. skip_empty : whether a class that would be empty takes the next values.
    """
    size = n // classes
    start[:] = -1
    stop[:] = -1
    end = 0
    k = 0
    while k < classes - 1:
        begin = end
        if begin >= n:
            break
        end = min(size * (k + 1) - 1, n - 1)
        value = x[end]
        end += 1
        while end < n:
            if abs(x[end] - value) > same:
                if not (skip_empty and end == begin):
                    break
                value = x[end]
            end += 1
        start[k] = begin
        stop[k] = end
        k += 1
    if end < n and k < classes:
        start[k] = end
        stop[k] = n


@kernel
def _shifting_bins(x, n, bins, same, start, stop):
    """Bins of n / bins values and those equal to the last; each is counted from where the one before ended.

    Returns the number of bins: what is beyond `bins` belongs to the last, a rest of less than nine tenths
    of a bin to the one before.
    """
    size = max(n // bins, 1)
    k = 0
    end = 0
    while end < n:
        begin = end
        end = min(begin + size, n)
        while end < n and x[end] - x[end - 1] <= same:
            end += 1
        if k == bins:
            stop[k - 1] = end
        else:
            start[k] = begin
            stop[k] = end
            k += 1
    if k > 1 and stop[k - 1] - start[k - 1] < 0.9 * size:
        stop[k - 2] = stop[k - 1]
        k -= 1
    return k


@kernel
def _mean_after(y, n, first, width):
    """Mean of up to `width` values from `first` on; NaN where there is none."""
    last = min(first + width, n)
    total = 0.0
    for i in range(first, last):
        total += y[i]
    return total / (last - first) if last > first else np.nan


@kernel
def _forward(u, y, n, steps, last, width, factor):
    """First bin from which on `steps` bins reach `factor` of the mean of the bins after each of them."""
    for i in range(last + 1):
        reached = 0
        for k in range(steps):
            # No bin after it: a comparison with NaN is no.
            reached += i + k < n and y[i + k] >= factor * _mean_after(y, n, i + k + 1, width)
        if reached == steps:
            return u[i]
    return np.nan


@kernel
def _backward(u, y, n, steps, width, factor):
    """From nine tenths of the bins down, the first with `steps` bins below the mean of those above."""
    for i in range(n * 90 // 100, steps, -1):
        mean = _mean_after(y, n, i, width)
        reached = 0
        for k in range(steps):
            reached += y[i - 1 - k] <= factor * mean
        if reached == steps:
            return u[i - 1]
    return np.nan


@kernel
def _by_class_and_ustar(ustar, nee, by_ustar, copies, place, start, stop, group, first, last, end, x, y):
    """Put u* and the flux of a resample in order of class of temperature, within it of u*.

    first, last : records of each class, in order of temperature; end : where each class ends in x and y.
    Equal temperatures, and so the copies of a record, are in one class.
    """
    group[:] = -1
    offset = 0
    for c in range(first.size):
        end[c] = offset
        first[c] = 0
        last[c] = 0
        if stop[c] > start[c]:
            first[c] = place[start[c]]
            last[c] = place[stop[c] - 1] + 1
            group[first[c] : last[c]] = c
            offset += stop[c] - start[c]
    for i in by_ustar:
        c = group[i]
        if c >= 0:
            for _ in range(copies[i]):
                x[end[c]] = ustar[i]
                y[end[c]] = nee[i]
                end[c] += 1


@kernel
def _threshold(x, y, shifting, steps, factor, counts, first_bin, same):
    """Threshold of one class, x in order, and why there is none."""
    n = x.size
    if x[0] == x[n - 1]:  # a sensor that stands still
        return np.nan, NO_PLATEAU
    bins = counts[2]
    start, stop = np.empty(bins + 1, np.int64), np.empty(bins + 1, np.int64)
    if shifting:
        used = _shifting_bins(x, n, bins, 1e-14, start, stop)
    else:
        _fixed_windows(x, n, bins, same, True, start, stop)
        used = bins
    u, v = np.zeros(bins), np.zeros(bins)
    for k in range(used):
        if start[k] >= 0:
            for i in range(start[k], stop[k]):
                u[k] += x[i]
                v[k] += y[i]
            u[k] /= stop[k] - start[k]
            v[k] /= stop[k] - start[k]
    if u[0] > first_bin:
        return np.nan, TURBULENT
    if steps > 0:
        found = _forward(u, v, used, steps, used - 1 - counts[4], counts[3], factor)
    else:
        found = _backward(u, v, used, -steps, counts[3], factor)
    return found, (NO_PLATEAU if np.isnan(found) else 0)


@kernel
def plateaus(ta, ustar, nee, by_ustar, copies, shifting, steps, factor, counts, limits, out, why):
    """Threshold of each class of temperature, for each resample of a season's records.

    Parameters
    ----------
    ta, ustar, nee : (n,) float
        Records in order of temperature.
    by_ustar : (n,) int
        Their places in order of u*.
    copies : (resamples, n) int
        How often a resample holds each record.
    shifting : bool
        Classes and bins are counted from where the one before ended (REddyProc), else from multiples of
        their size (ONEFlux).
    steps : int
        Bins in a row that must be on the plateau; below zero the test goes from the top down.
    factor : float
        Share of the mean of the bins above that counts as plateau.
    counts : (5,) int
        Least number of records of a season and of a class; bins in a class; bins that the mean is taken
        over; bins at the top that the test does not reach.
    limits : (4,) float
        Largest correlation of u* and temperature; whether (1) that itself is too much; largest u* of the
        first bin; and up to which difference temperatures are equal.
    out : (resamples, classes) float
        Thresholds; NaN where there is none.
    why : (resamples, classes) int
        Why there is none.
    """
    n = ta.size
    classes = out.shape[1]
    most = longest(copies)
    drawn, place = np.empty(most), np.empty(most, np.int64)
    start, stop = np.empty(classes + 1, np.int64), np.empty(classes + 1, np.int64)
    first, last = np.empty(classes, np.int64), np.empty(classes, np.int64)
    x, y = np.empty(most), np.empty(most)
    group, end = np.empty(n, np.int64), np.empty(classes, np.int64)
    for b in range(copies.shape[0]):
        for c in range(classes):
            out[b, c] = np.nan
            why[b, c] = FEW
        m = lay_out(ta, copies[b], drawn, place)
        if m < counts[0] or m < classes:
            continue
        if shifting:
            shifting_starts(drawn, m, classes, limits[3], start)
            stop[:classes] = start[1:]
        else:
            _fixed_windows(drawn, m, classes, limits[3], False, start, stop)
        _by_class_and_ustar(
            ustar, nee, by_ustar, copies[b], place, start, stop, group, first, last, end, x, y
        )
        for c in range(classes):
            size = stop[c] - start[c]
            if size < counts[1] or size < counts[2]:
                continue
            r = abs(correlation(ta, ustar, copies[b], first[c], last[c]))
            if r > limits[0] or (r == limits[0] and limits[1] > 0.0):
                why[b, c] = CORRELATED
                continue
            of_class = slice(end[c] - size, end[c])
            out[b, c], why[b, c] = _threshold(
                x[of_class], y[of_class], shifting, steps, factor, counts, limits[2], limits[3]
            )
