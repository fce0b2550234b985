"""Nothing in the package turns data into code: no pickles, no evaluation, no shell."""

import ast
from pathlib import Path

import pytest

import fluxkit

PACKAGE = Path(fluxkit.__file__).parent

#: Modules whose loading runs what the data say. multiprocessing, which sends tasks between processes of one
#: run by its own pickles, is no way for data from elsewhere.
MODULES = {
    "pickle", "cPickle", "_pickle", "cloudpickle", "dill", "marshal", "shelve", "joblib", "yaml",
    "jsonpickle", "xmlrpc", "code", "codeop",
}  # fmt: skip
CALLS = {"eval", "exec", "compile", "__import__", "execfile"}
METHODS = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput"), ("subprocess", "getstatusoutput")}
#: Of tables: two that pickle, two that evaluate text.
ANYWHERE = {"to_pickle", "read_pickle", "eval", "query"}
SWITCHES = {"allow_pickle", "shell"}


def faults(tree: ast.AST) -> list[str]:
    """What of a module could run data."""
    return [found for node in ast.walk(tree) for found in _of(node)]


def _of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [f"import {name.name}" for name in node.names if name.name.partition(".")[0] in MODULES]
    if isinstance(node, ast.ImportFrom):
        return [f"from {node.module} import"] if (node.module or "").partition(".")[0] in MODULES else []
    if not isinstance(node, ast.Call):
        return []
    found = [f"{word.arg}=" for word in node.keywords if word.arg in SWITCHES and not _is_false(word.value)]
    if isinstance(node.func, ast.Name) and node.func.id in CALLS:
        found.append(f"{node.func.id}()")
    if isinstance(node.func, ast.Attribute):
        owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        if node.func.attr in ANYWHERE or (owner, node.func.attr) in METHODS:
            found.append(f"{owner}.{node.func.attr}()")
    return found


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def test_no_data_become_code():
    guilty = {
        str(path.relative_to(PACKAGE)): faults(ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    assert len(guilty) > 200
    # Machine code that this user's fluxkit kept in the user's own cache folder, as numba does itself.
    assert guilty.pop("kernels/_cache.py") == ["import pickle"]
    assert {path: found for path, found in guilty.items() if found} == {}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle", "from pickle import loads", "import joblib.numpy_pickle", "import marshal as m",
        "import yaml", "eval('1')", "exec(x)", "compile(x, '', 'exec')", "np.load(p, allow_pickle=True)",
        "np.load(p, allow_pickle=a)", "subprocess.run(x, shell=True)", "os.system('ls')", "df.to_pickle(p)",
        "pd.read_pickle(p)", "df.query(text)", "def f():\n    import shelve",
    ],
)  # fmt: skip
def test_the_rule_sees(code):
    assert len(faults(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    ["re.compile('x')", "import multiprocessing", "np.load(p, allow_pickle=False)", "subprocess.run([x])"],
)
def test_the_rule_lets_pass(code):
    assert faults(ast.parse(code)) == []
