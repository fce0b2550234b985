"""The European database and ICOS: names, times and positions by what could be seen of their rules."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from fluxkit.cli.main import main
from fluxkit.errors import ReadError
from fluxkit.submissions.checking import check_file
from fluxkit.submissions.networks import NETWORKS, european, parsed_europe
from fluxkit.submissions.sources import half_hours
from fluxkit.submissions.tables import write_submission
from tests import made_day


def ended(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


FEW = ["FC", "SC", "NEE", "H", "LE", "USTAR", "TA", "PA", "VPD", "FC_SSITC_TEST", "LOSS_FLAG"]


def written(
    folder: Path, network: str, names: list[str] = FEW, **options: object
) -> tuple[Path, dict[str, str], xr.Dataset]:
    fluxes = made_day.fluxes(2)[names]
    path, left = write_submission(
        fluxes,
        folder,
        network=network,
        **({"site": "DE-Abc", "utc_offset_h": 1.0} | options),  # type: ignore[arg-type]
    )
    return path, left, fluxes


@pytest.mark.parametrize("network", ["ameriflux", "europe", "icos"])
def test_nothing_that_is_written_would_be_rejected(tmp_path: Path, network: str) -> None:
    path, _, _ = written(tmp_path, network, list(made_day.fluxes(1)) if network == "europe" else FEW)
    found = check_file(path, latitude=51.1, longitude=10.9, utc_offset_h=1.0, network=network)
    assert [one for one in found if one.level != "warning"] == []


def test_the_european_table_begins_with_the_end_and_has_positions(tmp_path: Path) -> None:
    path, left, fluxes = written(tmp_path, "europe", positions={"TA": "2_1_1"})
    table = pd.read_csv(path, na_values=-9999)
    assert table.columns[0] == "TIMESTAMP_END"
    assert {"FC_1_1_1", "NEE_PI_1_1_1", "VPD_PI_1_1_1", "TA_2_1_1", "FC_SSITC_TEST_1_1_1"} <= set(table)
    assert table["TIMESTAMP_END"].iloc[0] == 202501010030
    there = table.dropna(subset=["FC_1_1_1"])
    known = fluxes["FC"].dropna("time")
    np.testing.assert_allclose(there["FC_1_1_1"], known, rtol=1e-6)
    end = pd.DatetimeIndex(known["time"].values) + pd.Timedelta("1h30min")
    assert there["TIMESTAMP_END"].tolist() == end.strftime("%Y%m%d%H%M").astype(int).tolist()
    assert "LOSS_FLAG" in left


def test_icos_fluxes_are_named_uncleaned(tmp_path: Path) -> None:
    path, _, fluxes = written(tmp_path, "icos")
    assert path.name == "DE-Abc_FLUXES_HH.csv"
    table = pd.read_csv(path, na_values=-9999)
    assert {"NEE_UNCLEANED", "LE_UNCLEANED", "H_UNCLEANED", "FC", "SC", "USTAR"} <= set(table)
    assert not {"NEE", "LE", "H"} & set(table)
    np.testing.assert_allclose(table["NEE_UNCLEANED"].dropna(), fluxes["NEE"].dropna("time"), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("FC_1_1_1", ""), ("FC_f_1_1_1", ""), ("FC_SSITC_TEST_1_1_1", ""), ("GPP_PI_f_1_1_1", ""),
        ("FC", "no position"), ("NEE_1_1_1", "it has NEE_PI"), ("VPD_1_1_1", "it has VPD_PI"),
        ("FC_QC_1_1_1", "no qualifier"), ("co2_flux", "no code"), ("TA_1_1", "no qualifier"), ("", "no code"),
    ],
)  # fmt: skip
def test_european_names(name: str, says: str) -> None:
    found = parsed_europe(name)
    assert says in found.fault if says else found.known


def test_european_ranges_are_those_of_the_same_name_and_unit() -> None:
    codes = european()
    assert (codes["VPD_PI"].low, codes["VPD_PI"].high, codes["VPD_PI"].unit) == (0.0, 80.0, "hPa")
    assert codes["TA"].high == 50.0
    assert len(codes) > 100


def in_pascal(t: pd.DataFrame) -> pd.DataFrame:
    return t.assign(PA_1_1_1=t["PA_1_1_1"].where(t["PA_1_1_1"] < 0, t["PA_1_1_1"] * 1e3))


def by_begin(t: pd.DataFrame) -> pd.DataFrame:
    return t.rename(columns={"TIMESTAMP_END": "TIMESTAMP_START"})


FAULTS = {
    "a beginning": (by_begin, "TIMESTAMP_END", "rejected"),
    "no position": (lambda t: t.rename(columns={"TA_1_1_1": "TA"}), "TA", "rejected"),
    "NaN": (lambda t: t.assign(H_1_1_1="NaN"), "H_1_1_1", "error"),
    "Pa": (in_pascal, "PA_1_1_1", "error"),
    "filled": (lambda t: t.assign(FC_1_1_1=1.5), "FC_1_1_1", "error"),
    "a gap": (lambda t: t.drop(index=range(100, 110)), "", "rejected"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_a_european_table_are_named(tmp_path: Path, fault: str) -> None:
    change, column, level = FAULTS[fault]
    path, _, _ = written(tmp_path, "europe")
    days = pd.read_csv(path, dtype={"TIMESTAMP_END": str}).iloc[7700:8000].reset_index(drop=True)
    change(days).to_csv(path, index=False)
    found = check_file(path, network="europe")
    assert any(one.column == column and one.level == level for one in found), found


def table_of(folder: Path, **columns: object) -> Path:
    start = pd.date_range("2020-01-01", periods=96, freq="30min")
    stamps = {"TIMESTAMP_START": start.strftime("%Y%m%d%H%M"),
              "TIMESTAMP_END": (start + pd.Timedelta("30min")).strftime("%Y%m%d%H%M")}  # fmt: skip
    folder.mkdir(exist_ok=True)
    path = folder / "tower.csv"
    pd.DataFrame(stamps | columns).to_csv(path, index=False, na_rep="-9999")
    return path


def test_any_table_is_a_source(tmp_path: Path) -> None:
    path = table_of(tmp_path, TA_1_1_1=11.5, TA_1_2_1=10.5, FC=np.arange(96) / 10.0, mine=3.0)
    ds = half_hours(path)
    assert {"TA_1_1_1", "TA_1_2_1", "FC"} == set(ds)
    assert float(ds["TA_1_2_1"][0]) == 10.5


def test_values_in_the_units_of_another_network_are_converted_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table_of(tmp_path, PA=np.linspace(975.0, 985.0, 96), TA=np.linspace(280.0, 290.0, 96), FC=1.0)
    out = tmp_path / "out"
    assert ended(["export", str(path), "--for", "ameriflux", "--site", "US-Xyz", "-o", str(out)]) == 0
    told = capsys.readouterr().out
    assert "PA: the values of PA are in hPa, not kPa: they are converted" in told
    table = pd.read_csv(next(out.glob("*.csv")), na_values=-9999)
    assert table["PA"].max() == pytest.approx(98.5)
    assert table["TA"].min() == pytest.approx(6.85)


@pytest.mark.parametrize("network", NETWORKS)
def test_two_stations_in_one_table_are_refused(
    tmp_path: Path, network: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["--for", network, "--site", "US-Xyz", "-o", str(out)]
    named = table_of(tmp_path / "a", SITE_ID=["US-Xyz", "US-Abc"] * 48, FC=1.0)
    assert ended(["export", str(named), *asked]) == 3
    assert "2 stations in one table (US-Xyz, US-Abc)" in capsys.readouterr().err
    once = pd.read_csv(table_of(tmp_path / "b", FC=1.0), dtype=str)
    pd.concat([once, once]).to_csv(tmp_path / "b" / "tower.csv", index=False)
    assert ended(["export", str(tmp_path / "b" / "tower.csv"), *asked]) == 3
    told = capsys.readouterr().err
    assert "96 records have the time of another one" in told
    assert len(told.strip().splitlines()) == 1
    assert not out.exists()


def test_a_year_with_a_gap_is_whole(tmp_path: Path) -> None:
    path = table_of(tmp_path, FC=np.arange(96.0))
    table = pd.read_csv(path, dtype=str)
    table.drop(index=range(30, 60)).to_csv(path, index=False)
    out, _ = write_submission(half_hours(path), tmp_path / "out", site="US-Xyz", utc_offset_h=0.0)
    back = pd.read_csv(out)
    assert len(back) == 17568
    assert (back["FC"].iloc[30:60] == -9999).all()
    assert check_file(out)[0].level != "rejected"


def test_a_folder_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table_of(tmp_path, FC=1.0)
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    asked = ["--for", "fluxnet", "--site", "US-Xyz", "-o", str(tmp_path / "taken")]
    assert ended(["export", str(path), *asked]) == 2
    told = capsys.readouterr().err.strip()
    assert "taken" in told
    assert len(told.splitlines()) == 1


def test_a_table_of_nothing_known_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="known quantity"):
        half_hours(table_of(tmp_path, mine=1.0))
