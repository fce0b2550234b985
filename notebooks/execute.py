"""Execute every notebook of this folder; the texts are the source, the results go to ``_executed``."""

import logging
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).resolve().parent
SECONDS_PER_CELL = 300

logger = logging.getLogger("notebooks")


def execute(source: Path, target: Path) -> None:
    """Execute one notebook in its own folder and write it with what it shows."""
    notebook = jupytext.read(source)
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(HERE)}},
        extra_arguments=["--log-level=ERROR"],  # of the kernel: it warns of its own loopback connection
    )
    try:
        client.execute()
    finally:
        target.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, target)


def main() -> int:
    """Execute all; 1 if a cell of one of them failed."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    failed = 0
    for source in sorted(HERE.glob("*.md")):
        target = HERE / "_executed" / f"{source.stem}.ipynb"
        began = time.perf_counter()
        try:
            execute(source, target)
        except CellExecutionError as error:
            failed = 1
            logger.error("%s: a cell failed\n%s", source.name, error)  # noqa: TRY400
        else:
            logger.info("%s: executed in %.0f s, see %s", source.name, time.perf_counter() - began, target)
    return failed


if __name__ == "__main__":
    sys.exit(main())
