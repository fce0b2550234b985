"""The command: fluxkit export RESULTS --as FORMAT, from a run, a table, or what is neither."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fluxkit.cli.main import main
from fluxkit.exchange.formats import FORMATS
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
