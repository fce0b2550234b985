"""Random errors of half hours, and sums of years with what moves them."""

import numpy as np
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.processing.course import Course
from fluxkit.ecosystem.processing.preparing import FEWEST
from fluxkit.ecosystem.processing.settings import Settings
from fluxkit.ecosystem.product.annual import annual_rows
from fluxkit.ecosystem.quality.screening import FLUXES
from fluxkit.ecosystem.uncertainty.annual import GASES, annual, known_by_tower
from fluxkit.ecosystem.uncertainty.decisions import decisions, in_words
from fluxkit.ecosystem.uncertainty.members import members_of
from fluxkit.ecosystem.uncertainty.random_error import random_error

#: What of the sums goes into the dataset.
_KEPT = ("value", "lower", "upper", "random", "systematic", "ensemble")


def with_random_errors(ds: xr.Dataset) -> xr.Dataset:
    """Add the random error of measured records, the method that found it and its number of values."""
    at = HalfHours.of(ds)
    drivers = {name: ds[name].values.astype(np.float64) for name in ("SW_IN", "TA", "VPD") if name in ds}
    for name in FLUXES:
        if f"{name}_F_QC" not in ds or ds[f"{name}_F"].dims != ("time",):
            continue
        measured = np.where(ds[f"{name}_F_QC"].values == 0, ds[f"{name}_F"].values, np.nan)
        error, method, number = random_error(measured, drivers, at)
        there = np.isfinite(error)
        units = {"units": str(ds[name].attrs.get("units", "1"))}
        ds = ds.assign({f"{name}_RANDUNC": ("time", error, units | {"long_name": f"random error of {name}"})})
        for end, fact in (("METHOD", method), ("N", number)):
            values = np.where(there, fact.astype(np.float64), np.nan)
            ds = ds.assign({f"{name}_RANDUNC_{end}": ("time", values, {"units": "1"})})
    return ds


def summed(course: Course, ds: xr.Dataset, how: Settings) -> xr.Dataset:
    """Sum up years, with an interval by thresholds, halves of the data, noise and gaps."""
    members = ds
    if "NEE_F" in ds:
        known = how.uncertainty
        others = [("night", variant) for variant in known.night] + [("day", variant) for variant in known.day]
        members = members_of(
            ds,
            kind=how.ustar.pool,
            filling=course.filling,
            fillers=known.fillers,
            partitioners=others,
            draws=known.draws,
            pairs=known.pairs,
            seed=known.seed,
        )
        course.results.decisions = decisions(members)
        for sentence in in_words(course.results.decisions):
            course.say(sentence)
    for name in ("NEE", *GASES):
        said = known_by_tower(ds, name)[1] if f"{name}_F_QC" in ds else ""
        if said:
            course.say(said)
    sums = annual(members)
    rows, lacking = annual_rows(sums, ds, least=FEWEST)
    course.results.annual = rows
    course.results.sums = sums
    for sentence in lacking:
        course.say(sentence)
    units = {"units": "g m-2", "comment": "of carbon, of N2O of nitrogen"}
    out = {f"ANNUAL_{name.upper()}": sums[name].assign_attrs(units) for name in _KEPT}
    out["ANNUAL_PARTS"] = sums["parts"].assign_attrs(units, long_name="standard deviation by source")
    moves = course.results.decisions
    if moves is not None and moves.sizes["decision"]:
        told = "range of the sums between the choices of a decision on raw data"
        out["ANNUAL_DECISION_MOVES"] = moves["moves"].assign_attrs(units, long_name=told)
    return ds.assign(out)
