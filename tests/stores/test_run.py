"""Whole runs from a bucket into a bucket."""

import json
import shutil
import subprocess
import sys

import pytest
import xarray as xr

from fluxkit.archive.folder.store_lock import Holder
from fluxkit.archive.run import read_run_fluxes, run
from fluxkit.cli.main import main
from fluxkit.errors import LockedError, StoreError
from fluxkit.locations import location
from fluxkit.synthetic.tower import make_day
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Four quarters of an hour, of two UTC days."""
    folder = tmp_path_factory.mktemp("archive")
    make_day(folder, hours=1.0, rate=5.0, period=15.0, start="2024-07-02T00:30", seed=3)
    return folder


@pytest.fixture(scope="module")
def local(archive, tmp_path_factory):
    return run(archive / "site.toml", tmp_path_factory.mktemp("out"))


@pytest.fixture
def site(archive, bucket):
    """The archive's copy in a bucket, its configuration too."""
    for path in archive.rglob("*"):
        if path.is_file():
            (bucket / path.relative_to(archive)).upload(path)
    return bucket / "site.toml"


@pytest.fixture
def no_report(monkeypatch):
    """Most of a short run's time goes into its figures."""
    monkeypatch.setattr("fluxkit.report.page.write_report", lambda path, *_: path.write_text(""))


def names(folder):
    return {str(path).removeprefix(f"{folder}/") for path in folder.tree()}


def test_a_run_from_store_to_store_is_the_local_one(site, bucket, local):
    out = bucket / "results"
    found = run(site, out)
    xr.testing.assert_identical(found.fluxes, local.fluxes)
    here = local.paths["csv"].parent
    there = location(str(out))
    assert (there / local.paths["csv"].name).read_bytes() == local.paths["csv"].read_bytes()
    kept = read_run_fluxes(there / "XX-Dem_fluxes.nc")
    xr.testing.assert_identical(kept, read_run_fluxes(here / "XX-Dem_fluxes.nc").assign_attrs(kept.attrs))
    on_disk_alone = {".fluxkit.lock", "moments/page_1.npz", "moments/reduced_1.npz", "moments/spectra_1.npz"}
    written = {path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file()}
    assert names(out) == written - on_disk_alone
    mine, theirs = (json.loads((folder / "run.json").read_text()) for folder in (there, here))
    assert mine["inputs"] == theirs["inputs"]


def test_a_second_run_condenses_what_has_changed_and_no_more(site, bucket, local, archive, caplog, no_report):
    out = str(bucket / "results")
    run(str(site), out)
    before = {str(path): path.fingerprint() for path in (bucket / "results" / "moments").glob("*/*.nc")}
    raw = sorted((archive / "raw").iterdir())
    (bucket / "raw" / raw[-1].name).write_bytes(raw[-1].read_bytes()[:2000])  # cut: of the second day
    with caplog.at_level("INFO"):
        found = run(str(site), out)
    assert "1 days are already done, 1 to do (1 raw files)" in caplog.text
    after = {str(path): path.fingerprint() for path in (bucket / "results" / "moments").glob("*/*.nc")}
    assert [path for path in before if before[path] != after[path]] == [f"{out}/moments/2024/2024-07-02.nc"]
    assert any(problem.path == f"raw/{raw[-1].name}" for problem in found.problems)


def test_a_local_configuration_may_name_files_in_a_bucket(site, bucket, local, archive, tmp_path, no_report):
    text = (archive / "site.toml").read_text()
    assert '"raw/' in text
    shutil.copytree(archive / "raw", tmp_path / "raw")
    (tmp_path / "site.toml").write_text(text.replace('"raw/', f'"{bucket}/raw/'))
    found = run(tmp_path / "site.toml", tmp_path / "out")
    assert found.fluxes["FC"].equals(local.fluxes["FC"])
    told = json.loads((tmp_path / "out" / "run.json").read_text())["inputs"]
    assert all(entry["path"].startswith(f"{bucket}/raw/") for entry in told)


def test_damaged_objects_are_quarantined(site, bucket, archive, no_report):
    raw = sorted(path.name for path in (archive / "raw").iterdir())
    (bucket / "raw" / raw[0]).write_bytes(b"")
    (bucket / "raw" / raw[1]).write_bytes(b"\x1f\x8b damaged")
    run(site, bucket / "results")
    told = (bucket / "results" / "quarantine.csv").read_text()
    assert f"raw/{raw[0]}" in told
    assert f"raw/{raw[1]}" in told
    status = {
        entry["path"]: entry["status"]
        for entry in json.loads((bucket / "results" / "run.json").read_text())["inputs"]
    }
    assert [status[f"raw/{name}"] for name in raw] == ["quarantined", "quarantined", "used", "used"]


def test_a_folder_that_is_held_is_refused(site, bucket):
    out = bucket / "results"
    (out / ".fluxkit.lock").write_bytes(Holder.here().to_json())
    with pytest.raises(LockedError, match=f"{out}: another run works in this folder"):
        run(site, out)


def test_a_missing_bucket_is_told(site, archive, tmp_path, capsys):
    with pytest.raises(StoreError, match=r"s3://no-such-bucket.*there is no such bucket"):
        run(site, "s3://no-such-bucket/results")
    text = (archive / "site.toml").read_text()
    (tmp_path / "site.toml").write_text(text.replace('"raw/', '"s3://no-such-bucket/raw/'))
    with pytest.raises(SystemExit) as ended:
        main(["run", str(tmp_path / "site.toml"), "-o", str(tmp_path / "out"), "-q"])
    assert ended.value.code == 2
    assert "s3://no-such-bucket/raw: there is no such bucket" in capsys.readouterr().err


def test_the_command_line_takes_addresses(site, bucket, capsys):
    out = bucket / "results"
    with pytest.raises(SystemExit) as ended:
        main(["condense", str(site), "-o", str(out), "--workers", "1"])
    assert ended.value.code == 0
    assert f"next: fluxkit decide {site} -o {out}" in capsys.readouterr().out
    assert [path.name for path in (out / "moments" / "2024").glob("*.nc")] == [
        "2024-07-01.nc",
        "2024-07-02.nc",
    ]


@pytest.mark.slow
def test_several_processes_work_from_store_to_store(site, bucket, local, no_report):
    found = run(site, bucket / "results", workers=2)
    xr.testing.assert_identical(found.fluxes, local.fluxes)


@pytest.mark.slow
def test_a_killed_run_is_taken_up_where_it_was(site, bucket, local, no_report):
    out = bucket / "results"
    command = [sys.executable, "-m", "fluxkit", "run", str(site), "-o", str(out), "--workers", "1", "-q"]
    process = subprocess.Popen(command)
    wait_until(lambda: list(out.glob("moments/*/*.json")))
    process.kill()
    process.wait()
    assert (out / ".fluxkit.lock").exists()
    xr.testing.assert_identical(run(site, out).fluxes, local.fluxes)
    assert not (out / ".fluxkit.lock").exists()
