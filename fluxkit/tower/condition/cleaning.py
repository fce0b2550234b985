"""Data-driven cleaning of a station's fluxes: evidence of error in the samples, outliers of the series.

The tests are in ``tower.condition.vitale``, the outliers in ``tower.condition.decomposition``.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.schema.variables import gas_names
from fluxkit.tower.condition import vitale
from fluxkit.tower.condition.decomposition import outliers_vitale_2020
from fluxkit.tower.condition.vitale import STATISTICS
from fluxkit.tower.plan import Plan

Array = npt.NDArray[np.float64]

#: Beyond these no ecosystem's flux is: Vitale et al. (2020). [mol m-2 s-1], [W m-2]
PLAUSIBLE = {"FC": (-100e-6, 70e-6), "H": (-300.0, 1000.0), "LE": (-300.0, 1000.0)}


def carried(plan: Plan) -> tuple[str, ...]:
    """Return what the vertical wind carries: momentum, heat, gases."""
    return ("u", *plan.scalars)


def measure_cleaning(samples: Mapping[str, Array], plan: Plan) -> dict[str, Array]:
    """Measure what the tests judge: "vitale" (carried, statistic); empty when they are off.

    Parameters
    ----------
    samples : mapping of (N,) arrays
        Without what instruments called bad, before despiking. [SI]
    plan : Plan
    """
    if not plan.condition.vitale_2020:
        return {}
    w = samples["w"]
    of_w = vitale.of_series(w)
    rows = []
    for name in carried(plan):
        x = samples[name]
        lag = plan.shifts.get(name, 0)
        rows.append(
            vitale.flux_statistics(w, x, of_w, vitale.of_series(x), lag=lag, slots=plan.slots, rate=plan.rate)
        )
    return {"vitale": np.stack(rows)}


def statistics(measured: npt.NDArray[Any], plan: Plan) -> dict[str, Array]:
    """Return (time, carried, statistic) as <FLUX>_<STATISTIC>, (time,) each; empty when the tests are off."""
    if not plan.condition.vitale_2020:
        return {}
    table = np.asarray(measured, dtype=np.float64)
    return {
        f"{flux}_{name}": table[:, carried(plan).index(scalar), i]
        for flux, scalar in tested_fluxes(plan).items()
        for i, name in enumerate(STATISTICS)
    }


def tested_fluxes(plan: Plan) -> dict[str, str]:
    """Return the fluxes that are tested, and what carries them."""
    found = {"TAU": "u", "H": "t_sonic"} | {gas_names(gas)[0]: gas for gas in plan.gases}
    return found | ({"LE": "h2o"} if "h2o" in plan.gases else {})


def clean(
    found: Mapping[str, Array], time: npt.NDArray[np.datetime64], plan: Plan
) -> dict[str, npt.NDArray[Any]]:
    """Combine the evidence on each flux with the outliers of its series.

    Parameters
    ----------
    found : mapping of (time,) arrays
        Fluxes, W_ITC and what ``statistics`` returned, SI.
    time : (time,) array of datetime64
        Starts of the periods.
    plan : Plan

    Returns
    -------
    dict of (time,) arrays
        <FLUX>_VITALE_TEST 0, 1, 2; _VITALE_SEVERE and _VITALE_MODERATE, bits; _VITALE_OUTLIER 0 or 1; NaN
        where the flux is missing.
    """
    if not plan.condition.vitale_2020:
        return {}
    limits = vitale.EvidenceLimits(**plan.decide.vitale_2020.model_dump())
    turbulence = found.get("W_ITC", np.full(time.size, np.nan))
    out: dict[str, npt.NDArray[Any]] = {}
    for name in tested_fluxes(plan):
        flux = found[name]
        low, high = PLAUSIBLE.get(name, (-np.inf, np.inf))
        severe, moderate = vitale.evidence(
            {s: found[f"{name}_{s}"] for s in STATISTICS},
            limits,
            turbulence=turbulence,
            implausible=(flux < low) | (flux > high),
        )
        outlier = _outliers(np.where(severe > 0, np.nan, flux), time, plan)
        products = {
            "TEST": vitale.combine(severe, moderate, outlier),
            "SEVERE": severe,
            "MODERATE": moderate,
            "OUTLIER": outlier,
        }
        out |= {f"{name}_VITALE_{key}": np.where(np.isnan(flux), np.nan, x) for key, x in products.items()}
    return out


def _outliers(flux: Array, time: npt.NDArray[np.datetime64], plan: Plan) -> npt.NDArray[np.bool_]:
    """Outliers of a series that may have gaps in time: on its regular grid, and back."""
    if time.size == 0:
        return np.zeros(0, dtype=bool)
    step = np.timedelta64(round(plan.seconds * 1e9), "ns")
    place = np.rint((time - time.min()) / step).astype(np.int64)
    grid = np.full(int(place.max()) + 1, np.nan)
    grid[place] = flux
    return np.asarray(outliers_vitale_2020(grid, period=round(86400.0 / plan.seconds))[place])
