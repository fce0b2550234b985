"""The page of the explorer: the page layer's figures, choices beside them, and a script that asks."""

from dataclasses import asdict, replace
from itertools import groupby
from typing import Any

from fluxkit.explore.answers import Explorer
from fluxkit.explore.choices import REST, USTAR, Control
from fluxkit.report.html import own_text, page_template
from fluxkit.report.web.page import data_text, render_page

HERE = "fluxkit.explore"
#: Groups that are folded at first.
FOLDED = ("Policy of flags", REST)


def render(explorer: Explorer, said: str) -> str:
    """Return the page.

    Parameters
    ----------
    explorer : Explorer
        What it shows.
    said : str
        Where the settings are from.
    """
    page = explorer.first_page()
    groups = [(name, list(each)) for name, each in groupby(explorer.controls, key=lambda c: c.group)]
    first = explorer.month({"month": explorer.months[0]})
    start: dict[str, Any] = {
        "controls": [asdict(control) for control in explorer.controls],
        "month": explorer.months[0],
        "months": explorer.months,
        "first": {name: first[name] for name in ("sums", "states", "exact", "seconds", "said")},
    }
    panel = page_template("panel.html.jinja", HERE).render(
        groups=groups,
        folded=FOLDED,
        months=explorer.months,
        ustar=USTAR,
        short=short,
        start=data_text(start),
    )
    return render_page(
        replace(
            page,
            lead=[said, "Nothing is written until you say so. Ctrl-C in the terminal ends the server."],
            panel=panel,
            further_style=own_text("explore.css", HERE),
            further_script=own_text("explore.js", HERE),
            footer="Served by fluxkit on this machine alone.",
        )
    )


def short(control: Control) -> str:
    """Return the name of an element for a control."""
    return "c-" + control.key.replace(".", "-").replace("_", "-")
