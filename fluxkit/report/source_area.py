"""Figure of where the fluxes come from: source areas on a map, and distances by wind direction."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report import style
from fluxkit.report.svg import scale
from fluxkit.report.svg.drawing import Drawing, Legend, Panel
from fluxkit.report.svg.labels import Key, PanelNote
from fluxkit.report.svg.marks import Line, Markers, ShadedBand, Shape

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


def source_area_figure(climatology: xr.Dataset, fluxes: xr.Dataset) -> Drawing:
    """Draw the source areas around the tower, beside distances of shares of the flux by wind direction.

    Parameters
    ----------
    climatology : xr.Dataset
        From ``footprint_climatology``.
    fluxes : xr.Dataset
        With WD and FETCH_*; without them the second panel says so.
    """
    room = style.Room(top=0.42)
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


def _map(panel: Panel, climatology: xr.Dataset) -> None:
    x = climatology["x"].values
    edge = float(abs(x).max() + (x[1] - x[0]) / 2.0)
    side = min(panel.width, panel.height)  # a metre is as long east as north
    panel.left += (panel.width - side) / 2.0
    panel.width = panel.height = side
    areas = list(polygons(climatology))
    keys = []
    for rank, (share, rings) in reversed(list(enumerate(areas))):
        fraction = rank / max(len(areas) - 1, 1)
        colour = "#" + bytes(np.round(255.0 * (_DARK + (_LIGHT - _DARK) * fraction)).astype(np.uint8)).hex()
        panel.add(Shape(rings, colour, "#2171B5"))
        keys.append(Key(f"{100 * share:g} %", colour))
    panel.add(Markers(np.zeros(1), np.zeros(1), style.RED, "+", 9.0))
    panel.x.limits = panel.y.limits = (-edge, edge)
    panel.x.grid = True
    if keys:
        panel.legends.append(Legend(keys[::-1], left=0.02, top=0.01))
    else:
        panel.note("no share of the flux lies inside the map")
    panel.notes.append(PanelNote("Source areas of shares of the flux", 0.0, 1.06, anchor="start", bold=True))
    style.name_axes(panel, below="m east of the tower", left="m north of the tower")


def _by_direction(panel: Panel, fluxes: xr.Dataset) -> None:
    shown = [line for line in _LINES if line[0] in fluxes] if "WD" in fluxes else []
    width = 360.0 / SECTORS
    edges = np.arange(SECTORS + 1, dtype=np.float64) * width
    panel.notes.append(PanelNote("Distance upwind, by wind direction", 0.0, 1.06, anchor="start", bold=True))
    keys, drawn = [], []
    for name, colour, label in shown:
        low, middle, high = distances_by_direction(fluxes["WD"].values, fluxes[name].values)
        panel.add(
            ShadedBand(edges, low, high, colour, 0.18),
            Line(edges, middle, colour, 1.2),
            Markers(edges, middle, colour, "o", 2.6),
        )
        keys.append(Key(label, colour, "o", 2.6, line=1.2))
        drawn += [low, middle, high]
    if not any(np.isfinite(values).any() for values in drawn):
        panel.note("no distances")
        return
    bottom, top = scale.axis_limits(drawn, log=True)
    panel.y.log, panel.y.digits = True, (1.0, 2.0, 5.0)
    panel.y.limits = (bottom, top * (top / bottom) ** 0.15)  # with room for the legend
    panel.x.limits, panel.x.ticks = (0.0, 360.0), ((0, 90, 180, 270, 360), ("N", "E", "S", "W", "N"))
    panel.x.grid = True
    panel.legends.append(Legend(keys, left=0.03, top=0.01, columns=3))
    style.name_axes(panel, below="wind from", left="m upwind: median, middle half")


def distances_by_direction(direction: Array, values: Array) -> tuple[Array, Array, Array]:
    """Return quartiles in `SECTORS` sectors, the first with north in its middle; the last is it again."""
    width = 360.0 / SECTORS
    there = np.isfinite(direction) & np.isfinite(values)
    sector = np.zeros(direction.shape, dtype=np.int64)
    sector[there] = np.round(direction[there] / width).astype(np.int64) % SECTORS
    out = np.full((3, SECTORS + 1), np.nan)
    for k in range(SECTORS):
        here = values[there & (sector == k)]
        if here.size:
            out[:, k] = np.percentile(here, [25, 50, 75])
    out[:, -1] = out[:, 0]
    return out[0], out[1], out[2]
