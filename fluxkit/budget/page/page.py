"""One self-contained page about a carbon budget: no network, no script."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fluxkit.budget.page.figures import bars_figure, residuals_figure
from fluxkit.budget.results import GROUPS, Budget, Row
from fluxkit.budget.series.agreement import Line, SeriesComparison
from fluxkit.budget.settings import BudgetSettings
from fluxkit.budget.terms import Term
from fluxkit.budget.units import CO2_PER_C
from fluxkit.report.html import Picture, own_text, page_template, put_page
from fluxkit.schema import provenance

MAX_PROBLEMS = 100


def write_budget_page(path: Path, settings: BudgetSettings, budget: Budget) -> None:
    """Write ``budget.html``, whole or not at all."""
    put_page(render_budget(settings, budget), path)


def render_budget(settings: BudgetSettings, budget: Budget) -> str:
    """Return the page as text. Texts of users are escaped by the template and by the figures."""
    return page_template("budget.html.jinja", "fluxkit.budget.page").render(
        css=own_text("page.css"),
        site=settings.budget,
        years=_years(settings, budget),
        groups=[
            _group(name, budget.rows) for name in GROUPS if any(row.group == name for row in budget.rows)
        ],
        missing=budget.missing,
        sentences=budget.sentences,
        stocks=[(row.label, *_numbers(row.term), row.term) for row in budget.stocks],
        by_year=[(term.name, term.years[0], *_numbers(term), term) for term in budget.by_year if term.years],
        comparisons=[
            (found, _comparison(found, found.line)) for found in budget.comparisons if found.line is not None
        ],
        closures=[
            (what, found, found.sentence("day" if what.isdecimal() else what))
            for what, found in budget.closures.items()
        ],
        water=budget.water,
        residuals=_residuals(budget),
        problems=budget.problems[:MAX_PROBLEMS],
        more_problems=max(len(budget.problems) - MAX_PROBLEMS, 0),
        version=provenance.versions()["fluxkit"],
    )


def _years(settings: BudgetSettings, budget: Budget) -> str:
    years = settings.budget.years or sorted({y for row in budget.rows for y in row.term.years})
    if not years:
        return ""
    return str(years[0]) if len(years) == 1 else f"{min(years)} to {max(years)}"


def _group(name: str, rows: Sequence[Row]) -> dict[str, object]:
    mine = [row for row in rows if row.group == name]
    alt = "; ".join(f"{row.label} {_words(row.term)}" for row in mine)
    picture = Picture(GROUPS[name], bars_figure(mine).svg(name), alt, "")
    return {
        "title": GROUPS[name],
        "picture": picture,
        "rows": [(row, *_numbers(row.term)) for row in mine],
        "sink": name == "sink",
    }


def _words(term: Term) -> str:
    low, high = term.interval()
    if not np.isfinite(low):
        return f"{term.value:.0f} g C m⁻² a⁻¹, error not known"
    return f"{term.value:.0f} ({low:.0f} to {high:.0f}) g C m⁻² a⁻¹"


def _numbers(term: Term) -> tuple[str, str, str, str]:
    """Return value, interval, and the value in the other two units."""
    low, high = term.interval()
    interval = f"{low:.0f} to {high:.0f}" if np.isfinite(low) else "not known"
    mega = term.value / 100.0
    return f"{term.value:.0f}", interval, f"{mega:.2f}", f"{mega * CO2_PER_C:.2f}"


def _comparison(found: SeriesComparison, line: Line) -> tuple[str, str, str, str]:
    low, high = line.interval()
    bias = found.bias_interval()
    return (
        f"{line.slope:.2f} ({low:.2f} to {high:.2f})",
        f"{found.bias:+.2f} ({bias[0]:+.2f} to {bias[1]:+.2f})",
        f"{line.r2:.2f}",
        f"{found.rmse:.2f}",
    )


def _residuals(budget: Budget) -> Picture | None:
    found = [one for one in budget.residuals if one.classes]
    if not found:
        return None
    alt = "; ".join(
        f"by {one.by} {np.nanmin(one.residual):.0f} to {np.nanmax(one.residual):.0f} W m⁻²"
        for one in found
        if np.isfinite(one.residual).any()
    )
    return Picture(
        "Where the energy balance does not close", residuals_figure(found).svg("residuals"), alt, ""
    )
