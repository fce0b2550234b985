"""Footprint climatology as netCDF: a map that a GIS can place, and its source areas as CF polygons."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.export.atomic import atomic_path
from fluxkit.export.netcdf_files import create_netcdf, store_of
from fluxkit.schema.provenance import utc_now, versions
from fluxkit.site.models import Site

_CRS = "crs"


def write_climatology(climatology: xr.Dataset, path: Path | str, site: Site, fluxes: xr.Dataset) -> None:
    """Write a footprint climatology, whole or not at all.

    Parameters
    ----------
    climatology : xarray.Dataset
        From ``footprint_climatology``.
    path : Path or str
        File to make.
    site : Site
        Gives the place of the tower, which is the origin of the map, and the names of institutions.
    fluxes : xarray.Dataset
        What the climatology was made of: gives its time.
    """
    out = climatology.assign({_CRS: ((), np.int32(0), _projection(site))})
    out["footprint"].attrs["grid_mapping"] = _CRS
    if "contours" in out:
        out["contours"].attrs["grid_mapping"] = _CRS
    out.attrs = _attributes(climatology, site, fluxes)
    compressed = {"zlib": True, "complevel": 4, "dtype": "float32"}
    plain = {name: {"_FillValue": None} for name in out.variables}
    encoding: dict[Any, Any] = plain | {"footprint": compressed}
    with atomic_path(path) as part, create_netcdf(part) as file:
        out.dump_to_store(store_of(file), encoding=encoding)


def _projection(site: Site) -> dict[str, Any]:
    """Distances east and north of the tower."""
    return {
        "grid_mapping_name": "azimuthal_equidistant",
        "latitude_of_projection_origin": site.station.latitude,
        "longitude_of_projection_origin": site.station.longitude,
        "false_easting": 0.0,
        "false_northing": 0.0,
        "semi_major_axis": 6378137.0,
        "inverse_flattening": 298.257223563,
    }


def _attributes(climatology: xr.Dataset, site: Site, fluxes: xr.Dataset) -> dict[str, Any]:
    length = np.timedelta64(round(site.condense.seconds), "s")
    time = fluxes["time"].to_numpy().astype("datetime64[s]")
    given = {
        "institution": site.output.institution,
        "creator_name": site.output.creator_name,
        "creator_email": site.output.creator_email,
        "project": site.output.project,
        "license": site.output.license,
    }
    return {
        "Conventions": "CF-1.11 ACDD-1.3",
        **climatology.attrs,
        "summary": "Mean flux footprint around the tower, and where shares of the flux come from",
        "station": site.station.id,
        "time_coverage_start": f"{time.min()}Z",
        "time_coverage_end": f"{time.max() + length}Z",
        "source": f"fluxkit {versions()['fluxkit']}",
        "history": f"{utc_now()} made from half-hourly fluxes by fluxkit",
        **{key: text for key, text in given.items() if text},
    }
