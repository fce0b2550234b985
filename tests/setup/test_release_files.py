"""What a release rests on is in step: versions, dependencies, templates that parse."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["version"]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == version
    assert json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))["version"] == version
    assert f'version = "{version}"' in (ROOT / "packaging" / "conda" / "meta.yaml").read_text(
        encoding="utf-8"
    )


def test_the_recipe_asks_for_what_the_project_asks_for() -> None:
    text = (ROOT / "packaging" / "conda" / "meta.yaml").read_text(encoding="utf-8")
    run = text.partition("  run:\n")[2].partition("\ntest:")[0]
    asked = {line.strip()[2:].lower() for line in run.splitlines() if line.strip().startswith("- ")}
    assert asked - {f"python {PROJECT['requires-python']}"} == {
        dep.lower() for dep in PROJECT["dependencies"]
    }


@pytest.mark.parametrize(
    "path",
    [".readthedocs.yaml", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / ".github").rglob("*.y*ml")))],
)
def test_it_parses(path: str) -> None:
    assert yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_no_person_or_address_is_made_up() -> None:
    for name in ("CITATION.cff", "codemeta.json", "paper.md", "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"[\w.]+@[\w-]+\.\w+", text), name
