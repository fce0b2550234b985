"""How the pages are built."""

import re
import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import show_notebooks

#: A line of the first page's tables of contents that stands for pages by how their names begin.
PATTERN = re.compile(r"^([a-z-]+\*)\n", re.MULTILINE)

project = "fluxkit"
author = "the fluxkit developers"
release = version = installed("fluxkit")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "generated"]
autosummary_generate = False
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False

html_theme = "furo"
html_title = f"fluxkit {release}"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_theme_options = {"sidebar_hide_name": False, "navigation_with_keys": True}
html_show_sourcelink = False


def escape_bars(_app, _what, _name, _object, _options, lines):
    """Absolute values are written |x| in docstrings, which would be substitutions here."""
    lines[:] = [line.replace("|", r"\|") for line in lines]


def leave_out_absent(_app, docname, source):
    """The first page names pages by patterns; those that match nothing in this checkout are left out."""
    if docname != "index":
        return
    folder = Path(__file__).resolve().parent
    source[0] = PATTERN.sub(lambda found: found[0] if any(folder.glob(f"{found[1]}.md")) else "", source[0])


def setup(app):
    show_notebooks.show()
    app.connect("source-read", leave_out_absent)
    app.connect("autodoc-process-docstring", escape_bars)
