"""Stays of a signal at one value: how often it changes, and where it does not move for long."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def changes(x):
    """Pairs of neighbours that are both there, those that differ, and stays of one sample.

    A stay of one sample differs from both its neighbours; it and a change at a gap do not count.
    """
    pairs = 0
    changed = 0
    single = 0
    for i in range(1, x.size):
        pairs += 1 if not (np.isnan(x[i]) | np.isnan(x[i - 1])) else 0
        changed += 1 if (x[i] < x[i - 1]) | (x[i] > x[i - 1]) else 0
    for i in range(1, x.size - 1):
        before = (x[i] < x[i - 1]) | (x[i] > x[i - 1])
        after = (x[i] < x[i + 1]) | (x[i] > x[i + 1])
        single += 1 if before & after else 0
    return pairs, changed, single


@kernel
def drop_stays(x, longest):
    """Set all but the first sample of stays of more than ``longest`` samples to NaN; returns how many.

    Two samples half that far apart lie in every such stay: most of the series is not looked at.
    """
    step = max(longest // 2, 1)
    lost = 0
    i = 0
    while i + step < x.size:
        if not x[i] == x[i + step]:
            i += step
            continue
        first = i
        while first > 0 and x[first - 1] == x[i]:
            first -= 1
        last = i
        while last + 1 < x.size and x[last + 1] == x[i]:
            last += 1
        if last - first + 1 > longest:
            for k in range(first + 1, last + 1):
                x[k] = np.nan
            lost += last - first
        i = max(last + 1, i + step)
    return lost


@kernel
def stay_lengths(x, most):
    """Number of stays of 1, 2, ..., ``most`` samples and more, between two changes: (most,)."""
    out = np.zeros(most, np.int64)
    start = -1  # first sample of a stay that begins with a change
    for i in range(1, x.size):
        if x[i] == x[i - 1]:
            continue
        there = not (np.isnan(x[i]) or np.isnan(x[i - 1]))
        if there and start >= 0:
            out[min(i - start, most) - 1] += 1
        start = i if there else -1
    return out
