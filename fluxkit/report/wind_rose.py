"""Wind rose: share of time by the direction that the wind blows from, in classes of speed."""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.report import style
from fluxkit.report.svg import scale
from fluxkit.report.svg.drawing import Axis, Legend, Panel
from fluxkit.report.svg.labels import Key, PanelNote
from fluxkit.report.svg.marks import Line, Shape

Array = npt.NDArray[np.float64]

SECTORS = 16
_EDGES = (0.0, 1.0, 2.0, 4.0, 6.0, np.inf)  #: classes of speed [m s-1]
_COLOURS = ("#C6DBEF", "#6BAED6", "#2878B8", "#0B4A8B", "#072A55")
_POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True)
class Rose:
    """Shares of time."""

    shares: Array  #: (class of speed, sector); the first sector has north in its middle [%]
    labels: tuple[str, ...]  #: of each class


def rose(speed: Array, direction: Array, sectors: int = SECTORS) -> Rose:
    """Return shares of the periods that have both speed [m s-1] and direction [degree, from]."""
    valid = np.isfinite(speed) & np.isfinite(direction)
    width = 360.0 / sectors
    sector = np.floor((direction[valid] + width / 2) % 360 / width).astype(np.int64)
    kind = np.digitize(speed[valid], _EDGES[1:-1])
    counts = np.bincount(kind * sectors + sector, minlength=(len(_EDGES) - 1) * sectors)
    shares = 100.0 * counts.reshape(-1, sectors) / max(int(valid.sum()), 1)
    label = tuple(
        f"{low:g}–{high:g} m s⁻¹" if np.isfinite(high) else f"over {low:g} m s⁻¹"
        for low, high in itertools.pairwise(_EDGES)
    )
    return Rose(shares, label)


def draw_rose(panel: Panel, speed: Array, direction: Array) -> None:
    """Draw a rose into a square panel."""
    found = rose(speed, direction)
    outside = found.shares.sum(axis=0)
    most = float(outside.max()) * 1.05 or 1.0
    panel.framed = panel.clipped = False
    panel.x, panel.y = Axis(limits=(-1.0, 1.0)), Axis(limits=(-1.0, 1.0))
    panel.notes.append(PanelNote("Wind from, % of time", 0.5, 1.17, bold=True))
    for k, label in enumerate(_POINTS):
        angle = np.deg2rad(45.0 * k)
        panel.behind.append(
            Line(np.array([0.0, np.sin(angle)]), np.array([0.0, np.cos(angle)]), style.PALE, 0.8)
        )
        panel.notes.append(PanelNote(label, 0.5 + 0.57 * np.sin(angle), 0.5 + 0.56 * np.cos(angle)))
    panel.behind.append(_ring(1.0, style.GREY))
    if not outside.any():
        panel.notes.append(PanelNote("no directions", 0.5, 0.5, colour=style.GREY))
        return
    _rings(panel, outside, most)
    keys = []
    inner = np.zeros(outside.size)
    for shares, label, colour in zip(found.shares, found.labels, _COLOURS, strict=True):
        outer = inner + shares
        if shares.any():
            wedges = [
                _wedge(k, inner[k] / most, outer[k] / most, outside.size)
                for k in np.flatnonzero(shares).tolist()
            ]
            panel.add(Shape(wedges, colour))
            keys.append(Key(label, colour))
        inner = outer
    panel.legends.append(Legend(keys, left=0.5, top=1.13, columns=2, anchor="middle"))


def _rings(panel: Panel, outside: Array, most: float) -> None:
    """Draw rings of equal shares; their numbers stand where the wind blows from least."""
    angle = 2.0 * np.pi * float(outside.argmin()) / outside.size
    rings = [ring for ring in scale.round_ticks(0.0, most, 4) if 0.0 < ring < 0.9 * most]
    for ring, label in zip(rings, scale.numerals(rings) if rings else (), strict=True):
        at = ring / most
        panel.behind.append(_ring(at, style.PALE))
        panel.notes.append(PanelNote(label, 0.5 + 0.5 * at * np.sin(angle), 0.5 + 0.5 * at * np.cos(angle)))


def _ring(radius: float, colour: str) -> Line:
    angle = np.linspace(0.0, 2.0 * np.pi, 91)
    return Line(radius * np.sin(angle), radius * np.cos(angle), colour, 0.8)


def _wedge(sector: int, inner: float, outer: float, sectors: int) -> Array:
    """Return the corners of a part of a ring, nine tenths of its sector wide."""
    width = 2.0 * np.pi / sectors
    angle = sector * width + np.linspace(-0.45, 0.45, 7) * width
    angles, radii = np.append(angle, angle[::-1]), np.repeat([inner, outer], angle.size)
    return np.stack([radii * np.sin(angles), radii * np.cos(angles)], axis=1)
