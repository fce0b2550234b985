"""Figures of a chamber campaign: fluxes through time, distributions by treatment, agreement with a tower."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.chamber.page.panels import shown_as
from fluxkit.report import style
from fluxkit.report.style import BLUE, GREEN, GREY, INK, ORANGE, PALE, PINK, RED, SKY
from fluxkit.report.svg.drawing import Axis, Drawing, Legend, Panel
from fluxkit.report.svg.labels import Key
from fluxkit.report.svg.marks import Level, Line, Markers, Spans, Whiskers

Array = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]
Times = npt.NDArray[np.datetime64]

COLOURS = (BLUE, ORANGE, GREEN, RED, SKY, PINK)
MARKERS = ("o", "s", "^", "D", "v", "P")
HEIGHT = 1.55  #: of a panel [inch]
MOST_GASES = 6
MOST_DATES = 7
PAUSE = 18.0  #: without a closure, which is cut short [h]


def groups(fluxes: xr.Dataset, most: int = len(COLOURS)) -> tuple[Texts, list[str]]:
    """Return what closures are coloured by, shape (closure,), and its values in order.

    Treatments if there are any, else covers; more than there are colours are put together as "other".
    """
    for name in ("treatment", "cover", "plot"):
        if name not in fluxes:
            continue
        values = fluxes[name].to_numpy().astype(np.str_)
        names, counts = np.unique(values, return_counts=True)
        if names.size > 1 and (name != "plot" or names.size <= most):
            break
    else:
        return np.full(fluxes.sizes["closure"], ""), [""]
    if names.size > most:
        kept = set(names[np.argsort(-counts, kind="stable")[: most - 1]].tolist())
        values = np.array([value if value in kept else "other" for value in values.tolist()])
    return values, sorted(set(values.tolist()))


@dataclass(frozen=True)
class ShortTime:
    """Time with the pauses between days of measurement cut short, so that the days can be seen."""

    begins: Times  #: (stretch,) of each stretch of measurement
    x: Array  #: (closure,) places of the closures [h]
    at: Array  #: (stretch,) places where the stretches begin [h]
    ends: Array  #: (stretch,) places where they end [h]

    @classmethod
    def of(cls, time: Times) -> Self:
        """Return the places of times, shape (closure,), in any order."""
        order = np.argsort(time, kind="stable")
        hours = (time[order] - time[order[0]]) / np.timedelta64(3600, "s")
        steps = np.diff(hours)
        pause = steps > PAUSE
        active = float(steps[~pause].sum())
        # All pauses together take a quarter of the width.
        short = max(active, 1.0) / 3 / max(int(pause.sum()), 1)
        places = np.append(0.0, np.cumsum(np.where(pause, short, steps)))
        x = np.empty(time.size)
        x[order] = places
        first = np.append(True, pause)
        last = np.append(pause, True)
        return cls(time[order][first], x, places[first], places[last])


def chamber_fluxes_figure(fluxes: xr.Dataset) -> Drawing:
    """Draw all fluxes through time, a panel for each gas."""
    gases = [str(gas) for gas in fluxes["gas"].to_numpy()][:MOST_GASES]
    values, names = groups(fluxes)
    time = ShortTime.of(fluxes["start"].to_numpy().astype("M8[s]"))
    figure, panels = style.figure([HEIGHT] * len(gases), style.Room(top=0.42, right=0.2))
    for panel, gas in zip(panels, gases, strict=True):
        shown = shown_as(fluxes, gas)
        _points(panel, time.x, fluxes.sel(gas=gas), values, names, shown["factor"])
        style.name_axes(panel, left=f"{shown['label']} ({shown['flux_unit']})")
    _dates(panels, time)
    keys = [_mark(i, name or "none") for i, name in enumerate(names) if names != [""]]
    gone = bool(fluxes["discarded"].to_numpy().any()) if "discarded" in fluxes else False
    if gone:
        keys.append(Key("discarded", GREY, "x", 5.0))
    style.legend(figure, keys, left=0.95)
    return figure


def _mark(i: int, name: str) -> Key:
    return Key(name, COLOURS[i % 6], MARKERS[i % 6], 5.0)


def _points(
    panel: Panel, x: Array, one: xr.Dataset, values: Texts, names: Sequence[str], factor: float
) -> None:
    flux, se = (one[name].to_numpy() * factor for name in ("flux", "flux_se"))
    gone = one["discarded"].to_numpy().astype(bool) if "discarded" in one else np.zeros(flux.size, bool)
    many = flux.size > style.MANY_POINTS
    kept = flux[np.isfinite(flux) & ~gone]
    panel.y.limits = _limits(kept) if kept.size else (0.0, 1.0)
    panel.clipped = many  # a mark at the edge is shown whole
    shown = np.clip(flux, *panel.y.limits)
    panel.add(Level(0.0, GREY))
    for i, name in enumerate(names):
        mine = (values == name) & np.isfinite(flux) & ~gone
        colour = COLOURS[i % 6]
        if not many:
            low, high = (np.clip(flux[mine] + sign * se[mine], *panel.y.limits) for sign in (-1, 1))
            panel.add(Whiskers(x[mine], low, high, colour, alpha=0.35))
        panel.add(Markers(x[mine], shown[mine], colour, MARKERS[i % 6], 2.0 if many else 3.0, many=many))
    panel.add(Markers(x[gone], shown[gone], GREY, "x", 4.0))


def _limits(values: Array) -> tuple[float, float]:
    """Return an axis that shows the bulk of the values: one wild flux must not flatten all others."""
    low, high = np.percentile(values, [10, 90]) if values.size > 10 else (values.min(), values.max())
    room = 1.5 * (high - low) or 0.1 * abs(high) or 1.0
    bottom, top = max(low - room, min(values.min(), 0.0)), min(high + room, max(values.max(), 0.0))
    margin = 0.05 * (top - bottom)
    return float(bottom - margin), float(top + margin)


def _dates(panels: Sequence[Panel], time: ShortTime) -> None:
    """Name the days below the last panel, as many as there is room for, and part them in all."""
    end = float(time.ends[-1])
    margin = 0.015 * (end or 1.0)
    pauses = [
        (float(left + 0.3 * (right - left)), float(right - 0.3 * (right - left)))
        for left, right in zip(time.ends[:-1], time.at[1:], strict=True)
    ]
    if time.at.size == 1:
        days = np.arange(
            time.begins[0].astype("M8[D]") + 1, time.begins[0] + np.timedelta64(round(time.ends[0]), "h")
        )
        places = (days - time.begins[0]) / np.timedelta64(3600, "s")
        named = [*zip(places, days, strict=True)] or [(0.0, time.begins[0])]
    else:
        named = [*zip((time.at + time.ends) / 2, time.begins, strict=True)]
    named = named[:: -(-len(named) // MOST_DATES)]
    ticks = [float(place) for place, _ in named], [_day(day) for _, day in named]
    for panel in panels:
        panel.x = Axis((-margin, end + margin), ticks, shown=panel is panels[-1])
        panel.behind.append(Spans(pauses, PALE))
    style.name_axes(panels[-1], below="days of measurement (UTC); pauses are cut short")


def _day(moment: np.datetime64) -> str:
    day: datetime.date = moment.astype("M8[D]").item()
    return day.strftime("%d %b %Y").lstrip("0")


def tower_figure(pairs: xr.Dataset, slope: float, intercept: float, unit: str = "µmol m⁻² s⁻¹") -> Drawing:
    """Draw chamber respiration against the tower's night-time NEE.

    Parameters
    ----------
    pairs : xr.Dataset
        As of ``chamber.with_tower``: ``chamber``, ``chamber_se``, ``tower``, ``tower_se`` over ``time``.
    slope, intercept : float
        Of the line with errors in both.
    unit : str
        Of both fluxes.
    """
    figure, (panel,) = style.figure([3.4], style.Room(left=2.0, right=2.0, top=0.2))
    _against(panel, pairs, slope, intercept, unit)
    return figure


def _against(panel: Panel, pairs: xr.Dataset, slope: float, intercept: float, unit: str) -> None:
    x, y = pairs["chamber"].to_numpy(), pairs["tower"].to_numpy()
    x_se, y_se = pairs["chamber_se"].to_numpy(), pairs["tower_se"].to_numpy()
    panel.add(
        Whiskers(x, y - y_se, y + y_se, SKY),
        Whiskers(y, x - x_se, x + x_se, SKY, across=True),
        Markers(x, y, BLUE, "o", 4.0),
    )
    if x.size:
        ends = np.array([min(x.min(), 0.0), x.max() * 1.05])
        panel.add(Line(ends, ends, GREY, 1.0, dash="4 2"), Line(ends, intercept + slope * ends, INK))
        fitted = f"{intercept:.2g} + {slope:.3g} x"
        keys = [Key("equal", GREY, line=1.0, dash="4 2"), Key(fitted, INK, line=1.4)]
        panel.legends.append(Legend(keys, left=0.02, top=0.02))
    else:
        panel.note("no night with both")
    style.name_axes(panel, below=f"chambers ({unit})", left=f"tower NEE at night ({unit})")
