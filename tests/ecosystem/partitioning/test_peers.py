"""REddyProc's numbers on the same filled inputs."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.ecosystem.partitioning import night_sensitivity
from fluxkit.ecosystem.partitioning.day_windows import Windows

SERIES = (
    "DE-Tha_1998",
    "DE-Tha_1998_artificial_gaps",
    "DE-Tha_1998_hourly",
    "DE-Tha_1996-1998",
    "US-Tw3_2014-2016",
    "CH-LAE_2016-2017",
)
_INPUTS = {
    "NEE_F": "NEE_f", "NEE_F_QC": "NEE_fqc", "NEE_F_SD": "NEE_fsd", "TA_F": "TA_f", "TA_F_QC": "TA_fqc",
    "SW_IN_F": "SW_IN_f", "SW_IN_F_QC": "SW_IN_fqc", "VPD_F": "VPD_f", "VPD_F_QC": "VPD_fqc",
}  # fmt: skip


def filled(folder: Path) -> tuple[xr.Dataset, pd.DataFrame]:
    """What REddyProc parted, and what it made of it."""
    about = json.loads((folder / "reddyproc_summary.json").read_text())
    wanted = {"TIMESTAMP_START", *_INPUTS.values()}
    table = pd.read_csv(
        folder / "reddyproc_hh.csv.gz",
        na_values=["-9999"],
        usecols=lambda name: name in wanted or name.startswith(("RECO", "GPP", "E0", "RREF", "DT_")),
    )
    start = pd.to_datetime(table["TIMESTAMP_START"].astype(str), format="%Y%m%d%H%M").to_numpy()
    utc = start.astype("datetime64[ns]") - np.timedelta64(round(60 * about["utc_offset_h"]), "m")
    attrs = {"latitude": about["lat"], "longitude": about["lon"], "utc_offset_h": about["utc_offset_h"]}
    variables = {ours: ("time", table[theirs].to_numpy(float)) for ours, theirs in _INPUTS.items()}
    return xr.Dataset(variables, coords={"time": utc}, attrs=attrs), table


@pytest.mark.parametrize("name", SERIES)
def test_nights_as_reddyproc(shared: Path, name: str) -> None:
    folder = shared / "reference" / "halfhourly" / name
    ds, theirs = filled(folder)
    p = fk.ecosystem.partition(ds, method="night", variant="reddyproc")
    for variable in ("RECO_NT", "GPP_NT"):
        np.testing.assert_allclose(p[variable], theirs[variable], atol=2e-6)
    windows = pd.read_csv(folder / "reddyproc_nt_e0_windows.csv.gz", na_values=["-9999"])
    at = (windows["start"].to_numpy() - 1) // 5
    np.testing.assert_array_equal(p["N_NT"][at], windows["n"])
    np.testing.assert_allclose(p["E0_NT"][at], windows["E_0_trim"], rtol=0.02)
    np.testing.assert_allclose(p["E0_SE_NT"][at], windows["E_0_trim_SD"], rtol=0.01)
    np.testing.assert_allclose(p["T_RANGE_NT"][at], windows["Trange"], atol=1e-5)
    for ours, right in {"E0_UNTRIMMED": "E_0", "RREF_UNTRIMMED": "R_ref"}.items():
        np.testing.assert_allclose(p[f"{ours}_NT"][at], windows[right], rtol=1e-4, atol=5e-3)
        np.testing.assert_allclose(p[f"{ours}_SE_NT"][at], windows[f"{right}_SD"], rtol=1e-3, atol=5e-3)
    for ours in ("E0", "RREF"):
        np.testing.assert_allclose(p[f"{ours}_NT_RECORD"], theirs[f"{ours}_NT"], atol=2e-6)


@pytest.mark.parametrize(
    ("name", "variant", "column"),
    [
        ("DE-Tha_1998", "reddyproc", "_NOBOOT"),
        ("DE-Tha_1998", "reddyproc-lasslop", "_LASSLOPCOMPAT"),
        ("DE-Tha_1998_artificial_gaps", "reddyproc-lasslop", "_LASSLOPCOMPAT"),
        ("CH-LAE_2016-2017", "reddyproc", "_NOBOOT"),
        ("CH-LAE_2016-2017", "reddyproc-lasslop", "_LASSLOPCOMPAT"),
    ],
)
def test_days_as_reddyproc(shared: Path, name: str, variant: str, column: str) -> None:
    ds, theirs = filled(shared / "reference" / "halfhourly" / name)
    p = fk.ecosystem.partition(ds, method="day", variant=variant)
    for variable in ("RECO_DT", "GPP_DT"):
        ours, right = p[variable].to_numpy(), theirs[variable + column].to_numpy()
        both = np.isfinite(right)
        assert np.corrcoef(ours[both], right[both])[0, 1] > 0.9995
        np.testing.assert_allclose(ours[both].sum(), right[both].sum(), rtol=1e-3)
        if column == "_NOBOOT":
            sd = theirs[variable + column + "_SD"].to_numpy()
            known = sd > 0
            assert abs(np.median(p[variable + "_SD"].to_numpy()[known] / sd[known]) - 1) < 1e-3


def test_days_with_gaps_hang_on_a_thousandth_of_a_kelvin(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With REddyProc's smoothed E0, at most 0.02 K from ours, all is as there; so it is 0.001 K lower."""
    folder = shared / "reference" / "halfhourly" / "DE-Tha_1998_artificial_gaps"
    ds, theirs = filled(folder)
    table = pd.read_csv(folder / "reddyproc_dt_default_params.csv.gz", na_values=["-9999"])
    smoothed = night_sensitivity.smoothed

    def sums(change: Callable[..., tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        monkeypatch.setattr(night_sensitivity, "smoothed", change)
        p = fk.ecosystem.partition(ds, method="day", variant="reddyproc")
        right = {name: theirs[f"{name}_NOBOOT"].to_numpy() for name in ("RECO_DT", "GPP_DT")}
        both = np.isfinite(right["RECO_DT"])
        return np.array([p[name].values[both].sum() / x[both].sum() - 1.0 for name, x in right.items()])

    def as_theirs(windows: Windows, *rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        e0, sd = smoothed(windows, *rest)
        at = np.searchsorted(windows.centre, table["record"].to_numpy() - 1)
        apart = table["FP_E0"].to_numpy() - e0[at]
        assert np.nanmax(np.abs(apart)) < 0.02
        known = np.isfinite(apart)
        return e0 + np.interp(np.arange(e0.size), at[known], apart[known]), sd

    def lower(*given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        e0, sd = smoothed(*given)
        return e0 - 0.001, sd

    np.testing.assert_allclose(sums(as_theirs), 0.0, atol=1e-5)
    assert abs(sums(lower)[0]) < 1e-3
    assert sums(smoothed)[0] == pytest.approx(-0.0135, abs=1e-3)  # the other minimum


#: Windows' parameters by the names of their table.
_PARAMETERS = {"K": "k", "BETA": "beta", "ALPHA": "alpha", "RREF": "RRef", "E0": "E0"}


def window_table(folder: Path, preset: str, p: xr.Dataset) -> tuple[pd.DataFrame, np.ndarray]:
    """Their windows, and which of ours each is."""
    table = pd.read_csv(folder / f"reddyproc_dt_{preset}_params.csv.gz", na_values=["-9999"])
    record = np.searchsorted(p["time"].to_numpy(), p["MIDDLE_DT"].to_numpy()) + 1
    at = np.searchsorted(record, table["record"].to_numpy())
    np.testing.assert_array_equal(record[at], table["record"])
    return table, at


@pytest.mark.parametrize("name", SERIES)
def test_days_with_bootstraps_as_reddyproc(shared: Path, name: str) -> None:
    """Resamplings differ, sums little: a window on the edge of two minima may go either way.

    What does not hang on them is the same: E0 smoothed by a Gaussian process (as far as its optimizer goes),
    respiration of nights, and which records have a parameter that was fixed.
    """
    folder = shared / "reference" / "halfhourly" / name
    ds, theirs = filled(folder)
    p = fk.ecosystem.partition(ds, method="day", variant="reddyproc", bootstraps=10)
    for variable in ("RECO_DT", "GPP_DT"):
        both = np.isfinite(theirs[variable].to_numpy())
        np.testing.assert_allclose(
            p[variable].to_numpy()[both].sum(), theirs[variable][both].sum(), rtol=0.01
        )
    table, at = window_table(folder, "default", p)
    off = np.abs(p["E0_DT"].to_numpy()[at] - table["FP_E0"])
    assert off.max() < (1.3 if name == "US-Tw3_2014-2016" else 0.05)
    np.testing.assert_allclose(p["RREF_NIGHT_DT"][at], table["FP_RRef_Night"], atol=5e-3)
    same = p["RECO_DT_QC"].to_numpy() == theirs["DT_QC"].to_numpy()
    assert same.mean() >= (0.97 if name == "US-Tw3_2014-2016" else 1.0)


@pytest.mark.parametrize("name", ["DE-Tha_1998", "DE-Tha_1998_artificial_gaps", "CH-LAE_2016-2017"])
def test_windows_of_the_compatible_preset(shared: Path, name: str) -> None:
    folder = shared / "reference" / "halfhourly" / name
    p = fk.ecosystem.partition(filled(folder)[0], method="day", variant="reddyproc-lasslop")
    table, at = window_table(folder, "lasslopcompat", p)
    np.testing.assert_array_equal(p["REASON_DT"].to_numpy()[at] == "", table["FP_errorcode"] == 0)
    np.testing.assert_allclose(p["RREF_NIGHT_DT"][at], table["FP_RRef_Night"], atol=1e-5)
    for ours, right in _PARAMETERS.items():
        for x, column in ((ours, f"FP_{right}"), (f"{ours}_SE", f"FP_{right}_sd")):
            same = np.isclose(p[f"{x}_DT"].to_numpy()[at], table[column], rtol=1e-3, equal_nan=True)
            assert same.mean() > 0.98, x  # one window of Tharandt has two minima
