import shutil

import pytest


def test_inspect_tells_format_rate_columns_and_ranges(call, station):
    (raw,) = (station.parent / "raw").iterdir()
    code, out, _ = call("inspect", raw)
    assert code == 0
    first, layout, clock, head, *rows = out.splitlines()
    assert first.startswith(f"{raw}: toa5, 18000 records, ")
    assert layout == "delimiter ',', 4 header lines, names in line 2"
    assert clock.startswith("10 Hz, from 2024-07-01T12:00:00.1")
    assert head.split() == ["name", "unit", "kind", "missing", "min", "mean", "max"]
    wind = next(row.split() for row in rows if " Ux " in row)
    assert wind[:4] == ["3", "Ux", "m/s", "number"]
    assert float(wind[6]) < float(wind[7]) < float(wind[8])


def test_inspect_goes_on_after_a_bad_file(call, station, tmp_path):
    (raw,) = (station.parent / "raw").iterdir()
    (tmp_path / "empty.dat").touch()
    code, out, err = call("inspect", tmp_path / "empty.dat", raw)
    assert code == 3
    assert "empty.dat: the file is empty" in err
    assert "18000 records" in out


def test_inspect_lists_instruments(call):
    code, out, _ = call("inspect", "--instruments")
    assert code == 0
    assert "Campbell Scientific CSAT3" in out
    assert "generic-closed" in out
    assert call("inspect")[0] == 2


def test_check_reads_one_file_and_writes_nothing(call, station):
    before = sorted(station.parent.rglob("*"))
    code, out, _ = call("check", station)
    assert code == 0
    assert "valid. XX-Dem Demo meadow, preset fluxkit" in out
    assert "1 files, 2024-07-01T11:00 to 2024-07-01T11:30 UTC: 1 days, 1 averaging periods" in out
    assert "10 Hz, periods of 30 minutes = 18000 samples" in out
    assert "nothing was processed" in out
    assert sorted(station.parent.rglob("*")) == before


def test_check_tells_which_files_it_cannot_use(call, station, tmp_path):
    shutil.copytree(station.parent, tmp_path, dirs_exist_ok=True)
    (raw,) = (tmp_path / "raw").iterdir()
    (tmp_path / "raw" / "empty.dat").touch()
    code, out, _ = call("check", tmp_path / "site.toml")
    assert code == 0
    assert "empty.dat: the file is empty" in out
    raw.write_bytes(raw.read_bytes().replace(b'"Uz"', b'"Uy2"'))
    code, out, err = call("check", tmp_path / "site.toml")
    assert code == 3
    assert "column 'Uz' (for w) is missing" in out + err


def test_check_without_files_ends_with_3(call, station, tmp_path):
    shutil.copy(station, tmp_path)
    code, _, err = call("check", tmp_path / "site.toml")
    assert code == 3
    assert "no file matches raw.files = raw/*.dat" in err


@pytest.mark.parametrize("limit", ["1.7.2024", "2024-13-01"])
def test_check_refuses_limits_that_are_no_times(call, station, limit):
    code, _, err = call("check", station, "--start", limit)
    assert code == 2
    assert f"start: found {limit!r}" in err
