"""One run at a time in a folder of a store."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from fluxkit.archive.folder import store_lock
from fluxkit.archive.folder.lock import LOCK, locked
from fluxkit.archive.folder.store_lock import Holder
from fluxkit.errors import LockedError
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(store_lock, "OVERLAP", 0.01)
    monkeypatch.setattr(store_lock, "RENEWED_EVERY", 0.05)


def test_a_folder_that_is_held_is_refused_and_free_afterwards(bucket):
    with locked(bucket / "out"):
        assert Holder.read(bucket / "out" / LOCK).pid == os.getpid()
        told = f"{bucket}/out: another run works .*process {os.getpid()} on"
        with pytest.raises(LockedError, match=told), locked(bucket / "out"):
            pass
        with locked(bucket / "other"):
            pass
    assert bucket.tree() == []
    with pytest.raises(ZeroDivisionError), locked(bucket / "out"):
        raise ZeroDivisionError
    assert bucket.tree() == []


def test_a_holder_says_that_it_is_alive(bucket):
    with locked(bucket):
        first = Holder.read(bucket / LOCK)
        wait_until(lambda: Holder.read(bucket / LOCK).alive > first.alive)
        assert Holder.read(bucket / LOCK).token == first.token


def test_a_lock_that_was_not_renewed_is_taken_over(bucket, caplog):
    elsewhere = replace(Holder.here(), host="another-machine", pid=1)
    (bucket / LOCK).write_bytes(elsewhere.to_json())
    told = r"another-machine.*If it was killed, its lock expires in \d+ s"
    with pytest.raises(LockedError, match=told), locked(bucket):
        pass
    (bucket / LOCK).write_bytes(replace(elsewhere, alive=time.time() - 301.0).to_json())
    with locked(bucket):
        assert Holder.read(bucket / LOCK).pid == os.getpid()
    assert "taking over the lock" in caplog.text


@pytest.mark.skipif(not os.path.exists("/proc/self/ns/pid"), reason="needs Linux")
def test_the_lock_of_a_killed_process_of_this_machine_is_taken_over_at_once(bucket):
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    (bucket / LOCK).write_bytes(replace(Holder.here(), pid=killed.pid).to_json())
    with locked(bucket):
        assert Holder.read(bucket / LOCK).pid == os.getpid()


def test_a_damaged_lock_holds_nothing(bucket):
    (bucket / LOCK).write_bytes(b"{")
    with locked(bucket):
        assert Holder.read(bucket / LOCK).pid == os.getpid()


def test_of_two_that_take_an_abandoned_lock_the_last_has_it(bucket, monkeypatch):
    (bucket / LOCK).write_bytes(replace(Holder.here(), alive=0.0).to_json())
    other = Holder.here()
    monkeypatch.setattr(store_lock.time, "sleep", lambda _: (bucket / LOCK).write_bytes(other.to_json()))
    with pytest.raises(LockedError, match="another run has just begun"), locked(bucket):
        pass
    assert Holder.read(bucket / LOCK) == other


def test_a_run_that_lost_its_lock_is_told_and_leaves_the_other_alone(bucket, caplog):
    other = replace(Holder.here(), host="another-machine")

    def told():
        # Again and again: a renewal that has begun before writes over it.
        (bucket / LOCK).write_bytes(other.to_json())
        return "has taken over this folder" in caplog.text

    def work():
        with locked(bucket):
            wait_until(told)

    with pytest.raises(LockedError, match="another run took over this folder"):
        work()
    assert Holder.read(bucket / LOCK) == other


def test_a_store_that_cannot_be_reached_for_a_while_keeps_its_holder(bucket, monkeypatch, caplog):
    with locked(bucket), monkeypatch.context() as broken:
        broken.setattr(
            "fluxkit.stores.path.StorePath.write_bytes",
            lambda *_: (_ for _ in ()).throw(OSError("away")),
        )
        wait_until(lambda: "could not be renewed: away" in caplog.text)
    assert bucket.tree() == []
