"""Davos beside its network's own product, seven years made by REddyProc out of a longer record."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.partitioning import night_time
from fluxkit.ecosystem.partitioning.parted import Table

GRAMS = 12.011e-6 * 1800.0


@pytest.fixture(scope="module")
def davos(shared: Path) -> xr.Dataset:
    path = shared / "data" / "halfhourly" / "CH-DAV_2013-2019_HH.csv.gz"
    return fk.ecosystem.fill_drivers(fk.ecosystem.read(path, 46.815, 9.856, 1, "CH-DAV"))


@pytest.fixture(scope="module")
def product(shared: Path, davos: xr.Dataset) -> pd.DataFrame:
    path = shared / "reference" / "halfhourly" / "CH-DAV_2013-2019" / "network_product.csv.gz"
    table = pd.read_csv(path, na_values=[-9999])
    local = pd.to_datetime(table["TIMESTAMP_START"].astype(str), format="%Y%m%d%H%M").to_numpy()
    table.index = pd.Index(local.astype("datetime64[ns]") - np.timedelta64(1, "h"))
    return table.reindex(davos["time"].values)


def sums(values: np.ndarray, year: np.ndarray) -> np.ndarray:
    return np.array([np.nansum(values[year == y]) * GRAMS for y in range(2013, 2020)])


#: E0 that all years of the product have: of three windows of a longer record [K].
THEIR_E0 = 188.5


@pytest.fixture(scope="module")
def filled(davos: xr.Dataset) -> xr.Dataset:
    return fk.ecosystem.fill(davos, "NEE", method="mds", variant="reddyproc")


def test_filling_is_that_of_the_network(filled: xr.Dataset, product: pd.DataFrame) -> None:
    """The same value in 99.6 % of records; the others are in the first and last month: it has more years."""
    theirs = product["NEE_CUT_REF_F"].to_numpy()
    same = np.abs(filled["NEE_F"].values - theirs) < 1e-3
    inside = filled["time"].values.astype("datetime64[M]")
    inside = (inside > np.datetime64("2013-01")) & (inside < np.datetime64("2019-12"))
    assert same.mean() > 0.996
    assert same[inside].all()
    year = fk.ecosystem.HalfHours.of(filled).year
    np.testing.assert_allclose(sums(filled["NEE_F"].values, year), sums(theirs, year), atol=0.6)
    for name in ("TA", "VPD", "SW_IN"):
        np.testing.assert_allclose(filled[f"{name}_F"], product[f"{name}_F"], atol=1e-3)


def test_nights_are_those_of_the_network_with_its_e0(
    filled: xr.Dataset, product: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three windows have the smallest error: of seven years they say 139.5 K, and sums are 2 % smaller."""
    p = fk.ecosystem.partition(filled, method="night", variant="reddyproc")
    year = fk.ecosystem.HalfHours.of(p).year
    theirs = {name: product[name].to_numpy() for name in ("RECO_NT", "GPP_NT")}
    for name, x in theirs.items():
        np.testing.assert_allclose(sums(p[name].values, year), sums(x, year), rtol=0.03)
    best = night_time._best

    def with_their_e0(table: Table, *more: Any) -> np.ndarray:
        chosen = best(table, *more)
        table["E0"][chosen] = THEIR_E0
        return chosen

    monkeypatch.setattr(night_time, "_best", with_their_e0)
    p = fk.ecosystem.partition(filled, method="night", variant="reddyproc")
    for name, x in theirs.items():
        assert np.mean(np.abs(p[name].values - x) < 2e-3) > 0.993
        np.testing.assert_allclose(sums(p[name].values, year)[1:-1], sums(x, year)[1:-1], rtol=1e-3)


@pytest.mark.slow
def test_days_are_those_of_the_network(filled: xr.Dataset, product: pd.DataFrame) -> None:
    """E0 is smoothed by years that begin elsewhere in a longer record, and resamples are others."""
    p = fk.ecosystem.partition(filled, method="day", variant="reddyproc", bootstraps=10)
    year = fk.ecosystem.HalfHours.of(p).year
    for name, r, rtol in (("RECO_DT", 0.985, 0.02), ("GPP_DT", 0.998, 0.015)):
        theirs = product[name].to_numpy()
        assert np.corrcoef(p[name], theirs)[0, 1] > r
        np.testing.assert_allclose(sums(p[name].values, year), sums(theirs, year), rtol=rtol)
