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
UNIT = "g C m-2"


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
        Measured records of NEE from which on a year is one of the site.
    """
    at = HalfHours.of(ds)
    rows: list[dict[str, Any]] = []
    said: list[str] = []
    years = set(sums["year"].values.tolist())
    for year in np.unique(at.year).tolist():
        within = at.year == year
        days = int((np.datetime64(f"{year + 1}", "D") - np.datetime64(f"{year}", "D")).astype(int))
        measured = int(np.isfinite(ds["NEE"].values[within]).sum()) if "NEE" in ds else 0
        if within.sum() < days * at.per_day or measured < least or year not in years:
            said.append(
                f"{year}: no annual sum: the file has {within.sum() / at.per_day:.4g} of its {days} days and "
                f"{measured} records of NEE"
            )
            continue
        for variable in sums["variable"].values.tolist():
            value, lower, upper = (
                float(sums[name].sel(year=year, variable=variable)) for name in ("value", "lower", "upper")
            )
            if not np.isfinite(value):
                said.append(f"{year}: {variable} has no sum: some of its records stay open")
                continue
            row = {"year": year, "variable": variable, "value": value, "lower": lower, "upper": upper}
            rows.append(row | {"unit": UNIT})
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
