"""Style of all figures: palette, positions in inches, axes of time, readable units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report.svg import scale
from fluxkit.report.svg.drawing import Axis, Drawing, Legend, Panel
from fluxkit.report.svg.labels import Key
from fluxkit.report.svg.marks import Spans, true_stretches
from fluxkit.schema import variables

Times = npt.NDArray[np.datetime64]

#: Okabe and Ito's colours, which people with any colour vision tell apart.
BLUE, ORANGE, RED, GREEN, SKY, PINK = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#56B4E9", "#CC79A7"
INK, GREY, PALE = "#222222", "#767676", "#E8EBEE"
NIGHT = "#F1F3F6"
#: Quality class -> colour, marker (so that colour is not needed), words.
QUALITY = {0: (BLUE, "o", "best (0)"), 1: (ORANGE, "s", "general use (1)"), 2: (RED, "X", "discard (2)")}

INCH = 72.0  #: [point]
WIDTH = 7.6  #: of every figure [inch]
LABEL = 0.56  #: from a vertical axis to its name; ticks have their numbers in between [inch]
#: More points than this are drawn as an image inside the SVG, which would grow to megabytes otherwise.
MANY_POINTS = 1000

_NAMES = {"umol": "µmol", "degC": "°C", "degree": "°"}
_POWER = re.compile(r"(?<=[A-Za-z])-?\d+$")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def units(text: str) -> str:
    """Return a unit as figures write it: umol m-2 s-1 is µmol m⁻² s⁻¹."""
    named = [_NAMES.get(part, part) for part in text.split(" ")]
    return " ".join(
        re.sub(r"(?<=[A-Za-z])-?\d+$", lambda power: power[0].translate(_RAISED), part) for part in named
    )


def label(name: str) -> str:
    """Return "NAME (unit)" of a variable for an axis."""
    return f"{name} ({units(variables.entry(name).units)})"


@dataclass(frozen=True)
class Room:
    """Room around and between the panels of a figure. [inch]"""

    left: float = 0.95
    right: float = 0.26
    top: float = 0.12
    bottom: float = 0.52
    gap: float = 0.13  #: between one panel and the next below
    between: float = 0.95  #: between columns


def figure(
    heights: Sequence[float], room: Room = Room(), *, columns: int = 1, rose: float | None = None
) -> tuple[Drawing, list[Panel]]:
    """Return a figure with panels below (and beside) one another, placed in inches.

    Parameters
    ----------
    heights : sequence of float
        Of each row of panels. [inch]
    room : Room
        Around and between the panels.
    columns : int, default 1
        Panels of each row.
    rose : float, optional
        Diameter of a round panel left of the others, in the middle of the height. [inch]

    Returns
    -------
    figure : Drawing
    panels : list of Panel
        Row by row; the round panel first, if there is one.
    """
    height = room.top + sum(heights) + room.gap * (len(heights) - 1) + room.bottom
    boxes = []
    if rose is not None:
        boxes.append(((room.left - LABEL - 0.35 - rose) / 2, (height - rose) / 2, rose, rose))
    width = (WIDTH - room.left - room.right - room.between * (columns - 1)) / columns
    top = room.top
    for row in heights:
        boxes += [(room.left + k * (width + room.between), top, width, row) for k in range(columns)]
        top += row + room.gap
    panels = [Panel(INCH * left, INCH * top, INCH * wide, INCH * high) for left, top, wide, high in boxes]
    return Drawing(WIDTH * INCH, height * INCH, list(panels)), panels


def name_axes(panel: Panel, below: str = "", left: str = "") -> None:
    """Name the horizontal and the vertical axis; names of panels in a column stand in line."""
    if below:
        panel.x.name, panel.x.away = below, 25.0
    if left:
        # The name's nearest line is as far away as the numbers need.
        panel.y.name, panel.y.away = left, LABEL * INCH + 5.0


def legend(figure: Drawing, keys: Sequence[Key], left: float, down: float = 0.04) -> None:
    """Put the meaning of the marks in one row, ``left`` and ``down`` from the figure's upper left. [inch]"""
    place = left * INCH / figure.width, down * INCH / figure.height
    figure.legends.append(Legend(keys, *place, columns=len(keys)))


def local_time(fluxes: xr.Dataset, utc_offset_h: float, minutes: float = 0.0) -> Times:
    """Return the middle of each period in local standard time."""
    shift = round((utc_offset_h * 60 + minutes / 2) * 60)
    return np.asarray(fluxes["time"].to_numpy().astype("datetime64[s]") + np.timedelta64(shift, "s"))


def zone(utc_offset_h: float) -> str:
    """Return the title of an axis of local time."""
    hours, minutes = divmod(round(abs(utc_offset_h) * 60), 60)
    sign = "−" if utc_offset_h < 0 else "+"
    return f"local standard time (UTC{sign}{hours}" + (f":{minutes:02d})" if minutes else ")")


def time_axis(
    panels: Sequence[Panel], fluxes: xr.Dataset, utc_offset_h: float, minutes: float, *, night: bool = True
) -> None:
    """Give stacked panels the same horizontal axis: local time, night shaded.

    The ticks are computed once, and only the last panel has labels.
    """
    begin = scale.days_since_1970(local_time(fluxes, utc_offset_h))
    step = minutes / 1440
    first, last = float(begin.min()), float(begin.max()) + step
    margin = 0.012 * (last - first)
    ticks = scale.time_ticks(
        first - margin / 2, last + margin / 2, min(int(panels[-1].width / INCH / 0.62), 9)
    )
    dark = _nights(fluxes, begin, step) if night else []
    for panel in panels:
        panel.x = Axis((first - margin, last + margin), ticks, grid=True, shown=panel is panels[-1])
        panel.behind.append(Spans(dark, NIGHT))
    name_axes(panels[-1], below=zone(utc_offset_h))


def _nights(fluxes: xr.Dataset, begin: npt.NDArray[np.float64], step: float) -> list[tuple[float, float]]:
    """Return begin and end of each night, if the dataset knows them and there is room to show them."""
    if "NIGHT" not in fluxes or fluxes.sizes["time"] > MANY_POINTS:
        return []
    dark = fluxes["NIGHT"].to_numpy() == 1
    return [(float(begin[first]), float(begin[last - 1]) + step) for first, last in true_stretches(dark)]
