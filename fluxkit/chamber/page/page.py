"""The page about a chamber campaign: figures, means, flags, and every closure for review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from fluxkit.chamber import flags as meanings
from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.decisions import Decision
from fluxkit.chamber.page import figures as chamber_figures
from fluxkit.chamber.page.panels import TOLD, review_data, shown_as
from fluxkit.chamber.seasons.summaries import summarise
from fluxkit.locations import location
from fluxkit.report.html import MAX_ROWS, Picture, own_text, page_template, put_page

#: Means are told for at most so many groups.
MOST_GROUPS = 60
MANY_CHOICES = 400
HERE = "fluxkit.chamber.page"


@dataclass(frozen=True)
class PageTable:
    """A table of the page."""

    columns: list[tuple[str, bool]]  #: name, whether it holds numbers
    rows: list[list[str]]
    caption: str = ""


def write_chamber_report(
    path: Path | str,
    fluxes: xr.Dataset,
    readings: Mapping[str, Batch],
    *,
    title: str,
    campaign: str,
    run: Mapping[str, Any],
    problems: Sequence[Any] = (),
    decisions: Sequence[Decision] = (),
    notes: Sequence[str] = (),
    extrapolated: bool = False,
) -> None:
    """Write the page.

    Parameters
    ----------
    path : Path or str
        File to make, ``.html``.
    fluxes : xr.Dataset
        See `fluxkit.chamber.flux_table.dataset`.
    readings : mapping of str to Batch
        Readings around each closure, see `fluxkit.chamber.closures.traces.traces`.
    title, campaign : str
        Name and id of the campaign.
    run : mapping
        ``fluxkit``, ``started``, ``inputs`` (each with path, sha256, status).
    problems : sequence of Problem or mapping
        What could not be used: path, line, lost, reason.
    decisions : sequence of Decision
        Made in an earlier review; the page begins with them.
    notes : sequence of str
        Important notes for the reader, such as an offset between clocks.
    extrapolated : bool
        Whether fluxes are those at closing.

    Raises
    ------
    ValueError
        There are no closures.
    """
    put_page(
        render(
            fluxes, readings, title=title, campaign=campaign, run=run, problems=problems, decisions=decisions,
            notes=notes, extrapolated=extrapolated,
        ),
        location(path),
    )  # fmt: skip


def render(
    fluxes: xr.Dataset,
    readings: Mapping[str, Batch],
    *,
    title: str,
    campaign: str,
    run: Mapping[str, Any],
    problems: Sequence[Any] = (),
    decisions: Sequence[Decision] = (),
    notes: Sequence[str] = (),
    extrapolated: bool = False,
) -> str:
    """Return the page as text; parameters as for `write_chamber_report`."""
    if fluxes.sizes.get("closure", 0) == 0:
        raise ValueError("report: nothing to show; the fluxes have an empty dimension 'closure'")
    gases = [shown_as(fluxes, str(gas)) for gas in fluxes["gas"].to_numpy()]
    flags = _flags(fluxes)
    inputs = list(run.get("inputs", []))
    return page_template("template.html.jinja", HERE).render(
        css=own_text("page.css") + own_text("page.css", HERE),
        script=own_text("page.js", HERE),
        data=review_data(campaign, fluxes, readings, decisions, extrapolated=extrapolated),
        title=title or campaign,
        campaign=campaign,
        period=_period(fluxes),
        tiles=_tiles(fluxes),
        notes=list(notes),
        pictures=_pictures(fluxes, gases),
        means=_means(fluxes, gases),
        gases=[gas["label"] for gas in gases],
        gas_names=[gas["name"] for gas in gases],
        flags=[(words, counts) for _, words, counts in flags],
        flag_choices=[(number, words.split(":")[0]) for number, words, _ in flags],
        choices=_choices(fluxes),
        models=[str(model) for model in fluxes["fit"].to_numpy()],
        problems=problems[:MAX_ROWS],
        more_problems=max(len(problems) - MAX_ROWS, 0),
        inputs=inputs[:MAX_ROWS],
        more_inputs=max(len(inputs) - MAX_ROWS, 0),
        run=run,
    )


def _period(fluxes: xr.Dataset) -> tuple[str, str]:
    ends = fluxes["start"].to_numpy().min(), fluxes["end"].to_numpy().max()
    first, last = (str(np.datetime_as_string(end, unit="m")).replace("T", " ") for end in ends)
    return first, last


def _tiles(fluxes: xr.Dataset) -> list[tuple[str, int, str]]:
    """Return (text, number, css class) of the headline."""
    known = np.isfinite(fluxes["flux"].to_numpy())
    gone = fluxes["discarded"].to_numpy().astype(bool) if "discarded" in fluxes else np.zeros_like(known)
    flagged = doubted(fluxes)
    return [
        ("closures", fluxes.sizes["closure"], ""),
        ("fluxes", int(known.sum()), ""),
        ("without a flag", int((known & ~flagged & ~gone).sum()), "best"),
        ("flagged", int((known & flagged & ~gone).sum()), "use"),
        ("discarded", int(gone.sum()), "discard"),
        ("without a flux", int((~known).sum()), "lost"),
    ]


def doubted(fluxes: xr.Dataset) -> npt.NDArray[np.bool_]:
    """Whether a flux carries a flag that is a doubt, shape (closure, gas)."""
    bits = fluxes["flags"].to_numpy()
    told = np.bitwise_or.reduce([meanings.bit(name) for name in TOLD])
    return np.asarray((bits & ~told) != 0)


def _pictures(fluxes: xr.Dataset, gases: Sequence[Mapping[str, Any]]) -> list[Picture]:
    ranges = []
    for gas in gases:
        values = fluxes["flux"].sel(gas=gas["name"]).to_numpy() * gas["factor"]
        values = values[np.isfinite(values)]
        if values.size:
            ranges.append(f"{gas['label']} from {values.min():.3g} to {values.max():.3g} {gas['flux_unit']}")
    caption = (
        "Fluxes of all closures, positive from soil and plants into the air, with one standard error where "
        "there is room. Fluxes far from all others stand at the edge of their panel."
    )
    drawn = chamber_figures.chamber_fluxes_figure(fluxes).svg("chamber-fluxes")
    return [Picture("Fluxes", drawn, f"Fluxes through time: {'; '.join(ranges) or 'none'}.", caption)]


def _means(fluxes: xr.Dataset, gases: Sequence[Mapping[str, Any]]) -> PageTable:
    """Return means by treatment and cover, over plots where they are known."""
    by = [name for name in ("treatment", "cover") if _told(fluxes, name)]
    unit = "plot" if _told(fluxes, "plot") else None
    table = summarise(fluxes, by, unit=unit)
    shown = {gas["name"]: gas for gas in gases}
    columns = [("gas", False), *((name, False) for name in by)]
    columns += [(name, True) for name in ("plots", "closures", "mean", "s.e.", "95 % interval")] + [
        ("unit", False)
    ]
    rows = [_mean_row(row, by, shown[str(row["gas"])]) for _, row in table.head(MOST_GROUPS).iterrows()]
    over = (
        "Closures are averaged by plot and plots by group, weighted by what is known of each "
        "(DerSimonian & Laird 1986)"
        if unit
        else "Closures are averaged directly, as no plot is named"
    )
    more = f" {len(table) - MOST_GROUPS} more groups are left out." if len(table) > MOST_GROUPS else ""
    return PageTable(columns, rows, f"{over}; discarded fluxes are left out.{more}")


def _told(fluxes: xr.Dataset, name: str) -> bool:
    return name in fluxes and bool((fluxes[name].to_numpy().astype(str) != "").any())


def _mean_row(row: "pd.Series[Any]", by: Sequence[str], gas: Mapping[str, Any]) -> list[str]:
    def number(name: str) -> str:
        value = float(row[name]) * gas["factor"]
        return f"{value:#.3g}".rstrip(".").replace("-", "−") if np.isfinite(value) else "–"

    plots = "–" if pd.isna(row["n_plots"]) else f"{row['n_plots']:.0f}"
    interval = f"{number('low')} … {number('high')}"
    cells = [gas["label"], *(str(row[name]) for name in by), plots, str(row["n_closures"])]
    return [*cells, number("mean"), number("se"), interval, gas["flux_unit"]]


def _flags(fluxes: xr.Dataset) -> list[tuple[int, str, list[int]]]:
    """Return (bit number, words, count by gas) of the flags that occur."""
    attributes = fluxes["flags"].attrs
    names = str(attributes["flag_meanings"]).split()
    masks = np.atleast_1d(attributes["flag_masks"])
    bits = fluxes["flags"].to_numpy()
    found = []
    for number, (name, mask) in enumerate(zip(names, masks, strict=True)):
        counts = ((bits & mask) != 0).sum(axis=0).tolist()
        if any(counts):
            words = meanings.MEANINGS.get(name, "")
            found.append((number, f"{name.replace('_', ' ')}: {words}".rstrip(": "), counts))
    return found


def _choices(fluxes: xr.Dataset) -> dict[str, list[str]]:
    """Return by which names of closures the page can be filtered, and their values."""
    found = {}
    for name in ("plot", "treatment", "cover"):
        values = sorted({str(value) for value in fluxes[name].to_numpy()} - {""}) if name in fluxes else []
        if 1 < len(values) <= MANY_CHOICES:
            found[name] = values
    return found
