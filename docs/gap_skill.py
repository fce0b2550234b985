"""What fillers are worth: run the scenarios of fluxkit.ecosystem.skill and keep what they gave; an hour.

python docs/gap_skill.py FOLDER            all of them; FOLDER holds the half-hourly series
python docs/gap_skill.py FOLDER WORD...    those whose name holds a word; the others stay as they are
"""

import json
import logging
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import fluxkit as fk

FILE = Path(__file__).resolve().parent / "gap_skill.json"
#: Name of a series: file, flux, column, latitude, longitude, clock, u* that a night's record needs [m s-1].
SERIES: dict[str, tuple[str, str, str, float, float, int, float]] = {
    "DE-Tha NEE": ("DE-Tha_1998_HH", "NEE", "NEE", 50.96, 13.57, 1, 0.42),
    "CH-LAE NEE": ("CH-LAE_2016-2017_HH", "NEE", "NEE", 47.48, 8.37, 1, 0.25),
    "US-Tw3 NEE": ("US-Tw3_2014-2016_HH", "NEE", "NEE", 38.12, -121.65, -8, 0.08),
    "CH-CHA FCH4": ("CH-CHA_2015_HH", "FCH4", "FCH4_CUT_50", 47.21, 8.41, 1, 0.0),
}
METHODS = ("mds", "mds+boosting")
#: Gaps stay gaps where a filler refuses; a table of skill wants to know what it would have said.
SETTINGS = {"mds+boosting": {"refuse": False}}
#: Scenarios of each length.
SCENARIOS = 15


def series(folder: Path, name: str) -> tuple[xr.Dataset, str]:
    """Read one of the series, its nights without low turbulence."""
    file, flux, column, latitude, longitude, offset, threshold = SERIES[name]
    table = pd.read_csv(folder / f"{file}.csv.gz", na_values=[-9999])
    local = pd.to_datetime(table["TIMESTAMP_START"].astype(str), format="%Y%m%d%H%M").to_numpy()
    time = local.astype("datetime64[ns]") - np.timedelta64(offset, "h")
    wanted = [key for key in ("SW_IN", "TA", "VPD", "P", "USTAR") if key in table]
    data = {key: ("time", np.array(table[key], float)) for key in wanted}
    data[flux] = ("time", np.array(table[column], float))
    attrs = {"latitude": latitude, "longitude": longitude, "utc_offset_h": offset}
    ds = xr.Dataset(data, {"time": time}, attrs)
    if threshold:
        ds[flux] = ds[flux].where((ds["SW_IN"] >= 10.0) | (ds["USTAR"] >= threshold))
    return ds, flux


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return one row a length and filler."""
    ds, flux = series(folder, name)
    found = fk.ecosystem.skill(ds, flux, methods=METHODS, settings=SETTINGS, scenarios=SCENARIOS)
    out = []
    for days in found["length"].values:
        for filler in METHODS:
            one = found.sel(length=days, filler=filler)
            numbers = {str(key): round(float(one[key]), 5) for key in one.data_vars if not one[key].dims}
            who = {"series": name, "days": float(days), "filler": filler, "scenarios": SCENARIOS}
            out.append(who | numbers)
    return out


def stored() -> list[dict[str, Any]]:
    """Return the rows that were kept, in the order of the series."""
    found: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    order = list(SERIES)
    return sorted(
        (row for row in found if row["series"] in SERIES), key=lambda row: order.index(row["series"])
    )


def cells() -> list[tuple[str, ...]]:
    """Return the lines of the table."""
    units = {"NEE": "umol", "FCH4": "nmol"}
    out = []
    for row in stored():
        unit = units[row["series"].split()[1]]
        numbers = [row[key] for key in ("rmse", "bias", "sum_error")]
        told = ["" if math.isnan(x) else f"{x:.3g}" for x in numbers]
        told.append(
            ""
            if row["filler"] == METHODS[0] or "apart" not in row
            else f"{row['apart']:+.2g} ± {row['apart_se']:.2g}"
        )
        length = "single" if row["days"] == 0 else f"{row['days']:g} d"
        name = f"{row['series']} [{unit} m-2 s-1]"
        coverage = f"{100 * row['coverage']:.0f} %"
        out.append(
            (name, length, f"`{row['filler']}`", *told, coverage, f"{row['n']:.0f}", f"{row['scenarios']}")
        )
    return out


def main(folder: Path, words: list[str]) -> int:
    """Run what is asked for."""
    logging.disable(logging.WARNING)
    kept = {name: [row for row in stored() if row["series"] == name] for name in SERIES}
    for name in SERIES:
        if not words or any(word in name for word in words):
            kept[name] = rows(folder, name)
            sys.stdout.write(f"{name}: {len(kept[name])} rows\n")
            sys.stdout.flush()
            text = json.dumps([row for some in kept.values() for row in some], indent=1)
            FILE.write_text(text + "\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
