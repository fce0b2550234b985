"""What runs elsewhere, workflows and commit hooks, calls targets that the Makefile has."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def targets() -> set[str]:
    """Give the names that make knows."""
    return set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))


def called(command: str) -> list[str]:
    """Give the targets that a command line calls, without its variables."""
    words = command.split()
    assert words[0] == "make", command
    return [word for word in words[1:] if "=" not in word]


def jobs(path: Path) -> dict[str, Any]:
    """Read the jobs of a workflow."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_call_targets_of_the_makefile(path):
    lines = [step["run"] for job in jobs(path).values() for step in job["steps"] if "run" in step]
    asked = {target for line in lines for target in called(line)}
    assert {"test", "lint", "environments"} <= asked
    assert asked <= targets()


def test_workflows_try_every_system_and_python():
    matrix = jobs(ROOT / ".github/workflows/tests.yml")["test"]["strategy"]["matrix"]
    assert {system.partition("-")[0] for system in matrix["system"]} == {"ubuntu", "macos", "windows"}
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "requires-python"
    ]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert lowest == ">=" + matrix["python"][0]


def test_pre_releases_are_tried_each_week():
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8"))
    (schedule,) = workflow[True]["schedule"]  # YAML 1.1 reads `on` as true
    assert len(schedule["cron"].split()) == 5
    assert schedule["cron"].split()[-1].isdigit()
    assert "schedule" in workflow["jobs"]["newest"]["if"]


def test_commit_hooks_are_the_parts_of_lint():
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    hooks = [target for hook in local["hooks"] for target in called(hook["entry"])]
    parts = re.search(r"^lint: ([a-z ]+?) *##", MAKEFILE, flags=re.MULTILINE)
    assert parts
    assert hooks == parts[1].split()
    assert all(hook["language"] == "system" and not hook["pass_filenames"] for hook in local["hooks"])


def test_targets_without_a_file_are_phony():
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)
    assert phony
    assert targets() <= set(phony[1].split())


def test_a_wheel_says_that_it_is_typed(tmp_path):
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(tmp_path / done.stdout.strip()) as wheel:
        assert "fluxkit/py.typed" in wheel.namelist()
