"""Kernels are compiled by one process at a time, once for each kind of station."""

import pytest
from filelock import FileLock

from fluxkit.archive.condensing import condensers
from fluxkit.archive.condensing.condensers import Condensers, compile_kernels
from fluxkit.archive.condensing.work import work_of
from fluxkit.archive.job import Job
from fluxkit.archive.planning.index import Index


@pytest.fixture
def days(three_days, tmp_path):
    return work_of(Job.of(three_days / "site.toml", tmp_path / "out"), Index()).plan.days


@pytest.fixture
def called(monkeypatch, tmp_path):
    """Whether kernels were called under the lock, each time they were."""
    cache, held = tmp_path / "cache", []

    def call(*_rest):
        lock = FileLock(cache / "compiling.lock", timeout=0)
        try:
            lock.acquire()
        except TimeoutError:
            held.append(True)
        else:
            lock.release()
            held.append(False)

    monkeypatch.setattr("fluxkit.kernels._cache.FOLDER", cache)
    monkeypatch.setattr(condensers, "_call", call)
    return held


def test_kernels_are_called_once_and_under_a_lock(days, called):
    compile_kernels(Condensers(), days)
    compile_kernels(Condensers(), days[:1])
    assert called == [True]


def test_another_station_calls_its_own(days, called):
    from dataclasses import replace

    site = days[0].site
    other = site.model_copy(update={"condense": site.condense.model_copy(update={"period": 60.0})})
    compile_kernels(Condensers(), [days[0], replace(days[1], site=other)])
    assert called == [True, True]


def test_a_cache_that_cannot_be_locked_is_told_and_done_without(days, called, monkeypatch, tmp_path, caplog):
    (tmp_path / "cache").touch()  # a file where a folder is to be
    monkeypatch.setattr(condensers, "_call", lambda *_: called.append("without"))
    compile_kernels(Condensers(), days)
    assert called == ["without"]
    assert "kernels are compiled without a lock" in caplog.text
