"""Chamber fluxes as netCDF and CSV."""

import csv

import netCDF4
import numpy as np
import pytest
import xarray as xr

from fluxkit.chamber.chain import process
from fluxkit.chamber.results.csv import write_chamber_csv
from fluxkit.chamber.results.netcdf import read_chamber, write_chamber
from fluxkit.errors import MomentsError
from tests.chamber.made_closures import closures, record, settings


@pytest.fixture(scope="module")
def fluxes():
    one = closures(3, plot=np.array(["a", "ä", ""]), extra={"t_soil": np.array([280.0, np.nan, 281.0])})
    return process(one, [record(2)], settings())  # the third closure has no reading


@pytest.fixture(scope="module")
def stored(fluxes, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "x.nc"
    write_chamber(fluxes, path, settings(), {"started": "2024-06-02T00:00:00Z", "fluxkit": "0.1"})
    return path


def test_everything_comes_back(fluxes, stored):
    again = read_chamber(stored)
    assert set(again.variables) == set(fluxes.variables)
    for name in fluxes.data_vars:
        if fluxes[name].dtype.kind != "M":
            np.testing.assert_array_equal(again[name].values, fluxes[name].values, err_msg=str(name))
        assert again[name].dims == fluxes[name].dims
    assert np.abs((again["start"] - fluxes["start"]) / np.timedelta64(1, "us")).max() < 1


def test_the_file_tells_what_it_holds(stored):
    with netCDF4.Dataset(stored) as file:
        assert file.Conventions == "CF-1.11, ACDD-1.3"
        assert file.time_coverage_start == "2024-06-01T10:01:00Z"
        assert file.variables["flux"].units == "umol m-2 s-1"
        assert file.variables["flags"].flag_masks[0] == 1
        assert not hasattr(file, "license")  # nobody gave one


def test_others_select_by_name(fluxes, stored):
    with xr.open_dataset(stored) as file:
        assert {"closure", "gas", "fit"} <= set(file.indexes)
        one = file.sel(gas="co2", closure="c1")
        assert float(one["flux"]) == float(fluxes["flux"][1, 0])
        assert one["fit_flux"].sel(fit="linear").ndim == 0
        assert file["plot"].dims == ("closure",)


def test_the_file_follows_cf(stored):
    checker = pytest.importorskip("compliance_checker.runner")
    checker.CheckSuite.load_all_available_checkers()
    passed, errors = checker.ComplianceChecker.run_checker(
        str(stored), ["cf:1.11"], 0, "strict", output_filename=str(stored) + ".txt", output_format="text"
    )
    assert not errors
    assert passed


def test_a_damaged_file_names_the_command(tmp_path):
    with pytest.raises(MomentsError, match="run `fluxkit chamber` first"):
        read_chamber(tmp_path / "no.nc")


def test_a_row_for_each_closure_and_gas(fluxes, tmp_path):
    path = write_chamber_csv(fluxes, tmp_path / "x.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["closure"], row["gas"]) for row in rows[:3]] == [("c0", "co2"), ("c0", "h2o"), ("c1", "co2")]
    assert float(rows[0]["flux"]) == pytest.approx(float(fluxes["flux"][0, 0]), rel=1e-6)
    assert rows[2]["plot"] == "ä"
    assert rows[2]["t_soil"] == "-9999"
    assert rows[4]["flux"] == "-9999"
    assert "no_data" in rows[4]["flag_names"].split()
    assert rows[0]["start"] == "2024-06-01T10:01:00Z"
