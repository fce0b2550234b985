"""The figures of the house, and those of them that stay as they are."""

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("house")


def test_no_circle_of_imports(house):
    """Not even one for type checkers alone: a module can be read after those that it names."""
    found = house.circles(house.imports(house.modules(ROOT)))
    assert found == [], f"modules that import each other; move what they share below them: {found}"


def test_circles_are_found(house):
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": set(), "f": {"g"}, "g": {"f", "a"}}
    assert house.circles(graph) == [["a", "b", "c"], ["f", "g"]]
    trees = {
        "p": ast.parse("from p import b"),
        "p.b": ast.parse("def f():\n import p.c"),
        "p.c": ast.parse(""),
    }
    assert house.imports(trees) == {"p": {"p.b"}, "p.b": {"p.c"}, "p.c": set()}


def test_other_programs_ways_stand_in_one_table(house):
    """But for the modules that read another program's own files."""
    here = [place for place in house.other_program(ROOT) if "eddypro_6" in line_of(place)]
    guilty = [place for place in here if not place.startswith("fluxkit/site/eddypro/")]
    assert guilty == [], "a way in which EddyPro 6 differs is a field of fluxkit/tower/conventions.py"


def line_of(place: str) -> str:
    file, _, number = place.rpartition(":")
    return (ROOT / file).read_text(encoding="utf-8").splitlines()[int(number) - 1]


def test_figures_are_printed(house, capsys):
    house.main(ROOT)
    assert "circles of imports (modules in them)                       0 (0)" in capsys.readouterr().out
