"""Mean course of the day, by month."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.plot.axes import clean, label_of, local_begins, need, nothing, pyplot, records
from fluxkit.report import style
from fluxkit.report.columns import Records

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PER_ROW = 4


@dataclass(frozen=True)
class Courses:
    """Means by month and slot of the day, all years together; arrays of shape (12, slots)."""

    hour: Array  #: (slots,) middle of each slot [h]
    mean: Array
    sd: Array  #: NaN of a single value
    n: Integers


def courses(found: Records, values: Array) -> Courses:
    """Average values on a clock, shape (n,), by month and slot of the day."""
    clock = found.clock
    middle = local_begins(found) + np.timedelta64(round(clock.step_s * 500), "ms")
    month = middle.astype("datetime64[M]").astype(np.int64) % 12
    seconds = (middle - middle.astype("datetime64[D]")) / np.timedelta64(1, "s")
    slots = clock.per_day
    place = month * slots + np.floor(seconds / clock.step_s).astype(np.int64)
    known = np.isfinite(values)
    place, x = place[known], values[known]
    n = np.bincount(place, minlength=12 * slots)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(place, x, minlength=12 * slots) / n
        square = np.bincount(place, (x - mean[place]) ** 2, minlength=12 * slots)
        sd = np.where(n > 1, np.sqrt(square / (n - 1)), np.nan)
    hour = np.asarray((np.arange(slots) + 0.5) * clock.step_s / 3600.0)
    shape = 12, slots
    return Courses(hour, mean.reshape(shape), sd.reshape(shape), n.reshape(shape).astype(np.int64))


def diurnal(ds: xr.Dataset, name: str = "NEE") -> "npt.NDArray[np.object_]":
    """Draw the mean course of the day for each month, with its standard deviation.

    Parameters
    ----------
    ds : xarray.Dataset
        Fluxes of ``fk.decide``, of a results folder, or half hours of ``fk.ecosystem``.
    name : str
        A variable over ``time``.

    Returns
    -------
    array of matplotlib Axes
        One for each month that has values, in order; they share their axes. All years together.

    Raises
    ------
    PlotError
        The variable is not there, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> axes = fk.plot.diurnal(known_budget(1, years=1), "NEE")
    >>> axes.size, axes[6].get_title()
    (12, 'Jul')
    """
    need(ds, name, source="name a variable over time")
    found = records(ds)
    by_month = courses(found, found.values(name))
    months = np.flatnonzero(by_month.n.any(axis=1)).tolist()
    columns = min(PER_ROW, max(len(months), 1))
    rows = -(-max(len(months), 1) // columns)
    figure, grid = pyplot().subplots(
        rows, columns, figsize=(max(1.9 * columns, 3.4), 1.6 * rows + 0.6), sharex=True, sharey=True,
        layout="constrained", squeeze=False,
    )  # fmt: skip
    panels: list[Axes] = list(grid.ravel())
    for ax in panels[len(months) :]:
        ax.set_visible(False)
    for ax, month in zip(panels, months, strict=False):
        mean, sd = by_month.mean[month], by_month.sd[month]
        ax.axhline(0.0, color=style.GREY, lw=0.6)
        ax.fill_between(by_month.hour, mean - sd, mean + sd, color=style.SKY, alpha=0.35, lw=0)
        ax.plot(by_month.hour, mean, color=style.BLUE, lw=1.4)
        ax.set_title(MONTHS[month], fontsize="medium")
        ax.set_xlim(0, 24)
        ax.set_xticks([0, 6, 12, 18, 24])
        clean(ax)
    if not months:
        nothing(panels[0], "no values")
    figure.supxlabel(f"hour, {found.clock.zone}", fontsize="medium")
    figure.supylabel(label_of(ds, name), fontsize="medium")
    return np.array(panels[: max(len(months), 1)], dtype=object)
