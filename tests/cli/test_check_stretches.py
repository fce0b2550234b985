"""What ``fluxkit check`` tells of an archive whose files change."""

import shutil

from tests.archive.stations import rewritten


def test_check_lists_the_stretches_and_reads_a_file_of_each(call, station, tmp_path):
    shutil.copytree(station.parent, tmp_path, dirs_exist_ok=True)
    (raw,) = (tmp_path / "raw").iterdir()
    lines = raw.read_text().splitlines(keepends=True)
    later = raw.with_name("later.dat")
    later.write_text("".join(lines).replace('"2024-07-01 12', '"2024-07-01 13'))
    rewritten(later, without=["CO2"])
    code, out, _ = call("check", tmp_path / "site.toml")
    assert code == 0
    assert "2 files, 2024-07-01T11:00 to 2024-07-01T12:30 UTC: 1 days, 3 averaging periods" in out
    rows = [line.split() for line in out.splitlines() if line.strip().startswith("2024-07-01T")]
    assert [row[:6] for row in rows] == [
        ["2024-07-01T11:00", "2024-07-01T12:00", "1", "toa5", "10", "Hz"],
        ["2024-07-01T12:00", "2024-07-01T12:30", "1", "toa5", "10", "Hz"],
    ]
    assert [row[6:8] for row in rows] == [["co2", "h2o"], ["h2o", "csat3,"]]
    assert "later.dat: no co2: column 'CO2' is missing" in out
    assert out.count(" records from ") == 2
