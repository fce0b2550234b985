"""What a learnt filler is told of each record: drivers and their course, hour, season, passing time."""

import numpy as np

from fluxkit.ecosystem.filling.registry import Array
from fluxkit.ecosystem.halfhours import HalfHours

#: Drivers whose course of the last hours counts, and hours over which each is averaged.
HOURS = {"SW_IN": 3.0, "TA": 6.0}
#: Drivers whose sum or state over days counts, and those days.
DAYS = {"P": (7.0, 30.0)}


def features(drivers: dict[str, Array], at: HalfHours) -> tuple[Array, tuple[str, ...]]:
    """Return the table that a learnt filler sees.

    Season is a point on a circle, so that the same weeks of other years count; beside it stands the time
    since the begin, by which the years may differ. Nothing is taken from the flux itself: a gap has none.

    Parameters
    ----------
    drivers : dict of (n,) arrays
        By name, NaN where missing.
    at : HalfHours

    Returns
    -------
    table : (n, m) array
    names : tuple of m str
    """
    n = at.start.size
    day = 2.0 * np.pi * at.hour / 24.0
    year = 2.0 * np.pi * (at.day_of_year - 1 + at.hour / 24.0) / 365.25
    columns = {name: np.asarray(values, np.float64) for name, values in drivers.items()}
    for name, hours in HOURS.items():
        if name in drivers:
            width = max(1, round(hours * at.per_day / 24.0))
            columns[f"{name}, mean of {hours:g} h"] = trailing_mean(drivers[name], width)
    if "SW_IN" in drivers:
        columns["SW_IN, change"] = np.diff(drivers["SW_IN"], prepend=drivers["SW_IN"][:1])
    for name, lengths in DAYS.items():
        for days in lengths if name in drivers else ():
            columns[f"{name}, mean of {days:g} d"] = trailing_mean(drivers[name], round(days * at.per_day))
    columns |= {
        "hour, sine": np.sin(day),
        "hour, cosine": np.cos(day),
        "season, sine": np.sin(year),
        "season, cosine": np.cos(year),
        "time": np.arange(n) / (365.25 * at.per_day),
    }
    return np.column_stack(list(columns.values())), tuple(columns)


def trailing_mean(values: Array, width: int) -> Array:
    """Return the mean of what there is of a record and those before it, NaN where there is nothing.

    Examples
    --------
    >>> import numpy as np
    >>> trailing_mean(np.array([1.0, np.nan, 3.0, 5.0]), 2)
    array([1., 1., 3., 4.])
    """
    there = np.isfinite(values)

    def windowed(x: Array) -> Array:
        total = np.concatenate([[0.0], np.cumsum(x)])
        first = np.maximum(np.arange(1, x.size + 1) - width, 0)
        return np.asarray(total[1:] - total[first])

    count = windowed(there.astype(np.float64))
    centre = float(values[there].mean()) if there.any() else 0.0
    total = windowed(np.where(there, values - centre, 0.0))
    return np.where(count > 0, centre + total / np.maximum(count, 1.0), np.nan)
