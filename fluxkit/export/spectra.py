"""Spectra as netCDF: a season's averages, and those of each averaging period."""

from collections.abc import Iterable
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from fluxkit.export.atomic import atomic_path
from fluxkit.export.netcdf import TIME_UNITS


def write_ensembles(ensembles: xr.Dataset, path: Path | str) -> None:
    """Write averages of spectra over classes, whole or not at all.

    Parameters
    ----------
    ensembles : xr.Dataset
        From ``ensemble_spectra``.
    path : Path or str
        File to make.
    """
    told = ensembles.assign_attrs(title="Average spectra by class of periods", Conventions="CF-1.11")
    with atomic_path(path) as part:
        told.to_netcdf(
            part, engine="netcdf4", encoding={str(name): {"zlib": True} for name in told.data_vars}
        )


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
    with atomic_path(path) as hidden, netCDF4.Dataset(hidden, "w", format="NETCDF4") as file:
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
    """Words for SPEC_CO2, COSP_W_CO2, OGIVE_W_CO2."""
    kind, _, of = name.partition("_")
    words = {
        "SPEC": "frequency times spectral density of {}, over its variance",
        "COSP": "frequency times cospectral density of {}, over their covariance",
        "OGIVE": "share of the covariance of {} at this frequency and above",
    }
    signals = of.partition("_") if kind != "SPEC" else (of, "", "")
    return words[kind].format(" and ".join(part for part in signals[::2] if part))
