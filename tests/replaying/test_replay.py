"""A run is made again from its record alone, and what is not as it was is told."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.cli.main import main
from fluxkit.errors import ConfigError
from fluxkit.replaying.verdicts import compare_files
from tests.ecosystem import tables
from tests.ecosystem.test_run import QUICK


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a station's folder: raw files, configuration, results in ``out``."""
    folder = tmp_path_factory.mktemp("replay") / "station"
    shutil.copytree("data_samples/open_path", folder)
    fk.run(folder / "site.toml", folder / "out")
    return folder


def test_the_same_comes_out(station: Path, tmp_path: Path) -> None:
    found = fk.replay(station / "out", tmp_path / "again")
    assert found.same
    assert not found.told
    assert {Path(each.name).suffix for each in found.verdicts} == {".csv", ".nc"}
    assert all("bit" in each.words or "bytes" in each.words for each in found.verdicts)


def test_a_folder_that_moved_and_no_configuration(station: Path, tmp_path: Path) -> None:
    """The record suffices; where the files are now is found, or asked for in a sentence."""
    moved = tmp_path / "elsewhere" / "results"
    shutil.copytree(station / "out", moved)
    with pytest.raises(ConfigError, match="--base"):
        fk.replay(moved, tmp_path / "again")
    assert fk.replay(moved, tmp_path / "again", base=station).same


def test_other_bytes_are_told_and_found(station: Path, tmp_path: Path) -> None:
    copy = tmp_path / "station"
    shutil.copytree(station, copy)
    raw = sorted((copy / "raw").iterdir())
    raw[0].unlink()
    found = fk.replay(copy / "out", tmp_path / "again")
    assert not found.same
    assert any("1 of 4 files are missing" in sentence for sentence in found.told)
    assert any(not each.same and each.name.endswith("_fluxes.nc") for each in found.verdicts)


def test_other_versions_are_told(station: Path, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    shutil.copytree(station / "out", copy)
    record = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    record["versions"]["numpy"] = "1.0"
    (copy / "run.json").write_text(json.dumps(record), encoding="utf-8")
    found = fk.replay(copy, tmp_path / "again", base=station)
    assert any("numpy 1.0" in sentence for sentence in found.told)


def test_settings_of_another_version_are_refused(station: Path, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    shutil.copytree(station / "out", copy)
    record = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    record["settings"]["decide"]["rotation"] = "of tomorrow"
    (copy / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"decide\.rotation"):
        fk.replay(copy, tmp_path / "again", base=station)
    assert not (tmp_path / "again").exists()


def test_into_the_folder_itself(station: Path) -> None:
    with pytest.raises(ConfigError, match="another one"):
        fk.replay(station / "out", station / "." / "out")


def test_the_command_ends_with_2_where_something_differs(
    station: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "out"
    shutil.copytree(station / "out", copy)
    table = next(copy.glob("*_HH_*.csv"))
    table.write_bytes(table.read_bytes().replace(b"2024", b"2025", 1))
    arguments = ["replay", str(copy), "-o", str(tmp_path / "again"), "--base", str(station)]
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    said = capsys.readouterr()
    assert "DIFFERENT" in said.out
    assert "fluxkit diff" in said.err


def test_chambers(tmp_path: Path) -> None:
    from fluxkit.chamber.synthetic.plots import make_campaign

    config = make_campaign(tmp_path / "site", plots=1)
    fk.chamber.run(config, tmp_path / "site" / "out")
    assert fk.replay(tmp_path / "site" / "out", tmp_path / "again").same


def test_a_budget(tmp_path: Path) -> None:
    from fluxkit.budget.synthetic.site import make_site

    config = make_site(tmp_path / "site", chambers=False)
    fk.budget.run(config, tmp_path / "site" / "out")
    found = fk.replay(tmp_path / "site" / "out", tmp_path / "again")
    assert found.same
    cited = (tmp_path / "site" / "out" / "CITATION.md").read_text(encoding="utf-8")
    assert "Lieth" in cited


def test_years(tmp_path: Path) -> None:
    local, table = tables.series(60, minutes=30, first="2019-05-01")
    source = tables.write(tmp_path / "DE-Abc_HH.csv", tables.fluxnet(local, table, 30))
    place = {"latitude": tables.LATITUDE, "longitude": tables.LONGITUDE, "utc_offset_h": tables.OFFSET}
    fk.ecosystem.run(source, tmp_path / "out", config=QUICK, **place)
    found = fk.replay(tmp_path / "out", tmp_path / "again")
    assert found.same, [each.words for each in found.verdicts]
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert [each[1] for each in record["methods"]] == ["double-differences", "pooled-nights", "mds", "night"]


def test_verdicts_on_numbers(tmp_path: Path) -> None:
    import xarray as xr

    values = np.array([1.0, np.nan, -3.0])
    for name, x in (
        ("a", values),
        ("b", values * (1 + 2e-16)),
        ("c", values * (1 + 1e-9)),
        ("d", values[::-1]),
    ):
        xr.Dataset({"FC": ("time", x)}).to_netcdf(tmp_path / f"{name}.nc")

    def verdict(other: str):
        return compare_files("a.nc", tmp_path / "a.nc", tmp_path / f"{other}.nc")

    assert verdict("a").words == "1 variables the same to the last bit"
    assert verdict("b").same
    assert "last digits" in verdict("b").words
    assert not verdict("c").same
    assert not verdict("d").same
    assert not verdict("nothing").same
    assert compare_files("report.html", tmp_path / "a.nc", tmp_path / "a.nc") is None
