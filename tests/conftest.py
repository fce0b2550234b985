"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The first call of a kernel compiles; the default deadline would fail it.
settings.register_profile("fluxkit", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("fluxkit")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with measured input and reference numbers, beside the checkout."""
    path = Path(os.environ.get("FLUXKIT_SHARED", ROOT.parent / "shared"))
    if not (path / "data" / "ec_raw").is_dir():
        message = f"no reference data at {path}: set FLUXKIT_SHARED to the folder with data/ and reference/"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
