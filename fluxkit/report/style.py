"""How all figures look: palette, axes of time, units in words that people read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from fluxkit.schema import variables

Times = npt.NDArray[np.datetime64]

#: Okabe and Ito's colours, which people with any colour vision tell apart.
BLUE, ORANGE, RED, GREEN, SKY, PINK = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#56B4E9", "#CC79A7"
INK, GREY, PALE = "#222222", "#767676", "#E8EBEE"
#: Quality class -> colour, marker (so that colour is not needed), words.
QUALITY = {0: (BLUE, "o", "best (0)"), 1: (ORANGE, "s", "general use (1)"), 2: (RED, "X", "discard (2)")}

WIDTH = 7.6  #: of every figure [inch]
#: More points than this are drawn as an image inside the SVG, which would grow to megabytes otherwise.
MANY_POINTS = 1500

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
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.4,
    "lines.markersize": 4,
    "figure.dpi": 110,
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


def figure(
    rows: int, height: float, *, ratios: list[float] | None = None, share: Literal["all", "none"] = "all"
) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels below one another, which by default share the horizontal axis."""
    made = Figure(figsize=(WIDTH, height), layout="constrained")
    panels = made.subplots(
        rows, 1, sharex=share == "all", squeeze=False, gridspec_kw={"height_ratios": ratios}
    )
    return made, list(panels[:, 0])


def local_time(fluxes: xr.Dataset, utc_offset_h: float, minutes: float = 0.0) -> Times:
    """Return the middle of each period in local standard time."""
    shift = round((utc_offset_h * 60 + minutes / 2) * 60)
    return np.asarray(fluxes["time"].to_numpy().astype("datetime64[s]") + np.timedelta64(shift, "s"))


def zone(utc_offset_h: float) -> str:
    """Return the words for an axis of local time."""
    hours, minutes = divmod(round(abs(utc_offset_h) * 60), 60)
    sign = "−" if utc_offset_h < 0 else "+"
    return f"local standard time (UTC{sign}{hours}" + (f":{minutes:02d})" if minutes else ")")


def time_axis(axes: Axes, utc_offset_h: float) -> None:
    """Put times on the horizontal axis in words that fit its length."""
    locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        formats=["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%S"],
        zero_formats=["", "%b %Y", "%b %Y", "%d %b", "%H:%M", "%H:%M"],
        show_offset=False,
    )
    axes.xaxis.set_major_formatter(formatter)
    axes.set_xlabel(zone(utc_offset_h))


def shade_night(axes: Axes, fluxes: xr.Dataset, utc_offset_h: float, minutes: float) -> None:
    """Shade the night behind the data, if the dataset knows it."""
    if "NIGHT" not in fluxes or fluxes.sizes["time"] > MANY_POINTS:
        return
    night = fluxes["NIGHT"].to_numpy() == 1
    edges = np.flatnonzero(np.diff(np.concatenate([[False], night, [False]]).astype(np.int8)))
    begin = local_time(fluxes, utc_offset_h)
    step = np.timedelta64(round(minutes * 60), "s")
    for first, last in edges.reshape(-1, 2):
        axes.axvspan(begin[first], begin[last - 1] + step, color="#F1F3F6", zorder=0, lw=0)
