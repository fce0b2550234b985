"""Which gaps stay open: runs of 14 to 90 days inside and at both ends."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.long_gaps import too_long
from fluxkit.ecosystem.filling.registry import FillingError

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


def test_quality_1_and_2_are_no_long_gap():
    """A gap of any length that could be filled well is filled under ONEFlux' rule."""
    quality = np.repeat([0, 2, 0], 100 * PER_DAY)
    measured = quality == 0
    assert not too_long(measured, np.ones(quality.size), quality, PER_DAY, "oneflux-1.3").any()
    assert too_long(measured, np.ones(quality.size), quality, PER_DAY, "reddyproc").sum() == 100 * PER_DAY


def test_nothing_measured_at_all():
    n = 100 * PER_DAY
    quality = np.full(n, 3)
    for rule in ("oneflux-1.3", "reddyproc"):
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
