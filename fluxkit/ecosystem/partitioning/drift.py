"""What may happen to a parameter between the windows that know it."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def rate(days: Array, values: Array, lag: float = 10.0) -> float:
    """Variance of the logarithm's change per day, from windows some `lag` days apart.

    Episodes count: a drought or a harvest may fall into a gap. Changes beyond a factor of e are taken for
    noise.

    days: of the windows, rising; values: positive.
    """
    if days.size < 3:
        return 0.01
    after = np.searchsorted(days, days + lag)
    known = after < days.size
    if not known.any():
        return 0.01
    apart = days[after[known]] - days[known]
    change = np.log(values[after[known]] / values[known])
    return float(np.mean(np.clip(change, -1.0, 1.0) ** 2 / apart))


def variance(days: Array, at: Array, per_day: float) -> Array:
    """Of a random walk at times `at` that is known on `days`: nothing there, most between, rising beyond.

    per_day: variance of a day's step.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.partitioning.drift import variance
    >>> variance(np.array([0.0, 10.0]), np.array([0.0, 5.0, 10.0, 12.0]), 0.01)
    array([0.   , 0.025, 0.   , 0.02 ])
    """
    after = np.searchsorted(days, at)
    inside = (after > 0) & (after < days.size)
    right = days[np.clip(after, 0, days.size - 1)]
    left = days[np.clip(after - 1, 0, days.size - 1)]
    to_left, to_right = np.abs(at - left), np.abs(right - at)
    with np.errstate(invalid="ignore", divide="ignore"):
        bridge = np.where(to_left + to_right > 0, to_left * to_right / (to_left + to_right), 0.0)
    return np.asarray(per_day * np.where(inside, bridge, np.minimum(to_left, to_right)))


def walk(days: Array, at: Array, per_day: float, random: np.random.Generator) -> Array:
    """One such random walk, zero on `days`."""
    grid = np.arange(np.floor(at[0]) - 1, np.ceil(at[-1]) + 2)
    steps = np.sqrt(per_day) * random.standard_normal(grid.size)
    path = np.cumsum(steps)
    return np.asarray(np.interp(at, grid, path) - np.interp(at, days, np.interp(days, grid, path)))
