"""Values by rank without sorting: a histogram finds the few samples among which a rank lies."""

import numpy as np

from fluxkit.kernels._jit import kernel

_BINS = 2048


@kernel
def select(x, first, last, rank):
    """Value at `rank` of x once x[first..last] is in order; x is partly ordered on the way (Hoare 1961)."""
    while first < last:
        pivot = x[(first + last) // 2]
        i = first
        j = last
        while i <= j:
            while x[i] < pivot:
                i += 1
            while x[j] > pivot:
                j -= 1
            if i <= j:
                x[i], x[j] = x[j], x[i]
                i += 1
                j -= 1
        if rank <= j:
            last = j
        elif rank >= i:
            first = i
        else:
            break
    return x[rank]


@kernel
def _alike(x):
    # Whether all are the same, as of a pressure that is measured to a few digits: selection is slow then.
    for i in range(1, x.size):
        if x[i] != x[0]:
            return False
    return True


@kernel
def ranked(x, low, high, ranks):
    """Values at the given ranks, in rising order, of the samples that are there; 0 is the smallest.

    low, high: the smallest and the largest sample; every rank is below the number of samples.
    """
    n = x.size
    place = np.empty(n, np.uint16)  # without a sign: no look at each whether it counts from the end
    count = np.zeros(_BINS + 1, np.int64)  # the last: missing
    scale = (_BINS - 1) / (high - low) if high > low else 0.0
    for i in range(n):
        v = (x[i] - low) * scale
        b = int(v) if v < _BINS else _BINS - 1
        place[i] = _BINS if np.isnan(x[i]) else b
        count[place[i]] += 1
    # Bins that hold a rank are gathered one behind the other.
    begin = np.full(_BINS + 1, -1)
    found = np.empty(ranks.size, np.int64)
    before = np.empty(ranks.size, np.int64)
    size = 0
    below = 0
    b = 0
    for k in range(ranks.size):
        while below + count[b] <= ranks[k]:
            below += count[b]
            b += 1
        found[k] = b
        before[k] = below
        if begin[b] < 0:
            begin[b] = size
            size += count[b]
    gathered = np.empty(size)
    end = begin.copy()
    for i in range(n):
        b = place[i]
        if end[b] >= 0:
            gathered[end[b]] = x[i]
            end[b] += 1
    out = np.empty(ranks.size)
    alike = False
    for k in range(ranks.size):
        b = found[k]
        if k == 0 or b != found[k - 1]:
            alike = _alike(gathered[begin[b] : end[b]])
        if alike:
            out[k] = gathered[begin[b]]
        else:
            out[k] = select(gathered, begin[b], end[b] - 1, begin[b] + ranks[k] - before[k])
    return out
