"""What all figures share: axes to draw on, the clock of a dataset, labels with units."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.errors import FluxkitError
from fluxkit.report import style
from fluxkit.report.columns import Records

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

#: Colours and markers of what stands side by side, in turn; no colour is needed to tell them apart.
COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.RED, style.SKY, style.PINK)
MARKERS = ("o", "s", "^", "D", "v", "P")
#: Width of a figure that is not asked for otherwise. [inch]
WIDTH = 7.6


class PlotError(FluxkitError):
    """A figure cannot be drawn: what is missing, and where it comes from."""


def pyplot() -> Any:
    """Return matplotlib's pyplot.

    Raises
    ------
    PlotError
        matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        raise PlotError(f"fluxkit.plot: {missing} is not installed: pip install 'fluxkit[plot]'") from error
    return plt


def axes_or_new(ax: "Axes | None", height: float, width: float = WIDTH, **subplot: Any) -> "Axes":
    """Return the axes that were given, or those of a new figure of this size. [inch]"""
    plt = pyplot()
    if ax is not None:
        return ax
    _, made = plt.subplots(figsize=(width, height), layout="constrained", subplot_kw=subplot)
    return made  # type: ignore[no-any-return]


def need(ds: xr.Dataset, *names: str, source: str) -> None:
    """Ask for variables.

    Raises
    ------
    PlotError
        One is not there; it comes from ``source``.
    """
    missing = [name for name in names if name not in ds.variables]
    if missing:
        raise PlotError(f"fluxkit.plot: the dataset has no {', '.join(missing)}; {source}")


def records(ds: xr.Dataset) -> Records:
    """Return the records of a dataset on an even local clock, as the pages lay them.

    Raises
    ------
    PlotError
        There is no time axis of two records at least.
    """
    if "time" not in ds.dims or ds.sizes["time"] < 2:
        raise PlotError("fluxkit.plot: the dataset needs a dimension `time` with two records at least")
    return Records.of(ds, utc_offset_h(ds), step_minutes(ds))


def utc_offset_h(ds: xr.Dataset) -> float:
    """Return what the local clock is ahead of UTC, as the dataset says; 0 where it does not. [h]"""
    if "utc_offset_h" in ds.attrs:
        return float(ds.attrs["utc_offset_h"])
    if "local_time" in ds.variables:
        ahead = ds["local_time"].values - ds["time"].values
        return float(np.median(ahead / np.timedelta64(1, "s"))) / 3600.0
    return 0.0


def step_minutes(ds: xr.Dataset) -> float:
    """Return the length of a record. [min]"""
    if "averaging_period_s" in ds.attrs:
        return float(ds.attrs["averaging_period_s"]) / 60.0
    return float(np.diff(ds["time"].values).min() / np.timedelta64(1, "s")) / 60.0


def local_begins(found: Records) -> npt.NDArray[np.datetime64]:
    """Return the begin of each record of the clock, local standard time."""
    clock = found.clock
    step = np.timedelta64(round(clock.step_s * 1000), "ms")
    return np.asarray(clock.start.astype("datetime64[ms]") + np.arange(clock.count) * step)


def unit_of(ds: xr.Dataset, name: str) -> str:
    """Return a variable's unit as figures write it, from its attributes; nothing where it has none."""
    unit = str(ds[name].attrs.get("units", ""))
    return "" if unit in ("", "1") else style.units(unit)


def label_of(ds: xr.Dataset, name: str) -> str:
    """Return "NAME (unit)" of a variable."""
    unit = unit_of(ds, name)
    return f"{name} ({unit})" if unit else name


def clean(ax: "Axes") -> "Axes":
    """Take the frame off where nothing is read on it."""
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def nothing(ax: "Axes", words: str) -> "Axes":
    """Say in the middle of empty axes why they are empty."""
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=style.GREY)
    return ax


def dated(ax: "Axes", zone: str) -> "Axes":
    """Give a horizontal axis of local time short dates and its name."""
    dates = matplotlib_dates()
    locator = dates.AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    ax.set_xlabel(zone)
    return ax


def matplotlib_dates() -> Any:
    """Return matplotlib's module of dates, half of which has no types."""
    pyplot()
    import matplotlib.dates as dates

    return dates


def whiskers(ax: "Axes", x: Array, mean: Array, error: Array, **look: Any) -> Any:
    """Draw means of classes with their standard errors, joined by a line."""
    return ax.errorbar(x, mean, error, lw=0.9, elinewidth=0.9, capsize=0, ms=4.5, **look)
