"""The commands: fluxkit export RESULTS --for, fluxkit check FILE --for."""

from pathlib import Path

import pytest

from fluxkit.cli.main import main
from fluxkit.export.netcdf import write_fluxes
from tests import made_day


def ended(arguments: list[str]) -> int:
    """Run a command; return its code."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_fluxes(made_day.fluxes(2), folder / "XX-Mad_fluxes.nc", made_day.site(), made_day.run())
    return folder


def test_from_results_to_a_file_that_passes(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(["export", str(results), "--for", "ameriflux", "-o", str(tmp_path), "--site", "US-Xyz"]) == 0
    told = capsys.readouterr().out
    assert "variables that the standard has no name for" in told
    (path,) = tmp_path.glob("*.csv")
    assert path.name == "US-Xyz_HH_202501010000_202601010000.csv"
    head = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert {"FC", "FC_SSITC_TEST", "USTAR", "MO_LENGTH"} <= set(head)
    assert ended(["check", str(path), "--for", "ameriflux"]) == 0
    assert " 0 rejected, 0 errors" in capsys.readouterr().out


def test_a_file_that_would_lose_columns_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "US-Xyz_HH_202001010000_202001010030.csv"
    path.write_text("TIMESTAMP_START,TIMESTAMP_END,FC_QC\n202001010000,202001010030,0\n", encoding="utf-8")
    assert ended(["check", str(path), "--for", "fluxnet"]) == 2
    assert "rejected: FC_QC: the column is dropped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--for", "ozflux"], "one of ameriflux, fluxnet"),
        (["--for", "fluxnet", "--position", "TS"], "NAME=H_V_R"),
        (["--for", "fluxnet", "--site", "Meadow"], "no code of a site"),
    ],
)
def test_what_is_wrong_is_said(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    assert ended(["export", str(results), "-o", str(tmp_path), *more]) != 0
    captured = capsys.readouterr()
    assert says in " ".join((captured.out + captured.err).split())
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_half_hours_is_a_source_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has not all of the standard's variables, and no place."""
    table = tmp_path / "US-Xyz_half_hours.csv"
    rows = [f"20200101{k // 2:02d}{30 * (k % 2):02d},{-0.5 * k},{10 + k / 8}" for k in range(48)]
    table.write_text("TIMESTAMP_START,FC,TA\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert ended(["export", str(table), "--for", "ameriflux", "-o", str(tmp_path / "up")]) == 0
    (path,) = (tmp_path / "up").glob("*.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    head, row = (lines[k].split(",") for k in (0, 1 + 4))
    assert sorted(head[2:]) == ["FC", "TA"], "nothing that was not in the table, as NEE of FC"
    assert dict(zip(head, map(float, row), strict=True))["FC"] == -2.0
