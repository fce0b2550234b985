"""A checkout in small, to set up with a Python that only pretends or with the one that runs the tests."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What a set-up asks of Python; all else is passed to the real one. FAKE_PIP and FAKE_VENV are commands of sh.
FAKE = f"""#!/bin/sh
case "$*" in
    --version) echo "Python 3.11.99" ;;
    *"import ensurepip"*) exit ${{FAKE_NO_VENV:-0}} ;;
    "-m venv --clear "*)
        mkdir -p "$4/bin"
        cp "$0" "$4/bin/python"
        eval "${{FAKE_VENV:-}}" ;;
    "-m pip --version") echo "pip" ;;
    "-m pip install "*) eval "${{FAKE_PIP:-}}" ;;
    "-m fluxkit "*) echo "the demo runs" ;;
    *) exec {sys.executable} "$@" ;;
esac
"""

Make = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a folder with what set-up reads, and with pins of nothing."""
    if os.name == "nt":
        pytest.skip("the Python that pretends is a script of sh")
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / ".ci", folder / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", folder)
    project = (
        '[build-system]\nrequires = []\nbuild-backend = "nothing"\n[project]\nname = "x"\nversion = "0"\n'
    )
    (folder / "pyproject.toml").write_text(project)
    for name in ("requirements.lock", "requirements-dev.lock"):
        (folder / name).write_text("something==1.0 \\\n    --hash=sha256:00\n")
    return folder


@pytest.fixture
def pretender(tmp_path: Path) -> Path:
    """Give a Python that pretends."""
    path = tmp_path / "pretender" / "python3"
    path.parent.mkdir()
    path.write_text(FAKE)
    path.chmod(0o755)
    return path


@pytest.fixture
def make(checkout: Path) -> Make:
    """Give a function that runs make in the checkout."""

    def run(*words: str, folder: Path = checkout, **variables: str) -> subprocess.CompletedProcess[str]:
        own = {
            key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "MAKE", "MFLAGS"))
        }
        own["PIP_CONFIG_FILE"] = os.devnull
        return subprocess.run(
            ["make", *words], cwd=folder, env=own | variables, capture_output=True, text=True, check=False
        )

    return run


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Give the one sentence in which set-up has failed; nothing but make's own line stands beside it."""
    assert done.returncode != 0, done.stdout
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stdout
    return lines[0]


def write_wheel(folder: Path, name: str, size: int) -> str:
    """Write a wheel with one file of random bytes, and return its pin."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    facts = {
        f"{name}.bin": os.urandom(size),
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{name}-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{member},,\n" for member in facts) + f"{name}-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, content in {**facts, f"{name}-1.0.dist-info/RECORD": record.encode()}.items():
            wheel.writestr(member, content)
    return f"{name}==1.0 \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
