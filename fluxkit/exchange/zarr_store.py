"""A zarr store with a group for the site, as the ICOS Carbon Portal's tools lay it out."""

import os
import secrets
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.exchange.columns import ExchangeError, local_starts, needed, site_of
from fluxkit.exchange.icos_shape import shaped
from fluxkit.locations import location, on_store
from fluxkit.schema.provenance import versions
from fluxkit.writing import writing

#: Length of a chunk along time: a year of half hours.
CHUNK = 17568
QUALITY_MISSING = 255
_TIMES = "seconds since 1970-01-01 00:00:00"


def write_zarr(ds: xr.Dataset, folder: Path | str) -> tuple[Path, list[str]]:
    """Write ``<SITE>.zarr``, whole or not at all: zarr format 2, the variables in the group ``<SITE>``.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours or hours over ``time`` (START, UTC): variables of a run, or columns of a FLUXNET product,
        whose members become dimensions, see `fluxkit.exchange.icos_shape.shaped`.
    folder : Path or str
        Where to write, on this machine.

    Returns
    -------
    path : Path
        The store; ``xr.open_zarr(path, group="<SITE>")`` opens it.
    said : list of str
        Nothing so far: all variables are taken.

    Raises
    ------
    ExchangeError
        zarr is not installed (extra ``zarr``), or the folder is no folder of this machine.
    WriteError
        It cannot be written.

    References
    ----------
    ICOS-Carbon-Portal/fluxnet-netcdf-tools, "Store layout" of its README, 2026-05; CF-1.12.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(48) * np.timedelta64(30, "m")
    >>> ds = xr.Dataset({"NEE_VUT_REF": ("time", np.ones(48))}, {"time": time}, {"site": "DE-Abc"})
    >>> path, _ = fk.exchange.write_zarr(ds, tempfile.mkdtemp())
    >>> xr.open_zarr(path, group="DE-Abc")["NEE"].dims
    ('time', 'ustar_threshold', 'nee_variant')
    """
    needed("zarr", "zarr", "a zarr store")
    local_starts(ds)  # whole steps in order of time
    site = site_of(ds)
    path = location(folder) / f"{site}.zarr"
    if on_store(path):
        raise ExchangeError(
            f"{path}: a zarr store is written to a folder of this machine; copy it from there"
        )
    out = _described(shaped(ds), site)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
        try:
            out.to_zarr(part, group=site, mode="w", zarr_format=2, consolidated=True, encoding=_encoding(out))
            _put(part, path)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return path, []


def _put(part: Path, path: Path) -> None:
    """Put a finished folder in the place of another one, which is there until then."""
    old = part.with_suffix(".old")
    if path.exists():
        path.rename(old)
    try:
        part.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _described(ds: xr.Dataset, site: str) -> xr.Dataset:
    out = ds.copy()
    out["time"].attrs = {"standard_name": "time", "long_name": "start of the averaging period", "axis": "T"}
    kept = {key: value for key, value in ds.attrs.items() if isinstance(value, str | int | float)}
    place = {
        "geospatial_lat_min": "latitude", "geospatial_lat_max": "latitude",
        "geospatial_lon_min": "longitude", "geospatial_lon_max": "longitude",
    }  # fmt: skip
    out.attrs = {
        "Conventions": "CF-1.12",
        "title": f"Half-hourly fluxes of {site}",
        **kept,
        **{name: float(ds.attrs[source]) for name, source in place.items() if source in ds.attrs},
        "source": f"fluxkit {versions()['fluxkit']}",
    }
    return out


def _encoding(ds: xr.Dataset) -> dict[str, dict[str, Any]]:
    encoding: dict[str, dict[str, Any]] = {"time": {"units": _TIMES, "dtype": "int64"}}
    for name in map(str, ds.data_vars):
        variable = ds[name]
        if "time" not in variable.dims or variable.dtype.kind != "f":
            continue
        chunks = tuple(min(CHUNK, n) if d == "time" else n for d, n in variable.sizes.items())
        known = variable.to_numpy()[np.isfinite(variable.to_numpy())]
        whole = (
            name.endswith("_QC") and known.size and bool(np.all((known % 1 == 0) & (known < QUALITY_MISSING)))
        )
        kind = {"dtype": "uint8", "_FillValue": QUALITY_MISSING} if whole else {"dtype": "float32"}
        encoding[name] = {"chunks": chunks, **kind}
    return encoding
