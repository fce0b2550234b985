"""Every command and every piece of Python that the pages show is run, as they show it.

A page says what its commands find in their folder by ``<!-- prepare: NAME -->`` (see ``prepared.py``), once
or again where a new folder begins. ``sh`` and ``python`` blocks are run in order; what is shown but cannot be
run here (a cluster, a bucket, a file to complete) is a ``text`` block.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.prepared import PREPARED

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in (*DOCS.glob("*.md"), *DOCS.glob("formulas/*.md")) if path.is_file())
PIECE = re.compile(
    r"<!-- prepare: (?P<prepare>[a-z]+) -->"
    r"|^(?P<indent> *)```(?P<language>sh|python|toml title=\S+)\n(?P<code>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)
#: Lines that set up what the tests stand on themselves.
SET_UP = ("pip install", "make ", "git ")


def pieces(page: Path) -> list[tuple[str, str]]:
    """Return (language, code) of a page, in order; "prepare" with the name of what is to be made."""
    found = []
    for piece in PIECE.finditer(page.read_text(encoding="utf-8")):
        if piece["prepare"]:
            found.append(("prepare", piece["prepare"]))
            continue
        lines = [line.removeprefix(piece["indent"]) for line in piece["code"].splitlines()]
        found.append((piece["language"], "\n".join(lines) + "\n"))
    return found


WITH_COMMANDS = [page for page in PAGES if any(kind != "prepare" for kind, _ in pieces(page))]


@pytest.fixture
def environment(tmp_path):
    """The commands' own: ``fluxkit`` is this checkout's."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    command = bin_ / "fluxkit"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fluxkit "$@"\n')
    command.chmod(0o755)
    path = os.pathsep.join([str(bin_), str(Path(sys.executable).parent), os.environ["PATH"]])
    pythonpath = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return os.environ | {"PATH": path, "PYTHONPATH": pythonpath, "MPLBACKEND": "Agg"}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(os.name == "nt", reason="the pages show a POSIX shell")
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.stem)
def test_what_a_page_shows_runs(page, tmp_path, environment):
    folder = tmp_path / "0"
    folder.mkdir()
    session: list[str] = []
    for kind, code in [*pieces(page), ("end", "")]:
        if kind != "python" and session:
            run([sys.executable, "-c", "\n".join(session)], folder, environment, page, session[-1])
            if kind in ("prepare", "end"):
                session = []
        if kind == "prepare":
            folder = tmp_path / f"{code}{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            PREPARED[code](folder)
        elif kind == "sh":
            kept = [line for line in code.splitlines() if not line.strip().startswith(SET_UP)]
            run(["bash", "-euc", "\n".join(kept)], folder, environment, page, code)
            session = []
        elif kind == "python":
            session.append(code)
        elif kind.startswith("toml"):
            (folder / kind.partition("=")[2]).write_text(code, encoding="utf-8")


def run(command: list[str], folder: Path, environment, page: Path, shown: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    told = f"{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
    assert done.returncode == 0, f"{page.relative_to(ROOT)} shows\n\n{shown}\n\nwhich fails:\n{told}"


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.stem)
def test_what_a_page_needs_is_known(page):
    named = {code for kind, code in pieces(page) if kind == "prepare"}
    assert named <= set(PREPARED)
    made_by_make = [
        line.split()[1]
        for kind, code in pieces(page)
        if kind == "sh"
        for line in code.splitlines()
        if line.strip().startswith("make ")
    ]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in made_by_make:
        assert re.search(rf"^[a-z -]*\b{target}\b[a-z -]*:", makefile, re.MULTILINE), target
