"""Drivers from a station near by, whatever its steps are."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from fluxkit.ecosystem.filling.reanalysis import SUMMED, Coarse, downscaled
from fluxkit.ecosystem.filling.registry import Array, FillingError
from fluxkit.ecosystem.filling.regression import Line, fitted
from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.schema.unit_products import conversion

#: Longest step of a neighbour whose course within a day still tells of half hours. [s]
_COARSEST_S = 3 * 3600.0
#: Share of a record that finer steps must tell of.
_ENOUGH = 0.5


def of_neighbour(
    ds: xr.Dataset, neighbour: xr.Dataset, names: Sequence[str], at: HalfHours, said: list[str]
) -> dict[str, tuple[Array, str]]:
    """Return what the neighbour has, brought to the site by a line through what both measured.

    Finer steps are put together to the site's; coarser ones, or such that begin at other minutes, are
    brought to it as a reanalysis is.

    Parameters
    ----------
    ds, neighbour : xr.Dataset
        Of the site, and of the neighbour: dimension ``time`` (start, UTC), the same names.
    names : sequence of str
        Drivers that are wanted.
    at : HalfHours
        Of the site.
    said : list of str
        Gets what is doubtful, a sentence each.

    Returns
    -------
    dict
        By name the series (n,), NaN where the neighbour has none, and how it was brought here.

    Raises
    ------
    FillingError
        It has none of the drivers, or its steps are too long.
    HalfHoursError
        It has no evenly spaced ``time``.
    """
    theirs = HalfHours.of(neighbour)
    if theirs.step_s > _COARSEST_S:
        raise FillingError(
            f"the neighbour station has steps of {theirs.step_s / 3600.0:g} h; more than three say too little"
        )
    wanted = [name for name in names if name in neighbour]
    if not wanted:
        there = ", ".join(map(str, neighbour.data_vars))
        raise FillingError(f"the neighbour station has none of {', '.join(names)}; it has {there}")
    found = {}
    for name in wanted:
        values = np.array(neighbour[name].values, np.float64)
        if name in ds:
            values = _in_units(values, neighbour[name], ds[name])
        site = np.array(ds[name].values, np.float64) if name in ds else None
        series, line = _brought(name, values, theirs, site, at)
        if np.isfinite(series).any():
            found[name] = series, line.words("a neighbour station")
            said += line.doubts(name, "the neighbour station")
    if not found:
        said.append("the neighbour station has nothing at the times of the site; its times must be UTC")
    return found


def _in_units(values: Array, theirs: xr.DataArray, ours: xr.DataArray) -> Array:
    """Return values in the site's unit, where both are known."""
    found, wanted = (str(one.attrs.get("units", "")) for one in (theirs, ours))
    if not found or not wanted or found == wanted:
        return values
    try:
        scale, shift = conversion(found, wanted)
    except ValueError as error:
        raise FillingError(f"{ours.name} of the neighbour station: {error}") from error
    return values * scale + shift


def _brought(
    name: str, values: Array, theirs: HalfHours, site: Array | None, at: HalfHours
) -> tuple[Array, Line]:
    """Return the neighbour's series at the site's times, by a line."""
    offset_s = (theirs.start[0] - at.start[0]) / np.timedelta64(1, "s")
    if theirs.step_s < at.step_s or (theirs.step_s == at.step_s and offset_s % at.step_s == 0.0):
        series = _put_together(name, values, theirs, at)
        line = fitted(name, site, series)
        return line.at(series), line
    end = theirs.start + np.timedelta64(round(theirs.step_s), "s")
    middle = theirs.start + np.timedelta64(round(theirs.step_s * 500.0), "ms")
    coarse = Coarse(end if name in SUMMED else middle, theirs.step_s, {name: values})
    return downscaled(name, coarse, site, at)


def _put_together(name: str, values: Array, theirs: HalfHours, at: HalfHours) -> Array:
    """Return the mean (of rain the sum) of what lies in each of the site's records."""
    since = (theirs.start - at.start[0]) / np.timedelta64(1, "s") + theirs.step_s / 2.0
    record = np.floor(since / at.step_s).astype(np.int64)
    there = (record >= 0) & (record < at.start.size) & np.isfinite(values)
    count = np.bincount(record[there], minlength=at.start.size)
    total = np.bincount(record[there], values[there], minlength=at.start.size)
    parts = at.step_s / theirs.step_s
    if name == "P":
        return np.where(count >= parts, total, np.nan)
    return np.where(count >= _ENOUGH * parts, total / np.maximum(count, 1), np.nan)
