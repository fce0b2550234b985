"""Samples that cannot be right, sample by sample; each kernel works in place and counts."""

import numpy as np
import numpy.typing as npt

from fluxkit.kernels._jit import kernel


@kernel
def outside(x, low, high):
    """Set samples outside [low, high] to NaN; returns how many."""
    n = 0
    for i in range(x.size):
        if x[i] < low or x[i] > high:
            x[i] = np.nan
            n += 1
    return n


@kernel
def horizontal_outside(u, v, limit):
    """Set both components to NaN where their speed exceeds limit or one is missing; returns exceedances."""
    if v.size != u.size:
        raise ValueError("series differ in length")
    n = 0
    surely = limit * limit * (1.0 - 1e-12)  # hypot takes ten times as long; it decides where rounding matters
    for i in range(u.size):
        if u[i] * u[i] + v[i] * v[i] < surely:
            continue
        speed = np.hypot(u[i], v[i])
        if not speed <= limit:
            n += not np.isnan(speed)
            u[i] = np.nan
            v[i] = np.nan
    return n


@kernel
def beyond(x, factor, low, high):
    """Count samples that lie outside [low, high] once multiplied by a factor."""
    n = 0
    for i in range(x.size):
        y = x[i] * factor
        n += (y < low) | (y > high)
    return n


@kernel
def valid(x):
    """Count the samples that are there."""
    n = 0
    for i in range(x.size):
        n += not np.isnan(x[i])
    return n


@kernel(reassoc=True)
def sum_and_count(x):
    """Sum and number of the samples that are there; counted first, else it becomes no vector code."""
    n = 0
    s = 0.0
    for i in range(x.size):
        there = not np.isnan(x[i])
        n += 1 if there else 0
        s += x[i] if there else 0.0
    return s, n


def mean_and_count(x: npt.NDArray[np.float64]) -> tuple[float, int]:
    """Mean and number of the samples that are there."""
    total, n = sum_and_count(x)
    return (total / n, int(n)) if n else (np.nan, 0)


def mean_and_extremes(x: npt.NDArray[np.float64]) -> tuple[float, float, float, int]:
    """Mean, smallest, largest and number of the samples that are there."""
    total, n = sum_and_count(x)
    if n == 0:
        return np.nan, np.nan, np.nan, 0
    return total / n, float(np.fmin.reduce(x)), float(np.fmax.reduce(x)), int(n)


@kernel(reassoc=True)
def largest_square(u, v, w):
    """Largest u^2 + v^2 + w^2 of the samples that have all three, NaN if none has."""
    if v.size != u.size or w.size != u.size:
        raise ValueError("series differ in length")
    largest = -1.0
    for i in range(u.size):
        square = u[i] * u[i] + v[i] * v[i] + w[i] * w[i]
        largest = square if square > largest else largest
    return largest if largest >= 0.0 else np.nan
