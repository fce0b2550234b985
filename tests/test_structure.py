"""Rules that the whole package keeps: imports, docstrings, where printing is allowed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fluxkit

PACKAGE = Path(fluxkit.__file__).parent
ROOT = PACKAGE.parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
HEAVY = ("pandas", "xarray", "numba", "matplotlib", "scipy", "netCDF4")


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Public functions, classes and methods of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_public_names_are_documented(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.name != "__main__.py" and tree.body:
        assert ast.get_docstring(tree), "module"
    assert [name for name, node in functions(tree) if not ast.get_docstring(node)] == []


STEPS = ("condition", "density", "footprints", "lags", "quality_control", "rotations")
STEPS += ("series_methods", "spectral", "storages", "uncertainty")


def test_steps_of_the_tower_see_no_site():
    """They take a plan's values and sections: nothing that they are given leads to a whole configuration."""
    guilty = []
    for path in SOURCES:
        parts = path.relative_to(PACKAGE).parts
        if parts[0] == "tower" and (
            parts[1] in STEPS or parts[1] in ("plan.py", "epochs.py", "turbulence.py")
        ):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                named = getattr(node, "attr", None) or getattr(node, "arg", None) or getattr(node, "id", None)
                if named in ("site", "Site"):
                    guilty.append(f"{name_of(path)}:{node.lineno}")
    assert guilty == []


def test_only_the_command_line_prints():
    guilty = []
    for path in SOURCES:
        if path.relative_to(PACKAGE).parts[0] == "cli":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                guilty.append(f"{name_of(path)}:{node.lineno}")
    assert guilty == []


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Whether a handler swallows any exception: cleaning up and raising again is no swallowing."""
    caught = handler.type.id if isinstance(handler.type, ast.Name) else handler.type
    return caught in (None, "Exception", "BaseException") and not isinstance(handler.body[-1], ast.Raise)


def test_nothing_catches_everything():
    """But for the boundaries of a task, a watch's round, a question; a kept kernel; foreign readers.

    A bug in one task, or in one answer of the explorer, must not stop the others; a kernel is compiled
    again; a reader of another package that fails when it is loaded or looks at a file costs its own format.
    """
    guilty = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and catches_everything(node):
                guilty.append(path.stem)
    assert sorted(guilty) == ["_cache", "day", "registry", "registry", "rounds", "server", "whole"]


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc", "core"])
def test_no_module_is_called(word):
    assert [name_of(p) for p in SOURCES if p.stem == word or word in p.parent.parts[-1:]] == []


def test_files_can_be_read_in_one_sitting():
    long = {name_of(p): n for p in SOURCES if (n := p.read_text(encoding="utf-8").count("\n")) > 500}
    assert long == {}


def test_rooms_import_downwards_only():
    pytest.importorskip("importlinter")
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", ["fluxkit", "fluxkit.cli.main"])
def test_starting_costs_nothing(module):
    code = f"import sys, {module}; print(*(set(sys.modules) & {set(HEAVY)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
