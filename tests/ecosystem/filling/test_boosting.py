"""Gradient boosting in long gaps, what it claims of itself, and the choice between it and like conditions."""

import numpy as np
import pytest
import xarray as xr
from threadpoolctl import threadpool_limits

import fluxkit as fk
from fluxkit.ecosystem.filling.boosting import fill_boosting
from fluxkit.ecosystem.filling.registry import FillingError
from fluxkit.synthetic.half_hours import Site, known_budget
from tests.ecosystem.shared_series import series, table_of

G = 12.011e-6 * 1800.0


@pytest.fixture(scope="module")
def made():
    """A made site of two years whose low turbulence is filtered at the planted threshold."""
    ds = known_budget(12, site=Site(long_gaps=(20.0, 34.0)))
    return ds.assign(NEE=ds.NEE.where(~((ds.SW_IN < 10.0) & ~(ds.USTAR >= 0.2))))


@pytest.fixture(scope="module")
def filled(made):
    return fk.ecosystem.fill(made, "NEE", method="boosting")


def test_known_sums_of_long_gaps_lie_within_what_is_claimed(made, filled):
    error = filled.NEE_F.values - made.NEE_TRUE.values
    missing = np.isnan(made.NEE.values)
    year = fk.ecosystem.HalfHours.of(made).year
    for one in np.unique(year):
        inside = missing & (year == one)
        claimed = np.sum(filled.NEE_F_GAP_SD.values[inside]) * G  # if all gaps were off in one direction
        assert abs(error[inside].sum() * G) < claimed
        assert claimed < 300.0


def test_intervals_hold_nine_tenths_of_what_was_not_seen(made, filled):
    noise = np.random.default_rng(3).laplace(0.0, made.RANDUNC_TRUE.values / np.sqrt(2.0))
    unseen = made.NEE_TRUE.values + noise
    missing = np.isnan(made.NEE.values)
    inside = (unseen >= filled.NEE_F_LOWER.values) & (unseen <= filled.NEE_F_UPPER.values)
    assert 0.85 <= inside[missing].mean() <= 0.97


def test_same_bits_for_any_number_of_threads(made):
    at = fk.ecosystem.HalfHours.of(made)
    drivers = {name: made[name].values for name in ("SW_IN", "TA", "VPD", "P")}
    with threadpool_limits(2, user_api="openmp"):
        two = fill_boosting(made.NEE.values, drivers, at, folds=0, iterations=10)
    with threadpool_limits(1, user_api="openmp"):
        one = fill_boosting(made.NEE.values, drivers, at, folds=0, iterations=10)
    np.testing.assert_array_equal(one.value, two.value)


def test_a_flux_that_nothing_explains_is_refused_in_words():
    made = known_budget(3, years=1, site=Site(long_gaps=(30.0,)))
    noise = np.random.default_rng(4).normal(0.0, 3.0, made.sizes["time"])
    ds = made.assign(FCH4=made.NEE * 0.0 + noise)
    out = fk.ecosystem.fill(ds, "FCH4", method="boosting", folds=3)
    assert np.isnan(out.FCH4_F.values[np.isnan(ds.FCH4.values)]).mean() > 0.9
    assert "stay open: gradient boosting was better than the mean course of the day" in out.FCH4_F.comment
    everything = fk.ecosystem.fill(ds, "FCH4", method="boosting", folds=0)
    assert np.isfinite(everything.FCH4_F.values).all()


def test_what_cannot_be_learnt_is_said(made):
    with pytest.raises(FillingError, match="one driver at least"):
        fk.ecosystem.fill(made, "NEE", method="boosting", drivers=())
    month = made.isel(time=slice(0, 48 * 30))
    few = month.assign(NEE=month.NEE.where(np.arange(48 * 30) < 150))
    out = fk.ecosystem.fill(few, "NEE", method="boosting")
    assert "gradient boosting needs 200" in out.NEE_F.comment
    like = fk.ecosystem.fill(few, "NEE")
    assert "too little is measured for gradient boosting" in like.NEE_F.comment


@pytest.mark.parametrize(("name", "scale"), [("FCH4", 40.0), ("FN2O", 0.5)])
def test_other_gases(made, name, scale):
    """Nothing in it knows of carbon dioxide: any flux that drivers explain comes back."""
    flux = scale * np.exp(0.08 * fk.ecosystem.fill_drivers(made).TA_F.values)
    noisy = flux * (1.0 + 0.2 * np.random.default_rng(5).normal(size=flux.size))
    ds = made.assign({name: made.NEE * 0.0 + noisy})
    out = fk.ecosystem.fill(ds, name, method="boosting", folds=0)
    missing = np.isnan(ds[name].values)
    assert out[f"{name}_F"].values[missing].mean() == pytest.approx(flux[missing].mean(), rel=0.03)


def test_scenarios_share_what_was_learnt_and_each_is_filled_by_itself(made):
    """A dimension beside time: the same as one by one."""
    some = made.isel(time=slice(0, 48 * 120))
    strict = some.NEE.where(some.USTAR.fillna(0.0) > 0.3)
    both = some.assign(NEE=xr.concat([some.NEE, strict], "ustar_percentile"))
    together = fk.ecosystem.fill(both, "NEE", folds=3)
    assert together.NEE_F.dims == ("ustar_percentile", "time")
    one = fk.ecosystem.fill(some, "NEE", folds=3)
    np.testing.assert_array_equal(together.NEE_F.values[0], one.NEE_F.values)


def test_default_is_by_like_conditions_where_a_variant_or_driver_is_asked_for(made):
    week = made.isel(time=slice(0, 48 * 30))
    assert fk.ecosystem.fill(week, "NEE", variant="reddyproc").NEE_F.comment == "filled by mds"
    assert fk.ecosystem.fill(week, "TA").TA_F.comment.startswith("filled by mds;")


def test_known_budget_of_le_bray(shared):
    """An outage of 34 days in the spring of 1999, which other programs fill wrong by 45 to 50 g C m-2."""
    ds = series(shared, "truth_FR-LBr_1998-1999_HH")
    truth = table_of(shared, "truth_FR-LBr_1998-1999_HH", "truth.csv.gz").NEE_TRUE.to_numpy()
    cut = ds.assign(NEE=ds.NEE.where(~(~(ds.SW_IN >= 10.0) & ~(ds.USTAR >= 0.2))))
    out = fk.ecosystem.fill(cut, "NEE", method="boosting", folds=0)
    year = fk.ecosystem.HalfHours.of(ds).year
    for one in (1998, 1999):
        assert abs(np.sum((out.NEE_F.values - truth)[year == one]) * G) < 25.0


def test_a_driver_that_was_never_measured_tells_nothing():
    """All of it is missing: the trees do without, as if it were not there."""
    n = 48 * 120
    time = np.datetime64("2021-05-01", "ns") + np.arange(n) * np.timedelta64(30, "m")
    light = 700.0 * np.maximum(0.0, np.sin((np.arange(n) / 2 % 24 - 6) / 12 * np.pi))
    nee = 3.0 - 0.02 * light + np.random.default_rng(0).normal(0.0, 0.5, n)
    nee[2000:2300] = np.nan
    ds = xr.Dataset({"NEE": ("time", nee), "SW_IN": ("time", light)}, {"time": time})
    without = fk.ecosystem.fill(ds, "NEE", method="boosting", refuse=False)
    empty = fk.ecosystem.fill(ds.assign(VPD=ds["SW_IN"] * np.nan), "NEE", method="boosting", refuse=False)
    assert np.isfinite(without["NEE_F"]).all()
    np.testing.assert_array_equal(empty["NEE_F"], without["NEE_F"])
