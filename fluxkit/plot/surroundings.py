"""Around the tower: where the wind comes from, and where the fluxes do."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.plot.axes import axes_or_new, clean, need, nothing, pyplot
from fluxkit.report import style
from fluxkit.report.source_area import SECTORS, distances_by_direction, polygons
from fluxkit.report.wind_rose import rose

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

_SPEEDS = ("#C6DBEF", "#6BAED6", "#2878B8", "#0B4A8B", "#072A55")
_POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_FETCH = {
    "FETCH_90": (style.BLUE, "90 % from within"),
    "FETCH_50": (style.GREEN, "50 % from within"),
    "FETCH_MAX": (style.RED, "largest contribution"),
}


def wind_rose(ds: xr.Dataset, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the share of time by wind direction and class of speed.

    Parameters
    ----------
    ds : xarray.Dataset
        With WS [m s-1] and WD [degree, from].
    ax : matplotlib Axes, optional
        To draw on; polar.

    Returns
    -------
    matplotlib Axes
        Polar, north up, clockwise.

    Raises
    ------
    PlotError
        There is no wind, or matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> ds = xr.Dataset({"WS": ("time", np.full(16, 3.0)), "WD": ("time", np.arange(16) * 22.5)})
    >>> [text.get_text() for text in fk.plot.wind_rose(ds).get_legend().get_texts()]
    ['2–4 m s⁻¹']
    """
    need(ds, "WS", "WD", source="wind comes from fk.decide")
    found = rose(ds["WS"].to_numpy().astype(np.float64), ds["WD"].to_numpy().astype(np.float64))
    polar: Any = axes_or_new(ax, 3.8, 4.8, projection="polar")
    polar.set_theta_zero_location("N")
    polar.set_theta_direction(-1)
    polar.set_xticks(np.deg2rad(np.arange(0, 360, 45)), _POINTS)
    sectors = found.shares.shape[1]
    angle = 2.0 * np.pi * np.arange(sectors) / sectors
    inner = np.zeros(sectors)
    for shares, words, colour in zip(found.shares, found.labels, _SPEEDS, strict=True):
        if shares.any():
            polar.bar(angle, shares, width=0.9 * 2 * np.pi / sectors, bottom=inner, color=colour, label=words)
        inner = inner + shares
    polar.set_rlabel_position(np.rad2deg(angle[int(inner.argmin())]))
    polar.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
    polar.tick_params(axis="y", labelsize="small")
    polar.grid(color=style.PALE)
    polar.set_axisbelow(True)
    if inner.any():
        polar.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize="small")
    return polar  # type: ignore[no-any-return]


def footprint(climatology: xr.Dataset, *, ax: "Axes | None" = None) -> "Axes":
    """Draw the smallest areas that shares of the flux come from.

    Parameters
    ----------
    climatology : xarray.Dataset
        From ``fk.footprint_climatology``.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Metres east and north of the tower, which is a cross; the legend has shares and areas.

    Raises
    ------
    PlotError
        It is no climatology, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> fluxes = fk.decide(fk.condense(fk.open_raw("data_samples/open_path/raw", site), site), site)
    >>> found = fk.footprint_climatology(fluxes, site, shares=(0.5, 0.8), extent=200.0, parcels=100_000)
    >>> [text.get_text() for text in fk.plot.footprint(found).get_legend().get_texts()]
    ['50 %, 0.043 ha', '80 %, 0.27 ha']
    """
    need(climatology, "contour_x", "contour_share", source="make it with fk.footprint_climatology")
    pyplot()
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    ax = axes_or_new(ax, 4.2, 4.6)
    areas = list(polygons(climatology))
    sizes = climatology["source_area"].to_numpy() / 1e4
    shade = pyplot().get_cmap("Blues")
    keys = []
    for rank, (share, rings) in reversed(list(enumerate(areas))):
        corners = [Path(np.concatenate([ring, ring[:1]]), closed=True) for ring in rings]
        colour = shade(0.85 - 0.7 * rank / max(len(areas) - 1, 1))
        outline = PathPatch(
            Path.make_compound_path(*corners), facecolor=colour, edgecolor="#2171B5", lw=0.6,
            label=f"{100 * share:g} %, {sizes[rank]:.2g} ha",
        )  # fmt: skip
        keys.append(ax.add_patch(outline))
    ax.plot(0, 0, "+", color=style.RED, ms=10, mew=1.6)
    x = climatology["x"].to_numpy()
    edge = float(abs(x).max() + (x[1] - x[0]) / 2.0)
    ax.set(xlim=(-edge, edge), ylim=(-edge, edge), aspect="equal")
    ax.set_xlabel("m east of the tower")
    ax.set_ylabel("m north of the tower")
    ax.grid(color=style.PALE, lw=0.6)
    ax.set_axisbelow(True)
    if not keys:
        return nothing(ax, "no share of the flux lies inside the map")
    ax.legend(handles=keys[::-1], frameon=False, fontsize="small", loc="best")
    return clean(ax)


def fetch(ds: xr.Dataset, *, ax: "Axes | None" = None) -> "Axes":
    """Draw by wind direction from how far upwind the flux comes: medians with the middle half.

    Parameters
    ----------
    ds : xarray.Dataset
        Fluxes of ``fk.decide``: WD [degree], FETCH_90, FETCH_50, FETCH_MAX [m].
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    PlotError
        There are no distances, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> fluxes = fk.decide(fk.condense(fk.open_raw("data_samples/open_path/raw", site), site), site)
    >>> fk.plot.fetch(fluxes).get_ylabel()
    'm upwind'
    """
    need(ds, "WD", "FETCH_90", source="distances come from fk.decide with a footprint model")
    ax = axes_or_new(ax, 3.0)
    edges = np.arange(SECTORS + 1) * 360.0 / SECTORS
    for name, (colour, words) in _FETCH.items():
        if name not in ds:
            continue
        low, middle, high = distances_by_direction(ds["WD"].to_numpy(), ds[name].to_numpy())
        ax.fill_between(edges, low, high, color=colour, alpha=0.2, lw=0)
        ax.plot(edges, middle, "o-", color=colour, ms=2.6, lw=1.2, label=words)
    ax.set_yscale("log")
    ax.set_xlim(0, 360)
    ax.set_xticks([0, 90, 180, 270, 360], ["N", "E", "S", "W", "N"])
    ax.set_xlabel("wind from")
    ax.set_ylabel("m upwind")
    ax.legend(frameon=False, fontsize="small", ncols=3, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return clean(ax)
