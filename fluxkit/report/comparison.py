"""One self-contained HTML page about a comparison of two sets of half-hourly results."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report import style
from fluxkit.report.agreement import Agreement, Effect, agreement
from fluxkit.report.html import Picture, own_text, page_template, put_page
from fluxkit.report.svg import scale
from fluxkit.report.svg.drawing import Drawing, Panel
from fluxkit.report.svg.labels import PanelNote
from fluxkit.report.svg.marks import Level, Line, Markers
from fluxkit.report.verdict import verdicts
from fluxkit.schema import provenance, variables

Array = npt.NDArray[np.float64]

#: Variables that get a panel, the first dozen that there are.
_PANELS = (
    *("NEE", "FC", "LE", "H", "TAU", "USTAR", "FCH4", "FN2O"),
    *("WS", "WD", "T_SONIC", "TA", "RH", "CO2", "H2O", "FC_SCF", "LE_SCF", "H_SCF", "CO2_TLAG_USED"),
)
_MOST = 12
_THROUGH_TIME = ("FC", "LE", "H", "TAU")
#: Share of the values that a panel shows; the few beyond would flatten the rest.
_CENTRAL = (0.2, 99.8)


def write_comparison(
    path: Path,
    ours: xr.Dataset,
    theirs: xr.Dataset,
    found: Mapping[str, Agreement],
    effects: Sequence[Sequence[Effect]],
    notes: Sequence[str],
    *,
    names: tuple[str, str],
) -> None:
    """Write the page.

    Parameters
    ----------
    path : pathlib.Path
        File to make, ``.html``.
    ours, theirs : xr.Dataset
        Over the same ``time`` (start of the period, UTC), in the vocabulary's units.
    found : mapping
        Variable -> how far they agree.
    effects : sequence of sequences of Effect
        Of each step of the search for a decision that explains the difference.
    notes : sequence of str
        What was left out or assumed.
    names : (str, str)
        What ours and theirs are called.
    """
    put_page(render_comparison(ours, theirs, found, effects, notes, names=names), path)


def render_comparison(
    ours: xr.Dataset,
    theirs: xr.Dataset,
    found: Mapping[str, Agreement],
    effects: Sequence[Sequence[Effect]],
    notes: Sequence[str],
    *,
    names: tuple[str, str],
) -> str:
    """Return the page as text; parameters as of `write_comparison`."""
    pictures = [_scatter(ours, theirs, found)] if found else []
    drifting = [name for name in _THROUGH_TIME if name in found]
    if drifting:
        pictures.append(_differences(ours, theirs, drifting))
    first, last = (str(np.datetime_as_string(ours["time"].values[k], unit="m")) for k in (0, -1))
    return page_template("comparison.html.jinja").render(
        css=own_text("page.css"),
        ours=names[0],
        theirs=names[1],
        period=(first.replace("T", " "), last.replace("T", " ")),
        pictures=pictures,
        rows=[(name, variables.entry(name), _cells(a)) for name, a in found.items()],
        effects=[effect_rows(step, effect_fluxes(effects)) for step in effects],
        verdicts=verdicts(effects),
        fluxes=[variables.entry(name) for name in effect_fluxes(effects)],
        notes=notes,
        version=provenance.versions()["fluxkit"],
    )


def scatter_figure(ours: xr.Dataset, theirs: xr.Dataset, names: Sequence[str]) -> Drawing:
    """Draw ours against theirs, a panel for each variable, the line of equality behind."""
    columns = 3
    rows = -(-len(names) // columns)
    room = style.Room(left=0.72, right=0.26, top=0.3, bottom=0.55, gap=0.72, between=0.58)
    figure, panels = style.figure([2.0] * rows, room, columns=columns)
    figure.panels = panels[: len(names)]
    for k, (panel, name) in enumerate(zip(figure.panels, names, strict=True)):
        _panel(panel, name, ours[name].to_numpy(), theirs[name].to_numpy())
        style.name_axes(panel, below="theirs", left="" if k % columns else "ours")
    return figure


def difference_figure(ours: xr.Dataset, theirs: xr.Dataset, names: Sequence[str]) -> Drawing:
    """Draw ours minus theirs through time, a panel for each variable."""
    figure, panels = style.figure([1.2] * len(names))
    minutes = float(ours.attrs.get("averaging_period_s", 1800.0)) / 60.0
    style.time_axis(panels, ours, 0.0, minutes, night=False)
    time = scale.days_since_1970(style.local_time(ours, 0.0, minutes))
    many = time.size > style.MANY_POINTS
    for panel, name in zip(panels, names, strict=True):
        gap = ours[name].to_numpy().astype(np.float64) - theirs[name].to_numpy()
        panel.add(Level(0.0, style.GREY))
        panel.add(Markers(time, gap, style.BLUE, "o", 2.0 if many else 4.0, alpha=0.6, many=many))
        style.name_axes(panel, left=style.label(name).replace(" (", "\n("))
        panel.y.limits = _limits(gap)
    return figure


def _panel(panel: Panel, name: str, y: Array, x: Array) -> None:
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    many = x.size > style.MANY_POINTS
    panel.x.grid = True
    panel.x.limits = panel.y.limits = ends = _limits(np.concatenate([x, y])) or (0.0, 1.0)
    panel.add(Line(np.array(ends), np.array(ends), style.GREY, 0.9))
    panel.add(Markers(x, y, style.BLUE, "o", 2.0 if many else 4.5, alpha=0.5, many=many))
    panel.notes.append(PanelNote(style.label(name), 0.0, 1.08, anchor="start", size=9.0, bold=True))
    found = agreement(y, x)
    if np.isfinite(found.slope):
        for k, label in enumerate((f"slope {found.slope:.4g}", f"r² {found.r2:.4g}")):
            panel.notes.append(PanelNote(label, 0.04, 0.94 - 0.075 * k, anchor="start", size=8.0))


def _limits(values: Array) -> tuple[float, float] | None:
    """Return an axis that shows nearly all values; None where there is none."""
    valid = values[np.isfinite(values)]
    if not valid.size:
        return None
    low, high = (valid.min(), valid.max()) if valid.size < 100 else np.percentile(valid, _CENTRAL)
    margin = 0.06 * max(high - low, 1e-9 * max(abs(low), abs(high)), 1e-12)
    return float(low - margin), float(high + margin)


def _scatter(ours: xr.Dataset, theirs: xr.Dataset, found: Mapping[str, Agreement]) -> Picture:
    names = [name for name in _PANELS if name in found][:_MOST] or list(found)[:_MOST]
    label = ", ".join(f"{name} slope {found[name].slope:.3g}" for name in names[:6])
    caption = (
        "Ours against theirs over the periods that have both; the grey line is equality. "
        "Axes end where 99.6 % of the values lie."
    )
    return Picture("Ours against theirs", scatter_figure(ours, theirs, names).svg("scatter"), label, caption)


def _differences(ours: xr.Dataset, theirs: xr.Dataset, names: list[str]) -> Picture:
    drawn = difference_figure(ours, theirs, names).svg("difference")
    caption = (
        "Ours minus theirs. A step or a drift tells of a setting that holds for a part of the time only."
    )
    return Picture("The difference through time", drawn, f"Differences of {', '.join(names)}.", caption)


def _cells(a: Agreement) -> list[str]:
    plain = [a.slope, a.orthogonal_slope, a.intercept, a.r2, a.bias, a.rmse]
    shares = [a.median_relative, a.equal]
    texts = [f"{v:.4g}" if np.isfinite(v) else "" for v in plain]
    return [str(a.n), *texts, *(f"{100 * v:.3g} %" if np.isfinite(v) else "" for v in shares)]


def effect_rows(step: Sequence[Effect], fluxes: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the rows of a step's table: decision, mean ratio of differences, difference of each flux.

    Differences are root mean squares. The first row is what is compared with: the decisions as they are.
    """
    before = {name: x for e in reversed(step) for name, x in e.before.items()}
    rows = [("as it is", "1", *(_short(before.get(name, np.nan)) for name in fluxes))]
    rows += [
        (e.decision, _short(1.0 + e.change), *(_short(e.rmse.get(n, np.nan)) for n in fluxes)) for e in step
    ]
    return rows


def effect_fluxes(effects: Sequence[Sequence[Effect]]) -> list[str]:
    """Return the fluxes that effects speak of."""
    return list(dict.fromkeys(name for step in effects for e in step for name in e.rmse))


def _short(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else ""
