"""The command that compares fluxes with another program's."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fluxkit.archive.comparing.comparison import compare
from fluxkit.archive.run import run
from tests.report.test_page import Checker


@pytest.fixture(scope="module")
def results(station, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())
        run(station, out)
    return out


@pytest.fixture
def own_csv(results) -> Path:
    return next(results.glob("*_HH_*.csv"))


def test_with_our_own_csv_nothing_differs(call, results, own_csv, tmp_path):
    code, out, err = call("compare", results, own_csv, "-o", tmp_path)
    assert (code, err) == (0, "")
    assert "1 periods in common" in out
    assert "decisions, step 1" in out
    assert "FC: agrees as it is (root mean square difference" in out
    assert "not tried: detrending = 'running-mean': set high_pass" in out
    with (tmp_path / "comparison.csv").open() as stream:
        rows = {row["variable"]: row for row in csv.DictReader(stream)}
    # Seven digits are in the CSV.
    assert {name: rows[name]["equal"] for name in ("FC", "LE", "H", "TAU", "WD")} == dict.fromkeys(
        ("FC", "LE", "H", "TAU", "WD"), "1"
    )
    checker = Checker()
    checker.feed((tmp_path / "comparison.html").read_text(encoding="utf-8"))
    assert checker.faults == []
    assert (tmp_path / "decisions.csv").exists()


def test_one_file_beside_another_has_no_decisions(call, own_csv, tmp_path):
    code, out, _ = call("compare", own_csv, own_csv, "-o", tmp_path)
    assert code == 0
    assert "decisions were not tried: give the results folder" in out
    assert not (tmp_path / "decisions.csv").exists()


def test_what_cannot_be_compared_is_said(call, results, own_csv, tmp_path):
    code, _, err = call("compare", results, tmp_path / "none.csv")
    assert (code, "none.csv: no such file" in err) == (2, True)
    code, _, err = call("compare", tmp_path, own_csv)
    assert (code, "expected one <SITE>_fluxes.nc here, found none" in err) == (2, True)
    code, _, err = call("compare", results, own_csv, "--utc-offset", "9.25")
    assert (code, "no period in common" in err) == (3, True)
    other = tmp_path / "other.csv"
    other.write_text("TIMESTAMP_START,TIMESTAMP_END,FC\n202407011200,202407011230,-9999\n")
    code, _, err = call("compare", results, other)
    assert (code, "no variable with values in common" in err) == (3, True)


def series(n: int, shift: int = 0) -> xr.Dataset:
    time = np.datetime64("2024-07-01T00:00", "ns") + np.arange(n) * np.timedelta64(30, "m")
    k = np.arange(n) - shift
    return xr.Dataset(
        {"T_SONIC": ("time", 20.0 + 8.0 * np.sin(k / 7.6)), "TAU": ("time", -0.1 - 0.05 * np.cos(k / 7.6))},
        {"time": time},
        {"averaging_period_s": 1800.0, "utc_offset_h": 0.0},
    )


def as_table(data: xr.Dataset, path: Path, **columns: np.ndarray) -> Path:
    lines = ["date,time,sonic_temperature,Tau,LE", "[yyyy-mm-dd],[HH:MM],[K],[kg+1m-1s-2],[W+1m-2]"]
    for k, start in enumerate(data["time"].values):
        day, clock = str((start + np.timedelta64(30, "m")).astype("datetime64[m]")).split("T")
        lines.append(
            f"{day},{clock},{float(data['T_SONIC'][k]) + 273.15},{-float(data['TAU'][k])},{columns['LE'][k]}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def test_signs_outliers_and_clocks_are_told(tmp_path):
    ours = series(96).assign(LE=("time", np.full(96, 100.0)))
    ours.to_netcdf(tmp_path / "XX-Tst_fluxes.nc")
    latent = np.full(96, 100.0)
    latent[3] = -7.8e6
    found = compare(tmp_path, as_table(series(96, shift=4), tmp_path / "theirs.csv", LE=latent))
    words = "\n".join(found.notes)
    assert "TAU: theirs has the opposite sign" in words
    assert "theirs: 1 values of LE beyond" in words
    assert "T_SONIC agrees far better with theirs 2 h earlier" in words
    assert found.agreements["LE"].n == 95
    right = compare(
        tmp_path, as_table(series(96), tmp_path / "theirs.csv", LE=latent), out=tmp_path / "elsewhere"
    )
    assert "agrees far better" not in "\n".join(right.notes)
    assert right.agreements["TAU"].slope == pytest.approx(1.0)
    assert (tmp_path / "elsewhere" / "comparison.html").exists()


def test_quality_leaves_out_both_sides(tmp_path, results):
    folder = tmp_path / "results"
    shutil.copytree(results, folder)
    (flux_file,) = folder.glob("*_fluxes.nc")
    (table,) = folder.glob("*_HH_*.csv")
    text = table.read_text().splitlines()
    head, row = text[0].split(","), text[1].split(",")
    row[head.index("H_SSITC_TEST")] = "2"
    table.write_text("\n".join([text[0], ",".join(row)]) + "\n")
    found = compare(flux_file, table, max_class=1, steps=0)
    assert "H" not in found.agreements
    assert found.agreements["FC"].n == 1
