"""Years beside one another: does the course of the day stay the same? (AmeriFlux' check of patterns)"""

import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fluxkit.submissions.finding import Finding

Array = npt.NDArray[np.float64]

#: Days of a composite of the day, and years that the others are judged by.
WINDOW, YEARS = 15, 3
#: Correlation with the other years' pattern below which, and share outside their outer band above which, a
#: year is asked about.
CORRELATION, OUTSIDE = 0.4, (0.15, 0.30)
#: Ranges of the other years that the outer band is wide on each side of their median.
WIDE = 3.0
#: Correlation of the other years with one another from which on one that differs is told.
STEADY = 0.6


def pattern(values: Array, day: npt.NDArray[np.int64], slot: npt.NDArray[np.int64], per_day: int) -> Array:
    """Return medians, shape (fortnight, slot), of a year; NaN where there is nothing."""
    window = np.minimum(day // WINDOW, 365 // WINDOW)
    out = np.full((365 // WINDOW + 1, per_day), np.nan)
    known = np.isfinite(values)
    cell = window[known] * per_day + slot[known]
    order = np.lexsort((values[known], cell))
    cells, begins, counts = np.unique(cell[order], return_index=True, return_counts=True)
    sorted_values = values[known][order]
    low, high = sorted_values[begins + (counts - 1) // 2], sorted_values[begins + counts // 2]
    out.ravel()[cells] = 0.5 * (low + high)
    return out


def pattern_findings(
    name: str, values: Array, year: npt.NDArray[np.int64], day: npt.NDArray[np.int64],
    slot: npt.NDArray[np.int64], per_day: int,
) -> Iterator[Finding]:  # fmt: skip
    """Yield years whose course of the day through the year is not that of the others.

    Parameters
    ----------
    name : str
        Of the column.
    values, year, day, slot : (n,) arrays
        Of each record: value, year, day of the year from 0, record of the day from 0.
    per_day : int
        Records of a day.
    """
    years = np.unique(year)
    if years.size < YEARS:
        return
    made = {y: pattern(values[year == y], day[year == y], slot[year == y], per_day) for y in years.tolist()}
    for y, own in made.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a cell without any value
            others = np.stack([other for k, other in made.items() if k != y])
            middle = np.nanmedian(others, axis=0)
            spread = np.nanmax(others, axis=0) - np.nanmin(others, axis=0)
        both = np.isfinite(own) & np.isfinite(middle)
        if both.sum() < per_day or np.std(own[both]) == 0.0 or np.std(middle[both]) == 0.0:
            continue
        r = float(np.corrcoef(own[both], middle[both])[0, 1])
        if r < CORRELATION and _steady(others):
            says = f"the course of the day through {y} goes with that of other years by r = {r:.2f} alone"
            yield Finding(name, "warning", says, "look for shifted stamps, another sensor, a changed sign")
        typical = float(np.median(spread[both]))
        outside = float(np.mean(np.abs(own[both] - middle[both]) > WIDE * np.maximum(spread[both], typical)))
        if outside > OUTSIDE[0]:
            level = "error" if outside > OUTSIDE[1] else "warning"
            says = f"{100 * outside:.0f} % of the courses of the day in {y} are far from those of other years"
            yield Finding(name, level, says, "look for a changed unit, calibration or sensor")


def _steady(patterns: Array) -> bool:
    """Whether patterns, shape (year, fortnight, slot), go together, so that another can stand out."""
    first, rest = patterns[0], patterns[1:]
    for other in rest:
        both = np.isfinite(first) & np.isfinite(other)
        if both.sum() < 2 or float(np.corrcoef(first[both], other[both])[0, 1]) < STEADY:
            return False
    return True
