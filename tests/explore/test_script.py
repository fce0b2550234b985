"""The explorer's own script, without a browser."""

import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from py_mini_racer import MiniRacer

from fluxkit.report.web.page import EVERY, OVER_TIME
from tests.report.web.script import Script

FILE = Path(str(resources.files("fluxkit.explore").joinpath("explore.js")))


@pytest.fixture(scope="module")
def script() -> Script:
    made = Script()
    engine: MiniRacer = made._engine
    engine.eval(FILE.read_text(encoding="utf-8").replace("const explorer =", "globalThis.explorer ="))
    return made


def test_history_goes_back_and_forth(script: Script) -> None:
    got = script.call(
        "(() => { const h = explorer.history(), said = [h.canUndo, h.undo(), h.push({a: 1})];"
        " said.push(h.push({a: 1}), h.push({b: 2}));"
        " h.undo(); said.push({...h.now()}); h.undo(); said.push(h.now(), h.undo(), h.canRedo); h.redo();"
        " h.push({c: 3}); said.push(h.redo(), h.canRedo); h.undo(); said.push(h.now());"
        " h.clear(); said.push(h.canUndo); return said; })()"
    )
    assert got == [False, False, True, False, True, {"a": 1}, {}, False, True, False, False, {"a": 1}, False]


def test_history_forgets_the_oldest(script: Script) -> None:
    got = script.call(
        "(() => { const h = explorer.history(); for (let k = 0; k < 500; k++) h.push({k}); let n = 0;"
        " while (h.undo()) n++; return [n, h.now()]; })()"
    )
    assert got == [199, {"k": 300}]


def test_what_is_as_the_file_has_it_is_no_choice(script: Script) -> None:
    control = {"key": "rotation", "value": "double"}
    assert script.call("explorer.chosen({}, ARGS[0], 'triple')", control) == {"rotation": "triple"}
    assert script.call("explorer.chosen({rotation: 'triple', a: 1}, ARGS[0], 'double')", control) == {"a": 1}


def test_boxes_of_numbers(script: Script) -> None:
    got = script.call("['', ' 1.5 ', '−2', '1e3', '1,5', 'x', 'Infinity'].map(explorer.number)")
    assert got == [None, 1.5, -2, 1000, "1,5", "x", "Infinity"]


def test_numbers_in_the_table(script: Script) -> None:
    assert script.call("[0.01213, -3.20001, 0, null, 12345.678].map(explorer.signed)") == [
        "+0.0121", "−3.2", "0", "–", "+12300"
    ]  # fmt: skip
    assert script.call("explorer.share({kept_old: 3, kept_new: 3, possible: 9})") == "3 of 9"
    assert script.call("explorer.share({kept_old: 3, kept_new: 2, possible: 9})") == "3 → 2 of 9"


def test_lines_of_a_difference(script: Script) -> None:
    lines = ["--- a", "+++ b", "@@ -1 +1 @@", " x", "-old", "+new", "-", ""]
    kinds = script.call("ARGS[0].map(explorer.kindOf)", lines)
    assert kinds == ["", "", "", "", "removed", "added", "removed", ""]


def test_lint_finds_nothing() -> None:
    rules = ["-D", "correctness", "-D", "suspicious", "-A", "no-unused-vars", "--deny-warnings"]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("oxlint")), *rules, str(FILE)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_explorers_page_has_little_script_of_its_own() -> None:
    folder = Path(str(resources.files("fluxkit.report.web")))
    own = [name for name in (*EVERY, *OVER_TIME) if not name.startswith("vendor/")]
    assert sum((folder / name).stat().st_size for name in own) + FILE.stat().st_size < 60_000
