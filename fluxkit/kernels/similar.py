"""Marginal distribution sampling: the mean of what was measured near by in time under similar conditions."""

import numpy as np

from fluxkit.kernels._jit import kernel


@kernel
def _near_in_three(packed, first, last, at, tolerance, dark, found, n):
    """Append the places first..last where all three drivers are within the tolerance; returns the number."""
    day = not at[0] < dark
    for j in range(first, last):
        found[n] = j
        near = abs(packed[1, j] - at[0]) < tolerance[0]
        near &= (packed[1, j] < dark) | day
        near &= abs(packed[2, j] - at[1]) < tolerance[1]
        near &= abs(packed[3, j] - at[2]) < tolerance[2]
        n += near
    return n


@kernel
def _near_in_one(packed, first, last, at, tolerance, dark, found, n):
    """Append the places first..last where radiation is within the tolerance."""
    day = not at[0] < dark
    for j in range(first, last):
        found[n] = j
        near = abs(packed[1, j] - at[0]) < tolerance[0]
        n += near & ((packed[1, j] < dark) | day)
    return n


@kernel
def _same_hour(values, center, reach, left_out, found, n):
    """Append the places within `reach` records of `center` that hold a value."""
    for j in range(max(center - reach, 0), min(center + reach + 1, values.size)):
        found[n] = j
        n += not np.isnan(values[j]) and j != left_out
    return n


@kernel
def _mean(values, found, n):
    total = 0.0
    for k in range(n):
        total += values[found[k]]
    return total / n


@kernel
def _deviation(values, found, n):
    mean = _mean(values, found, n)
    squares = 0.0
    for k in range(n):
        squares += (values[found[k]] - mean) ** 2
    return np.sqrt(squares / (n - 1))


@kernel
def _mean_of_sides(values, radiation, found, n, at):
    """Mean of the means of what has at most, and what has more than the radiation `at`."""
    below = 0.0
    above = 0.0
    n_below = 0
    for k in range(n):
        j = found[k]
        if radiation[j] <= at:
            below += values[j]
            n_below += 1
        else:
            above += values[j]
    if n_below == 0 or n_below == n:
        return (below + above) / n
    return 0.5 * (below / n_below + above / (n - n_below))


@kernel
def _pack(values, sw, vpd, ta, every, packed, before):
    """Gather what can be compared: value, radiation, vapour pressure deficit, temperature.

    every : whether all drivers must be there, or radiation alone. before: how many stand before each record.
    """
    m = 0
    for i in range(values.size):
        before[i] = m
        packed[0, m] = values[i]
        packed[1, m] = sw[i]
        packed[2, m] = vpd[i]
        packed[3, m] = ta[i]
        there = not (np.isnan(values[i]) or np.isnan(sw[i]))
        m += there and not (every and (np.isnan(vpd[i]) or np.isnan(ta[i])))
    before[values.size] = m


@kernel
def similar_conditions(
    values, sw, vpd, ta, wanted, per_day, steps, short, reach, tolerances, day, dark, itself, numbers, counts
):  # fmt: skip
    """Fill `numbers` and `counts` for the records wanted: NaN and 0 where nothing similar is found.

    Parameters
    ----------
    values, sw, vpd, ta : (n,) float
        What is to be predicted, radiation [W m-2], vapour pressure deficit, temperature; NaN where missing.
    wanted : (n,) bool
    per_day : int
        Records of a day.
    steps : (k, 2) int
        Tried in this order until two values are found. First column: 1 for similar in three drivers, 2 for
        similar radiation, 3 for the same hour of the day; second: days before and after. The windows of
        each of the three grow.
    short : int
        Records by which a window of drivers falls short of whole days at both ends.
    reach : int
        Records before and after the hour.
    tolerances : (4,) float
        Of radiation (as much as the record's, at least the first, at most the second), deficit, temperature.
    day : float
        Radiation from which the means of what has less and what has more of it are averaged. [W m-2]
    dark : float
        Radiation below which it is night, and only nights are compared. [W m-2]
    itself : bool
        Whether a value counts among those similar to it.
    numbers : (2, n) float
        Mean and standard deviation.
    counts : (3, n) int
        Number of values, first and second column of the step.
    """
    n = values.size
    numbers[:] = np.nan
    counts[:] = 0
    packed = np.empty((2, 4, n + 1))
    before = np.empty((2, n + 1), np.int64)
    for k in range(2):
        _pack(values, sw, vpd, ta, k == 0, packed[k], before[k])
    found = np.empty((3, n + 1), np.int64)
    size = np.empty(3, np.int64)
    # What was looked through: places of the packed from low on and before high; days.
    low = np.empty(2, np.int64)
    high = np.empty(2, np.int64)
    at = np.empty(3)
    tolerance = np.empty(3)
    tolerance[1:] = tolerances[2:]
    nothing = np.isnan(values).all()
    for i in range(n):
        if nothing or not wanted[i]:
            continue
        at[0] = sw[i]
        at[1] = vpd[i]
        at[2] = ta[i]
        tolerance[0] = max(min(tolerances[1], sw[i]), tolerances[0])
        size[:] = 0
        for k in range(2):
            low[k] = before[k, i]
            high[k] = before[k, i] if itself else before[k, i + 1]
        days = -1
        for s in range(steps.shape[0]):
            k = steps[s, 0] - 1
            width = steps[s, 1]
            m = size[k]
            if k == 2:
                for d in range(days + 1, width + 1):
                    left_out = n if itself else i
                    m = _same_hour(values, i - d * per_day, reach, left_out, found[k], m)
                    if d > 0:
                        m = _same_hour(values, i + d * per_day, reach, left_out, found[k], m)
                days = width
            elif np.isnan(at[0]) or (k == 0 and (np.isnan(at[1]) or np.isnan(at[2]))):
                continue
            else:
                span = width * per_day - short
                first = before[k, max(i - span, 0)]
                last = before[k, min(i + span + 1, n)]
                if k == 0:
                    m = _near_in_three(packed[k], first, low[k], at, tolerance, dark, found[k], m)
                    m = _near_in_three(packed[k], high[k], last, at, tolerance, dark, found[k], m)
                else:
                    m = _near_in_one(packed[k], first, low[k], at, tolerance, dark, found[k], m)
                    m = _near_in_one(packed[k], high[k], last, at, tolerance, dark, found[k], m)
                low[k] = first
                high[k] = last
            size[k] = m
            if m >= 2:
                among = values if k == 2 else packed[k, 0]
                if k < 2 and at[0] >= day:
                    numbers[0, i] = _mean_of_sides(among, packed[k, 1], found[k], m, at[0])
                else:
                    numbers[0, i] = _mean(among, found[k], m)
                numbers[1, i] = _deviation(among, found[k], m)
                counts[0, i] = m
                counts[1, i] = steps[s, 0]
                counts[2, i] = width
                break
