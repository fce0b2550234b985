"""Stays of a signal at one value: how often it changes, and where it does not move for long."""

import numpy as np

from fluxkit.kernels._jit import kernel

#: Changes beside a stay that are needed to tell, and how many of the finest steps they must have on average.
FEWEST, STEPS = 20, 3.0


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
def drop_stays(x, longest, shortest, beyond, reach):
    """Set all but the first sample of long stays to NaN; returns how many.

    Long is a stay of more than ``longest`` samples, or of more than ``shortest`` where the signal moves so
    well within ``reach`` samples on both sides that chance gives ``beyond`` times fewer. Two samples half as
    far apart lie in every such stay: most of the series is not looked at.
    """
    step = max(min(shortest, longest) // 2, 1)
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
        n = last - first + 1
        if n > longest or (n > shortest and n > beyond * _chance_around(x, first, last, reach)):
            for k in range(first + 1, last + 1):
                x[k] = np.nan
            lost += last - first
        i = max(last + 1, i + step)
    return lost


@kernel
def _chance_around(x, first, last, reach):
    """Longest stay that chance gives a signal which moves as it does around a stay.

    Infinite where few changes are to be seen, or where they are steps of the resolution: in a
    lull a signal cannot but stand still.
    """
    changed, single = 0, 0
    finest, path = np.inf, 0.0
    for begin, end in ((max(first - reach, 1), first), (last + 2, min(last + 2 + reach, x.size - 1))):
        for i in range(begin, end):
            before = (x[i] < x[i - 1]) | (x[i] > x[i - 1])
            after = (x[i] < x[i + 1]) | (x[i] > x[i + 1])
            if not before:
                continue
            changed += 1
            single += 1 if after else 0
            step = abs(x[i] - x[i - 1])
            path += step
            finest = min(finest, step)
    if changed < FEWEST or single == 0 or path < STEPS * finest * changed:
        return np.inf
    p = min(single / changed, 1.0 - 1e-9)
    return np.log(max(x.size, 2)) / -np.log1p(-p)


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
