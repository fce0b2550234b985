"""What is compared with other programs and with measured data, read from the tests themselves."""

import ast
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"
HEAD = ("of", "what is compared", "tests", "in")
BOUNDS_HEAD = ("variable", "theirs", "relative", "absolute")
#: Rooms of the tests, as the page calls them.
ROOMS = {
    "archive": "archives",
    "budget": "carbon budgets",
    "chamber": "chambers",
    "ecosystem": "years",
    "examine": "checks",
    "physics": "formulas",
    "raw": "formats",
    "submissions": "submissions",
    "tower": "towers",
}
OF_TOWERS = TESTS / "tower" / "test_reference.py"


def rows() -> list[tuple[str, ...]]:
    """Return a row for each file of tests with the mark ``reference``."""
    found = []
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.reference" not in text or path.parent == TESTS:
            continue
        tree = ast.parse(text)
        told = (ast.get_docstring(tree) or path.stem).split("\n\n")[0].replace("\n", " ")
        place = path.relative_to(TESTS)
        found.append(
            (
                ROOMS.get(place.parts[0], place.parts[0]),
                told,
                str(_compared(tree)),
                f"`tests/{place.as_posix()}`",
            )
        )
    return sorted(found)


def _compared(tree: ast.Module) -> int:
    """Return how many tests of a file compare: all of them where the whole file is marked."""
    tests = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    marked = [test for test in tests if any("reference" in ast.unparse(mark) for mark in test.decorator_list)]
    whole = any("reference" in ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign))
    return len(tests) if whole and not marked else len(marked)


def bounds() -> list[tuple[str, ...]]:
    """Return how near each variable of a tower has to come, as its test says."""
    tree = ast.parse(OF_TOWERS.read_text(encoding="utf-8"))
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "BOUNDS"
    )
    assert isinstance(table, ast.Dict)
    found = []
    for key, value in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(value, ast.Call):
            told = [ast.literal_eval(part) for part in value.args] + [0.0, 0.0]
            relative, absolute = (f"{number:g}" if number else "" for number in told[1:3])
            found.append((f"`{key.value}`", f"`{told[0]}`", relative, absolute))
    return found
