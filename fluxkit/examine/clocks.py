"""Clocks that do not go with the sun, or with each other: by the lag of best correlation."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt
from fluxkit.physics.solar import potential_radiation

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Lags that are tried. [h]
REACH, STEP = 13.0, 0.25
LAGS = np.arange(-round(REACH / STEP), round(REACH / STEP) + 1) * STEP
#: Smallest lag that is told [h]. Clouds that come in the afternoon move the radiation of five days by up to
#: 0.6 h (a year of each of five FLUXNET sites); temperatures of two sensors of one mast go together to
#: 0.1 h (gold file), and shields delay one by 0.2.
BY_SUN, BY_TEMPERATURE = 0.8, 0.3
#: Least correlation at the best lag; of radiation with that above the clouds it is small in winter.
WITH_SUN, CORRELATION = 0.6, 0.8
#: Shortest record of radiation, and overlap of temperatures. [h]
SUNNY, OVERLAP = 120.0, 20.0
#: Variance of temperature that the best lag leaves over that without: what a clock explains is no small part.
LEFT = 0.6
#: Days of radiation that are enough, spread over the record.
DAYS = 60
#: Smallest lag of heat flux behind the sun that is told [h]: at noon it leads by up to 1 h, over wet fields
#: by 2
#: (evaporation takes the afternoon's energy); its correlation with the sun, and shortest record [h].
BY_HEAT, WITH_HEAT, HEATED = 3.0, 0.8, 24.0
#: Smallest lag of vapour that is told [h]: its course is flat beside that of temperature.
BY_VAPOUR = 0.7
#: Stretches in which a lag is looked for by itself, and their shortest length by temperature and by sun [d].
STRETCHES, DAYS_OF_TEMPERATURE, DAYS_OF_SUN = 12, 5.0, 7.0
#: Smallest change of a lag between stretches that is told [h], and how many of its standard errors.
CHANGES, ERRORS = 0.6, 4.0
#: Widest interval of the lag of a stretch that counts. [h]
SURE = 2.0
#: Standard deviation of lags of stretches [h]: of radiation as in years of five FLUXNET sites (0.11 to 0.16
#: of eight days; 2 of 768 records of two weeks to a year seem to change), of two temperatures of one mast.
SPREAD_OF_SUN, SPREAD_OF_TEMPERATURE = 0.17, 0.08


class Lag(NamedTuple):
    """By how much one clock is ahead of another, with its 95 % interval. [h]"""

    best: float
    low: float
    high: float
    left: float  #: variance that it leaves, over that without lag


def sun_lag(time: Times, x: Array, latitude: float, longitude: float) -> Lag | None:
    """Return how late radiation follows the sun: stamps minus truth.

    Parameters
    ----------
    time : array of datetime64, shape (n,)
        Middle of what each value averages, as UTC.
    x : array, shape (n,)
        Global radiation, or photon flux.
    latitude, longitude : float
        [deg]

    Returns
    -------
    Lag or None
        None where the record is too short, or tells nothing: polar night, another quantity.
    """
    time, x = _whole_days(time, x)
    if time.size < 24 or np.ptp(time) < np.timedelta64(round((SUNNY - 1.0) * 60), "m"):
        return None
    return _behind_sun(time, x, latitude, longitude, WITH_SUN)


def _behind_sun(time: Times, x: Array, latitude: float, longitude: float, least: float) -> Lag | None:
    # The sun on a grid as fine as the lags: each of them is then a step along it.
    step = np.timedelta64(round(STEP * 3600), "s")
    reach = LAGS.size // 2 + 1
    first = time.min() - reach * step
    grid = first + np.arange(int((time.max() - first) / step) + reach + 2) * step
    sun = potential_radiation(grid, latitude, longitude)
    if not (sun > 0.0).any():
        return None
    place = (time - first) / step
    whole = place.astype(np.int64)
    rest = place - whole
    at = whole - np.arange(-(LAGS.size // 2), LAGS.size // 2 + 1)[:, None]
    model = sun[at] * (1.0 - rest) + sun[at + 1] * rest
    return _best(model, x, n_independent=_days_of(time) * 6, least=least)


def series_lag(time: Times, x: Array, other_time: Times, other: Array) -> Lag | None:
    """Return how late a series follows another: its stamps minus those of the other.

    Parameters
    ----------
    time, x : arrays, shape (n,)
        The series whose clock is asked.
    other_time, other : arrays, shape (m,)
        The other one; times of both are the middle of what each value averages.

    Returns
    -------
    Lag or None
        None where they overlap by less than 20 hours, or do not go together at any lag.
    """
    there, known = np.isfinite(x), np.isfinite(other)
    if np.count_nonzero(there) < 24 or np.count_nonzero(known) < 24:
        return None
    time, x = time[there], x[there]
    hours = _hours(other_time[known], time[0])
    own = _hours(time, time[0])
    # x(t) = other(t - lag): x is looked up at the other's times + lag.
    model = _interpolated(hours + LAGS[:, None], own, x)
    if np.isfinite(model[LAGS.size // 2]).sum() * _step(hours) < OVERLAP:
        return None
    return _best(model, other[known], n_independent=max(np.ptp(hours) / 3.0, 4.0), least=CORRELATION)


class Course(NamedTuple):
    """Lags of stretches of a record."""

    middle: Times  #: of each stretch
    lag: Array  #: [h]


def sun_course(time: Times, x: Array, latitude: float, longitude: float) -> Course:
    """Return the lag of radiation behind the sun in stretches of 15 days or more; arguments as `sun_lag`."""

    def ask(part: slice) -> Lag | None:
        return sun_lag(time[part], x[part], latitude, longitude)

    return _course(time, DAYS_OF_SUN, ask)


def series_course(time: Times, x: Array, other_time: Times, other: Array) -> Course:
    """Return the lag of a series behind another in stretches of 8 days or more; arguments as `series_lag`."""

    def ask(part: slice) -> Lag | None:
        first, last = (
            other_time[part][0] - np.timedelta64(1, "D"),
            other_time[part][-1] + np.timedelta64(1, "D"),
        )
        near = (time >= first) & (time <= last)
        return series_lag(time[near], x[near], other_time[part], other[part])

    return _course(other_time, DAYS_OF_TEMPERATURE, ask)


def _course(time: Times, days: float, ask: Callable[[slice], Lag | None]) -> Course:
    """Return the lags that are well known, of stretches of equal numbers of values."""
    length = (time[-1] - time[0]) / np.timedelta64(1, "D") if time.size else 0.0
    number = int(min(STRETCHES, length // days))
    if number < 2:
        return Course(time[:0], np.zeros(0))
    edges = np.linspace(0, time.size, number + 1).astype(int)
    parts = [slice(a, b) for a, b in pairwise(edges)]
    found = [(time[part][(part.stop - part.start) // 2], ask(part)) for part in parts]
    known = [(t, lag.best) for t, lag in found if lag is not None and lag.high - lag.low < SURE]
    return Course(np.array([t for t, _ in known], "M8[ns]"), np.array([best for _, best in known]))


def course_doubts(key: str, course: Course, beside: str, spread: float) -> Iterator[Doubt]:
    """Yield that a clock changes against another: it jumps, as with summer time, or drifts.

    Whichever explains the lags of the stretches better, one step or a line, is told where it is large and
    beyond what stretches of one clock differ by.

    Parameters
    ----------
    key : str
        Table whose clock it is.
    course : Course
        Lags of stretches.
    beside : str
        What it was compared with: "the sun", "the sonic's temperature".
    spread : float
        Standard deviation of lags of stretches of one clock. [h]
    """
    lag, n = course.lag, course.lag.size
    if n < 2:
        return
    before = np.arange(1, n)
    total = np.cumsum(lag)
    low, high = total[:-1] / before, (total[-1] - total[:-1]) / (n - before)
    steps, errors = high - low, spread * np.sqrt(1.0 / before + 1.0 / (n - before))
    gained = steps**2 * before * (n - before) / n  # sum of squares that a step explains
    k = int(np.argmax(gained))
    days = (course.middle - course.middle[0]) / np.timedelta64(1, "D")
    apart = days - days.mean()
    slope = float(apart @ (lag - lag.mean()) / (apart @ apart))
    change, error = slope * days[-1], spread * days[-1] / np.sqrt(apart @ apart)
    if gained[k] >= slope**2 * (apart @ apart):
        change, error = float(steps[k]), float(errors[k])
        pair = " and ".join(str(t.astype("datetime64[D]")) for t in course.middle[k : k + 2])
        words = f"jumps by {change:+.1f} h between the stretches about {pair}: summer time, or set anew"
    else:
        words = f"drifts by {60.0 * slope:+.1f} minutes a day over {days[-1]:.0f} days"
    if abs(change) < max(CHANGES, ERRORS * error):
        return
    yield Doubt(
        "clock_changes",
        f"{key}.utc_offset_h: its clock against {beside} {words}: stamps are to be local "
        "standard time throughout; correct the table, or give files before and after apart",
    )


def heat_lag(time: Times, heat: Array, latitude: float, longitude: float) -> Lag | None:
    """Return how late heat flux follows the sun; arguments as `sun_lag`. None where they do not."""
    there = np.isfinite(heat)
    time, heat = time[there], heat[there]
    if time.size < 24 or np.ptp(time) < np.timedelta64(round((HEATED - 1.0) * 60), "m"):
        return None
    return _behind_sun(time, heat, latitude, longitude, WITH_HEAT)


def heat_doubts(lag: Lag | None) -> Iterator[Doubt]:
    """Yield what the lag of heat flux behind the sun tells of the clock of the raw files."""
    if lag is not None and abs(lag.best) >= BY_HEAT and lag.low * lag.high > 0.0:
        yield Doubt(
            "clock_and_heat",
            f"raw.utc_offset_h: heat flux {_follows(lag)} the sun ({_interval(lag)}): the clock of the raw "
            "files "
            "is not the one configured (raw.utc_offset_h, station.utc_offset_h), or station.longitude is "
            "wrong",
        )


def vapour_lag_doubts(key: str, lag: Lag | None) -> Iterator[Doubt]:
    """Yield what the lag of a hygrometer's vapour behind that of the analyser tells of two clocks."""
    if lag is not None and abs(lag.best) >= BY_VAPOUR and lag.low * lag.high > 0.0 and lag.left < LEFT:
        yield Doubt(
            "clock_and_vapour",
            f"{key}.utc_offset_h: its humidity {_follows(lag)} the analyser's ({_interval(lag)}): the two "
            "clocks "
            f"differ; {_advice(lag)}",
        )


def sun_doubts(key: str, lag: Lag | None) -> Iterator[Doubt]:
    """Yield what the lag of radiation behind the sun tells of a clock; ``key`` names the table."""
    if lag is not None and abs(lag.best) >= BY_SUN and lag.low * lag.high > 0.0:
        yield Doubt(
            "clock_and_sun",
            f"{key}.utc_offset_h: its radiation {_follows(lag)} the sun ({_interval(lag)}): its clock is not "
            f"the one configured, or station.longitude is wrong; {_advice(lag)}",
        )


def temperature_doubts(key: str, lag: Lag | None) -> Iterator[Doubt]:
    """Yield what the lag of air behind sonic temperature tells of two clocks."""
    if lag is not None and abs(lag.best) >= BY_TEMPERATURE and lag.low * lag.high > 0.0 and lag.left < LEFT:
        half = ", or time_is names the other end of its interval" if abs(lag.best) < 0.8 else ""
        yield Doubt(
            "clock_and_sonic",
            f"{key}.utc_offset_h: its air temperature {_follows(lag)} the sonic's ({_interval(lag)}): "
            "the two "
            f"clocks differ{half}; {_advice(lag)}, or those of the raw files if the sun tells that "
            "they are wrong",
        )


def _follows(lag: Lag) -> str:
    return f"is {abs(lag.best):.2g} h {'behind' if lag.best > 0 else 'ahead of'}"


def _interval(lag: Lag) -> str:
    return f"95 %: {lag.low:+.2g} to {lag.high:+.2g} h"


def _advice(lag: Lag) -> str:
    return f"check its utc_offset_h (by {round(2 * lag.best) / 2:+g} h), time_is and summer time"


def _best(model: Array, x: Array, *, n_independent: float, least: float) -> Lag | None:
    """Return the lag at which a series explains most of another, by the profile of its likelihood.

    model: (lag, n), x: (n,); NaN where missing.
    """
    r = _correlations(model, x)
    left = np.maximum(1.0 - np.maximum(r, 0.0) ** 2, 1e-6)
    k = int(np.argmin(left))
    if r[k] < least or k in (0, LAGS.size - 1):
        return None
    before, at, after = left[k - 1 : k + 2]
    bend = before - 2.0 * at + after
    best = LAGS[k] + (0.5 * (before - after) / bend * STEP if bend > 0 else 0.0)
    within = LAGS[n_independent * np.log(left / left[k]) < 3.84]
    near = within[np.abs(within - best) < 6.0]
    low, high = min(near.min(), best - 0.1), max(near.max(), best + 0.1)
    return Lag(float(best), float(low), float(high), float(left[k] / left[LAGS.size // 2]))


def _correlations(model: Array, x: Array) -> Array:
    """Return the correlation of each row (lag, n) with x (n,) where both are there, 0 of few values."""
    x = x - np.nanmean(x)
    there = np.isfinite(model) & np.isfinite(x)
    n = np.maximum(there.sum(axis=1), 1)
    a, b = np.where(there, model, 0.0), np.where(there, x, 0.0)
    mean_a, mean_b = a.sum(axis=1) / n, b.sum(axis=1) / n
    both = (a * b).sum(axis=1) / n - mean_a * mean_b
    scale = np.sqrt(
        np.maximum((a * a).sum(axis=1) / n - mean_a**2, 0.0) * ((b * b).sum(axis=1) / n - mean_b**2)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((n >= 24) & (scale > 1e-12), both / scale, 0.0)


def _interpolated(at: Array, hours: Array, x: Array) -> Array:
    """Return x at other times: linear, NaN outside and in gaps of more than two steps."""
    found = np.interp(at, hours, x, left=np.nan, right=np.nan)
    wide = np.flatnonzero(np.diff(hours) > 2.1 * _step(hours))
    if wide.size:
        k = np.searchsorted(hours, at) - 1
        found[np.isin(k, wide)] = np.nan
    return found


def _hours(time: Times, since: np.datetime64) -> Array:
    return np.asarray((time - since) / np.timedelta64(3600, "s"))


def _step(hours: Array) -> float:
    return float(np.median(np.diff(hours)))


def _days_of(time: Times) -> int:
    return int(np.unique(time.astype("datetime64[D]")).size)


def _whole_days(time: Times, x: Array) -> tuple[Times, Array]:
    """Return what is there, of a long record of days spread over it."""
    there = np.isfinite(x)
    time, x = time[there], x[there]
    days = np.unique(time.astype("datetime64[D]"))
    if days.size > DAYS:
        keep = np.isin(time.astype("datetime64[D]"), days[:: -(-days.size // DAYS)])
        time, x = time[keep], x[keep]
    return time, x
