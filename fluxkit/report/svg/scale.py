"""Axes of numbers and of time: positions of values on the page, ticks and their labels."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Steps between ticks that people count in, within a decade.
ROUND = (1.0, 2.0, 2.5, 5.0)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Steps within a day, in days, in months and in years.
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)
_DAYS = (1, 2, 3, 7, 14)
_CALENDAR = (1, 2, 3, 4, 6, 12, 24, 60, 120, 240, 600, 1200)


@dataclass(frozen=True)
class Scale:
    """From values to places on the page along one axis."""

    low: float
    high: float
    start: float  #: place of ``low`` [point]
    end: float  #: place of ``high`` [point]
    log: bool = False

    def at(self, values: npt.ArrayLike) -> Array:
        """Return the places of values; those that a logarithm cannot take are NaN. [point]"""
        x = np.asarray(values, dtype=np.float64)
        low, high = self.low, self.high
        if self.log:
            low, high = np.log(low), np.log(high)
            with np.errstate(divide="ignore", invalid="ignore"):
                x = np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), np.nan)
        return np.asarray(self.start + (x - low) / (high - low) * (self.end - self.start))


def axis_limits(values: Sequence[Array], *, log: bool = False, margin: float = 0.05) -> tuple[float, float]:
    """Return the ends of an axis that holds all values, with a margin on both sides."""
    known = np.concatenate([np.empty(0), *(np.ravel(one) for one in values)])
    known = known[np.isfinite(known) & ((known > 0) if log else True)]
    if not known.size:
        return (0.1, 10.0) if log else (0.0, 1.0)
    low, high = float(known.min()), float(known.max())
    if log:
        room = (high / low) ** margin if high > low else 2.0
        return low / room, high * room
    room = margin * (high - low)
    if room <= 1e-12 * max(abs(low), abs(high)):  # a flat line
        room = 0.05 * abs(high) or 0.05
    return low - room, high + room


def round_ticks(low: float, high: float, most: int, *, whole: bool = False) -> list[float]:
    """Return at most ``most`` + 1 round numbers between two ends, at least two where there can be."""
    step = _round_step((high - low) / max(most, 1), whole=whole)
    ticks = _multiples(low, high, step)
    finer = _round_step(0.45 * step, whole=whole)
    return ticks if len(ticks) > 1 or finer >= step else _multiples(low, high, finer)


def _round_step(least: float, *, whole: bool) -> float:
    """Return the smallest round step that is not below another."""
    if whole:
        least = max(least, 1.0)
    decade = 10.0 ** np.floor(np.log10(least))
    steps = [m * decade for m in (*ROUND, 10.0) if not whole or m != 2.5]
    return float(next((step for step in steps if step >= least * (1 - 1e-9)), 10.0 * decade))


def _multiples(low: float, high: float, step: float) -> list[float]:
    slack = 1e-9 * (high - low)
    first, last = int(np.ceil((low - slack) / step)), int(np.floor((high + slack) / step))
    return [k * step for k in range(first, last + 1)]


def log_ticks(low: float, high: float, digits: Sequence[float] = (1.0,)) -> list[float]:
    """Return the powers of ten, times ``digits``, between two ends."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    found = [digit * 10.0**power for power in powers for digit in digits]
    return [tick for tick in found if low <= tick <= high]


def numerals(ticks: Sequence[float]) -> list[str]:
    """Return labels of evenly spaced ticks, with as many decimals as needed."""
    step = min((abs(b - a) for a, b in itertools.pairwise(ticks)), default=abs(ticks[0]) or 1.0)
    digits = next(
        k for k in range(16) if k == 15 or abs(step * 10**k - round(step * 10**k)) < 1e-6 * 10**k * step
    )
    return [numeral(f"{tick + 0.0:.{digits}f}") for tick in ticks]


def numeral(text: str) -> str:
    """Return a number with the sign that printers use."""
    text = text.removeprefix("-") if not text.strip("-0.") else text
    return text.replace("-", "−")


def days_since_1970(time: npt.NDArray[np.datetime64]) -> Array:
    """Return times as the axes count them: days since 1970. [d]"""
    return np.asarray(time.astype("M8[ms]").astype(np.int64) / 86_400_000.0)


def time_ticks(first: float, last: float, most: int) -> tuple[list[float], list[str]]:
    """Return positions and labels of the ticks of a time axis.

    Parameters
    ----------
    first, last : float
        Ends of the axis. [d since 1970]
    most : int
        Ticks that there is room for.
    """
    span = (last - first) * 1440.0
    minutes = next((step for step in _MINUTES if span / step <= most - 0.5), None)
    if minutes is not None:
        ticks = [tick / 1440.0 for tick in _multiples(first * 1440.0, last * 1440.0, float(minutes))]
        return ticks, [_clock(tick) for tick in ticks]
    step = next((step for step in _DAYS if span / 1440.0 / step <= most - 0.5), None)
    months = next((n for n in _CALENDAR if span / 43_830.0 / n <= most - 0.5), _CALENDAR[-1])
    dates = _month_days(first, last, step) if step else _months(first, last, months)
    ticks = [float(day) for day in dates.astype("M8[D]").astype(np.int64)]
    return ticks, [_date(day, by_month=step is None, by_year=step is None and months >= 12) for day in dates]


def _month_days(first: float, last: float, step: int) -> npt.NDArray[np.datetime64]:
    """Return every ``step``-th day of each month, without those too near the next first."""
    dates = np.arange(int(np.ceil(first)), int(np.floor(last)) + 1).astype("M8[D]")
    month = dates.astype("M8[M]")
    of_month = (dates - month.astype("M8[D]")).astype(np.int64)
    left = ((month + 1).astype("M8[D]") - dates).astype(np.int64)
    return np.asarray(dates[(of_month % step == 0) & (left >= 0.8 * step)])


def _months(first: float, last: float, step: int) -> npt.NDArray[np.datetime64]:
    """Return the first days of every ``step``-th month between two ends, counted from a year's begin."""
    ends = np.array([np.floor(first), np.floor(last)]).astype("M8[D]").astype("M8[M]").astype(np.int64)
    months = np.arange(ends[0], ends[1] + 1)
    # Months are counted from 1970; steps of many years are those of the calendar.
    months = months[(months + 1970 * 12) % step == 0]
    dates = months.astype("M8[M]").astype("M8[D]")
    place = dates.astype(np.int64)
    return np.asarray(dates[(place >= first) & (place <= last)])


def _clock(tick: float) -> str:
    """Return the time of day, or the date at midnight."""
    minute = round(tick * 1440.0)
    if minute % 1440 == 0:
        return _date(np.datetime64(minute // 1440, "D"), by_month=False, by_year=False, first=False)
    return f"{minute % 1440 // 60:02d}:{minute % 60:02d}"


def _date(day: np.datetime64, *, by_month: bool, by_year: bool, first: bool = True) -> str:
    """Return a date as short as its place allows: a first of the month names month and year."""
    year, month, number = str(day.astype("M8[D]")).rsplit("-", 2)
    name = _MONTHS[int(month) - 1]
    if by_year:
        return year
    return f"{name} {year}" if by_month or (first and number == "01") else f"{number} {name}"
