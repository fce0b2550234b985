"""Schemes of raw processing: the table as each of them would have it, filtered by its own threshold."""

import json
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.ecosystem.ustar.filtering import Thresholds, filter_ustar
from fluxkit.ecosystem.ustar.thresholds import ustar_thresholds

SCHEMES = "NEE_SCHEMES"
#: What schemes may have: the exchange itself, or the flux without its storage.
_SOURCES = (SCHEMES, "FC_SCHEMES")
#: Where the thresholds of one scheme are that belong to a use of the reference's.
_SINGLE = ("single", "cut")


def schemes_of(ds: xr.Dataset) -> list[tuple[str, xr.Dataset]]:
    """Return the table with NEE, and u* where it is known, of each scheme, by the scheme's name.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours with ``NEE_SCHEMES`` or ``FC_SCHEMES`` over (``scheme``, ``time``), and ``USTAR_SCHEMES``
        where rotation differs; of FC the storage that the table's NEE has is added.

    Returns
    -------
    list
        Empty without schemes. Records that the table's own NEE lacks are missing in all of them: what was
        screened stays out.
    """
    source = next((name for name in _SOURCES if name in ds), None)
    if source is None:
        return []
    nee = np.array(ds["NEE"].values, np.float64)
    rest = np.zeros(nee.size)
    if source == "FC_SCHEMES" and "FC" in ds:
        stored = nee - np.array(ds["FC"].values, np.float64)
        rest = np.where(np.isfinite(stored), stored, 0.0)
    bare = ds.drop_dims("scheme")
    found = []
    for place, label in enumerate(ds["scheme"].values.tolist()):
        row = np.array(ds[source].isel(scheme=place).values, np.float64) + rest
        other = {"NEE": ("time", np.where(np.isfinite(nee), row, np.nan), ds["NEE"].attrs)}
        if "USTAR_SCHEMES" in ds and "USTAR" in ds:
            ustar = np.array(ds["USTAR_SCHEMES"].isel(scheme=place).values, np.float64)
            other["USTAR"] = ("time", ustar, ds["USTAR"].attrs)
        found.append((str(label), bare.assign(other)))
    return found


def rows_of(ds: xr.Dataset) -> xr.DataArray | None:
    """Return NEE of the schemes over (``scheme``, ``time``) where the table has NEE; None without schemes."""
    each = schemes_of(ds)
    return _joined(ds, [(label, table["NEE"]) for label, table in each]) if each else None


def _joined(ds: xr.Dataset, rows: list[tuple[str, xr.DataArray]]) -> xr.DataArray:
    values = xr.concat([row for _, row in rows], "scheme").assign_coords(scheme=[label for label, _ in rows])
    kept = {key: value for key, value in ds["NEE"].attrs.items() if key == "units"}
    return values.transpose("scheme", "time").assign_attrs(kept)


def filter_schemes(
    ds: xr.Dataset, thresholds: Thresholds, *, use: str = "threshold", **filters: Any
) -> tuple[xr.DataArray, str] | None:
    """Take out of each scheme what was measured in low turbulence.

    Thresholds that were found are found anew for each scheme, from its own flux and its own u*; those that
    were given hold for all.

    Parameters
    ----------
    ds : xr.Dataset
        Half hours with schemes, not yet filtered.
    thresholds, use, **filters
        As of :func:`fluxkit.ecosystem.filter_ustar`, for the reference.

    Returns
    -------
    NEE_SCHEMES : xr.DataArray
        Over (``scheme``, ``time``), NaN where it was taken out.
    said : str
        What was done. None of both where there are no schemes.
    """
    each = schemes_of(ds)
    if not each:
        return None
    rows: list[tuple[str, xr.DataArray]] = []
    limits: list[float] = []
    found = isinstance(thresholds, xr.Dataset) and "method" in thresholds.attrs
    of_use = "single" if use in _SINGLE else "season_threshold" if use == "season_threshold" else "threshold"
    for label, table in each:
        limit: Thresholds = thresholds
        how = dict(filters)
        if found and isinstance(thresholds, xr.Dataset):
            own = _found_alike(table, thresholds)
            if bool(own[of_use].notnull().any()):
                limit, how = own, how | {"use": of_use}
                limits.append(float(own["single"]))
            else:
                how |= {"use": use}
        elif isinstance(thresholds, xr.Dataset):
            how |= {"use": use}
        rows.append((label, filter_ustar(table, limit, **how)["NEE"]))
    said = f"each of {len(each)} schemes of raw data goes through u* filter, filling and partitioning itself"
    if limits:
        said += f", with a threshold of its own: {min(limits):.3g} to {max(limits):.3g} m s-1"
    return _joined(ds, rows), said


def _found_alike(table: xr.Dataset, thresholds: xr.Dataset) -> xr.Dataset:
    """Find thresholds as those of the reference were found, without resamples."""
    of = thresholds.attrs
    settings: dict[str, Any] = json.loads(str(of.get("settings", "{}")))
    return ustar_thresholds(
        table,
        method=str(of["method"]),
        variant=str(of["variant"]),
        turbulence=str(of["turbulence"]),
        seasons=np.asarray(thresholds["record_season"].values),
        **settings,
    )
