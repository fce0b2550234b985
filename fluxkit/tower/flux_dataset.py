"""Products in SI to the dataset of the standard's names and units."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.schema.variables import describe, entry, from_si, names
from fluxkit.tower import schemes
from fluxkit.tower.plan import Plan

Array = npt.NDArray[np.float64]


def flux_dataset(found: Mapping[str, Array], time: npt.NDArray[np.datetime64], plan: Plan) -> xr.Dataset:
    """Join products, SI by name, to a dataset over time in the units of the vocabulary."""
    known = names(plan.gases)
    unknown = found.keys() - set(known)
    if unknown:
        raise KeyError(f"no entry in schema/variables.toml for {', '.join(sorted(unknown))}")
    variables: dict[str, Any] = {}
    for name in known:
        if name in found:
            values = from_si(name, found[name])
            whole = not entry(name).nullable  # counts and masks are never missing
            variables[name] = ("time", values.astype(entry(name).dtype) if whole else values, describe(name))
    length = np.timedelta64(round(plan.seconds * 1e9), "ns")
    ahead = plan.station.utc_offset_h
    local = time + np.timedelta64(round(3600e9 * ahead), "ns")
    words = f"start of the averaging period, local standard time (UTC{ahead:+g} h)"
    return xr.Dataset(
        variables,
        {
            "time": ("time", time, {"long_name": "start of the averaging period, UTC"}),
            "local_time": ("time", local, {"long_name": words}),
            "station_name": ((), plan.station.id, {"long_name": "station code"}),  # titles what is plotted
        },
        attrs={
            "station": plan.station.id,
            "preset": plan.preset,
            "sonic_corrections": plan.sonic_corrections,
            "averaging_period_s": float(length / np.timedelta64(1, "s")),
        },
    )


def scheme_variables(each: Mapping[str, Mapping[str, Array]], plan: Plan) -> dict[str, Any]:
    """Fluxes of all schemes, their mean and spread, as variables of the dataset."""
    variables: dict[str, Any] = {}
    for name in schemes.scheme_fluxes(plan.gases):
        if any(name not in found for found in each.values()):
            continue
        values = np.stack([from_si(name, found[name]) for found in each.values()])
        mean, spread = schemes.consensus(values)
        variables[f"{name}_SCHEMES"] = (("scheme", "time"), values, describe(f"{name}_SCHEMES"))
        variables[f"{name}_CONSENSUS"] = ("time", mean, describe(f"{name}_CONSENSUS"))
        variables[f"{name}_SPREAD"] = ("time", spread, describe(f"{name}_SPREAD"))
    return variables
