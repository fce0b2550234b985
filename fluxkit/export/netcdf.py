"""Fluxes as netCDF that follows CF-1.11 and ACDD-1.3."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.export.atomic import atomic_path
from fluxkit.export.discovery import global_attributes
from fluxkit.schema import variables
from fluxkit.site.models import Site

TIME_UNITS = "seconds since 1970-01-01 00:00:00"
COMPRESSED_FROM = 4096  #: [bytes]
#: What every data variable refers to.
COORDINATES = "lat lon alt station_name"
#: Variables that are made here from the site.
_OWN = (
    *("time_bnds", "lat", "lon", "alt", "station_name"),
    *("measurement_height", "canopy_height", "displacement_height", "roughness_length"),
)


def write_fluxes(
    fluxes: xr.Dataset, path: Path | str, site: Site, run: Mapping[str, Any], *, seconds: int | None = None
) -> None:
    """Write the fluxes of one station, whole or not at all.

    Parameters
    ----------
    fluxes : xr.Dataset
        Dimension ``time`` (start of the period, UTC), variables of the vocabulary in its units.
        Others are written with the attributes they carry; further dimensions are kept.
    path : Path or str
        File to make.
    site : Site
        Gives place, heights, averaging period and the names of people and institutions.
    run : mapping
        Record of the run; ``fluxkit``, ``started`` and ``settings`` go into the attributes.
    seconds : int, optional
        Length of the periods, if not the site's averaging period. [s]

    Raises
    ------
    ValueError
        When there is no period, or an integer variable holds values its type cannot.
    """
    if fluxes.sizes.get("time", 0) == 0:
        raise ValueError(f"{path}: no averaging period to write; the fluxes have an empty time dimension")
    fluxes = fluxes.drop_vars(_OWN, errors="ignore")  # of a file that was read back
    period = seconds or round(site.condense.period * 60)
    starts = fluxes["time"].to_numpy().astype("datetime64[s]").astype(np.int64)
    with atomic_path(path) as part, netCDF4.Dataset(part, "w", format="NETCDF4") as file:
        file.setncatts(global_attributes(fluxes, starts, period, site, run))
        for dimension, size in fluxes.sizes.items():
            file.createDimension(str(dimension), size)
        _write_time(file, starts, period)
        _write_place(file, site)
        for name in fluxes.variables:
            if name != "time":
                _write_variable(file, str(name), fluxes)


def _write_time(file: netCDF4.Dataset, seconds: npt.NDArray[np.int64], period: int) -> None:
    file.createDimension("bnds", 2)
    time = file.createVariable("time", "i8", ("time",), fill_value=False)
    time.setncatts(
        {
            "standard_name": "time",
            "long_name": "start of the averaging period",
            "units": TIME_UNITS,
            "calendar": "standard",
            "units_metadata": "leap_seconds: none",
            "axis": "T",
            "bounds": "time_bnds",
            "coverage_content_type": "coordinate",
        }
    )
    time[:] = seconds
    bounds = file.createVariable("time_bnds", "i8", ("time", "bnds"), fill_value=False)
    bounds[:] = np.stack([seconds, seconds + period], axis=1)


def _write_place(file: netCDF4.Dataset, site: Site) -> None:
    station = site.station
    places: dict[str, tuple[float, dict[str, str]]] = {
        "lat": (
            station.latitude,
            {"standard_name": "latitude", "long_name": "latitude", "units": "degrees_north", "axis": "Y"},
        ),
        "lon": (
            station.longitude,
            {"standard_name": "longitude", "long_name": "longitude", "units": "degrees_east", "axis": "X"},
        ),
        "alt": (
            station.altitude,
            {
                "standard_name": "altitude",
                "long_name": "ground above mean sea level",
                "units": "m",
                "positive": "up",
                "axis": "Z",
            },
        ),
        "measurement_height": (
            site.sonic.height,
            {"standard_name": "height", "long_name": "sonic above ground", "units": "m", "positive": "up"},
        ),
        "canopy_height": (
            station.canopy_height,
            {"standard_name": "canopy_height", "long_name": "height of the canopy", "units": "m"},
        ),
        "displacement_height": (station.d, {"long_name": "zero-plane displacement", "units": "m"}),
        "roughness_length": (
            station.z0,
            {
                "standard_name": "surface_roughness_length_for_momentum_in_air",
                "long_name": "roughness length",
                "units": "m",
            },
        ),
    }
    for name, (value, attributes) in places.items():
        place = file.createVariable(name, "f8", (), fill_value=False)
        content = "coordinate" if "axis" in attributes else "auxiliaryInformation"
        place.setncatts(attributes | {"coverage_content_type": content})
        place[...] = value
    label = file.createVariable("station_name", str, ())
    label.setncatts({"cf_role": "timeseries_id", "long_name": "station code", "standard_name": "platform_id"})
    label[...] = station.id


def _write_variable(file: netCDF4.Dataset, name: str, fluxes: xr.Dataset) -> None:
    """Write one variable with the attributes of the vocabulary and those it carries."""
    source = fluxes[name]
    values, fill = _stored(name, source.to_numpy())
    dims = tuple(str(dim) for dim in source.dims)
    # Chunks and filters of a short series cost more time and space than they save.
    worthwhile = dims and values.dtype != object and values.nbytes > COMPRESSED_FROM
    compress: dict[str, Any] = {"zlib": True, "complevel": 4, "shuffle": True} if worthwhile else {}
    kind = str if values.dtype == object else values.dtype
    target = file.createVariable(name, kind, dims, fill_value=fill, **compress)
    attributes = dict(source.attrs)
    if name in variables.names():
        attributes |= variables.describe(name)
    qualifiers = str(attributes.pop("ancillary_variables", "")).split()
    present = " ".join(qualifier for qualifier in qualifiers if qualifier in fluxes)
    if present:
        attributes["ancillary_variables"] = present
    if "time" in dims and name not in fluxes.coords:
        attributes["coordinates"] = COORDINATES
    target.setncatts(attributes)
    target[...] = values


def _stored(name: str, values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Any]:
    """Return values as they are stored, and the fill value (False: none).

    Fluxes keep double precision. Flags and counts are integers; only where one may be missing
    (a flux that does not exist has no quality) does the file declare a fill value.
    """
    if values.dtype.kind in "UOT":
        return values.astype(object), None
    if values.dtype.kind == "M":
        raise ValueError(f"{name}: times other than the coordinate `time` cannot be written; leave it out")
    known = variables.entry(name) if name in variables.names() else None
    if known is None or known.dtype == "float64":
        return values, np.nan if values.dtype.kind == "f" else False
    fill = variables.FILL_INT[known.dtype] if known.nullable else False
    missing = ~np.isfinite(values)
    if missing.any() and not known.nullable:
        raise ValueError(
            f"{name}: {int(missing.sum())} values are missing, but it must be known for each period"
        )
    whole = np.where(missing, fill, values)
    stored = whole.astype(known.dtype)
    if not np.array_equal(stored, whole):
        raise ValueError(f"{name}: values are not whole numbers that {known.dtype} can hold")
    return stored, fill
