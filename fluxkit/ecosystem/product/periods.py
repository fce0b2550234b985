"""Days, weeks, months and years of an axis of whole local days."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.product.names import Resolution

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: Weeks of a year; the last one has the days that are left.
WEEKS = 52
_DIGITS = {"DD": 8, "WW": 8, "MM": 6, "YY": 4}


class Periods(NamedTuple):
    """Periods of whole days, one after the other."""

    begin: npt.NDArray[np.int64]  #: first day of each
    end: npt.NDArray[np.int64]  #: first day of the next one
    stamps: list[list[str]]  #: columns of time

    @property
    def days(self) -> Array:
        """Length of each. [d]"""
        return (self.end - self.begin).astype(np.float64)


def periods(at: HalfHours, resolution: Resolution) -> Periods:
    """Return the periods of a resolution from days to years.

    Weeks are seven days from the first of January on, the 52nd has one or two more, as in the product.
    """
    days = at.local_start[:: at.per_day].astype("datetime64[D]")
    number = _number(days, resolution)
    first = np.flatnonzero(np.concatenate([[True], number[1:] != number[:-1]]))
    end = np.append(first[1:], days.size)
    digits = _DIGITS[resolution]
    begins = [str(day).replace("-", "")[:digits] for day in days[first]]
    if resolution != "WW":
        return Periods(first, end, [begins])
    return Periods(first, end, [begins, [str(day).replace("-", "")[:digits] for day in days[end - 1]]])


def _number(days: Days, resolution: Resolution) -> npt.NDArray[np.int64]:
    if resolution == "DD":
        return np.arange(days.size)
    years = days.astype("datetime64[Y]")
    if resolution == "YY":
        return np.asarray(years.astype(np.int64))
    if resolution == "MM":
        return np.asarray(days.astype("datetime64[M]").astype(np.int64))
    of_year = (days - years.astype("datetime64[D]")).astype(np.int64)
    return np.asarray(years.astype(np.int64) * 100 + np.minimum(of_year // 7, WEEKS - 1))


def half_hourly_stamps(at: HalfHours) -> list[list[str]]:
    """Return the columns of time of half hours or hours: begin and end, YYYYMMDDHHMM."""
    step = np.timedelta64(round(at.step_s), "s")
    return [_stamps(at.local_start), _stamps(at.local_start + step)]


def _stamps(times: npt.NDArray[np.datetime64]) -> list[str]:
    marks = str.maketrans("", "", "-:T")
    return [text.translate(marks) for text in np.datetime_as_string(times, unit="m").tolist()]
