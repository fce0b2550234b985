"""Spectra, cospectra and ogives: medians of periods, and averages of a season by stability."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.physics.cospectra import cospectrum_moncrieff_1997
from fluxkit.plot.axes import COLOURS, MARKERS, PlotError, axes_or_new, clean, nothing
from fluxkit.report import style
from fluxkit.report.summaries import COSPECTRUM_SLOPE, SPECTRUM_SLOPE, quartiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

#: Stability (z - d) / L that the model has in a class; where air is unstable it is the same for all.
MODEL_STABILITY = {"-0.1 to 0": -0.05, "0 to 0.1": 0.05, "0.1 to 0.5": 0.3, "above 0.5": 0.5}


def spectra(found: xr.Dataset, kind: str = "COSP", *, ax: "Axes | None" = None) -> "Axes":
    """Draw medians over periods with the central half shaded, one line for each quantity.

    Parameters
    ----------
    found : xarray.Dataset
        From ``fk.spectra``: COSP_* and SPEC_* over (time, frequency).
    kind : {"COSP", "SPEC", "OGIVE"}
        Cospectra with the vertical wind, spectra, or ogives.
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Both axes logarithmic, of ogives the horizontal one; dashed is the slope of the inertial subrange.

    Raises
    ------
    PlotError
        There is none of the kind, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> moments = fk.condense(fk.open_raw("data_samples/open_path/raw", site), site)
    >>> found = fk.spectra(moments, fk.decide(moments, site), site)
    >>> fk.plot.spectra(found).get_xlabel()
    'frequency (Hz)'
    """
    names = [str(name) for name in found if str(name).startswith(f"{kind}_")]
    if not names or "time" not in found.dims:
        raise PlotError(f"fluxkit.plot: the dataset has no {kind}_* over time; make it with fk.spectra")
    frequency = found["frequency"].to_numpy()
    ax = axes_or_new(ax, 3.6, 5.6)
    k = 0
    for name in names:
        values = found[name].transpose("time", "frequency").to_numpy()
        filled = np.isfinite(values).any(axis=0) & (frequency > 0)
        if not filled.any():
            continue
        low, middle, high = quartiles(values[:, filled])
        words = name.removeprefix(f"{kind}_").removeprefix("W_")
        colour = COLOURS[k % len(COLOURS)]
        ax.fill_between(frequency[filled], low, high, alpha=0.15, lw=0, color=colour)
        shown = middle if kind == "OGIVE" else np.where(middle > 0, middle, np.nan)
        marker = MARKERS[k % len(MARKERS)]
        ax.plot(frequency[filled], shown, marker=marker, ms=3.0, lw=1.0, label=words, color=colour)
        k += 1
    _finish(ax, kind, "frequency (Hz)")
    return ax


def cospectra(averages: xr.Dataset, scalar: str = "CO2", *, ax: "Axes | None" = None) -> "Axes":
    """Draw a season's average cospectra with the vertical wind by stability, beside their model.

    Parameters
    ----------
    averages : xarray.Dataset
        From ``fk.ensemble_spectra``, or ``<SITE>_spectra.nc`` of a results folder.
    scalar : str
        "T_SONIC", "CO2", "H2O", ...
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        f Co(f) / covariance against reduced frequency f (z - d) / U. Lines are the measured averages, dashes
        the model at the stability of the class; its number of cospectra stands in the legend.

    Raises
    ------
    PlotError
        There is no such average, or matplotlib is not installed.

    References
    ----------
    .. [1] Moncrieff et al., J. Hydrol. 188-189, 589-611, 1997, eqs. 12-18: the model.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> moments = fk.condense(fk.open_raw("data_samples/open_path/raw", site), site)
    >>> averages = fk.ensemble_spectra(moments, fk.decide(moments, site), site)
    >>> fk.plot.cospectra(averages, "CO2").get_title(loc="left")
    'w, CO2'
    """
    ax = _by_stability(averages, f"COSP_W_{scalar}", ax)
    ax.set_title(f"w, {scalar}", loc="left", fontsize="medium")
    return ax


def power_spectra(averages: xr.Dataset, scalar: str = "CO2", *, ax: "Axes | None" = None) -> "Axes":
    """Draw a season's average spectra by stability; parameters as for `cospectra`.

    Returns
    -------
    matplotlib Axes
        f S(f) / variance against reduced frequency.

    Raises
    ------
    PlotError
        There is no such average, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> moments = fk.condense(fk.open_raw("data_samples/open_path/raw", site), site)
    >>> averages = fk.ensemble_spectra(moments, fk.decide(moments, site), site)
    >>> fk.plot.power_spectra(averages, "W").get_ylabel()
    'f S(f) / variance'
    """
    ax = _by_stability(averages, f"SPEC_{scalar}", ax)
    ax.set_title(scalar, loc="left", fontsize="medium")
    return ax


def ogives(averages: xr.Dataset, scalar: str = "CO2", *, ax: "Axes | None" = None) -> "Axes":
    """Draw a season's average ogives by stability; parameters as for `cospectra`.

    Returns
    -------
    matplotlib Axes
        Share of the covariance from this frequency upwards, against reduced frequency. An ogive that still
        rises at its left end tells that the averaging period is too short for all of the flux.

    Raises
    ------
    PlotError
        There is no such average, or matplotlib is not installed.

    Examples
    --------
    >>> import fluxkit as fk
    >>> site = fk.load("data_samples/open_path/site.toml")
    >>> moments = fk.condense(fk.open_raw("data_samples/open_path/raw", site), site)
    >>> averages = fk.ensemble_spectra(moments, fk.decide(moments, site), site)
    >>> fk.plot.ogives(averages, "H2O").get_ylabel()
    'share of the covariance'
    """
    ax = _by_stability(averages, f"OGIVE_W_{scalar}", ax)
    ax.set_title(f"w, {scalar}", loc="left", fontsize="medium")
    return ax


def model(reduced: Array, stability: str) -> Array:
    """Return the model of a scalar's cospectrum in a class of stability."""
    zeta = np.full(reduced.shape, MODEL_STABILITY.get(stability, -0.5))
    return cospectrum_moncrieff_1997(reduced, zeta, momentum=False)


def _by_stability(averages: xr.Dataset, name: str, ax: "Axes | None") -> "Axes":
    if name not in averages or "stability" not in averages.dims:
        kind = name.split("_", maxsplit=1)[0]
        has = [
            str(other) for other in averages if str(other).startswith(f"{kind}_") and "BY" not in str(other)
        ]
        has = [other for other in has if not other.endswith("_COUNT")]
        raise PlotError(
            f"fluxkit.plot: the dataset has no {name} over stability; it has {', '.join(has) or 'none'} "
            "(make it with fk.ensemble_spectra)"
        )
    kind = name.split("_", maxsplit=1)[0]
    ax = axes_or_new(ax, 3.6, 5.6)
    drawn = 0
    for k, stability in enumerate(averages["stability"].to_numpy().astype(str)):
        values = averages[name].sel(stability=stability).to_numpy()
        reduced = averages["REDUCED_FREQUENCY"].sel(stability=stability).to_numpy()
        shown = np.isfinite(values) & np.isfinite(reduced)
        if kind != "OGIVE":
            shown &= values > 0
        if not shown.any():
            continue
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        count = averages.get(f"{name}_COUNT")
        many = f" ({int(count.sel(stability=stability))})" if count is not None else ""
        ax.plot(
            reduced[shown],
            values[shown],
            marker=marker,
            ms=3.0,
            lw=0.9,
            color=colour,
            label=f"{stability}{many}",
        )
        if kind == "COSP":
            ax.plot(reduced[shown], model(reduced[shown], stability), color=colour, lw=1.0, ls="--")
        drawn += 1
    _finish(ax, kind, "f (z − d) / U", "(z − d) / L (number)" + ("; dashed: model" if kind == "COSP" else ""))
    return ax


def _finish(ax: "Axes", kind: str, below: str, title: str = "") -> None:
    """Name and scale the axes, and draw the slope of the inertial subrange."""
    labels = {
        "COSP": "f Co(f) / covariance",
        "SPEC": "f S(f) / variance",
        "OGIVE": "share of the covariance",
    }
    ax.set_xlabel(below)
    ax.set_ylabel(labels[kind])
    ax.set_xscale("log")
    lines = [line.get_xydata() for line in ax.get_lines()]
    points = np.concatenate([np.empty((0, 2)), *[np.asarray(xy, dtype=np.float64) for xy in lines]])
    points = points[np.isfinite(points).all(axis=1)]
    if not points.size:
        nothing(ax, "no values")
        return
    if kind == "OGIVE":
        ax.axhline(1.0, color=style.GREY, lw=0.6)
        ax.set_ylim(min(-0.05, points[:, 1].min()), max(1.15, points[:, 1].max()))
    else:
        ax.set_yscale("log")
        top = points[:, 1].max()
        ax.set_ylim(top * 3e-4, top * 4)
        slope, words = (COSPECTRUM_SLOPE, "−4/3") if kind == "COSP" else (SPECTRUM_SLOPE, "−2/3")
        right = points[:, 0].max()
        near = points[points[:, 0] >= right / 10]
        x = np.geomspace(right / 10, right, 9)
        level = min(1.8 * np.max(near[:, 1] * near[:, 0] ** -slope), 2.5 * top * (right / 10) ** -slope)
        ax.plot(x, level * x**slope, color=style.INK, lw=1.2, ls=":", label=f"slope {words}")
    ax.legend(frameon=False, fontsize="small", title=title or None, title_fontsize="small")
    clean(ax)
