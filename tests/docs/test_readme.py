"""What the README shows is what happens."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_python_example_prints_what_is_shown(example):
    assert example.printed() == example.shown(), "run `make docs`, look at the README, and commit it"


@pytest.mark.parametrize("text", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(text):
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / text).read_text(encoding="utf-8")):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_commands_that_are_shown_exist():
    from fluxkit.cli.main import app

    known = {command.name for command in app.registered_commands} | {
        command.callback.__name__ for command in app.registered_commands if command.callback
    }
    shown = set()
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        blocks = "".join(re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL))
        shown |= set(re.findall(r"^ *fluxkit ([a-z-]+)", blocks, flags=re.MULTILINE))
        shown |= set(re.findall(r"`fluxkit ([a-z-]+)", text))
    assert {"demo", "run", "decide"} <= shown
    assert shown <= known, f"not commands: {shown - known}"
