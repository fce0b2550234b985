"""Figure of where the fluxes come from: source areas on a map, and distances by wind direction."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from fluxkit.report import style

Array = npt.NDArray[np.float64]

#: Of the source areas in the report; more would hide one another.
SHARES = (0.3, 0.5, 0.7, 0.8, 0.9)
#: Shading from the smallest to the largest area.
_DARK, _LIGHT = np.array([8.0, 69.0, 148.0]) / 255.0, np.array([222.0, 235.0, 247.0]) / 255.0
_LINES = (
    ("FETCH_90", style.BLUE, "90 %"),
    ("FETCH_50", style.GREEN, "50 %"),
    ("FETCH_MAX", style.RED, "most"),
)
SECTORS = 24


def source_area_figure(climatology: xr.Dataset, fluxes: xr.Dataset) -> Figure:
    """Draw the source areas around the tower, beside distances of shares of the flux by wind direction.

    Parameters
    ----------
    climatology : xr.Dataset
        From ``footprint_climatology``.
    fluxes : xr.Dataset
        With WD and FETCH_*; without them the second panel says so.
    """
    room = style.Room(top=0.42)
    with style.styled():
        figure, (chart, lines) = style.figure([2.75], room, columns=2)
        _map(chart, climatology)
        _by_direction(lines, fluxes)
    return figure


def polygons(climatology: xr.Dataset) -> Iterator[tuple[float, list[Array]]]:
    """Yield share and rings (each (node, 2), metres east and north) of every source area, smallest first."""
    nodes = np.stack([climatology["contour_x"].values, climatology["contour_y"].values], axis=1)
    parts = np.cumsum(climatology["contour_part_node_count"].values)
    rings = np.split(nodes, parts[:-1]) if parts.size else []
    ends = np.cumsum(climatology["contour_node_count"].values)
    first = 0
    for share, end in zip(climatology["contour_share"].values, ends, strict=True):
        last = int(np.searchsorted(parts, end)) + 1
        yield float(share), rings[first:last]
        first = last


def _map(axes: Axes, climatology: xr.Dataset) -> None:
    x = climatology["x"].values
    edge = float(abs(x).max() + (x[1] - x[0]) / 2.0)
    areas = list(polygons(climatology))
    handles = []
    for rank, (share, rings) in reversed(list(enumerate(areas))):
        path = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
        fraction = rank / max(len(areas) - 1, 1)
        colour = tuple(_DARK + (_LIGHT - _DARK) * fraction)
        look: dict[str, Any] = {
            "facecolor": colour,
            "edgecolor": "#2171B5",
            "lw": 0.5,
            "zorder": 1.5 - fraction,
        }
        handles.append(axes.add_patch(PathPatch(path, label=f"{100 * share:g} %", **look)))
    axes.plot(0, 0, "+", color=style.RED, ms=9, mew=1.6, zorder=4)
    axes.set(xlim=(-edge, edge), ylim=(-edge, edge), aspect="equal")
    axes.xaxis.grid(visible=True)
    if handles:
        axes.legend(handles=handles[::-1], loc="upper left", bbox_to_anchor=(0.0, 1.0), labelspacing=0.25)
    else:
        style.note(axes, "no share of the flux lies inside the map")
    axes.set_title("Source areas of shares of the flux", pad=8)
    style.name_axes(axes, below="m east of the tower", left="m north of the tower")


def _by_direction(axes: Axes, fluxes: xr.Dataset) -> None:
    shown = [line for line in _LINES if line[0] in fluxes] if "WD" in fluxes else []
    width = 360.0 / SECTORS
    edges = np.arange(SECTORS + 1) * width
    axes.set_title("Distance upwind, by wind direction", pad=8)
    for name, colour, words in shown:
        low, middle, high = _quartiles(fluxes["WD"].values, fluxes[name].values, width)
        closed = [np.append(values, values[0]) for values in (low, middle, high)]
        look: dict[str, Any] = {"color": colour, "alpha": 0.18, "lw": 0}
        axes.fill_between(edges, closed[0], closed[2], **look)
        axes.plot(edges, closed[1], color=colour, marker="o", ms=2.6, lw=1.2, label=words)
    if not shown or not axes.lines or not any(np.isfinite(line.get_ydata()).any() for line in axes.lines):
        style.note(axes, "no distances")
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set(xlim=(0, 360), xticks=[0, 90, 180, 270, 360])
    axes.set_xticklabels(["N", "E", "S", "W", "N"])
    axes.xaxis.grid(visible=True)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top * (top / bottom) ** 0.15)
    axes.legend(loc="upper left", ncols=3)
    style.name_axes(axes, below="wind from", left="m upwind: median, middle half")


def _quartiles(direction: Array, values: Array, width: float) -> tuple[Array, Array, Array]:
    """Quartiles in sectors centred on multiples of ``width``."""
    there = np.isfinite(direction) & np.isfinite(values)
    sector = np.zeros(direction.shape, dtype=np.int64)
    sector[there] = np.round(direction[there] / width).astype(np.int64) % SECTORS
    out = np.full((3, SECTORS), np.nan)
    for k in range(SECTORS):
        here = values[there & (sector == k)]
        if here.size:
            out[:, k] = np.percentile(here, [25, 50, 75])
    return out[0], out[1], out[2]
