"""Days on the workers of a dask scheduler."""

import multiprocessing
import os
import shutil
import signal
from dataclasses import replace

import pytest

from fluxkit.archive.condensing.counting import ProgressTracker
from fluxkit.archive.condensing.dask_pool import PERMIT, Permit, RevokedError, _told_versions, connected, work
from fluxkit.archive.condensing.pool import condense_days
from fluxkit.archive.condensing.work import unfinished, work_of
from fluxkit.archive.folder.summaries import names_in, part_path
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index
from fluxkit.archive.run import run
from fluxkit.errors import ConfigError
from tests.archive.results import require_same
from tests.waiting import wait_until

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def client():
    """Two workers, of two threads each, which a task may kill but once."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def job(three_days, tmp_path):
    return Job.of(three_days / "site.toml", tmp_path / "out")


@pytest.fixture
def days(job):
    return work_of(job, Index()).plan.days


@pytest.fixture
def permit(job):
    job.out.mkdir()
    path = job.out / f"{PERMIT}-1"
    path.touch()
    return Permit(path, _told_versions())


class Deadly(tuple):
    """Files of a day that end the worker that looks at them."""

    def __iter__(self):
        if multiprocessing.parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__iter__()


def test_the_results_are_those_of_one_process(client, three_days, undisturbed, tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)  # paths that are relative here must be found there
    shutil.copytree(three_days, "archive")
    counts = []
    with caplog.at_level("INFO", "fluxkit"):
        run("archive/site.toml", "out", client=client, progress=lambda *count: counts.append(count))
    require_same(tmp_path / "out", undisturbed)
    assert counts[-1] == (100, 100)
    assert "of 2 dask workers 2 have several threads, but fluxkit uses one at a time" in caplog.text
    assert list((tmp_path / "out").glob(f"{PERMIT}*")) == []


@pytest.mark.slow
def test_a_day_that_kills_workers_is_lost_and_others_are_not(client, job, days, monkeypatch, caplog):
    # Sources are made absolute before they travel, which would make plain tuples of these.
    deadly = replace(days[1], sources=Deadly(days[1].sources))
    monkeypatch.setattr(type(deadly), "with_paths", lambda day, change: day)
    summaries = condense_days([days[0], deadly, days[2]], job, client=client)
    assert [bool(summary.bug) for summary in summaries] == [False, True, False]
    assert "workers died again and again on this day (KilledWorker" in summaries[1].problems[0].reason
    assert names_in(job.out) == ["2024-07-01", "2024-07-03"]
    assert (
        "workers died while processing 2024-07-02, which will be tried again after the others" in caplog.text
    )


@pytest.mark.slow
def test_days_of_a_killed_worker_go_to_others(client, job, days, undisturbed):
    killed = []

    def kill(done, total):
        if not killed and 0 < done < total:
            killed.extend(client.run(os.getpid).values())
            os.kill(killed[0], signal.SIGKILL)

    done = condense_days(days, job, client=client, progress=kill)
    assert killed
    assert not any(summary.bug for summary in done)
    for name in names_in(undisturbed):
        assert part_path(job.out, name).read_bytes() == part_path(undisturbed, name).read_bytes()


def test_an_error_of_a_worker_ends_the_run(client, job, days):
    (job.out / "moments").mkdir(parents=True)
    (job.out / "moments" / "2024").touch()  # a file where a folder is to be
    with pytest.raises(Exception, match=r"2024-07-0\d\.nc: cannot be written: "):
        condense_days(days, job, client=client)
    assert list(job.out.glob(f"{PERMIT}*")) == []


def test_a_worker_that_cannot_serve_is_told(days, job, permit):
    old = replace(permit, versions=(("fluxkit", "0.0.1"), *permit.versions[1:]))
    with pytest.raises(ConfigError, match=r"worker on .* has fluxkit .*, not 0\.0\.1: install the same"):
        old.check(days[0])
    elsewhere = replace(permit, path=job.out / "elsewhere" / "permit")
    with pytest.raises(ConfigError, match=r"does not see .*elsewhere: the results folder must be the same"):
        elsewhere.check(days[0])
    far = days[0].with_paths(lambda path: job.out / "far" / path.name)
    with pytest.raises(ConfigError, match=r"cannot find .*far.*\.dat: raw files must be visible"):
        permit.check(far)
    assert isinstance(work(far, job, permit), ConfigError)


def test_a_worker_stops_when_its_run_has_ended(days, job, permit, monkeypatch):
    inner = Permit.hold

    def ended(self, periods):
        self.path.unlink(missing_ok=True)
        inner(self, periods)

    monkeypatch.setattr(Permit, "hold", ended)
    assert isinstance(work(days[0], job, permit), RevokedError)
    assert names_in(job.out) == []
    assert unfinished(job.out) == []


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr("fluxkit.archive.condensing.dask_pool.PATIENCE", 0.5)
    with (
        pytest.raises(ConfigError, match=r"--scheduler tcp://127\.0\.0\.1:9: no scheduler answers"),
        connected("tcp://127.0.0.1:9"),
    ):
        pass


@pytest.mark.slow
def test_a_scheduler_that_is_lost_ends_the_run_with_what_is_done_kept(job, days):
    import subprocess
    import sys

    file = job.out.parent / "scheduler.json"
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([*words, "--scheduler-file", str(file)], stderr=subprocess.DEVNULL)
    words = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-dashboard"]
    worker = subprocess.Popen([*words, "--scheduler-file", str(file)], stderr=subprocess.DEVNULL)
    done = ProgressTracker(days, lambda count, total: scheduler.kill() if count else None)
    from fluxkit.archive.condensing.dask_pool import condense_by_scheduler
    from fluxkit.errors import FluxkitError

    try:
        wait_until(lambda: file.exists() or scheduler.poll() is not None)
        with (
            connected(str(file)) as client,
            pytest.raises(FluxkitError, match="the scheduler was lost; finished days are kept"),
        ):
            condense_by_scheduler(days, job, client, done)
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()
    assert len(done.summaries) >= 1
