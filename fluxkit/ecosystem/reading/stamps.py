"""Stamps of a table to the begin of each record on the clock of the table."""

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.datetime64]
Array = npt.NDArray[np.float64]

#: Years of stamps that are believed.
FIRST, LAST = 1900, 2200
#: Zone at the end of a time of the day.
_ZONE = r":\d\d(?:\.\d+)?\s*(Z|[+-]\d\d(?::?\d\d)?)$"


def from_digits(stamps: Array) -> Times:
    """Return times of numbers YYYYMMDDHHMM (or YYYYMMDD, YYYYMMDDHHMMSS), NaT where that is no time.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.reading.stamps import from_digits
    >>> from_digits(np.array([201601010030.0, 20160229.0, 201613010000.0]))
    array(['2016-01-01T00:30:00', '2016-02-29T00:00:00',                 'NaT'],
          dtype='datetime64[s]')
    """
    stamps = np.asarray(stamps, dtype=np.float64)
    good = np.isfinite(stamps) & (stamps >= 1e7) & (stamps < 1e14)
    whole = np.where(good, stamps, 0.0).astype(np.int64)
    seconds = np.zeros_like(whole)
    long = whole >= 10**12
    seconds[long], whole[long] = whole[long] % 100, whole[long] // 100
    whole = np.where(whole < 10**8, whole * 10**4, whole)
    date, clock = np.divmod(whole, 10**4)
    (year, month_day), (hour, minute) = np.divmod(date, 10**4), np.divmod(clock, 100)
    return _joined(year, *np.divmod(month_day, 100), hour * 60 + minute, seconds)


def _joined(year: npt.NDArray[np.int64], month: npt.NDArray[np.int64], day: npt.NDArray[np.int64],
            minutes: npt.NDArray[np.int64], seconds: npt.NDArray[np.int64]) -> Times:  # fmt: skip
    good = (year >= FIRST) & (year < LAST) & (month >= 1) & (month <= 12) & (day >= 1) & (minutes <= 1440)
    months = (np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1
    first = months.astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    good &= day <= length
    date = first.astype("datetime64[D]") + np.where(good, day - 1, 0)
    at = date.astype("datetime64[s]") + (minutes * 60 + seconds).astype("timedelta64[s]")
    return np.where(good, at, np.datetime64("NaT", "s"))


def from_day_of_year(year: Array, day: Array, hour: Array) -> Times:
    """Return times of a year, a day of it (1 is the first of January) and an hour, NaT where one is missing.

    Hour 24 is midnight of the day that ends.
    """
    good = np.isfinite(day) & np.isfinite(hour) & (year >= FIRST) & (year < LAST) & (np.abs(day) <= 367)
    first = (np.where(good, year, 1970.0) - 1970).astype(np.int64).astype("datetime64[Y]")
    seconds = np.where(good, (day - 1.0) * 86400.0 + np.round(hour * 3600.0), 0.0)
    at = first.astype("datetime64[s]") + seconds.astype(np.int64).astype("timedelta64[s]")
    return np.where(good, at, np.datetime64("NaT", "s"))


def from_date(year: Array, month: Array, day: Array, hour: Array) -> Times:
    """Return times of a year, month, day and hour (24 is midnight), NaT where one is missing."""
    good = np.isfinite(year) & np.isfinite(month) & np.isfinite(day) & np.isfinite(hour)
    whole = [np.where(good, x, 0.0).astype(np.int64) for x in (year, month, day)]
    minutes = np.where(good, np.round(hour * 60.0), 0.0).astype(np.int64)
    return _joined(whole[0], whole[1], whole[2], minutes, np.zeros_like(minutes))


def hours(hour: Array, minute: Array | None = None) -> Array:
    """Return hours of the day: as they are, with minutes of their own, or of numbers HHMM. [h]

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.reading.stamps import hours
    >>> hours(np.array([30.0, 1330.0])), hours(np.array([13.0]), np.array([30.0]))
    (array([ 0.5, 13.5]), array([13.5]))
    """
    if minute is not None:
        return hour + minute / 60.0
    if hour.size and np.nanmax(np.nan_to_num(hour)) > 24.0:
        return np.asarray(hour // 100.0 + hour % 100.0 / 60.0)
    return hour


def from_words(texts: npt.NDArray[np.object_]) -> tuple[Times, float | None]:
    """Return times of texts such as 2014-05-27 18:00, NaT where that is none, and the zone that they say.

    Of several zones (summer time) it is the smallest, and all times are on that clock.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.reading.stamps import from_words
    >>> texts = np.array(["2014-05-27T18:00+02:00", "2014-12-01T18:00+01:00"], dtype=object)
    >>> times, zone = from_words(texts)
    >>> [str(time) for time in times], zone
    (['2014-05-27T17:00:00', '2014-12-01T18:00:00'], 1.0)
    """
    import pandas as pd

    words = pd.Series(texts, dtype=object).str.strip()
    zones = words.str.extract(_ZONE, expand=False).dropna().unique()
    found = pd.to_datetime(words, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None)
    times = np.asarray(found.to_numpy(dtype="datetime64[s]"))
    if not len(zones):
        return times, None
    zone = min(_ahead(text) for text in zones)
    return times + np.timedelta64(round(zone * 3600), "s"), zone


def _ahead(zone: str) -> float:
    """Return what a zone such as +0130 is ahead of UTC. [h]"""
    digits = zone[1:].replace(":", "")
    return float(f"{zone[:1]}1") * (int(digits[:2]) + int(digits[2:] or 0) / 60.0) if zone != "Z" else 0.0
