"""Files appear whole or not at all."""

import os
from pathlib import Path

import pytest

from fluxkit.export.atomic import atomic_path, write_text


def test_the_file_appears_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "down" / "a.txt"
    with atomic_path(target) as part:
        part.write_text("new")
        assert part.parent == target.parent
        assert not target.exists()
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["a.txt"]


def fail_half_way(target: Path) -> None:
    with atomic_path(target) as part:
        part.write_text("half")
        raise RuntimeError("half way")


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way(target)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_others_may_read_what_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_text(tmp_path / "a.txt", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644
