import json
import logging
import shutil

import pytest

from fluxkit.archive.condensing import day as tasks
from fluxkit.archive.folder.lock import locked


@pytest.fixture
def no_report(monkeypatch):
    """Figures take most of the time of a short run."""
    monkeypatch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())


@pytest.fixture(scope="module")
def condensed(station, tmp_path_factory):
    """A results folder with moments."""
    from fluxkit.archive.job import Job
    from fluxkit.archive.run import condense_archive

    out = tmp_path_factory.mktemp("condensed")
    condense_archive(Job.of(station, out))
    return out


def test_run_tells_what_it_made(call, station, tmp_path, no_report):
    code, out, err = call("run", station, "-o", tmp_path / "out")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "1 averaging periods: 1 with NEE, 1 with FC, 1 with LE, 1 with H"
    assert lines[1].startswith("not used, or not all of it: 0 entries in ")
    written = {line.split()[0]: line.split()[1] for line in lines[2:]}
    assert set(written) == {"fluxes", "csv", "spectra", "run", "quarantine", "report"}
    assert "1 of 1 averaging periods" in err
    assert "2024-07-01: 1 of 1 periods have data, 1 files, 0 quarantined" in err


def test_json_log_is_one_object_a_line(call, station, tmp_path, no_report):
    code, _, err = call("run", station, "-o", tmp_path / "out", "--json-log")
    assert code == 0
    lines = [json.loads(line) for line in err.splitlines()]
    assert {"time", "level", "logger", "message"} <= set(lines[0])
    (progress,) = (line for line in lines if line.get("done") == 1)
    assert (progress["total"], progress["level"]) == (1, "info")


def test_quiet_says_nothing_and_logging_is_left_as_it_was(call, station, tmp_path, no_report):
    logger = logging.getLogger("fluxkit")
    before = logger.level, list(logger.handlers), logger.propagate
    assert call("run", station, "-o", tmp_path / "out", "--quiet") == (0, "", "")
    assert (logger.level, logger.handlers, logger.propagate) == before


def test_steps_on_a_folder_with_moments(call, station, condensed, tmp_path):
    shutil.copytree(condensed, tmp_path, dirs_exist_ok=True)
    code, out, _ = call("export", station, "-o", tmp_path)
    assert code == 2  # before there are fluxes
    for command, name in (("decide", "fluxes"), ("export", "csv"), ("report", "report")):
        code, out, _ = call(command, station, "-o", tmp_path)
        assert code == 0
        assert name in out
    assert (tmp_path / "XX-Dem_HH_202407011200_202407011230.csv").is_file()
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_condense_says_what_comes_next(call, station, tmp_path):
    code, out, _ = call("condense", station, "-o", tmp_path)
    assert code == 0
    assert "files: 1 used, 0 partly, 0 quarantined" in out
    assert f"next: fluxkit decide {station} -o {tmp_path}" in out


def test_decide_without_moments_ends_with_2(call, station, tmp_path):
    code, _, err = call("decide", station, "-o", tmp_path)
    assert code == 2
    assert "no moments here; run `fluxkit condense`" in err


def test_a_folder_in_use_ends_with_2(call, station, tmp_path):
    with locked(tmp_path):
        code, _, err = call("run", station, "-o", tmp_path)
    assert code == 2
    assert "another run works in this folder" in err


def test_no_input_ends_with_3(call, station, tmp_path):
    shutil.copy(station, tmp_path)
    code, _, err = call("run", tmp_path / "site.toml", "-o", tmp_path / "out")
    assert code == 3
    assert "no file matches" in err


def test_a_fault_of_the_program_ends_with_1(call, station, tmp_path, monkeypatch):
    monkeypatch.setattr(tasks, "condense_day", lambda *_: {}["fault"])
    code, _, err = call("run", station, "-o", tmp_path)
    assert code == 1
    assert "Traceback" in err
    assert "every day failed because of a bug" in err


def test_limits_without_data_end_with_3(call, station, tmp_path):
    code, _, err = call("run", station, "-o", tmp_path, "--start", "2025-01-01")
    assert code == 3
    assert "no file has samples between 2025-01-01" in err


def test_decide_with_other_settings(call, station, condensed, tmp_path, no_report):
    shutil.copytree(condensed, tmp_path, dirs_exist_ok=True)
    given = ("--set", "rotation=triple", "--set", "time_lag.search.co2=[0, 1]", "--set", 'lag="constant"')
    assert call("decide", station, "-o", tmp_path, *given)[0] == 0
    decided = json.loads((tmp_path / "run.json").read_text())["settings"]["decide"]
    assert (decided["rotation"], decided["lag"]) == ("triple", "constant")
    assert decided["time_lag"]["search"] == {"co2": [0.0, 1.0]}
    code, out, _ = call("status", tmp_path, "--config", station)
    assert code == 0
    assert "! the results were made with other settings (decide.lag, decide.rotation, decide.time" in out


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("rotation=tripel", "did you mean 'triple'?"),
        ("rotaton=triple", "did you mean 'rotation'?"),
        ("rotation", "give KEY=VALUE"),
    ],
)
def test_decide_refuses_settings_that_it_does_not_know(call, station, tmp_path, given, words):
    code, _, err = call("decide", station, "-o", tmp_path, "--set", given)
    assert code == 2
    assert words in err
