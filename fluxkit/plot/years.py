"""From half hours to years: u* thresholds, cumulative sums, responses to light and temperature."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.page.columns import GRAM, cumulated
from fluxkit.ecosystem.page.figures import SEASONS
from fluxkit.ecosystem.page.relations import night
from fluxkit.plot.axes import COLOURS, MARKERS, axes_or_new, clean, dated, label_of, need, nothing, whiskers
from fluxkit.report import style
from fluxkit.report.figures import classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


def ustar(ds: xr.Dataset, thresholds: xr.Dataset | None = None, *, ax: "Axes | None" = None) -> "Axes":
    """Draw NEE of nights against friction velocity, year by year, with the thresholds.

    Parameters
    ----------
    ds : xarray.Dataset
        Half hours with USTAR and NEE before the filter (of a filtered dataset NEE_UNFILTERED is taken).
    thresholds : xarray.Dataset, optional
        From ``fk.ecosystem.ustar_thresholds``. Dashes are thresholds, bands their range over bootstraps.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Means over classes of equal number with their standard errors.

    Raises
    ------
    PlotError
        A variable is not there, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> ds = known_budget(1, years=1)
    >>> ax = fk.plot.ustar(ds, fk.ecosystem.ustar_thresholds(ds, bootstraps=0))
    >>> ax.get_xlabel()
    'USTAR (m s⁻¹)'
    """
    name = "NEE_UNFILTERED" if "NEE_UNFILTERED" in ds else "NEE"
    need(ds, name, "USTAR", source="give half hours before the filter")
    at = HalfHours.of(ds)
    dark = night(ds, at)
    nee, turbulence, year = ds[name].to_numpy()[dark], ds["USTAR"].to_numpy()[dark], at.year[dark]
    ax = axes_or_new(ax, 3.0)
    bounds = {} if thresholds is None else threshold_bounds(thresholds)
    for k, y in enumerate(sorted(set(year.tolist()))):
        x, mean, error, _ = classes(turbulence[year == y], nee[year == y])
        if not x.size:
            continue
        colour = COLOURS[k % len(COLOURS)]
        value, low, high = bounds.get(y, (np.nan, np.nan, np.nan))
        words = f"{y}: {value:.2f} m s⁻¹" if np.isfinite(value) else str(y)
        whiskers(ax, x, mean, error, color=colour, marker=MARKERS[k % len(MARKERS)], label=words)
        if np.isfinite(value):
            ax.axvline(value, color=colour, lw=1.2, ls="--")
        if np.isfinite([low, high]).all():
            ax.axvspan(low, high, color=colour, alpha=0.12, lw=0)
    ax.set_xlabel(label_of(ds, "USTAR"))
    ax.set_ylabel(f"{label_of(ds, name)}, nights")
    if not ax.get_legend_handles_labels()[0]:
        return nothing(ax, "too few nights with u*")
    ax.legend(frameon=False, fontsize="small", title="dashed: threshold" if bounds else None)
    return clean(ax)


def threshold_bounds(thresholds: xr.Dataset) -> Mapping[int, tuple[float, float, float]]:
    """Return year -> threshold, and the lowest and highest of its percentiles. [m s-1]"""
    values = {
        int(year): float(value)
        for year, value in zip(thresholds["year"].values, thresholds["threshold"].values, strict=True)
    }
    if "quantiles" not in thresholds or thresholds.sizes.get("percentile", 0) < 2:
        return {year: (value, np.nan, np.nan) for year, value in values.items()}
    ends = thresholds["quantiles"].transpose("year", "percentile").values[:, [0, -1]]
    return {
        year: (value, float(low), float(high))
        for (year, value), (low, high) in zip(values.items(), ends, strict=True)
    }


def cumulative(ds: xr.Dataset, *names: str, ax: "Axes | None" = None) -> "Axes":
    """Draw sums of carbon since January, with the range over thresholds of u* where there are several.

    Parameters
    ----------
    ds : xarray.Dataset
        Half hours of ``fk.ecosystem``.
    *names : str
        Whole series in umol m-2 s-1; by default NEE_F and what it was partitioned into. Of NAME_USTAR over
        (time, ustar_percentile), as members have it, the band is the range of the sums. Where that is not
        there and NAME_SD is, as of NEE_F, it is 1.96 standard deviations of independent errors.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Each year begins at zero; missing half hours add nothing.

    Raises
    ------
    PlotError
        A variable is not there, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> ax = fk.plot.cumulative(known_budget(1, years=1), "NEE_TRUE", "GPP_TRUE", "RECO_TRUE")
    >>> ax.get_ylabel()
    'sum since January (g C m⁻²)'
    """
    shown = names or [n for n in ("NEE_F", "GPP_NT", "RECO_NT", "GPP_DT", "RECO_DT") if n in ds] or ["NEE_F"]
    need(ds, *shown, source="fill and partition first, or name other variables")
    at = HalfHours.of(ds)
    ax = axes_or_new(ax, 3.2)
    for k, name in enumerate(shown):
        colour = COLOURS[k % len(COLOURS)]
        total = cumulated(ds[name].to_numpy().astype(np.float64), at)
        last = total[np.isfinite(total)]
        words = f"{name}, last {last[-1]:.0f}" if last.size else name
        band = sum_band(ds, name, total, at)
        if band is not None:
            ax.fill_between(at.middle, *band, color=colour, alpha=0.25, lw=0)
        ax.plot(at.middle, total, color=colour, lw=1.4, label=words)
    ax.axhline(0.0, color=style.GREY, lw=0.6)
    ax.set_ylabel("sum since January (g C m⁻²)")
    ax.legend(frameon=False, fontsize="small")
    return dated(clean(ax), style.zone(at.utc_offset_h))


def sum_band(ds: xr.Dataset, name: str, total: Array, at: HalfHours) -> tuple[Array, Array] | None:
    """Return the lower and the upper end of a cumulative sum, where the dataset tells."""
    members = f"{name}_USTAR"
    if members in ds and "ustar_percentile" in ds[members].dims:
        rows = ds[members]
        if "variant" in rows.dims:
            rows = rows.isel(variant=0)
        sums = [cumulated(row, at) for row in rows.transpose("ustar_percentile", "time").to_numpy()]
        return np.min(sums, axis=0), np.max(sums, axis=0)
    if f"{name}_SD" in ds:
        square = np.nan_to_num(ds[f"{name}_SD"].to_numpy().astype(np.float64)) ** 2
        half = np.empty(square.size)
        for year in np.unique(at.year):
            here = at.year == year
            half[here] = 1.96 * np.sqrt(np.cumsum(square[here])) * GRAM * at.step_s
        return total - half, total + half
    return None


def light_response(ds: xr.Dataset, *, ax: "Axes | None" = None) -> "Axes":
    """Draw measured NEE of days against light, by season.

    Parameters
    ----------
    ds : xarray.Dataset
        Half hours with NEE and SW_IN [W m-2].
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Means over classes of equal number with their standard errors.

    Raises
    ------
    PlotError
        A variable is not there, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> fk.plot.light_response(known_budget(1, years=1)).get_xlabel()
    'SW_IN (W m⁻²)'
    """
    return _response(ds, "SW_IN", "days", ax)


def temperature_response(ds: xr.Dataset, *, ax: "Axes | None" = None) -> "Axes":
    """Draw measured NEE of nights against air temperature, by season.

    Parameters
    ----------
    ds : xarray.Dataset
        Half hours with NEE and TA [degC].
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Means over classes of equal number with their standard errors.

    Raises
    ------
    PlotError
        A variable is not there, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> from fluxkit.synthetic.half_hours import known_budget
    >>> fk.plot.temperature_response(known_budget(1, years=1)).get_xlabel()
    'TA (°C)'
    """
    return _response(ds, "TA", "nights", ax)


def _response(ds: xr.Dataset, driver: str, when: str, ax: "Axes | None") -> "Axes":
    need(ds, "NEE", driver, source="give half hours with what drives NEE")
    at = HalfHours.of(ds)
    dark = night(ds, at)
    here = dark if when == "nights" else ~dark
    nee, x = (ds[name].to_numpy().astype(np.float64) for name in ("NEE", driver))
    ax = axes_or_new(ax, 3.0, 5.0)
    for k, (season, months) in enumerate(SEASONS.items()):
        part = here & np.isin(at.month, months)
        found, mean, error, _ = classes(x[part], nee[part])
        if found.size:
            whiskers(ax, found, mean, error, color=COLOURS[k], marker=MARKERS[k], label=season)
    ax.axhline(0.0, color=style.GREY, lw=0.6)
    ax.set_xlabel(label_of(ds, driver))
    ax.set_ylabel(f"{label_of(ds, 'NEE')}, {when}")
    if not ax.get_legend_handles_labels()[0]:
        return nothing(ax, "too few values")
    ax.legend(frameon=False, fontsize="small")
    return clean(ax)
