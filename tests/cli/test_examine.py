import shutil

import numpy as np
import pytest

from tests.chamber.analysers.specimens import AERIS, EGM4, specimen
from tests.logger_files.binary_files import write_edisol


def test_inspect_tells_format_rate_columns_and_ranges(call, station):
    (raw,) = (station.parent / "raw").iterdir()
    code, out, _ = call("inspect", raw)
    assert code == 0
    first, layout, clock, head, *rows = out.splitlines()
    assert first.startswith(f"{raw}: toa5, 18000 records, ")
    assert layout == "delimiter ',', 4 header lines, names in line 2"
    assert clock.startswith("10 Hz, from 2024-07-01T12:00:00.1")
    assert head.split() == ["name", "kind", "missing", "min", "mean", "max", "unit", "mean", "(SI)", "SI"]
    wind = next(row.split() for row in rows if " Ux " in row)
    assert wind[:3] == ["3", "Ux", "number"]
    assert float(wind[5]) < float(wind[6]) < float(wind[7])
    assert wind[8] == "m/s"
    air = next(row.split() for row in rows if " T_air " in row)
    assert float(air[9]) == pytest.approx(float(air[6]) + 273.15)  # beside the unit of the file
    assert air[8:11:2] == ["C", "K"]


def test_check_tells_ranges_in_the_units_of_the_file(call, station):
    code, out, _ = call("check", station)
    assert code == 0
    pressure = next(line.split() for line in out.splitlines() if line.strip().startswith("p_air"))
    assert pressure[4:9:2] == ["mean", "kPa", "Pa"] or float(pressure[8]) == pytest.approx(
        1e3 * float(pressure[5])
    )


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


def test_inspect_tells_an_analysers_file(call, tmp_path):
    path = tmp_path / "a.82z"
    path.write_bytes(specimen("li-8250", tmp_path)[1])
    code, out, _ = call("inspect", path)
    assert code == 0
    assert "li-8250 (LI-7810, 82m-0000), 12 samples" in out
    assert "every 1 s, from 2024-05-13T11:00:00.000 to 2024-05-13T11:00:11.000; clock: as written" in out
    assert "gases: co2 of dry air" in out
    assert "1 closures" in out
    assert "0.0318" in out


def test_inspect_tells_moist_gases(call, tmp_path):
    path = tmp_path / "egm.dat"
    path.write_text(EGM4)
    code, out, _ = call("inspect", path)
    assert code == 0
    assert "gases: co2 of moist air" in out
    assert "no water vapour is there to dry it" in out


def test_inspect_leaves_dates_open(call, tmp_path):
    path = tmp_path / "mira.txt"
    path.write_text(AERIS.replace("13/05/2024", "03/05/2024"))
    code, out, _ = call("inspect", path)
    assert code == 0
    assert "03/05/2024 is read with the day first, but may have the month first" in out


def test_inspect_a_format_without_a_mark(call, tmp_path):
    path = tmp_path / "x.slt"
    wind, other = np.ones((3, 50)), np.ones((1, 50))
    write_edisol(path, np.datetime64("2020-01-01"), wind, np.full(50, 20.0), other, 10.0)
    assert call("inspect", path)[0] == 3
    code, out, _ = call("inspect", "--format", "edisol", path)
    assert code == 0
    assert f"{path}: edisol, 50 records" in out
    assert call("inspect", "--format", "edisoll", path)[0] == 3


def test_check_tells_a_few_of_the_files_that_it_cannot_use(call, tmp_path):
    from fluxkit.synthetic.tower import make_day

    config = make_day(tmp_path, hours=0.5, rate=2.0, start="2024-07-01T12:00", seed=1)
    (made,) = (tmp_path / "raw").iterdir()
    made.unlink()
    for k in range(200):
        (tmp_path / "raw" / f"XX-Dem_{np.datetime64('2024-07-01') + k}.dat").touch()
    named = (
        'file_time = "name"\nname_time_is = "start"\nname_pattern = "XX-Dem_%Y-%m-%d.dat"\nfile_minutes = 30'
    )
    lines = [named if "file_time" in line else line for line in config.read_text().splitlines()]
    config.write_text("\n".join(lines))
    code, out, err = call("check", config)
    assert code == 3
    assert out.count("cannot be used") == 10
    assert "none of 48 files that were read can be used" in err
