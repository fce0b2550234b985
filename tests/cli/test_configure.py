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


@pytest.mark.parametrize("arguments", [("absent.eddypro",), ()])
def test_import_eddypro_needs_a_project(call, arguments):
    assert call("import-eddypro", *arguments)[0] == 2
