import json
import shutil

import pytest

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
    for verdict in ("not supported", "near", "same"):
        assert verdict in out
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
