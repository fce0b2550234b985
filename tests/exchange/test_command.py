"""The command: fluxkit export RESULTS --as FORMAT, from a run, a table, or what is neither."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.cli.main import main
from fluxkit.exchange.formats import FORMATS
from tests.ecosystem.product.test_product import filled
from tests.exchange.made import results


def ended(arguments: list[str]) -> int:
    """Run a command; return its code."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return results(tmp_path_factory.mktemp("out"), days=2)


MADE = {
    "reddyproc": ["XX-Mad_reddyproc.txt"],
    "oneflux": ["XX-Mad_qcv_2025.csv"],
    "eddypro": ["XX-Mad_full_output.csv"],
    "parquet": ["XX-Mad.parquet"],
    "zarr": ["XX-Mad.zarr"],
    "geotiff": ["XX-Mad_footprint.tif"],
    "geopackage": ["XX-Mad_footprint.gpkg"],
}
LIBRARIES = {"parquet": "pyarrow", "zarr": "zarr", "geotiff": "rasterio", "geopackage": "pyogrio"}


OF_RESULTS = [name for name, form in FORMATS.items() if form.source != "configuration"]


def test_each_format_is_tried_here() -> None:
    assert set(MADE) == set(OF_RESULTS)


@pytest.mark.parametrize("name", MADE)
def test_a_results_folder_is_written_in_each_format(
    folder: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if name in LIBRARIES:
        pytest.importorskip(LIBRARIES[name])
    assert ended(["export", str(folder), "--as", name, "-o", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    for file in MADE[name]:
        assert len(list(tmp_path.rglob(file))) == 1
        assert file in told


def test_a_table_is_written_for_another_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = pd.date_range("2020-06-01", periods=96, freq="30min")
    table = pd.DataFrame(
        {"TIMESTAMP_START": start.strftime("%Y%m%d%H%M"), "FC": np.arange(96) / 10.0, "TA": 11.5}
    )
    table.to_csv(tmp_path / "DE-Abc_HH.csv", index=False)
    source, out = str(tmp_path / "DE-Abc_HH.csv"), tmp_path / "out"
    assert ended(["export", source, "--as", "reddyproc", "-o", str(out)]) == 0
    assert "REddyProc cannot do without" in capsys.readouterr().out
    lines = (out / "DE-Abc_reddyproc.txt").read_text(encoding="utf-8").splitlines()
    assert lines[2].split("\t")[:4] == ["2020", "153", "0.5", "0"]
    assert ended(["export", source, "--as", "oneflux", "-o", str(out)]) == 2
    assert "latitude and longitude and height" in capsys.readouterr().err
    place = ["--latitude", "51", "--longitude", "13.6", "--utc-offset-h", "1", "--height", "42"]
    assert ended(["export", source, "--as", "oneflux", "-o", str(out), *place]) == 0


def test_a_surface_beside_the_map_gives_a_table(folder: Path, tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    at = rasterio.transform.from_origin(10.8, 51.2, 0.001, 0.001)
    codes = np.where(np.arange(200)[:, None] < 100, 4, 7) * np.ones((1, 200))
    with rasterio.open(tmp_path / "cover.tif", "w", driver="GTiff", width=200, height=200, count=1,
                       dtype="uint8", crs="EPSG:4326", transform=at) as file:  # fmt: skip
        file.write(codes.astype(np.uint8), 1)
    cover = str(tmp_path / "cover.tif")
    assert ended(["export", str(folder), "--as", "geotiff", "-o", str(tmp_path), "--land-cover", cover]) == 0
    table = pd.read_csv(tmp_path / "XX-Mad_footprint_representativeness.csv")
    area = table[(table["radius_m"] == 500) & (table["quantity"] == "share")].set_index("land_cover")
    np.testing.assert_allclose(area["target_area"], 0.5, atol=0.15)
    assert area["footprint"].sum() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--as", "xlsx"], "one of reddyproc, oneflux"),
        (["--as", "eddypro", "--for", "ameriflux"], "one at a time"),
    ],
)
def test_what_is_wrong_is_said(
    folder: Path, tmp_path: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(["export", str(folder), "-o", str(tmp_path), *arguments]) == 2
    captured = capsys.readouterr()
    assert says in " ".join((captured.out + captured.err).replace("│", " ").split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", OF_RESULTS)
def test_a_folder_that_cannot_be_written_is_one_sentence(
    folder: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if name in LIBRARIES:
        pytest.importorskip(LIBRARIES[name])
    (tmp_path / "taken").write_text("a file, no folder", encoding="utf-8")
    assert ended(["export", str(folder), "--as", name, "-o", str(tmp_path / "taken" / "out")]) == 2
    told = capsys.readouterr().err.strip()
    assert "taken" in told
    assert len(told.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("name", OF_RESULTS)
def test_an_empty_folder_is_one_sentence(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    assert ended(["export", str(tmp_path / "in"), "--as", name, "-o", str(tmp_path)]) == 3
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


CONFIG = Path(__file__).parents[2] / "data_samples" / "open_path" / "site.toml"


def test_raw_files_become_those_of_icos(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--as", "icos-raw", "--site", "DE-Abc", "--logger", "2", "-o", str(tmp_path)]
    assert ended(["export", str(CONFIG), *asked]) == 0
    told = capsys.readouterr().out
    assert "co2 is a density" in told
    files = sorted(tmp_path.glob("DE-Abc_EC_*_L02_F01.csv"))
    assert len(files) == len(list((CONFIG.parent / "raw").glob("*.dat.gz")))
    assert ended(["check", str(files[0]), "--for", "icos"]) == 0
    assert files[0].read_text(encoding="utf-8").startswith("U,V,W,T_SONIC,SA_DIAG\n")


def test_a_product_keeps_its_members_in_zarr(tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    start = pd.date_range("2020-06-01", periods=96, freq="30min")
    columns = {
        "TIMESTAMP_START": start.strftime("%Y%m%d%H%M"), "TA_F": 11.0, "TA_F_QC": 0,
        "NEE_VUT_REF": np.arange(96) / 10, "NEE_VUT_REF_QC": 0, "NEE_CUT_REF": 1.0, "GPP_DT_VUT_REF": 5.0,
    }  # fmt: skip
    pd.DataFrame(columns).to_csv(
        tmp_path / "FLX_DE-Abc_FLUXNET2015_FULLSET_HH_2020-2020_1-4.csv", index=False
    )
    (source,) = map(str, tmp_path.glob("*.csv"))
    assert ended(["export", source, "--as", "zarr", "-o", str(tmp_path)]) == 0
    back = xr.open_zarr(tmp_path / "DE-Abc.zarr", group="DE-Abc")
    picked = back["NEE"].sel(ustar_threshold="VUT", nee_variant="REF")
    np.testing.assert_allclose(picked, np.arange(96) / 10.0, rtol=1e-6)
    assert back["NEE"].attrs["units"] == "umolCO2 m-2 s-1"
    assert set(back) == {"NEE", "NEE_QC", "GPP", "TA_F", "TA_F_QC"}
    assert back["GPP"].sel(partition_method="DT", ustar_threshold="VUT", nee_variant="REF")[0] == 5.0


def test_an_ecosystem_file_is_written_as_its_product(tmp_path: Path) -> None:
    pytest.importorskip("zarr")
    ds = filled(20, members=True)
    fk.ecosystem.write_dataset(ds, tmp_path / "DE-Abc_ecosystem.nc")
    assert ended(["export", str(tmp_path), "--as", "zarr", "-o", str(tmp_path)]) == 0
    (store,) = tmp_path.glob("*.zarr")
    back = xr.open_zarr(store, group=store.stem)
    assert back["NEE"].dims == ("time", "ustar_threshold", "nee_variant")
    assert np.isfinite(back["NEE"].sel(ustar_threshold="VUT", nee_variant="p50")).any()
    assert back["NEE"].attrs["units"] == "umolCO2 m-2 s-1"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["parquet", "zarr"])
def test_the_command_of_its_own_process_finds_its_libraries(folder: Path, tmp_path: Path, name: str) -> None:
    """A command keeps optional libraries out of pandas and numpy; formats need theirs all the same."""
    pytest.importorskip(LIBRARIES[name])
    command = [sys.executable, "-m", "fluxkit", "export", str(folder), "--as", name, "-o", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.iterdir())) == 1
