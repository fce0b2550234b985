"""Columns on an axis to the one dataset that goes through all rooms."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.reading import axis, units
from fluxkit.ecosystem.reading.quantities import QUANTITIES

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

#: Words of a note by which the run knows that no threshold is to be looked for.
FILTERED = "already u*-filtered"


def dataset(
    at: axis.Grid, rows: Mapping[str, Array], origin: Mapping[str, str], attributes: Mapping[str, Any]
) -> xr.Dataset:
    """Return columns on an axis of local stamps as a dataset over UTC."""
    offset = round(float(attributes.get("utc_offset_h", 0.0)) * 3600)
    start = (at.first - offset + at.step * np.arange(at.size, dtype=np.int64)).astype("datetime64[s]")
    ds = xr.Dataset(coords={"time": start.astype("datetime64[ns]")}, attrs=dict(attributes))
    for name, x in rows.items():
        unit = {"units": QUANTITIES[name].unit} if name in QUANTITIES else {}
        ds[name] = ("time", x, unit | {"column": origin.get(name, name)})
    return ds


def complete(ds: xr.Dataset, notes: list[str]) -> None:
    """Add what follows from what is there, in place: NEE of FC and SC, VPD of TA and RH; each said."""
    if "NEE" not in ds and "FC" in ds:
        FC, column = ds["FC"].values, "FC"
        if "SC" in ds:
            SC = ds["SC"].values
            both = int(np.count_nonzero(np.isfinite(FC) & np.isfinite(SC)))
            alone = int(np.count_nonzero(np.isfinite(FC))) - both
            FC, column = FC + np.where(np.isfinite(SC), SC, 0.0), "FC + SC"
            notes.append(f"NEE is FC + SC; {alone} of {alone + both} records have no SC and are FC alone")
        else:
            notes.append("NEE is FC: no storage SC is in the file")
        ds["NEE"] = ("time", FC, {"units": "umol m-2 s-1", "column": column})
    if "VPD" not in ds and {"TA", "RH"} <= set(ds):
        VPD = units.vapour_pressure_deficit(ds["TA"].values, ds["RH"].values)
        ds["VPD"] = ("time", VPD, {"units": "hPa", "column": "TA, RH"})
        notes.append("VPD is computed from TA and RH: the file has none")


def finished(ds: xr.Dataset, source: str, kind: str, notes: list[str]) -> xr.Dataset:
    """Return the dataset with where it comes from and what was said, which is logged as well."""
    filtered = any(FILTERED in note for note in notes)
    ds.attrs |= {"source": source, "format": kind, "notes": "\n".join(dict.fromkeys(notes))}
    if filtered:
        ds.attrs["ustar_filter"] = "already filtered"
    for note in dict.fromkeys(notes):
        logger.info("%s: %s", source, note)
    return ds
