"""Sources by turbulence come along from a results folder and are set beside nights and light curves."""

import csv
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.partitioning.beside import source_rows
from tests.ecosystem.made_forest import forest
from tests.ecosystem.test_run import QUICK


def tower(share: float = 0.8) -> xr.Dataset:
    """Fluxes of a results folder: by day the plants' share of uptake and the ground's of respiration."""
    ds = forest("2019-05-01", 60, noise=0.3)
    reco = 2.5 * np.exp(0.05 * (ds["TA"] - 10.0))
    day = ds["SW_IN"] > 50.0
    sources = {"FC_P_CEC": -share * (reco - ds["truth"]), "FC_R_CEC": share * reco}
    for name, values in sources.items():
        ds[name] = values.where(day).assign_attrs(units="umol m-2 s-1")
    return ds.drop_vars("truth")


def test_a_run_shows_and_compares_what_turbulence_tells(tmp_path: Path) -> None:
    tower().to_netcdf(tmp_path / "XX-Mad_fluxes.nc")
    place = {"latitude": 50.0, "longitude": 0.0, "utc_offset_h": 0.0}
    results = fk.ecosystem.run(tmp_path, tmp_path / "out", config=QUICK, **place)
    with xr.open_dataset(results.paths["dataset"]) as stored:
        assert stored["FC_P_CEC"].attrs["units"] == "umol m-2 s-1"
        np.testing.assert_allclose(stored["FC_R_CEC"].values, tower()["FC_R_CEC"].values)
        compared = fk.ecosystem.compare_sources(stored)
    one = compared.sel(turbulence="CEC", parted="NT")
    assert one["n"].values.tolist() == [int((tower()["SW_IN"] > 50.0).sum())] * 2
    day = tower()["FC_R_CEC"].notnull().values
    by_hand = [results.data[name].values[day].mean() for name in ("GPP_NT", "RECO_NT")]
    np.testing.assert_allclose(one["mean"], by_hand)
    planted = [-tower()["FC_P_CEC"].mean(), tower()["FC_R_CEC"].mean()]
    np.testing.assert_allclose(one["mean_turbulence"], planted)
    assert (one["r"] > 0.95).all()
    page = results.paths["page"].read_text(encoding="utf-8")
    assert "FC_P, GPP_NT" in page
    assert "What leaves respire is in" in page


def test_by_hand_and_too_few() -> None:
    x, y = np.arange(30.0), 2.0 * np.arange(30.0) + 1.0
    ds = xr.Dataset({"FC_R_FVS": ("time", x), "RECO_DT": ("time", y)})
    one = fk.ecosystem.compare_sources(ds).sel(turbulence="FVS", flux="RECO", parted="DT")
    assert [float(one[name]) for name in ("mean_turbulence", "mean")] == [14.5, 30.0]
    assert float(one["r"]) == pytest.approx(1.0)
    assert list(csv.reader([",".join(source_rows(ds)[0])])) == [
        ["FVS", "FC_R", " RECO_DT", "30", "14.50", "30.00", "1.00"]
    ]
    few = ds.where(xr.DataArray(np.arange(30) < 19, dims="time"))
    assert source_rows(few) == []
    assert np.isnan(fk.ecosystem.compare_sources(few)["mean"]).all()
