"""netCDF files by any name that the system allows."""

import os
from pathlib import Path

import netCDF4
import xarray as xr


def create_netcdf(path: Path | str) -> netCDF4.Dataset:
    """Make a netCDF-4 file; to be closed, or used as a context."""
    return netCDF4.Dataset(_bytes_of(path), "w", format="NETCDF4", encoding="latin-1")


def open_netcdf(path: Path | str) -> netCDF4.Dataset:
    """Open a netCDF file to read; to be closed, or used as a context.

    Raises
    ------
    OSError, RuntimeError
        The file is not there, damaged or not netCDF.
    """
    return netCDF4.Dataset(_bytes_of(path), encoding="latin-1")


def load_netcdf(path: Path | str) -> xr.Dataset:
    """Read a netCDF file into memory, as xarray decodes it.

    Raises
    ------
    OSError, RuntimeError
        As `open_netcdf`.
    """
    file = open_netcdf(path)
    try:
        with xr.open_dataset(store_of(file)) as stored:
            return stored.load()
    finally:
        if file.isopen():  # xarray closes what it could open
            file.close()


def store_of(file: netCDF4.Dataset) -> xr.backends.NetCDF4DataStore:
    """Return an open file as xarray's functions take it."""
    return xr.backends.NetCDF4DataStore(file)  # type: ignore[no-untyped-call]


def _bytes_of(path: Path | str) -> str:
    """Return the bytes of a name as characters of Latin 1, which has each of them.

    The library takes names as text of the file system's encoding. Python's own paths also hold bytes that
    are none (a folder written in Latin 1, any umlaut where the locale is ASCII), and it would fail there.
    """
    return os.fsencode(path).decode("latin-1")
