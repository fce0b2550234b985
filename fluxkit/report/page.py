"""The page about a run: one file to look into, from the station to a half hour; no address is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.locations import location
from fluxkit.report import account, half_hours, sections, style
from fluxkit.report.columns import MOST_RECORDS, MOST_VALUES, Records
from fluxkit.report.evidence import Evidence
from fluxkit.report.html import put_page
from fluxkit.report.losses import Losses, account_of_losses, percent
from fluxkit.report.still_sections import still_sections
from fluxkit.report.web.curves import Curves, within
from fluxkit.report.web.page import WebPage, render_page
from fluxkit.report.web.parts import names_of
from fluxkit.schema import provenance
from fluxkit.site.models import Site

#: A page is not larger than this while its half hours' curves can be thinned, which take so much at least.
MOST_BYTES, LEAST_CURVES = 15_000_000, 3_000_000


def write_report(
    path: Path | str,
    fluxes: xr.Dataset,
    evidence: Evidence | None,
    site: Site,
    run: Mapping[str, Any],
    problems: Sequence[Mapping[str, Any]],
) -> None:
    """Write the page.

    Parameters
    ----------
    path : Path or str
        File to make, ``.html``.
    fluxes : xr.Dataset
        Dimension ``time`` (start of the period, UTC), variables of the vocabulary in its units.
    evidence : Evidence or None
        Spectra and lag functions of half hours, average spectra, planes of a planar fit.
    site : Site
        The station and the settings.
    run : mapping
        ``fluxkit``, ``started``, ``settings``, ``inputs`` (each with path, sha256, status), ``versions``.
    problems : sequence of mappings
        What could not be used: path, line, lost, reason.

    Raises
    ------
    ValueError
        When the dataset has no period or no flux.
    """
    put_page(render(fluxes, evidence, site, run, problems), location(path))


def render(
    fluxes: xr.Dataset,
    evidence: Evidence | None,
    site: Site,
    run: Mapping[str, Any],
    problems: Sequence[Mapping[str, Any]],
) -> str:
    """Return the page as text; parameters as for ``write_report``."""
    if fluxes.sizes.get("time", 0) == 0:
        raise ValueError("report: no averaging period to show; the fluxes have an empty time dimension")
    evidence = evidence or Evidence()
    losses = account_of_losses(fluxes, site.condense.period)
    records = Records.of(fluxes, site.station.utc_offset_h, site.condense.period)
    drawn = sections.over_time(records, losses, run)
    curves = half_hours.opened(evidence, records)
    shown = {name for told in drawn for figure in told.section.figures for name in names_of(figure)}
    shown |= {name for one in curves for name in one.marks.values()}
    columns = records.columns(shown)
    for told in drawn:
        columns |= told.made
    still = still_sections(fluxes, evidence, site, losses)
    over_time = [told.section for told in drawn]
    at = [section.title for section in over_time].index("Fluxes") + 1
    first, last = _period(fluxes, site)
    page = WebPage(
        title=f"{site.station.name or site.station.id} fluxes",
        lead=[f"{site.station.id}, {first} to {last}, {records.clock.zone}", _where(site)],
        tiles=_tiles(losses),
        notes=_notes(losses, records, len(columns) < len(fluxes.data_vars)),
        sections=[
            *over_time[:at], still[0], *over_time[at:], *still[1:],
            account.inputs(run, problems), account.settings(site),
        ],
        clock=records.clock,
        columns=columns,
        footer=_footer(run),
        holds=half_hours.decided(site),
    )  # fmt: skip
    return render_page(_with_curves(page, curves, evidence.words))


def _with_curves(page: WebPage, curves: list[Curves], words: str) -> WebPage:
    """Return the page with what half hours open with, as far as there is room."""
    if not curves:
        return page
    kept, share = within(curves, LEAST_CURVES)
    if share < 1.0:  # the rest of the page is rendered for its size only where that matters
        room = MOST_BYTES - len(render_page(page).encode("utf-8", "backslashreplace"))
        kept, share = within(curves, max(room, LEAST_CURVES))
    if share < 1.0:
        part = percent(round(1000 * share), 1000)
        words = f"{words} There is room for those of {part} of the half hours, evenly spread.".strip()
    notes = [*page.notes, f"What a half hour opens with: {words}"] if words else page.notes
    return replace(page, opened=kept, opened_words=words, notes=notes)


def _period(fluxes: xr.Dataset, site: Site) -> tuple[str, str]:
    """Return the begin of the first and the end of the last period in local standard time."""
    begin = style.local_time(fluxes, site.station.utc_offset_h)
    end = begin.max() + np.timedelta64(round(site.condense.seconds), "s")
    first, last = (
        str(np.datetime_as_string(moment, unit="m")).replace("T", " ") for moment in (begin.min(), end)
    )
    return first, last


def _where(site: Site) -> str:
    station = site.station
    return (
        f"{abs(station.latitude):.4f}° {'S' if station.latitude < 0 else 'N'}, "
        f"{abs(station.longitude):.4f}° {'W' if station.longitude < 0 else 'E'}, "
        f"{station.altitude:g} m above sea level; sonic {site.sonic.height:g} m above ground, "
        f"canopy {station.canopy_height:g} m; {site.condense.period:g} min averages"
    )


def _tiles(losses: Losses) -> list[tuple[str, str]]:
    """Return (number, text) of the headline."""
    tiles = [(f"{losses.expected}", "averaging periods")]

    def counted(count: int, words: str) -> None:
        tiles.append(
            (f"{count} ({percent(count, losses.expected)})" if losses.expected else f"{count}", words)
        )

    quality = losses.quality.get(losses.subject)
    if quality is None:
        counted(losses.valid, f"with {losses.subject}")
    else:
        for code, words in (("0", "best (0)"), ("1", "general use (1)"), ("2", "discard (2)")):
            counted(quality[code], f"{losses.subject} {words}")
        if quality["untested"]:
            counted(quality["untested"], f"{losses.subject} not tested")
    counted(losses.lost, f"without {losses.subject}")
    return tiles


def _notes(losses: Losses, records: Records, sampled: bool) -> list[str]:
    """Return what to look at first."""
    notes = []
    if losses.judged:
        judged = ", ".join(f"{reason}: {count}" for reason, count in losses.judged.items())
        notes.append(
            f"The policy of flags leaves {losses.kept} of {losses.valid} values of {losses.subject} "
            f"({judged})."
        )
    if losses.advised:
        notes.append(
            "Assumed or doubtful: "
            + ", ".join(
                f"{reason}: {count} of {losses.expected} periods" for reason, count in losses.advised.items()
            )
            + "."
        )
    if sampled:
        notes.append(
            f"A half hour opens with what the figures show alone: all variables would be more than "
            f"{MOST_VALUES} values. They are in the netCDF files."
        )
    if records.clock.count >= MOST_RECORDS:
        notes.append(f"The page shows the first {MOST_RECORDS} periods; the netCDF files hold all.")
    return notes


def _footer(run: Mapping[str, Any]) -> str:
    versions = run.get("versions") or provenance.versions()
    others = ", ".join(f"{name} {version}" for name, version in versions.items() if name != "fluxkit")
    started = f", run started {run['started']}" if run.get("started") else ""
    return f"Made by fluxkit {run.get('fluxkit', versions.get('fluxkit', ''))}{started}. {others}."
