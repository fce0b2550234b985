"""Maps of land cover: orientation, place of the tower, and what is refused in words."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.errors import ConfigError, ReadError
from tests.small_station import STAMPS, make_site

#: Three rows of two columns; the first is the northernmost.
ASC = """ncols 2
nrows 3
xllcorner 500000
yllcorner 6700000
cellsize 10
NODATA_value -1
1 2
3 -1
5 6
"""


def site_with(**footprint):
    return type(make_site(**STAMPS)).model_validate(
        make_site(**STAMPS).model_dump() | {"footprint": footprint}
    )


def opened(folder: Path, text: str = ASC, name: str = "map.asc", **changes) -> xr.DataArray:
    (folder / name).write_text(text)
    given = {"land_cover": name, "tower_x": 500005.0, "tower_y": 6700015.0} | changes
    return fk.open_land_cover(site_with(**given), folder)


def test_rows_from_the_north_and_the_tower_in_the_middle(tmp_path):
    found = opened(tmp_path)
    assert found["x"].values.tolist() == [0.0, 10.0]
    assert found["y"].values.tolist() == [-10.0, 0.0, 10.0]
    np.testing.assert_array_equal(found.values, [[5, 6], [3, np.nan], [1, 2]])


def test_the_corner_may_be_given_by_its_middle(tmp_path):
    text = ASC.replace("xllcorner 500000", "xllcenter 500005").replace(
        "yllcorner 6700000", "yllcenter 6700005"
    )
    xr.testing.assert_identical(opened(tmp_path, text), opened(tmp_path))


def test_netcdf_gives_the_same_whatever_its_order(tmp_path):
    wanted = opened(tmp_path)
    turned = wanted.sortby("y", ascending=False).transpose("x", "y").rename("classes")
    turned.assign_coords(x=turned["x"] + 500005.0, y=turned["y"] + 6700015.0).to_netcdf(tmp_path / "map.nc")
    found = fk.open_land_cover(site_with(land_cover="map.nc", tower_x=500005.0, tower_y=6700015.0), tmp_path)
    xr.testing.assert_equal(found, wanted)


def test_what_cannot_be_used_is_said(tmp_path):
    with pytest.raises(ReadError, match="6 values for 4 rows of 2 columns"):
        opened(tmp_path, ASC.replace("nrows 3", "nrows 4"))
    with pytest.raises(ReadError, match="header lacks cellsize"):
        opened(tmp_path, ASC.replace("cellsize 10\n", ""))
    with pytest.raises(ReadError, match=r"map.asc:8: not a row of numbers"):
        opened(tmp_path, ASC.replace("3 -1", "3 lake"))
    with pytest.raises(ReadError, match=r"tower is outside the map.*footprint.tower_x"):
        opened(tmp_path, tower_x=0.0)
    with pytest.raises(ReadError, match=r"not a map in a known format; known: .asc, .nc"):
        opened(tmp_path, name="map.tif")
    with pytest.raises(ReadError, match="cannot be read"):
        fk.open_land_cover(site_with(land_cover="none.asc"), tmp_path)
    with pytest.raises(ConfigError, match=r"footprint.land_cover"):
        fk.open_land_cover(make_site(**STAMPS), tmp_path)


def test_cells_must_be_square_and_alike(tmp_path):
    for x, words in (([0.0, 5.0, 10.0], "not square"), ([0.0, 10.0, 30.0], "steps of axis x are not equal")):
        grid = xr.DataArray(np.ones((3, 3)), {"y": [-10.0, 0.0, 10.0], "x": x}, ("y", "x"), name="c")
        grid.to_netcdf(tmp_path / "map.nc")
        with pytest.raises(ReadError, match=words):
            fk.open_land_cover(site_with(land_cover="map.nc"), tmp_path)
