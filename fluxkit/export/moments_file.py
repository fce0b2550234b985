"""One day of moments as netCDF: written once, read by every decision."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import MomentsError
from fluxkit.export.atomic import atomic_path
from fluxkit.export.netcdf_files import create_netcdf, open_netcdf
from fluxkit.locations import local_copy, location

#: Global attribute that says in which layout the moments are.
VERSION_ATTRIBUTE = "moments_version"
#: Arrays below this size are stored as they are: compressing them costs more than it saves. [bytes]
SMALL = 4096
#: Arrays up to this size are one chunk, so that reading them is one call. [bytes]
ONE_CHUNK = 16 * 2**20
#: xarray's own names for the time units that numpy knows.
TIME_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def write_moments(moments: xr.Dataset, path: Path | str) -> None:
    """Write moments, whole or not at all.

    Numbers keep their type and bits, variables and dataset keep their attributes.

    Parameters
    ----------
    moments : xr.Dataset
        Any dimensions; numbers, booleans, times and text. Attribute ``moments_version`` is required.
    path : Path or str
        File to make.

    Raises
    ------
    MomentsError
        When the version is missing.
    """
    if VERSION_ATTRIBUTE not in moments.attrs:
        raise MomentsError(
            f"{path}: the dataset has no attribute {VERSION_ATTRIBUTE!r}; is it one of moments?"
        )
    with atomic_path(path) as part, create_netcdf(part) as file:
        file.setncatts(_attributes(moments.attrs))
        for dimension, size in moments.sizes.items():
            file.createDimension(str(dimension), size)
        coords = " ".join(str(name) for name in moments.coords if name not in moments.sizes)
        if coords:
            file.setncattr("coordinates", coords)
        # All are defined before any is written: the library goes through all that it has at every change
        # from the one to the other.
        contents = {
            str(name): _define(file, str(name), variable) for name, variable in moments.variables.items()
        }
        file.set_auto_maskandscale(False)
        targets = file.variables  # file[name] takes its name for a path
        for name, values in contents.items():
            targets[name][...] = values


def read_moments(
    path: Path | str, version: int | str | None = None, only: Collection[str] | None = None
) -> xr.Dataset:
    """Read moments into memory.

    Parameters
    ----------
    path : Path or str
        File made by ``write_moments``.
    version : int or str, optional
        The layout that is wanted; any when not given.
    only : collection of str, optional
        Variables to read in addition to the coordinates; default: all.

    Returns
    -------
    xr.Dataset
        As it was written.

    Raises
    ------
    MomentsError
        When the file is not there, is damaged, is not one of moments, or has another version.
    """
    advice = "remove it and run condense again"
    try:
        with local_copy(location(path)) as copy, open_netcdf(copy) as file:
            attributes = {key: file.getncattr(key) for key in file.ncattrs()}
            if VERSION_ATTRIBUTE not in attributes:
                raise MomentsError(f"{path}: not a file of moments (no attribute {VERSION_ATTRIBUTE!r})")
            found = attributes[VERSION_ATTRIBUTE]
            if version is not None and found != version:
                raise MomentsError(
                    f"{path}: moments of version {found}, but this program reads {version}; {advice}"
                )
            coords = str(attributes.pop("coordinates", "")).split()
            wanted = file.variables if only is None else {*only, *coords, *file.dimensions}
            variables = {name: _read(file.variables[name]) for name in file.variables if name in wanted}
    except FileNotFoundError as error:
        raise MomentsError(f"{path}: no such file; run condense first") from error
    except (OSError, RuntimeError) as error:  # what the netCDF library raises for damaged files
        raise MomentsError(f"{path}: damaged or not netCDF ({error}); {advice}") from error
    return xr.Dataset(variables, attrs=attributes).set_coords(coords)


def _define(file: netCDF4.Dataset, name: str, variable: xr.Variable) -> npt.NDArray[Any]:
    """Define a variable, and return its values as they are stored."""
    values, coding = _encode(name, variable.to_numpy())
    kind = str if values.dtype == object else values.dtype
    dims = tuple(str(dim) for dim in variable.dims)
    target = file.createVariable(
        name, kind, dims, fill_value=None if kind is str else False, **_storage(values)
    )
    target.setncatts(_attributes(variable.attrs) | coding)
    return values


def _storage(values: npt.NDArray[Any]) -> dict[str, Any]:
    if values.dtype == object or values.ndim == 0:
        return {}
    if values.nbytes < SMALL:
        return {"contiguous": True} if values.size else {}
    if values.dtype == np.float32 and values.nbytes <= ONE_CHUNK:
        return {"contiguous": True}  # correlation functions and spectra: noise to their last digit
    storage: dict[str, Any] = {"zlib": True, "complevel": 1, "shuffle": True}
    if values.nbytes <= ONE_CHUNK:
        storage["chunksizes"] = values.shape
    return storage


def _encode(name: str, values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], dict[str, str]]:
    """Return values of a type that netCDF has, and attributes that describe the original type."""
    if values.dtype.kind == "M":
        unit = np.datetime_data(values.dtype)[0]
        if unit not in TIME_UNITS:
            values, unit = values.astype("datetime64[s]"), "s"
        return values.astype(np.int64), {
            "units": f"{TIME_UNITS[unit]} since 1970-01-01",
            "calendar": "standard",
        }
    if values.dtype.kind == "b":
        return values.astype(np.int8), {"dtype": "bool"}
    if values.dtype.kind in "UT":
        return values.astype(object), {}
    if values.dtype.kind not in "iufO":
        raise MomentsError(
            f"{name}: values of type {values.dtype} cannot be written; give numbers, times or text"
        )
    return values, {}


def _read(variable: "netCDF4.Variable[Any]") -> xr.Variable:
    variable.set_auto_maskandscale(False)
    values = np.asarray(variable[...])
    attributes = {key: variable.getncattr(key) for key in variable.ncattrs()}
    units, _, epoch = str(attributes.get("units", "")).partition(" since ")
    if epoch:
        del attributes["units"], attributes["calendar"]
        unit = {words: short for short, words in TIME_UNITS.items()}[units]
        values = values.astype(f"datetime64[{unit}]")
    elif attributes.get("dtype") == "bool":
        del attributes["dtype"]
        values = values.astype(bool)
    elif values.dtype == object:
        values = values.astype(str)
    return xr.Variable(variable.dimensions, values, attributes)


def _attributes(attributes: Any) -> dict[str, Any]:
    """Return attributes that netCDF can hold: None is left out, truth becomes 0 or 1."""
    held = {str(key): value for key, value in attributes.items() if value is not None}
    return {
        key: np.int8(value) if isinstance(value, bool | np.bool_) else value for key, value in held.items()
    }
