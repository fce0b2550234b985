"""Resamples of a season's records, told by how often each is held: laid out, and in classes."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def longest(copies):
    """Records of the largest resample, one at least."""
    most = 1
    for b in range(copies.shape[0]):
        most = max(most, copies[b].sum())
    return most


@kernel
def lay_out(x, copies, drawn, place):
    """Write each value as often as it is held, and its place; returns how many there are."""
    m = 0
    for i in range(x.size):
        for _ in range(copies[i]):
            drawn[m] = x[i]
            place[m] = i
            m += 1
    return m


@kernel
def shifting_starts(x, n, classes, same, start):
    """Begin of classes of n / classes values, where x changes; those left without values begin at n."""
    size = n // classes
    start[0] = 0
    for k in range(1, classes):
        i = max(int(np.rint(k * size)), 1)
        while i < n and x[i] - x[i - 1] <= same:
            i += 1
        start[k] = min(max(i, start[k - 1]), n)
    start[classes] = n


@kernel
def correlation(x, y, copies, first, last):
    """Correlation of the records from `first` to before `last`, each as often as it is held."""
    total = 0.0
    mean_x = 0.0
    mean_y = 0.0
    for i in range(first, last):
        total += copies[i]
        mean_x += copies[i] * x[i]
        mean_y += copies[i] * y[i]
    mean_x /= total
    mean_y /= total
    xx = 0.0
    yy = 0.0
    xy = 0.0
    for i in range(first, last):
        dx = x[i] - mean_x
        dy = y[i] - mean_y
        xx += copies[i] * dx * dx
        yy += copies[i] * dy * dy
        xy += copies[i] * dx * dy
    return xy / np.sqrt(xx * yy)
