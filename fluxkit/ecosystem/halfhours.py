"""When and where the records of a table of half hours are: local clock, seasons, sun."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import FluxkitError
from fluxkit.physics import solar

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]


class HalfHoursError(FluxkitError):
    """A dataset is no table of half hours."""


@dataclass(frozen=True)
class HalfHours:
    """The time axis of a dataset of half hours (or hours, or quarters of an hour).

    Seasons, months and hours are those of the middle of a record on the local clock, standard time all year:
    a record that ends at midnight belongs to the day that ends.

    Parameters
    ----------
    start : (n,) array of datetime64[ns]
        Begin of each record, UTC, evenly spaced.
    step_s : float
        Length of a record [s].
    utc_offset_h : float
        What the local clock is ahead of UTC [h].
    latitude, longitude : float
        [deg], NaN where unknown.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> start = np.datetime64("2020-06-30T23:30", "ns") + np.arange(96) * np.timedelta64(30, "m")
    >>> at = fk.ecosystem.HalfHours(start, 1800.0, utc_offset_h=1.0)
    >>> at.per_day, at.month[0], at.hour[0]
    (48, np.int64(7), np.float64(0.75))
    """

    start: Times
    step_s: float
    utc_offset_h: float = 0.0
    latitude: float = np.nan
    longitude: float = np.nan

    @classmethod
    def of(cls, ds: xr.Dataset) -> Self:
        """Take the time axis of a dataset that :func:`fluxkit.ecosystem.read` made, or one like it.

        Raises
        ------
        HalfHoursError
            No evenly spaced ``time``, or a step that does not divide a day.
        """
        if "time" not in ds.dims or ds.sizes["time"] < 2:
            raise HalfHoursError("a table of half hours needs a dimension `time` with two records at least")
        start = ds["time"].values.astype("datetime64[ns]")
        steps = np.diff(start) / np.timedelta64(1, "s")
        if not np.all(steps == steps[0]):
            raise HalfHoursError(
                "the records are not evenly spaced: fluxkit.ecosystem.read fills up the axis"
            )
        step = float(steps[0])
        if step <= 0 or 86400.0 % step:
            raise HalfHoursError(f"a step of {step:g} s does not divide a day")
        return cls(
            start,
            step,
            utc_offset_h=_number(ds.attrs, "utc_offset_h", 0.0),
            latitude=_number(ds.attrs, "latitude", np.nan),
            longitude=_number(ds.attrs, "longitude", np.nan),
        )

    @property
    def per_day(self) -> int:
        """Records in a day."""
        return round(86400.0 / self.step_s)

    @cached_property
    def local_start(self) -> Times:
        """Begin of each record on the local clock."""
        return np.asarray(self.start + np.timedelta64(round(self.utc_offset_h * 3600), "s"))

    @cached_property
    def middle(self) -> Times:
        """Middle of each record on the local clock."""
        return np.asarray(self.local_start + np.timedelta64(round(self.step_s * 500), "ms"))

    @cached_property
    def year(self) -> Integers:
        """Year of the middle of the record."""
        return np.asarray(self.middle.astype("datetime64[Y]").astype(np.int64) + 1970)

    @cached_property
    def month(self) -> Integers:
        """1 to 12."""
        return np.asarray(self.middle.astype("datetime64[M]").astype(np.int64) % 12 + 1)

    @cached_property
    def day_of_year(self) -> Integers:
        """1 for the first of January."""
        first = self.middle.astype("datetime64[Y]").astype("datetime64[D]")
        return np.asarray((self.middle.astype("datetime64[D]") - first).astype(np.int64) + 1)

    @cached_property
    def hour(self) -> Array:
        """Middle of the record in hours since local midnight."""
        since = self.middle - self.middle.astype("datetime64[D]")
        return np.asarray(since / np.timedelta64(1, "h"))

    @cached_property
    def potential_radiation(self) -> Array:
        """Short-wave radiation at the top of the atmosphere at the middle of the record [W m-2].

        Raises
        ------
        HalfHoursError
            Latitude or longitude are unknown.
        """
        if not np.isfinite([self.latitude, self.longitude]).all():
            raise HalfHoursError("potential radiation needs the latitude and longitude of the site")
        middle = self.start + np.timedelta64(round(self.step_s * 500), "ms")
        return solar.potential_radiation(middle, self.latitude, self.longitude)


def _number(attrs: dict[Hashable, Any], name: str, default: float) -> float:
    value = attrs.get(name, default)
    return default if value is None else float(value)
