"""Health of instruments over time: what looks wrong, samples used, diagnostics, signal, spikes, noise."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.report import style
from fluxkit.report.html import MAX_ROWS
from fluxkit.report.web.parts import Figure, Lines, Section, Series, Table, Words
from fluxkit.schema import variables

COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.RED, style.PINK, style.SKY)


def health_section(fluxes: xr.Dataset, run: Mapping[str, Any]) -> Section | None:
    """Return the section on instruments, if anything is known of them."""
    doubts = list(run.get("doubts") or [])
    more = f"{len(doubts) - MAX_ROWS} more are in run.json." if len(doubts) > MAX_ROWS else ""
    fine = ["No check of the files and the fluxes found anything wrong."]
    parts: list[Figure] = []
    if "doubts" in run:
        parts.append(Words(doubts[:MAX_ROWS] or fine, "What looks wrong", more))
    used = [name for name in ("FILE_RECORDS", "USED_RECORDS") if name in fluxes]
    if used:
        looks = zip(used, (style.GREY, style.BLUE), strict=False)
        parts.append(Lines([Series(name, colour) for name, colour in looks], "records (1)", 160))
    counters = _ending(fluxes, "_NUM")
    set_ = [name for name in counters if np.nan_to_num(fluxes[name].values).any()]
    parts += _points(set_, "samples flagged (1)")
    if counters:
        parts.append(_counts(fluxes, counters))
    parts += _points(
        [*_ending(fluxes, "_SIGNAL_STRENGTH"), *_ending(fluxes, "_SIGNAL")], "signal strength (%)"
    )
    parts += _points(_ending(fluxes, "_NUM_SPIKES"), "spikes (1)")
    noise = [name for name in _ending(fluxes, "_NOISE") if not name.endswith("_UNC_NOISE")]
    for name in noise:
        label = f"noise ({style.units(variables.entry(name).units)})"
        parts.append(Lines([Series(name, style.BLUE, kind="points")], label, 160))
    caption = (
        "Records found in the files and used; samples that each bit of the diagnostics flagged; signal "
        "strength; spikes taken out; white noise of each channel, from what is uncorrelated from one sample "
        "to the next."
    )
    return Section("Instruments", parts, caption) if parts else None


def _ending(fluxes: xr.Dataset, end: str) -> list[str]:
    names = sorted(str(name) for name in fluxes if str(name).endswith(end))
    return [name for name in names if fluxes[name].dims == ("time",)]


def _points(names: Sequence[str], label: str) -> list[Lines]:
    """Return variables over time, as many in one figure as there are colours for."""
    groups = [names[at : at + len(COLOURS)] for at in range(0, len(names), len(COLOURS))]
    return [
        Lines([Series(x, c, kind="points") for x, c in zip(group, COLOURS, strict=False)], label, 160)
        for group in groups
    ]


def _counts(fluxes: xr.Dataset, counters: Sequence[str]) -> Table:
    """Return how often each bit of the diagnostics was set, those that never were as well."""
    rows = []
    for name in counters:
        values = fluxes[name].values.astype(np.float64)
        words = variables.describe(name).get("long_name", "") if variables.is_known(name) else ""
        words = words or fluxes[name].attrs.get("long_name", "")
        total, periods = float(np.nansum(values)), int((values > 0).sum())
        rows.append([name, str(words), f"{total:.0f}", str(periods)])
    head = ["diagnostic", "what it means", "samples", "periods"]
    return Table(head, rows, (2, 3), folded=f"What diagnostics said: {len(rows)} counters")
