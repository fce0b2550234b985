"""ecosystem.html: years, fingerprints, sums, u*, gaps, responses, parameters, classes of uncertainty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.page import figures
from fluxkit.ecosystem.page.columns import GRAM, NITROGEN, cumulated, over_time
from fluxkit.ecosystem.page.figures import Yearly
from fluxkit.ecosystem.page.relations import parameters, responses, turbulence
from fluxkit.ecosystem.page.uncertainty import (
    band,
    band_of,
    classes_of,
    decisions_of,
    number,
    peers_of,
    with_band,
)
from fluxkit.ecosystem.partitioning.beside import PAIRS, TURBULENCE, source_rows
from fluxkit.locations import location
from fluxkit.report import style
from fluxkit.report.html import put_page
from fluxkit.report.web.page import WebPage, render_page
from fluxkit.report.web.parts import (
    Clock,
    Column,
    Diurnal,
    Figure,
    Fingerprint,
    Lines,
    Section,
    Series,
    Table,
    Words,
)  # fmt: skip
from fluxkit.report.web.still import still
from fluxkit.schema import provenance

Array = npt.NDArray[np.float64]

#: Fluxes and drivers that have a place on the page, in this order; all others open with a half hour.
FLUXES = ("NEE", "FCH4", "FN2O", "LE", "H")
PARTS = ("RECO_NT", "GPP_NT", "RECO_DT", "GPP_DT")
DRIVERS = ("SW_IN", "TA", "VPD", "USTAR")
#: Half hours whose sources turbulence tells apart.
SOURCES = tuple(f"{source}_{mark}" for mark in TURBULENCE for source, _ in PAIRS.values())
#: What is summed up -> grams in its unit, and the unit of the sum.
SUMMED = {
    **dict.fromkeys(("NEE_F", *PARTS), (GRAM, "g C m⁻²")),
    "FCH4_F": (GRAM * 1e-3, "g C m⁻²"),
    "FN2O_F": (NITROGEN * 1e-3, "g N m⁻²"),
}


@dataclass(frozen=True)
class Years:
    """What the room found beside the dataset.

    Parameters
    ----------
    annual : sequence of Yearly
        Sums of years with their intervals.
    sums : Dataset, optional
        As of :func:`fluxkit.ecosystem.annual`: classes of uncertainty, other programs' figures.
    thresholds : Dataset, optional
        As of :func:`fluxkit.ecosystem.ustar_thresholds`.
    skill : mapping of method to (lengths,) array
        RMSE on artificial gaps [umol m-2 s-1].
    skill_lengths : sequence of str
        Names of the lengths.
    notes : sequence of str
        What to look at first.
    steps : sequence of (step, what it did)
        From reading to partitioning.
    said : sequence of str
        What was assumed, set right or could not be done.
    decisions : Dataset, optional
        As of :func:`fluxkit.ecosystem.decisions`.
    """

    annual: Sequence[Yearly] = ()
    sums: xr.Dataset | None = None
    thresholds: xr.Dataset | None = None
    skill: Mapping[str, Array] = field(default_factory=dict)
    skill_lengths: Sequence[str] = ()
    notes: Sequence[str] = ()
    steps: Sequence[tuple[str, str]] = ()
    said: Sequence[str] = ()
    decisions: xr.Dataset | None = None


def write_page(path: Path | str, ds: xr.Dataset, years: Years) -> None:
    """Write the page, whole or not at all; parameters as for `render`."""
    put_page(render(ds, years), location(path))


def render(ds: xr.Dataset, years: Years) -> str:
    """Return the page.

    Parameters
    ----------
    ds : Dataset
        That went through the room: NEE with NEE_F, NEE_F_QC, RECO_NT and so on, what there is of them.
    years : Years
        Sums, thresholds, skill, sentences.
    """
    at = HalfHours.of(ds)
    columns = _columns(ds, at, years.sums)
    sections = [*_years(years), *_fingerprints(columns), *_sums(columns), *_courses(columns), *_sources(ds)]
    sections += [
        *turbulence(ds, at, years.thresholds),
        *_gaps(columns, years),
        *responses(ds, at),
        *parameters(ds),
    ]
    sections += [*_through_time(columns), *_steps(years)]
    return render_page(
        WebPage(
            title=f"{ds.attrs.get('site', 'Site')}: from half hours to years",
            lead=_lead(ds, at),
            tiles=_tiles(ds, at),
            notes=years.notes,
            sections=sections,
            clock=Clock(at.local_start[0], at.step_s, at.start.size, style.zone(at.utc_offset_h)),
            columns=columns,
            footer=f"Made by fluxkit {provenance.versions()['fluxkit']}.",
        )
    )


def _lead(ds: xr.Dataset, at: HalfHours) -> list[str]:
    ends = [str(np.datetime_as_string(moment, unit="D")) for moment in (at.middle[0], at.middle[-1])]
    lead = [f"{ends[0]} to {ends[1]}, {style.zone(at.utc_offset_h)}, {at.step_s / 60:g} min"]
    if np.isfinite([at.latitude, at.longitude]).all():
        lead.append(
            f"{abs(at.latitude):.4f}° {'S' if at.latitude < 0 else 'N'}, "
            f"{abs(at.longitude):.4f}° {'W' if at.longitude < 0 else 'E'}"
        )
    return lead


def _tiles(ds: xr.Dataset, at: HalfHours) -> list[tuple[str, str]]:
    tiles = [(f"{at.start.size / at.per_day / 365.25:.1f}", "years"), (f"{at.start.size}", "records")]
    for name in FLUXES:
        if name in ds and ds[name].dims == ("time",):
            share = float(np.isfinite(ds[name].to_numpy()).mean())
            tiles.append((f"{100 * share:.0f} %", f"of {name} measured and kept"))
    return tiles


def _columns(ds: xr.Dataset, at: HalfHours, sums: xr.Dataset | None = None) -> dict[str, Column]:
    fluxes = [part for name in FLUXES for part in (name, f"{name}_F", f"{name}_F_QC", f"{name}_F_SD")]
    others = [part for name in DRIVERS for part in (name, f"{name}_F", f"{name}_F_QC")]
    flags = [str(name) for name in ds if str(name).endswith(("_USTAR_FLAG", "_F_METHOD", "_F_WINDOW"))]
    names = [*fluxes, *PARTS, *SOURCES, *others, *flags]
    columns = over_time(ds, dict.fromkeys(names))
    for name, (grams, unit) in SUMMED.items():
        if name in columns:
            total = cumulated(columns[name].values, at, grams)
            columns[f"{name}_SUM"] = Column(total, f"{name} summed", unit)
            if sums is not None:
                limits = band(name.removesuffix("_F"), total, ds, at, sums)
                with_band(columns, f"{name}_SUM", limits)
    return {name: column for name, column in columns.items() if np.isfinite(column.values).any()}


def _years(years: Years) -> list[Section]:
    moved = decisions_of(years.decisions)
    if not years.annual:
        return [Section("Years", moved, "No year is whole: there is no sum.")] if moved else []
    head = ("year", "variable", "value", "from", "to", "unit")
    rows = [
        (str(row.year), row.variable, *map(number, (row.value, row.lower, row.upper)), style.units(row.unit))
        for row in years.annual
    ]
    parts: list[Figure] = [
        still(figures.years_figure(years.annual), "years", "Sums of years with their intervals."),
        Table(head, rows, numbers=(2, 3, 4)),
    ]
    if years.sums is not None:
        parts += [*classes_of(years.annual, years.sums), *peers_of(years.annual, years.sums)]
    parts += moved
    caption = (
        "Sums of years; bars and the columns from and to are the 95 % interval. "
        "Negative NEE is uptake by the land."
    )
    return [Section("Years", parts, caption)]


def _fingerprints(columns: Mapping[str, Column]) -> list[Section]:
    shown: list[Figure] = []
    for name in ("NEE", "NEE_F", "GPP_NT", "RECO_NT", "FCH4_F", "LE_F", "H_F"):
        if name in columns:
            palette = "sequential" if name.startswith(("GPP", "RECO")) else "diverging"
            shown.append(Fingerprint(name, palette))
    return (
        [Section("Fingerprints", shown, "Days to the right, hours upwards; grey is missing.")]
        if shown
        else []
    )


def _sums(columns: Mapping[str, Column]) -> list[Section]:
    colours = (style.INK, style.RED, style.GREEN, style.ORANGE, style.SKY)
    figures: list[Figure] = []
    for names in (("NEE_F", *PARTS), ("FCH4_F",), ("FN2O_F",)):
        series = [
            Series(f"{name}_SUM", colour, band=band_of(columns, f"{name}_SUM"), band_colour=colour)
            for name, colour in zip(names, colours, strict=False)
            if f"{name}_SUM" in columns
        ]
        if series:
            what = "sum" if len(names) > 1 else f"sum of {names[0]}"
            figures.append(Lines(series, f"{what} ({columns[series[0].column].unit})", 280))
    caption = (
        "Missing half hours add nothing. Bands are 95 % intervals: at the end of a year that of its sum, "
        "before that as random, systematic and ensemble parts have grown."
        if any(name.endswith("_SUM_LOWER") for name in columns)
        else "Missing half hours add nothing."
    )
    return [Section("Sums since January", figures, caption)] if figures else []


def _courses(columns: Mapping[str, Column]) -> list[Section]:
    shown = [Diurnal(name) for name in ("NEE", "GPP_NT", *SOURCES, "LE", "H") if name in columns]
    caption = "Mean by month with the standard deviation, all years together; fluxes as measured."
    return [Section("Course of the day", shown, caption)] if shown else []


def _sources(ds: xr.Dataset) -> list[Section]:
    """Compare what turbulence tells of sources with nights and light curves, where there is some of it."""
    rows = source_rows(ds)
    head = ("turbulence", "compared", "half hours", "mean by turbulence", "mean", "r")
    caption = (
        "Photosynthesis and ground respiration that quadrants (CEC, MREA) or variances (FVS) of the samples "
        "tell apart, beside GPP and RECO of the same half hours (µmol m⁻² s⁻¹). What leaves respire is in "
        "GPP and RECO alone."
    )
    return [Section("Sources", [Table(head, rows, numbers=(2, 3, 4, 5))], caption)] if rows else []


def _gaps(columns: Mapping[str, Column], years: Years) -> list[Section]:
    names = [f"{flux}_F_{end}" for flux in ("NEE", "FCH4", "FN2O") for end in ("QC", "METHOD")]
    shown: list[Figure] = [Fingerprint(name, "sequential") for name in names if name in columns]
    if years.skill:
        drawn = figures.skill_figure(years.skill_lengths, dict(years.skill))
        shown.append(still(drawn, "skill", "Error on artificial gaps against their length."))
        rows = [
            (method, *(f"{value:.2f}" if np.isfinite(value) else "–" for value in values))
            for method, values in years.skill.items()
        ]
        shown.append(
            Table(("method", *years.skill_lengths), rows, numbers=range(1, len(years.skill_lengths) + 1))
        )
    caption = (
        "Quality: 0 measured, 1 filled from near in time and alike, 2 between, 3 filled from far. Method, "
        "also of what measured half hours would be: 1 like radiation, temperature and humidity, 2 like "
        "radiation, 3 the hour of the day, 4 gradient boosting."
    )
    if years.skill:
        caption += " Errors are root mean squares in artificial gaps of this series."
    return [Section("Gaps", shown, caption)] if shown else []


def _through_time(columns: Mapping[str, Column]) -> list[Section]:
    shown: list[Figure] = []
    for name in (*FLUXES, *DRIVERS):
        series = []
        if f"{name}_F" in columns:
            series.append(Series(f"{name}_F", style.SKY))
        if name in columns:
            series.append(Series(name, style.BLUE, kind="points"))
        if series:
            unit = columns[series[0].column].unit
            shown.append(Lines(series, f"{name} ({unit})" if unit else name, 170))
    return [Section("Through time", shown, "Points are measured, lines filled.")] if shown else []


def _steps(years: Years) -> list[Section]:
    parts: list[Figure] = []
    if years.said:
        parts.append(Words(years.said, "Assumed, set right, or not done"))
    if years.steps:
        parts.append(Table(("step", "what it did"), [list(row) for row in years.steps], title="Taken out"))
    return [Section("What was done", parts)] if parts else []
