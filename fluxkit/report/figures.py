"""Drawings of a run that are not over time: wind rose, closure of the energy balance, shares of lags."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.report import style
from fluxkit.report.svg.drawing import Drawing, Panel
from fluxkit.report.svg.labels import Key
from fluxkit.report.svg.marks import Line, Markers, Whiskers
from fluxkit.report.wind_rose import draw_rose

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Classes of equal number that a curve is drawn through, and values that one needs.
CLASSES, LEAST = 20, 15
#: Bins of the histograms of lags.
BINS = 40
COLOURS = (style.GREEN, style.BLUE, style.ORANGE, style.RED, style.PINK, style.SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")


def classes(x: Array, y: Array) -> tuple[Array, Array, Array, Integers]:
    """Return, over classes of equal number, means of x and y, the latter's standard error, the number.

    Parameters
    ----------
    x, y : (n,) arrays
        Pairs of which one is missing are left out.
    """
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    count = min(CLASSES, x.size // LEAST)
    if count < 1:
        return np.empty(0), np.empty(0), np.empty(0), np.empty(0, dtype=np.int64)
    order = np.argsort(x, kind="stable")
    bounds = np.linspace(0, x.size, count + 1).astype(np.int64)[:-1]
    n = np.diff(np.append(bounds, x.size))
    x_mean, mean, square = (np.add.reduceat(v[order], bounds) / n for v in (x, y, y * y))
    return x_mean, mean, np.sqrt(np.maximum(square - mean**2, 0.0) / np.maximum(n - 1, 1)), n


def rose_figure(fluxes: xr.Dataset) -> Drawing:
    """Draw the share of time by direction and class of speed."""
    figure, (rose, _) = style.figure([3.4], style.Room(left=7.4, right=0.1), rose=2.4)
    figure.panels = [rose]
    empty = np.full(fluxes.sizes["time"], np.nan)
    speed, direction = (_values(fluxes, name) if name in fluxes else empty for name in ("WS", "WD"))
    draw_rose(rose, speed, direction)
    return figure


def closure_figure(available: Array, turbulent: Array, less: str = "NETRAD − G") -> Drawing:
    """Draw turbulent fluxes against the energy that is there for them, shape (n,). [W m-2]"""
    figure, (panel,) = style.figure([3.4], style.Room(left=2.0, right=2.0, top=0.2))
    many = available.size > style.MANY_POINTS
    panel.add(Markers(available, turbulent, style.SKY, "o", 1.8 if many else 3.0, alpha=0.6, many=many))
    x, mean, error, _ = classes(available, turbulent)
    if x.size:
        panel.add(Whiskers(x, mean - error, mean + error, style.BLUE), Markers(x, mean, style.BLUE, "s", 4.5))
        ends = np.array([min(x.min(), 0.0), x.max()])
        panel.add(Line(ends, ends, style.GREY, 1.0, dash="4 2"))
    _bulk(panel, available, turbulent)
    style.name_axes(panel, below=f"{less} (W m⁻²); dashed: equal", left="H + LE\n(W m⁻²)")
    return figure


def lag_shares_figure(fluxes: xr.Dataset, gases: Sequence[str]) -> Drawing:
    """Draw how often each delay was found, and, where there is humidity, the delay against it."""
    humid = "RH" in fluxes
    room = style.Room(top=0.36)
    figure, panels = style.figure([1.9], room, columns=2 if humid else 1)
    keys = []
    for k, gas in enumerate(gases[: len(COLOURS)]):
        lag, colour, marker = _values(fluxes, f"{gas}_TLAG_USED"), COLOURS[k], MARKERS[k]
        known = lag[np.isfinite(lag)]
        if not known.size:
            continue
        counts, edges = np.histogram(known, bins=BINS)
        share = 100.0 * counts / known.size
        panels[0].add(Line(np.repeat(edges, 2)[1:-1], np.repeat(share, 2), colour, 1.2))
        if humid:
            x, mean, error, _ = classes(_values(fluxes, "RH"), lag)
            panels[1].add(
                Whiskers(x, mean - error, mean + error, colour, alpha=0.6),
                Markers(x, mean, colour, marker, 4.0),
            )
        keys.append(Key(gas, colour, marker, 4.0, line=1.2))
    if not keys:
        panels[0].note("no values")
    style.name_axes(panels[0], below="delay (s)", left="periods (%)")
    if humid:
        style.name_axes(panels[1], below="RH (%), means over classes", left="delay (s)")
    style.legend(figure, keys, room.left)
    return figure


def _bulk(panel: Panel, x: Array, y: Array) -> None:
    """Fit both axes to nearly all pairs; a single wild one must not flatten the others."""
    there = np.isfinite(x) & np.isfinite(y)
    if there.sum() < 20:
        return
    for axis, values in ((panel.x, x[there]), (panel.y, y[there])):
        low, high = np.percentile(values, [0.5, 99.5])
        room = 0.1 * (high - low) or 1.0
        axis.limits = float(low - room), float(high + room)


def _values(fluxes: xr.Dataset, name: str) -> Array:
    return np.asarray(fluxes.variables[name].values, dtype=np.float64)
