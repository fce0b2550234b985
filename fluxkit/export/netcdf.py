"""Fluxes as netCDF that follows CF-1.11 and ACDD-1.3."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.export.atomic import atomic_path
from fluxkit.export.discovery import global_attributes
from fluxkit.export.netcdf_files import create_netcdf, load_netcdf, open_netcdf
from fluxkit.locations import local_copy, location
from fluxkit.schema import variables
from fluxkit.site.models import Site

TIME_UNITS = "seconds since 1970-01-01 00:00:00"
COMPRESSED_FROM = 4096  #: [bytes]
#: What every data variable refers to.
COORDINATES = "station_name lat lon alt local_time"
_WHERE = ("time_bnds", "station_name", "lat", "lon", "alt", "local_time")
#: Variables that are made here from the site.
_OWN = (
    *_WHERE,
    *("measurement_height", "canopy_height", "displacement_height", "roughness_length"),
)


def write_fluxes(
    fluxes: xr.Dataset, path: Path | str, site: Site, run: Mapping[str, Any], *, seconds: int | None = None
) -> xr.Dataset:
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

    Returns
    -------
    xr.Dataset
        What `read_fluxes` gives of the file, without reading it. Numbers may share memory with ``fluxes``.

    Raises
    ------
    ValueError
        There is no period, or values of an integer variable do not fit its type.
    """
    if fluxes.sizes.get("time", 0) == 0:
        raise ValueError(f"{path}: no averaging period to write; the fluxes have an empty time dimension")
    fluxes = fluxes.drop_vars(_OWN, errors="ignore")  # of a file that was read back
    known = set(variables.names(variables.further_gases(fluxes.variables)))
    period = seconds or round(site.condense.seconds)
    starts = fluxes["time"].to_numpy().astype("datetime64[s]").astype(np.int64)
    with atomic_path(path) as part, create_netcdf(part) as file:
        told = global_attributes(fluxes, starts, period, site, run)
        file.setncatts(told)
        for dimension, size in fluxes.sizes.items():
            file.createDimension(str(dimension), size)
        contents = {
            **_define_place(file, site),
            **_define_time(file, starts, period, site.station.utc_offset_h),
            **{
                str(name): _define(file, str(name), fluxes, known)
                for name in fluxes.variables
                if name != "time"
            },
        }
        file.set_auto_maskandscale(False)
        # All are defined before any is written: the library goes through all that it has at every change
        # from the one to the other.
        targets = file.variables  # file[name] takes its name for a path
        for name, variable in contents.items():
            targets[name][...] = variable.values
    return _dataset(contents, told)


def read_fluxes(path: Path | str) -> xr.Dataset:
    """Read fluxes as xarray decodes them: those that `write_fluxes` has written in a fifth of its time.

    Parameters
    ----------
    path : Path or str
        File made by `write_fluxes`, or made of its content by other software.

    Returns
    -------
    xr.Dataset
        In memory, without bounds and place. Missing flags are NaN.

    Raises
    ------
    OSError, RuntimeError
        When the file is not there, damaged or not netCDF.
    ValueError
        When it is not one of fluxes.
    """
    with local_copy(location(path)) as copy, open_netcdf(copy) as file:
        file.set_auto_mask(False)
        file.set_auto_scale(False)
        if "time" not in file.variables:
            raise ValueError(f"{path}: no time; is it a file of fluxes?")
        if file["time"].__dict__.get("units") != TIME_UNITS:
            return load_netcdf(copy).drop_vars(_WHERE, errors="ignore").reset_coords(drop=True)
        held = {
            name: _Stored(variable.dimensions, np.asarray(variable[...]), variable.__dict__)
            for name, variable in file.variables.items()
            if name not in _WHERE
        }
        return _dataset(held, {key: file.getncattr(key) for key in file.ncattrs()})


@dataclass(frozen=True)
class _Stored:
    """A variable as it is in a file."""

    dims: tuple[str, ...]
    values: npt.NDArray[Any]
    attributes: Mapping[str, Any]  #: with ``_FillValue``, if any


def _dataset(held: Mapping[str, _Stored], attributes: Mapping[str, Any]) -> xr.Dataset:
    """Return variables of a file without bounds and place."""
    found = {name: _decoded(name, variable) for name, variable in held.items() if name not in _WHERE}
    return xr.Dataset(found, attrs={key: _attribute(value) for key, value in attributes.items()})


def _attribute(value: Any) -> Any:
    """Return an attribute as the library reads it: numbers have numpy's types, one alone is no array."""
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    return array[()] if array.ndim == 0 else array[0] if array.size == 1 else array


def _decoded(name: str, variable: _Stored) -> xr.Variable:
    """Return a variable with NaN for what is missing."""
    attributes = {key: _attribute(value) for key, value in variable.attributes.items()}
    attributes.pop("coordinates", None)
    fill = attributes.pop("_FillValue", None)
    values = variable.values
    if name == "time":
        del attributes["units"], attributes["calendar"]
        values = values.astype("datetime64[s]").astype("datetime64[ns]")
    elif values.dtype.kind == "i" and fill is not None:
        # As xarray does: single precision holds what two bytes hold.
        wide = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
        values = np.where(values == fill, np.nan, wide).astype(wide.dtype)
    return xr.Variable(variable.dims, values, attributes, fastpath=True)


def _define_time(
    file: netCDF4.Dataset, seconds: npt.NDArray[np.int64], period: int, utc_offset_h: float
) -> dict[str, _Stored]:
    """Define time, its bounds and the station's own time, and return them."""
    file.createDimension("bnds", 2)
    time = file.createVariable("time", "i8", ("time",), fill_value=False)
    attributes = {
        "standard_name": "time",
        "long_name": "start of the averaging period",
        "units": TIME_UNITS,
        "calendar": "standard",
        "units_metadata": "leap_seconds: none",
        "axis": "T",
        "bounds": "time_bnds",
        "coverage_content_type": "coordinate",
    }
    time.setncatts(attributes)
    file.createVariable("time_bnds", "i8", ("time", "bnds"), fill_value=False)
    bounds = np.stack([seconds, seconds + period], axis=1)
    local = file.createVariable("local_time", "i8", ("time",), fill_value=False)
    words = f"start of the averaging period, local standard time (UTC{utc_offset_h:+g} h)"
    own = {"long_name": words, "units": TIME_UNITS, "calendar": "standard"}
    local.setncatts(own | {"coverage_content_type": "coordinate"})
    return {
        "local_time": _Stored(("time",), seconds + round(3600 * utc_offset_h), own),
        "time": _Stored(("time",), seconds, attributes),
        "time_bnds": _Stored(("time", "bnds"), bounds, {}),
    }


def _define_place(file: netCDF4.Dataset, site: Site) -> dict[str, _Stored]:
    """Define where the station is and what grows there, and return it."""
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
    label = file.createVariable("station_name", str, ())
    label.setncatts({"cf_role": "timeseries_id", "long_name": "station code", "standard_name": "platform_id"})
    found = {}
    for name, (value, attributes) in places.items():
        place = file.createVariable(name, "f8", (), fill_value=False)
        content = "coordinate" if "axis" in attributes else "auxiliaryInformation"
        found[name] = _Stored(
            (), np.asarray(value, np.float64), attributes | {"coverage_content_type": content}
        )
        place.setncatts(found[name].attributes)
    return {"station_name": _Stored((), np.array(station.id, object), {})} | found


def _define(file: netCDF4.Dataset, name: str, fluxes: xr.Dataset, known: Collection[str]) -> _Stored:
    """Define one variable with the attributes of the vocabulary and those it carries, and return it."""
    source = fluxes.variables[name]
    values, fill = _stored(name, source.to_numpy(), known)
    dims = tuple(str(dim) for dim in source.dims)
    # Chunks and filters of a short series cost more time and space than they save.
    worthwhile = dims and values.dtype != object and values.nbytes > COMPRESSED_FROM
    compress: dict[str, Any] = {"zlib": True, "complevel": 4, "shuffle": True} if worthwhile else {}
    kind = str if values.dtype == object else values.dtype
    target = file.createVariable(name, kind, dims, fill_value=fill, **compress)
    attributes = dict(source.attrs)
    if name in known:
        attributes |= variables.describe(name)
    qualifiers = str(attributes.pop("ancillary_variables", "")).split()
    present = " ".join(qualifier for qualifier in qualifiers if qualifier in fluxes)
    if present:
        attributes["ancillary_variables"] = present
    if "time" in dims and name not in fluxes.coords:
        attributes["coordinates"] = COORDINATES
    target.setncatts(attributes)
    filled = {} if fill is None or fill is False else {"_FillValue": fill}
    return _Stored(dims, values, attributes | filled)


def _stored(name: str, values: npt.NDArray[Any], known: Collection[str]) -> tuple[npt.NDArray[Any], Any]:
    """Return values as they are stored, and the fill value (False: none).

    Fluxes keep double precision. Flags and counts are integers; only where one may be missing
    (a flux that does not exist has no quality) does the file declare a fill value.
    """
    if values.dtype.kind in "UOT":
        return values.astype(object), None
    if values.dtype.kind == "M":
        raise ValueError(f"{name}: times other than the coordinate `time` cannot be written; leave it out")
    described = variables.entry(name) if name in known else None
    if described is None or described.dtype == "float64":
        return values, np.nan if values.dtype.kind == "f" else False
    fill = variables.FILL_INT[described.dtype] if described.nullable else False
    missing = ~np.isfinite(values)
    if missing.any() and not described.nullable:
        raise ValueError(
            f"{name}: {int(missing.sum())} values are missing, but it must be known for each period"
        )
    whole = np.where(missing, fill, values)
    stored = whole.astype(described.dtype)
    if not np.array_equal(stored, whole):
        raise ValueError(f"{name}: values are not whole numbers that {described.dtype} can hold")
    return stored, fill
