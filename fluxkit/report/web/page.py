"""The page itself: one file, its data inside, no address asked, every text escaped."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from fluxkit.errors import one_line
from fluxkit.report.html import own_text, page_template
from fluxkit.report.web.curves import Curves, curves_data
from fluxkit.report.web.packing import packed
from fluxkit.report.web.parts import STILL, Clock, Column, Section, Static, Table, Words, as_data, names_of
from fluxkit.report.web.reviews import Review, review_data

HERE = "fluxkit.report.web"
#: Our own script, in the order in which it is run; a test holds them below 60 kB together.
SCRIPTS = ("core.js", "common.js", "charts.js", "page.js", "reviewing.js", "review.js")
#: What every page has, a page with figures over time besides, and one with closures to review.
EVERY, OVER_TIME, REVIEWING = SCRIPTS[:2], ("vendor/uPlot.iife.min.js", *SCRIPTS[2:4]), SCRIPTS[4:]

_KINDS: dict[type, str] = {Static: "static", Table: "table", Words: "words", Review: "review"}


@dataclass(frozen=True)
class WebPage:
    """What a page shows.

    Parameters
    ----------
    title : str
        Also of the browser's tab.
    lead : sequence of str
        Sentences below the title.
    sections : sequence of Section
        In reading order.
    clock : Clock, optional
        Of the columns; none where nothing is drawn over time.
    columns : mapping of str to Column
        All that figures and the view of one record show.
    tiles : sequence of (number, words)
        The headline.
    notes : sequence of str
        What to look at first.
    footer : str
        Who made it.
    opened : sequence of Curves
        What a record opens with besides its values.
    opened_words : str
        Of which records the curves are kept, where not of all.
    holds : sequence of str
        What was decided for every record.
    panel : str
        Markup beside the figures, made by this program and escaped by it.
    further_style, further_script : str
        Of the panel. With a script the page may ask the server that it came from, and nobody else.
    """

    title: str
    sections: Sequence[Section]
    clock: Clock | None = None
    columns: Mapping[str, Column] = field(default_factory=dict)
    lead: Sequence[str] = ()
    tiles: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    footer: str = ""
    opened: Sequence[Curves] = ()
    opened_words: str = ""
    holds: Sequence[str] = ()
    panel: str = ""
    further_style: str = ""
    further_script: str = ""

    @property
    def over_time(self) -> bool:
        """Whether anything is drawn over time."""
        return self.clock is not None and bool(self.columns)

    @property
    def review(self) -> Review | None:
        """The closures to review; a page has one review at most."""
        parts = (figure for section in self.sections for figure in section.figures)
        return next((figure for figure in parts if isinstance(figure, Review)), None)


def render_page(page: WebPage) -> str:
    """Return the page as HTML.

    Raises
    ------
    ValueError
        A figure shows a column that the page does not have, or one of another length than the clock.
    """
    _check(page)
    review = page.review
    own = EVERY + (OVER_TIME if page.over_time else ()) + (REVIEWING if review else ())
    scripts = (*_scripts(own), *([page.further_script] if page.further_script else []))
    styles = ["page.css", *(["vendor/uPlot.min.css"] if page.over_time else [])]
    styles += ["review.css"] if review else []
    return page_template("template.html.jinja", HERE).render(
        page=page,
        policy=content_security_policy(scripts, asks=bool(page.further_script)),
        style="\n".join([*(own_text(name, HERE) for name in styles), page.further_style]),
        data=data_text(page_data(page)),
        scripts=scripts,
        drawn=_drawn,
        kind=lambda figure: _KINDS.get(type(figure), "drawn"),
        over_time=page.over_time,
        review=review,
        review_parts=page_template("review.html.jinja", HERE).render(review=review) if review else "",
    )


def data_text(data: Mapping[str, Any]) -> str:
    """Return data as JSON to stand in a script element, which no text in it can end."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def content_security_policy(scripts: Sequence[str], *, asks: bool = False) -> str:
    """Return the policy of a page: no address (asks: but its own server's), and no script but these."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'" + ("; connect-src 'self'" if asks else "")
    )


@cache
def _scripts(names: tuple[str, ...] = EVERY + OVER_TIME) -> tuple[str, ...]:
    return tuple(own_text(name, HERE) for name in names)


def _check(page: WebPage) -> None:
    for section in page.sections:
        for figure in section.figures:
            unknown = names_of(figure) - set(page.columns)
            if unknown:
                raise ValueError(f"{section.title}: the page has no column {', '.join(sorted(unknown))}")
    if page.columns and page.clock is None:
        raise ValueError("columns need a clock")
    for name, column in page.columns.items():
        if page.clock is not None and column.values.shape != (page.clock.count,):
            raise ValueError(f"column {name}: {column.values.shape} values for {page.clock.count} records")


def page_data(page: WebPage) -> dict[str, Any]:
    """Return what the script draws: the clock, columns packed, and figures with what they show in words."""
    clock = page.clock
    return {
        "clock": None
        if clock is None
        else {
            "start": int(clock.start.astype("datetime64[s]").astype(np.int64)),
            "step": clock.step_s,
            "count": clock.count,
            "zone": clock.zone,
        },
        "columns": {
            name: packed(column.values)
            | {
                "label": one_line(column.label),
                "unit": one_line(column.unit),
                "codes": {str(code): one_line(words) for code, words in column.words.items()},
                "bits": [one_line(words) for words in column.bits],
            }
            for name, column in page.columns.items()
        },
        "figures": [
            as_data(figure) | {"words": _drawn(figure, page)}
            for section in page.sections
            for figure in section.figures
            if not isinstance(figure, (*STILL, Review))
        ],
        "opened": [curves_data(curves) for curves in page.opened],
        "openedWords": one_line(page.opened_words),
        "review": review_data(page.review) if page.review else None,
    }


def _drawn(figure: Any, page: WebPage) -> str:
    """Return what a person who cannot see a figure would want to know."""
    words = []
    for name in sorted(names_of(figure)):
        column = page.columns[name]
        known = column.values[np.isfinite(column.values)]
        if known.size:
            ends = f"{known.min():.3g} to {known.max():.3g} {column.unit}".strip()
            words.append(f"{column.label} from {ends}, {known.size} of {column.values.size} values")
        else:
            words.append(f"{column.label} without values")
    return "; ".join(words)
