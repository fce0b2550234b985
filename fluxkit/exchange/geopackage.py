"""Source areas and the tower as GeoPackage."""

import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.exchange.columns import ExchangeError, needed
from fluxkit.exchange.footprints import projection
from fluxkit.export.atomic import atomic_path
from fluxkit.locations import location

Array = npt.NDArray[np.float64]
Ring = Array  #: nodes, shape (n, 2): east and north of the tower [m]; the last is the first

_POLYGON, _MULTI_POLYGON, _POINT = 3, 6, 1


def write_geopackage(climatology: xr.Dataset, path: Path | str) -> Path:
    """Write source areas for a GIS, whole or not at all: GeoPackage with the layers source_areas and tower.

    Parameters
    ----------
    climatology : xr.Dataset
        From `fluxkit.exchange.footprints.read_footprint`, with its contours.
    path : Path or str
        File to make, ``.gpkg``.

    Returns
    -------
    Path
        The file. ``source_areas``: a multipolygon for each share of the flux, the smallest area that it comes
        from, with ``share`` [1], ``area_m2``, ``level_m2`` (footprint on the border [m-2]); ``tower``: a
        point. The projection is azimuthal equidistant (WGS 84) with the tower at (0, 0).

    Raises
    ------
    ExchangeError
        pyogrio is not installed (extra ``geo``), or the map has no contours.

    References
    ----------
    OGC 12-128r18 (GeoPackage), OGC 06-103r4 (well-known binary).

    Examples
    --------
    >>> import sqlite3, tempfile
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> square = np.array([[-10.0, 0.0], [10.0, 0.0], [10.0, 20.0], [-10.0, 20.0], [-10.0, 0.0]])
    >>> map_ = xr.Dataset(
    ...     {
    ...         "contour_share": ("contour", [0.8]), "source_area": ("contour", [400.0]),
    ...         "source_level": ("contour", [1e-4]), "contour_node_count": ("contour", [5]),
    ...         "contour_part_node_count": ("part", [5]), "contour_interior_ring": ("part", [0]),
    ...         "contour_x": ("node", square[:, 0]), "contour_y": ("node", square[:, 1]), "crs": ((), 0),
    ...     }
    ... )
    >>> map_["crs"].attrs = {"latitude_of_projection_origin": 51.0, "longitude_of_projection_origin": 13.6}
    >>> path = fk.exchange.write_geopackage(map_, f"{tempfile.mkdtemp()}/DE-Abc_footprint.gpkg")
    >>> with sqlite3.connect(path) as file:
    ...     file.execute("select share, area_m2 from source_areas").fetchall()
    [(0.8, 400.0)]
    """
    needed("pyogrio", "geo", "GeoPackage")
    from pyogrio.raw import write

    if "contour_x" not in climatology.variables or not climatology.sizes.get("contour"):
        raise ExchangeError(
            "footprint: the map has no source areas, as the grid holds too little of the flux"
        )
    areas = np.array([_multi_polygon(polygons) for polygons in source_areas(climatology)], dtype=object)
    columns: dict[str, Any] = {
        "share": climatology["contour_share"].to_numpy().astype(np.float64),
        "area_m2": climatology["source_area"].to_numpy().astype(np.float64),
        "level_m2": climatology["source_level"].to_numpy().astype(np.float64),
    }
    tower = np.array([struct.pack("<BIdd", 1, _POINT, 0.0, 0.0)], dtype=object)
    about = {key: str(climatology.attrs.get(key, "")) for key in ("station", "model", "periods")}
    crs = projection(climatology)
    target = location(path)
    with tempfile.TemporaryDirectory(prefix="fluxkit-") as folder:
        file = Path(folder) / "map.gpkg"  # the library wants the name's ending
        write(file, areas, list(columns.values()), list(columns), layer="source_areas", driver="GPKG",
              geometry_type="MultiPolygon", crs=crs)  # fmt: skip
        texts = [np.array([text], dtype=object) for text in about.values()]
        write(file, tower, texts, list(about), layer="tower", driver="GPKG", geometry_type="Point", crs=crs,
              append=True)  # fmt: skip
        with atomic_path(target) as part:
            part.write_bytes(file.read_bytes())
    return target


def source_areas(climatology: xr.Dataset) -> Iterator[list[list[Ring]]]:
    """Yield the polygons of each share: their outer ring, then holes (CF geometries)."""
    nodes = np.stack([climatology["contour_x"].to_numpy(), climatology["contour_y"].to_numpy()], axis=1)
    parts = climatology["contour_part_node_count"].to_numpy().astype(np.int64)
    holes = climatology["contour_interior_ring"].to_numpy().astype(bool)
    ends = np.cumsum(parts)
    rings = [nodes[end - size : end] for end, size in zip(ends, parts, strict=True)]
    first = 0
    for of_share in np.cumsum(climatology["contour_node_count"].to_numpy().astype(np.int64)):
        last = int(np.searchsorted(ends, of_share, side="right"))
        polygons: list[list[Ring]] = []
        for ring, hole in zip(rings[first:last], holes[first:last], strict=True):
            if hole and polygons:
                polygons[-1].append(ring)
            else:
                polygons.append([ring])
        first = last
        yield polygons


def _multi_polygon(polygons: list[list[Ring]]) -> bytes:
    """Return well-known binary, little-endian."""
    text = [struct.pack("<BII", 1, _MULTI_POLYGON, len(polygons))]
    for polygon in polygons:
        text.append(struct.pack("<BII", 1, _POLYGON, len(polygon)))
        for ring in polygon:
            text += [struct.pack("<I", len(ring)), np.ascontiguousarray(ring, "<f8").tobytes()]
    return b"".join(text)
