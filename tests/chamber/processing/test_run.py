"""Whole runs over a small synthetic campaign."""

import csv
import json
import logging
import shutil

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.chamber import flags
from fluxkit.chamber.processing.run import run
from fluxkit.chamber.results.netcdf import read_chamber
from fluxkit.chamber.synthetic.plots import make_campaign
from fluxkit.errors import ConfigError, LockedError, NoInputError


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    folder = tmp_path_factory.mktemp("campaign")
    make_campaign(folder, plots=1)
    return folder


@pytest.fixture(scope="module")
def results(campaign, tmp_path_factory):
    return run(campaign / "plots.toml", tmp_path_factory.mktemp("out"))


@pytest.fixture
def changed(campaign, tmp_path):
    """A copy of the campaign with something changed in its configuration or sheet."""

    def change(old="", new="", *, sheet=("", "")):
        folder = tmp_path / "campaign"
        shutil.copytree(campaign, folder)
        for name, pair in (("plots.toml", (old, new)), ("sheet.csv", sheet)):
            path = folder / name
            text = path.read_text(encoding="utf-8")
            assert pair[0] in text
            path.write_text(text.replace(*pair, 1) if pair[0] else text, encoding="utf-8")
        return folder / "plots.toml"

    return change


def rows(path):
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_run_writes_everything_it_promises(results):
    out = results.paths["fluxes"].parent
    assert sorted(path.name for path in out.iterdir() if not path.name.startswith(".")) == [
        "CITATION.md", "demo_chamber_fluxes.csv", "demo_chamber_fluxes.nc", "quarantine.csv",
        "ro-crate-metadata.json", "run.json",
    ]  # fmt: skip
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["closures"] == results.fluxes.sizes["closure"] == 18
    assert record["fluxes"]["co2"] == 18
    assert record["files"]["quarantined"] == 1
    assert all(len(entry["sha256"]) == 64 for entry in record["inputs"])
    assert record["settings"]["campaign"]["id"] == "demo"


def test_one_damaged_file_stops_nothing(results):
    assert [problem.lost for problem in results.problems if problem.lost == "file"] == ["file"]
    told = rows(results.paths["quarantine"])
    assert any(row["lost"] == "file" and "-lost.data" in row["path"] for row in told)


def test_the_slow_clock_of_the_sheet_is_found_and_moved(results):
    assert results.fluxes.attrs["clock_offset_applied_s"] == pytest.approx(37, abs=5)
    assert flags.raised(results.fluxes["flags"].values, "clock_moved").all()


def test_a_sheet_with_one_closure_runs(campaign, tmp_path):
    folder = tmp_path / "campaign"
    shutil.copytree(campaign, folder)
    lines = (folder / "sheet.csv").read_text(encoding="utf-8").splitlines()
    (folder / "sheet.csv").write_text("\n".join(lines[:2]) + "\n", encoding="utf-8")
    out = run(folder / "plots.toml", tmp_path / "out")
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["closures"] == out.fluxes.sizes["closure"] == 1
    assert record["clock"]["error"] is None
    assert "standard error unknown of one closure" in record["clock"]["told"]


def test_what_is_read_back_is_what_was_written(results):
    again = read_chamber(results.paths["fluxes"])
    for name in (
        "flux",
        "flux_se",
        "fit_flux",
        "flags",
        "model",
        "plot",
        "discarded",
        "window_start",
        "t_soil",
    ):
        np.testing.assert_array_equal(again[name].values, results.fluxes[name].values, err_msg=name)
    # Seconds with fractions in double precision hold a tenth of a microsecond.
    late = (again["start"].values - results.fluxes["start"].values) / np.timedelta64(1, "us")
    assert np.abs(late).max() < 1
    assert again["closure"].values.tolist() == results.fluxes["closure"].values.tolist()


def test_the_table_names_units_and_flags(results):
    table = rows(results.paths["csv"])
    assert len(table) == 18 * results.fluxes.sizes["gas"]
    units = {row["gas"]: row["unit"] for row in table}
    assert units["co2"] == "umol m-2 s-1"
    assert units["ch4"] == "nmol m-2 s-1"
    methane = results.fluxes["flux"].sel(gas="ch4").values
    told = [float(row["flux"]) for row in table if row["gas"] == "ch4"]
    np.testing.assert_allclose(told, methane * 1e3, rtol=1e-6)
    assert all("clock_moved" in row["flag_names"] for row in table)


def test_equal_runs_give_equal_tables(results, campaign, tmp_path):
    again = run(campaign / "plots.toml", tmp_path)
    for name in ("csv", "quarantine"):
        assert again.paths[name].read_bytes() == results.paths[name].read_bytes()


def test_a_sheet_in_another_time_zone_is_told(changed, tmp_path, caplog):
    config = changed('files = "sheet.csv"', 'files = "sheet.csv"\nutc_offset_h = 8')
    with caplog.at_level(logging.INFO, "fluxkit"):
        results = run(config, tmp_path / "out")
    told = [problem.reason for problem in results.problems if "Is utc_offset_h right" in problem.reason]
    assert len(told) > 0
    assert "no analyser has a reading then" in told[0]


def test_a_volume_in_the_wrong_unit_is_suspected_aloud(changed, tmp_path, caplog):
    config = changed('volume = "30 L"', 'volume = "30 cm3"')
    with caplog.at_level(logging.WARNING, "fluxkit"):
        results = run(config, tmp_path / "out")
    told = [problem.reason for problem in results.problems if "in L, not in cm3" in problem.reason]
    assert len(told) == 18
    assert told[0].startswith("closure ")
    assert "18 of 18 closures: volume over area is not that of a chamber" in caplog.text
    assert flags.raised(results.fluxes["flags"].values, "geometry_doubtful").all()


def test_rows_of_one_id_and_overlaps_are_told(changed, tmp_path):
    config = changed(sheet=("\n002,", "\n001,"))
    results = run(config, tmp_path / "out")
    assert "001_2" in results.fluxes["closure"].values
    assert any("ids occur more than once: 001" in problem.reason for problem in results.problems)


def test_decisions_are_replayed(changed, tmp_path):
    config = changed("[campaign]", 'decisions = "decisions.csv"\n[campaign]')
    head = "closure,gas,action,window_start,window_end,reason"
    table = f"{head}\n001,co2,,30,120,calm\n002,,discard,,,lid\n99,,,,,\n"
    (config.parent / "decisions.csv").write_text(table, encoding="utf-8")
    results = run(config, tmp_path / "out")
    one = results.fluxes.sel(closure="001", gas="co2")
    assert float(one["window_start"]) == 30
    assert float(one["window_end"]) == 120
    assert results.fluxes["discarded"].sel(closure="002").values.all()
    assert any("'99'" in problem.reason for problem in results.problems)


def test_nothing_to_work_on(changed, tmp_path):
    config = changed('files = "analyser/*.data"', 'files = "elsewhere/*.data"')
    with pytest.raises(NoInputError, match="no file matches elsewhere"):
        run(config, tmp_path / "out")


def test_only_damaged_files(changed, tmp_path):
    config = changed('files = "analyser/*.data"', 'files = "analyser/*-lost.data"')
    with pytest.raises(NoInputError, match="none of 1 files can be used"):
        run(config, tmp_path / "out")
    assert rows(tmp_path / "out" / "quarantine.csv")[0]["lost"] == "file"


def test_wrong_names_are_configuration_errors(changed, tmp_path):
    config = changed('source = "sheet"', 'source = "detected"\nstate_column = "lid"')
    with pytest.raises(ConfigError, match="has no 'lid'; it has"):
        run(config, tmp_path / "out")


def test_a_missing_sheet(changed, tmp_path):
    with pytest.raises(ConfigError, match=r"sheet\.files"):
        run(changed('files = "sheet.csv"', 'files = "sheets.csv"'), tmp_path / "out")


def test_closures_are_detected_in_the_record(changed, results, tmp_path):
    found = run(changed('source = "sheet"', 'source = "detected"'), tmp_path / "out").fluxes
    true = results.fluxes["start"].values
    near = [np.abs((true - start) / np.timedelta64(1, "s")).min() for start in found["start"].values]
    hit = np.sum(np.array(near) < 15)
    print(f"{hit} of {true.size} closures found, {len(near) - hit} others")
    # Plots that take up about as much as they respire have no slope that could be seen.
    assert hit >= 0.6 * true.size
    assert len(near) == hit


def test_one_run_at_a_time(campaign, tmp_path):
    from fluxkit.archive.folder.lock import locked

    with locked(tmp_path), pytest.raises(LockedError):
        run(campaign / "plots.toml", tmp_path)


def test_public_names():
    import fluxkit.chamber as room

    assert room.run is run
    assert callable(room.open_analyser)
    assert callable(room.fluxes)
    assert room.load is not fk.load
    for name in dir(room):
        assert getattr(room, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'flaxes'"):
        room.flaxes  # noqa: B018
