"""Fluxes through time: with their flags, and with the spread of schemes."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from fluxkit.plot.axes import axes_or_new, clean, dated, label_of, local_begins, need, records
from fluxkit.report import style
from fluxkit.report.flux_losses import classes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: More schemes than this are a band alone.
MOST_SCHEMES = 24


def series(ds: xr.Dataset, name: str = "NEE", *, ax: "Axes | None" = None) -> "Axes":
    """Draw a variable through time; a flux with its quality and one random error.

    Parameters
    ----------
    ds : xarray.Dataset
        Fluxes of ``fk.decide``, of a results folder, or half hours of ``fk.ecosystem``.
    name : str
        A variable over ``time``. With NAME_QC (or NAME_SSITC_TEST) points show the verdict of the tests by
        colour and shape, with NAME_RANDUNC_HF a band shows one random error; NAME_F is a line behind them.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    PlotError
        The variable is not there, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> fluxes = fk.decide(fk.condense(fk.open_raw("data_samples/open_path/raw", site), site), site)
    >>> fk.plot.series(fluxes, "LE").get_ylabel()
    'LE (W m⁻²)'
    """
    need(ds, name, source="name a variable over time")
    found = records(ds)
    time = local_begins(found) + np.timedelta64(round(found.clock.step_s * 500), "ms")
    values = found.values(name)
    many = values.size > style.MANY_POINTS
    ax = axes_or_new(ax, 2.6)
    error = f"{name}_RANDUNC_HF"
    if error in found.fluxes:
        spread = found.values(error)
        ax.fill_between(time, values - spread, values + spread, color=style.SKY, alpha=0.35, lw=0)
    if f"{name}_F" in found.fluxes:
        ax.plot(time, found.values(f"{name}_F"), color=style.SKY, lw=0.8, label="filled", zorder=1.5)
    classes = classes_of(found.fluxes, name)
    if classes in found.fluxes:
        quality = found.values(classes)
        for code, (colour, marker, words) in style.QUALITY.items():
            here = quality == code
            if np.isfinite(values[here]).any():
                ax.plot(
                    time[here],
                    values[here],
                    marker,
                    color=colour,
                    ms=1.8 if many else 3.6,
                    mew=0,
                    label=words,
                )
        untested = np.isfinite(values) & ~np.isfinite(quality)
        if untested.any():
            ax.plot(time[untested], values[untested], ".", color=style.GREY, label="not tested")
    elif many:
        ax.plot(time, values, ".", color=style.BLUE, ms=2.0, mew=0, label="measured")
    else:
        ax.plot(time, values, "o-", color=style.BLUE, ms=2.4, lw=0.8, label="measured")
    if classes in found.fluxes or len(ax.get_legend_handles_labels()[0]) > 1:
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=5, frameon=False, fontsize="small")
    _zero(ax)
    ax.set_ylabel(label_of(ds, name))
    return dated(clean(ax), found.clock.zone)


def schemes(ds: xr.Dataset, name: str = "NEE", *, ax: "Axes | None" = None) -> "Axes":
    """Draw what other decisions make of a flux: consensus, spread, and each scheme as a thin line.

    Parameters
    ----------
    ds : xarray.Dataset
        Fluxes of ``fk.decide`` of a site with ``[schemes]``: NAME_CONSENSUS, NAME_SPREAD, NAME_SCHEMES.
    name : str
        A flux.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        The band is the consensus with one spread on either side.

    Raises
    ------
    PlotError
        The fluxes were not decided by several schemes, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> site = site.model_copy(update={"schemes": {"rotation": ["double", "none"]}})
    >>> fluxes = fk.decide(fk.condense(fk.open_raw("data_samples/open_path/raw", site), site), site)
    >>> fk.plot.schemes(fluxes, "H").get_ylabel()
    'H (W m⁻²)'
    """
    need(ds, f"{name}_CONSENSUS", f"{name}_SPREAD", source="decide with a section [schemes]")
    found = records(ds)
    time = local_begins(found) + np.timedelta64(round(found.clock.step_s * 500), "ms")
    middle, half = found.values(f"{name}_CONSENSUS"), found.values(f"{name}_SPREAD")
    ax = axes_or_new(ax, 2.6)
    ax.fill_between(time, middle - half, middle + half, color=style.SKY, alpha=0.4, lw=0, label="spread")
    each = f"{name}_SCHEMES"
    if each in ds and ds.sizes["scheme"] <= MOST_SCHEMES:
        for row in ds[each].transpose("scheme", "time").to_numpy():
            ax.plot(time, found.spread(row), color=style.GREY, lw=0.4)
    ax.plot(time, middle, color=style.BLUE, lw=1.4, label=f"consensus of {ds.sizes.get('scheme', 0)} schemes")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False, fontsize="small")
    _zero(ax)
    ax.set_ylabel(label_of(ds, name))
    return dated(clean(ax), found.clock.zone)


def _zero(ax: "Axes") -> None:
    low, high = ax.get_ylim()
    if low < 0.0 < high:
        ax.axhline(0.0, color=style.GREY, lw=0.6, zorder=1)
