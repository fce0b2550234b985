"""Footprint climatology as a file: read back, placed, and its polygons by the rules of CF."""

import numpy as np
import pytest
import xarray as xr

from fluxkit.export.climatology import write_climatology
from fluxkit.tower.climatology import footprint_climatology
from tests import made_day


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    made = made_day.fluxes()
    fluxes = made.assign(V_SIGMA=2.0 * made["USTAR"])
    site = made_day.site()
    found = footprint_climatology(fluxes, site, extent=200.0, resolution=4.0)
    path = tmp_path_factory.mktemp("climatology") / "footprint.nc"
    write_climatology(found, path, site, fluxes)
    return found, path


def test_it_comes_back(written):
    found, path = written
    with xr.open_dataset(path) as back:
        np.testing.assert_allclose(back["footprint"], found["footprint"], rtol=1e-6)
        np.testing.assert_array_equal(back["contour_x"], found["contour_x"])
        assert back.attrs["periods_used"] == found.attrs["periods_used"]
        assert back.attrs["time_coverage_start"] == "2025-06-11T23:00:00Z"
        assert back.attrs["time_coverage_end"] == "2025-06-12T23:00:00Z"


def test_a_gis_can_place_it(written):
    _, path = written
    with xr.open_dataset(path) as back:
        crs = back[back["footprint"].attrs.get("grid_mapping") or back["footprint"].encoding["grid_mapping"]]
        assert crs.attrs["grid_mapping_name"] == "azimuthal_equidistant"
        assert crs.attrs["latitude_of_projection_origin"] == made_day.site().station.latitude
        assert back["x"].attrs["standard_name"] == "projection_x_coordinate"


def test_polygons_are_cf_geometries(written):
    _, path = written
    with xr.open_dataset(path, decode_coords=False) as back:
        geometry = back[back["source_area"].attrs["geometry"]].attrs
        assert geometry["geometry_type"] == "polygon"
        counts = back[geometry["node_count"]].values
        parts = back[geometry["part_node_count"]].values
        nodes = [back[name] for name in geometry["node_coordinates"].split()]
        assert counts.sum() == parts.sum() == nodes[0].size == nodes[1].size
        assert back[geometry["interior_ring"]].size == parts.size
        assert [node.attrs["axis"] for node in nodes] == ["X", "Y"]
