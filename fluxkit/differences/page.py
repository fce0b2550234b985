"""differences.html: what changed, first in sums, then by period, decision and version."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fluxkit.differences.differences import SUM, Difference
from fluxkit.differences.results import Diff
from fluxkit.differences.sides import Pair
from fluxkit.differences.sums import Amount
from fluxkit.report import style
from fluxkit.report.html import MAX_ROWS, put_page
from fluxkit.report.web.page import WebPage, render_page
from fluxkit.report.web.parts import Clock, Column, Figure, Lines, Section, Series, Table, Words
from fluxkit.schema import provenance

#: Fluxes that are drawn, the first few that differ; what is a multiple of another is not among them.
_DRAWN = ("NEE", "NEE_F", "LE", "H", "FCH4", "FN2O", "GPP_NT", "RECO_NT", "TAU")
_MOST = 4
#: Periods between the first and the last up to which lines are drawn: twenty years of half hours.
_LONGEST = 350_640


def write_page(path: Path, pair: Pair, found: Diff) -> None:
    """Write the page, whole or not at all."""
    put_page(render(pair, found), path)


def render(pair: Pair, found: Diff) -> str:
    """Return the page as text."""
    drawn = [d for d in found.variables if d.variable in _DRAWN and not d.same][:_MOST]
    clock, place = _clock(pair)
    columns: dict[str, Column] = {}
    figures: list[Figure] = []
    if clock is not None:
        for each in drawn:
            figures += _lines(each, pair, clock, place, columns)
    sections = [Section("Sums", [_sums(found.variables), *_classes(found)], _SUMS)]
    if figures:
        sections.append(
            Section("Through time", figures, "B minus A, and what it adds up to from the begin on.")
        )
    sections += [*_decisions(found), *_causes(found), *_periods(found)]
    sections.append(Section("All variables", [_all(found.variables)], "What changes sums most stands first."))
    first, last = (str(np.datetime_as_string(pair.local[k], unit="m")).replace("T", " ") for k in (0, -1))
    return render_page(
        WebPage(
            title="What changed" + (f" at {pair.a.site}" if pair.a.site else ""),
            lead=[
                f"A: {pair.a.label}",
                f"B: {pair.b.label}",
                f"{first} to {last}, local standard time; B minus A",
            ],
            tiles=_tiles(found),
            notes=list(found.notes),
            sections=sections,
            clock=clock if columns else None,
            columns=columns,
            footer=f"Made by fluxkit {provenance.versions()['fluxkit']}.",
        )
    )


_SUMS = (
    "Over the periods that have a value, gaps not filled. The difference is of values that changed, of "
    "periods that only B has (gained), and of periods that only A has (lost)."
)


def _tiles(found: Diff) -> list[tuple[str, str]]:
    moved = sum(not each.same for each in found.variables)
    tiles = [(f"{moved} of {len(found.variables)}", "variables differ")]
    sums = [each for each in found.variables[:3] if each.kind == SUM and not each.same]
    return tiles + [(_signed(each.total), f"{each.variable}, {style.units(each.unit)}") for each in sums]


def _clock(pair: Pair) -> tuple[Clock | None, np.ndarray]:
    step = pair.seconds
    place = np.round((pair.local - pair.local[0]) / np.timedelta64(1, "s") / step).astype(np.int64)
    count = int(place[-1]) + 1
    if count > _LONGEST:
        return None, place
    offset = round(float((pair.local[0] - pair.time[0]) / np.timedelta64(1, "s"))) / 3600.0
    return Clock(pair.local[0].astype("datetime64[s]"), step, count, style.zone(offset)), place


def _lines(
    each: Difference, pair: Pair, clock: Clock, place: np.ndarray, columns: dict[str, Column]
) -> list[Figure]:
    """Return the figures of a flux, its columns added."""
    name = each.variable
    a, b = pair.values(name)
    amount = Amount.of(name, each.units)
    if amount is None:
        return []
    unit = style.units(each.units)
    gap = b - a
    running = amount.scale * pair.seconds * np.cumsum(np.nan_to_num(b) - np.nan_to_num(a))
    for suffix, values, label, of in (
        ("DIFFERENCE", gap, f"{name}, B − A", unit),
        ("RUNNING", running, f"sum of {name}, B − A", style.units(each.unit)),
    ):
        on = np.full(clock.count, np.nan)
        on[place] = values
        columns[f"{name}_{suffix}"] = Column(on, label, of)
    return [
        Lines([Series(f"{name}_DIFFERENCE", style.BLUE, "points")], f"{name}: B − A ({unit})"),
        Lines([Series(f"{name}_RUNNING", style.RED)], f"{name}: sum ({style.units(each.unit)})", 160),
    ]


def _sums(found: Sequence[Difference]) -> Table:
    rows = [
        [
            *(
                d.variable,
                style.units(d.unit),
                _s(d.a),
                _s(d.b),
                _signed(d.total),
                f"{100 * d.relative:.3g} %",
            ),
            *(_signed(d.by_values), _signed(d.by_gained), _signed(d.by_lost), str(d.changed), str(d.in_both)),
        ]
        for d in found
        if d.kind == SUM
    ]
    head = (
        *("flux", "unit", "A", "B", "B − A", "of all exchange", "by values", "by gained", "by lost"),
        *("periods changed", "of"),
    )
    return Table(head, rows, numbers=range(2, 11))


def _classes(found: Diff) -> list[Figure]:
    rows = [
        [name, before, after, str(count)]
        for name, moved in found.classes.items()
        for (before, after), count in sorted(moved.items(), key=lambda item: -item[1])
    ]
    head = ("class", "in A", "in B", "periods")
    return (
        [Table(head, rows[:MAX_ROWS], numbers=(3,), title="Classes of quality", folded="classes that moved")]
        if rows
        else []
    )


def _decisions(found: Diff) -> list[Section]:
    if not found.decisions:
        return []
    fluxes = list(dict.fromkeys(name for each in found.decisions for name in each.amounts))
    units = {d.variable: style.units(d.unit) for d in found.variables}
    rows = [[t.decision, *(_signed(t.amounts.get(name, np.nan)) for name in fluxes)] for t in found.decisions]
    head = ("decision of B on the moments of A", *(f"{name} ({units[name]})" for name in fluxes))
    caption = (
        "Change of each sum by one decision alone; decisions interact, so that parts need not add up to all."
    )
    return [Section("By decision", [Table(head, rows, numbers=range(1, len(head)))], caption)]


def _causes(found: Diff) -> list[Section]:
    if not found.causes:
        return []
    figures: list[Figure] = []
    for what, title in (("setting", "Settings"), ("version", "Versions"), ("file", "Files")):
        rows = [[c.name, c.a or "none", c.b or "none"] for c in found.causes if c.what == what]
        if rows:
            more = f"{len(rows) - MAX_ROWS} more are in causes.csv" if len(rows) > MAX_ROWS else ""
            figures.append(Table(("name", "A", "B"), rows[:MAX_ROWS], title=title, more=more))
    return [Section("Settings, versions and files that differ", figures)]


def _periods(found: Diff) -> list[Section]:
    if not found.periods:
        return [Section("Periods", [Words(["No period moves a sum."])])]
    months = [
        [
            str(m.month),
            m.variable,
            str(m.in_a),
            str(m.in_b),
            _s(m.a),
            _s(m.b),
            _signed(m.b - m.a),
            style.units(m.unit),
        ]
        for m in found.months
    ]
    periods = [
        [
            str(p.time)[:16].replace("T", " "),
            p.variable,
            _s(p.a),
            _s(p.b),
            _signed(p.amount),
            style.units(p.unit),
        ]
        for p in found.periods
    ]
    by_month = Table(
        ("month", "flux", "periods in A", "in B", "A", "B", "B − A", "unit"), months[:MAX_ROWS], range(2, 7),
        title="By month", more="more are in months.csv" if len(months) > MAX_ROWS else "",
    )  # fmt: skip
    most = Table(
        ("start (UTC)", "flux", "A", "B", "moves the sum by", "unit"), periods, range(2, 5),
        title="Periods that move a sum most", folded="show them",
    )  # fmt: skip
    return [Section("By period", [by_month, most])]


def _all(found: Sequence[Difference]) -> Table:
    rows = [
        [
            *(d.variable, d.units, "same" if d.same else "", str(d.in_a), str(d.in_b), str(d.changed)),
            *(
                _s(d.rms),
                _s(d.largest),
                "" if np.isnat(d.largest_at) else str(d.largest_at)[:16].replace("T", " "),
            ),
        ]
        for d in found
    ]
    head = ("variable", "units", "", "in A", "in B", "changed", "RMS", "largest", "at (UTC)")
    return Table(head, rows, numbers=range(3, 8), folded=f"{len(rows)} variables")


def _s(value: float) -> str:
    return f"{value:.5g}" if np.isfinite(value) else ""


def _signed(value: float) -> str:
    if not np.isfinite(value):
        return ""
    return f"{value:+.4g}" if value else "0"
