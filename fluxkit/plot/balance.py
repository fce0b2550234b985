"""Closure of the energy balance."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.plot.axes import axes_or_new, clean, need, nothing, whiskers
from fluxkit.report import style
from fluxkit.report.figures import classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


def energy_balance(ds: xr.Dataset, *, ax: "Axes | None" = None) -> "Axes":
    """Draw turbulent fluxes against the energy that is there for them.

    Parameters
    ----------
    ds : xarray.Dataset
        With H, LE, NETRAD, and G where it is measured. [W m-2]
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Squares are means over classes of equal number with their standard errors; the legend has the ratio of
        sums and the slope through the origin. Storage is not counted.

    Raises
    ------
    PlotError
        A variable is not there, or matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> import fluxkit as fk
    >>> net = np.linspace(-50.0, 600.0, 200)
    >>> ds = xr.Dataset({"NETRAD": ("time", net), "H": ("time", 0.3 * net), "LE": ("time", 0.5 * net)})
    >>> ax = fk.plot.energy_balance(ds)
    >>> ax.get_legend().get_texts()[1].get_text()
    'ratio of sums 0.80, slope 0.80'
    """
    need(ds, "H", "LE", "NETRAD", source="radiation comes from [biomet]")
    available, turbulent, less = energies(ds)
    both = np.isfinite(available) & np.isfinite(turbulent)
    ax = axes_or_new(ax, 3.8, 4.6)
    ax.set_xlabel(f"{less} (W m⁻²)")
    ax.set_ylabel("H + LE (W m⁻²)")
    if not both.any():
        return nothing(ax, "no period with both")
    x, y = available[both], turbulent[both]
    ax.plot(x, y, "o", color=style.SKY, ms=1.8 if x.size > style.MANY_POINTS else 3.0, mew=0, alpha=0.6)
    means, mean, error, _ = classes(x, y)
    if means.size:
        whiskers(ax, means, mean, error, color=style.BLUE, fmt="s")
    ends = np.array([min(x.min(), 0.0), x.max()])
    ax.plot(ends, ends, color=style.GREY, lw=1.0, ls="--", label="equal")
    ratio, slope = y.sum() / x.sum(), float(np.sum(x * y) / np.sum(x * x))
    ax.plot(
        ends, slope * ends, color=style.INK, lw=1.0, label=f"ratio of sums {ratio:.2f}, slope {slope:.2f}"
    )
    ax.legend(frameon=False, fontsize="small")
    return clean(ax)


def energies(ds: xr.Dataset) -> tuple[Array, Array, str]:
    """Return available energy, turbulent fluxes [W m-2], and what the former is."""
    net, h, le = (ds[name].to_numpy().astype(np.float64) for name in ("NETRAD", "H", "LE"))
    if "G" in ds:
        return net - ds["G"].to_numpy().astype(np.float64), h + le, "NETRAD − G"
    return net, h + le, "NETRAD"
