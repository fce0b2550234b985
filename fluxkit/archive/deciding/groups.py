"""Tasks that are decided together: their sites do not differ in anything a decision uses."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.archive.folder.parts import Parts
from fluxkit.archive.folder.summaries import Summary
from fluxkit.archive.stretches import Stretch
from fluxkit.schema import variables
from fluxkit.schema.variables import mask
from fluxkit.site.models import Site

#: What of a column a decision looks at: the rest is gone once samples are in SI.
_OF_COLUMN = {"instrument", "quantity", "lag", "lag_from"}
#: What a period of which the station measured no such gas has in place of what is never missing.
_REMOVED = 2


@dataclass
class Group:
    """Tasks with the site that decides on all of them."""

    site: Site
    sites: dict[str, Site] = field(default_factory=dict)  #: name of a task -> the site it was condensed with

    def parts(
        self, out: Path, only: Collection[str] | None = None, names: Sequence[str] | None = None
    ) -> Parts:
        """Return the moments of the tasks, or of some of them."""
        return Parts(out, list(self.sites) if names is None else names, self.site, only, own=self.sites)


def groups_of(days: Sequence[Summary], site: Site) -> list[Group]:
    """Group tasks; in the order of their first ones.

    Parameters
    ----------
    days : sequence of Summary
        Tasks that have moments, in order of time.
    site : Site
        The configuration.

    Raises
    ------
    MomentsError
        The configuration declares no variant any more that a task was condensed with.
    """
    made: list[tuple[Stretch, Site, Group]] = []
    groups: dict[str, Group] = {}
    for day in days:
        known = next((entry for entry in made if entry[0] == day.stretch), None)
        if known is None:
            own = day.stretch.site(site)
            group = groups.setdefault(_alike(own), Group(own))
            known = (day.stretch, own, group)
            made.append(known)
        known[2].sites[day.name] = known[1]
    return list(groups.values())


def with_first(groups: Sequence[Group], name: str, own: Site) -> list[Group]:
    """Return groups with one more task before all others, if any decides on such a site."""
    return [Group(g.site, {name: own} | g.sites) if _alike(g.site) == _alike(own) else g for g in groups]


def _alike(site: Site) -> str:
    """Return the settings of a site that decisions use: equal for sites that are decided together."""
    data = site.model_dump(mode="json", exclude={"raw", "sources", "columns", "calibration"})
    data["rate"] = site.raw.rate
    data["columns"] = [
        [name, column.model_dump(mode="json", include=_OF_COLUMN)] for name, column in site.columns.items()
    ]
    return json.dumps(data, sort_keys=True)


def join_fluxes(pieces: Sequence[xr.Dataset]) -> xr.Dataset:
    """Join the fluxes of groups along time; variables that a group lacks are missing there.

    Parameters
    ----------
    pieces : sequence of xarray.Dataset
        Over ``time`` (no time in two of them) and the same other dimensions.
    """
    if len(pieces) == 1:
        return pieces[0]
    time = np.concatenate([piece["time"].values for piece in pieces])
    order = np.argsort(time, kind="stable")
    models: dict[str, xr.DataArray] = {}
    for piece in pieces:
        for name, x in piece.data_vars.items():
            models.setdefault(str(name), x)
    found = {}
    for name, model in models.items():
        if "time" not in model.dims:
            found[name] = model.variable
            continue
        each = [piece[name] if name in piece else _absent(name, model, piece) for piece in pieces]
        values = [x.transpose(*model.dims).values for x in each]
        whole = np.concatenate(values, axis=model.dims.index("time"))
        found[name] = xr.Variable(model.dims, whole, model.attrs).isel(time=order)
    coords = {str(name): x.variable for name, x in pieces[0].coords.items() if "time" not in x.dims}
    if all("local_time" in piece.coords for piece in pieces):
        local = np.concatenate([piece["local_time"].values for piece in pieces])[order]
        coords["local_time"] = xr.Variable("time", local, pieces[0]["local_time"].attrs)
    stamps = xr.Variable("time", time[order], pieces[0]["time"].attrs)
    return xr.Dataset(found, coords | {"time": stamps}, attrs=_attributes([piece.attrs for piece in pieces]))


def _absent(name: str, model: xr.DataArray, piece: xr.Dataset) -> xr.DataArray:
    """Return what a variable is where the station did not measure it."""
    shape = [piece.sizes["time"] if dim == "time" else model.sizes[dim] for dim in model.dims]
    if model.dtype.kind == "f" or not variables.is_known(name) or variables.entry(name).nullable:
        return xr.DataArray(np.full(shape, np.nan), dims=model.dims)
    value = 0
    if name.endswith("_QC"):
        value = _REMOVED
    elif name.endswith("_QC_REASON"):
        value = mask(name, "gas_missing")
    return xr.DataArray(np.full(shape, value, model.dtype), dims=model.dims)


def _attributes(each: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Join attributes: sentences one after the other, each once; of other attributes the first."""
    out: dict[str, object] = {}
    for attributes in each:
        for name, value in attributes.items():
            if isinstance(value, str) and isinstance(out.get(name), str):
                said = str(out[name]).split("; ")
                out[name] = "; ".join([*said, *(s for s in value.split("; ") if s not in said)])
            else:
                out.setdefault(name, value)
    return out
