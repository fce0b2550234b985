"""Pages of the notebooks: their words, code, and what it showed when it was executed."""

import base64
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat

DOCS = Path(__file__).resolve().parent
NOTEBOOKS = DOCS.parent / "notebooks"
PAGES = DOCS / "notebooks"
FENCE = "`" * 5
#: Most lines of an output that are shown.
MOST_LINES = 60


def show() -> list[str]:
    """Write a page for each notebook, and return their names."""
    PAGES.mkdir(exist_ok=True)
    names, shown = [], ""
    for source in sorted(NOTEBOOKS.glob("*.md")):
        executed = NOTEBOOKS / "_executed" / f"{source.stem}.ipynb"
        notebook = nbformat.read(executed, as_version=4) if executed.is_file() else jupytext.read(source)
        text = page(notebook, source.stem)
        target = PAGES / f"{source.stem}.md"
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8", newline="\n")
        names.append(source.stem)
        shown += text
    for old in PAGES.iterdir():
        gone = old.stem not in names if old.suffix == ".md" else f"({old.name})" not in shown
        if gone:
            old.unlink()
    return names


def page(notebook: Any, name: str) -> str:
    """Return a notebook as a page; pictures are written beside it."""
    parts = []
    for k, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        elif cell.cell_type == "code" and cell.source.strip():
            parts.append(f"{FENCE}python\n{cell.source}\n{FENCE}")
            parts += outputs(cell.get("outputs", []), f"{name}-{k}")
    head, _, rest = parts[0].partition("\n") if parts else ("", "", "")
    note = (
        f"*This page is a notebook: `notebooks/{name}.md` in the checkout, executed when the pages are made.*"
    )
    return "\n\n".join([head, note, rest.strip(), *parts[1:]]) + "\n"


def outputs(found: Any, name: str) -> Iterator[str]:
    """Yield what a cell showed, as Markdown."""
    for k, output in enumerate(found):
        data = output.get("data", {})
        if output.output_type == "stream" and output.get("name") == "stdout":
            yield block(output.text)
        elif "image/png" in data:
            picture = PAGES / f"{name}-{k}.png"
            picture.write_bytes(base64.b64decode(data["image/png"]))
            yield f"![what the code above draws]({picture.name})"
        elif "image/svg+xml" in data:
            picture = PAGES / f"{name}-{k}.svg"
            picture.write_text(data["image/svg+xml"], encoding="utf-8")
            yield f"![what the code above draws]({picture.name})"
        elif "dataframe" in data.get("text/html", ""):
            yield f'{FENCE}{{raw}} html\n<div class="shown">{data["text/html"]}</div>\n{FENCE}'
        elif "text/plain" in data and output.output_type == "execute_result":
            yield block(data["text/plain"])


def block(text: str) -> str:
    """Return text as it was printed, not all of it where it is long."""
    lines = text.rstrip().splitlines()
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], "..."]
    return f"{FENCE}text\n" + "\n".join(lines) + f"\n{FENCE}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(show()) + "\n")
