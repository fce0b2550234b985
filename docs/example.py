"""The example of the README: run it, and show what it printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
EXAMPLE = re.compile(r"(?P<before>```python\n(?P<code>.*?)```\n+```text\n)(?P<shown>.*?)```", re.DOTALL)


def shown() -> str:
    """Return the output that the README shows."""
    return _found()["shown"]


def printed() -> str:
    """Return what the example prints, run in the checkout; fails with its traceback."""
    done = subprocess.run(  # noqa: S603  (the README is ours)
        [sys.executable, "-c", _found()["code"]],
        cwd=README.parent,
        env=os.environ | {"PYTHONPATH": str(README.parent), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{README}: the example fails:\n{done.stderr}")
    return "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def refresh() -> None:
    """Put what the example prints into the README."""
    output = printed()
    if output != shown():
        text = README.read_text(encoding="utf-8")
        text = EXAMPLE.sub(lambda found: f"{found['before']}{output}```", text, count=1)
        README.write_text(text, encoding="utf-8", newline="\n")


def _found() -> re.Match[str]:
    found = EXAMPLE.search(README.read_text(encoding="utf-8"))
    if found is None:
        raise RuntimeError(f"{README}: no ```python block with a ```text block behind it")
    return found
