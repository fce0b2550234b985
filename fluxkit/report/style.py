"""How all figures look: palette, places in inches, axes of time, units in words that people read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num, num2date
from matplotlib.figure import Figure
from matplotlib.transforms import BboxBase

from fluxkit.schema import variables

Times = npt.NDArray[np.datetime64]

#: Okabe and Ito's colours, which people with any colour vision tell apart.
BLUE, ORANGE, RED, GREEN, SKY, PINK = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#56B4E9", "#CC79A7"
INK, GREY, PALE = "#222222", "#767676", "#E8EBEE"
#: Quality class -> colour, marker (so that colour is not needed), words.
QUALITY = {0: (BLUE, "o", "best (0)"), 1: (ORANGE, "s", "general use (1)"), 2: (RED, "X", "discard (2)")}

WIDTH = 7.6  #: of every figure [inch]
LABEL = 0.56  #: from a vertical axis to its name; ticks have their numbers in between [inch]
#: More points than this are drawn as an image inside the SVG, which would grow to megabytes otherwise.
MANY_POINTS = 1000

STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 9.5,
    "axes.labelsize": 9.5,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",  # `time_axis` draws that of time, once for each panel
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "ytick.left": False,  # the grid shows them
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.4,
    "lines.markersize": 4,
    "figure.constrained_layout.use": False,  # places are given in inches, whatever the user has set
    "figure.dpi": 144,  # of points that are drawn as an image
    "axes.formatter.useoffset": False,  # 95.89 kPa, not 0.02 + 95.87
    "legend.borderaxespad": 0.0,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.3,
    "text.parse_math": False,
    "svg.fonttype": "none",  # text stays text: searchable, small, read aloud
}

_UNITS = {
    "umol m-2 s-1": "µmol m⁻² s⁻¹",
    "nmol m-2 s-1": "nmol m⁻² s⁻¹",
    "mmol m-2 s-1": "mmol m⁻² s⁻¹",
    "W m-2": "W m⁻²",
    "m s-1": "m s⁻¹",
    "degC": "°C",
    "degree": "°",
}


@contextmanager
def styled(salt: str = "fluxkit") -> Iterator[None]:
    """Use the style of the report inside the block, and leave the user's settings alone.

    ``salt`` goes into the names inside an SVG; equal input and salt give equal names.
    """
    with mpl.rc_context(STYLE | {"svg.hashsalt": salt}):
        yield


def label(name: str) -> str:
    """Return "NAME (unit)" of a variable for an axis."""
    units = variables.entry(name).units
    return f"{name} ({_UNITS.get(units, units)})"


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
) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels below (and beside) one another, placed in inches.

    Nothing is measured while drawing, which would take as long as the drawing itself.

    Parameters
    ----------
    heights : sequence of float
        Of each row of panels. [inch]
    room : Room
        Around and between the panels.
    columns : int, default 1
        Panels of each row.
    rose : float, optional
        Diameter of a polar panel left of the others, in the middle of the height. [inch]

    Returns
    -------
    figure : Figure
    panels : list of Axes
        Row by row; the polar panel first, if there is one.
    """
    height = room.top + sum(heights) + room.gap * (len(heights) - 1) + room.bottom
    made = Figure(figsize=(WIDTH, height))
    panels: list[Axes] = []
    if rose is not None:
        box = ((room.left - LABEL - 0.35 - rose) / 2 / WIDTH, (height - rose) / 2 / height)
        panels.append(made.add_axes((*box, rose / WIDTH, rose / height), projection="polar"))
    width = (WIDTH - room.left - room.right - room.between * (columns - 1)) / columns
    top = height - room.top
    for row in heights:
        for column in range(columns):
            left = room.left + column * (width + room.between)
            box = (left / WIDTH, (top - row) / height)
            panels.append(made.add_axes((*box, width / WIDTH, row / height)))
        top -= row + room.gap
    return made, panels


def name_axes(axes: Axes, below: str = "", left: str = "") -> None:
    """Name the horizontal and the vertical axis; names of panels in a column stand in line."""
    box = _inches(axes)
    if below:
        axes.set_xlabel(below)
        axes.xaxis.set_label_coords(0.5, -0.3 / box.height)
    if left:
        axes.set_ylabel(left)
        axes.yaxis.set_label_coords(-LABEL / box.width, 0.5)


def _inches(axes: Axes) -> BboxBase:
    """Return where a panel is. [inch]"""
    return axes.get_position().transformed(axes.figure.transFigure - axes.figure.dpi_scale_trans)


def legend(
    figure: Figure, handles: Sequence[Artist], left: float, down: float = 0.04, grow: float = 1.0
) -> None:
    """Put the meaning of the marks in one row, ``left`` and ``down`` from the figure's upper left. [inch]

    Marks that are small for being many are shown ``grow`` times as large.
    """
    place = (left / figure.get_figwidth(), 1 - down / figure.get_figheight())
    look: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": place, "ncols": len(handles)}
    figure.legend(handles=list(handles), markerscale=grow, **look)


def note(axes: Axes, words: str) -> None:
    """Say in an empty panel why it is empty."""
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=GREY)
    axes.yaxis.set_ticks([])


def local_time(fluxes: xr.Dataset, utc_offset_h: float, minutes: float = 0.0) -> Times:
    """Return the middle of each period in local standard time."""
    shift = round((utc_offset_h * 60 + minutes / 2) * 60)
    return np.asarray(fluxes["time"].to_numpy().astype("datetime64[s]") + np.timedelta64(shift, "s"))


def days(time: Times) -> npt.NDArray[np.float64]:
    """Return times as matplotlib counts them. [d]"""
    return np.asarray(date2num(time), dtype=np.float64)  # type: ignore[no-untyped-call]


def zone(utc_offset_h: float) -> str:
    """Return the words for an axis of local time."""
    hours, minutes = divmod(round(abs(utc_offset_h) * 60), 60)
    sign = "−" if utc_offset_h < 0 else "+"
    return f"local standard time (UTC{sign}{hours}" + (f":{minutes:02d})" if minutes else ")")


def time_axis(
    panels: Sequence[Axes], fluxes: xr.Dataset, utc_offset_h: float, minutes: float, *, night: bool = True
) -> None:
    """Give panels that stand below one another the same horizontal axis: local time, night shaded.

    To be called before data are drawn. The ticks are found once, and only the last panel has them.
    """
    begin = days(local_time(fluxes, utc_offset_h))
    step = minutes / 1440
    first, last = float(begin.min()), float(begin.max()) + step
    margin = 0.012 * (last - first)
    ticks, words = _time_ticks(
        first - margin / 2, last + margin / 2, min(int(_inches(panels[-1]).width / 0.62), 9)
    )
    dark = _nights(fluxes, begin, step) if night else []
    for axes in panels:
        axes.set_xlim(first - margin, last + margin)
        _behind(axes, PolyCollection(dark, facecolors="#F1F3F6", lw=0))
        lines = [((tick, 0), (tick, 1)) for tick in ticks]
        _behind(axes, LineCollection(lines, colors=PALE, linewidths=0.8))
        axes.xaxis.set_visible(axes is panels[-1])
    panels[-1].set_xticks(ticks, words)
    name_axes(panels[-1], below=zone(utc_offset_h))


def _time_ticks(first: float, last: float, most: int) -> tuple[list[float], list[str]]:
    """Return where a time axis has ticks and what they say."""
    locator = AutoDateLocator(minticks=most // 2, maxticks=most)  # type: ignore[no-untyped-call]
    formatter = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        formats=["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%S"],
        zero_formats=["", "%b %Y", "%b %Y", "%d %b", "%H:%M", "%H:%M"],
        show_offset=False,
    )
    found = locator.tick_values(num2date(first), num2date(last))  # type: ignore[no-untyped-call]
    ticks = [float(tick) for tick in found if first <= tick <= last]
    # The last tick of a month may be so near the first of the next that their words would touch.
    steps = np.diff(ticks)
    usual = float(np.median(steps)) if steps.size else 0.0
    ticks = [tick for tick, step in zip(ticks, [*steps, np.inf], strict=True) if step >= 0.8 * usual]
    return ticks, list(formatter.format_ticks(ticks))  # type: ignore[no-untyped-call]


def _nights(
    fluxes: xr.Dataset, begin: npt.NDArray[np.float64], step: float
) -> list[list[tuple[float, float]]]:
    """Return a rectangle for each night, if the dataset knows them and there is room to show them."""
    if "NIGHT" not in fluxes or fluxes.sizes["time"] > MANY_POINTS:
        return []
    dark = fluxes["NIGHT"].to_numpy() == 1
    edges = np.flatnonzero(np.diff(np.concatenate([[False], dark, [False]]).astype(np.int8)))
    spans = [(begin[first], begin[last - 1] + step) for first, last in edges.reshape(-1, 2)]
    return [[(left, 0), (left, 1), (right, 1), (right, 0)] for left, right in spans]


def _behind(axes: Axes, drawn: LineCollection | PolyCollection) -> None:
    """Add what spans the height of a panel, behind its data and without a say in its limits."""
    drawn.set(transform=axes.get_xaxis_transform(), zorder=0.5)
    axes.add_collection(drawn, autolim=False)
