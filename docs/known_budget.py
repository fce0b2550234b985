"""Known carbon budgets: send made years through every method and keep what comes of them; some ten minutes.

python docs/known_budget.py                   made sites
python docs/known_budget.py --le-bray FOLDER  Le Bray as well, as it is and with other noise and gaps
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.filling.joined import choose
from fluxkit.ecosystem.partitioning import METHODS
from fluxkit.synthetic.half_hours import Site, known_budget

FILE = Path(__file__).resolve().parent / "known_budget.json"
#: Made sites: name, seed, what they are like.
SITES = {
    "evergreen": (301, Site()),
    "deciduous": (302, Site(deciduous=0.8, capacity=12.0)),
    "mild": (
        303,
        Site(latitude=44.0, longitude=0.0, utc_offset_h=0.0, mean_temperature=13.0, threshold=0.25),
    ),
    "boreal": (
        304,
        Site(latitude=61.0, mean_temperature=4.0, seasonal_range=11.0, capacity=7.0, threshold=0.15),
    ),
    "meadow": (
        305,
        Site(latitude=47.0, capacity=13.0, threshold=0.1, cuts=(140, 187, 236), long_gaps=(12.0, 24.0)),
    ),
    "dry summers": (
        306,
        Site(latitude=38.0, mean_temperature=16.0, seasonal_range=8.0, dry_summer=0.95, threshold=0.3),
    ),
    "southern": (
        307,
        Site(
            latitude=-37.0,
            longitude=146.0,
            utc_offset_h=10.0,
            mean_temperature=11.0,
            seasonal_range=6.0,
            threshold=0.35,
        ),
    ),
}
#: Fillers by the name that the table has for them.
FILLERS: dict[str, dict[str, Any]] = {
    "mds, reddyproc": {"method": "mds", "variant": "reddyproc"},
    "mds, oneflux": {"method": "mds", "variant": "oneflux"},
    "mds, vekuri-2023": {"method": "mds", "variant": "vekuri-2023"},
    "boosting": {"method": "boosting", "folds": 0},
    "default": {},
}
GRAMS = 12.011e-6 * 1800.0
#: What other programs make of Le Bray: u*, error of NEE 1998 and 1999 [g C m-2], GPP and RECO by night, by
#: day (worst of five site-years, per cent).
PEERS = (
    ("REddyProc 1.3.3", "0.205, 0.230", -3, 50, "2.3, 4.7", "10.2, 20.2"),
    ("ONEFlux", "0.283", -21, 45, "1.4, 3.5", "7.3, 10.3"),
    ("diive 0.92", "0.281", -18, 47, "2.4, 3.8", "10.7, 18.5"),
    ("hesseflux 5.0", "0.209, 0.215", -5, 47, "1.9, 1.8", "28.7, 37.7"),
)


def cases(folder: Path | None) -> Iterator[tuple[str, xr.Dataset]]:
    """Give every known budget."""
    if folder is not None:
        whole = le_bray(folder)
        yield "Le Bray", whole
        yield from ((f"Le Bray, seed {seed}", replanted(whole, seed)) for seed in (1, 2))
    for name, (seed, site) in SITES.items():
        yield name, known_budget(seed, site=site)


def le_bray(folder: Path) -> xr.Dataset:
    """Read the planted series and its truth."""
    table = pd.read_csv(folder / "data/halfhourly/truth_FR-LBr_1998-1999_HH.csv.gz", na_values=[-9999])
    truth = pd.read_csv(folder / "reference/halfhourly/truth_FR-LBr_1998-1999/truth.csv.gz")
    local = pd.to_datetime(table["TIMESTAMP_START"].astype(str), format="%Y%m%d%H%M").to_numpy()
    data = {key: ("time", np.array(table[key], float)) for key in ("NEE", "USTAR", "TA", "SW_IN", "VPD", "P")}
    planted = {key: key for key in ("NEE_TRUE", "GPP_TRUE", "RECO_TRUE", "RANDUNC_TRUE")}
    planted["NEE_LOST"] = "NEE_LOST_AT_LOW_USTAR"
    data |= {key: ("time", np.array(truth[column], float)) for key, column in planted.items()}
    attrs = {"latitude": 44.717, "longitude": -0.769, "utc_offset_h": 0}
    return xr.Dataset(data, {"time": local.astype("datetime64[ns]")}, attrs)


def replanted(whole: xr.Dataset, seed: int) -> xr.Dataset:
    """Give the same truth other noise, and its gaps at other times: moved by whole days."""
    random = np.random.default_rng(seed)
    n = whole.sizes["time"]
    noise = random.laplace(0.0, whole["RANDUNC_TRUE"].values / np.sqrt(2.0))
    nee = whole["NEE_TRUE"].values - whole["NEE_LOST"].values + noise
    gone = np.roll(np.isnan(whole["NEE"].values), int(random.integers(30, n // 48 - 30)) * 48)
    guessed = np.where(whole["NEE_LOST"] != 0.0, 0.1, 0.35)
    ustar = np.where(np.isnan(whole["USTAR"]), guessed, whole["USTAR"])
    columns = {"NEE": nee, "USTAR": ustar}
    return whole.assign({key: ("time", np.where(gone, np.nan, x)) for key, x in columns.items()})


def results(name: str, ds: xr.Dataset) -> list[dict[str, Any]]:
    """Return one row for each year, variable and method."""
    year = fk.ecosystem.HalfHours.of(ds).year
    years = [int(one) for one in np.unique(year) if (year == one).sum() > 300 * 48]
    rows: list[dict[str, Any]] = []

    def add(variable: str, method: str, one: int, value: float, **more: float) -> None:
        truth = np.sum(ds[f"{variable.split('_')[0]}_TRUE"].values[year == one]) * GRAMS
        numbers = {"truth": truth, "value": value, **more}
        told = {key: round(float(number), 3 if key == "ustar" else 1) for key, number in numbers.items()}
        rows.append({"case": name, "year": one, "variable": variable, "method": method, **told})

    def add_series(o: xr.Dataset, variable: str, source: str, method: str) -> None:
        for one in years:
            add(variable, method, one, np.sum(o[source].values[year == one]) * GRAMS)

    ds = fk.ecosystem.fill_drivers(ds)
    thresholds = fk.ecosystem.ustar_thresholds(ds, bootstraps=50, seed=1)
    cut = fk.ecosystem.filter_ustar(ds, thresholds)
    drivers = {key: ds[f"{key}_F"].values for key in ("SW_IN", "TA", "VPD")} | {"P": ds["P"].values}
    skill = choose(cut["NEE"].values, drivers, fk.ecosystem.HalfHours.of(ds))  # once for all of them
    FILLERS["default"] = {"method": "mds+boosting", "skill": skill}
    filled = {label: fk.ecosystem.fill(cut, "NEE", **how) for label, how in FILLERS.items()}
    for label, o in filled.items():
        add_series(o, "NEE", "NEE_F", label)
    for method, variant in METHODS:
        end = {"night": "NT", "day": "DT"}[method]
        o = filled["default" if variant == "fluxkit" else "mds, reddyproc"]
        p = fk.ecosystem.partition(o, method=method, variant=variant)
        for variable in (f"GPP_{end}", f"RECO_{end}"):
            add_series(p, variable, variable, f"{method}, {variant}")
    y = fk.ecosystem.annual(fk.ecosystem.ensemble(ds, thresholds, filling={"skill": skill}))
    for variable in y["variable"].values.tolist():
        for one in years:
            row = y.sel(variable=variable, year=one)
            ustar = float(thresholds["threshold"].sel(year=one))
            add(variable, "fluxkit", one, row.value, lower=row.lower, upper=row.upper, ustar=ustar)
    return rows


def stored() -> list[dict[str, Any]]:
    """Return the rows that were kept."""
    found: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    return found


def budget_cells() -> list[tuple[str, ...]]:
    """Return the lines of the table of sums with their interval."""
    out: list[tuple[str, ...]] = []
    for row in stored():
        if row["method"] == "fluxkit":
            inside = row["lower"] <= row["truth"] <= row["upper"]
            error = f"{row['value'] - row['truth']:+.0f}"
            interval = f"{row['lower']:.0f} to {row['upper']:.0f}"
            who = (row["case"], str(row["year"]), f"`{row['variable']}`", f"{row['truth']:.0f}")
            out.append((*who, error, interval, "yes" if inside else "no"))
    return out


def method_cells() -> list[tuple[str, ...]]:
    """Return the lines of the table of methods: root mean square and worst error over all cases and years."""
    out: list[tuple[str, ...]] = []
    rows = [row for row in stored() if row["method"] != "fluxkit"]
    for variable, method in dict.fromkeys((row["variable"], row["method"]) for row in rows):
        chosen = [row for row in rows if (row["variable"], row["method"]) == (variable, method)]
        error = np.array([row["value"] - row["truth"] for row in chosen])
        share = 100.0 * error / np.array([row["truth"] for row in chosen])
        worst = error[np.abs(error).argmax()]
        told = (f"{np.sqrt(np.mean(error**2)):.0f}", f"{error.mean():+.0f}", f"{worst:+.0f}")
        relative = "" if variable == "NEE" else f"{np.sqrt(np.mean(share**2)):.1f} %"
        out.append((f"`{variable}`", method, *told, relative, str(error.size)))
    return out


def peer_cells() -> list[tuple[str, ...]]:
    """Return the lines of the table of Le Bray beside other programs."""
    ours = [row for row in stored() if row["case"] == "Le Bray" and row["method"] == "fluxkit"]
    lines: list[tuple[str, ...]] = [
        (name, ustar, f"{a:+d}", f"{b:+d}", night, day) for name, ustar, a, b, night, day in PEERS
    ]

    def worst(end: str) -> str:
        found = []
        for part in ("GPP", "RECO"):
            chosen = [row for row in ours if row["variable"] == f"{part}_{end}"]
            found.append(f"{max(100.0 * abs(row['value'] / row['truth'] - 1.0) for row in chosen):.1f}")
        return ", ".join(found)

    nee = [row for row in ours if row["variable"] == "NEE"]
    if not nee:
        return lines
    ustar = ", ".join(f"{row['ustar']:.3f}" for row in nee)
    errors = (f"{row['value'] - row['truth']:+.0f}" for row in nee)
    return [("fluxkit", ustar, *errors, worst("NT"), worst("DT")), *lines]


def main(folder: Path | None) -> int:
    """Run all of it."""
    logging.disable(logging.WARNING)
    kept: list[dict[str, Any]] = []
    for name, ds in cases(folder):
        found = results(name, ds)
        kept += found
        inside = [row["lower"] <= row["truth"] <= row["upper"] for row in found if row["method"] == "fluxkit"]
        sys.stdout.write(f"{name}: truth inside {sum(inside)} of {len(inside)}\n")
        sys.stdout.flush()
        FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--le-bray", type=Path)
    sys.exit(main(options.parse_args().le_bray))
