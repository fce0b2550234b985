"""Average spectra of an archive from the stored spectra of its days: a new day only adds its own."""

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.deciding.groups import Group
from fluxkit.archive.deciding.kept_arrays import KeptArrays
from fluxkit.archive.deciding.reductions import reduction_key, seen_of
from fluxkit.archive.folder.summaries import FOLDER, date_of, part_path
from fluxkit.locations import on_store
from fluxkit.site.models import Site
from fluxkit.tower.ensemble_spectra import SpectraSums, needed_for_ensembles

#: What of the moments spectra are made of.
KEPT = ("cospectra", "quadrature")

Array = npt.NDArray[np.float64]


def average_spectra(out: Path, site: Site, group: Group, number: int, fluxes: xr.Dataset) -> xr.Dataset:
    """Return what `ensemble_spectra` makes of the days of a group, reading only those that are not known.

    Parameters
    ----------
    out : pathlib.Path
        Results folder.
    site : Site
        The configuration of the station.
    group : Group
        Days that are decided together.
    number : int
        Of the group.
    fluxes : xarray.Dataset
        What was decided.

    Raises
    ------
    MomentsError
        No period of the moments is among the fluxes.
    """
    needed = needed_for_ensembles(fluxes, group.site)
    path, key = out / FOLDER / f"spectra_{number}.npz", reduction_key(site, group)
    held = KeptArrays() if on_store(out) else KeptArrays.load(path, key)
    seen = days_seen(out, group, needed)
    known = {name for name, what in seen.items() if what and held.seen.get(name) == what}
    parts = iter(group.parts(out, KEPT, [name for name in seen if name not in known]))
    total, states = SpectraSums(group.site), []
    for name in seen:
        if name in known:
            state = dict(zip(held.places, (x[held.rows[name].start] for x in held.arrays), strict=True))
        else:
            own = SpectraSums(group.site)
            own.add_part(next(parts), needed)
            state = own.state
        total.add_state(state)
        states.append(state)
    found = total.dataset()
    if known != set(seen) and not on_store(out):
        _kept(seen, states).with_others(held).save(path, key)
    return found


def _kept(seen: dict[str, str], states: list[dict[str, Array]]) -> KeptArrays:
    """Return the sums of days, one row each; a day without periods, or with other gases, is not kept."""
    places = max(states, key=len).keys()
    whole = [k for k, state in enumerate(states) if state.keys() == places]
    arrays = [np.stack([states[k][place] for k in whole]) for place in places]
    names = list(seen)
    return KeptArrays.of(list(places), arrays, [(names[k], seen[names[k]], 1) for k in whole])


def days_seen(out: Path, group: Group, needed: xr.Dataset) -> dict[str, str]:
    """Return what the spectra of each day follow from: its moments, and the fluxes of its date."""
    times = needed["time"].values
    table = np.stack([x.values.astype(np.float64) for x in needed.data_vars.values()], axis=1)
    found = {}
    for name in group.sites:
        moments = seen_of(part_path(out, name))
        first, last = np.searchsorted(times, [date_of(name), date_of(name) + 1])
        digest = hashlib.sha256(table[first:last].tobytes() + times[first:last].tobytes())
        digest.update("/".join(map(str, needed.data_vars)).encode() + moments.encode())
        found[name] = digest.hexdigest() if moments else ""
    return found
