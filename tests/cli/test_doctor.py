"""What is said of the machine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fluxkit.cli import doctor


def test_a_sound_machine(call: Callable[..., Any], tmp_path: Path) -> None:
    code, out, _ = call("doctor", tmp_path)
    assert code == 0
    for what in ("fluxkit", "Python", "libraries", "kernels", "processors", "disk", "locks", "terminal"):
        assert what in out
    assert "nothing is wrong" in out
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_ends_with_1(call: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    code, out, _ = call("doctor", file / "out")
    assert code == 1
    assert "cannot be written" in out


def test_what_is_amiss_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    (point,) = doctor._kernels()
    assert point.state == "wrong"
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    assert all(point.state == "note" for point in doctor._extras())
    synced = tmp_path / "Dropbox" / "out"
    synced.mkdir(parents=True)
    assert any("copied to other machines" in point.says for point in doctor._folder(synced))
    monkeypatch.setattr(doctor, "DISK", 1e18)
    assert any(point.state == "wrong" and point.what == "disk" for point in doctor._folder(tmp_path))
    monkeypatch.setattr(doctor, "_file_system", lambda path: "nfs4")
    assert any("depends on the server" in point.says for point in doctor._locks(tmp_path))


def test_an_empty_cache_is_a_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("fluxkit.kernels._cache.FOLDER", tmp_path / "none")
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    assert "not compiled yet" in next(iter(doctor._kernels())).says
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "kernel").write_bytes(b"")
    assert "1 of them empty" in next(iter(doctor._kernels())).says
    monkeypatch.setattr("fluxkit.kernels._cache.FOLDER", None)
    assert "kept nowhere" in next(iter(doctor._kernels())).says
