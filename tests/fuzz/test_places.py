"""Strange things in the folders of raw files: pipes, devices, loops of links, names that are too long."""

import os
from pathlib import Path

import pytest

from fluxkit.errors import FluxkitError, ReadError
from fluxkit.raw.inspection import inspect
from fluxkit.raw.opening import contents, head
from fluxkit.raw.registry import identify
from fluxkit.site.files import resolve_patterns

POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and such names are of POSIX systems")


@POSIX
@pytest.mark.timeout(30)
@pytest.mark.parametrize("what", ["pipe", "folder", "link to a pipe", "/dev/zero", "/dev/null"])
def test_what_is_no_file_is_not_opened(tmp_path, what):
    path = tmp_path / "x.dat"
    if what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "link to a pipe":
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to("pipe")
    elif not Path(what).exists():
        pytest.skip(f"there is no {what} here")
    else:
        path.symlink_to(what)
    for reading in (contents, head, identify, inspect):
        with pytest.raises(ReadError, match="not a file"):
            reading(path)
    assert resolve_patterns("*.dat", tmp_path) == []


def test_links_that_go_in_circles(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.dat").write_text("1\n")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a" / "self.dat").symlink_to("self.dat")
    (tmp_path / "a" / "lost.dat").symlink_to("nowhere")
    (tmp_path / "a" / "again.dat").symlink_to(tmp_path / "a" / "b" / "x.dat")
    found = resolve_patterns("**/*.dat", tmp_path)
    assert [path.name for path in found] == ["again.dat"]  # each file once
    with pytest.raises(ReadError, match="cannot be opened"):
        contents(tmp_path / "a" / "self.dat")


def test_a_name_that_is_too_long(tmp_path):
    assert resolve_patterns("x" * 5000, tmp_path) == []
    assert resolve_patterns("x" * 5000 + "/*.dat", tmp_path) == []
    with pytest.raises(ReadError, match="cannot be opened"):
        contents(tmp_path / ("x" * 5000))


def test_a_name_with_a_zero_byte(tmp_path):
    assert resolve_patterns("x\0y/*.dat", tmp_path) == []
    with pytest.raises(FluxkitError):
        contents(tmp_path / "x\0y")


@POSIX
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "x.dat"
    path.write_text("1,2\n3,4\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(ReadError, match="cannot be opened: Permission denied"):
        contents(path)
