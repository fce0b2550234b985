"""Maps of land cover or vegetation around a tower, from GeoTIFF and whatever else GDAL reads."""

from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.errors import ReadError
from fluxkit.exchange.columns import needed

#: Most cells along a side.
LARGEST = 4000


def read_surface(path: Path | str, crs: str, reach: float, *, band: int = 1) -> xr.DataArray:
    """Read a map around the tower in a projection whose origin the tower is, by nearest cells.

    Parameters
    ----------
    path : Path or str
        GeoTIFF, or another raster that GDAL reads, with its own projection.
    crs : str
        Projection of the footprint map, see `fluxkit.exchange.footprints.projection`.
    reach : float
        How far from the tower. [m]
    band : int
        Band of the raster.

    Returns
    -------
    xr.DataArray
        Over (y, x), distances from the tower, ascending [m]; NaN where the map has nothing.

    Raises
    ------
    ExchangeError
        rasterio is not installed (extra ``geo``).
    ReadError
        It cannot be read, has no projection or no such band, or lies elsewhere.
    """
    needed("rasterio", "geo", "a map of the surface")
    import rasterio
    from rasterio.crs import CRS
    from rasterio.errors import RasterioError
    from rasterio.transform import from_origin
    from rasterio.vrt import WarpedVRT
    from rasterio.warp import calculate_default_transform

    source = str(path)
    local = CRS.from_string(crs)
    try:
        with rasterio.open(path) as file:
            if file.crs is None:
                raise ReadError(source, "has no projection: where it lies cannot be told")
            if not 1 <= band <= file.count:
                raise ReadError(source, f"has {file.count} bands, no band {band}")
            found = calculate_default_transform(file.crs, local, file.width, file.height, *file.bounds)
            step = min(abs(found[0].a), reach / 50.0)
            cells = min(int(np.ceil(reach / step)), LARGEST // 2)
            step = reach / cells
            at = from_origin(-reach, reach, step, step)
            with WarpedVRT(file, crs=local, transform=at, width=2 * cells, height=2 * cells,
                           nodata=file.nodata, add_alpha=file.nodata is None) as warped:  # fmt: skip
                values = warped.read(band, masked=False).astype(np.float64)
                there = warped.dataset_mask() > 0
                if file.nodata is not None:
                    there = np.isfinite(values) & (values != file.nodata)
    except RasterioError as error:
        raise ReadError(source, f"cannot be read as a raster: {error}") from error
    if not there.any():
        raise ReadError(source, f"has nothing within {reach:g} m of the tower")
    axis = (np.arange(2 * cells) + 0.5) * step - reach
    return xr.DataArray(np.where(there, values, np.nan)[::-1], {"y": axis, "x": axis}, ("y", "x"))
