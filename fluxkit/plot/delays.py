"""Delays of gases behind the wind: how often each was found, and how they follow humidity."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.plot.axes import COLOURS, MARKERS, PlotError, axes_or_new, clean, need, nothing, whiskers
from fluxkit.report.figures import BINS, classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


def lags(ds: xr.Dataset, gases: Sequence[str] | None = None, *, ax: "Axes | None" = None) -> "Axes":
    """Draw how often each delay was used.

    Parameters
    ----------
    ds : xarray.Dataset
        Fluxes of ``fk.decide``: GAS_TLAG_USED. [s]
    gases : sequence of str, optional
        "CO2", "H2O", ...; by default all.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        A dashed line is the expected delay of the gas.

    Raises
    ------
    PlotError
        There are no delays, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/closed_path/site.toml")
    >>> fluxes = fk.decide(fk.condense(fk.open_raw("data_samples/closed_path/raw", site), site), site)
    >>> fk.plot.lags(fluxes).get_xlabel()
    'delay (s)'
    """
    ax = axes_or_new(ax, 2.6)
    for k, gas in enumerate(_gases(ds, gases)):
        lag = ds[f"{gas}_TLAG_USED"].to_numpy().astype(np.float64)
        edges, share = shares(lag)
        if not share.size:
            continue
        colour = COLOURS[k % len(COLOURS)]
        ax.stairs(share, edges, color=colour, lw=1.2, fill=True, alpha=0.25)
        ax.stairs(share, edges, color=colour, lw=1.4, label=f"{gas}, median {np.nanmedian(lag):.2f} s")
        if f"{gas}_TLAG_NOMINAL" in ds:
            expected = ds[f"{gas}_TLAG_NOMINAL"].to_numpy().astype(np.float64)
            if np.isfinite(expected).any():
                ax.axvline(float(np.nanmedian(expected)), color=colour, lw=1.0, ls="--")
    ax.set_xlabel("delay (s)")
    ax.set_ylabel("periods (%)")
    if not ax.get_legend_handles_labels()[0]:
        return nothing(ax, "no values")
    ax.legend(frameon=False, fontsize="small", title="dashed: expected", title_fontsize="small")
    return clean(ax)


def lags_by_humidity(
    ds: xr.Dataset, gases: Sequence[str] | None = None, *, ax: "Axes | None" = None
) -> "Axes":
    """Draw delays against relative humidity, which holds vapour in tubes: means over classes.

    Parameters
    ----------
    ds : xarray.Dataset
        Fluxes of ``fk.decide``: GAS_TLAG_USED [s] and RH [%].
    gases : sequence of str, optional
        "CO2", "H2O", ...; by default all.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    PlotError
        There are no delays or no humidity, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/closed_path/site.toml")
    >>> fluxes = fk.decide(fk.condense(fk.open_raw("data_samples/closed_path/raw", site), site), site)
    >>> fk.plot.lags_by_humidity(fluxes, ["H2O"]).get_ylabel()
    'delay (s)'
    """
    need(ds, "RH", source="humidity comes from vapour, or from [biomet]")
    humidity = ds["RH"].to_numpy().astype(np.float64)
    ax = axes_or_new(ax, 2.6)
    ax.set_xlabel("RH (%), means over classes of equal number")
    ax.set_ylabel("delay (s)")
    for k, gas in enumerate(_gases(ds, gases)):
        x, mean, error, _ = classes(humidity, ds[f"{gas}_TLAG_USED"].to_numpy().astype(np.float64))
        if x.size:
            colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
            whiskers(ax, x, mean, error, color=colour, marker=marker, label=gas)
    if not ax.get_legend_handles_labels()[0]:
        return nothing(ax, "too few periods")
    ax.legend(frameon=False, fontsize="small")
    return clean(ax)


def shares(lag: Array) -> tuple[Array, Array]:
    """Return edges [s] and shares [%] of a histogram of delays; empty where none is known."""
    known = lag[np.isfinite(lag)]
    if not known.size:
        return np.empty(0), np.empty(0)
    counts, edges = np.histogram(known, bins=BINS)
    return edges, 100.0 * counts / known.size


def _gases(ds: xr.Dataset, gases: Sequence[str] | None) -> list[str]:
    there = sorted(str(name).removesuffix("_TLAG_USED") for name in ds if str(name).endswith("_TLAG_USED"))
    unknown = [gas for gas in gases or () if gas not in there]
    if unknown or not there:
        raise PlotError(
            f"fluxkit.plot: no delay of {', '.join(unknown) or 'any gas'} in the dataset; it has those of "
            f"{', '.join(there) or 'none'}"
        )
    return list(gases) if gases else there
