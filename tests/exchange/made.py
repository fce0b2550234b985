"""A made station's half hours and footprint map, small, with what their readers must find."""

from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.export.climatology import write_climatology
from fluxkit.export.netcdf import write_fluxes
from fluxkit.tower.climatology import footprint_climatology
from tests import made_day

ABOUT = {"site": "XX-Mad", "latitude": 51.1, "longitude": 10.9, "utc_offset_h": 1.0}


def half_hours(days: int = 3) -> xr.Dataset:
    """Return half hours from local midnight (23:00 UTC), with SW_IN and TS."""
    ds = made_day.fluxes(days)
    n = ds.sizes["time"]
    ds["SW_IN"] = ("time", 0.7 * ds["SW_IN_POT"].values)
    ds["TS"] = ("time", 9.0 + np.sin(np.arange(n) / 10.0))
    ds["FCH4"] = ("time", 20.0 + np.arange(n) % 7)
    return ds.assign_attrs(ABOUT)


def results(folder: Path, days: int = 3) -> Path:
    """Write a results folder with fluxes and a footprint map."""
    write_fluxes(half_hours(days), folder / "XX-Mad_fluxes.nc", made_day.site(), made_day.run())
    footprint(folder / "XX-Mad_footprint.nc")
    return folder


def footprint(path: Path) -> xr.Dataset:
    """Write a footprint map of a made day."""
    made = made_day.fluxes()
    fluxes = made.assign(V_SIGMA=2.0 * made["USTAR"])
    found = footprint_climatology(fluxes, made_day.site(), extent=300.0, resolution=10.0, parcels=100_000)
    write_climatology(found, path, made_day.site(), fluxes)
    return found
