"""A user's own filler: one function, in the same test as ours; what is wrong with it is a sentence."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.registry import FillingError, Intervals
from tests.ecosystem.made_forest import forest, with_gaps


@pytest.fixture(scope="module")
def some():
    return with_gaps(forest("2020-06-01", 30), 0.2)


def filled(values, **changes):
    """Return what a filler that knows the mean alone returns, changed."""
    one = np.ones(values.size, int)
    mean = float(np.nanmean(values))
    whole = {"value": mean * one, "quality": 3 * one, "method": one, "window": one, "n": one, "sd": 1.0 * one}
    return fk.ecosystem.Filled(**{**whole, **changes})


def registered(name, function):
    fk.ecosystem.register_filler(name)(function)
    return name


def test_what_it_leaves_open_is_said_and_nothing_measured_is_lost(some):
    first = np.arange(some.sizes["time"]) < 700

    def half(values, drivers, at):
        return filled(values, value=np.where(first, 1.0, np.nan), quality=np.where(first, 3.0, np.nan))

    out = fk.ecosystem.fill(some, "NEE", method=registered("half", half))
    measured = np.isfinite(some.NEE.values)
    np.testing.assert_array_equal(out.NEE_F.values[measured], some.NEE.values[measured])
    np.testing.assert_array_equal(np.isnan(out.NEE_F), ~measured & ~first)
    assert "days stay open: the filler has no prediction there" in out.NEE_F.comment


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": np.ones(10)}, r"'bad' returned `value` of shape \(10,\); it must be \(1440,\)"),
        ({"sd": 1.0}, r"`sd` of shape \(\)"),
        ({"value": ["a"] * 1440}, "no numbers as `value`"),
        ({"n": np.ones((1440, 2))}, r"`n` of shape \(1440, 2\)"),
        ({"intervals": Intervals(*[np.ones(3)] * 4)}, r"`intervals.lower` of shape"),
    ],
)
def test_arrays_of_another_shape(some, changes, said):
    name = registered("bad", lambda values, drivers, at: filled(values, **changes))
    with pytest.raises(FillingError, match=said):
        fk.ecosystem.fill(some, "NEE", method=name)
    with pytest.raises(FillingError, match=said):
        fk.ecosystem.skill(some, "NEE", methods=[name], lengths=[1.0], scenarios=1)


def test_one_that_fails_or_returns_something_else(some):
    def divides(values, drivers, at):
        return 1 / 0

    with pytest.raises(FillingError, match="'divides' failed: ZeroDivisionError: division by zero"):
        fk.ecosystem.fill(some, "NEE", method=registered("divides", divides))
    name = registered("array", lambda values, drivers, at: values)
    with pytest.raises(FillingError, match=r"returned ndarray, not a fluxkit.ecosystem.Filled"):
        fk.ecosystem.fill(some, "NEE", method=name)


def test_settings_and_drivers_that_are_not_there(some):
    with pytest.raises(FillingError, match="'mds' has no setting 'variannt'; it has variant, fill_all"):
        fk.ecosystem.fill(some, "NEE", method="mds", variannt="oneflux")
    with pytest.raises(FillingError, match="no driver 'SWIN'; there are NEE, truth, SW_IN"):
        fk.ecosystem.fill(some, "NEE", drivers=["SWIN"])


def test_lists_are_as_good_as_arrays(some):
    n = some.sizes["time"]
    name = registered("lists", lambda values, drivers, at: filled(values, value=[0.5] * n, n=[3] * n))
    out = fk.ecosystem.fill(some, "NEE", method=name)
    assert (out.NEE_F.values[np.isnan(some.NEE.values)] == 0.5).all()


def test_infinite_values_are_missing_ones(some):
    place = int(np.flatnonzero(np.isfinite(some.NEE.values))[100])
    broken = some.NEE.values.copy()
    broken[place] = np.inf
    light = some.SW_IN.values.copy()
    light[place + 3] = -np.inf
    ds = some.assign(NEE=("time", broken), SW_IN=("time", light))
    for how in ({"folds": 2}, {"method": "mds"}, {"method": "boosting", "folds": 0}):
        out = fk.ecosystem.fill(ds, "NEE", **how)
        assert np.isfinite(out.NEE_F).all()
        assert abs(float(out.NEE_F[place]) - float(some.NEE[place])) < 8.0
        assert "infinite values (1) stand for missing ones" in out.NEE_F.comment


@pytest.mark.parametrize("drivers", [["NEE"], ["NEE", "SW_IN"]])
def test_what_boosting_cannot_do_is_told_by_its_reason(some, drivers):
    """Without drivers, or with few records, like conditions fill all, and the sentence says which it was."""
    ds = some[drivers]
    few = np.arange(ds.sizes["time"]) < 150
    cut = ds.assign(NEE=ds.NEE.where(few)) if len(drivers) == 2 else ds
    out = fk.ecosystem.fill(cut, "NEE")
    reason = "too little is measured" if len(drivers) == 2 else "there is no driver"
    assert f"{reason} for gradient boosting: all gaps are filled from like conditions" in out.NEE_F.comment
    xr.testing.assert_equal(out.NEE, cut.NEE)
