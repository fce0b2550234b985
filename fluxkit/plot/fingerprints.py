"""Days to the right, hours upwards: a variable's fingerprint, and where its gaps are."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.plot.axes import PlotError, axes_or_new, dated, matplotlib_dates, need, records, unit_of
from fluxkit.report.columns import Records

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]
Palette = Literal["diverging", "sequential"]

#: Those of the pages: blue, white, brown around zero; cividis from low to high.
PALETTES = {
    "diverging": (
        *("#123a63", "#2f6ea5", "#7fb2d5", "#d3e5f0", "#f7f7f5"),
        *("#f6dcb7", "#e0a557", "#b06a16", "#6b3a05"),
    ),
    "sequential": ("#00224e", "#2a3f6d", "#575d6d", "#7d7c78", "#a59c74", "#d2c060", "#fee838"),
}
MISSING = "#d5d9dd"
#: What became of a half hour, and its colour.
STATES = {
    "measured": "#123a63",
    "filled, best": "#7fb2d5",
    "filled, medium": "#e0a557",
    "filled, poor": "#b06a16",
    "missing": MISSING,
}


def calendar(found: Records, values: Array) -> tuple[npt.NDArray[np.datetime64], Array]:
    """Return days and a table of values by hour and day.

    Parameters
    ----------
    found : Records
    values : (n,) array
        On its clock.

    Returns
    -------
    days : (d,) array of datetime64[D]
        Local.
    table : (slots, d) array
        The first row begins at midnight.
    """
    clock = found.clock
    first = clock.start.astype("datetime64[D]")
    slot = round(float((clock.start - first) / np.timedelta64(1, "s")) / clock.step_s)
    days = -(-(slot + clock.count) // clock.per_day)
    table = np.full(days * clock.per_day, np.nan)
    table[slot : slot + clock.count] = values
    return first + np.arange(days), table.reshape(days, clock.per_day).T


def limits(values: Array, palette: Palette) -> tuple[float, float]:
    """Return the central 98 % of the values, as far on both sides of zero where the palette diverges."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = (float(end) for end in np.quantile(known, [0.01, 0.99]))
    if palette == "diverging":
        high = max(abs(low), abs(high))
        low = -high
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def fingerprint(
    ds: xr.Dataset, name: str = "NEE", *, palette: Palette | None = None, ax: "Axes | None" = None
) -> "Axes":
    """Draw a variable by day and hour.

    Parameters
    ----------
    ds : xarray.Dataset
        Fluxes of ``fk.decide``, of a results folder, or half hours of ``fk.ecosystem``.
    name : str
        A variable over ``time``.
    palette : {"diverging", "sequential"}, optional
        Around zero, or from low to high; by default around zero where there are values of both signs.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Grey is missing.

    Raises
    ------
    PlotError
        The variable is not there, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> ax = fk.plot.fingerprint(known_budget(1, years=1), "NEE")
    >>> ax.get_ylabel()
    'hour'
    """
    need(ds, name, source="name a variable over time")
    found = records(ds)
    values = found.values(name)
    known = values[np.isfinite(values)]
    if palette is None:
        palette = "diverging" if known.size and known.min() < 0 < known.max() else "sequential"
    if palette not in PALETTES:
        raise PlotError(f"fluxkit.plot: palette is one of {', '.join(PALETTES)}, not {palette!r}")
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list(palette, PALETTES[palette]).with_extremes(bad=MISSING)
    low, high = limits(values, palette)
    ax = axes_or_new(ax, 2.6)
    drawn = _table(ax, found, values, cmap=colours, vmin=low, vmax=high)
    bar = ax.figure.colorbar(drawn, ax=ax, pad=0.02, extend=_beyond(known, low, high))
    bar.set_label(unit_of(ds, name))
    ax.set_title(name, loc="left", fontsize="medium")
    return ax


def gaps(ds: xr.Dataset, name: str = "NEE", *, ax: "Axes | None" = None) -> "Axes":
    """Draw by day and hour what was measured, what was filled and how well, and what is missing.

    Parameters
    ----------
    ds : xarray.Dataset
        With the variable, and with NAME_F_QC where it was filled by ``fk.ecosystem.fill``.
    name : str
        A variable over ``time``.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Shares stand in the legend.

    Raises
    ------
    PlotError
        The variable is not there, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> ax = fk.plot.gaps(known_budget(1, years=1), "NEE")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['measured 83 %', 'missing 17 %']
    """
    need(ds, name, source="name a variable over time")
    found = records(ds)
    states = state_of(found, name)
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    ax = axes_or_new(ax, 2.6)
    _table(ax, found, states, cmap=ListedColormap(list(STATES.values())), vmin=-0.5, vmax=4.5)
    keys = []
    for k, (words, colour) in enumerate(STATES.items()):
        share = 100.0 * float((states == k).mean())
        if share > 0:
            keys.append(Patch(color=colour, label=f"{words} {share:.0f} %"))
    ax.legend(
        handles=keys, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=5, frameon=False, fontsize="small"
    )
    ax.set_title(name, loc="right", fontsize="medium")
    return ax


def state_of(found: Records, name: str) -> Array:
    """Return the number in `STATES` of each record of the clock."""
    if f"{name}_F_QC" in found.fluxes:
        quality = found.values(f"{name}_F_QC")
        return np.where(np.isfinite(quality), np.clip(quality, 0, 3), 4.0)
    return np.where(np.isfinite(found.values(name)), 0.0, 4.0)


def _table(ax: "Axes", found: Records, values: Array, **look: Any) -> Any:
    days, table = calendar(found, values)
    date2num = matplotlib_dates().date2num
    first, last = float(date2num(days[0])), float(date2num(days[-1] + np.timedelta64(1, "D")))
    drawn = ax.imshow(
        table, extent=(first, last, 0.0, 24.0), origin="lower", aspect="auto", interpolation="nearest", **look
    )
    ax.xaxis_date()
    ax.set_yticks([0, 6, 12, 18, 24])
    ax.set_ylabel("hour")
    dated(ax, found.clock.zone)
    return drawn


def _beyond(known: Array, low: float, high: float) -> str:
    under, over = bool((known < low).any()), bool((known > high).any())
    return {(False, False): "neither", (True, False): "min", (False, True): "max"}.get((under, over), "both")
