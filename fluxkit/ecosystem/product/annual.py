"""Annual sums as a table: <SITE>_annual.csv."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.export.atomic import write_text
from fluxkit.locations import location

Array = npt.NDArray[np.float64]

#: Variables of the table, and where their sum is taken from.
VARIABLES = {"NEE": "NEE_F", **{name: name for name in ("GPP_NT", "RECO_NT", "GPP_DT", "RECO_DT")}}
#: Grams of carbon in 1 umol, and of a sum over members.
GRAMS, OF_MEMBERS = 12.011e-6, "_USTAR"
COLUMNS = ("year", "variable", "value", "lower", "upper", "unit")
UNIT = "g C m-2"
#: Standard deviations of a 95 % interval.
TWO_SIDED = 1.96


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
            spread = TWO_SIDED * _error(ds, source, within, seconds)
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


def _error(ds: xr.Dataset, source: str, within: npt.NDArray[np.bool_], seconds: float) -> float:
    """Return the standard error of a sum: members of thresholds, noise of records, gaps."""
    parts = []
    members = f"{source}{OF_MEMBERS}"
    if members in ds:
        sums = ds[members].values[..., within].sum(axis=-1)
        sums = sums[np.isfinite(sums)]
        parts.append(float(sums.std(ddof=1)) if sums.size > 1 else 0.0)
    base = "NEE_F"
    if f"{base}_SD" in ds:
        parts.append(float(np.sqrt(np.nansum(ds[f"{base}_SD"].values[within] ** 2))))
    if f"{base}_GAP_SD" in ds:
        gap = ds[f"{base}_GAP_SD"].values[within]
        filled = np.isfinite(gap)
        number = np.cumsum(np.diff(filled.astype(int), prepend=0) == 1)[filled]
        parts.append(float(np.sqrt((np.bincount(number, weights=gap[filled]) ** 2).sum())))
    if f"{base}_COMMON_SD" in ds:
        parts.append(float(np.nansum(ds[f"{base}_COMMON_SD"].values[within])))
    return float(np.sqrt(np.sum(np.square(parts)))) * GRAMS * seconds


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
