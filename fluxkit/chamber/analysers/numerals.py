"""Single values of headers as numbers; NaN of what is none."""

import math
from typing import Any

#: Beyond this a number is damage, whatever it counts: products of such ones leave double precision.
LARGEST = 1e30
_SECONDS = 60.0


def finite_number(value: Any) -> float:
    """Return a finite number, NaN of anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return found if abs(found) <= LARGEST else math.nan


def whole_number(value: Any) -> int:
    """Return a whole number, 0 of anything else."""
    found = finite_number(value)
    return 0 if math.isnan(found) else int(found)


def seconds_of(text: str) -> float:
    """Return the seconds of "mm:ss" or "hh:mm:ss"."""
    total = 0.0
    for part in text.split(":"):
        total = total * _SECONDS + finite_number(part)
    return total
