"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
