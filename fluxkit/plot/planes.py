"""Planar fit: the tilt of the mean wind by direction, and the planes that are fitted to it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.plot.axes import COLOURS, axes_or_new, clean
from fluxkit.report import style
from fluxkit.site.models import Site
from fluxkit.tower import settings
from fluxkit.tower.epochs import wind_direction_at
from fluxkit.tower.rotations.planar_fit import Planes, sector_of
from fluxkit.tower.survey import PLANAR, learn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


def planar_fit(data: xr.Dataset | Iterable[xr.Dataset], site: Site, *, ax: "Axes | None" = None) -> "Axes":
    """Draw by wind direction how steeply the wind blows through the sonic's plane, and the fitted planes.

    Parameters
    ----------
    data : xarray.Dataset or iterable of xarray.Dataset
        Moments from ``fk.condense``, whole or in parts.
    site : Site
        ``decide.rotation`` and ``decide.planar_fit`` say how planes are fitted; without a planar fit there
        "wilczak-2001" is taken.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Points are periods, lines the planes of each window at the median wind speed of their sector.

    Raises
    ------
    PlotError
        matplotlib is not installed.
    MomentsError
        The moments can be read only once.

    References
    ----------
    .. [1] Wilczak, Oncley & Stage, Boundary-Layer Meteorol. 99, 127-150, 2001.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> moments = fk.condense(fk.open_raw("data_samples/open_path/raw", site), site)
    >>> fk.plot.planar_fit(moments, site).get_ylabel()
    'tilt of the mean wind (°)'
    """
    if site.decide.rotation not in PLANAR:
        site = site.with_decisions(rotation="wilczak-2001")
    parts = [data] if isinstance(data, xr.Dataset) else list(data)
    plan = settings.make_plan(site)
    planes = learn(parts, [plan]).planes[site.decide.rotation]
    wind = np.concatenate([part["wind_mean"].values for part in parts])
    time = np.concatenate([part["time"].values for part in parts]).astype("datetime64[ns]")
    direction = wind_direction_at(wind[:, 0], wind[:, 1], time, plan)
    ax = axes_or_new(ax, 3.0)
    ax.plot(direction, tilt(wind), ".", color=style.INK, ms=3.5, mew=0, zorder=3, label="periods")
    for window in range(planes.starts.size):
        lines = plane_lines(planes, window, wind, direction)
        colour = COLOURS[window % len(COLOURS)]
        words = f"from {str(planes.starts[window])[:10]}" if planes.starts.size > 1 else "plane"
        for k, (at, angle) in enumerate(lines):
            ax.plot(at, angle, color=colour, lw=1.6, label=words if k == 0 else None)
    edges = planes.fitting.first_sector + np.append(0.0, np.cumsum(planes.fitting.sectors))
    if len(planes.fitting.sectors) > 1:
        for edge in np.mod(edges[:-1], 360.0):
            ax.axvline(edge, color=style.GREY, lw=0.6, ls=":")
    ax.axhline(0.0, color=style.GREY, lw=0.6)
    ax.set_xlim(0, 360)
    ax.set_xticks([0, 90, 180, 270, 360], ["N", "E", "S", "W", "N"])
    ax.set_xlabel("wind from")
    ax.set_ylabel("tilt of the mean wind (°)")
    ax.legend(frameon=False, fontsize="small", ncols=5, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return clean(ax)


def tilt(wind: Array) -> Array:
    """Return the angle of mean winds, shape (n, 3), above the sonic's plane. [deg]"""
    return np.rad2deg(np.arctan2(wind[:, 2], np.hypot(wind[:, 0], wind[:, 1])))


def plane_lines(planes: Planes, window: int, wind: Array, direction: Array) -> list[tuple[Array, Array]]:
    """Return, for each sector with a plane, directions [deg] and the tilt that the plane has there [deg].

    The turn from the sonic's axes to geographic directions is read off the winds themselves.
    """
    speed = np.hypot(wind[:, 0], wind[:, 1])
    turn = np.deg2rad(direction) + np.arctan2(wind[:, 1], wind[:, 0])
    turned = np.arctan2(np.nanmedian(np.sin(turn)), np.nanmedian(np.cos(turn)))
    at = np.arange(0.0, 360.5, 1.0)
    sector = sector_of(np.mod(at, 360.0), planes.fitting)
    of_periods = sector_of(direction, planes.fitting)
    lines = []
    for k in range(len(planes.fitting.sectors)):
        b0, b1, b2 = planes.coefficients[window, k]
        here = sector == k
        if not np.isfinite(b1) or not here.any():
            continue
        mine = speed[(of_periods == k) & np.isfinite(speed)]
        usual = float(np.median(mine)) if mine.size else float(np.nanmedian(speed))
        yaw = turned - np.deg2rad(at)
        slope = b0 / usual + b1 * np.cos(yaw) + b2 * np.sin(yaw)
        # A sector that goes over north is one curve in two pieces.
        places = np.flatnonzero(here)
        pieces = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
        lines += [(at[piece], np.rad2deg(np.arctan(slope[piece]))) for piece in pieces]
    return lines
