"""The time axis of a table of half hours."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours, HalfHoursError


def axis(first: str, n: int, minutes: int = 30) -> xr.Dataset:
    start = np.datetime64(first, "ns") + np.arange(n) * np.timedelta64(minutes, "m")
    return xr.Dataset(coords={"time": start})


def test_the_local_clock_decides_to_which_day_a_record_belongs() -> None:
    at = HalfHours.of(axis("2019-12-31T22:30", 2 * 48).assign_attrs(utc_offset_h=1))
    assert at.per_day == 48
    assert list(at.year[:2]) == [2019, 2020]
    assert list(at.month[:2]) == [12, 1]
    assert list(at.day_of_year[:2]) == [365, 1]
    assert at.hour[0] == 23.75
    assert at.hour[1] == 0.25


def test_the_sun_is_highest_at_local_noon() -> None:
    ds = axis("2020-06-20T23:00", 48).assign_attrs(latitude=50.0, longitude=15.0, utc_offset_h=1.0)
    at = HalfHours.of(ds)
    assert abs(at.hour[np.argmax(at.potential_radiation)] - 12.0) <= 0.25


@pytest.mark.parametrize(
    ("ds", "says"),
    [
        (axis("2020-01-01", 48).isel(time=[0, 1, 3]), "evenly spaced"),
        (axis("2020-01-01", 48, minutes=7), "divide a day"),
        (xr.Dataset(), "dimension `time`"),
    ],
)
def test_what_is_no_table_of_half_hours_is_said(ds: xr.Dataset, says: str) -> None:
    with pytest.raises(HalfHoursError, match=says):
        HalfHours.of(ds)


def test_potential_radiation_needs_a_place() -> None:
    with pytest.raises(HalfHoursError, match="latitude"):
        _ = HalfHours.of(axis("2020-01-01", 48)).potential_radiation
