"""Closures as the review page reads them: numbers as JSON, readings as packed integers."""

import base64
import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.chamber.campaign.decision_table import decisions_as_text
from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.decisions import Decision
from fluxkit.chamber.fits.models import MODELS
from fluxkit.constants import T_ZERO
from fluxkit.export.csv_text import as_given

Array = npt.NDArray[np.float64]

LABELS = {"co2": "CO₂", "ch4": "CH₄", "n2o": "N₂O", "h2o": "H₂O", "nh3": "NH₃", "co": "CO", "c2h6": "C₂H₆"}
#: Fluxes mostly smaller than this [umol m-2 s-1] are shown in nmol, and so are their mole fractions.
SMALL = 0.2
#: Flags that tell what was done, and raise no doubt.
TOLD = ("reviewed", "clock_moved")
#: Readings are packed into integers up to this one.
TOP = 65535


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


def review_data(
    campaign: str,
    fluxes: xr.Dataset,
    traces: Mapping[str, Batch],
    decisions: Sequence[Decision] = (),
    *,
    extrapolated: bool = False,
) -> str:
    """Return the data of the page's script, as JSON that is safe inside HTML.

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
    panels, packed = [], []
    at = 0
    for g, gas in enumerate(gases):
        batch, one = traces[gas["name"]], _columns(fluxes.isel(gas=g))
        for k in range(len(batch)):
            t, c = batch.part(k)
            c = c * 1e6 * gas["factor"]
            words, scales = _pack(t, c)
            panel = _panel(one, k, gas["factor"], t, extrapolated=extrapolated)
            panels.append({"k": k, "g": g, "at": at, "n": int(t.size), **scales, **panel})
            packed.append(words)
            at += t.size
    flags = fluxes["flags"].attrs
    content = {
        "campaign": campaign,
        "gases": gases,
        "flags": str(flags["flag_meanings"]).split(),
        "told": list(TOLD),
        "closures": _closures(fluxes),
        "panels": panels,
        "decisions": _decisions(decisions),
        "points": base64.b64encode(np.concatenate([*packed, np.empty(0, "<u2")]).tobytes()).decode("ascii"),
    }
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # Nothing inside may end the element or begin a comment.
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _pack(t: Array, c: Array) -> tuple[npt.NDArray[np.uint16], dict[str, float]]:
    """Return readings as pairs of integers, and what turns them back."""
    pairs = np.empty((t.size, 2), "<u2")
    scales: dict[str, float] = {}
    for column, (values, low, step) in enumerate(((t, "t0", "dt"), (c, "c0", "dc"))):
        first = float(values.min()) if values.size else 0.0
        width = float(np.ptp(values)) / TOP if values.size else 0.0
        pairs[:, column] = np.round((values - first) / width) if width > 0 else 0
        # Digits beyond an integer's weight would only make the page longer.
        scales[low], scales[step] = _short(first, 10), _short(width, 7)
    return pairs.ravel(), scales


def _columns(one: xr.Dataset) -> dict[str, npt.NDArray[Any]]:
    return {str(name): variable.to_numpy() for name, variable in one.variables.items()}


def _panel(
    one: Mapping[str, npt.NDArray[Any]], k: int, factor: float, t: Array, *, extrapolated: bool
) -> dict[str, Any]:
    """Return one closure of one gas: window, flux, flags and fits."""
    begin, end = float(one["window_start"][k]), float(one["window_end"][k])
    inside = t[(t >= begin - 1e-6) & (t <= end + 1e-6)]
    origin = 0.0 if extrapolated or not inside.size else float(inside[0])
    bits = int(one["flags"][k])
    return {
        "ws": _short(begin),
        "we": _short(end),
        "flux": _short(float(one["flux"][k]) * factor),
        "se": _short(float(one["flux_se"][k]) * factor),
        "sens": _short(float(one["flux_sensitivity"][k]) * factor),
        "term": _short(float(one["flux_term"][k])),
        "bend": _short(float(one["kappa"][k]) * (end - begin)),
        "model": str(one["model"][k]),
        "flags": [number for number in range(bits.bit_length()) if bits >> number & 1],
        "discarded": bool(one["discarded"][k]) if "discarded" in one else False,
        "fits": [_fit(one, m, k, factor, origin) for m in range(len(one["fit"]))],
    }


def _fit(one: Mapping[str, npt.NDArray[Any]], m: int, k: int, factor: float, origin: float) -> dict[str, Any]:
    model = str(one["fit"][m])
    # The bend of a parabola is an amount, that of other curves a rate.
    scale = 1e6 * factor if MODELS[model].shape == "amount" else 1.0
    return {
        "model": model,
        "slope": _short(float(one["fit_slope"][m, k]) * factor, 9),
        "c0": _short(float(one["fit_c0"][m, k]) * factor, 9),
        "shape": _short(float(one["fit_kappa"][m, k]) * scale, 9),
        "extra": _short(float(one["fit_extra"][m, k]) * factor, 9),
        "from": _short(origin + float(np.nan_to_num(one["fit_t0"][m, k])), 9),
        "flux": _short(float(one["fit_flux"][m, k]) * factor),
        "se": _short(float(one["fit_slope_se"][m, k] * one["flux_term"][k]) * factor),
        "r2": _short(float(one["fit_r2"][m, k])),
        "aicc": _short(float(one["fit_aicc"][m, k]), 7),
    }


def _short(value: float, digits: int = 6) -> Any:
    """Return a number with as many digits as a plot needs, None where there is none."""
    return float(f"{value:.{digits}g}") if np.isfinite(value) else None


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
