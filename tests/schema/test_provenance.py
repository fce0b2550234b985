"""Versions, checksums, hashes, time."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from fluxkit.schema import provenance


def test_versions_are_those_of_the_libraries() -> None:
    assert provenance.versions()["numpy"] == np.__version__
    assert list(provenance.versions())[:2] == ["fluxkit", "python"]


def test_checksum_of_a_file(tmp_path: Path) -> None:
    content = b"eddy" * 100_000
    (tmp_path / "a").write_bytes(content)
    assert provenance.file_sha256(tmp_path / "a") == hashlib.sha256(content).hexdigest()


def test_settings_hash_forgets_order_but_nothing_else() -> None:
    one = provenance.settings_sha256({"a": 1, "b": {"c": [1, 2], "d": None}})
    assert one == provenance.settings_sha256({"b": {"d": None, "c": [1, 2]}, "a": 1})
    assert one != provenance.settings_sha256({"a": 1, "b": {"c": [2, 1], "d": None}})
    with pytest.raises(ValueError, match="JSON compliant"):
        provenance.settings_sha256({"a": float("inf")})


def test_now_is_utc_to_the_second() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", provenance.utc_now())
