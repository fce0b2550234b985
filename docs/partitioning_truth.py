"""How far partitioning is off where the truth is known: run every method and keep what comes; some minutes.

PYTHONPATH=. python docs/partitioning_truth.py                   made sites
PYTHONPATH=. python docs/partitioning_truth.py --le-bray FOLDER  Le Bray as well
"""

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from known_budget import le_bray

import fluxkit as fk
from fluxkit.ecosystem.partitioning import METHODS

FILE = Path(__file__).resolve().parent / "partitioning_truth.json"
#: Made sites, of seeds and latitudes that took no part in any choice.
SITES = [(1100 + k, latitude) for k, latitude in enumerate((44.0, 50.0, 60.0) * 6)]
#: Members of the last table.
MEMBERS = 60
TRUE, MEASURED = "true", "measured"


def of_le_bray(folder: Path) -> list[dict[str, Any]]:
    """Return the errors of Le Bray's years: of true net exchange, and of what was measured and filled."""
    ds = le_bray(folder)
    drivers = fk.ecosystem.fill_drivers(ds)
    exact = drivers.assign(NEE=drivers["NEE_TRUE"])
    cut = fk.ecosystem.filter_ustar(drivers, fk.ecosystem.ustar_thresholds(drivers))
    filled = fk.ecosystem.fill(cut, "NEE", variant="reddyproc")
    return [*errors(exact, "Le Bray", TRUE), *errors(filled, "Le Bray", MEASURED)]


def of_sites() -> list[dict[str, Any]]:
    """Return the errors of the made sites, without and with noise and gaps."""
    from tests.ecosystem.partitioning.truths import site  # the checkout on PYTHONPATH, for a run alone

    found: list[dict[str, Any]] = []
    for seed, latitude in SITES:
        for series in (TRUE, MEASURED):
            ds = site(seed, latitude=latitude, measured=series == MEASURED)
            found += errors(ds, f"site {seed}", series)
            if series == MEASURED:
                found += scores(ds, f"site {seed}")
    return found


def errors(ds: xr.Dataset, case: str, series: str) -> list[dict[str, Any]]:
    """Return one row a method and year: errors of the sums [%]."""
    year = fk.ecosystem.HalfHours.of(ds).year
    years = [int(one) for one in np.unique(year) if (year == one).sum() > 300 * 48]
    rows = []
    for method, variant in METHODS:
        end = {"night": "NT", "day": "DT"}[method]
        p = fk.ecosystem.partition(ds, method=method, variant=variant)
        for one in years:
            off = {}
            for name in ("RECO", "GPP"):
                found, truth = (p[key].values[year == one].sum() for key in (f"{name}_{end}", f"{name}_TRUE"))
                off[name] = round(100.0 * float(found / truth - 1.0), 2)
            rows.append(
                {"case": case, "year": one, "series": series, "method": method, "variant": variant, **off}
            )
    return rows


def scores(ds: xr.Dataset, case: str) -> list[dict[str, Any]]:
    """Return (truth - mean) / standard deviation of the members of the default."""
    rows = []
    for method, end in (("night", "NT"), ("day", "DT")):
        p = fk.ecosystem.partition(ds, method=method, bootstraps=MEMBERS, seed=1)
        for name in ("RECO", "GPP"):
            sums = p[f"{name}_{end}_MEMBER"].sum("time").values
            score = float((ds[f"{name}_TRUE"].sum() - sums.mean()) / sums.std(ddof=1))
            rows.append(
                {
                    "case": case,
                    "series": "score",
                    "method": method,
                    "variable": name,
                    "score": round(score, 3),
                }
            )
    return rows


def stored() -> list[dict[str, Any]]:
    """Return the rows that were kept."""
    found: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    return found


def le_bray_cells() -> list[tuple[str, ...]]:
    """Return the lines of the table of Le Bray: RECO / GPP of both series and years."""
    rows = [row for row in stored() if row["case"] == "Le Bray"]
    lines = []
    for method, variant in METHODS:
        chosen = [row for row in rows if (row["method"], row["variant"]) == (method, variant)]
        cells = [
            f"{row['RECO']:+.1f} / {row['GPP']:+.1f}"
            for series in (TRUE, MEASURED)
            for row in chosen
            if row["series"] == series
        ]
        lines.append((method, f"`{variant}`", *cells))
    return lines


def site_cells() -> list[tuple[str, ...]]:
    """Return the lines of the table of made sites: root mean square and largest error."""
    rows = [row for row in stored() if row["case"] != "Le Bray" and row["series"] != "score"]
    lines = []
    for method, variant in METHODS:
        cells = []
        for series in (TRUE, MEASURED):
            for name in ("RECO", "GPP"):
                off = np.array(
                    [
                        row[name]
                        for row in rows
                        if (row["method"], row["variant"], row["series"]) == (method, variant, series)
                    ]
                )
                cells.append(f"{np.sqrt(np.mean(off**2)):.1f}, {np.abs(off).max():.1f}")
        lines.append((method, f"`{variant}`", *cells))
    return lines


def score_sentence() -> str:
    """Say how often the truth lay within 95 % of the members, and how wide intervals are."""
    found = np.array([row["score"] for row in stored() if row["series"] == "score"])
    inside = int((np.abs(found) < 1.96).sum())
    return (
        f"With {MEMBERS} members the truth lay within 95 % in {inside} of {found.size} sums; the root mean "
        f"square of (truth - mean) / standard deviation is {np.sqrt(np.mean(found**2)):.2f}."
    )


def main(folder: Path | None) -> int:
    """Run all of it."""
    logging.disable(logging.WARNING)
    kept = of_le_bray(folder) if folder else [row for row in stored() if row["case"] == "Le Bray"]
    kept += of_sites()
    text = ",\n".join(json.dumps(row) for row in kept)
    FILE.write_text(f"[\n{text}\n]\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--le-bray", type=Path)
    sys.exit(main(options.parse_args().le_bray))
