"""What is submitted: all variables of a run, or of a table of half hours."""

from pathlib import Path

import xarray as xr

from fluxkit.ecosystem.reading.reading import column_names, read
from fluxkit.ecosystem.reading.results import fluxes_file, is_results
from fluxkit.export.netcdf import read_fluxes
from fluxkit.submissions.names import variables


def half_hours(path: Path, site: str | None = None) -> xr.Dataset:
    """Read a results folder, its netCDF, or a table; see `fluxkit.ecosystem.read`.

    Returns
    -------
    Dataset
        Over ``time`` (START, UTC); ``site``, ``latitude``, ``longitude``, ``utc_offset_h`` in its attributes.
    """
    if not is_results(path):
        there = set(column_names(path))
        found = read(path, site=site, keep=[name for name in variables() if name in there])
        return found[[name for name in found if _is_of_the_table(str(name), found, there)]]
    known = read(path, site=site)
    return read_fluxes(fluxes_file(path)).assign_attrs(known.attrs)


def _is_of_the_table(name: str, found: xr.Dataset, columns: set[str]) -> bool:
    """Whether a variable is a column itself, and not made of others as NEE is of FC."""
    column = found[name].attrs.get("column", "")
    return column in columns and (column == name or column not in found)
