"""What is submitted: all variables of a run, or the standard's columns of a table of half hours."""

import csv
from pathlib import Path

import xarray as xr

from fluxkit.ecosystem.reading.archives import table_of
from fluxkit.ecosystem.reading.layouts import Layout, cells, layout_of
from fluxkit.ecosystem.reading.quantities import QUANTITIES
from fluxkit.ecosystem.reading.reading import read
from fluxkit.ecosystem.reading.results import fluxes_file, is_results
from fluxkit.errors import ReadError
from fluxkit.export.netcdf import read_fluxes
from fluxkit.locations import location
from fluxkit.submissions.names import parsed

#: Bytes that are looked at for the layout.
_HEAD = 2**16
#: Columns that say which station a record is of.
_STATIONS = ("site", "site_id", "siteid", "station", "station_id", "stationid")
_TWICE = "have the time of another one"


def half_hours(
    path: Path | str,
    site: str | None = None,
    *,
    latitude: float | None = None,
    longitude: float | None = None,
    utc_offset_h: float | None = None,
) -> xr.Dataset:
    """Read a results folder, its netCDF, or a table; see `fluxkit.ecosystem.read`.

    Of a table, each column that the upload standard knows stands under its own name, those of known
    quantities in the standard's unit; what was converted or assumed is in ``notes``.

    Returns
    -------
    Dataset
        Over ``time`` (START, UTC); ``site``, ``latitude``, ``longitude``, ``utc_offset_h`` in its attributes.

    Raises
    ------
    ReadError
        As `fluxkit.ecosystem.read`; or several stations in one table, or times that stand twice.
    """
    if is_results(location(path)):
        known = read(path, latitude, longitude, utc_offset_h, site)
        return read_fluxes(fluxes_file(location(path))).assign_attrs(known.attrs)
    found = table_of(path)
    layout = layout_of(found.data[:_HEAD], found.source)
    _one_station(found.data, layout, found.source)
    ds = read(path, latitude, longitude, utc_offset_h, site, keep=_standard(layout))
    for note in str(ds.attrs["notes"]).splitlines():
        if _TWICE in note:
            raise ReadError(
                found.source, f"{note.partition(':')[0]}: part the stations or versions that it holds"
            )
    return _under_own_names(ds)


def _standard(layout: Layout) -> list[str]:
    """Return the columns of the standard that are read as they are: quantities have their own reading."""
    return [name for name in dict.fromkeys(layout.names) if name not in QUANTITIES and parsed(name).known]


def _under_own_names(ds: xr.Dataset) -> xr.Dataset:
    """Return what was in the table, not what follows from it; TA of TA_1_1_1 as TA_1_1_1."""
    kept = ds[[name for name in ds if "," not in (column := ds[name].attrs["column"]) and column != "FC"]]
    if "FC" in ds:
        kept = kept.assign(FC=ds["FC"])
    names = {
        name: column
        for name in map(str, kept)
        if (column := str(kept[name].attrs["column"])) != name and parsed(column).known
    }
    names = {
        name: column for name, column in names.items() if parsed(column).variable == parsed(name).variable
    }
    return kept.drop_vars(set(names.values()) & set(map(str, kept))).rename(names)


def _one_station(data: bytes, layout: Layout, source: str) -> None:
    """Refuse a table whose records are of several stations."""
    lower = [name.casefold() for name in layout.names]
    place = next((lower.index(name) for name in _STATIONS if name in lower), None)
    if place is None:
        return
    lines = data.decode("utf-8", "replace").splitlines()[layout.first :]
    if len(layout.separator) == 1:
        rows = csv.reader(lines, delimiter=layout.separator)
    else:
        rows = (cells(line, None) for line in lines)  # type: ignore[assignment]
    stations = dict.fromkeys(row[place].strip() for row in rows if len(row) > place and row[place].strip())
    if len(stations) > 1:
        some = ", ".join(list(stations)[:4])
        raise ReadError(
            source, f"{len(stations)} stations in one table ({some}): part it, one file for each station"
        )
