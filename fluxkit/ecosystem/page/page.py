"""The page of a site from half hours to years: ``ecosystem.html``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.examine.doubt import Doubt
from fluxkit.report import style
from fluxkit.report.page import Picture, own_text, page_template, put_page
from fluxkit.report.svg import scale
from fluxkit.report.svg.drawing import Axis
from fluxkit.report.svg.labels import Key
from fluxkit.report.svg.marks import Line, Markers
from fluxkit.schema.provenance import versions

Array = npt.NDArray[np.float64]

#: Grams of carbon in 1 umol.
GRAMS = 12.011e-6
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#B87A00", "#009E73", "#B84E00", "#8a9097"
#: Cumulative sums: variable, name in words, colour.
_SUMS = (
    ("NEE_F", "NEE", BLUE),
    ("GPP_NT", "GPP, night-time", GREEN),
    ("RECO_NT", "Reco, night-time", RED),
    ("GPP_DT", "GPP, day-time", ORANGE),
)


class Made(Protocol):
    """What of a run the page tells."""

    thresholds: xr.Dataset | None
    annual: list[dict[str, Any]]
    doubts: list[Doubt]
    said: list[str]


def write_page(ds: xr.Dataset, made: Made, path: Path) -> Path:
    """Write the page of a run; it needs no other file.

    Parameters
    ----------
    ds : xr.Dataset
        What went through the rooms.
    made : Made
        Thresholds, annual sums, doubts and sentences of the run.
    path : pathlib.Path
        File to make.
    """
    put_page(render(ds, made), path)
    return path


def render(ds: xr.Dataset, made: Made) -> str:
    """Return the page as text; all texts are escaped."""
    at = HalfHours.of(ds)
    screening: Mapping[str, Mapping[str, int]] = json.loads(str(ds.attrs.get("screening", "{}")))
    steps = dict.fromkeys(step for counts in screening.values() for step in counts)
    return page_template("ecosystem.html.jinja", "fluxkit.ecosystem.page").render(
        css=own_text("page.css"),
        site=ds.attrs.get("site", "site"),
        attributes=ds.attrs,
        period=(str(at.local_start[0])[:10], str(at.local_start[-1])[:10]),
        zone=style.zone(at.utc_offset_h),
        doubts=made.doubts,
        annual=made.annual,
        thresholds=_thresholds(made.thresholds),
        pictures=_pictures(ds, at),
        screening=screening,
        steps=list(steps),
        said=list(dict.fromkeys(made.said)),
        version=versions()["fluxkit"],
    )


def _thresholds(found: xr.Dataset | None) -> list[dict[str, str]]:
    if found is None:
        return []
    rows = []
    for k, year in enumerate(found["year"].values.tolist()):
        spread = ""
        if "quantiles" in found:
            values = found["quantiles"].isel(year=k).values
            spread = f"{values[0]:.3f} to {values[-1]:.3f}" if np.isfinite(values).all() else ""
        value = float(found["threshold"].values[k])
        reason = str(found["reason"].values[k]) if "reason" in found else ""
        told = f"{value:.3f}" if np.isfinite(value) else "none"
        rows.append({"year": str(year), "value": told, "range": spread, "reason": reason})
    return rows


def _pictures(ds: xr.Dataset, at: HalfHours) -> list[Picture]:
    pictures = []
    if "NEE_F" in ds and ds["NEE_F"].dims == ("time",):
        pictures.append(_exchange(ds, at))
    lines = [line for line in _SUMS if line[0] in ds and ds[line[0]].dims == ("time",)]
    if lines:
        pictures.append(_cumulative(ds, at, lines))
    return pictures


def _axis(at: HalfHours) -> tuple[Array, Axis]:
    days = scale.days_since_1970(at.middle)
    first, last = float(days[0]), float(days[-1])
    return days, Axis((first, last), scale.time_ticks(first, last, 8), grid=True)


def _exchange(ds: xr.Dataset, at: HalfHours) -> Picture:
    """Draw net exchange: measured records, and filled ones."""
    drawing, panels = style.figure([2.6])
    days, panels[0].x = _axis(at)
    filled = ds["NEE_F"].values
    measured = ds["NEE"].values if ds["NEE"].dims == ("time",) else np.full(filled.size, np.nan)
    panels[0].add(
        Markers(days, np.where(np.isfinite(measured), np.nan, filled), GREY, size=2.0, alpha=0.5, many=True),
        Markers(days, measured, BLUE, size=2.0, alpha=0.5, many=True),
    )
    style.name_axes(panels[0], below=style.zone(at.utc_offset_h), left="NEE (µmol m⁻² s⁻¹)")
    style.legend(drawing, [Key("measured", BLUE), Key("filled", GREY)], 1.0)
    there = int(np.isfinite(measured).sum())
    words = f"{there} of {filled.size} records are measured, {int(np.isfinite(filled).sum()) - there} filled."
    return Picture("Net exchange", drawing.svg("nee"), words, words)


def _cumulative(ds: xr.Dataset, at: HalfHours, lines: Sequence[tuple[str, str, str]]) -> Picture:
    """Draw sums that begin anew with each year."""
    drawing, panels = style.figure([2.8])
    days, panels[0].x = _axis(at)
    keys = []
    begins = np.flatnonzero(np.concatenate([[True], at.year[1:] != at.year[:-1]]))
    for name, words, colour in lines:
        x = np.nan_to_num(ds[name].values) * GRAMS * at.step_s
        total = np.cumsum(x)
        before = np.where(begins > 0, total[begins - 1], 0.0)
        panels[0].add(Line(days, total - np.repeat(before, np.diff(np.append(begins, x.size))), colour))
        keys.append(Key(words, colour))
    style.name_axes(panels[0], below=style.zone(at.utc_offset_h), left="Sum since January (g C m⁻²)")
    style.legend(drawing, keys, 1.0)
    words = "Sums begin anew with each year; records that stay open count as nought here."
    return Picture("Carbon through the year", drawing.svg("sum"), words, words)
