"""How the pages are built."""

from importlib.metadata import version as installed

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

html_theme = "alabaster"
html_theme_options = {
    "description": project + ": raw files to NEE",
    "page_width": "1100px",
    "fixed_sidebar": True,
}
html_show_sourcelink = False


def escape_bars(_app, _what, _name, _object, _options, lines):
    """Absolute values are written |x| in docstrings, which would be substitutions here."""
    lines[:] = [line.replace("|", r"\|") for line in lines]


def setup(app):
    app.connect("autodoc-process-docstring", escape_bars)
