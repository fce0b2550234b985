"""Two results folders compared: sums, decisions, causes, the files written, and what cannot be compared."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import fluxkit as fk
from fluxkit.differences.decisions import ALL, REST
from fluxkit.errors import ConfigError, NoInputError
from fluxkit.export.netcdf import read_fluxes


def total(folder: Path, name: str, scale: float) -> float:
    return scale * 1800.0 * float(np.nansum(read_fluxes(next(folder.glob("*_fluxes.nc")))[name]))


def test_the_same_twice(before, tmp_path):
    found = fk.diff(before, before, out=tmp_path)
    assert found.same
    assert not found.periods
    assert not found.causes
    assert not found.decisions
    assert all(each.total == 0.0 for each in found.variables if each.kind == "flux")


def test_decisions_explain_the_sums(before, after, found):
    by_name = {each.variable: each for each in found.variables}
    want = total(after, "NEE", 12.011e-6) - total(before, "NEE", 12.011e-6)
    assert by_name["NEE"].total == pytest.approx(want, rel=1e-9)
    assert abs(want) > 1e-3  # grams: two hours
    tried = {each.decision: each for each in found.decisions}
    assert set(tried) == {
        "decide.high_frequency = 'moncrieff-1997'",
        "decide.lag = 'constant'",
        ALL,
        REST,
    }
    assert tried[ALL].amounts["NEE"] == pytest.approx(want, rel=1e-9)
    assert abs(tried[REST].amounts["NEE"]) < 1e-12
    assert found.decisions[0].share >= found.decisions[1].share
    assert {c.name for c in found.causes if c.what == "setting"} == {"decide.high_frequency", "decide.lag"}


def test_files_are_written_and_say_the_same(found):
    assert set(found.paths) == {"differences", "months", "periods", "causes", "decisions", "page"}
    with found.paths["differences"].open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["variable"] for row in rows] == [each.variable for each in found.variables]
    assert float(rows[0]["difference"]) == pytest.approx(found.variables[0].total, rel=1e-6)
    page = found.paths["page"].read_text(encoding="utf-8")
    assert "By decision" in page
    assert "high_frequency" in page


def test_changed_files_and_versions_are_named(before, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(before, other)
    record = json.loads((other / "run.json").read_text(encoding="utf-8"))
    record["versions"]["numpy"] = "1.0"
    lost = record["inputs"].pop()["path"]
    record["inputs"][0]["sha256"] = "0" * 64
    (other / "run.json").write_text(json.dumps(record), encoding="utf-8")
    causes = {(c.what, c.name): (c.a, c.b) for c in fk.diff(before, other).causes}
    assert causes[("version", "numpy")][1] == "1.0"
    assert causes[("file", lost)][1] == ""
    assert len(causes) == 3


def test_tables_are_compared_too(before, after, found):
    tables = fk.diff(*(next(folder.glob("*_HH_*.csv")) for folder in (before, after)))
    assert any("no run.json" in note for note in tables.notes)
    folders = {each.variable: each for each in found.variables}
    for each in tables.variables:
        if each.variable in ("FC", "LE", "H"):
            assert each.total == pytest.approx(folders[each.variable].total, rel=2e-3)  # the CSV's digits


def test_without_moments_the_rest_is_said(before, after, tmp_path):
    bare = tmp_path / "bare"
    shutil.copytree(before, bare, ignore=shutil.ignore_patterns("moments"))
    found = fk.diff(bare, after)
    assert not found.decisions
    assert any("no moments" in note for note in found.notes)
    assert not found.same


def test_what_cannot_be_compared(before, tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        fk.diff(before, tmp_path / "nothing")
    far = tmp_path / "XX-Abc_far.csv"
    rows = "199901010000,199901010030,1.0\n199901010030,199901010100,1.0\n"
    far.write_text("TIMESTAMP_START,TIMESTAMP_END,FC\n" + rows)
    with pytest.raises(NoInputError, match="no period in common"):
        fk.diff(before, far)


def test_names_cannot_become_markup_or_formulas(before, tmp_path):
    odd = tmp_path / "=cmd()<script>alert(1)</script>"
    shutil.copytree(before, odd)
    found = fk.diff(before, odd, out=tmp_path / "out")
    assert "<script>alert" not in found.paths["page"].read_text(encoding="utf-8")
