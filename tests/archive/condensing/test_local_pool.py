"""Worker processes that die, and what becomes of their days."""

import json
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import fluxkit
from fluxkit.archive.condensing.counting import ProgressTracker
from fluxkit.archive.condensing.local_pool import condense_in_processes
from fluxkit.archive.condensing.work import unfinished, work_of
from fluxkit.archive.folder.summaries import names_in, part_path
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.run import condense_archive
from fluxkit.errors import WriteError
from tests.archive.results import decide, require_same, start_run


@pytest.fixture
def job(three_days, tmp_path):
    return Job.of(three_days / "site.toml", tmp_path / "out")


@pytest.fixture
def days(job):
    return work_of(job, Index()).plan.days


class Deadly(tuple):
    """Files of a day that end the worker that looks at them."""

    def __iter__(self):
        if multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__iter__()


def condense(days, job, workers, progress=None):
    done = ProgressTracker(days, progress)
    condense_in_processes(days, job, workers, done)
    return done.summaries


class Reporting(tuple):
    """Files of a day that put an environment variable of the worker that looks at them into its log."""

    def __iter__(self):
        if multiprocessing.parent_process() is not None:
            logging.getLogger("fluxkit.tests").info("set to %s", os.environ.get("FLUXKIT_TEST_SET_LATER"))
        return super().__iter__()


def test_workers_have_the_environment_of_their_parent_as_it_is_now(days, job, monkeypatch, caplog):
    day = replace(days[0], sources=Reporting(days[0].sources))
    for value in ("first", "second"):
        monkeypatch.setenv("FLUXKIT_TEST_SET_LATER", value)
        with caplog.at_level(logging.INFO, "fluxkit"):
            condense([day], job, 1)
        assert f"set to {value}" in caplog.text


@pytest.mark.slow
def test_workers_that_are_killed_cost_nothing_but_time(days, job, three_days, undisturbed, caplog):
    killed = []

    def kill(done, total):
        if done >= 30 and not killed:
            killed.extend(multiprocessing.active_children())
            for process in killed:
                os.kill(process.pid, signal.SIGKILL)
        counts.append((done, total))

    counts = []
    summaries = condense(days, job, 2, kill)
    assert len(killed) == 2
    assert [summary.name for summary in summaries] == [day.name for day in days]
    assert not any(summary.bug for summary in summaries)
    assert counts[-1] == (100, 100)
    assert "a worker was killed (out of memory?) on 2024-07-0" in caplog.text
    assert unfinished(job.out) == []
    assert [part_path(job.out, name).read_bytes() for name in names_in(job.out)] == [
        part_path(undisturbed, name).read_bytes() for name in names_in(undisturbed)
    ]


def test_a_day_that_kills_its_worker_twice_is_lost_and_told(days, job, caplog):
    deadly = replace(days[1], sources=Deadly(days[1].sources))
    stale = part_path(job.out, deadly.name)
    stale.parent.mkdir(parents=True)
    stale.touch()
    counts = []
    summaries = condense([days[0], deadly, days[2]], job, 2, lambda *count: counts.append(count))
    assert [bool(summary.bug) for summary in summaries] == [False, True, False]
    (problem,) = summaries[1].problems
    assert "was killed (out of memory?) on this day 2 times" in problem.reason
    assert (problem.path, problem.lost) == ("2024-07-02", "period")
    assert names_in(job.out) == ["2024-07-01", "2024-07-03"]
    assert counts[-1] == (100, 100)
    assert caplog.text.count("is tried again") == 1


def test_what_workers_log_is_shown_by_the_parent(days, job, three_days, tmp_path, caplog):
    day = replace(days[0], sources=(replace(days[0].sources[0], path=tmp_path / "gone.dat"),))
    with caplog.at_level(logging.INFO, "fluxkit"):
        condense([day], job, 1)
    assert "gone.dat: no checksum: No such file or directory" in caplog.text


def test_an_error_of_a_worker_ends_the_run(days, job):
    (job.out / "moments").mkdir(parents=True)
    (job.out / "moments" / "2024").touch()  # a file where a folder is to be
    with pytest.raises(WriteError, match=r"2024-07-0\d\.nc: cannot be written: "):
        condense(days, job, 2)
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_a_script_without_a_guard_is_told_so(three_days, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import fluxkit as fk\n"
        f"fk.run({str(three_days / 'site.toml')!r}, {str(tmp_path / 'out')!r}, workers=2)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=500)
    assert done.returncode == 1
    assert "in a script, call run() under `if __name__ == '__main__':`" in done.stderr


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("number", "code"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow), (signal.SIGTERM, 143)]
)
def test_an_interrupted_run_ends_in_order(three_days, tmp_path, undisturbed, number, code):
    out = tmp_path / "out"
    process = start_run(three_days / "site.toml", out, "--workers", "2", command="condense")
    for line in process.stderr:
        if "have data" in line:  # a day is done
            break
    process.send_signal(number)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == code
    assert "interrupted; finished days are kept: run the same command again to continue" in errors
    assert "Traceback" not in errors
    assert unfinished(out) == []
    assert names_in(out)  # by then all may be done
    condense_archive(Job.of(three_days / "site.toml", out))
    decide(three_days / "site.toml", out)
    require_same(out, undisturbed)


@pytest.mark.slow
def test_workers_do_not_outlive_their_parent(three_days, tmp_path):
    process = start_run(three_days / "site.toml", tmp_path / "out", "--workers", "2", command="condense")
    for line in process.stderr:
        if "have data" in line:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=300)  # returns when the last process that holds the pipes has ended


def test_workers_import_nothing_from_the_folder_that_a_command_is_started_in(three_days, tmp_path):
    mark = tmp_path / "imported"
    (tmp_path / "multiprocessing.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    words = ["condense", str(three_days / "site.toml"), "-o", str(tmp_path / "out"), "--workers", "2", "-q"]
    script = f"import sys; sys.path.remove(''); from fluxkit.cli.main import main; main({words!r})"
    environment = {**os.environ, "PYTHONPATH": str(Path(fluxkit.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not mark.exists()


OWN = """
import json, os, sys
from fluxkit.cli.main import main
try:
    main()
finally:
    print()
    print(json.dumps([len(os.listdir("/proc/self/task")), *sorted(sys.modules)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
@pytest.mark.parametrize("workers", [1, 2])
def test_workers_of_a_command_are_forked_from_it_since_it_has_one_thread(three_days, tmp_path, workers):
    environment = {name: text for name, text in os.environ.items() if not name.endswith("_NUM_THREADS")}
    words = ["condense", three_days / "site.toml", "-o", tmp_path / "out", "--workers", workers]
    done = subprocess.run(
        [sys.executable, "-c", OWN, *map(str, words)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    threads, *modules = json.loads(done.stdout.splitlines()[-1])
    assert threads == 1
    assert "multiprocessing.forkserver" not in modules
    assert ("multiprocessing.popen_fork" in modules) == (workers > 1)
    assert done.stderr.count(" periods have data") == 3, done.stderr
