"""Nothing is required that nothing uses."""

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_pins import DEV, PROJECT, ROOT, wanted

# How a requirement shows itself where it is used, other than imported or called by its own name.
SHOWN_BY = {
    "axe-core-python": "from axe_core_python",
    "editables": "--no-build-isolation",
    "flask": "moto.server",
    "flask-cors": "moto.server",
    "furo": '"furo"',
    "hatchling": "hatchling.build",
    "import-linter": "lint-imports",
    "ipykernel": "NotebookClient",
    "myst-parser": '"myst_parser"',
    "mini-racer": "from py_mini_racer",
    "numpydoc": '"numpydoc"',
    "oxlint": '"oxlint"',
    "pandas-stubs": "$(RUN) mypy",
    "pillow": "from PIL",
    "pytest-cov": "--cov",
    "pytest-timeout": "timeout = ",
    "pytest-xdist": "--numprocesses",
    "pyyaml": "import yaml",
    "s3fs": "s3://",
    "scikit-learn": "from sklearn",
    "scipy-stubs": "$(RUN) mypy",
}


def users() -> str:
    """Give the text of all that may use a requirement; of pyproject.toml, what builds and tests."""
    folders = ("fluxkit", "tests", "docs", "benchmarks", "notebooks", ".ci")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if "_build" not in path.parts]
    chosen = [p for p in files if p.suffix in (".py", ".md", "") and p.is_file() and p != Path(__file__)]
    texts = [
        path.read_text(encoding="utf-8") for path in (*chosen, ROOT / "Makefile", ROOT / "CONTRIBUTING.md")
    ]
    return "\n".join(
        [
            *texts,
            str(PROJECT["build-system"]),
            "timeout = " * ("timeout" in PROJECT["tool"]["pytest"]["ini_options"]),
        ]
    )


def uses(text: str, requirement: Requirement) -> bool:
    """Whether a text imports or calls what a requirement brings."""
    name = canonicalize_name(requirement.name)
    if name in SHOWN_BY:
        return SHOWN_BY[name] in text
    called = r"(import |from |importorskip\(\"|\$\(RUN\) |\$\(BIN\)/|import_module\(\")"
    return re.search(rf"{called}{name.replace('-', '_')}\b", text, re.IGNORECASE) is not None


def test_every_requirement_is_used():
    text = users()
    assert [str(requirement) for requirement in wanted(DEV) if not uses(text, requirement)] == []
    assert not uses(text, Requirement("icechunk>=1"))
