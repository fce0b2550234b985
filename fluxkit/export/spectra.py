"""Spectra as netCDF: a season's averages, and those of each averaging period."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.export.atomic import atomic_path
from fluxkit.export.netcdf import COMPRESSED_FROM, TIME_UNITS
from fluxkit.export.netcdf_files import create_netcdf


def write_ensembles(ensembles: xr.Dataset, path: Path | str) -> None:
    """Write averages of spectra over classes, whole or not at all.

    Parameters
    ----------
    ensembles : xr.Dataset
        From ``ensemble_spectra``.
    path : Path or str
        File to make.
    """
    about = ensembles.attrs | {"title": "Average spectra by class of periods", "Conventions": "CF-1.11"}
    # Dataset.to_netcdf would load dask's scheduler, where it is installed: longer than all else here.
    with atomic_path(path) as part, create_netcdf(part) as file:
        file.setncatts(about)
        for dimension, size in ensembles.sizes.items():
            file.createDimension(str(dimension), size)
        contents = {str(name): _define(file, str(name), x) for name, x in ensembles.variables.items()}
        for name, values in contents.items():  # all are defined before any is written, as in `netcdf`
            file[name][...] = values


def _define(file: netCDF4.Dataset, name: str, x: xr.Variable) -> npt.NDArray[Any]:
    """Define one variable, and return its values."""
    values = x.to_numpy()
    dims = tuple(str(dim) for dim in x.dims)
    if values.dtype.kind in "UOT":
        kind, fill, values = str, None, values.astype(object)
    else:
        kind, fill = values.dtype, np.nan if values.dtype.kind == "f" else False
    worthwhile = kind is not str and values.nbytes > COMPRESSED_FROM
    file.createVariable(name, kind, dims, fill_value=fill, zlib=worthwhile).setncatts(x.attrs)
    return values


def write_period_spectra(parts: Iterable[xr.Dataset], path: Path | str) -> None:
    """Write the spectra of each averaging period, part by part, whole or not at all.

    Parameters
    ----------
    parts : iterable of xr.Dataset
        From ``spectra``, over (time, frequency), in order of time; one at a time is held.
    path : Path or str
        File to make.

    Raises
    ------
    ValueError
        When there is no part.
    """
    with atomic_path(path) as hidden, create_netcdf(hidden) as file:
        written = 0
        for part in parts:
            part = part.isel(frequency=np.isfinite(part["frequency"].values))
            if not written:
                _begin(file, part)
            n = part.sizes["time"]
            here = slice(written, written + n)
            file["time"][here] = part["time"].values.astype("datetime64[s]").astype(np.int64)
            for name, x in part.data_vars.items():
                file[str(name)][here] = x.values
            written += n
        if not written:
            raise ValueError(f"{path}: no averaging period to write spectra of")


def _begin(file: netCDF4.Dataset, part: xr.Dataset) -> None:
    file.setncatts({"title": "Spectra of each averaging period", "Conventions": "CF-1.11"})
    file.createDimension("time", None)
    file.createDimension("frequency", part.sizes["frequency"])
    time = file.createVariable("time", "i8", ("time",), fill_value=False)
    time.setncatts(
        {"standard_name": "time", "long_name": "start of the averaging period", "units": TIME_UNITS,
         "calendar": "standard"}
    )  # fmt: skip
    frequency = file.createVariable("frequency", "f8", ("frequency",), fill_value=False)
    frequency.setncatts({"long_name": "frequency", "units": "Hz"})
    frequency[:] = part["frequency"].values
    for name, x in part.data_vars.items():
        variable = file.createVariable(str(name), "f4", ("time", "frequency"), zlib=True, fill_value=np.nan)
        variable.setncatts({"units": x.attrs.get("units", "1"), "long_name": _meaning(str(name))})


def _meaning(name: str) -> str:
    """Long names of SPEC_CO2, COSP_W_CO2, OGIVE_W_CO2."""
    kind, _, of = name.partition("_")
    words = {
        "SPEC": "frequency times spectral density of {}, over its variance",
        "COSP": "frequency times cospectral density of {}, over their covariance",
        "OGIVE": "share of the covariance of {} at this frequency and above",
    }
    signals = of.partition("_") if kind != "SPEC" else (of, "", "")
    return words[kind].format(" and ".join(part for part in signals[::2] if part))
