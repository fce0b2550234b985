"""Spikes: samples too far from their surroundings, for too short a time to be real."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def _local_limits(x, window, step, mean, sd):
    """Mean and sd (N-1) of overlapping windows, by running sums; returns the number of windows."""
    n = x.size
    shift = 0.0
    for i in range(n):
        if not np.isnan(x[i]):
            shift = x[i]
            break
    count = np.zeros(n + 1)
    s1 = np.zeros(n + 1)
    s2 = np.zeros(n + 1)
    c = 0.0
    a = 0.0
    b = 0.0
    for i in range(n):
        if not np.isnan(x[i]):
            d = x[i] - shift
            c += 1.0
            a += d
            b += d * d
        count[i + 1] = c
        s1[i + 1] = a
        s2[i + 1] = b
    n_windows = (n - window) // step + 1
    for k in range(n_windows):
        i = k * step
        j = i + window
        m = count[j] - count[i]
        if m < 2.0:
            mean[k] = np.nan
            sd[k] = np.nan
            continue
        average = (s1[j] - s1[i]) / m
        variance = (s2[j] - s2[i] - m * average * average) / (m - 1.0)
        mean[k] = average + shift
        sd[k] = np.sqrt(max(variance, 0.0))
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


@kernel
def _outlying(x, i, k, mean, sd, offset, step):
    """Signed distance of x[i] from its window's limit, 0 inside."""
    w = min(max((i - offset) // step, 0), mean.size - 1)
    limit = k * sd[w]
    if x[i] - mean[w] > limit:
        return x[i] - mean[w] - limit
    if mean[w] - x[i] > limit:
        return x[i] - mean[w] + limit
    return 0.0


@kernel
def _sweep_vm97(x, marked, k, run_max, hold, window, step, mean, sd):
    """One pass of Vickers & Mahrt over one variable; returns the number of new spikes (runs)."""
    n = x.size
    n_windows = _local_limits(x, window, step, mean, sd)
    mean = mean[:n_windows]
    sd = sd[:n_windows]
    # A window's limits hold for its central `step` samples.
    offset = window // 2 - step // 2 - 1
    events = 0
    excess = _outlying(x, 0, k, mean, sd, offset, step)
    if excess != 0.0:  # no left neighbour to interpolate from: draw it to the limit
        x[0] -= excess
        events += not marked[0]
        marked[0] = True
    run = 0
    for i in range(1, n + 1):
        if i < n and _outlying(x, i, k, mean, sd, offset, step) != 0.0:
            run += 1
            continue
        if run > 0 and run <= run_max:
            events += not marked[i - 1]
            for j in range(i - run, i):
                marked[j] = True
            _replace(x, i - run, i - 1, hold)
        run = 0
    return events


@kernel
def despike_vickers_mahrt_1997(data, k, run_max, hold, window, step, passes):
    """Despike the rows of data in place; k[v] in standard deviations.

    All rows are swept again, k raised by 0.1, while any row had a new spike. `hold`: what
    becomes of a spike beside a gap, see `_replace`. Returns (events, replaced): runs found
    and samples marked, per row.
    """
    n_rows, n = data.shape
    events = np.zeros(n_rows, np.int64)
    replaced = np.zeros(n_rows, np.int64)
    window = min(window, n)
    mean = np.empty(n // step + 2)
    sd = np.empty(n // step + 2)
    marked = np.zeros((n_rows, n), np.bool_)
    for p in range(passes):
        found = 0
        for v in range(n_rows):
            new = _sweep_vm97(data[v], marked[v], k[v] + 0.1 * p, run_max, hold, window, step, mean, sd)
            events[v] += new
            found += new
        if found == 0:
            break
    for v in range(n_rows):
        replaced[v] = np.sum(marked[v])
    return events, replaced


@kernel
def _median_and_limit(x, gap, k):
    """Median of what is no gap, and k * MAD / 0.6745."""
    there = x[x != gap] if not np.isnan(gap) else x[~np.isnan(x)]
    if there.size == 0:
        return np.nan, np.nan
    median = np.median(there)
    return median, k * np.median(np.abs(there - median)) / 0.6745


@kernel
def _sweep_mad(x, marked, k):
    """One pass of the median-absolute-deviation test over one variable; returns new spikes (runs)."""
    n = x.size
    median, limit = _median_and_limit(x, np.nan, k)
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
def _sweep_mad_eddypro_6(x, marked, k):
    """The same as EddyPro 6 runs it: a gap is the number -9999, left out of the count of a run but not
    of the interpolation, so that values far from any measurement can appear beside gaps.
    """
    n = x.size
    gap = -9999.0
    median, limit = _median_and_limit(x, gap, k)
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


@kernel
def despike_mauder_2013(data, k, passes, eddypro_6):
    """Despike the rows of data in place by k * MAD / 0.6745 around the period's median.

    Returns (events, replaced) as `despike_vickers_mahrt_1997`.
    """
    n_rows, n = data.shape
    events = np.zeros(n_rows, np.int64)
    replaced = np.zeros(n_rows, np.int64)
    marked = np.zeros((n_rows, n), np.bool_)
    for v in range(n_rows):
        x = data[v]
        if eddypro_6:
            x = np.where(np.isnan(x), -9999.0, x)
        for _ in range(passes):
            new = _sweep_mad_eddypro_6(x, marked[v], k) if eddypro_6 else _sweep_mad(x, marked[v], k)
            events[v] += new
            if new == 0:
                break
        if eddypro_6:
            data[v] = np.where(x == -9999.0, np.nan, x)
        replaced[v] = np.sum(marked[v])
    return events, replaced
