"""Footprint maps in a GIS, and what they represent: planted surfaces give the planted answer."""

import sqlite3
import struct
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.errors import ReadError
from fluxkit.exchange.columns import ExchangeError
from fluxkit.exchange.footprints import footprint_files, projection, read_footprint, shares
from fluxkit.exchange.geopackage import source_areas
from tests.exchange.made import footprint

LATITUDE, LONGITUDE = 51.1, 10.9


@pytest.fixture(scope="module")
def map_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("maps") / "XX-Mad_footprint.nc"
    footprint(path)
    return path


@pytest.fixture(scope="module")
def climatology(map_file: Path) -> xr.Dataset:
    return read_footprint(map_file)


def test_the_share_of_a_cell_is_that_of_its_source_area(climatology: xr.Dataset) -> None:
    density = climatology["footprint"].values
    held = shares(density, 100.0)
    for wanted in (0.3, 0.5):
        inside = held <= wanted
        total = density[inside].sum() * 100.0
        assert total <= wanted
        assert total + density[~inside].max() * 100.0 > wanted - 1e-12


def test_rasterio_reads_the_geotiff(tmp_path: Path, climatology: xr.Dataset) -> None:
    rasterio = pytest.importorskip("rasterio")
    pytest.importorskip("rasterio.warp")
    path = fk.exchange.write_geotiff(climatology, tmp_path / "map.tif")
    with rasterio.open(path) as file:
        assert file.count == 2
        np.testing.assert_allclose(file.read(1)[::-1], climatology["footprint"], rtol=1e-6)
        row, column = file.index(100.0, -50.0)
        value = climatology["footprint"].sel(x=100.0, y=-50.0).item()
        assert file.read(1)[row, column] == pytest.approx(value, rel=1e-6)
        there = rasterio.warp.transform(file.crs, "EPSG:4326", [0.0], [0.0])
        assert (there[1][0], there[0][0]) == pytest.approx((LATITUDE, LONGITUDE), abs=1e-9)
        east = rasterio.warp.transform(file.crs, "EPSG:4326", [0.0], [111_000.0])
        assert east[1][0] == pytest.approx(LATITUDE + 1.0, abs=0.01)
        assert file.tags()["model"] == "kljun-2015"


def test_tifffile_reads_it_without_gdal(tmp_path: Path, climatology: xr.Dataset) -> None:
    tifffile = pytest.importorskip("tifffile")
    pytest.importorskip("rasterio")
    path = fk.exchange.write_geotiff(climatology, tmp_path / "map.tif")
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        values = page.asarray()
        keys = page.geotiff_tags
    values = values if values.shape[0] == 2 else np.moveaxis(values, -1, 0)
    np.testing.assert_allclose(values[0][::-1], climatology["footprint"], rtol=1e-6)
    assert keys["ProjCenterLatGeoKey"] == pytest.approx(LATITUDE)
    assert keys["ProjCenterLongGeoKey"] == pytest.approx(LONGITUDE)
    assert keys["ModelPixelScale"][:2] == [10.0, 10.0]


def area_of(wkb: bytes) -> float:
    """Return the area of a multipolygon in well-known binary, by the shoelace formula."""
    (count,), at, total = struct.unpack_from("<I", wkb, 5), 9, 0.0
    for _ in range(count):
        (rings,) = struct.unpack_from("<I", wkb, at + 5)
        at += 9
        for ring in range(rings):
            (size,) = struct.unpack_from("<I", wkb, at)
            x, y = np.frombuffer(wkb, "<f8", 2 * size, at + 4).reshape(size, 2).T
            at += 4 + 16 * size
            area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2.0
            total += area if ring == 0 else -area
    assert at == len(wkb)
    return total


def test_sqlite_reads_the_geopackage(tmp_path: Path, climatology: xr.Dataset) -> None:
    pytest.importorskip("pyogrio")
    path = fk.exchange.write_geopackage(climatology, tmp_path / "map.gpkg")
    with sqlite3.connect(path) as file:
        layers = file.execute("select table_name from gpkg_contents order by 1").fetchall()
        assert layers == [("source_areas",), ("tower",)]
        rows = file.execute("select share, area_m2, geom from source_areas order by share").fetchall()
        (definition,) = file.execute(
            "select definition from gpkg_spatial_ref_sys natural join gpkg_geometry_columns "
            "where table_name = 'tower'"
        ).fetchone()
    assert [row[0] for row in rows] == climatology["contour_share"].values.tolist()
    assert "Azimuthal" in definition
    assert "51.1" in definition
    for _, area, geometry in rows:
        envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[geometry[3] >> 1 & 7]
        assert area_of(geometry[8 + envelope :]) == pytest.approx(area, rel=0.15, abs=300.0)


def test_geopandas_reads_it(tmp_path: Path, climatology: xr.Dataset) -> None:
    geopandas = pytest.importorskip("geopandas")
    path = fk.exchange.write_geopackage(climatology, tmp_path / "map.gpkg")
    areas = geopandas.read_file(path, layer="source_areas")
    np.testing.assert_allclose(areas.area, areas["area_m2"], rtol=0.15, atol=300.0)
    assert areas.is_valid.all()
    tower = geopandas.read_file(path, layer="tower").to_crs(4326).geometry[0]
    assert (tower.y, tower.x) == pytest.approx((LATITUDE, LONGITUDE), abs=1e-9)


def test_rings_and_holes_are_told_apart() -> None:
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]])
    nodes = np.concatenate([square, square / 2 + 1, square + 9, square])
    ds = xr.Dataset(
        {
            "contour_x": ("node", nodes[:, 0]), "contour_y": ("node", nodes[:, 1]),
            "contour_part_node_count": ("part", [5, 5, 5, 5]),
            "contour_interior_ring": ("part", [0, 1, 0, 0]),
            "contour_node_count": ("contour", [15, 5]),
        }
    )  # fmt: skip
    first, second = source_areas(ds)
    assert [len(polygon) for polygon in first] == [2, 1]
    assert [len(polygon) for polygon in second] == [1]
    np.testing.assert_array_equal(second[0][0], square)


def planted(radius: float = 60.0, north: float = 100.0) -> xr.Dataset:
    """A footprint that is even in a disc north of the tower."""
    place = np.arange(-395.0, 400.0, 10.0)
    density = np.where(np.hypot(place, place[:, None] - north) < radius, 1.0, 0.0)
    return xr.Dataset({"footprint": (("y", "x"), density / density.sum() / 100.0)}, {"y": place, "x": place})


def surface(values: np.ndarray | float, reach: float = 400.0) -> xr.DataArray:
    place = np.arange(-reach + 5.0, reach, 10.0)
    return xr.DataArray(
        np.broadcast_to(values, (place.size,) * 2).astype(float), {"y": place, "x": place}, ("y", "x")
    )


def test_an_even_surface_is_represented_wholly() -> None:
    found = fk.exchange.representativeness(planted(), surface(0.37), kind="values", radii=[100.0, 250.0])
    np.testing.assert_allclose(found["bias"], 0.0, atol=1e-12)
    found = fk.exchange.representativeness(planted(), surface(5.0), kind="classes", radii=[250.0])
    assert found["overlap"].item() == pytest.approx(1.0)
    assert found["dominant"].item() == "5"


def test_a_planted_bias_is_found() -> None:
    place = np.arange(-395.0, 400.0, 10.0)
    evi = np.where(place[:, None] > 0.0, 0.5, 0.2)  # north, where the footprint is, and south: mean 0.35
    found = fk.exchange.representativeness(planted(), surface(evi), kind="values", radii=[250.0])
    assert found["footprint_mean"].item() == pytest.approx(0.5)
    assert found["area_mean"].item() == pytest.approx(0.35)
    assert found["bias"].item() == pytest.approx(0.15 / 0.35)


def test_planted_land_cover_is_found() -> None:
    place = np.arange(-395.0, 400.0, 10.0)
    codes = np.where(place[:, None] > 0.0, 1.0, np.where(place > 0.0, 2.0, 3.0))
    found = fk.exchange.representativeness(planted(), surface(codes), kind="classes", radii=[250.0])
    np.testing.assert_allclose(found["area_share"].values, [[0.5, 0.25, 0.25]], atol=1e-12)
    np.testing.assert_allclose(found["footprint_share"], [1.0, 0.0, 0.0])
    assert found["dominant_difference"].item() == pytest.approx(0.5)
    assert found["overlap"].item() == pytest.approx(0.5)


def test_weights_count_within_the_source_area() -> None:
    """Two cells hold 0.9 and 0.1: the 80 % area is the first alone."""
    place = np.array([-5.0, 5.0])
    density = np.array([[0.0, 0.0], [0.009, 0.001]])
    map_ = xr.Dataset({"footprint": (("y", "x"), density)}, {"y": place, "x": place})
    west = xr.DataArray([[9.0, 9.0], [2.0, 9.0]], {"y": place, "x": place}, ("y", "x"))
    found = fk.exchange.representativeness(map_, west, kind="values", radii=[9.0])
    assert found["footprint_mean"].item() == pytest.approx(2.0)
    found = fk.exchange.representativeness(map_, west, kind="values", radii=[9.0], share=0.99)
    assert found["footprint_mean"].item() == pytest.approx(0.9 * 2.0 + 0.1 * 9.0)


def test_what_a_map_does_not_cover_is_not_told() -> None:
    half = surface(0.4, reach=200.0)
    found = fk.exchange.representativeness(planted(), half, kind="values", radii=[150.0, 250.0])
    assert found["bias"][0].item() == pytest.approx(0.0)
    assert np.isnan(found["bias"][1])
    with pytest.raises(ExchangeError, match="less than"):
        fk.exchange.representativeness(0.5 * planted(), half, kind="values")


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32632"])
def test_a_raster_of_any_projection_is_placed(tmp_path: Path, crs: str) -> None:
    """North of the tower 0.6, south of it 0.2, in degrees or UTM."""
    rasterio = pytest.importorskip("rasterio")
    pytest.importorskip("rasterio.warp")
    from fluxkit.exchange.surfaces import read_surface

    x, y = (v[0] for v in rasterio.warp.transform("EPSG:4326", crs, [LONGITUDE], [LATITUDE])[:2])
    step = (0.0002, 0.0001) if crs == "EPSG:4326" else (15.0, 15.0)
    at = rasterio.transform.from_origin(x - 50 * step[0], y + 100 * step[1], *step)
    values = np.repeat([0.6, 0.2], 100)[:, None] * np.ones(100, np.float32)
    with rasterio.open(tmp_path / "evi.tif", "w", driver="GTiff", width=100, height=200, count=1,
                       dtype="float32", crs=crs, transform=at) as file:  # fmt: skip
        file.write(values.astype(np.float32), 1)
    map_ = planted().assign(crs=((), 0))
    map_["crs"].attrs = {
        "latitude_of_projection_origin": LATITUDE,
        "longitude_of_projection_origin": LONGITUDE,
    }
    read = read_surface(tmp_path / "evi.tif", projection(map_), 400.0)
    found = fk.exchange.representativeness(map_, read, kind="values", radii=[250.0])
    assert found["footprint_mean"].item() == pytest.approx(0.6, abs=1e-6)
    assert found["area_mean"].item() == pytest.approx(0.4, abs=0.01)


def test_what_is_no_map_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="footprint maps"):
        footprint_files(tmp_path)
    (tmp_path / "x_footprint.nc").write_bytes(b"no")
    with pytest.raises(ReadError, match="netCDF"):
        read_footprint(tmp_path / "x_footprint.nc")
    pytest.importorskip("rasterio")
    from fluxkit.exchange.surfaces import read_surface

    (tmp_path / "evi.tif").write_bytes(b"no")
    with pytest.raises(ReadError, match="raster"):
        read_surface(tmp_path / "evi.tif", "+proj=aeqd +lat_0=51 +lon_0=10 +datum=WGS84", 100.0)
