"""Stored reductions of each day's moments: when an archive grows, only new days are read.

Reading and reducing the moments is most of what deciding costs, and it is the same as long as the moments,
the settings and the program are. What is kept can be removed, and is made again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.archive.deciding.groups import Group
from fluxkit.archive.deciding.kept_arrays import KeptArrays
from fluxkit.archive.folder.summaries import FOLDER, part_path
from fluxkit.interruption import give_way
from fluxkit.locations import fingerprint, on_store
from fluxkit.schema.provenance import program_sha256, settings_sha256
from fluxkit.site.models import Site
from fluxkit.tower.moments import MOMENTS_VERSION
from fluxkit.tower.reducing import Reduced
from fluxkit.tower.tree import Leaf, leaves, with_leaves

Reduce = Callable[[Iterable[xr.Dataset]], list[Reduced]]


class Reductions:
    """Reduces the moments of a group of days, except those already stored.

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
    """

    def __init__(self, out: Path, site: Site, group: Group, number: int) -> None:
        self._out, self._group, self._in_store = out, group, on_store(out)
        self._path = out / FOLDER / f"reduced_{number}.npz"
        self._key = reduction_key(site, group)
        self._counts: dict[str, int] = {}

    def __call__(self, reduce: Reduce) -> list[Reduced]:
        """Return what `reduce` makes of all days.

        Parameters
        ----------
        reduce : callable
            Reduces parts of the moments; the same for the same site.
        """
        names = list(self._group.sites)
        if self._in_store:  # an array is written as a whole each time, which a store is slow at
            return reduce(self._group.parts(self._out))
        seen = {name: seen_of(part_path(self._out, name)) for name in names}
        held = KeptArrays.load(self._path, self._key)
        known = {name: bool(seen[name]) and held.seen.get(name) == seen[name] for name in names}
        runs = [(old, list(run)) for old, run in groupby(names, known.__getitem__)]
        fresh = [[] if old else reduce(self._read(run)) for old, run in runs]
        models = [made[0] for made in fresh if made] or reduce(self._read(names[-1:]))
        places = tuple(place for place, _ in leaves(models[0]))
        if any(known.values()) and places != held.places:
            runs, fresh = [(False, names)], [reduce(self._read(names))]
        pieces: list[list[Leaf]] = []
        for (old, run), made in zip(runs, fresh, strict=True):
            pieces += [held.of_days(run)] if old else [[leaf for _, leaf in leaves(each)] for each in made]
        arrays = [np.concatenate(each) for each in zip(*pieces, strict=True)]
        if not all(old for old, _ in runs):
            self._keep(places, arrays, seen, held)
        return [with_leaves(models[0], arrays)]

    def _read(self, names: Sequence[str]) -> Iterator[xr.Dataset]:
        parts = self._group.parts(self._out, names=names)
        for name, part in zip(names, parts, strict=True):
            give_way()
            self._counts[name] = part.sizes["time"]
            yield part

    def _keep(
        self, places: Sequence[str], arrays: Sequence[Leaf], seen: dict[str, str], held: KeptArrays
    ) -> None:
        counts = {name: held.count(name) for name in held.seen} | self._counts
        days = [(name, what, counts[name]) for name, what in seen.items()]
        try:
            kept = KeptArrays.of(places, arrays, days)
        except ValueError:
            return  # something is not over time: nobody can tell which day it is of
        kept.with_others(held).save(self._path, self._key)


def reduction_key(site: Site, group: Group) -> str:
    """Return a hash of everything, except its moments, that the reduction of a day depends on."""
    told = {"program": program_sha256(), "moments": str(MOMENTS_VERSION)}
    sites = {"site": site.model_dump_json(), "group": group.site.model_dump_json()}
    return settings_sha256(told | sites)


def seen_of(path: Path) -> str:
    """Return a text that changes when the moments do; empty if they cannot be read."""
    try:
        return fingerprint(path)
    except OSError:  # reading it tells what is wrong
        return ""
