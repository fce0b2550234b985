"""Which gaps stay open: runs of 14 to 90 days inside and at both ends."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.long_gaps import too_long
from fluxkit.ecosystem.filling.registry import FillingError
from tests.ecosystem.made_forest import forest

PER_DAY = 48


def days_open(place: str, length: int, rule: str, per_day: int = PER_DAY) -> list[int]:
    """Days of a run of quality 3 that stay open, counted from its first."""
    before, after = {"inside": (100, 100), "begin": (0, 100), "end": (100, 0)}[place]
    quality = np.concatenate([np.zeros(before), np.full(length, 3), np.zeros(after)]).repeat(per_day)
    out = too_long(quality == 0, np.ones(quality.size), quality.astype(int), per_day, rule)
    whole = out.reshape(-1, per_day)
    assert (whole.all(axis=1) | ~whole.any(axis=1)).all()
    return (np.flatnonzero(whole[:, 0]) - before).tolist()


@pytest.mark.parametrize("per_day", [24, 48, 96])
@pytest.mark.parametrize(
    ("place", "length", "stays_open"),
    [
        ("inside", 14, []),
        ("inside", 15, []),
        ("inside", 34, []),
        ("inside", 35, []),
        ("inside", 36, range(15, 21)),
        ("inside", 90, range(15, 75)),
        ("begin", 14, []),
        ("begin", 15, []),
        ("begin", 34, range(19)),
        ("begin", 36, range(21)),
        ("begin", 90, range(75)),
        ("end", 14, []),
        ("end", 15, []),
        ("end", 34, range(15, 34)),
        ("end", 36, range(15, 36)),
        ("end", 90, range(15, 90)),
    ],
)
def test_oneflux(place, length, stays_open, per_day):
    assert days_open(place, length, "oneflux-1.3", per_day) == list(stays_open)
    assert days_open(place, length, "none", per_day) == []


@pytest.mark.parametrize("place", ["inside", "begin", "end"])
def test_reddyproc(place):
    assert days_open(place, 60, "reddyproc") == []
    assert days_open(place, 61, "reddyproc") == list(range(61))


@pytest.mark.parametrize(
    ("place", "opened"), [("inside", range(15, 75)), ("begin", range(75)), ("end", range(15, 90))]
)
def test_fluxkit_keeps_what_is_near_data(place, opened):
    assert days_open(place, 60, "fluxkit") == []
    assert days_open(place, 90, "fluxkit") == list(opened)


def test_a_year_without_data_costs_the_next_one_no_night():
    """The first calm night after a gap that ends with the year joins it."""
    ds = forest("2018-09-01", 180)
    gone = slice(40 * 48, 122 * 48 + 14)  # to the morning of the first of January
    NEE = ds["NEE"].copy()
    NEE[gone] = np.nan
    filled = {
        rule: fk.ecosystem.fill(ds.assign(NEE=NEE), "NEE", method="mds", long_gaps=rule)["NEE_F"]
        for rule in (None, "reddyproc")
    }
    later = ds["time"] >= np.datetime64("2019-01-01")
    assert filled[None].where(later, 0.0).notnull().all()
    assert filled[None].isnull().any()
    assert filled["reddyproc"].where(later, 0.0).isnull().sum() == 14


def test_quality_1_and_2_are_no_long_gap():
    """A gap of any length that could be filled well is filled under ONEFlux' rule."""
    quality = np.repeat([0, 2, 0], 100 * PER_DAY)
    measured = quality == 0
    assert not too_long(measured, np.ones(quality.size), quality, PER_DAY, "oneflux-1.3").any()
    assert too_long(measured, np.ones(quality.size), quality, PER_DAY, "reddyproc").sum() == 100 * PER_DAY


def test_nothing_measured_at_all():
    n = 100 * PER_DAY
    quality = np.full(n, 3)
    for rule in ("oneflux-1.3", "reddyproc", "fluxkit"):
        assert too_long(np.zeros(n, bool), np.ones(n), quality, PER_DAY, rule).all()


def test_what_stays_open_is_said():
    """Without drivers a gap is filled by the hour of the day, of quality 3 beyond two days."""
    n = 200 * PER_DAY
    time = np.datetime64("2020-01-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    values = np.sin(np.arange(n) / PER_DAY * 2 * np.pi)
    values[60 * PER_DAY : 100 * PER_DAY] = np.nan
    ds = xr.Dataset({"FCH4": ("time", values)}, {"time": time})
    o = fk.ecosystem.fill(ds, "FCH4", long_gaps="oneflux-1.3")
    kept = np.isfinite(o.FCH4_F.values).reshape(-1, PER_DAY).all(axis=1)
    assert np.flatnonzero(~kept).tolist() == list(
        range(77, 83)
    )  # two days and two records at either end are of quality 2
    for end in ("_QC", "_METHOD", "_WINDOW", "_N", "_SD", "_ALL"):
        assert np.isnan(o[f"FCH4_F{end}"].values[78 * PER_DAY : 82 * PER_DAY]).all()
    assert "5.96 days stay open" in o.FCH4_F.comment
    assert np.isfinite(fk.ecosystem.fill(ds, "FCH4", long_gaps="none").FCH4_F).all()
    with pytest.raises(FillingError, match="reddyproc"):
        fk.ecosystem.fill(ds, "FCH4", long_gaps="magic")


@pytest.mark.parametrize("per_day", [24, 48, 96])
def test_oneflux_in_one_series(per_day):
    """Runs of 90 and 36 d at the ends, of 14 to 90 d inside, each with a day of data behind it."""
    lengths = (90, 14, 15, 34, 36, 90, 35, 36)
    expected = [*range(75)]  # at the begin all but the 15 d beside data
    first, quality = 0, []
    for place, length in enumerate(lengths):
        quality += [3] * length + [0]
        if place and length > 35:
            last = place == len(lengths) - 1
            expected += range(first + 15, first + length - (0 if last else 15))
        first += length + 1
    days = np.array(quality[:-1]).repeat(per_day)
    out = too_long(days == 0, np.ones(days.size), days, per_day, "oneflux-1.3")
    np.testing.assert_array_equal(np.flatnonzero(out[::per_day]), expected)
    assert out.sum() == len(expected) * per_day


@pytest.mark.parametrize("between", [1, 2])
def test_one_record_of_data_parts_two_runs(between):
    """Two runs of 20 d beside one another are two runs, of which each is kept; without data one of 40 d."""
    quality = np.repeat([0, 3, 0, 3, 0], [100, 20 * 24, between, 20 * 24, 100])
    assert not too_long(quality == 0, np.ones(quality.size), quality, 24, "oneflux-1.3").any()
    one = np.where((np.arange(quality.size) >= 100) & (np.arange(quality.size) < 100 + 40 * 24), 3, 0)
    assert too_long(one == 0, np.ones(one.size), one, 24, "oneflux-1.3").sum() == 10 * 24


def test_values_that_are_missing_count_as_the_run():
    """What the filler did not predict lies in the run whatever its quality says."""
    value = np.where((np.arange(60 * 24) >= 10 * 24) & (np.arange(60 * 24) < 50 * 24), np.nan, 1.0)
    out = too_long(np.isfinite(value), value, np.zeros(value.size, int), 24, "oneflux-1.3")
    assert np.flatnonzero(out[::24]).tolist() == [*range(25, 35)]


@pytest.mark.parametrize("minutes", [30, 60])
def test_whole_series_of_runs_through_filling(minutes):
    """Gaps of 14 to 90 d inside and at both ends, filled as ONEFlux does, hours or half hours."""
    n, per_day = 400, 1440 // minutes
    time = np.datetime64("2020-01-01", "ns") + np.arange(n * per_day) * np.timedelta64(minutes, "m")
    values = np.sin(np.arange(n * per_day) / per_day * 2 * np.pi)
    for first, length in ((0, 36), (60, 14), (90, 34), (150, 45), (230, 90), (364, 36)):
        values[first * per_day : (first + length) * per_day] = np.nan
    ds = xr.Dataset({"NEE": ("time", values)}, {"time": time})
    o = fk.ecosystem.fill(ds, "NEE", variant="oneflux", long_gaps="oneflux-1.3")
    day = np.isnan(o.NEE_F.values).reshape(n, per_day).any(axis=1)
    # what lies within two days of data has quality 2: a run is four days shorter than its gap inside
    runs = [(int(a), int(b)) for a, b in np.flatnonzero(np.diff(np.r_[0, day, 0])).reshape(-1, 2)]
    assert [runs[0][0], runs[-1][1]] == [0, n]
    assert len(runs) == 4
    for (first, last), (begin, end) in zip(runs, ((0, 19), (167, 178), (247, 303), (381, 400)), strict=True):
        assert abs(first - begin) <= 1
        assert abs(last - end) <= 1
    measured = np.isfinite(values)
    np.testing.assert_array_equal(o.NEE_F.values[measured], values[measured])
