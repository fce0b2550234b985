"""Pages of notebooks show what their cells did; what is as it was is not executed again."""

import base64
import importlib
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[2]
PIXEL = base64.b64encode(b"\x89PNG").decode()


@pytest.fixture
def show(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(ROOT / "docs")
    module = importlib.import_module("show_notebooks")
    monkeypatch.setattr(module, "PAGES", tmp_path)
    return module


@pytest.fixture
def execute(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "notebooks")
    sys.modules.pop("execute", None)
    return importlib.import_module("execute")


def notebook():
    table = '<table class="dataframe"><tr><td>1</td></tr></table>'
    outputs = [
        new_output("stream", name="stdout", text="printed\n"),
        new_output("stream", name="stderr", text="a warning\n"),
        new_output("display_data", data={"image/png": PIXEL, "text/plain": "<Figure>"}),
        new_output("execute_result", data={"text/html": table, "text/plain": "1"}),
        new_output("execute_result", data={"text/html": "<div>xarray</div>", "text/plain": "an array"}),
    ]
    return new_notebook(
        cells=[new_markdown_cell("# Title\n\nWords."), new_code_cell("print(1)", outputs=outputs)]
    )


def test_a_page_shows_what_was_printed_drawn_and_returned(show, tmp_path):
    text = show.page(notebook(), "some")
    assert text.startswith("# Title\n")
    assert "notebooks/some.md" in text
    assert "print(1)" in text
    assert "printed" in text
    assert "a warning" not in text
    assert "<table" in text
    assert "an array" in text
    assert "xarray</div>" not in text
    assert (tmp_path / "some-1-2.png").read_bytes() == b"\x89PNG"


def test_what_is_shown_no_more_goes(show, tmp_path, monkeypatch):
    monkeypatch.setattr(show, "NOTEBOOKS", tmp_path / "notebooks")
    (tmp_path / "notebooks" / "_executed").mkdir(parents=True)
    (tmp_path / "notebooks" / "some.md").write_text("# Title\n")
    nbformat.write(notebook(), tmp_path / "notebooks" / "_executed" / "some.ipynb")
    monkeypatch.setattr(show, "PAGES", tmp_path / "pages")
    show.PAGES.mkdir()
    for name in ("old.md", "some-9-9.png"):
        (show.PAGES / name).write_text("of another time")
    assert show.show() == ["some"]
    assert sorted(path.name for path in show.PAGES.iterdir()) == ["some-1-2.png", "some.md"]


def test_long_outputs_are_cut(show):
    assert len(show.block("\n".join("x" * 200)).splitlines()) == show.MOST_LINES + 3


def test_every_notebook_has_its_place_in_the_contents():
    text = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for source in (ROOT / "notebooks").glob("*.md"):
        assert f"\nnotebooks/{source.stem}\n" in text, source.name


def test_what_was_executed_with_the_same_text_is_current(execute, tmp_path):
    source, target = tmp_path / "a.md", tmp_path / "a.ipynb"
    source.write_text("# A\n")
    assert not execute.is_current(source, target)
    made = new_notebook(metadata={"fluxkit": {"made_from": execute.fingerprint(source)}})
    nbformat.write(made, target)
    assert execute.is_current(source, target)
    source.write_text("# B\n")
    assert not execute.is_current(source, target)
