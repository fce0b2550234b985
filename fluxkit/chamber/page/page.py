"""The page about a chamber campaign: figures, means, flags, and every closure for review."""

from collections.abc import Mapping, Sequence
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
from fluxkit.chamber.page.panels import TOLD, review_of, shown_as
from fluxkit.chamber.seasons.summaries import summarise
from fluxkit.locations import location
from fluxkit.report.account import inputs
from fluxkit.report.html import put_page
from fluxkit.report.web.page import WebPage, render_page
from fluxkit.report.web.parts import Section, Table, Words
from fluxkit.report.web.still import still

#: Means are told for at most so many groups.
MOST_GROUPS = 60


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
    review = review_of(campaign, fluxes, readings, decisions, extrapolated=extrapolated)
    started = f", run started {run['started']}" if run.get("started") else ""
    first, last = _period(fluxes)
    return render_page(
        WebPage(
            title=f"{title or campaign}: chamber fluxes",
            lead=[f"{campaign}, {first} to {last} UTC"],
            tiles=_tiles(fluxes),
            notes=notes,
            sections=[
                _fluxes(fluxes, gases),
                _means(fluxes, gases),
                _flags(fluxes, gases),
                Section("Review", [review]),
                inputs(run, [_as_mapping(problem) for problem in problems]),
            ],
            footer=f"Made by fluxkit {run.get('fluxkit', '')}{started}.",
        )
    )


def _as_mapping(problem: Any) -> Mapping[str, Any]:
    return problem if isinstance(problem, Mapping) else vars(problem)


def _period(fluxes: xr.Dataset) -> tuple[str, str]:
    ends = fluxes["start"].to_numpy().min(), fluxes["end"].to_numpy().max()
    first, last = (str(np.datetime_as_string(end, unit="m")).replace("T", " ") for end in ends)
    return first, last


def _tiles(fluxes: xr.Dataset) -> list[tuple[str, str]]:
    """Return (number, words) of the headline."""
    known = np.isfinite(fluxes["flux"].to_numpy())
    gone = fluxes["discarded"].to_numpy().astype(bool) if "discarded" in fluxes else np.zeros_like(known)
    flagged = doubted(fluxes)
    counts = (
        (fluxes.sizes["closure"], "closures"),
        (known.sum(), "fluxes"),
        ((known & ~flagged & ~gone).sum(), "without a flag"),
        ((known & flagged & ~gone).sum(), "flagged"),
        (gone.sum(), "discarded"),
        ((~known).sum(), "without a flux"),
    )
    return [(str(int(count)), words) for count, words in counts]


def doubted(fluxes: xr.Dataset) -> npt.NDArray[np.bool_]:
    """Whether a flux carries a flag that is a doubt, shape (closure, gas)."""
    bits = fluxes["flags"].to_numpy()
    told = np.bitwise_or.reduce([meanings.bit(name) for name in TOLD])
    return np.asarray((bits & ~told) != 0)


def _fluxes(fluxes: xr.Dataset, gases: Sequence[Mapping[str, Any]]) -> Section:
    ranges = []
    for gas in gases:
        values = fluxes["flux"].sel(gas=gas["name"]).to_numpy() * gas["factor"]
        values = values[np.isfinite(values)]
        if values.size:
            ranges.append(f"{gas['label']} from {values.min():.3g} to {values.max():.3g} {gas['flux_unit']}")
    caption = (
        "Fluxes of all closures, positive from soil and plants into the air, with one standard error where "
        "there is room. Fluxes far from all others stand at the edge of their panel. The numbers of each "
        "closure are behind its panel under Review."
    )
    alt = f"Fluxes through time: {'; '.join(ranges) or 'none'}."
    drawn = chamber_figures.chamber_fluxes_figure(fluxes)
    return Section("Fluxes", [still(drawn, "chamber-fluxes", alt)], caption)


def _means(fluxes: xr.Dataset, gases: Sequence[Mapping[str, Any]]) -> Section:
    """Return means by treatment and cover, over plots where they are known."""
    by = [name for name in ("treatment", "cover") if _told(fluxes, name)]
    unit = "plot" if _told(fluxes, "plot") else None
    table = summarise(fluxes, by, unit=unit)
    if not len(table):
        return Section("Means", [Words(["No flux to average."])])
    shown = {gas["name"]: gas for gas in gases}
    numbers = ("plots", "closures", "mean", "s.e.", "95 % interval")
    rows = [_mean_row(row, by, shown[str(row["gas"])]) for _, row in table.head(MOST_GROUPS).iterrows()]
    over = (
        "Closures are averaged by plot and plots by group, weighted by what is known of each "
        "(DerSimonian & Laird 1986)"
        if unit
        else "Closures are averaged directly, as no plot is named"
    )
    more = f" {len(table) - MOST_GROUPS} more groups are left out." if len(table) > MOST_GROUPS else ""
    first = 1 + len(by)
    found = Table(["gas", *by, *numbers, "unit"], rows, range(first, first + len(numbers)))
    return Section("Means", [found], f"{over}; discarded fluxes are left out.{more}")


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


def _flags(fluxes: xr.Dataset, gases: Sequence[Mapping[str, Any]]) -> Section:
    """Return how many fluxes carry each of the flags that occur."""
    attributes = fluxes["flags"].attrs
    names = str(attributes["flag_meanings"]).split()
    masks = np.atleast_1d(attributes["flag_masks"])
    bits = fluxes["flags"].to_numpy()
    rows = []
    for name, mask in zip(names, masks, strict=True):
        counts = ((bits & mask) != 0).sum(axis=0).tolist()
        if any(counts):
            words = f"{name.replace('_', ' ')}: {meanings.MEANINGS.get(name, '')}".rstrip(": ")
            rows.append([words, *(str(count or "") for count in counts)])
    if not rows:
        return Section("Flags", [Words(["No flux carries a flag."])])
    table = Table(["doubt", *(str(gas["label"]) for gas in gases)], rows, range(1, 1 + len(gases)))
    caption = (
        "Number of fluxes that carry each flag. A flag is a doubt, not a verdict: only a reviewer's "
        "“discard” leaves a flux out of the means."
    )
    return Section("Flags", [table], caption)
