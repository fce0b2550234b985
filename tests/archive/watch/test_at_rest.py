import os
import time

import pytest

from fluxkit.archive.watch.at_rest import Settling


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file.dat"
    path.write_text("some")
    return path


@pytest.fixture
def clock(monkeypatch):
    """A clock of this machine that a test moves on."""

    class Clock:
        now = 1000.0

    monkeypatch.setattr("fluxkit.archive.watch.at_rest.time.monotonic", lambda: Clock.now)
    return Clock


def aged(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_file_that_changed_just_now_is_growing(path):
    aged(path, 5)
    assert Settling(30).look([path]).growing == {path}
    aged(path, 40)
    assert list(Settling(30).look([path]).resting) == [path]
    assert Settling(0).look([path]).growing == frozenset()


def test_a_clock_that_is_ahead_does_not_hold_a_file_for_ever(path):
    aged(path, -3600)
    assert list(Settling(30).look([path]).resting) == [path]


def test_what_is_seen_counts_where_the_time_of_change_tells_nothing(path, clock):
    """Copies may keep the time of change of their original from the first byte on."""
    settling = Settling(30)
    aged(path, 1000)
    assert not settling.look([path]).growing
    path.write_text("some more")
    aged(path, 1000)
    assert settling.look([path]).growing == {path}
    clock.now += 20
    assert settling.look([path]).growing == {path}
    clock.now += 11
    assert not settling.look([path]).growing


def test_a_file_that_is_gone_is_neither(tmp_path):
    sight = Settling(30).look([tmp_path / "gone"])
    assert (sight.resting, sight.growing) == ({}, frozenset())
