"""One self-contained page about a carbon budget: no network, and nothing that a script would draw."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fluxkit.budget.page.figures import bars_figure, residuals_figure
from fluxkit.budget.results import GROUPS, Budget, BudgetProblem, Row
from fluxkit.budget.series.agreement import Line, SeriesComparison
from fluxkit.budget.settings import BudgetSettings
from fluxkit.budget.terms import Term
from fluxkit.budget.units import CO2_PER_C
from fluxkit.report.html import put_page
from fluxkit.report.web.page import WebPage, render_page
from fluxkit.report.web.parts import Figure, Section, Static, Table, Words
from fluxkit.report.web.still import still
from fluxkit.schema import provenance

MAX_PROBLEMS = 100
#: What all figures of the page have in common.
LEAD = (
    "Positive is carbon that the land gains. Bars are means over the years named, black lines intervals of "
    "95 %; a bar without one has an error that nobody knows. One axis in three units: 1 Mg C ha⁻¹ = "
    "1 Mg C hm⁻² = 100 g C m⁻² = 3.664 t CO₂ ha⁻¹."
)


def write_budget_page(path: Path, settings: BudgetSettings, budget: Budget) -> None:
    """Write ``budget.html``, whole or not at all."""
    put_page(render_budget(settings, budget), path)


def render_budget(settings: BudgetSettings, budget: Budget) -> str:
    """Return the page as text. Texts of users are escaped by the page layer and by the figures."""
    site = settings.budget
    odd = len(budget.problems)
    return render_page(
        WebPage(
            title=f"Carbon budget of {site.name or site.id}",
            lead=[" · ".join(part for part in (_where(settings), _years(settings, budget)) if part), LEAD],
            notes=[f"{odd} things could not be used or are odd: the last section lists them."] if odd else [],
            sections=list(_sections(budget)),
            footer=f"Made by fluxkit {provenance.versions()['fluxkit']}.",
        )
    )


def _sections(budget: Budget) -> Iterator[Section]:
    """Yield the parts of the page, those for which there is something, in reading order."""
    for name in GROUPS:
        rows = [row for row in budget.rows if row.group == name]
        if rows:
            yield _group(name, rows)
    yield Section("What is missing", [Words(budget.missing or ["Nothing that this program knows of."])])
    if budget.sentences:
        yield Section("What was found besides", [Words(budget.sentences)])
    if any(found.line is not None for found in budget.comparisons):
        yield _beside_the_tower(budget.comparisons)
    if budget.stocks:
        stocks = [[row.label, *_numbers(row.term)[:3]] for row in budget.stocks]
        head = ["pool, year", "g C m⁻²", "95 %", "Mg C ha⁻¹"]
        yield Section("Stocks", [Table(head, stocks, range(1, 4))])
    years = [term for term in budget.by_year if term.years]
    if years:
        rows_ = [[term.name, str(term.years[0]), *_numbers(term)[:2], _classes(term)] for term in years]
        head = ["term", "year", "g C m⁻² a⁻¹", "95 %", "classes of uncertainty (standard errors)"]
        yield Section("Year by year", [Table(head, rows_, (2, 3))])
    if budget.closures:
        yield _energy(budget)
    if budget.problems:
        yield _problems(budget.problems)


def _where(settings: BudgetSettings) -> str:
    site = settings.budget
    if site.latitude is None or site.longitude is None:
        return site.id
    return f"{site.id}, {site.latitude}° N, {site.longitude}° E"


def _years(settings: BudgetSettings, budget: Budget) -> str:
    years = settings.budget.years or sorted({y for row in budget.rows for y in row.term.years})
    if not years:
        return ""
    return str(years[0]) if len(years) == 1 else f"{min(years)} to {max(years)}"


def _group(name: str, rows: Sequence[Row]) -> Section:
    """Return the bars of one group, and the table that says what each includes."""
    alt = "; ".join(f"{row.label} {_words(row.term)}" for row in rows)
    cells = []
    for row in rows:
        term = row.term
        includes = ["; ".join(term.includes) or "not said", ", ".join(map(str, term.years)), *term.notes]
        value, interval, mega, co2 = _numbers(term)
        said = "; ".join(part for part in includes if part), "; ".join(term.lacks)
        cells.append([row.label, row.method, value, interval, mega, co2, *said])
    head = ["what", "method", "g C m⁻² a⁻¹", "95 %", "Mg C ha⁻¹ a⁻¹", "t CO₂ ha⁻¹ a⁻¹", "includes", "lacks"]
    return Section(GROUPS[name], [Static(bars_figure(rows).svg(name), alt), Table(head, cells, (2, 3, 4, 5))])


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


def _classes(term: Term) -> str:
    return ", ".join(f"{kind} {error:.0f}" for kind, error in term.parts)


def _beside_the_tower(comparisons: Sequence[SeriesComparison]) -> Section:
    rows = [
        [found.name, found.variable, str(found.period), str(found.n), *_comparison(found, found.line)]
        for found in comparisons
        if found.line is not None
    ]
    head = ["series", "variable", "by", "n", "slope", "bias, g C m⁻² d⁻¹", "r²", "RMSE"]
    caption = (
        "Slope: of the series against the tower, least squares. Bias: series less tower. Intervals count "
        "residuals that follow one another as fewer."
    )
    return Section("Models and satellites beside the tower", [Table(head, rows, range(3, 8))], caption)


def _comparison(found: SeriesComparison, line: Line) -> tuple[str, str, str, str]:
    low, high = line.interval()
    bias = found.bias_interval()
    return (
        f"{line.slope:.2f} ({low:.2f} to {high:.2f})",
        f"{found.bias:+.2f} ({bias[0]:+.2f} to {bias[1]:+.2f})",
        f"{line.r2:.2f}",
        f"{found.rmse:.2f}",
    )


def _energy(budget: Budget) -> Section:
    sentences = []
    for what, found in budget.closures.items():
        year = what.isdecimal()
        sentences.append(f"{f'{what}: ' if year else ''}{found.sentence('day' if year else what)}.")
    sentences += [f"Evapotranspiration of {year}: {mm:.0f} mm." for year, mm in budget.water.items()]
    parts: list[Figure] = [Words(sentences)]
    residuals = [one for one in budget.residuals if one.classes]
    if not residuals:
        return Section("Energy and water", parts)
    alt = "; ".join(
        f"by {one.by} {np.nanmin(one.residual):.0f} to {np.nanmax(one.residual):.0f} W m⁻²"
        for one in residuals
        if np.isfinite(one.residual).any()
    )
    drawn = residuals_figure(residuals)
    parts.append(still(drawn, "residuals", f"Where the energy balance does not close: {alt}."))
    caption = (
        "Where the energy balance does not close: mean of Rn − G − H − LE (and storages that are counted)."
    )
    return Section("Energy and water", parts, caption)


def _problems(problems: Sequence[BudgetProblem]) -> Section:
    rows = [
        [problem.path, str(problem.line or ""), problem.lost, problem.reason]
        for problem in problems[:MAX_PROBLEMS]
    ]
    hidden = len(problems) - MAX_PROBLEMS
    more = f"{hidden} more are in quarantine.csv." if hidden > 0 else ""
    table = Table(["where", "line", "lost", "what"], rows, (1,), more=more)
    return Section("What could not be used, or is odd", [table])
