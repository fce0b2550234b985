"""Runs that are killed, disks that are full, files that were altered: nothing is lost, nothing is half."""

import errno
import os
import random
import shutil
import subprocess
import time

import pytest

from fluxkit.archive.condensing.work import unfinished
from fluxkit.archive.folder.lock import locked
from fluxkit.archive.folder.summaries import names_in, part_path
from fluxkit.archive.job import Job
from fluxkit.archive.planning import index
from fluxkit.archive.record import RunRecord
from fluxkit.archive.run import condense_archive, run
from fluxkit.cli.main import main
from fluxkit.errors import MomentsError, WriteError
from tests.archive.results import decide, kill_group, require_same, require_whole, start_run
from tests.waiting import wait_until

FIRST = "2024-07-01"


@pytest.fixture
def config(three_days):
    return three_days / "site.toml"


def code_of(*words):
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return ended.value.code


def killed_again_and_again(config, out, expected, times, seed):
    """Kill a run at random moments, let it go on each time, and compare whenever it comes to its end."""
    rng = random.Random(seed)
    begun = time.monotonic()
    assert start_run(config, out, "--workers", "2").wait() == 0
    length = time.monotonic() - begun
    shutil.rmtree(out)
    killed = 0
    while killed < times:
        process = start_run(config, out, "--workers", "2")
        try:
            process.communicate(timeout=rng.uniform(0.2, 1.0) * length)
        except subprocess.TimeoutExpired:
            kill_group(process)
            killed += 1
            require_whole(out)
        else:
            assert process.returncode == 0
            require_same(out, expected)
            shutil.rmtree(out)
    assert start_run(config, out).wait() == 0
    require_same(out, expected)


def test_a_run_that_is_killed_goes_on_to_the_same_end(config, tmp_path, undisturbed):
    out = tmp_path / "out"
    process = start_run(config, out, "--workers", "2")
    # The moment in which a day's moments appear.
    wait_until(lambda: list(out.glob("moments/*/*.nc")) or process.poll() is not None)
    assert process.poll() is None
    kill_group(process)
    require_whole(out)
    condense_archive(Job.of(config, out))
    decide(config, out)
    require_same(out, undisturbed)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_run_that_is_killed_twenty_times_at_random(config, tmp_path, undisturbed):
    killed_again_and_again(config, tmp_path / "out", undisturbed, times=20, seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_results_do_not_depend_on_the_number_of_workers(config, tmp_path, undisturbed, workers):
    run(config, tmp_path, workers=workers)
    require_same(tmp_path, undisturbed)


def test_results_do_not_depend_on_the_order_of_the_listing(config, tmp_path, undisturbed, monkeypatch):
    inner, seen = index.resolve_files, []

    def shuffled(site, base):
        paths = inner(site, base)
        random.Random(3).shuffle(paths)
        seen.append(paths != sorted(paths))
        return paths

    monkeypatch.setattr(index, "resolve_files", shuffled)
    condense_archive(Job.of(config, tmp_path))
    assert seen == [True]
    decide(config, tmp_path)
    require_same(tmp_path, undisturbed)


# ---- disks that are full, folders that cannot be written to ----


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 700 kB: room for the moments of one day."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(disk)]
    if os.name != "posix" or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here; test_an_error_of_the_disk_is_told covers the message")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_costs_no_day_that_is_done(config, small_disk, undisturbed, tmp_path):
    out = small_disk / "out"
    process = start_run(config, out, "--workers", "1", "-q", command="condense")  # it keeps the disk busy
    _, told = process.communicate()
    assert process.returncode == 2
    assert "2024-07-02.nc: cannot be written: the disk is full, 0 kB are free; make room" in told
    assert names_in(out) == [FIRST]
    assert unfinished(out) == []
    require_whole(out)
    roomy = shutil.copytree(out, tmp_path / "roomy")
    condense_archive(Job.of(config, roomy))
    decide(config, roomy)
    require_same(roomy, undisturbed)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_an_error_of_the_disk_is_told(config, tmp_path, undisturbed, monkeypatch, number):
    out = shutil.copytree(undisturbed, tmp_path / "out")
    before = {path: path.read_bytes() for path in out.iterdir() if path.is_file()}

    def fail(_handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    words = "the disk is full" if number == errno.ENOSPC else os.strerror(number)
    with pytest.raises(WriteError, match=rf"XX-Dem_fluxes\.nc: cannot be written: {words}.*run again"):
        decide(config, out)
    assert {path: path.read_bytes() for path in out.iterdir() if path.is_file()} == before


def test_a_folder_that_cannot_be_written_to_ends_with_2(config, tmp_path, monkeypatch, capsys):
    def refuse(*_rest):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)  # the superuser may write anywhere: no permission hinders a test
    assert code_of("condense", config, "-o", tmp_path, "-q") == 2
    assert "the results folder cannot be written to: Read-only file system" in capsys.readouterr().err


def test_a_second_run_is_refused_and_harms_nothing(config, tmp_path, undisturbed, capsys):
    out = shutil.copytree(undisturbed, tmp_path / "out")
    with locked(out):
        for command in ("run", "condense", "decide", "export", "report"):
            assert code_of(command, config, "-o", out, "-q") == 2
            assert "another run works in this folder" in capsys.readouterr().err
        assert code_of("condense", config, "-o", out, "--shard", "1/2", "-q") == 2
    require_same(out, undisturbed)


# ---- moments that are not what was written ----


@pytest.mark.parametrize("harm", ["cut", "altered", "removed"])
def test_decide_refuses_moments_that_were_harmed(config, tmp_path, undisturbed, harm, capsys):
    out = shutil.copytree(undisturbed, tmp_path / "out")
    path = part_path(out, FIRST)
    whole = path.read_bytes()
    products = {path: path.read_bytes() for path in out.iterdir() if path.is_file()}
    if harm == "removed":
        path.unlink()
    else:
        path.write_bytes(whole[:-100] if harm == "cut" else whole[:5000] + b"?" + whole[5001:])
    if harm == "removed":  # what is not there is left out, with a word
        assert RunRecord.read(Job.of(config, out)).names == ["2024-07-02", "2024-07-03"]
        return
    assert code_of("decide", config, "-o", out) == 2
    told = capsys.readouterr().err
    assert f"{FIRST}.nc: damaged or altered since it was written" in told
    assert "run `fluxkit condense` (or `run`) again, which makes this day again" in told
    assert {path: path.read_bytes() for path in out.iterdir() if path.is_file()} == products
    condense_archive(Job.of(config, out))
    decide(config, out)
    require_same(out, undisturbed)


def test_moments_that_cannot_be_read_are_told(config, tmp_path, undisturbed, monkeypatch):
    def refuse(_path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("fluxkit.archive.folder.summaries.file_sha256", refuse)
    with pytest.raises(MomentsError, match=r"01\.nc: cannot be read \(Permission denied\); condense again"):
        RunRecord.read(Job.of(config, undisturbed))
