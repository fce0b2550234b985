"""Slow measurements averaged over the averaging periods."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fluxkit.tower.stretch_sums import stretch_sums

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Summed, not averaged, over a period.
SUMMED = ("precipitation",)
#: Directions [deg], averaged as unit vectors: 350 and 10 degrees make north.
TURNING = ("wind_direction",)


def period_means(
    time: Times, values: Mapping[str, Array], starts: Times, *, interval: float, seconds: float
) -> dict[str, Array]:
    """Average slow records over periods.

    Parameters
    ----------
    time : (record,) array of datetime64
        Middle of what each record averages, ascending.
    values : mapping of (record,) arrays
        NaN where missing. [SI]
    starts : (time,) array of datetime64
        Start of each period.
    interval : float
        That a record averages. [s]
    seconds : float
        Length of a period. [s]

    Returns
    -------
    dict of (time,) arrays
        Means of the records whose middle lies in the period, NaN without any; where records are longer than
        periods, the record that holds the period's middle. Amounts (precipitation) are summed, and shared
        out where records are longer; directions are those of the mean unit vector.
    """
    turning = {name: np.radians(values[name]) for name in TURNING if name in values}
    if turning:
        rest = {name: x for name, x in values.items() if name not in turning}
        rest |= {f"cos {name}": np.cos(x) for name, x in turning.items()}
        rest |= {f"sin {name}": np.sin(x) for name, x in turning.items()}
        found = period_means(time, rest, starts, interval=interval, seconds=seconds)
        angles = {n: np.arctan2(found.pop(f"sin {n}"), found.pop(f"cos {n}")) for n in turning}
        return found | {name: np.degrees(x) % 360.0 for name, x in angles.items()}
    length = np.timedelta64(round(seconds * 1e9), "ns")
    if interval > seconds * 1.001:
        return {
            name: _holding(time, x, starts + length // 2, interval)
            * (seconds / interval if name in SUMMED else 1.0)
            for name, x in values.items()
        }
    first, last = np.searchsorted(time, starts), np.searchsorted(time, starts + length)
    return {name: _mean(x, first, last, total=name in SUMMED) for name, x in values.items()}


def elsewhere_words(
    time: Times, starts: Times, *, interval: float, seconds: float, table: str = "biomet"
) -> str:
    """Say it where not one slow record falls into any period: stamps may be of another clock.

    Parameters
    ----------
    time, starts, interval, seconds
        As of `period_means`.
    table : str, default "biomet"
        Section of the configuration.

    Returns
    -------
    str
        A sentence, "" where there are records in periods.
    """
    if not (time.size and starts.size):
        return ""
    count = np.ones(time.size)
    found = period_means(time, {"count": count}, starts, interval=interval, seconds=seconds)["count"]
    if np.isfinite(found).any():
        return ""
    first, last = starts[0], starts[-1] + np.timedelta64(round(seconds * 1e9), "ns")
    records, periods = _span(time[0], time[-1]), _span(first, last)
    return (
        f"{table}: none of its records ({records} UTC) falls into a period ({periods} UTC); what the sonic "
        f"and its column tell stands in: check {table}.utc_offset_h, time_format and files"
    )


def _span(first: np.datetime64, last: np.datetime64) -> str:
    return " to ".join(str(t.astype("datetime64[m]")) for t in (first, last))


def _holding(time: Times, x: Array, middle: Times, interval: float) -> Array:
    half = np.timedelta64(round(interval * 0.5e9), "ns")
    k = np.minimum(np.searchsorted(time, middle - half), max(time.size - 1, 0))
    if time.size == 0:
        return np.full(middle.size, np.nan)
    return np.where(np.abs(time[k] - middle) <= half, x[k], np.nan)


def _mean(x: Array, first: npt.NDArray[np.int64], last: npt.NDArray[np.int64], *, total: bool) -> Array:
    there = ~np.isnan(x)
    n = stretch_sums(there.astype(np.int64), first, last)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = stretch_sums(np.where(there, x, 0.0), first, last) / (1 if total else n)
    return np.where(n > 0, mean, np.nan)
