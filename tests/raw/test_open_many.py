"""Several raw files at once."""

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.errors import ReadError
from tests.small_station import STAMPS, make_site


def write(folder, name, start, n=5):
    path = folder / "raw" / name
    path.parent.mkdir(exist_ok=True)
    stamps = np.datetime64(start, "s") + np.arange(n)
    rows = [f"{str(stamp).replace('T', ' ')},{k},0,0.5,20" for k, stamp in enumerate(stamps)]
    path.write_text("\n".join(["time,u,v,w,t_sonic", *rows]) + "\n")
    return path


@pytest.fixture
def site():
    return make_site(**STAMPS)


@pytest.fixture
def files(tmp_path):
    """Two files, the later one first by name, and one that is no raw file."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "readme.txt").write_text("not data")
    return [write(tmp_path, "b.csv", "2024-07-01T00:00"), write(tmp_path, "a.csv", "2024-07-01T00:01")]


def test_a_list_a_pattern_and_a_folder_are_the_same(site, files, tmp_path):
    expected = xr.concat([fk.open_raw(path, site) for path in files], "time", combine_attrs="drop")
    for given in (files, files[::-1], iter(files), tmp_path / "raw", str(tmp_path / "raw" / "*.csv")):
        found = fk.open_raw(given, site)
        xr.testing.assert_equal(found, expected)
        assert (found.attrs["source"], found.attrs["records"]) == ("b.csv, a.csv", 10)
    assert found["u"].attrs["units"] == "m s-1"


def test_problems_of_all_are_kept(site, files):
    files[0].write_text(files[0].read_text().replace(",0.5,20", ",x,20", 1))
    problems = fk.open_raw(files, site).attrs["problems"]
    assert problems == fk.open_raw(files[0], site).attrs["problems"]
    assert problems


def test_what_cannot_be_joined_or_found_is_said(site, files, tmp_path):
    again = write(tmp_path, "c.csv", "2024-07-01T00:00:03")
    with pytest.raises(ReadError, match=r"c\.csv.*begins before b\.csv ends \(2024-07-01T00:00:04Z\)"):
        fk.open_raw([files[0], again], site)
    with pytest.raises(ReadError, match="an empty list"):
        fk.open_raw([], site)
    with pytest.raises(ReadError, match="no such file"):
        fk.open_raw(str(tmp_path / "raw" / "*.dat"), site)
    (tmp_path / "other").mkdir()
    with pytest.raises(ReadError, match=r"no file named as in raw\.files: \*\.csv"):
        fk.open_raw(tmp_path / "other", site)


def test_a_name_with_a_bracket_is_a_file(site, tmp_path):
    path = write(tmp_path, "a[1].csv", "2024-07-01T00:00")
    assert fk.open_raw(path, site).sizes["time"] == 5


def test_xarray_opens_many_too(site, files, tmp_path):
    pytest.importorskip("dask")
    found = xr.open_mfdataset(sorted(tmp_path.glob("raw/*.csv")), engine="fluxkit", site=site)
    xr.testing.assert_equal(found.compute(), fk.open_raw(files, site))
