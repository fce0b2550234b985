"""Fluxes of all gases as one dataset over closures and gases."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.chamber import flags
from fluxkit.chamber.closures.closures import Closures
from fluxkit.chamber.closures.conditions import Conditions
from fluxkit.chamber.fits.gas_fluxes import GasFluxes

Array = npt.NDArray[np.float64]

MICRO = 1e6
FLUX_UNITS = "umol m-2 s-1"
FRACTION_UNITS = "umol mol-1"

#: Variables over closures and gases: attribute of the choice or error, factor, unit, what it is.
_OF_CHOICE: dict[str, tuple[str, float, str, str]] = {
    "slope": ("slope", MICRO, "umol mol-1 s-1", "change of the mole fraction in dry air with time"),
    "slope_se": ("slope_se", MICRO, "umol mol-1 s-1", "standard error of the slope"),
    "kappa": ("shape", 1.0, "s-1", "curvature of the model chosen"),
    "c0": ("c0", MICRO, FRACTION_UNITS, "mole fraction where the slope is taken"),
    "t0": ("t0", 1.0, "s", "where the slope is taken, in the time of the fit"),
    "rmse": ("rmse", MICRO, FRACTION_UNITS, "root mean square of residuals"),
    "g_factor": ("g", 1.0, "1", "slope of the exponential over that of the line"),
}
_OF_ERROR: dict[str, tuple[str, str]] = {
    "flux": ("flux", "flux of the gas from soil and plants into the chamber, upward positive"),
    "flux_se": ("se", "standard error of the flux, of the fit and of the chamber's geometry and air"),
    "flux_se_fit": ("se_fit", "standard error of the flux, of the fit alone"),
    "flux_low": ("low", "lower end of the flux's 95 % interval"),
    "flux_high": ("high", "upper end of the flux's 95 % interval"),
}
#: Of each fitted model: attribute, factor, unit, what it is.
_OF_FIT: dict[str, tuple[str, float, str, str]] = {
    "fit_slope": ("slope", MICRO, "umol mol-1 s-1", "slope by each model"),
    "fit_slope_se": ("slope_se", MICRO, "umol mol-1 s-1", "standard error of the slope by each model"),
    "fit_kappa": ("shape", 1.0, "s-1", "curvature by each model"),
    "fit_c0": ("c0", MICRO, FRACTION_UNITS, "mole fraction at the slope by each model"),
    "fit_t0": ("t0", 1.0, "s", "where the slope is taken by each model"),
    "fit_extra": ("extra", MICRO, "umol mol-1 s-1", "linear term by each model that has one"),
    "fit_rmse": ("rmse", MICRO, FRACTION_UNITS, "root mean square of residuals by each model"),
    "fit_r2": ("r2", 1.0, "1", "share of the variance explained by each model"),
    "fit_aicc": ("aicc", 1.0, "1", "corrected criterion of Akaike by each model"),
    "fit_p": ("p_zero", 1.0, "1", "probability of the slope by each model if there were no flux"),
}
_OF_CLOSURE: dict[str, tuple[str, str, str]] = {
    "area": ("area", "m2", "soil enclosed"),
    "volume": ("volume", "m3", "air enclosed, with collar and tubing"),
    "par": ("par", "mol m-2 s-1", "photosynthetically active radiation"),
}
_TEXTS = {
    "plot": "plot",
    "treatment": "treatment",
    "cover": "clear, shaded or dark",
    "source": "what tells of the closure: sheet, file or detected",
    "path": "file that tells of the closure",
}


def dataset(
    closures: Closures, air: Conditions, gases: Sequence[GasFluxes], sources: Sequence[npt.NDArray[np.str_]]
) -> xr.Dataset:
    """Put the fluxes of gases side by side.

    Parameters
    ----------
    closures : Closures
        The rows.
    air : Conditions
        Temperature and pressure of the closures.
    gases : sequence of GasFluxes
        The columns.
    sources : sequence of ndarray of str, shape (closure,)
        Analyser of each gas.

    Returns
    -------
    xr.Dataset
        Dimensions ``closure`` (its id), ``gas`` and ``fit`` (models fitted); fluxes in umol m-2 s-1 for every
        gas, upward positive.
    """
    models = list(gases[0].fits) if gases else []
    data = _of_closures(closures, air) | _of_gases(gases) | _of_fits(gases, models)
    analysers = np.array(sources, np.str_).T if gases else np.empty((len(closures), 0), np.str_)
    data["analyser"] = (("closure", "gas"), analysers, {"long_name": "analyser that measured"})
    coordinates = {
        "closure": ("closure", closures.id.astype(np.str_), {"long_name": "closure of a chamber"}),
        "gas": ("gas", np.array([one.gas for one in gases], np.str_), {"long_name": "gas"}),
        "fit": ("fit", np.array(models, np.str_), {"long_name": "model fitted"}),
    }
    return xr.Dataset(data, coordinates)


def _of_closures(closures: Closures, air: Conditions) -> dict[str, Any]:
    data: dict[str, Any] = {
        "start": ("closure", closures.start, {"standard_name": "time", "long_name": "closing, UTC"}),
        "end": ("closure", closures.end, {"standard_name": "time", "long_name": "opening, UTC"}),
        "t_air": ("closure", air.t_air, _told("K", "air in the chamber when the window begins")),
        "p_air": ("closure", air.p_air, _told("Pa", "air pressure when the window begins")),
    }
    for name, (attribute, unit, words) in _OF_CLOSURE.items():
        data[name] = ("closure", getattr(closures, attribute), _told(unit, words))
    for name, words in _TEXTS.items():
        data[name] = ("closure", getattr(closures, name), {"long_name": words})
    for name, values in closures.extra.items():
        if name not in data and name != "analyser":
            data[name] = ("closure", values, {"long_name": name})
    return data


def _of_gases(gases: Sequence[GasFluxes]) -> dict[str, Any]:
    two = ("closure", "gas")
    data: dict[str, Any] = {}
    for name, (attribute, words) in _OF_ERROR.items():
        values = _columns([getattr(one.error, attribute) * MICRO for one in gases])
        data[name] = (two, values, _told(FLUX_UNITS, words))
    for name, (attribute, factor, unit, words) in _OF_CHOICE.items():
        values = _columns([getattr(one.choice, attribute) * factor for one in gases])
        data[name] = (two, values, _told(unit, words))
    own = {
        "mdf": ("detection", MICRO, FLUX_UNITS, "least flux that the analyser can tell from none"),
        "flux_sensitivity": (
            *("sensitivity", MICRO, FLUX_UNITS),
            "largest change of the flux when begin or end of the window move by 10 s",
        ),
        "bubbles": ("bubbles", 1.0, "1", "bubbles found in the window; none looked for: missing"),
        "ebullition": ("ebullition", MICRO, FLUX_UNITS, "what bubbles brought, over the window"),
        "flux_term": ("term", 1.0, "mol m-2", "moles of dry air in the chamber over the area"),
        "h2o": ("h2o", 1.0, "mol mol-1", "water vapour in moist air when the window begins"),
        "window_start": ("begin", 1.0, "s", "begin of the window since closing"),
        "window_end": ("end", 1.0, "s", "end of the window since closing"),
    }
    for name, (attribute, factor, unit, words) in own.items():
        values = _columns([getattr(one, attribute) * factor for one in gases])
        data[name] = (two, values, _told(unit, words))
    counts = _columns([next(iter(one.fits.values())).n for one in gases])
    data["n_obs"] = (two, np.nan_to_num(counts).astype(np.int32), _told("1", "readings in the window"))
    chosen = _columns([one.choice.model for one in gases], "none")
    data["model"] = (two, chosen, {"long_name": "model chosen"})
    data["flags"] = (two, _columns([one.flags for one in gases], 0), flags.attributes())
    return data


def _of_fits(gases: Sequence[GasFluxes], models: Sequence[str]) -> dict[str, Any]:
    three = ("fit", "closure", "gas")
    data: dict[str, Any] = {}
    for name, (attribute, factor, unit, words) in _OF_FIT.items():
        values = [_columns([getattr(one.fits[m], attribute) * factor for one in gases]) for m in models]
        data[name] = (three, np.array(values), _told(unit, words))
    fluxes = [_columns([one.fits[m].slope * one.term * MICRO for one in gases]) for m in models]
    data["fit_flux"] = (three, np.array(fluxes), _told(FLUX_UNITS, "flux by each model, upward positive"))
    return data


def _columns(values: Sequence[npt.NDArray[Any]], empty: Any = np.nan) -> npt.NDArray[Any]:
    return np.stack(values, axis=1) if values else np.full((0, 0), empty)


def _told(unit: str, words: str) -> dict[str, str]:
    return {"units": unit, "long_name": words}
