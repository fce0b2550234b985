"""Spikes: samples too far from their surroundings, for too short a time to be real."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fluxkit.kernels._jit import kernel

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@kernel(reassoc=True)
def _chunk_sums(x, step, shift, count, s1, s2):
    """Number, sum and sum of squares of x - shift over consecutive chunks of `step` samples."""
    for c in range(x.size // step):
        chunk = x[c * step : (c + 1) * step]
        m = 0  # a whole number: with a float the loop is no vector code
        a = 0.0
        b = 0.0
        for i in range(step):
            there = not np.isnan(chunk[i])
            d = chunk[i] - shift if there else 0.0
            m += 1 if there else 0
            a += d
            b += d * d
        count[c] = m
        s1[c] = a
        s2[c] = b


@kernel
def _local_limits(x, window, step, mean, sd):
    """Mean and sd (N-1) of windows that start every `step` samples, by running sums over chunks.

    The window's length counts in whole steps. Returns the number of windows.
    """
    shift = 0.0
    for i in range(x.size):
        if not np.isnan(x[i]):
            shift = x[i]
            break
    chunks = x.size // step
    width = window // step
    if chunks < width:
        return 0
    count = np.empty(chunks)
    s1 = np.empty(chunks)
    s2 = np.empty(chunks)
    _chunk_sums(x, step, shift, count, s1, s2)
    m = 0.0
    a = 0.0
    b = 0.0
    for c in range(width):
        m += count[c]
        a += s1[c]
        b += s2[c]
    n_windows = chunks - width + 1
    for k in range(n_windows):
        if k > 0:
            m += count[k + width - 1] - count[k - 1]
            a += s1[k + width - 1] - s1[k - 1]
            b += s2[k + width - 1] - s2[k - 1]
        if m < 2.0:
            mean[k] = np.nan
            sd[k] = np.nan
            continue
        average = a / m
        mean[k] = average + shift
        sd[k] = np.sqrt(max((b - m * average * average) / (m - 1.0), 0.0))
    return n_windows


@kernel
def _replace(x, first, last, hold):
    """Draw a straight line through x[first..last] from its neighbours.

    Beside a gap or an end there is one neighbour only: hold it, or leave the spike in.
    """
    n = x.size
    left = first - 1
    right = last + 1
    if left >= 0 and right < n and not np.isnan(x[left]) and not np.isnan(x[right]):
        slope = (x[right] - x[left]) / (right - left)
        for i in range(first, right):
            x[i] = x[left] + slope * (i - left)
    elif hold and left >= 0 and not np.isnan(x[left]):
        for i in range(first, right):
            x[i] = x[left]
    elif hold and right < n and not np.isnan(x[right]):
        for i in range(first, right):
            x[i] = x[right]


@kernel(reassoc=True)
def _any_outside(x, low, high):
    """Whether any sample of x lies outside [low, high]; written so that it becomes vector code."""
    n = 0
    for i in range(x.size):
        n += 1 if (x[i] > high) | (x[i] < low) else 0
    return n > 0


@kernel
def _sweep_vm97(x, marked, k, run_max, hold, window, step, mean, sd):
    """One pass of Vickers & Mahrt over one variable; returns new spikes (runs) and samples beyond."""
    n = x.size
    n_windows = _local_limits(x, window, step, mean, sd)
    events = 0
    beyond = 0
    run = 0
    first = 1
    for w in range(n_windows):
        # A window's limits hold for its central `step` samples, the outer ones' to the ends.
        low = mean[w] - k * sd[w]
        high = mean[w] + k * sd[w]
        last = window // 2 + step // 2 - 1 + w * step if w < n_windows - 1 else n
        if w == 0 and (x[0] > high or x[0] < low):  # no left neighbour: draw it to the limit
            x[0] = high if x[0] > high else low
            events += not marked[0]
            marked[0] = True
            beyond += 1
        if run == 0 and not _any_outside(x[first:last], low, high):
            first = last
            continue
        for i in range(first, last):
            if x[i] > high or x[i] < low:
                run += 1
                beyond += 1
                continue
            if run > 0 and run <= run_max:
                events += _close(x, marked, i, run, hold)
            run = 0
        first = last
    if run > 0 and run <= run_max:
        events += _close(x, marked, n, run, hold)
    return events, beyond


@kernel
def _close(x, marked, stop, run, hold):
    """Mark and replace the run that ends before `stop`; returns 1 if it is new."""
    new = not marked[stop - 1]
    for j in range(stop - run, stop):
        marked[j] = True
    _replace(x, stop - run, stop - 1, hold)
    return new


def despike_vickers_mahrt_1997(
    rows: Sequence[Array], k: Sequence[float], run_max: int, hold: bool, window: int, step: int, passes: int
) -> tuple[Counts, Counts]:
    """Despike rows of one length in place; k of each in standard deviations.

    All rows are swept again, k raised by 0.1, while any row had a new spike, but for those without a sample
    beyond their limits, which wider ones find neither. `hold`: what becomes of a spike beside a gap, see
    `_replace`. Returns (events, replaced): runs found and samples marked, per row.
    """
    n = rows[0].size
    events = np.zeros(len(rows), np.int64)
    window = max(step, min(window, n) // step * step)
    mean, sd = np.empty(n // step + 2), np.empty(n // step + 2)
    marked = np.zeros((len(rows), n), np.bool_)
    left = list(range(len(rows)))
    for p in range(passes):
        swept = [
            (v, *_sweep_vm97(rows[v], marked[v], k[v] + 0.1 * p, run_max, hold, window, step, mean, sd))
            for v in left
        ]
        for v, new, _ in swept:
            events[v] += new
        left = [v for v, _, beyond in swept if beyond]
        if not any(new for _, new, _ in swept):
            break
    return events, _numbers(marked)


def _numbers(marked: npt.NDArray[np.bool_]) -> Counts:
    return np.array([np.count_nonzero(marks) for marks in marked])


@kernel
def _sweep_mad(x, marked, median, limit):
    """One pass of the median-absolute-deviation test over one variable; returns new spikes (runs)."""
    n = x.size
    events = 0
    run = 0
    for i in range(1, n):
        if i < n - 1 and abs(x[i] - median) > limit:
            run += 1
            continue
        if run > 0:
            events += not marked[i - 1]
            for j in range(i - run, i):
                marked[j] = True
            _replace(x, i - run, i - 1, True)
        run = 0
    return events


@kernel
def _sweep_mad_gap_is_value(x, marked, median, limit):
    """One pass of the same test where gaps are numbers.

    A gap is the number -9999, left out of the count of a run but not of the interpolation, so that
    values far from any measurement can appear beside gaps.
    """
    n = x.size
    gap = -9999.0
    events = 0
    run = 0
    for i in range(1, n - 1):
        if x[i] == gap:
            continue
        if abs(x[i] - median) > limit:
            run += 1
            continue
        if run > 0:
            events += not marked[i - 1]
            for j in range(i - run, i):
                marked[j] = True
            left = i - run - 1
            slope = (x[i] - x[left]) / (run + 1)
            for j in range(1, run + 1):
                x[left + j] = x[left] + slope * j
        run = 0
    return events


def despike_mauder_2013(
    rows: Sequence[Array], k: float, passes: int, gap_is_value: bool, zero_scale: bool = False
) -> tuple[Counts, Counts]:
    """Despike rows of one length in place by k * MAD / 0.6745 around the period's median.

    gap_is_value: gaps are -9999 to the interpolation. zero_scale: a deviation of zero, where half the samples
    are equal, makes all others spikes; without, it is no scale, so that nothing is far.

    Returns (events, replaced) as `despike_vickers_mahrt_1997`. Medians are numpy's, which would
    take a second to compile.
    """
    events = np.zeros(len(rows), np.int64)
    marked = np.zeros((len(rows), rows[0].size), np.bool_)
    sweep = _sweep_mad_gap_is_value if gap_is_value else _sweep_mad
    gap = -9999.0 if gap_is_value else np.nan
    for v, row in enumerate(rows):
        x = np.where(np.isnan(row), gap, row)
        for _ in range(passes):
            there = x[x != gap] if gap_is_value else x[~np.isnan(x)]
            if there.size == 0:
                break
            median = np.median(there)
            limit = k * np.median(np.abs(there - median)) / 0.6745
            if limit == 0.0 and not zero_scale:
                break
            new = sweep(x, marked[v], median, limit)
            events[v] += new
            if new == 0:
                break
        row[:] = np.where(x == gap, np.nan, x) if gap_is_value else x
    return events, _numbers(marked)
