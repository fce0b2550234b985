"""Drawings of the ecosystem's page that are not over time: years, u*, responses, parameters of windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.report import style
from fluxkit.report.figures import classes
from fluxkit.report.style import BLUE, GREEN, GREY, INK, ORANGE, PINK, RED, SKY
from fluxkit.report.svg import scale
from fluxkit.report.svg.drawing import Axis, Drawing, Panel
from fluxkit.report.svg.labels import Key
from fluxkit.report.svg.marks import Level, Line, Markers, ShadedBand, Spans, Whiskers

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Colours of years and seasons, in turn.
COLOURS = (BLUE, ORANGE, GREEN, RED, SKY, PINK)
MARKERS = ("o", "s", "^", "D", "v", "P")
FLUX = "µmol m⁻² s⁻¹"
SEASONS = {"Mar–May": (3, 4, 5), "Jun–Aug": (6, 7, 8), "Sep–Nov": (9, 10, 11), "Dec–Feb": (12, 1, 2)}


@dataclass(frozen=True)
class Yearly:
    """A sum of a year with its interval."""

    year: int
    variable: str
    value: float
    lower: float
    upper: float
    unit: str = "g C m-2"


def years_figure(rows: Sequence[Yearly]) -> Drawing:
    """Draw sums of years, each with its interval, a panel for each variable."""
    variables = list(dict.fromkeys(row.variable for row in rows))
    years = sorted({row.year for row in rows})
    figure, panels = style.figure([1.0] * len(variables))
    for panel, variable in zip(panels, variables, strict=True):
        mine = [row for row in rows if row.variable == variable]
        x = np.array([row.year for row in mine], dtype=np.float64)
        value, lower, upper = (
            np.array([getattr(row, name) for row in mine]) for name in ("value", "lower", "upper")
        )
        if np.nanmin(lower, initial=np.inf) <= 0.0 <= np.nanmax(upper, initial=-np.inf):
            panel.add(Level(0.0, GREY))
        panel.add(Whiskers(x, lower, upper, BLUE), Markers(x, value, BLUE, "o", 5.5))
        panel.x = Axis(
            (years[0] - 0.6, years[-1] + 0.6),
            ([float(year) for year in years], [str(year) for year in years]),
            shown=panel is panels[-1],
        )
        unit = "g C m⁻² a⁻¹" if mine[0].unit.startswith("g C m-2") else mine[0].unit
        style.name_axes(panel, left=f"{variable}\n({unit})")
        if not np.isfinite(value).any():
            panel.note("no value")
    return figure


def ustar_figure(
    nee: Array,
    ustar: Array,
    year: Integers,
    threshold: dict[int, tuple[float, float, float]],
    below: str = "u* (m s⁻¹)",
) -> Drawing:
    """Draw NEE of nights against u*: means of classes of equal number, and the threshold of each year.

    Parameters
    ----------
    nee, ustar, year : (n,) arrays
        Of nights alone. [umol m-2 s-1], [m s-1]
    threshold : dict of int to (value, lower, upper)
        Of each year. [m s-1]
    below : str
        Name of the measure of turbulence.
    """
    years = [y for y in sorted(set(year.tolist())) if (year == y).any()][:6]
    room = style.Room(top=0.36)
    figure, (panel,) = style.figure([2.6], room)
    keys = []
    for k, y in enumerate(years):
        x, mean, error, _ = classes(ustar[year == y], nee[year == y])
        if not x.size:
            continue
        colour, marker = COLOURS[k % 6], MARKERS[k % 6]
        panel.add(
            Whiskers(x, mean - error, mean + error, colour, alpha=0.6),
            Line(x, mean, colour, 0.9),
            Markers(x, mean, colour, marker, 4.5),
        )
        value, lower, upper = threshold.get(y, (np.nan, np.nan, np.nan))
        said = f"{y}: {value:.2f} m s⁻¹" if np.isfinite(value) else f"{y}: none found"
        keys.append(Key(said, colour, marker, 4.5, line=0.9))
        if np.isfinite([lower, upper]).all() and len(years) == 1:
            panel.behind.append(Spans([(lower, upper)], style.PALE))
    ends = [mark for mark in panel.marks if isinstance(mark, Line) and mark.y.size]
    if ends:
        low, high = min(np.min(m.y) for m in ends), max(np.max(m.y) for m in ends)
        for k, y in enumerate(years):
            value = threshold.get(y, (np.nan,))[0]
            if np.isfinite(value):
                panel.add(
                    Line(
                        np.array([value, value]),
                        np.array([min(low, 0.0), 1.05 * high]),
                        COLOURS[k % 6],
                        1.1,
                        dash="4 2",
                    )
                )
    else:
        panel.note("too few nights with u*")
    style.name_axes(panel, below=below, left=f"NEE at night\n({FLUX})")
    style.legend(figure, keys, room.left)
    return figure


class Response(NamedTuple):
    """A flux against what it responds to."""

    x: Array
    flux: Array  #: NaN where it does not count
    below: str  #: names of the axes, with their units
    left: str


def responses_figure(responses: Sequence[Response], month: Integers) -> Drawing:
    """Draw measured fluxes against what they respond to, by season, a panel for each.

    Parameters
    ----------
    responses : sequence of Response
        Each of shape (n,).
    month : (n,) array
    """
    room = style.Room(top=0.36)
    figure, panels = style.figure([2.6], room, columns=len(responses))
    keys = []
    for k, (season, months) in enumerate(SEASONS.items()):
        here = np.isin(month, months)
        colour, marker = COLOURS[k], MARKERS[k]
        for panel, one in zip(panels, responses, strict=True):
            at, mean, error, _ = classes(one.x[here], one.flux[here])
            panel.add(
                Whiskers(at, mean - error, mean + error, colour, alpha=0.6),
                Line(at, mean, colour, 0.9),
                Markers(at, mean, colour, marker, 4.0),
            )
        keys.append(Key(season, colour, marker, 4.0, line=0.9))
    for panel, one in zip(panels, responses, strict=True):
        if np.nanmin(one.flux, initial=0.0) < 0.0:
            panel.add(Level(0.0, GREY))
        style.name_axes(panel, below=one.below, left=one.left)
    style.legend(figure, keys, room.left)
    return figure


def parameters_figure(time: Array, parameters: dict[str, tuple[Array, Array | None, str]]) -> Drawing:
    """Draw parameters of windows through time, each with its standard error.

    Parameters
    ----------
    time : (w,) array
        Middle of each window. [d since 1970, local]
    parameters : dict of name to (values, standard errors or None, unit)
        Each of shape (w,).
    """
    figure, panels = style.figure([0.95] * len(parameters))
    first, last = float(time.min()), float(time.max())
    ticks = scale.time_ticks(first, last, 8)
    for panel, (name, (values, error, unit)) in zip(panels, parameters.items(), strict=True):
        if error is not None:
            panel.add(ShadedBand(time, values - error, values + error, SKY, 0.35))
        panel.add(Line(time, values, GREY, 0.7), Markers(time, values, BLUE, "o", 3.0))
        panel.x = Axis((first - 1.0, last + 1.0), ticks, grid=True, shown=panel is panels[-1])
        _bulk(panel, values)
        style.name_axes(panel, left=f"{name}\n({unit})")
        if not np.isfinite(values).any():
            panel.note("no window")
    style.name_axes(panels[-1], below="local standard time")
    return figure


def _bulk(panel: Panel, values: Array) -> None:
    """Fit the axis to the bulk of the values: a wild window must not flatten the others."""
    known = values[np.isfinite(values)]
    if known.size:
        low, high = np.percentile(known, [1, 99])
        room = 0.1 * (high - low) or 0.1 * abs(high) or 1.0
        panel.y.limits = (float(low - room), float(high + room))


def skill_figure(lengths: Sequence[str], rmse: dict[str, Array]) -> Drawing:
    """Draw the error on artificial gaps against their length, a line for each method.

    Parameters
    ----------
    lengths : sequence of str
        Names of the lengths, from short to long.
    rmse : dict of method to (lengths,) array
        [umol m-2 s-1]
    """
    room = style.Room(top=0.36)
    figure, (panel,) = style.figure([2.0], room)
    x = np.arange(len(lengths), dtype=np.float64)
    keys = []
    for k, (method, values) in enumerate(rmse.items()):
        panel.add(
            Line(x, values, COLOURS[k % 6], 1.1), Markers(x, values, COLOURS[k % 6], MARKERS[k % 6], 5.0)
        )
        keys.append(Key(method, COLOURS[k % 6], MARKERS[k % 6], 5.0, line=1.1))
    panel.x = Axis((-0.4, len(lengths) - 0.6), (x.tolist(), list(lengths)))
    panel.add(Level(0.0, INK))
    style.name_axes(panel, below="length of the gap", left=f"RMSE\n({FLUX})")
    style.legend(figure, keys, room.left)
    return figure
