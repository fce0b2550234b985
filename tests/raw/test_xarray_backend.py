"""Raw files through xarray."""

import tomllib

import numpy as np
import pytest
import xarray as xr

from fluxkit.raw.reading import open_raw
from fluxkit.raw.xarray_backend import FluxkitBackend
from tests.conftest import ROOT
from tests.raw.test_binary_round_trip import NAMES, START, columns, written
from tests.small_station import STAMPS, make_site


@pytest.mark.parametrize(("kind", "name"), [("tob1", "Uz"), ("tob3", "Uz"), ("ghg", NAMES[1])])
def test_columns_as_they_are(tmp_path, kind, name):
    series = columns()
    path = written(kind, tmp_path, series)
    found = xr.open_dataset(path, engine=FluxkitBackend)
    np.testing.assert_array_equal(found[name], series[1])
    assert found[name].attrs["units"] == "m/s"
    assert found.time[0] == START
    assert (found.attrs["format"], found.attrs["records"], found.attrs["problems"]) == (kind, 60, [])
    assert FluxkitBackend().guess_can_open(path)


def test_text_with_and_without_stamps(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("time,u,u,note\n" + "".join(f"2024-07-01 00:00:0{k},{k},{2 * k},x\n" for k in range(9)))
    found = xr.open_dataset(path, engine=FluxkitBackend, drop_variables="u")
    assert list(found.data_vars) == ["u_2"]
    assert found.time[8] == START + np.timedelta64(8, "s")
    path.write_text("u,v\n1,2\n3,4\n")
    assert xr.open_dataset(path, engine=FluxkitBackend).sizes == {"record": 2}
    assert not FluxkitBackend().guess_can_open(path)
    assert not FluxkitBackend().guess_can_open("http://example.org/x.nc")


def test_of_a_station(tmp_path):
    site = make_site(**STAMPS)
    path = tmp_path / "a.csv"
    rows = (f"2024-07-01 00:00:0{k},{k},0,0,20\n" for k in range(9))
    path.write_text("time,u,v,w,t_sonic\n" + "".join(rows))
    found = xr.open_dataset(path, engine=FluxkitBackend, site=site)
    xr.testing.assert_identical(found, open_raw(path, site))
    assert found.t_sonic.attrs["units"] == "K"


def test_xarray_is_told():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    assert table["xarray.backends"] == {"fluxkit": "fluxkit.raw.xarray_backend:FluxkitBackend"}
