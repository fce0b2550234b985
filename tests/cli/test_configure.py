import contextlib
import json
import os
import shutil
import subprocess
import sys

import pytest

from fluxkit.cli import questions
from fluxkit.site.toml.loading import load


def test_init_takes_the_layout_of_a_raw_file(call, station, tmp_path):
    shutil.copytree(station.parent / "raw", tmp_path / "raw")
    (raw,) = (tmp_path / "raw").iterdir()
    target = tmp_path / "site.toml"
    code, out, _ = call("init", raw, "-o", target)
    assert code == 0
    text = target.read_text()
    assert 'files = "raw/XX-Dem_*.dat"' in text
    assert 'format = "toa5"' in text
    assert "rate = 10.0" in text
    assert "file_minutes = 30.0" in text
    assert 'u = {column = "Ux", unit = "m s-1", instrument = "sonic"}' in text
    assert f"{text.count('FILL IN') - 1} times FILL IN" in out
    code, _, err = call("check", target)
    assert code == 2
    assert err.count("missing; give") == text.count("FILL IN") - 1


def test_init_without_a_file_is_a_form_to_fill_in(call, tmp_path):
    assert call("init", "-o", tmp_path / "new.toml")[0] == 0
    assert "# u = " in (tmp_path / "new.toml").read_text()


def test_init_does_not_overwrite(call, tmp_path):
    target = tmp_path / "site.toml"
    target.write_text("mine")
    code, _, err = call("init", "-o", target)
    assert code == 2
    assert "site.toml: already exists; give another name, or use --force" in err
    assert target.read_text() == "mine"
    assert call("init", "-o", target, "--force")[0] == 0
    assert target.read_text() != "mine"


def test_init_from_rubbish_ends_with_3(call, tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes(range(256)))
    code, _, err = call("init", tmp_path / "a.bin", "-o", tmp_path / "site.toml")
    assert code == 3
    assert "its format is not recognised; known formats: toa5, " in err
    assert not (tmp_path / "site.toml").exists()


CLOCKS = {
    "epoch,u,v,w,t_sonic": (
        [f"{1719828000 + k / 10:.1f}" for k in range(60)], 'time_column = "epoch"', 'time_parts = "epoch_s"',
    ),
    "day,clock,u,v,w,t_sonic": (
        [f"2024-07-01,10:00:{k / 10:04.1f}" for k in range(60)], 'time_column = ["day", "clock"]',
        'time_parts = ["date", "time"]',
    ),
    "TIME,u,v,w,t_sonic": (
        [f"13/07/2024 10:00:{k / 10:04.1f}" for k in range(60)], 'time_column = "TIME"', "day_first = true",
    ),
    "CLOCK,u,v,w,t_sonic": (
        [f"10:00:{k / 10:04.1f}" for k in range(60)], 'time_parts = "time"', 'name_pattern = "x_%Y%m%d.csv"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("names", CLOCKS)
def test_init_tells_the_clock_that_it_finds(call, tmp_path, names):
    stamps, *told = CLOCKS[names]
    raw = tmp_path / "x_20240701.csv"
    raw.write_text("\n".join([names, *(f"{stamp},1.0,{k},0.5,20" for k, stamp in enumerate(stamps))]) + "\n")
    assert call("init", raw, "-o", tmp_path / "site.toml")[0] == 0
    text = (tmp_path / "site.toml").read_text()
    for line in ('file_time = "records"', "rate = 10.0", *told):
        assert any(found.startswith(line) for found in text.splitlines()), line


ANSWERS = {
    "station.id": "XX-Abc", "station.latitude": "47 30 N", "station.longitude": "8°15'E",
    "station.altitude": "450 m", "station.utc_offset_h": "UTC+1", "station.canopy_height": "30 cm",
    "sonic.model": "csat3", "sonic.height": "250cm", "sonic.north_offset": "200", "irga.model": "li-7500a",
    "irga.northward_separation": "10 cm", "irga.eastward_separation": "0",
}  # fmt: skip


def example_files(station, folder):
    """A raw file, and a table of slow measurements with a line of units."""
    shutil.copytree(station.parent / "raw", folder / "raw")
    (raw,) = (folder / "raw").iterdir()
    lines = [f"2024-07-01 {k // 2:02d}:{30 * (k % 2):02d},{10 + k / 4},{70 - k},{20 * k}" for k in range(48)]
    text = ["TIMESTAMP,TA_1_1_1,RH,SWIN", *lines]
    (folder / "meteo.csv").write_text("\n".join(text) + "\n")
    return raw, folder / "meteo.csv"


def test_init_takes_several_files_and_says_what_it_guessed(call, station, tmp_path):
    raw, meteo = example_files(station, tmp_path)
    target = tmp_path / "site.toml"
    answers = ANSWERS | {"biomet.time_is": "end", "biomet.t_air.unit": "C", "biomet.rh.unit": "%"}
    code, out, _ = call(
        "init", meteo, raw, "-o", target, *(f"--set={key}={value}" for key, value in answers.items())
    )
    assert code == 0, out
    text = target.read_text()
    assert text.count("FILL IN") == 1, [line for line in text.splitlines() if "FILL IN" in line]
    site = load(target)
    assert (site.station.latitude, site.station.longitude, site.station.canopy_height) == (47.5, 8.25, 0.3)
    assert (site.sonic.height, site.analyser("co2").northward_separation) == (2.5, 0.1)
    assert site.raw.sample_time_is == "end"
    assert {name: column.unit for name, column in site.biomet.columns.items()} == {
        "t_air": "degC", "rh": "%", "sw_in": "W m-2",
    }  # fmt: skip
    stamps = "raw.sample_time_is = 'end': stamps run from"
    for words in (stamps, "biomet: meteo.csv has a record every 1800 s"):
        assert f"guessed: {words}" in out
    assert "column 'Ux': by its name; unit 'm s-1' from its header" in out
    assert call("check", target)[0] == 0


def test_init_puts_another_logger_into_sources(call, station, tmp_path):
    raw, _ = example_files(station, tmp_path)
    lines = [f"2024-07-01 10:00:{k / 10:04.1f},{1900 + k % 7}" for k in range(600)]
    (tmp_path / "gas.csv").write_text("\n".join(["TIME,CH4_ppb", *lines]) + "\n")
    code, out, _ = call("init", raw, tmp_path / "gas.csv", "-o", tmp_path / "site.toml")
    assert code == 0
    text = (tmp_path / "site.toml").read_text()
    assert '[[sources]]\nid = "logger2"' in text
    line = next(line for line in text.splitlines() if line.startswith("ch4 = "))
    assert 'column = "CH4_ppb", unit = "nmol mol-1"' in line
    assert 'source = "logger2"' in line
    assert "guessed: sources.logger2: gas.csv has other columns" in out


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("station.latitud=1", "did you mean 'station.latitude'"),
        ("station.latitude=north", "is no angle"),
        ("sonic.model=csat4", "one of csat3"),
        ("sonic.height=3 miles", "is no unit here"),
        ("sonic.height", "give KEY=VALUE"),
    ],
)
def test_init_refuses_answers_that_it_cannot_read(call, tmp_path, setting, words):
    code, _, err = call("init", "-o", tmp_path / "site.toml", "--set", setting)
    assert code == 2
    assert words in " ".join(err.split())
    assert not (tmp_path / "site.toml").exists()


@pytest.mark.parametrize(
    ("read", "answer", "value"),
    [
        (questions.degrees, "60 35 24 N", 60.59),
        (questions.degrees, "120 57 W", -120.95),
        (questions.degrees, "-33.5", -33.5),
        (questions.degrees, "7°31'48\"E", 7.53),
        (questions.hours, "UTC+5:45", 5.75),
        (questions.hours, "-03:30", -3.5),
        (questions.length, "440 cm", 4.4),
        (questions.length, "14 ft", 4.2672),
        (questions.length, "5,33mm", 0.00533),
        (questions.flow, "0.9 m3/h", 15.0),
        (questions.number, "-76", -76.0),
    ],
)
def test_answers_are_read_with_their_units(read, answer, value):
    assert read(answer) == pytest.approx(value, abs=1e-6)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_init_asks_on_a_terminal(station, tmp_path):
    raw, _ = example_files(station, tmp_path)
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "fluxkit", "init", str(raw), "-o", str(tmp_path / "site.toml")]
    asked = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    answers = ["XX-Abc", "47.5", "8.25", "450", "nonsense", "1", "30 cm", "", "csat3", "2.5", "200"]
    answers += ["li-7500a", "10 cm", "0", "", "", ""]
    os.write(ours, ("\n".join(answers) + "\n").encode())
    said = b""
    with contextlib.suppress(OSError):  # the terminal ends with the command
        while part := os.read(ours, 4096):
            said += part
    assert asked.wait(60) == 0, said.decode()
    os.close(ours)
    assert b"is no offset" in said
    assert b"Sonic anemometer [csat3]" in said
    assert load(tmp_path / "site.toml").station.canopy_height == 0.3


def test_init_asks_for_the_order_of_dates_that_show_none(call, tmp_path):
    raw = tmp_path / "x.csv"
    raw.write_text("TIME,u,v\n" + "".join(f"01/07/2024 10:00:0{k},1.0,2.0\n" for k in range(9)))
    assert call("init", raw, "-o", tmp_path / "site.toml")[0] == 0
    assert "# day_first = true" in (tmp_path / "site.toml").read_text()
    assert "FILL IN: whether 01/07/2024 has the day first" in (tmp_path / "site.toml").read_text()
    assert "01/07/2024 is read with the month first" in call("inspect", raw)[1]


@pytest.mark.parametrize("command", ["inspect", "init"])
def test_a_header_without_records_is_called_so(call, station, tmp_path, command):
    whole = next((station.parent / "raw").iterdir())
    raw = tmp_path / "x.dat"
    raw.write_text("\n".join(whole.read_text().splitlines()[:4]) + "\n")
    arguments = [raw] if command == "inspect" else [raw, "-o", tmp_path / "site.toml"]
    code, _, err = call(command, *arguments)
    assert code == 3
    assert "header, no records: nothing follows its 4 header lines" in err


def test_schema_is_json_that_knows_the_sections(call, tmp_path):
    code, out, _ = call("schema")
    assert code == 0
    assert {"station", "instruments", "raw", "columns", "decide"} <= set(json.loads(out)["properties"])
    assert call("schema", "-o", tmp_path / "schema.json")[0] == 0
    assert json.loads((tmp_path / "schema.json").read_text()) == json.loads(out)


def test_import_eddypro_writes_a_site_and_tells_every_verdict(call, shared, tmp_path):
    case = shared / "reference" / "eddypro" / "cases" / "A_base"
    raw = shared / "data" / "ec_raw" / "synthetic_A"
    target = tmp_path / "site.toml"
    code, out, _ = call(
        "import-eddypro",
        case / "project.eddypro",
        "--metadata",
        case / "site.metadata",
        "--raw",
        raw,
        "-o",
        target,
    )
    assert code == 0
    assert load(target).preset == "eddypro-6"
    beside = tmp_path / "site.import.txt"
    notes = beside.read_text()
    for verdict in ("not supported: ", "near: ", "same: "):
        assert verdict in out
        assert verdict in notes
    assert len(out.splitlines()) < 0.7 * len(notes.splitlines())  # what needs no look is in the file alone
    assert str(beside) in out
    assert out.splitlines()[-1].startswith(str(target))


@pytest.mark.parametrize(("given", "station"), [(["--id", "XX-Abc"], "XX-Abc"), ([], "project")])
def test_import_eddypro_of_a_station_without_a_code(call, shared, tmp_path, given, station):
    folder = shared / "reference" / "eddypro" / "cases" / "B_md_base"
    for name in ("project.eddypro", "site.metadata"):
        lines = (folder / name).read_text().splitlines()
        bare = ("site_id", "station_id", "site_name", "project_id", "project_title")
        kept = [f"{k}=" if (k := line.partition("=")[0]) in bare else line for line in lines]
        (tmp_path / name).write_text("\n".join(kept) + "\n")
    code, out, err = call(
        "import-eddypro", tmp_path / "project.eddypro", "-o", tmp_path / "site.toml", *given
    )
    assert code == 0, err
    assert f'id = "{station}"' in (tmp_path / "site.toml").read_text()
    guessed = (
        "! missing; station.id = 'project' is guessed from the project's file name: give another with --id"
    )
    assert (guessed in out) is (not given)


@pytest.mark.parametrize("arguments", [("absent.eddypro",), ()])
def test_import_eddypro_needs_a_project(call, arguments):
    assert call("import-eddypro", *arguments)[0] == 2
