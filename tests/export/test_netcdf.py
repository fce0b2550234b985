"""The netCDF of fluxes: standards, types, round trip."""

import io
from contextlib import redirect_stdout
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from fluxkit.export.netcdf import read_fluxes, write_fluxes
from fluxkit.schema import variables
from tests import made_day


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("netcdf") / "XX-Mad_fluxes.nc"
    write_fluxes(made_day.fluxes(), path, made_day.site(), made_day.run())
    return path


def complaints(path: Path, standard: str, criteria: str = "strict") -> list[str]:
    """Return the lines in which the compliance checker finds fault, `variable: * what` where it names one."""
    checker = pytest.importorskip("compliance_checker.runner")
    checker.CheckSuite.load_all_available_checkers()
    report = path.with_suffix(f".{standard.replace(':', '')}.txt")
    with redirect_stdout(io.StringIO()):
        _, errors = checker.ComplianceChecker.run_checker(
            str(path),
            [standard],
            verbose=0,
            criteria=criteria,
            output_filename=str(report),
            output_format="text",
        )
    assert not errors
    about, found = "", []
    for line in report.read_text().splitlines():
        if line.startswith("variable "):
            about = line.split('"')[1]
        elif line.startswith("*"):
            found.append(f"{about}: {line}")
        elif not line:
            about = ""
    return found


@pytest.mark.slow
def test_follows_cf(written: Path) -> None:
    assert complaints(written, "cf:1.11") == []


@pytest.mark.slow
def test_follows_acdd(written: Path) -> None:
    """What remains is what CF has no name for, and what a station file cannot know."""
    unnamed = {name for name in variables.names() if variables.entry(name).standard_name is None}
    unnamed.add("displacement_height")
    allowed = {f"{name}: * standard_name" for name in unnamed}
    allowed |= {
        f": * {key} not present" for key in ("acknowledgment/acknowledgement", "creator_url", "publisher_url")
    }
    assert set(complaints(written, "acdd:1.3", "normal")) - allowed == set()


def test_time_is_the_start_in_utc_with_bounds(written: Path) -> None:
    with netCDF4.Dataset(written) as file:
        time = file["time"]
        assert time.dtype == np.int64
        assert time.units_metadata == "leap_seconds: none"
        assert "_FillValue" not in time.ncattrs()
        assert np.datetime64(int(time[0]), "s") == np.datetime64("2025-06-11T23:00")
        np.testing.assert_array_equal(file["time_bnds"][:, 0], time[:])
        np.testing.assert_array_equal(file["time_bnds"][:, 1] - time[:], 1800)


def test_values_survive_exactly_and_missing_stays_missing(written: Path) -> None:
    fluxes = made_day.fluxes()
    with xr.open_dataset(written) as back:
        for name in fluxes.data_vars:
            np.testing.assert_array_equal(back[name].to_numpy(), fluxes[name].to_numpy(), err_msg=str(name))


def test_flags_are_small_integers_with_meanings(written: Path) -> None:
    with netCDF4.Dataset(written) as file:
        flag = file["NEE_SSITC_TEST"]
        assert flag.dtype == np.int8
        assert flag.flag_values.dtype == np.int8
        assert flag._FillValue == -127
        assert flag[9] is np.ma.masked
        loss = file["LOSS_FLAG"]
        assert "_FillValue" not in loss.ncattrs()
        assert loss.flag_masks.size == len(loss.flag_meanings.split())
        assert file["FC"].ancillary_variables == "FC_SSITC_TEST FC_RANDUNC_HF"
        assert "ancillary_variables" not in file["USTAR"].ncattrs()


def test_a_file_says_who_where_when(written: Path) -> None:
    with netCDF4.Dataset(written) as file:
        assert file.Conventions == "CF-1.11, ACDD-1.3"
        assert file.time_coverage_start == "2025-06-11T23:00:00Z"
        assert file.time_coverage_end == "2025-06-12T23:00:00Z"
        assert file.time_coverage_duration == "P1D"
        assert file.time_coverage_resolution == "PT30M"
        assert file.naming_authority == "org.example"
        assert "Finkelstein & Sims 2001" in file.references
        assert file["station_name"][...] == "XX-Mad"


def test_extra_dimensions_and_unknown_variables_are_kept(tmp_path: Path) -> None:
    fluxes = made_day.fluxes().isel(time=slice(0, 3))
    fluxes["spread"] = (("time", "scheme"), np.ones((3, 2)), {"units": "1", "long_name": "spread"})
    fluxes = fluxes.assign_coords(scheme=["double", "none"])
    write_fluxes(fluxes, tmp_path / "a.nc", made_day.site(), {})
    with xr.open_dataset(tmp_path / "a.nc") as back:
        assert back["spread"].dims == ("time", "scheme")
        assert back["scheme"].to_numpy().tolist() == ["double", "none"]


def test_missing_where_nothing_may_be_missing_is_refused(tmp_path: Path) -> None:
    fluxes = made_day.fluxes()
    fluxes["NIGHT"] = fluxes["NIGHT"].where(fluxes["NIGHT"] == 0)
    with pytest.raises(ValueError, match=r"NIGHT: .* must be known"):
        write_fluxes(fluxes, tmp_path / "a.nc", made_day.site(), {})
    assert list(tmp_path.iterdir()) == []


def test_fraction_in_a_count_is_refused(tmp_path: Path) -> None:
    fluxes = made_day.fluxes()
    fluxes["U_NUM_SPIKES"] = fluxes["U_NUM_SPIKES"] + 0.5
    with pytest.raises(ValueError, match=r"U_NUM_SPIKES: .* whole numbers"):
        write_fluxes(fluxes, tmp_path / "a.nc", made_day.site(), {})


def test_nothing_to_write_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="empty time dimension"):
        write_fluxes(made_day.fluxes().isel(time=slice(0, 0)), tmp_path / "a.nc", made_day.site(), {})


def test_every_variable_of_the_vocabulary_can_be_written(tmp_path: Path) -> None:
    fluxes = made_day.fluxes().isel(time=slice(0, 2))
    for name in variables.names():
        fluxes[name] = ("time", np.zeros(2))
    write_fluxes(fluxes, tmp_path / "all.nc", made_day.site(), {})
    with netCDF4.Dataset(tmp_path / "all.nc") as file:
        assert {file[name].dtype for name in variables.names()} == {np.dtype(t) for t in ("f8", "i1", "i4")}


def test_what_was_read_back_can_be_written_again(written: Path, tmp_path: Path) -> None:
    with xr.open_dataset(written) as back:
        write_fluxes(back, tmp_path / "again.nc", made_day.site(), made_day.run())
        with xr.open_dataset(tmp_path / "again.nc") as again:
            xr.testing.assert_identical(again, back)


def test_it_is_read_as_xarray_reads_it(written: Path) -> None:
    with xr.open_dataset(written, engine="netcdf4") as stored:
        there = stored.load().drop_vars("time_bnds").reset_coords(drop=True)
    found = read_fluxes(written)
    xr.testing.assert_identical(found, there)
    assert {name: found[name].dtype for name in found} == {name: there[name].dtype for name in there}


def assert_same_in_all(a: xr.Dataset, b: xr.Dataset) -> None:
    """Values with their bits, types, order, and attributes with their types."""
    xr.testing.assert_identical(a, b)
    assert list(a.variables) == list(b.variables)
    assert repr(a.attrs) == repr(b.attrs)
    for name in a.variables:
        x, y = a[name], b[name]
        assert x.dtype == y.dtype, name
        assert repr(x.attrs) == repr(y.attrs), name
        assert x.dtype == object or x.to_numpy().tobytes() == y.to_numpy().tobytes(), name


def test_what_was_written_is_what_is_read(tmp_path: Path) -> None:
    """A run goes on with the one, a step alone with the other."""
    fluxes = made_day.fluxes().isel(time=slice(0, 4))
    for name in variables.names():
        known = variables.entry(name)
        lost = np.nan if known.nullable or known.dtype == "float64" else 0.0
        fluxes[name] = ("time", [0.0, lost, 3.0, -0.0])
    fluxes["NEE"].values[2:] = np.inf, 0.1 + 0.2
    fluxes["spread"] = (
        ("time", "scheme"),
        np.ones((4, 2), np.float32),
        {"levels": [1, 2], "one": [0.5], "n": 3},
    )
    fluxes["rank"] = ("scheme", np.arange(2), {"long_name": "rank", "odd": ""})
    fluxes = fluxes.assign_coords(scheme=["double", "none"]).assign_attrs(count=2, share=0.5)
    found = write_fluxes(fluxes, tmp_path / "a.nc", made_day.site(), made_day.run())
    assert_same_in_all(found, read_fluxes(tmp_path / "a.nc"))


def test_another_netcdf_is_told_apart(tmp_path: Path) -> None:
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "a.nc")
    with pytest.raises(ValueError, match="is it a file of fluxes"):
        read_fluxes(tmp_path / "a.nc")
    (tmp_path / "b.nc").write_bytes(b"no netCDF")
    with pytest.raises((OSError, RuntimeError)):
        read_fluxes(tmp_path / "b.nc")
