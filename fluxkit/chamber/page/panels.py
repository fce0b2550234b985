"""Closures as the page shows them for review: readings, windows, and fitted curves by points."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.chamber import flags as meanings
from fluxkit.chamber.campaign.decision_table import decisions_as_text
from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.decisions import Decision
from fluxkit.chamber.fits.courses import course, unit_courses
from fluxkit.chamber.fits.fits import CURVATURE
from fluxkit.chamber.fits.models import MODELS
from fluxkit.constants import T_ZERO
from fluxkit.export.csv_text import as_given
from fluxkit.report.style import BLUE, GREEN, GREY, ORANGE, PINK, SKY
from fluxkit.report.web.reviews import Course, Family, Review, ReviewPanel

Array = npt.NDArray[np.float64]

LABELS = {"co2": "CO₂", "ch4": "CH₄", "n2o": "N₂O", "h2o": "H₂O", "nh3": "NH₃", "co": "CO", "c2h6": "C₂H₆"}
#: Fluxes mostly smaller than this [umol m-2 s-1] are shown in nmol, and so are their mole fractions.
SMALL = 0.2
#: Flags that tell what was done, and raise no doubt.
TOLD = ("reviewed", "clock_moved")
#: Points of a curve that bends, and of one that does not.
POINTS, ENDS = 33, 2
#: What the curves of models are drawn with; models without one are grey.
COLOURS = {"linear": ORANGE, "robust": PINK, "quadratic": SKY, "hm": BLUE, "licor": GREEN}
STRAIGHT = ("linear", "robust")
#: Curvatures and points of the curves that a moved window is fitted with for a look.
LOOKS, LOOK_POINTS = 57, 129
#: Most values of a name by which closures can be chosen.
MANY_CHOICES = 400


def shown_as(fluxes: xr.Dataset, gas: str) -> dict[str, Any]:
    """Return how a gas is shown: ``label``, ``unit`` and ``flux_unit``, and ``factor`` to them from umol."""
    values = np.abs(fluxes["flux"].sel(gas=gas).to_numpy())
    values = values[np.isfinite(values)]
    small = gas not in ("co2", "h2o") and (values.size == 0 or np.median(values) < SMALL)
    letter, factor = ("n", 1e3) if small else ("µ", 1.0)
    return {
        "name": gas,
        "label": LABELS.get(gas, gas.upper()),
        "unit": f"{letter}mol mol⁻¹",
        "flux_unit": f"{letter}mol m⁻² s⁻¹",
        "factor": factor,
    }


def review_of(
    campaign: str,
    fluxes: xr.Dataset,
    traces: Mapping[str, Batch],
    decisions: Sequence[Decision] = (),
    *,
    extrapolated: bool = False,
) -> Review:
    """Return the closures for review.

    Parameters
    ----------
    campaign : str
        Id of the campaign; a browser keeps decisions under it.
    fluxes : xr.Dataset
        As of ``flux_table.dataset``.
    traces : mapping of str to Batch
        See `fluxkit.chamber.closures.traces.traces`.
    decisions : sequence of Decision
        Made before.
    extrapolated : bool
        Whether the time of fits counts from closing, not from the first reading of the window.
    """
    gases = [shown_as(fluxes, str(gas)) for gas in fluxes["gas"].to_numpy()]
    panels = []
    for g, gas in enumerate(gases):
        batch, one = traces[gas["name"]], _columns(fluxes.isel(gas=g))
        for k in range(len(batch)):
            t, c = batch.part(k)
            panels.append(_panel(one, k, g, gas["factor"], t, c, extrapolated=extrapolated))
    names = str(fluxes["flags"].attrs["flag_meanings"]).split()
    models = [str(model) for model in fluxes["fit"].to_numpy()]
    looks = dict.fromkeys([*models, "linear", "hm"], GREY) | COLOURS
    curvature = np.linspace(*CURVATURE, LOOKS)
    return Review(
        campaign=campaign,
        gases=[{name: gas[name] for name in ("name", "label", "unit", "flux_unit")} for gas in gases],
        closures=_closures(fluxes),
        panels=panels,
        flags=[(name, meanings.MEANINGS.get(name, "")) for name in names],
        told=TOLD,
        colours={model: looks[model] for model in dict.fromkeys([*models, "linear", "hm"])},
        family=Family("hm", curvature, unit_courses("hm", curvature, np.linspace(0.0, 1.0, LOOK_POINTS))),
        straight=STRAIGHT,
        decisions=_decisions(decisions),
        choices=_choices(fluxes),
    )


def _columns(one: xr.Dataset) -> dict[str, npt.NDArray[Any]]:
    return {str(name): variable.to_numpy() for name, variable in one.variables.items()}


def _panel(
    one: Mapping[str, npt.NDArray[Any]], k: int, g: int, factor: float, t: Array, c: Array, *,
    extrapolated: bool,
) -> ReviewPanel:  # fmt: skip
    """Return one closure of one gas: readings, window, flux, flags and fits."""
    begin, end = float(one["window_start"][k]), float(one["window_end"][k])
    inside = t[(t >= begin - 1e-6) & (t <= end + 1e-6)]
    origin = 0.0 if extrapolated or not inside.size else float(inside[0])
    bits = int(one["flags"][k])
    return ReviewPanel(
        closure=k,
        gas=g,
        t=t,
        c=c * 1e6 * factor,
        window=(_short(begin), _short(end)),
        numbers={
            "flux": _short(float(one["flux"][k]) * factor),
            "se": _short(float(one["flux_se"][k]) * factor),
            "sens": _short(float(one["flux_sensitivity"][k]) * factor),
            "term": _short(float(one["flux_term"][k])),
            "bend": _short(float(one["kappa"][k]) * (end - begin)),
        },
        model=str(one["model"][k]),
        flags=[number for number in range(bits.bit_length()) if bits >> number & 1],
        discarded=bool(one["discarded"][k]) if "discarded" in one else False,
        courses=[_course(one, m, k, factor, (begin, end, origin)) for m in range(len(one["fit"]))],
    )


def _course(
    one: Mapping[str, npt.NDArray[Any]], m: int, k: int, factor: float, window: tuple[float, float, float]
) -> Course:
    """Return a fit of one closure: its curve over the window, in the unit that is shown, and its numbers."""
    model = str(one["fit"][m])
    begin, end, origin = window
    # The bend of a parabola is an amount, which the dataset has in mol; that of other curves is a rate.
    amount = 1e6 * factor if MODELS[model].shape == "amount" else 1.0
    t = np.linspace(begin, end, ENDS if model in STRAIGHT else POINTS) - origin
    y = course(
        model, t,
        c0=float(one["fit_c0"][m, k]) * factor, slope=float(one["fit_slope"][m, k]) * factor,
        shape=float(one["fit_kappa"][m, k]) * amount, extra=float(one["fit_extra"][m, k]) * factor,
        t0=float(np.nan_to_num(one["fit_t0"][m, k])),
    )  # fmt: skip
    numbers = {
        "flux": _short(float(one["fit_flux"][m, k]) * factor),
        "se": _short(float(one["fit_slope_se"][m, k] * one["flux_term"][k]) * factor),
        "r2": _short(float(one["fit_r2"][m, k])),
        "aicc": _short(float(one["fit_aicc"][m, k]), 7),
    }
    return Course(model, y if np.isfinite(y).all() else np.empty(0), numbers)


def _short(value: float, digits: int = 6) -> float | None:
    """Return a number with as many digits as a page needs, None where there is none."""
    return float(f"{value:.{digits}g}") if np.isfinite(value) else None


def _choices(fluxes: xr.Dataset) -> dict[str, list[str]]:
    """Return by which names of closures the page can be filtered, and their values."""
    found = {}
    for name in ("plot", "treatment", "cover"):
        values = sorted({str(value) for value in fluxes[name].to_numpy()} - {""}) if name in fluxes else []
        if 1 < len(values) <= MANY_CHOICES:
            found[name] = values
    return found


def _closures(fluxes: xr.Dataset) -> list[dict[str, Any]]:
    """Return what the page shows of each closure."""
    starts = np.datetime_as_string(fluxes["start"].to_numpy().astype("M8[s]"))
    table = _columns(fluxes)
    found = []
    for k in range(fluxes.sizes["closure"]):
        row: dict[str, Any] = {"id": str(table["closure"][k]), "start": f"{starts[k]}Z"}
        for name in ("plot", "treatment", "cover"):
            row[name] = str(table[name][k]) if name in table else ""
        for name in ("area", "volume"):
            row[name] = _short(float(table[name][k]))
        row["t_air"] = _short(float(table["t_air"][k]) - T_ZERO)
        found.append(row)
    return found


def _decisions(decisions: Sequence[Decision]) -> list[dict[str, str]]:
    """Return decisions as rows of their table."""
    rows = csv.DictReader(io.StringIO(decisions_as_text(decisions)))
    return [{name: as_given(cell) for name, cell in row.items()} for row in rows]
