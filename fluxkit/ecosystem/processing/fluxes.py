"""Filling of fluxes and of thresholds' members, partitioning of both."""

from typing import Any

import numpy as np
import xarray as xr

from fluxkit.ecosystem.filling.gaps import fill, learnt, unrefused
from fluxkit.ecosystem.page.skill import rmse_by_length
from fluxkit.ecosystem.partitioning import partition
from fluxkit.ecosystem.processing.course import EXPECTED, MEMBERS, OF_MEMBERS, Course
from fluxkit.ecosystem.processing.settings import Settings
from fluxkit.ecosystem.quality.screening import FLUXES
from fluxkit.ecosystem.uncertainty.schemes import SCHEMES


def filled(course: Course, ds: xr.Dataset, how: Settings) -> xr.Dataset:
    """Fill every flux, and NEE of each member of the thresholds; one that cannot be filled costs itself."""
    asked = {"method": how.fill.method, "variant": how.fill.variant, "long_gaps": how.fill.long_gaps}
    keywords = {key: value for key, value in asked.items() if value is not None}
    of_nee = keywords
    if "NEE" in ds and bool(ds["NEE"].notnull().any()):
        try:
            rows = [ds[name] for name in (f"NEE{OF_MEMBERS}", SCHEMES) if name in ds]
            of_nee = keywords | learnt(ds, "NEE", others=rows, **keywords)
            course.results.skill = rmse_by_length(of_nee.get("skill"))
        except EXPECTED as error:
            course.say(f"NEE: what its filler is worth could not be found beforehand: {error}")
    course.filling = of_nee
    for name in FLUXES:
        if name not in ds or not bool(ds[name].notnull().any()):
            continue
        own = keywords if name in ("FCH4", "FN2O") else of_nee if name == "NEE" else {"method": "mds"}
        try:
            ds = fill(ds, name, **own)
            comment = str(ds[f"{name}_F"].attrs.get("comment", ""))
            if ";" in comment:
                course.say(f"{name}: {comment}")
        except EXPECTED as error:
            course.say(f"{name} could not be filled: {error}")
    members = f"NEE{OF_MEMBERS}"
    if members in ds:
        made = fill(ds.assign(NEE=ds[members]), "NEE", **(of_nee | unrefused("NEE", keywords)))
        there = ds["NEE_F"].notnull() if "NEE_F" in ds else True
        ds = ds.assign({f"NEE_F{OF_MEMBERS}{end}": made[f"NEE_F{end}"].where(there) for end in ("", "_QC")})
    return ds.assign_attrs(filling=how.fill.method or "the better of mds and boosting by length of gap")


def parted(course: Course, ds: xr.Dataset, *, method: str, variant: str, how: Settings) -> xr.Dataset:
    """Part NEE, and that of each member of the thresholds where the settings say so."""
    end = {"night": "NT", "day": "DT"}[method]
    out = partition(ds, method=method, variant=variant)
    comment = str(out[f"RECO_{end}"].attrs.get("comment", "")).strip()
    if comment:
        course.say(f"{method}-time method: {comment}")
    filled = f"NEE_F{OF_MEMBERS}"
    if filled in ds and how.partition.members in ("both", method):
        out = out.assign(_members_parted(ds, method, variant, end))
    kinds = [*str(ds.attrs.get("partitioning", "")).split(", "), f"{method} ({variant})"]
    return out.assign_attrs(partitioning=", ".join(kind for kind in kinds if kind))


def _members_parted(ds: xr.Dataset, method: str, variant: str, end: str) -> dict[str, xr.DataArray]:
    """Part every member; one that cannot be parted is missing."""
    stacked = ds[[f"NEE_F{OF_MEMBERS}", f"NEE_F{OF_MEMBERS}_QC", f"NEE{OF_MEMBERS}"]]
    found: dict[str, list[np.ndarray[Any, Any]]] = {"RECO": [], "GPP": []}
    shape = [ds.sizes[dim] for dim in ("variant", MEMBERS)]
    for k in np.ndindex(*shape):
        one = stacked.isel(variant=k[0], **{MEMBERS: k[1]})
        member = ds.drop_vars(list(stacked)).assign(
            NEE=one[f"NEE{OF_MEMBERS}"].variable,
            NEE_F=one[f"NEE_F{OF_MEMBERS}"].variable,
            NEE_F_QC=one[f"NEE_F{OF_MEMBERS}_QC"].variable,
        )
        member = member.drop_vars(["NEE_F_SD"], errors="ignore")
        try:
            made = partition(member, method=method, variant=variant)
            values = [made[f"{name}_{end}"].values for name in found]
        except EXPECTED:
            values = [np.full(ds.sizes["time"], np.nan)] * 2
        for name, x in zip(found, values, strict=True):
            found[name].append(x)
    dims = ("variant", MEMBERS, "time")
    return {
        f"{name}_{end}{OF_MEMBERS}": xr.DataArray(
            np.stack(rows).reshape(*shape, -1), dims=dims, attrs={"units": "umol m-2 s-1"}
        )
        for name, rows in found.items()
    }
