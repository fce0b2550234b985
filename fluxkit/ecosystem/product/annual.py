"""Annual sums as a table: <SITE>_annual.csv."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.export.atomic import write_text
from fluxkit.locations import location

COLUMNS = ("year", "variable", "value", "lower", "upper", "unit")
#: Fluxes of which a year is told.
FLUXES = ("NEE", "FCH4", "FN2O")


def annual_rows(
    sums: xr.Dataset, ds: xr.Dataset, *, least: int = 100
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return a row for each variable of each whole year, and sentences on years that have none.

    Parameters
    ----------
    sums : xr.Dataset
        As `fluxkit.ecosystem.annual` gives it.
    ds : xr.Dataset
        The half hours.
    least : int
        Measured records of a flux from which on a year is one of the site.
    """
    at = HalfHours.of(ds)
    rows: list[dict[str, Any]] = []
    said: list[str] = []
    years = set(sums["year"].values.tolist())
    names = sums["variable"].values.tolist()
    for year in np.unique(at.year).tolist():
        within = at.year == year
        days = int((np.datetime64(f"{year + 1}", "D") - np.datetime64(f"{year}", "D")).astype(int))
        whole = within.sum() >= days * at.per_day and year in years
        measured = {
            name: int(np.isfinite(ds[name].values[within]).sum()) for name in FLUXES if name in ds
        } or {"NEE": 0}
        for name, number in measured.items():
            if not whole or number < least:
                said.append(
                    f"{year}: no annual sum of {name}: the file has {within.sum() / at.per_day:.4g} of its "
                    f"{days} days and {number} records of {name}"
                )
        for variable in names if whole else []:
            source = variable if variable in FLUXES else "NEE"
            if measured.get(source, 0) < least:
                continue
            one = sums.sel(year=year, variable=variable)
            value, lower, upper = (float(one[name]) for name in ("value", "lower", "upper"))
            if not np.isfinite(value):
                said.append(f"{year}: {variable} has no sum: some of its records stay open")
                continue
            row = {"year": year, "variable": variable, "value": value, "lower": lower, "upper": upper}
            rows.append(row | {"unit": str(one["unit"].item())})
    return rows, said


def write_annual(rows: Iterable[Mapping[str, Any]], path: Path | str) -> Path:
    """Write the table; without any year it has a header alone."""
    target = location(path)
    lines = [",".join(COLUMNS)]
    lines += [
        f"{r['year']},{r['variable']},{r['value']:.6g},{r['lower']:.6g},{r['upper']:.6g},{r['unit']}"
        for r in rows
    ]
    write_text(target, "\n".join(lines) + "\n")
    return target
