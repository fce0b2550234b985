import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxkit.archive.periods import Periods
from tests.small_station import NAMES, make_site

MINUTE = 60_000_000_000


@pytest.mark.parametrize(
    ("offset", "period", "first"),
    [
        (0.0, 30.0, "00:00"),
        (1.0, 30.0, "00:00"),
        (5.75, 30.0, "00:15"),
        (5.5, 60.0, "00:30"),
        (-3.5, 60.0, "00:30"),
    ],
)
def test_periods_begin_with_round_local_times(offset, period, first):
    grid = Periods.of(make_site(utc_offset_h=offset, period=period, **NAMES))
    day = np.datetime64("2024-07-01")
    starts = [grid.start(k) for k in grid.of_day(day)]
    assert starts[0] == np.datetime64(f"2024-07-01T{first}")
    assert len(starts) == 1440 / period
    local = [(s + np.timedelta64(round(offset * 60), "m")).astype("M8[m]").item().minute for s in starts]
    assert {minute % period for minute in local} == {0}
    assert {grid.date(k) for k in grid.of_day(day)} == {day}


@given(time=st.integers(-(2**60), 2**60), phase=st.integers(0, 29 * MINUTE))
def test_every_instant_lies_in_its_period(time, phase):
    grid = Periods(30 * MINUTE, phase)
    instant = np.datetime64(time, "ns")
    number = grid.number(instant)
    assert grid.start(number) <= instant < grid.end(number)
    assert number in grid.of_day(grid.date(number))
