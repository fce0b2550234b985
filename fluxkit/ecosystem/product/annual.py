"""Annual sums as a table: <SITE>_annual.csv."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.uncertainty.annual import annual
from fluxkit.ecosystem.uncertainty.members import members_of
from fluxkit.export.atomic import write_text
from fluxkit.locations import location

Array = npt.NDArray[np.float64]

#: Variables of the table, and where their sum is taken from.
VARIABLES = {"NEE": "NEE_F", **{name: name for name in ("GPP_NT", "RECO_NT", "GPP_DT", "RECO_DT")}}
#: Grams of carbon in 1 umol.
GRAMS = 12.011e-6
COLUMNS = ("year", "variable", "value", "lower", "upper", "unit")
UNIT = "g C m-2"


def annual_rows(ds: xr.Dataset, *, least: int = 100) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the sum of each whole year with its interval, and sentences on years that have none.

    Parameters
    ----------
    ds : xr.Dataset
        What went through the rooms.
    least : int
        Measured records of NEE from which on a year is one of the site.
    """
    at = HalfHours.of(ds)
    rows: list[dict[str, Any]] = []
    said: list[str] = []
    seconds = at.step_s
    sums = annual(members_of(ds)) if "NEE_F" in ds else xr.Dataset()
    for year in np.unique(at.year).tolist():
        within = at.year == year
        days = int((np.datetime64(f"{year + 1}", "D") - np.datetime64(f"{year}", "D")).astype(int))
        measured = int(np.isfinite(ds["NEE"].values[within]).sum()) if "NEE" in ds else 0
        if within.sum() < days * at.per_day or measured < least:
            said.append(
                f"{year}: no annual sum: the file has {within.sum() / at.per_day:.4g} of its {days} days, "
                f"{measured} of them records of NEE"
            )
            continue
        for variable, source in VARIABLES.items():
            if source not in ds:
                continue
            x = ds[source].values[within]
            value = float(x.sum() * GRAMS * seconds)
            if not np.isfinite(value):
                still = int(np.isnan(x).sum())
                said.append(f"{year}: {variable} has no sum: {still / at.per_day:.3g} days stay open")
                continue
            found = sums.sel(year=year, variable=variable)
            spread = float(found["upper"] - found["lower"]) / 2.0
            rows.append(
                {
                    "year": year,
                    "variable": variable,
                    "value": value,
                    "lower": value - spread,
                    "upper": value + spread,
                    "unit": UNIT,
                }
            )
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
