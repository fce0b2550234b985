"""Thresholds of a made forest, and what is answered where there is none."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.ustar.pools import pooled_percentiles
from fluxkit.ecosystem.ustar.seasons import UstarError
from tests.ecosystem.made_forest import THRESHOLD, forest


@pytest.fixture(scope="module")
def year() -> xr.Dataset:
    return forest(noise=0.3)


@pytest.mark.parametrize("method", ["pooled-nights", "moving-point", "change-point"])
@pytest.mark.parametrize("turbulence", ["USTAR", "W_SIGMA"])
def test_the_planted_threshold_is_found(year, method, turbulence):
    """Loss grows linearly to zero at the threshold: what is seen of it ends a little below."""
    ds = year.assign(W_SIGMA=1.25 * year.USTAR)
    scale = 1.25 if turbulence == "W_SIGMA" else 1.0
    t = fk.ecosystem.ustar_thresholds(ds, method=method, turbulence=turbulence, bootstraps=50)
    assert abs(t.threshold.item() - THRESHOLD * scale) < 0.07
    forty = fk.ecosystem.ustar_thresholds(ds, method=method, bootstraps=2, percentiles="oneflux")
    assert forty.sizes["percentile"] == 41
    assert t.quantiles.sel(percentile=5).item() < t.quantiles.sel(percentile=95).item()
    assert t.attrs["turbulence"] == turbulence


def test_segmented_regression_finds_it(year):
    t = fk.ecosystem.ustar_thresholds(year, method="change-point", variant="reddyproc", bootstraps=20)
    assert abs(t.threshold.item() - THRESHOLD) < 0.07
    none = fk.ecosystem.ustar_thresholds(
        year.assign(NEE=year.truth), method="change-point", variant="reddyproc"
    )
    assert np.isfinite(none.class_threshold).mean() < 0.3


def test_seeds_and_other_years(year):
    """The same seed gives the same, whatever other years there are."""
    both = forest(days=730, noise=0.3)
    t = fk.ecosystem.ustar_thresholds(both, bootstraps=20, seed=4, variant="oneflux")
    again = fk.ecosystem.ustar_thresholds(both, bootstraps=20, seed=4, variant="oneflux")
    alone = fk.ecosystem.ustar_thresholds(
        both.sel(time=slice(None, "2019-12-31")), bootstraps=20, seed=4, variant="oneflux"
    )
    other = fk.ecosystem.ustar_thresholds(both, bootstraps=20, seed=5, variant="oneflux")
    xr.testing.assert_identical(t, again)
    np.testing.assert_array_equal(
        t.bootstrap_threshold.sel(year=2019), alone.bootstrap_threshold.sel(year=2019)
    )
    assert not np.array_equal(t.bootstrap_threshold, other.bootstrap_threshold)


def test_day_and_order_do_not_matter(year):
    """Only nights are looked at; a flux by day, or another site's clock, changes nothing."""
    t = fk.ecosystem.ustar_thresholds(year)
    day = year.assign(NEE=year.NEE.where(year.SW_IN < 10.0, 1e3))
    np.testing.assert_array_equal(fk.ecosystem.ustar_thresholds(day).class_threshold, t.class_threshold)
    shifted = year.assign_coords(time=year.time + np.timedelta64(3 * 3652425, "m")).assign_attrs(
        utc_offset_h=0
    )
    assert fk.ecosystem.ustar_thresholds(shifted).single.item() > 0.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda ds: ds.drop_vars("USTAR"), "USTAR missing"),
        (lambda ds: ds.drop_vars("SW_IN").drop_attrs(), "SW_IN missing"),
        (lambda ds: ds.assign(USTAR=ds.USTAR * 100.0), "not in m s-1"),
        (lambda ds: ds.assign(NEE=ds.NEE.where(ds.SW_IN > 10.0)), "too few records"),
        (lambda ds: ds.assign(SW_IN=ds.SW_IN + 50.0), "too few records"),
        (lambda ds: ds.assign(USTAR=ds.USTAR + 0.5), "lowest bin"),
        (lambda ds: ds.isel(time=slice(0, 48)), "too few records"),
        (lambda ds: ds.assign(USTAR=xr.full_like(ds.USTAR, 0.15)), "no plateau"),
    ],
)
@pytest.mark.parametrize("variant", ["reddyproc", "oneflux"])
def test_none_found_is_an_answer(year, change, says, variant):
    ds = change(year)
    t = fk.ecosystem.ustar_thresholds(ds, variant=variant, bootstraps=3)
    assert says in t.reason.item()
    assert np.isnan(t.threshold.item())
    assert np.isnan(t.quantiles).all()
    cut = fk.ecosystem.filter_ustar(ds, t)
    np.testing.assert_array_equal(cut.NEE, ds.NEE)
    assert any(words in cut.NEE.ustar_filter for words in ("not filtered", "for want of a threshold", "0 of"))
    if says != "lowest bin":  # change points do not mind
        points = fk.ecosystem.ustar_thresholds(ds, method="change-point", bootstraps=3)
        assert np.isnan(points.threshold.item())
        assert points.reason.item()


@pytest.mark.parametrize("minutes", [15, 60])
def test_other_steps(minutes):
    ds = forest(days=730 if minutes == 60 else 365, minutes=minutes, noise=0.3)
    t = fk.ecosystem.ustar_thresholds(ds)
    assert (abs(t.threshold - THRESHOLD) < 0.08).all()


def test_seasons_as_told(year):
    sizes = fk.ecosystem.ustar_thresholds(year, seasons=[1, 120, 280])
    assert sizes.season.values.tolist() == [2019001, 2019120, 2019280]
    crops = fk.ecosystem.ustar_thresholds(year, seasons={2019: [100, 200]})
    assert crops.season.values.tolist() == [2019001, 2019100, 2019200]
    labels = np.repeat([7, 8], year.sizes["time"] // 2)
    assert fk.ecosystem.ustar_thresholds(year, seasons=labels).season.values.tolist() == [7, 8]
    within = forest("2019-01-01", 730)
    months = fk.ecosystem.ustar_thresholds(within, seasons="months")
    assert months.season.values.tolist() == [
        2019001, 2019003, 2019006, 2019009, 2019012, 2020003, 2020006, 2020009, 2020012,
    ]  # fmt: skip
    assert months.season_year.sel(season=2019012).item() == 2020


def test_a_year_without_takes_the_single_one():
    ds = forest(days=730, noise=0.3)
    ds = ds.assign(NEE=ds.NEE.where(ds.time.dt.year == 2019))
    t = fk.ecosystem.ustar_thresholds(ds, bootstraps=10, seasons="months-within-year")
    assert t.threshold.sel(year=2020).item() == t.threshold.sel(year=2019).item()
    assert t.reason.sel(year=2020).item() == "too few records"
    assert np.isfinite(t.vut.sel(year=2020)).all()


def test_pools():
    """Of three years and a gap: neighbours are pooled, and all where these give none."""
    samples = np.array([[0.1, 0.2, np.nan, 0.5], [0.1, 0.2, np.nan, 0.5]])
    vut, cut = pooled_percentiles(samples, np.array([2000, 2001, 2010, 2020]), np.array([50.0]))
    np.testing.assert_allclose(vut[0], [0.15, 0.15, 0.2, 0.5])
    np.testing.assert_allclose(cut, 0.2)


def test_methods_are_pooled():
    ds = forest(days=730, noise=0.3)
    found = [
        fk.ecosystem.ustar_thresholds(ds, method=m, bootstraps=20) for m in ("moving-point", "change-point")
    ]
    both = fk.ecosystem.pool_thresholds(*found)
    assert both.sizes == {"percentile": 41, "year": 2}
    for t in found:
        assert both.cut[0] <= t.bootstrap_threshold.min() + 0.05
    cut = fk.ecosystem.filter_ustar(ds, both.vut)
    assert cut.NEE.dims == ("percentile", "time")
    assert (cut.NEE.isnull().sum("time").diff("percentile")[:39] >= 0).all()
    with pytest.raises(UstarError, match="bootstraps"):
        fk.ecosystem.pool_thresholds(fk.ecosystem.ustar_thresholds(ds))


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ({"method": "magic"}, "moving-point"),
        ({"variant": "magic"}, "reddyproc"),
        ({"method": "change-point", "variant": "magic"}, "barr-2013"),
        ({"mode": "sideways"}, "forward-2"),
        ({"colour": "red"}, "night_below"),
        ({"method": "moving-point", "colour": "red"}, "factor"),
        ({"method": "pooled-nights", "variant": "oneflux"}, "fluxkit"),
        ({"seasons": "lunar"}, "months"),
        ({"percentiles": "many"}, "oneflux"),
        ({"method": "change-point", "seasons": "months"}, "windows"),
        ({"method": "change-point", "mode": "forward"}, "night_below"),
        ({"method": "change-point", "variant": "reddyproc", "mode": "forward"}, "night_below"),
    ],
)
def test_what_is_not_there_is_said(year, keywords, says):
    with pytest.raises(UstarError, match=says):
        fk.ecosystem.ustar_thresholds(year.isel(time=slice(0, 96)), **keywords)


def test_without_radiation_nights_are_those_of_the_sun(year):
    ds = year.drop_vars("SW_IN")
    np.testing.assert_allclose(fk.ecosystem.ustar_thresholds(ds).threshold, THRESHOLD, atol=0.08)


def test_a_threshold_of_sigma_w_is_that_of_ustar_in_its_own_measure(year):
    ds = year.assign(W_SIGMA=1.25 * year.USTAR)
    of_ustar, of_sigma = (fk.ecosystem.ustar_thresholds(ds, turbulence=name) for name in ("USTAR", "W_SIGMA"))
    np.testing.assert_allclose(of_sigma.class_threshold, 1.25 * of_ustar.class_threshold)
