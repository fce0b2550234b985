"""The table of what changed since the last release is of the program that is here."""

import json
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def what_changed(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    import what_changed

    yield what_changed
    sys.modules.pop("what_changed")


@pytest.mark.slow
def test_the_table_is_current(what_changed, tmp_path):
    now = what_changed.changes(what_changed.tables(tmp_path))
    kept = json.loads(what_changed.FILE.read_text(encoding="utf-8"))
    assert now == kept, "numbers changed: run python docs/what_changed.py, and name them in CHANGELOG.md"


def test_versions_go_before_days_of_development(what_changed, tmp_path, monkeypatch):
    monkeypatch.setattr(what_changed, "KEPT", tmp_path)
    for name, newest in (
        ("2026-11-22", "2026-11-22"),
        ("0.1.0", "0.1.0"),
        ("0.10.0", "0.10.0"),
        ("0.9.0", "0.10.0"),
    ):
        (tmp_path / name).mkdir()
        assert what_changed.last() == newest
