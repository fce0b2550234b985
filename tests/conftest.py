"""Fixtures shared by all tests."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from fluxkit.interruption import ENDING

# The first call of a kernel compiles; the default deadline would fail it.
settings.register_profile("fluxkit", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("fluxkit")

ROOT = Path(__file__).resolve().parents[1]


SHARED = Path(os.environ.get("FLUXKIT_SHARED", ROOT.parent / "shared"))


def pytest_report_header() -> str:
    there = (SHARED / "data" / "ec_raw").is_dir()
    return (
        f"reference data: {SHARED}" if there else f"reference data: none at {SHARED}; its tests are skipped"
    )


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
    """Escape names of files that are no text: a worker sends what a test logged as UTF-8."""
    return utf8((yield))


def utf8(data: Any) -> Any:
    """Return the same data with lone surrogates of its texts escaped."""
    if isinstance(data, str):
        return data.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(data, dict):
        return {utf8(key): utf8(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return type(data)(utf8(value) for value in data)
    return data


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with measured input and reference numbers, beside the checkout."""
    path = SHARED
    if not (path / "data" / "ec_raw").is_dir():
        message = f"no reference data at {path}: set FLUXKIT_SHARED to the folder with data/ and reference/"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let SIGINT interrupt: what a shell starts in the background inherits an ignored SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def heard() -> Iterator[None]:
    """Let this process and what it starts hear all signals that end one: nohup has some ignored."""
    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if handler is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
