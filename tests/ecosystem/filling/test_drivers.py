"""Drivers: what was measured stays, a reanalysis is brought to the site, each source is optional."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.drivers import COURSE, LIKE_CONDITIONS, MEASURED, NEIGHBOUR, REANALYSIS
from fluxkit.ecosystem.filling.era5 import site_series
from fluxkit.ecosystem.filling.reanalysis import downscaled
from fluxkit.ecosystem.filling.registry import FillingError
from fluxkit.synthetic.half_hours import known_budget

DAY = 48


@pytest.fixture(scope="module")
def whole():
    """Weather without gaps."""
    made = known_budget(2, years=1)
    filled = fk.ecosystem.fill_drivers(made)
    names = ["SW_IN", "TA", "VPD"]
    return made.assign({name: filled[f"{name}_F"] for name in names})[[*names, "P"]]


@pytest.fixture
def broken(whole):
    """The same with an outage of 60 days."""
    gone = (np.arange(whole.sizes["time"]) // DAY >= 100) & (np.arange(whole.sizes["time"]) // DAY < 160)
    return whole.where(~gone)


def era5_of(ds, hours=1, slope=0.9, offset=1.5):
    """A reanalysis with errors: sums over steps, stamped at their end; temperature at the moment."""
    per = 2 * hours
    steps = ds.sizes["time"] // per
    end = ds.time.values[per - 1 :: per] + np.timedelta64(30, "m")
    moment = np.interp(end.astype("int64"), ds.time.values.astype("int64") + 900 * 10**9, ds.TA.values)
    vpd = np.interp(end.astype("int64"), ds.time.values.astype("int64") + 900 * 10**9, ds.VPD.values)
    t2m = slope * moment + offset
    dew = _dew(np.maximum(_es(t2m) - vpd, 0.01))
    sums = {name: ds[name].values[: steps * per].reshape(steps, per) for name in ("SW_IN", "P")}
    grid = {
        "ssrd": sums["SW_IN"].mean(axis=1) * 3600.0 * hours * 0.8,
        "tp": sums["P"].sum(axis=1) / 1000.0 * 1.3,
        "t2m": t2m + 273.15,
        "d2m": dew + 273.15,
    }
    dims = ("valid_time", "latitude", "longitude")
    far = 1e6  # of another point of the grid
    return xr.Dataset(
        {key: (dims, np.stack([x, x * 0 + far], 1)[:, :, None]) for key, x in grid.items()},
        {"valid_time": end, "latitude": [50.1, 49.0], "longitude": [10.0]},
    )


def _es(ta):
    return 6.1078 * np.exp(17.08085 * ta / (234.175 + ta))


def _dew(e):
    x = np.log(e / 6.1078)
    return 234.175 * x / (17.08085 - x)


def test_without_any_source_all_is_filled_and_nothing_measured_changes(broken):
    out = fk.ecosystem.fill_drivers(broken)
    for name in ("SW_IN", "TA", "VPD"):
        there = np.isfinite(broken[name].values)
        np.testing.assert_array_equal(out[f"{name}_F"].values[there], broken[name].values[there])
        assert np.isfinite(out[f"{name}_F"].values).all()
        assert set(np.unique(out[f"{name}_F_METHOD"])) <= {MEASURED, LIKE_CONDITIONS, COURSE}
        assert (out[f"{name}_F_QC"].values[there] == 0).all()
    assert (out.SW_IN_F.values >= 0.0).all()


@pytest.mark.parametrize("hours", [1, 3])
def test_reanalysis_is_brought_to_the_site(whole, broken, hours):
    out = fk.ecosystem.fill_drivers(broken, era5=era5_of(whole, hours))
    gone = np.isnan(broken.TA.values)
    used = out.TA_F_METHOD.values == REANALYSIS
    assert used[gone].mean() > 0.6  # the rest lies beside data, like conditions within days
    off = (out.TA_F.values - whole.TA.values)[used]
    assert abs(off.mean()) < 0.1
    assert np.sqrt(np.mean(off**2)) < (0.3 if hours == 1 else 1.0)
    sun = out.SW_IN_F.values[gone].sum() / whole.SW_IN.values[gone].sum()
    assert sun == pytest.approx(1.0, abs=0.05)
    without = fk.ecosystem.fill_drivers(broken)
    assert np.sqrt(np.mean(off**2)) < np.sqrt(np.mean((without.TA_F.values - whole.TA.values)[used] ** 2))
    assert "reanalysis by" in out.TA_F.comment


def test_known_lines_come_back(whole):
    """Temperature: (reanalysis - 1.5) / 0.9; factors 1 / 0.8 for radiation, 1 / 1.3 for rain."""
    at = fk.ecosystem.HalfHours.of(whole)
    coarse, _ = site_series(era5_of(whole), 50.0, 10.0)
    _, radiation = downscaled("SW_IN", coarse, whole.SW_IN.values, at)
    assert radiation.slope == pytest.approx(1.25, rel=1e-6)
    assert radiation.intercept == 0.0
    rain, ratio = downscaled("P", coarse, whole.P.values, at)
    assert ratio.slope == pytest.approx(1.0 / 1.3, rel=1e-6)
    assert np.nansum(rain) == pytest.approx(float(whole.P.sum()), rel=1e-6)
    _, temperature = downscaled("TA", coarse, whole.TA.values, at)
    assert temperature.slope == pytest.approx(1.0 / 0.9, rel=0.01)


def test_radiation_keeps_the_sum_of_its_step_and_is_dark_at_night(whole):
    at = fk.ecosystem.HalfHours.of(whole)
    coarse, _ = site_series(era5_of(whole, 3), 50.0, 10.0)
    values, line = downscaled("SW_IN", coarse, None, at)
    step = values.reshape(-1, 6).mean(axis=1)
    expected = np.where(at.potential_radiation.reshape(-1, 6).mean(axis=1) > 0, coarse.series["SW_IN"], 0.0)
    np.testing.assert_allclose(step, expected, atol=1e-9)
    assert (values[at.potential_radiation <= 0.0] == 0.0).all()
    assert "as it is" in line.words("reanalysis")


def test_netcdf_file_by_path(whole, broken, tmp_path):
    path = tmp_path / "era5.nc"
    era5_of(whole).to_netcdf(path, engine="h5netcdf" if "h5netcdf" in xr.backends.list_engines() else None)
    by_path = fk.ecosystem.fill_drivers(broken, era5=path)
    xr.testing.assert_allclose(by_path, fk.ecosystem.fill_drivers(broken, era5=era5_of(whole)))


def test_neighbour_goes_before_a_reanalysis(whole, broken):
    near = whole.assign(TA=0.8 * whole.TA + 3.0, SW_IN=whole.SW_IN * 1.1)
    out = fk.ecosystem.fill_drivers(broken, neighbour=near, era5=era5_of(whole))
    used = out.TA_F_METHOD.values == NEIGHBOUR
    np.testing.assert_allclose(out.TA_F.values[used], whole.TA.values[used], atol=1e-6)
    assert not (out.TA_F_METHOD == REANALYSIS).any()


def test_a_driver_that_is_not_measured_comes_from_a_source(whole, broken, caplog):
    bare = broken.drop_vars(["VPD", "SW_IN"])
    out = fk.ecosystem.fill_drivers(bare, era5=era5_of(whole))
    assert np.isfinite(out.VPD_F.values).mean() > 0.99
    assert "as it is" in out.VPD_F.comment
    alone = fk.ecosystem.fill_drivers(bare)
    assert "VPD_F" not in alone
    assert "neither measured nor in any source" in caplog.text


def test_sources_that_do_not_serve_are_refused_in_words(whole, broken):
    late = era5_of(whole).assign_coords(valid_time=era5_of(whole).valid_time + np.timedelta64(3650, "D"))
    with pytest.raises(FillingError, match="does not overlap"):
        fk.ecosystem.fill_drivers(broken, era5=late)
    with pytest.raises(FillingError, match="valid_time"):
        fk.ecosystem.fill_drivers(broken, era5=late.rename(valid_time="moment"))
    with pytest.raises(FillingError, match="none of"):
        fk.ecosystem.fill_drivers(broken, era5=late[["tp"]])
