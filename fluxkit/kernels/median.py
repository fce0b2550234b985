"""Despiking by a running median: samples too far from the median of their neighbours."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.kernels._jit import kernel


@kernel
def _place(ordered, n, value):
    """First place at or above value in ordered[:n]."""
    low = 0
    high = n
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _insert(ordered, n, value):
    p = _place(ordered, n, value)
    for i in range(n, p, -1):
        ordered[i] = ordered[i - 1]
    ordered[p] = value


@kernel
def _remove(ordered, n, value):
    p = _place(ordered, n, value)
    for i in range(p, n - 1):
        ordered[i] = ordered[i + 1]


@kernel
def running_median(x, reach):
    """Median of the samples from i - reach to i + reach that are there; NaN where none is.

    The window is kept in order: a sample is found by halving, and shifts its neighbours.
    """
    n = x.size
    out = np.empty(n)
    ordered = np.empty(2 * reach + 2)
    m = 0
    for i in range(min(reach, n)):
        if not np.isnan(x[i]):
            _insert(ordered, m, x[i])
            m += 1
    for i in range(n):
        if i + reach < n and not np.isnan(x[i + reach]):
            _insert(ordered, m, x[i + reach])
            m += 1
        if i - reach - 1 >= 0 and not np.isnan(x[i - reach - 1]):
            _remove(ordered, m, x[i - reach - 1])
            m -= 1
        if m == 0:
            out[i] = np.nan
        elif m % 2 == 1:
            out[i] = ordered[m // 2]
        else:
            out[i] = 0.5 * (ordered[m // 2 - 1] + ordered[m // 2])
    return out


@kernel
def gap_limits(d, width, bins):
    """Where a histogram of d (bins of `width` about 0) first has an empty bin, downwards and upwards from 0.

    What lies beyond the outermost bins is beyond a gap only if there is one.
    """
    count = np.zeros(2 * bins + 1, np.int64)
    for i in range(d.size):
        if np.isnan(d[i]):
            continue
        b = np.rint(d[i] / width)
        if abs(b) <= bins:
            count[int(b) + bins] += 1
    low = -np.inf
    high = np.inf
    for b in range(bins + 1):
        if count[bins + b] == 0:
            high = (b - 0.5) * width
            break
    for b in range(bins + 1):
        if count[bins - b] == 0:
            low = -(b - 0.5) * width
            break
    return low, high


@kernel
def replace_beyond(x, center, low, high, marked):
    """Draw a line through runs where x - center is outside [low, high]; returns new events (runs).

    Nearer to the truth than the median of a window that holds the spike; which is what a run beside a
    gap or an end takes.
    """
    n = x.size
    events = 0
    i = 0
    while i < n:
        d = x[i] - center[i]
        if not (d < low or d > high):
            i += 1
            continue
        stop = i + 1
        while stop < n and (x[stop] - center[stop] < low or x[stop] - center[stop] > high):
            stop += 1
        events += not marked[i]
        line = i > 0 and stop < n and not np.isnan(x[i - 1]) and not np.isnan(x[stop])
        left = x[i - 1] if line else 0.0
        slope = (x[stop] - left) / (stop - i + 1) if line else 0.0
        for j in range(i, stop):
            x[j] = left + slope * (j - i + 1) if line else center[j]
            marked[j] = True
        i = stop
    return events


def despike_brock_1986(
    rows: Sequence[npt.NDArray[np.float64]], reach: int, width: float, passes: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Despike rows of one length in place by a running median of 2 reach + 1 samples.

    A sample is a spike when its difference from the median lies beyond the first gap in the histogram of
    differences, of bins `width` robust standard deviations wide; it is interpolated. Each row is swept until
    nothing new is found, at most `passes` times. Returns (events, replaced) per row. Medians
    of whole rows are numpy's, which would take a second to compile.
    """
    events = np.zeros(len(rows), np.int64)
    marked = np.zeros((len(rows), rows[0].size), np.bool_)
    for v, row in enumerate(rows):
        for _ in range(passes):
            center = running_median(row, reach)
            d = row - center
            there = d[~np.isnan(d)]
            scale = np.median(np.abs(there)) / 0.6745 if there.size else 0.0
            if scale == 0.0:  # most samples equal their neighbours' median: no scale, so nothing is far
                break
            low, high = gap_limits(d, width * scale, 2000)
            new = replace_beyond(row, center, low, high, marked[v])
            events[v] += new
            if new == 0:
                break
    return events, marked.sum(axis=1)
