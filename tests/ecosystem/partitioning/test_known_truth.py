"""Uptake and respiration that are known, from series without gaps and with noise and gaps."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluxkit as fk
from tests.ecosystem.partitioning.truths import site

GRAMS = 12.011e-6 * 1800
SITES = range(6)


def errors(p: xr.Dataset, method: str, truth: xr.Dataset) -> np.ndarray:
    """Of the sums of respiration and uptake [1]."""
    end = "NT" if method == "night" else "DT"
    return np.array([float(p[f"{x}_{end}"].sum() / truth[f"{x}_TRUE"].sum()) - 1 for x in ("RECO", "GPP")])


@pytest.mark.parametrize("method", ["night", "day"])
@pytest.mark.parametrize("measured", [False, True])
def test_sums_are_near_the_truth(method: str, measured: bool) -> None:
    """Largest and root mean square error over six sites whose rules are those of no method."""
    found = []
    for seed in SITES:
        ds = site(seed, measured=measured)
        found.append(errors(fk.ecosystem.partition(ds, method=method), method, ds))
    assert np.abs(found).max() < 0.06
    assert np.sqrt(np.mean(np.square(found))) < 0.03


def test_the_intercept_of_a_hyperbola_is_no_respiration() -> None:
    """What is wrong with day-time partitioning, on series without gaps or noise."""
    ours, theirs = [], []
    for seed in SITES:
        ds = site(seed)
        ours.append(errors(fk.ecosystem.partition(ds, method="day"), "day", ds)[0])
        peer = fk.ecosystem.partition(ds, method="day", variant="reddyproc")
        theirs.append(errors(peer, "day", ds)[0])
    assert np.sqrt(np.mean(np.square(theirs))) > 3 * np.sqrt(np.mean(np.square(ours)))


@pytest.mark.parametrize("method", ["night", "day"])
def test_the_truth_lies_within_the_members(method: str) -> None:
    """Of the sums of six sites, with noise and gaps; at least eleven of twelve within 95 %."""
    end = "NT" if method == "night" else "DT"
    inside = []
    for seed in SITES:
        ds = site(seed, measured=True)
        p = fk.ecosystem.partition(ds, method=method, bootstraps=40, seed=1)
        for name in ("RECO", "GPP"):
            sums = p[f"{name}_{end}_MEMBER"].sum("time").to_numpy()
            truth = float(ds[f"{name}_TRUE"].sum())
            inside.append(abs(truth - sums.mean()) < 1.96 * sums.std())
            assert sums.std() / sums.mean() < 0.08  # an interval that says nothing holds everything
    assert sum(inside) >= 11


def le_bray(shared: Path) -> tuple[xr.Dataset, xr.Dataset]:
    """The known budget of FR-LBr: true exchange without gaps, and what was measured above u* of 0.2 m s-1."""
    given = pd.read_csv(
        shared / "data/halfhourly/truth_FR-LBr_1998-1999_HH.csv.gz", na_values=["-9999", "-9999.0"]
    )
    truth = pd.read_csv(shared / "reference/halfhourly/truth_FR-LBr_1998-1999/truth.csv.gz")
    start = pd.to_datetime(given["TIMESTAMP_START"].astype(str), format="%Y%m%d%H%M")
    table = given.set_index(start)
    drivers = table[["TA", "SW_IN", "VPD"]]
    hour = table.index.hour * 2 + table.index.minute // 30
    filled = drivers.groupby(hour).transform(lambda x: x.rolling(15, center=True, min_periods=1).mean())
    drivers = drivers.interpolate(limit=6).fillna(filled).interpolate(limit_direction="both")
    variables = {name: ("time", drivers[name].to_numpy()) for name in drivers}
    for name in ("GPP_TRUE", "RECO_TRUE"):
        variables[name] = ("time", truth[name].to_numpy())
    attrs = {"latitude": 44.717, "longitude": -0.769, "utc_offset_h": 0.0}
    ds = xr.Dataset(variables, coords={"time": start.to_numpy().astype("datetime64[ns]")}, attrs=attrs)
    nee, ustar = table["NEE"].to_numpy(), table["USTAR"].to_numpy()
    kept = np.isfinite(nee) & ((drivers["SW_IN"].to_numpy() > 10) | (ustar >= 0.2))
    measured = {
        "NEE_F": ("time", np.where(kept, nee, truth["NEE_TRUE"].to_numpy())),
        "NEE_F_QC": ("time", np.where(kept, 0.0, 1.0)),
    }
    return ds.assign(NEE=("time", truth["NEE_TRUE"].to_numpy())), ds.assign(measured)


@pytest.mark.parametrize(("method", "bound"), [("night", 0.03), ("day", 0.06)])
def test_a_forest_with_a_known_budget(shared: Path, method: str, bound: float) -> None:
    for ds in le_bray(shared):
        p = fk.ecosystem.partition(ds, method=method)
        for year in (1998, 1999):
            one = {"time": str(year)}
            assert np.abs(errors(p.sel(one), method, ds.sel(one))).max() < bound
