from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import fluxkit as fk
from fluxkit.archive.job import Job
from fluxkit.archive.run import condense_archive
from fluxkit.tower.periods import Periods
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


@pytest.mark.parametrize("period", [30.0, 60.0])
@pytest.mark.parametrize("offset", [5.75, 5.5, 1.0])
def test_python_and_a_run_give_the_same_periods(tmp_path, monkeypatch, offset, period):
    """Three hours from local midnight on: whole periods both ways, wherever UTC has its hours."""
    monkeypatch.chdir(tmp_path)
    site = make_site(utc_offset_h=offset, period=period, **NAMES)
    rng = np.random.default_rng(0)
    (tmp_path / "raw").mkdir()
    for hour in range(3):
        wind = rng.standard_normal((3600, 4)) + np.array([3.0, 0.0, 0.0, 20.0])
        np.savetxt(
            f"raw/s_20240701{hour:02}00.csv", wind, "%.4f", delimiter=",", header="u,v,w,t_sonic", comments=""
        )
    raw = xr.concat([fk.open_raw(path, site) for path in sorted(Path("raw").iterdir())], "time")
    python = fk.condense(raw, site)
    condense_archive(Job.of(site, "out"))
    run = xr.concat([xr.load_dataset(path) for path in sorted(Path("out/moments").rglob("*.nc"))], "time")
    begin = np.datetime64("2024-07-01T00:00", "ns") - np.timedelta64(round(offset * 60), "m")
    expected = begin + np.arange(round(180 / period)) * np.timedelta64(round(period), "m")
    np.testing.assert_array_equal(python["time"], expected)
    np.testing.assert_array_equal(run["time"], expected)
    assert not python["reason"].any()
    assert not run["reason"].any()
    np.testing.assert_array_equal(run["mean"], python["mean"])
