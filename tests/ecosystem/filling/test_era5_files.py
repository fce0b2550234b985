"""ERA5 as it comes: other names, units, grids, steps and files give what the plain file gives."""

import zipfile

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.drivers import REANALYSIS
from fluxkit.ecosystem.filling.era5 import site_series
from fluxkit.ecosystem.filling.registry import FillingError
from tests.ecosystem.filling.test_drivers import era5_of
from tests.ecosystem.made_forest import forest

NAMES = ("SW_IN", "TA", "VPD", "P")


@pytest.fixture(scope="module")
def weather():
    made = forest("2020-03-01", 60)
    rain = np.where(np.random.default_rng(0).random(made.sizes["time"]) < 0.05, 0.4, 0.0)
    return made.assign(P=("time", rain))[[*NAMES]]


@pytest.fixture(scope="module")
def plain(weather):
    return era5_of(weather, slope=1.0, offset=0.0).isel(latitude=[0]).assign_coords(longitude=[0.0])


def same(file, plain, tolerance=1e-6):
    """Return the sentences on a file whose series are those of the plain one."""
    expected, nothing = site_series(plain, 50.0, 0.0)
    assert nothing == []
    found, said = site_series(file, 50.0, 0.0)
    np.testing.assert_array_equal(found.time, expected.time)
    for name in NAMES:
        np.testing.assert_allclose(found.series[name], expected.series[name], atol=tolerance)
    return said


def test_names_of_requests_of_grib_and_in_capitals(plain):
    long = {
        "ssrd": "surface_solar_radiation_downwards",
        "t2m": "2m_temperature",
        "d2m": "2m_dewpoint_temperature",
        "tp": "total_precipitation",
    }
    assert same(plain.rename(long), plain) == []
    assert same(plain.rename(t2m="2t", d2m="2d", ssrd="SSRD", valid_time="time"), plain) == []


def test_mean_rates(plain):
    rates = plain.assign(
        avg_sdswrf=(plain.ssrd / 3600.0).assign_attrs(units="W m**-2"),
        mtpr=(plain.tp / 3.6).assign_attrs(units="kg m**-2 s**-1"),
    )
    assert same(rates.drop_vars(["ssrd", "tp"]), plain) == []


def test_units_of_the_file(plain):
    other = plain.assign(
        t2m=(plain.t2m - 273.15).assign_attrs(units="degrees_C"),
        ssrd=(plain.ssrd / 3600.0).assign_attrs(units="W m**-2"),
        tp=(plain.tp * 1000.0).assign_attrs(units="mm"),
    )
    assert same(other, plain) == []


def test_units_that_only_the_values_tell(plain):
    other = plain.assign(t2m=plain.t2m - 273.15, ssrd=plain.ssrd / 3600.0, tp=plain.tp * 1000.0)
    said = same(other.drop_attrs(), plain)
    assert "`t2m` of the reanalysis is taken for degC: its values cannot be in K" in said
    assert len(said) == 3


def test_sums_since_midnight(plain):
    """As ERA5-Land has them: the value of 00:00 is the whole day before."""
    day = np.repeat(np.arange(60), 24)

    def since_midnight(x):
        values = x.values.reshape(day.size, -1)
        total = np.stack([values[day == one].cumsum(axis=0) for one in range(60)])
        return x.copy(data=total.reshape(x.shape))

    land = plain.assign(ssrd=since_midnight(plain.ssrd), tp=since_midnight(plain.tp))
    said = same(land, plain, 1e-3)
    assert "`ssrd` of the reanalysis is summed since midnight: steps are its differences" in said
    assert len(said) == 2


@pytest.mark.parametrize(
    ("longitudes", "site"), [([355.0, 359.9], -0.1), ([0.0, 359.0], -0.2), ([-0.5, 0.5], -0.3)]
)
def test_the_nearest_point_of_any_grid(plain, longitudes, site):
    """Also across the meridian, where a grid from 0 to 359 ends."""
    off = [abs((one - site + 180.0) % 360.0 - 180.0) for one in longitudes]
    right = int(np.argmin(off))
    points = [plain if k == right else plain * np.nan for k in range(2)]
    grid = xr.concat(
        [one.assign_coords(longitude=[x]) for one, x in zip(points, longitudes, strict=True)], "longitude"
    )
    found, _ = site_series(grid.rename(latitude="lat", longitude="lon"), 50.0, site)
    assert np.isfinite(found.series["TA"]).all()
    with pytest.raises(
        FillingError, match=r"no point near the site: its nearest lat is 50\.1, that of the site 10"
    ):
        site_series(grid.rename(latitude="lat"), 10.0, site)


def test_preliminary_values_stand_behind_final_ones(plain):
    last = plain.valid_time[700]
    both = xr.concat(
        [plain.where(plain.valid_time < last), plain.where(plain.valid_time >= last)],
        xr.IndexVariable("expver", [1, 5]),
    )
    assert same(both, plain) == []


def test_holes_doubles_and_disorder_of_times(plain):
    doubled = xr.concat(
        [plain.isel(valid_time=slice(500, None)), plain.isel(valid_time=slice(0, 510))], "valid_time"
    )
    assert same(doubled, plain) == []
    hole = np.r_[0:500, 600 : plain.sizes["valid_time"]]
    found, _ = site_series(plain.isel(valid_time=hole), 50.0, 0.0)
    assert np.isnan(found.series["TA"]).sum() == 100
    with pytest.raises(FillingError, match="not evenly spaced"):
        site_series(plain.isel(valid_time=[0, 2, 4, 7, 9, 11]), 50.0, 0.0)
    with pytest.raises(FillingError, match="fewer than two times"):
        site_series(plain.isel(valid_time=[0]), 50.0, 0.0)


def test_zip_and_folder_of_the_store(plain, tmp_path):
    """What is of the moment and what is summed are in two files, months in more."""
    parts = {
        "instant.nc": plain[["t2m", "d2m"]],
        "accum_1.nc": plain[["ssrd", "tp"]].isel(valid_time=slice(0, 700)),
        "accum_2.nc": plain[["ssrd", "tp"]].isel(valid_time=slice(700, None)),
    }
    with zipfile.ZipFile(tmp_path / "era5.zip", "w") as archive:
        for name, part in parts.items():
            part.to_netcdf(tmp_path / name)
            archive.write(tmp_path / name, name)
    assert same(tmp_path / "era5.zip", plain) == []
    assert same(tmp_path, plain) == []
    (tmp_path / "no.nc").write_text("no netCDF")
    for wrong in (tmp_path / "no.nc", tmp_path / "absent.nc"):
        with pytest.raises(FillingError, match="cannot be read as netCDF"):
            site_series(wrong, 50.0, 0.0)


def test_a_reanalysis_of_another_place_is_doubted(weather, plain):
    """Half a day off: radiation follows that of the site by no means."""
    late = plain.assign_coords(valid_time=plain.valid_time + np.timedelta64(12, "h"))
    broken = weather.where(
        (np.arange(weather.sizes["time"]) < 1000) | (np.arange(weather.sizes["time"]) > 2000)
    )
    out = fk.ecosystem.fill_drivers(broken, era5=late)
    assert "SW_IN of the reanalysis follows that of the site by r = -" in out.attrs["notes"]
    assert "notes" not in fk.ecosystem.fill_drivers(broken, era5=plain).attrs
    assert (out.SW_IN_F_METHOD == REANALYSIS).any()
