"""As in test_setup, with the real venv and pip, and without an index that works."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.setup.conftest import sentence, write_wheel

pytestmark = pytest.mark.slow

PYTHON = f"PYTHON={getattr(sys, '_base_executable', sys.executable)}"
MB = 1_000_000


@pytest.fixture
def wheels(checkout: Path, tmp_path: Path) -> Path:
    """Give a folder of wheels for what the checkout pins."""
    folder = tmp_path / "wheels"
    pins = write_wheel(folder, "little", 100) + write_wheel(folder, "bulky", 60 * MB)
    (checkout / "requirements.lock").write_text(pins)
    return folder


@pytest.fixture
def small_disk(checkout: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a copy of the checkout on a disk of its own, which holds Python's environment and little more."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=70m", "tmpfs", str(place)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_no_network(make):
    told = sentence(make("demo", PYTHON, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="1"))
    assert told.startswith("fluxkit: no package index can be reached")


def test_an_index_without_one_wheel(make, wheels):
    (wheels / "bulky-1.0-py3-none-any.whl").unlink()
    told = sentence(make("demo", PYTHON, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels)))
    assert told.startswith("fluxkit: the package index has no bulky==1.0")


def test_another_file_than_was_pinned(make, wheels):
    write_wheel(wheels, "bulky", 10)
    told = sentence(make("demo", PYTHON, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels)))
    assert told.startswith("fluxkit: the package index gave another file")


def test_a_python_without_ensurepip(make, tmp_path):
    (tmp_path / "ensurepip.py").write_text("raise ImportError\n")
    told = sentence(make("demo", PYTHON, PYTHONPATH=str(tmp_path)))
    assert "cannot make virtual environments" in told


@pytest.mark.parametrize("megabytes", [5, 70])
def test_a_full_disk(make, checkout, wheels, small_disk, megabytes):
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(small_disk)], check=True)
    subprocess.run(["cp", "-r", f"{checkout}/.", str(small_disk)], check=True)
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    told = sentence(make("demo", PYTHON, folder=small_disk, **index))
    assert told.startswith("fluxkit: the disk is full")
    subprocess.run(["mount", "-o", "remount,size=500m", str(small_disk)], check=True)
    again = make("demo", folder=small_disk, **index)
    assert "making .venv" in again.stdout
    assert (small_disk / ".venv/lib").is_dir()
    assert next(small_disk.glob(".venv/lib/python*/site-packages/bulky.bin")).stat().st_size == 60 * MB
