"""Whole runs over an hour and a half of synthetic turbulence around midnight UTC."""

import csv
import json
import logging
import shutil

import numpy as np
import pytest
import xarray as xr

import fluxkit as fk
from fluxkit.archive.condensing import day as tasks
from fluxkit.archive.folder.lock import locked
from fluxkit.archive.job import Job
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import (
    condense_archive,
    decide_archive,
    export_archive,
    report_archive,
    results_of,
    run,
)
from fluxkit.errors import FluxkitError, LockedError, MomentsError, NoInputError
from fluxkit.synthetic.tower import make_day

HEADER = 4  # lines of a TOA5 file above its records


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Half hours that begin at 23:30, 00:00 and 00:30 UTC."""
    folder = tmp_path_factory.mktemp("archive")
    make_day(folder, hours=1.5, start="2024-07-02T00:30", seed=3)
    return folder


@pytest.fixture(scope="module")
def results(archive, tmp_path_factory):
    return run(archive / "site.toml", tmp_path_factory.mktemp("out"))


@pytest.fixture
def no_report(monkeypatch):
    """Most of a short run's time goes into its figures."""
    monkeypatch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.touch())


def files(folder):
    return sorted((folder / "raw").iterdir())


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_run_writes_everything_it_promises(results, archive):
    out = results.paths["fluxes"].parent
    assert results.paths["csv"].name == "XX-Dem_HH_202407020030_202407020200.csv"
    assert {path.name for path in out.iterdir() if not path.name.startswith(".")} == {
        "CITATION.md",
        "XX-Dem_fluxes.nc",
        "XX-Dem_spectra.nc",
        "XX-Dem_HH_202407020030_202407020200.csv",
        "moments",
        "quarantine.csv",
        "report.html",
        "ro-crate-metadata.json",
        "run.json",
    }
    assert sorted(path.name for path in (out / "moments" / "2024").iterdir()) == [
        "2024-07-01.json",
        "2024-07-01.nc",
        "2024-07-02.json",
        "2024-07-02.nc",
    ]
    assert results.fluxes["FC"].notnull().all()
    assert results.bugs == 0
    assert results.problems == []


def test_the_fluxes_are_those_that_were_planted(results, archive):
    lines = [line for line in (archive / "truth.csv").read_text().splitlines() if not line.startswith("#")]
    truth = list(csv.DictReader(lines))
    for k, row in enumerate(truth):
        assert results.fluxes["USTAR"].values[k] == pytest.approx(float(row["USTAR"]), rel=0.05)
        assert results.fluxes["WS"].values[k] == pytest.approx(float(row["WS"]), rel=0.01)


def test_the_record_tells_inputs_settings_and_versions(results):
    record = json.loads(results.paths["run"].read_text())
    assert record["counts"]["files"] == {"used": 3, "partly": 0, "quarantined": 0}
    assert (record["counts"]["days"], record["counts"]["periods"]) == (2, 3)
    assert [entry["path"] for entry in record["inputs"]] == [
        f"raw/XX-Dem_2024_07_02_{time}.dat" for time in ("0030", "0100", "0130")
    ]
    assert all(len(entry["sha256"]) == 64 for entry in record["inputs"])
    assert record["settings"]["decide"]["rotation"] == "double"
    assert record["versions"]["numpy"] == np.__version__
    assert record["started"] <= record["finished"]


def test_step_by_step_gives_the_same(results, archive, tmp_path):
    job = Job.of(archive / "site.toml", tmp_path)
    condense_archive(job)
    decided = results_of(RunRecord.read(job))
    assert set(decided.paths) == set(results.paths)
    for path in (decided.paths["csv"], decided.paths["report"]):
        path.unlink()
    exported = export_archive(job)["csv"]
    assert report_archive(job)["report"].stat().st_size > 10_000
    xr.testing.assert_identical(decided.fluxes, results.fluxes)
    assert exported.read_bytes() == results.paths["csv"].read_bytes()
    quarantine = results.paths["quarantine"]
    assert (tmp_path / "quarantine.csv").read_bytes() == quarantine.read_bytes()


@pytest.mark.slow
def test_the_number_of_workers_is_of_no_consequence(results, archive, tmp_path, no_report):
    other = run(archive / "site.toml", tmp_path, workers=2)
    xr.testing.assert_identical(other.fluxes, results.fluxes)
    assert other.paths["csv"].read_bytes() == results.paths["csv"].read_bytes()
    for name in ("2024-07-01", "2024-07-02"):
        part = f"moments/2024/{name}.json"
        assert (tmp_path / part).read_bytes() == (results.paths["run"].parent / part).read_bytes()


def test_files_of_another_length_give_the_same(results, archive, tmp_path, no_report):
    """The three half hours in one file, which both days read."""
    (tmp_path / "raw").mkdir()
    contents = [path.read_bytes().split(b"\r\n", HEADER) for path in files(archive)]
    body = b"".join(content[HEADER] for content in contents)
    (tmp_path / "raw" / "all.dat").write_bytes(b"\r\n".join(contents[0][:HEADER]) + b"\r\n" + body)
    shutil.copy(archive / "site.toml", tmp_path)
    other = run(tmp_path / "site.toml", tmp_path / "out")
    xr.testing.assert_identical(other.fluxes, results.fluxes)
    assert other.paths["csv"].read_bytes() == results.paths["csv"].read_bytes()


@pytest.fixture(scope="module")
def spoilt(archive, tmp_path_factory):
    """The archive with files beside that are wrong in every way."""
    folder = tmp_path_factory.mktemp("spoilt")
    shutil.copytree(archive, folder, dirs_exist_ok=True)
    good = files(archive)[0].read_bytes()
    later = good.replace(b'"2024-07-02 0', b'"2024-07-03 0').replace(b'"2024-07-02 1', b'"2024-07-03 1')
    head, lines = later.split(b"\r\n")[:HEADER], later.split(b"\r\n")[HEADER:-1]
    bad = {
        "alien": bytes(range(256)) * 64,
        "columns": later.replace(b'"Uz"', b'"Uzz"'),
        "copy": good,
        "empty": b"",
        "header": b"\r\n".join(head) + b"\r\n",
        "other": b'"TOB1","a","b"\r\n' + later,
        "rate": b"\r\n".join([*head, *lines[::2]]) + b"\r\n",
        "text": b"I am a letter.\n" * 100,
    }
    for name, content in bad.items():
        (folder / "raw" / f"{name}.dat").write_bytes(content)
    (folder / "raw" / "folder.dat").mkdir()
    (folder / "raw" / "dangling.dat").symlink_to(folder / "nowhere")
    missing = b"\r\n".join([*head, *(b",".join([*line.split(b",")[:2], *[b'"NAN"'] * 9]) for line in lines)])
    (folder / "raw" / "missing.dat").write_bytes(missing.replace(b"2024-07-03", b"2024-07-04") + b"\r\n")
    cut = later.replace(b"2024-07-03", b"2024-07-05")
    (folder / "raw" / "cut.dat").write_bytes(cut[: len(cut) // 3])
    return folder


@pytest.fixture(scope="module")
def survived(spoilt):
    return run(spoilt / "site.toml", spoilt / "out")


def test_bad_files_change_nothing_of_the_others(survived, results):
    same = survived.fluxes.sel(time=results.fluxes["time"])
    xr.testing.assert_identical(same, results.fluxes)
    assert survived.bugs == 0


def test_each_bad_file_is_quarantined_with_its_reason(survived):
    told = {}
    for row in rows(survived.paths["quarantine"]):
        told.setdefault(row["path"].removeprefix("raw/").removesuffix(".dat"), []).append(row["reason"])
    expected = {
        "alien": "is no TOA5",
        "columns": "column 'Uz' (for w) is missing",
        "empty": "the file is empty",
        "header": "no records",
        "other": "is TOB1",
        "rate": "records are 0.2 s apart (5 Hz), but raw.rate = 10 Hz",
        "text": "is no TOA5",
        "missing": "w: 0 of 18000 samples present (100.0 % missing, 10 % allowed)",
        "cut": "of 18000 records present",
    }
    for name, reason in expected.items():
        assert any(reason in found for found in told[name]), (name, told.get(name))
    # Of a file and its copy the first by name is used.
    assert "holds the same bytes as raw/XX-Dem_2024_07_02_0030.dat" in told["copy"][0]


def test_the_status_of_each_file_is_in_the_record(survived):
    record = json.loads(survived.paths["run"].read_text())
    status = {entry["path"].removeprefix("raw/"): entry["status"] for entry in record["inputs"]}
    quarantined = {
        f"{name}.dat" for name in ("alien", "columns", "copy", "empty", "header", "other", "rate", "text")
    }
    assert {name for name, found in status.items() if found == "quarantined"} == quarantined
    assert status["cut.dat"] == "partly"
    assert status["missing.dat"] == "used"
    assert status["XX-Dem_2024_07_02_0030.dat"] == "used"


def test_limits_leave_the_values_as_they_are(results, archive, tmp_path, no_report):
    limited = run(archive / "site.toml", tmp_path, start="2024-07-02", end="2024-07-02T00:30")
    assert limited.fluxes["time"].values == [np.datetime64("2024-07-02T00:00")]
    for name in ("FC", "LE", "H", "USTAR"):
        np.testing.assert_array_equal(limited.fluxes[name], results.fluxes[name][1:2])


def test_a_site_object_serves_as_well_as_its_file(results, archive, tmp_path, monkeypatch, no_report):
    monkeypatch.chdir(archive)
    done = []
    other = fk.run(fk.load("site.toml"), tmp_path, progress=lambda *counts: done.append(counts))
    xr.testing.assert_identical(other.fluxes, results.fluxes)
    assert done == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_folder_in_use_is_refused(archive, tmp_path):
    with locked(tmp_path), pytest.raises(LockedError, match="another run works in this folder"):
        run(archive / "site.toml", tmp_path)


def test_without_a_usable_file_the_record_is_written_nevertheless(archive, tmp_path):
    (tmp_path / "raw").mkdir()
    shutil.copy(archive / "site.toml", tmp_path)
    content = files(archive)[0].read_bytes().replace(b'"Uz"', b'"Uzz"')
    (tmp_path / "raw" / "a.dat").write_bytes(content)
    with pytest.raises(
        NoInputError, match=r"none of 1 files can be used, see .*quarantine\.csv; raw/a\.dat: "
    ):
        run(tmp_path / "site.toml", tmp_path / "out")
    (row,) = rows(tmp_path / "out" / "quarantine.csv")
    assert row["lost"] == "file"


def test_a_fault_of_the_program_costs_one_day(results, archive, tmp_path, monkeypatch, caplog, no_report):
    whole = tasks.condense_day

    def faulty(day, *rest):
        if str(day.date) == "2024-07-01":
            raise ZeroDivisionError("a fault")
        return whole(day, *rest)

    monkeypatch.setattr(tasks, "condense_day", faulty)
    with caplog.at_level(logging.ERROR, "fluxkit"):
        other = run(archive / "site.toml", tmp_path)
    assert other.bugs == 1
    assert "Traceback" in caplog.text
    assert "a fault" in caplog.text
    (problem,) = other.problems
    assert (problem.path, problem.lost) == ("2024-07-01", "period")
    assert problem.reason.startswith("bug: ZeroDivisionError: a fault")
    np.testing.assert_array_equal(other.fluxes["FC"], results.fluxes["FC"][1:])


def test_a_fault_on_all_days_is_an_error(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(tasks, "condense_day", lambda *_: {}["fault"])
    with pytest.raises(FluxkitError, match="every day failed because of a bug"):
        run(archive / "site.toml", tmp_path)


def test_moments_of_other_settings_are_refused(results, archive, tmp_path):
    shutil.copytree(results.paths["run"].parent, tmp_path / "out")
    text = (archive / "site.toml").read_text()
    changed = tmp_path / "site.toml"
    changed.write_text(text + "\n[condition]\nspike_run = 2\n")
    job = Job.of(changed, tmp_path / "out")
    with pytest.raises(
        MomentsError, match=r"2024-07-01\.nc: condensed with other settings \(condition\.spike_run\)"
    ):
        decide_archive(RunRecord.read(job))


def test_other_decisions_need_no_new_moments(results, archive, tmp_path):
    shutil.copytree(results.paths["run"].parent, tmp_path / "out")
    changed = tmp_path / "site.toml"
    changed.write_text((archive / "site.toml").read_text() + '\n[decide]\nrotation = "none"\n')
    fluxes, _ = decide_archive(RunRecord.read(Job.of(changed, tmp_path / "out")))
    assert not np.allclose(fluxes["TAU"], results.fluxes["TAU"])


def test_a_folder_without_moments_says_what_to_do(archive, tmp_path):
    with pytest.raises(MomentsError, match="no moments here; run `fluxkit condense`"):
        RunRecord.read(Job.of(archive / "site.toml", tmp_path))
