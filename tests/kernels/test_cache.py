"""Compiled kernels have a folder of their own; what goes wrong there costs compiling at most."""

import errno
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from fluxkit.kernels import _cache, screen
from fluxkit.kernels._cache import Files, KernelCache, remove_unused
from fluxkit.kernels._jit import kernel

#: Calls two kernels; tells where they are kept and how many were compiled.
PROGRAM = """
import logging; logging.basicConfig(format="%(message)s")
import numba, numpy as np
from fluxkit.kernels import _cache, screen
assert screen.valid(np.array([1.0, np.nan, 2.0])) == 2
assert screen.beyond(np.array([1.0, np.nan, 2.0]), 2.0, 0.0, 3.0) == 1
kernels = (screen.valid, screen.beyond)
compiled = sum(sum(k.stats.cache_misses.values()) for k in kernels)
print(_cache.FOLDER, numba.config.CACHE_DIR, compiled, sep="|")
"""
CLEAN = {
    k: v
    for k, v in os.environ.items()
    if k not in ("NUMBA_CACHE_DIR", "FLUXKIT_NO_CACHE", "NUMBA_DISABLE_JIT")
}
compiled_only = pytest.mark.skipif(not hasattr(screen.valid, "py_func"), reason="kernels run uncompiled")


def start(**env: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=CLEAN | {k: str(v) for k, v in env.items()},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def told(process: "subprocess.Popen[str]") -> tuple[str, str, int, str]:
    """Folder, numba's own folder, kernels compiled and log of a program that must end well."""
    out, log = process.communicate(timeout=300)
    assert process.returncode == 0, log
    folder, of_numba, compiled = out.strip().split("|")
    return folder, of_numba, int(compiled), log


def test_numba_keeps_its_own_folder_and_ours_is_kept(tmp_path):
    folder, of_numba, compiled, log = told(start(XDG_CACHE_HOME=tmp_path))
    assert (Path(folder).parent, of_numba, compiled, log) == (tmp_path / "fluxkit", "", 2, "")
    assert len(list(Path(folder).iterdir())) == 2
    assert told(start(XDG_CACHE_HOME=tmp_path))[2] == 0


def test_a_folder_that_the_user_gives_numba_holds_ours_too(tmp_path):
    folder, of_numba, _, _ = told(start(NUMBA_CACHE_DIR=tmp_path))
    assert (Path(folder).parent, of_numba) == (tmp_path / "fluxkit", str(tmp_path))


def test_two_processes_on_a_cold_folder_leave_it_whole(tmp_path):
    both = [start(XDG_CACHE_HOME=tmp_path) for _ in range(2)]
    folders = {told(process)[0] for process in both}
    assert sorted(path.suffix for path in Path(*folders).iterdir()) == [".nbc", ".nbc"]
    assert told(start(XDG_CACHE_HOME=tmp_path))[2] == 0


def test_damaged_files_are_compiled_again(tmp_path):
    folder = Path(told(start(XDG_CACHE_HOME=tmp_path))[0])
    for path, keep in zip(sorted(folder.iterdir()), (0, 1000), strict=True):
        path.write_bytes(path.read_bytes()[:keep])
    assert told(start(XDG_CACHE_HOME=tmp_path))[2] == 2
    assert told(start(XDG_CACHE_HOME=tmp_path))[2] == 0


def test_where_nothing_can_be_kept_kernels_work_and_one_sentence_says_so(tmp_path):
    (tmp_path / "fluxkit").touch()  # a file where a folder is to be
    folder, _, compiled, log = told(start(XDG_CACHE_HOME=tmp_path))
    assert compiled == 2
    assert len(log.splitlines()) == 1
    assert log.startswith(f"{folder}: compiled kernels cannot be kept here")


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path / "new" / "folder", "kernel")


def test_signatures_do_not_touch_each_other(files):
    other = Files(files._folder, "kernel")  # of another process
    files.save(("one", 1), b"first")
    other.save(("two", 2), b"second")
    assert (other.load(("one", 1)), files.load(("two", 2))) == (b"first", b"second")
    assert files.load(("three", 3)) is None
    files.flush()
    assert other.load(("two", 2)) is None


@pytest.mark.parametrize("length", [0, 31, 32, 40, -1])
def test_a_file_cut_off_is_none(files, length):
    files.save("key", b"x" * 1000)
    path = files.path("key")
    path.write_bytes(path.read_bytes()[:length])
    assert files.load("key") is None


@pytest.mark.parametrize("at", [0, 40, 500])
def test_a_file_with_a_wrong_byte_is_none(files, at):
    files.save("key", b"x" * 1000)
    content = bytearray(files.path("key").read_bytes())
    content[at] ^= 1
    files.path("key").write_bytes(content)
    assert files.load("key") is None


def test_a_file_of_another_signature_is_none(files):
    files.save("key", b"x")
    files.path("key").rename(files.path("other"))
    assert files.load("other") is None


def full(*_args: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_nothing_half_written(files, monkeypatch):
    files.save("key", b"before")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        files.save("key", b"after")
    assert [path.name for path in files._folder.iterdir()] == [files.path("key").name]
    assert files.load("key") == b"before"


@compiled_only
def test_a_full_disk_is_told_once(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(_cache, "FOLDER", tmp_path)
    monkeypatch.setattr(_cache, "_told", False)
    monkeypatch.setattr(Files, "save", full)
    fresh = kernel(screen.valid.py_func)  # what was loaded cannot be saved again
    assert fresh(np.zeros(3)) == 3
    result = next(iter(fresh.overloads.values()))
    KernelCache(fresh.py_func).save_overload(result.signature, result)
    assert [r.getMessage().partition(":")[0] for r in caplog.records] == [str(tmp_path)]
    assert "No space left on device" in caplog.text


@compiled_only
def test_what_cannot_be_rebuilt_is_compiled_again(monkeypatch, tmp_path, caplog):
    """A file that is whole and yet does not serve, as of another LLVM."""
    assert screen.valid(np.zeros(3)) == 3
    monkeypatch.setattr(_cache, "FOLDER", tmp_path)
    monkeypatch.setattr(Files, "load", lambda *_: b"no machine code")
    caplog.set_level(logging.DEBUG, "fluxkit.kernels")
    result = next(iter(screen.valid.overloads.values()))
    cache = KernelCache(screen.valid.py_func)
    assert cache.load_overload(result.signature, screen.valid.targetctx) is None
    assert str(tmp_path) in caplog.text


def test_no_home_is_no_folder(monkeypatch, caplog):
    def lost() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CACHE_HOME", "FLUXKIT_NO_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_cache.numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(_cache, "_told", False)
    monkeypatch.setattr(Path, "home", lost)
    assert _cache._folder() is None
    assert "Could not determine home directory" in caplog.text


def test_settings_that_change_machine_code_have_their_own_folder(monkeypatch):
    plain = _cache._version()
    monkeypatch.setattr(_cache.numba.config, "BOUNDSCHECK", 1 - (_cache.numba.config.BOUNDSCHECK or 0))
    assert _cache._version() != plain


def test_folders_of_other_versions_go_when_nobody_used_them_for_long(tmp_path):
    now = time.time()
    own, old, used, foreign = (
        tmp_path / name
        for name in (f"kernels-{'0' * 16}", f"kernels-{'1' * 16}", f"kernels-{'2' * 16}", "kernels-mine")
    )
    for folder in (own, old, used, foreign):
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "file").touch()
        for path in (folder / "inner" / "file", folder / "inner", folder):
            os.utime(path, (now - 1e7, now - 1e7))
    os.utime(used)
    empty = tmp_path / f"kernels-{'3' * 16}"
    empty.mkdir()
    remove_unused(own, now - 5e6)
    assert sorted(tmp_path.iterdir()) == sorted([own, used, empty, foreign])


@compiled_only
def test_a_process_that_reads_marks_its_folder_as_used(monkeypatch, tmp_path):
    monkeypatch.setattr(_cache, "FOLDER", tmp_path)
    monkeypatch.setattr(_cache, "_marked", False)
    os.utime(tmp_path, (0, 0))
    _cache._mark_use()
    assert time.time() - tmp_path.stat().st_mtime < 3600
