"""run.json and quarantine.csv."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from fluxkit.export.records import write_quarantine, write_run
from tests import made_day


def test_run_comes_back_with_sorted_keys(tmp_path: Path) -> None:
    run = {
        "b": np.float64(1.5),
        "a": {"z": Path("x") / "y", "c": np.datetime64("2025-06-12T00:30")},
        "n": np.arange(2),
    }
    write_run(run, tmp_path / "run.json")
    text = (tmp_path / "run.json").read_text()
    assert json.loads(text) == {"a": {"c": "2025-06-12T00:30:00Z", "z": "x/y"}, "b": 1.5, "n": [0, 1]}
    assert text.index('"a"') < text.index('"b"')


def test_run_refuses_what_json_cannot_say(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot write set"):
        write_run({"a": {1}}, tmp_path / "run.json")
    with pytest.raises(ValueError, match="JSON compliant"):
        write_run({"a": float("nan")}, tmp_path / "run.json")
    assert list(tmp_path.iterdir()) == []


def test_quarantine_is_sorted_and_complete(tmp_path: Path) -> None:
    path = tmp_path / "quarantine.csv"
    write_quarantine(reversed(made_day.problems()), path)
    rows = list(csv.DictReader(path.open()))
    assert [row["line"] for row in rows] == ["12001", ""]
    assert rows[1] == {**made_day.problems()[1], "line": ""}
    write_quarantine(made_day.problems(), tmp_path / "again.csv")
    assert path.read_bytes() == (tmp_path / "again.csv").read_bytes()


def test_no_problems_give_a_header(tmp_path: Path) -> None:
    write_quarantine([], tmp_path / "quarantine.csv")
    assert (tmp_path / "quarantine.csv").read_text() == "path,line,lost,reason\n"
