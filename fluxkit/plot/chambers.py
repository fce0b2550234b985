"""A closure of a chamber: readings, window and fits."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.chamber.closures.records import AnalyserRecord
from fluxkit.chamber.closures.traces import traces
from fluxkit.chamber.page.panels import shown_as
from fluxkit.plot.axes import COLOURS, PlotError, axes_or_new, clean, nothing
from fluxkit.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


def closure(
    fluxes: xr.Dataset,
    records: Sequence[AnalyserRecord],
    name: str,
    *,
    gas: str = "co2",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the readings of one closure, the window that was fitted, and the fits.

    Parameters
    ----------
    fluxes : xarray.Dataset
        Of ``fk.chamber.run(...).fluxes``.
    records : sequence of AnalyserRecord
        Of ``fk.chamber.run(...).records``.
    name : str
        Of the closure, as in ``fluxes.closure``.
    gas : str
        "co2", "ch4", ...
    ax : matplotlib Axes, optional
        To draw on.

    Returns
    -------
    matplotlib Axes
        Grey readings lie outside of the window; the thick line is the fit whose flux is reported.

    Raises
    ------
    PlotError
        There is no such closure or gas, or matplotlib is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.synthetic.plots import make_campaign
    >>> folder = tempfile.mkdtemp()
    >>> made = fk.chamber.run(make_campaign(folder, plots=2), f"{folder}/out")
    >>> fk.plot.closure(made.fluxes, made.records, "001").get_xlabel()
    's since closing'
    """
    for value, dim in ((name, "closure"), (gas, "gas")):
        known = [str(other) for other in fluxes[dim].values]
        if value not in known:
            some = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
            raise PlotError(f"fluxkit.plot: no {dim} {value!r}; there are {some}")
    one = fluxes.sel(closure=[name], gas=[gas])
    t, c = traces(one, records)[gas].part(0)
    shown = shown_as(fluxes, gas)
    factor = 1e6 * shown["factor"]
    found = one.isel(closure=0, gas=0)
    begin, end = float(found["window_start"]), float(found["window_end"])
    inside = (t >= begin - 1e-6) & (t <= end + 1e-6)
    ax = axes_or_new(ax, 3.2, 5.6)
    ax.set_xlabel("s since closing")
    ax.set_ylabel(f"{shown['label']} ({shown['unit']})")
    if not t.size:
        return nothing(ax, "the analyser has no readings here")
    ax.axvspan(begin, end, color=style.PALE, alpha=0.6, lw=0)
    ax.plot(t[~inside], c[~inside] * factor, ".", color=style.GREY, ms=3)
    ax.plot(t[inside], c[inside] * factor, ".", color=style.INK, ms=3)
    chosen = str(found["model"].values)
    seconds = np.linspace(begin, end, 121)
    for k, model in enumerate(fluxes["fit"].values.astype(str).tolist()):
        fit = found.sel(fit=model)
        if not inside.any() or not np.isfinite(float(fit["fit_slope"])):
            continue
        started = clock_of(fit, model, t[inside], 1e6 * c[inside])
        y = fitted(fit, model, seconds - started) * shown["factor"]
        flux = float(fit["fit_flux"]) * shown["factor"]
        ax.plot(
            seconds, y, color=COLOURS[k % len(COLOURS)], lw=2.4 if model == chosen else 1.1,
            label=f"{model}: {flux:.3g} {shown['flux_unit']}" + (" (reported)" if model == chosen else ""),
        )  # fmt: skip
    ax.legend(frameon=False, fontsize="small")
    ax.set_title(
        f"{name}, plot {found['plot'].values}" if "plot" in found else name, loc="left", fontsize="medium"
    )
    return clean(ax)


def _straight(fit: xr.Dataset, tau: Array) -> Array:
    return float(fit["fit_slope"]) * tau


def _parabola(fit: xr.Dataset, tau: Array) -> Array:
    return float(fit["fit_slope"]) * tau + 1e6 * float(fit["fit_kappa"]) * tau**2


def _levelling(fit: xr.Dataset, tau: Array) -> Array:
    slope, kappa = float(fit["fit_slope"]), float(fit["fit_kappa"])
    return slope * (tau if abs(kappa) < 1e-9 else -np.expm1(-kappa * tau) / kappa)


def _beside_line(fit: xr.Dataset, tau: Array) -> Array:
    line, kappa = float(fit["fit_extra"]), float(fit["fit_kappa"])
    rest = float(fit["fit_slope"]) - line
    return line * tau + rest * (tau if abs(kappa) < 1e-9 else -np.expm1(-kappa * tau) / kappa)


def _diffusion(fit: xr.Dataset, tau: Array) -> Array:
    from scipy.special import erfcx

    s = float(fit["fit_kappa"])
    x = np.maximum(tau, 0.0) * s
    bent: Any = (2.0 * np.sqrt(x / np.pi) + erfcx(np.sqrt(x)) - 1.0) / s if abs(s) >= 1e-9 else tau
    return np.asarray(float(fit["fit_slope"]) * bent)


#: How each model rises from where its slope is taken.
RISES: dict[str, Callable[[xr.Dataset, Array], Array]] = {
    "linear": _straight,
    "robust": _straight,
    "quadratic": _parabola,
    "hm": _levelling,
    "licor": _levelling,
    "three-point": _levelling,
    "zhao": _beside_line,
    "ndfe": _diffusion,
}


def fitted(fit: xr.Dataset, model: str, seconds: Array) -> Array:
    """Return the curve of a model, one closure and gas, at times of its own clock [s]. [umol mol-1]"""
    return float(fit["fit_c0"]) + RISES[model](fit, seconds - float(np.nan_to_num(fit["fit_t0"])))


def clock_of(fit: xr.Dataset, model: str, t: Array, c: Array) -> float:
    """Return where the clock of a fit begins, since closing: there, or at the first point of the window. [s]

    The dataset does not say which (``window.extrapolate``); the residuals that it tells do.

    Parameters
    ----------
    fit : Dataset
        Of one closure, gas and model.
    model : str
    t, c : (n,) arrays
        Points of the window since closing [s], mole fractions [umol mol-1].
    """
    told = float(fit["fit_rmse"])

    def off(begin: float) -> float:
        return abs(float(np.sqrt(np.mean((c - fitted(fit, model, t - begin)) ** 2))) - told)

    return min((0.0, float(t[0])), key=off)
