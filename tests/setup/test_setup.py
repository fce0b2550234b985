"""Set-up that fails says in one sentence what to do, and the next `make` goes on."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from tests.setup.conftest import ROOT, sentence

NO_NETWORK = """
echo "WARNING: Retrying after connection broken by 'NewConnectionError(... Failed to establish a new"
echo "ERROR: Could not find a version that satisfies the requirement something==1.0 (from versions: none)"
echo "ERROR: No matching distribution found for something==1.0"; exit 1"""
NO_WHEEL = """
echo "ERROR: Could not find a version that satisfies the requirement something==1.0 (from versions: 0.9, 1.1)"
echo "ERROR: No matching distribution found for something==1.0"; exit 1"""
LATER = 'echo "Installing collected packages: something"; '
FULL = (
    LATER
    + 'echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"; exit 1'
)
OTHER_FILE = 'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."; exit 1'
NO_PIN = """
echo "ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==."
echo "    coverage[toml]>=7 from ..."; exit 1"""
CRASH = 'echo "Traceback (most recent call last):"; echo "ERROR: Exception: something odd"; exit 2'

FAILURES = {
    "no network": (NO_NETWORK, "no package index can be reached: check the network"),
    "no wheel": (
        NO_WHEEL,
        "the package index has no something==1.0 for this Python and machine: name another",
    ),
    "full disk": (FULL, "the disk is full"),
    "another file": (OTHER_FILE, "the package index gave another file than was pinned"),
    "a pin too few": (NO_PIN, "the file of pins lacks a requirement: make lock"),
    "killed": ("kill -9 $$", "pip was ended by signal 9"),
    "anything else": (CRASH, "pip failed (Exception: something odd)"),
}


@pytest.fixture
def install() -> ModuleType:
    """Load the script that runs pip."""
    spec = importlib.util.spec_from_file_location("install", ROOT / ".ci" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("pip", "said"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_one_sentence_and_the_next_make_goes_on(make, checkout, pretender, pip, said):
    failed = make("demo", f"PYTHON={pretender}", FAKE_PIP=pip)
    told = sentence(failed)
    assert told.startswith(f"fluxkit: {said}")
    assert "run make again" in told
    assert ".venv/pip.log" in told
    assert not (checkout / ".venv/installed").exists()
    again = make("demo", f"PYTHON={pretender}")
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines()[-1] == "the demo runs"


def test_what_pip_says_is_in_its_log_alone(make, checkout, pretender):
    done = make("demo", f"PYTHON={pretender}", FAKE_PIP=CRASH)
    assert "Traceback" not in done.stdout + done.stderr
    assert "Traceback" in (checkout / ".venv/pip.log").read_text()


@pytest.mark.parametrize(("pip", "anew"), [(NO_NETWORK, False), (FULL, True), (LATER + "kill -9 $$", True)])
def test_an_environment_that_pip_left_half_done_is_made_anew(make, pretender, pip, anew):
    make("demo", f"PYTHON={pretender}", FAKE_PIP=pip)
    again = make("demo", f"PYTHON={pretender}")
    assert ("making .venv" in again.stdout) == anew


def test_a_failure_for_developers_leaves_no_half_done_demo(make, checkout, pretender):
    assert make("demo", f"PYTHON={pretender}").returncode == 0
    assert make("lint", f"PYTHON={pretender}", FAKE_PIP=LATER + "exit 1").returncode != 0
    assert not (checkout / ".venv/installed").exists()
    assert "making .venv" in make("demo", f"PYTHON={pretender}").stdout


def test_set_up_is_done_once(make, pretender):
    assert "installing" in make("demo", f"PYTHON={pretender}").stdout
    assert "installing" not in make("demo", f"PYTHON={pretender}").stdout


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_set_up_that_is_interrupted_begins_with_a_new_environment(make, checkout, pretender, end):
    code = (
        "import os, signal, subprocess, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "os.setpgid(0, 0); os.execvp('make', ['make', *sys.argv[1:]])"
    )
    variables = {"PATH": os.environ["PATH"], "FAKE_PIP": LATER + "exec sleep 60"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "demo", f"PYTHON={pretender}"],
        cwd=checkout, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    log = checkout / ".venv/pip.log"
    deadline = time.monotonic() + 60
    while not log.exists() or "Installing" not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, end)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    if end == signal.SIGINT:
        assert "fluxkit: set-up was interrupted" in said
    assert not (checkout / ".venv/sound").exists()
    assert "making .venv" in make("demo", f"PYTHON={pretender}").stdout


def test_an_environment_that_was_not_finished_is_made_anew(make, checkout, pretender):
    killed = make("demo", f"PYTHON={pretender}", FAKE_VENV='kill -9 "$PPID" $$')
    assert killed.returncode != 0
    assert (checkout / ".venv/bin/python").exists()
    again = make("demo", f"PYTHON={pretender}")
    assert "making .venv" in again.stdout
    assert again.returncode == 0


def test_a_python_without_venv_is_told(make, checkout, pretender):
    told = sentence(make("demo", f"PYTHON={pretender}", FAKE_NO_VENV="1"))
    assert "cannot make virtual environments: install what it lacks (Debian, Ubuntu: apt install" in told
    assert not (checkout / ".venv").exists()


def test_an_environment_that_cannot_be_made_is_told_with_its_reason(make, pretender):
    told = sentence(
        make("demo", f"PYTHON={pretender}", FAKE_VENV="echo Traceback >&2; echo why not >&2; exit 1")
    )
    assert told.endswith("could not make .venv, mend that and run make again: why not")


def test_little_room_is_a_full_disk_whatever_pip_says(install):
    assert install.why(1, ["ERROR: HDF error"], 3.0).startswith("the disk is full (3 MB left")
    assert install.why(1, ["ERROR: HDF error"], 3000.0) == "pip failed (HDF error): mend that"


def test_a_wheel_that_is_missing_is_no_matter_of_the_network(install):
    """A connection that failed once and then worked leaves its words in the log."""
    said = ["WARNING: Retrying ... Connection aborted", "ERROR: No matching distribution found for x==1"]
    assert install.why(1, said, 3000.0).startswith("the package index has no x==1")


def test_set_up_is_never_silent_for_long(install, monkeypatch, capsys, tmp_path: Path):
    assert install.BEAT <= 30
    monkeypatch.setattr(install, "BEAT", 0.05)
    pins = tmp_path / "pins"
    pins.write_text("a==1\nb==1 ; sys_platform == 'win32'\n    --hash=sha256:00\nb==2\n")
    (tmp_path / "lib/python3.11/site-packages/a-1.dist-info").mkdir(parents=True)
    talks = "".join(
        f"print('{line}', flush=True); time.sleep(0.4); " for line in ("Collecting a", "Installing collected")
    )
    fake = tmp_path / "python"
    fake.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import time; {talks}"\n')
    fake.chmod(0o755)
    installation = install.Installation(tmp_path, str(fake), pins)
    assert installation.pip([]) == 0
    told = capsys.readouterr().out.splitlines()
    assert "  0:00 found 1 of about 2 packages" in told
    assert "  0:00 installed 1 of about 2 packages" in told
