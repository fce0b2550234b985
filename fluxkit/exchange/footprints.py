"""Footprint maps of a results folder, and where they are on the Earth."""

from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.errors import ReadError
from fluxkit.exchange.columns import ExchangeError
from fluxkit.export.netcdf_files import load_netcdf
from fluxkit.locations import local_copy, location

_WHAT = "footprint maps: run `fluxkit footprint CONFIG OUT` first, or give its <SITE>_footprint.nc"


def footprint_files(path: Path | str) -> list[Path]:
    """Return the maps of a results folder (all, day, night), or the file itself.

    Raises
    ------
    ReadError
        There is none.
    """
    place = location(path)
    found = sorted(place.glob("*_footprint*.nc")) if place.is_dir() else [place]
    if not found:
        raise ReadError(str(place), f"holds no {_WHAT}")
    return found


def read_footprint(path: Path | str) -> xr.Dataset:
    """Read a map that `fluxkit.export.climatology.write_climatology` has written.

    Raises
    ------
    ReadError
        It is not there, or no such map.
    """
    try:
        with local_copy(location(path)) as copy:
            ds = load_netcdf(copy)
    except (OSError, RuntimeError, ValueError) as error:
        raise ReadError(str(path), f"cannot be read as netCDF: {error}") from error
    if "footprint" not in ds or ds["footprint"].dims != ("y", "x") or "crs" not in ds.variables:
        raise ReadError(str(path), f"is none of the {_WHAT}")
    return ds


def projection(ds: xr.Dataset) -> str:
    """Return the map's projection for PROJ: distances east and north of the tower."""
    crs = ds["crs"].attrs
    latitude, longitude = crs["latitude_of_projection_origin"], crs["longitude_of_projection_origin"]
    return f"+proj=aeqd +lat_0={float(latitude)!r} +lon_0={float(longitude)!r} +datum=WGS84 +units=m +no_defs"


def resolution(ds: xr.Dataset) -> float:
    """Return the size of a cell. [m]

    Raises
    ------
    ExchangeError
        Cells are not equal squares.
    """
    dx, dy = np.diff(ds["x"].to_numpy()), np.diff(ds["y"].to_numpy())
    if not (dx.size and dy.size and np.allclose(dx, dx[0], rtol=1e-3) and np.allclose(dy, dx[0], rtol=1e-3)):
        raise ExchangeError("footprint: its cells are not equal squares that go east and north")
    return float(dx[0])


def shares(density: np.ndarray, area: float) -> np.ndarray:
    """Return for each cell the share of the flux from all cells that are as dense, shape as density.

    The smallest area that holds a share ``p`` of the flux is where this is at most ``p``.

    Parameters
    ----------
    density : array, shape (y, x)
        Footprint. [m-2]
    area : float
        Of a cell. [m2]

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.exchange.footprints import shares
    >>> shares(np.array([[0.5, 0.1], [0.3, 0.1]]), 1.0).round(3).tolist()
    [[0.5, 1.0], [0.8, 1.0]]
    """
    flat = np.nan_to_num(density).ravel()
    order = np.argsort(-flat, kind="stable")
    ordered = flat[order]
    held = np.cumsum(ordered) * area
    last = np.searchsorted(-ordered, -ordered, side="right") - 1  # of those that are equal
    out = np.empty_like(flat)
    out[order] = held[last]
    return np.where(density > 0.0, out.reshape(density.shape), np.nan)
