"""Execute the notebooks of this folder; the texts are the source, the results go to ``_executed``.

    python notebooks/execute.py [--changed] [NAME ...]

With ``--changed`` those are left as they are that were executed with the same text and the same fluxkit.
"""

import hashlib
import logging
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).resolve().parent
EXECUTED = HERE / "_executed"
SECONDS_PER_CELL = 300
#: Notebooks that are executed at the same time.
JOBS = min(2, os.cpu_count() or 1)

logger = logging.getLogger("notebooks")


def execute(source: Path, target: Path) -> None:
    """Execute one notebook in its own folder and write it with what it shows."""
    notebook = jupytext.read(source)
    notebook.metadata["fluxkit"] = {"made_from": fingerprint(source)}
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(HERE)}},
        extra_arguments=["--log-level=ERROR"],  # of the kernel: it warns of its own loopback connection
    )
    client.execute()
    target.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, target)


def fingerprint(source: Path) -> str:
    """Return what tells whether a notebook would show the same again."""
    return hashlib.sha256(source.read_bytes() + package().encode()).hexdigest()


@cache
def package() -> str:
    """Return the checksum of all of fluxkit."""
    files = sorted((HERE.parent / "fluxkit").rglob("*.*"))
    sums = (hashlib.sha256(file.read_bytes()).digest() for file in files if file.suffix != ".pyc")
    return hashlib.sha256(b"".join(sums)).hexdigest()


def is_current(source: Path, target: Path) -> bool:
    """Whether a notebook was executed as it is."""
    if not target.is_file():
        return False
    told = nbformat.read(target, as_version=4).metadata.get("fluxkit", {})
    return bool(told.get("made_from") == fingerprint(source))


def _done(source: Path, changed: bool) -> bool:
    target = EXECUTED / f"{source.stem}.ipynb"
    if changed and is_current(source, target):
        return True
    began = time.perf_counter()
    try:
        execute(source, target)
    except CellExecutionError as error:
        logger.error("%s: a cell failed\n%s", source.name, error)  # noqa: TRY400
        return False
    logger.info("%s: executed in %.0f s, see %s", source.name, time.perf_counter() - began, target)
    return True


def main(arguments: Sequence[str] = ()) -> int:
    """Execute all, or those that are named; 1 if a cell of one of them failed."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    names = [name for name in arguments if not name.startswith("-")]
    sources = [HERE / f"{Path(name).stem}.md" for name in names] or sorted(HERE.glob("*.md"))
    with ThreadPoolExecutor(JOBS) as pool:
        done = list(pool.map(lambda source: _done(source, "--changed" in arguments), sources))
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
