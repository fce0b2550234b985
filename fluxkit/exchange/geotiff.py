"""A footprint map as GeoTIFF."""

from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.exchange.columns import needed
from fluxkit.exchange.footprints import projection, resolution, shares
from fluxkit.export.atomic import atomic_path
from fluxkit.locations import location


def write_geotiff(climatology: xr.Dataset, path: Path | str) -> Path:
    """Write a footprint map for a GIS, whole or not at all: GeoTIFF with two bands in single precision.

    Parameters
    ----------
    climatology : xr.Dataset
        From `fluxkit.exchange.footprints.read_footprint`.
    path : Path or str
        File to make, ``.tif``.

    Returns
    -------
    Path
        The file. Band 1 is the footprint [m-2]; band 2 the share of the flux that comes from all cells which
        are as dense or denser [1], so that its contour of 0.8 is the 80 % source area. North is up, NaN where
        there is nothing; the projection is azimuthal equidistant (WGS 84) with the tower at (0, 0).

    Raises
    ------
    ExchangeError
        rasterio is not installed (extra ``geo``).

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, rasterio, xarray as xr
    >>> import fluxkit as fk
    >>> place = np.arange(-20.0, 21.0, 10.0)
    >>> map_ = xr.Dataset(
    ...     {"footprint": (("y", "x"), np.full((5, 5), 4e-4)), "crs": ((), 0)}, {"y": place, "x": place}
    ... )
    >>> map_["crs"].attrs = {"latitude_of_projection_origin": 51.0, "longitude_of_projection_origin": 13.6}
    >>> path = fk.exchange.write_geotiff(map_, f"{tempfile.mkdtemp()}/DE-Abc_footprint.tif")
    >>> with rasterio.open(path) as file:
    ...     print(file.count, file.bounds.left, file.crs.to_dict()["proj"])
    2 -25.0 aeqd
    """
    needed("rasterio", "geo", "GeoTIFF")
    import rasterio
    from rasterio.crs import CRS
    from rasterio.transform import from_origin

    ordered = climatology.sortby("x").sortby("y", ascending=False)
    density = ordered["footprint"].to_numpy().astype(np.float64)
    step = resolution(climatology.sortby(["x", "y"]))
    left, top = float(ordered["x"][0]) - step / 2.0, float(ordered["y"][0]) + step / 2.0
    target = location(path)
    with (
        atomic_path(target) as part,
        rasterio.open(
            part, "w", driver="GTiff", width=density.shape[1], height=density.shape[0], count=2,
            dtype="float32", nodata=np.nan, crs=CRS.from_string(projection(climatology)),
            transform=from_origin(left, top, step, step), compress="deflate",
        ) as file,
    ):  # fmt: skip
        file.write(density.astype(np.float32), 1)
        file.write(shares(density, step**2).astype(np.float32), 2)
        file.descriptions = ("footprint [m-2]", "share of the flux from cells as dense or denser [1]")
        told = ("title", "model", "references", "periods", "periods_used", "share_outside_grid", "source")
        file.update_tags(**{key: str(climatology.attrs[key]) for key in told if key in climatology.attrs})
    return target
