"""Fluxkit's own results: a folder or its netCDF of fluxes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.reading import axis
from fluxkit.ecosystem.reading.archives import apart_in
from fluxkit.ecosystem.reading.assembling import FILTERED, complete, dataset, finished
from fluxkit.ecosystem.reading.places import Place, place_of
from fluxkit.ecosystem.reading.quantities import QUANTITIES
from fluxkit.errors import ReadError
from fluxkit.export.netcdf_files import open_netcdf

Array = npt.NDArray[np.float64]

#: What all schemes of a run made, for the question which raw decision moves the year.
SCHEMES = {"NEE_SCHEMES": "NEE", "FC_SCHEMES": "FC", "USTAR_SCHEMES": "USTAR"}


def is_results(path: Path) -> bool:
    """Whether a path is a results folder, or a netCDF of fluxes."""
    return (path.is_dir() and not apart_in(path)) or path.suffix in (".nc", ".nc4")


def read_results(path: Path, place: Place) -> xr.Dataset:
    """Read ``<SITE>_fluxes.nc`` of a results folder; see `fluxkit.ecosystem.read`."""
    file = fluxes_file(path)
    try:
        stored = open_netcdf(file)
    except (OSError, RuntimeError) as error:
        raise ReadError(str(file), f"cannot be read as netCDF: {error}") from error
    with stored:
        if "time" not in stored.variables:
            raise ReadError(str(file), "no `time` in it: expected the fluxes of a run, <SITE>_fluxes.nc")
        utc = _seconds(stored.variables["time"], str(file))
        found = _place_in(stored)
        attributes, said = place_of(place.or_else(found))
        offset = round(float(attributes["utc_offset_h"]) * 3600)
        at = axis.grid((utc + offset).astype("datetime64[s]"), None, str(file))
        names = [name for name in QUANTITIES if name in stored.variables]
        rows = {
            name: at.put(_numbers(stored.variables[name]))
            for name in names
            if stored.variables[name].dimensions == ("time",)
        }
        notes = _unfiltered(stored, rows, at.put)
        schemes = {
            name: np.atleast_2d(_numbers(stored.variables[name]))
            for name in SCHEMES
            if name in stored.variables and stored.variables[name].dimensions == ("scheme", "time")
        }
        known = stored.variables["scheme"][:] if "scheme" in stored.variables else ()
        labels = [str(label) for label in known]
    if not rows:
        raise ReadError(str(file), "no variable of the FLUXNET standard in it")
    put = {name: np.stack([at.put(x) for x in each]) for name, each in schemes.items()}
    made = _schemes_at(at, put, labels)
    at, rows = axis.to_half_hours(at, rows, {name: QUANTITIES[name].how for name in rows})
    ds = dataset(at, rows, {}, attributes).assign(made)
    complete(ds, notes)
    return finished(ds, str(file), "fluxkit results", [*said, *at.notes, *notes])


def with_schemes(ds: xr.Dataset, fluxes: xr.Dataset) -> xr.Dataset:
    """Return a table with what the schemes of a decision made of its records.

    Parameters
    ----------
    ds : xr.Dataset
        As `read_results` gives it.
    fluxes : xr.Dataset
        Of the same station, with ``<FLUX>_SCHEMES`` over (``scheme``, ``time``), as of `fluxkit.decide`.
    """
    at, slot = HalfHours.of(ds), np.timedelta64(1, "s")
    seconds = ((fluxes["time"].values - at.start[0]) / slot).astype(np.int64)
    step = int(np.median(np.diff(np.unique(seconds))))
    size = round(at.start.size * at.step_s / step)
    inside = (seconds >= 0) & (seconds < size * step)
    grid = axis.Grid(0, step, size, np.flatnonzero(inside), seconds[inside] // step, [])
    put = {
        name: np.stack([grid.put(row) for row in fluxes[name].transpose("scheme", "time").values])
        for name in SCHEMES
        if name in fluxes
    }
    bare = ds.drop_dims("scheme", errors="ignore")
    return bare.assign(_schemes_at(grid, put, [str(label) for label in fluxes["scheme"].values]))


def _schemes_at(at: axis.Grid, put: dict[str, Array], labels: list[str]) -> dict[str, xr.DataArray]:
    """Return rows of schemes on an axis as variables of half hours."""
    found = {}
    for name, rows in put.items():
        quantity = QUANTITIES[SCHEMES[name]]
        keys = dict.fromkeys(map(str, range(len(rows))), quantity.how)
        made = axis.to_half_hours(at, dict(zip(keys, rows, strict=True)), keys)[1]
        values = np.stack([made[key] for key in keys])
        names = labels if len(labels) == len(rows) else [f"scheme {k + 1}" for k in range(len(rows))]
        found[name] = xr.DataArray(
            values, dims=("scheme", "time"), coords={"scheme": names}, attrs={"units": quantity.unit}
        )
    return found


def _seconds(time: Any, source: str) -> npt.NDArray[np.int64]:
    """Return the times of a netCDF as seconds since 1970."""
    scale = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
    units = str(getattr(time, "units", ""))
    word, _, since = units.partition(" since ")
    try:
        epoch = np.datetime64(since.strip().replace(" ", "T").rstrip("Z")[:19], "s").astype(np.int64)
        values = np.ma.filled(np.ma.asarray(time[:]).astype(np.float64), np.nan)
        if np.isnat(epoch.astype("M8[s]")) or not np.isfinite(values).all():
            raise ValueError("some are missing")
        return np.round(values * scale[word.rstrip("s")]).astype(np.int64) + epoch
    except (KeyError, ValueError, TypeError) as error:
        raise ReadError(
            source, f"its times ({units!r}) cannot be read: expected such as 'seconds since 1970-01-01 00:00'"
        ) from error


def _unfiltered(stored: Any, rows: dict[str, Array], put: Callable[[Array], Array]) -> list[str]:
    """Put NEE before the u* filter in its place where a run has stored both, and return what is said."""
    if "NEE_UNFILTERED" in stored.variables:
        rows["NEE"] = put(_numbers(stored.variables["NEE_UNFILTERED"]))
        return ["NEE is NEE_UNFILTERED: before the u* filter of the run that wrote the file, screened there"]
    if str(getattr(stored, "ustar_filter", "")).startswith("already"):
        return [f"NEE was read from a file that says of it: {FILTERED}"]
    return []


def fluxes_file(path: Path) -> Path:
    """Return the netCDF of fluxes of a results folder, or the path itself where it is a file."""
    if not path.is_dir():
        return path
    found = sorted(path.glob("*_fluxes.nc")) or sorted(path.glob("*_ecosystem.nc"))
    if len(found) == 1:
        return found[0]
    names = ", ".join(file.name for file in found) or "none"
    tables = [file.name for file in sorted(path.iterdir()) if file.suffix in (".csv", ".gz", ".txt", ".zip")]
    there = f", one of {', '.join(tables[:8])}{' ...' if tables[8:] else ''}" if tables and not found else ""
    raise ReadError(
        str(path), f"expected one <SITE>_fluxes.nc in this folder, found {names}; give the file{there}"
    )


def _numbers(variable: Any) -> Array:
    values = np.ma.asarray(variable[:])
    return np.asarray(np.ma.filled(values.astype(np.float64), np.nan))


def _place_in(stored: Any) -> Place:
    variables = stored.variables

    def number(*names: str) -> float | None:
        for name in names:
            if name in variables and variables[name].dimensions == ():
                return float(variables[name][...])
            value = getattr(stored, name, None)
            if value is not None:
                return float(value)
        return None

    label = (
        str(variables["station_name"][...]) if "station_name" in variables else getattr(stored, "site", None)
    )
    return Place(number("lat", "latitude"), number("lon", "longitude"), number("utc_offset_h"), label)
