"""Moments of a results folder, read as they are needed; those of the month looked at stay in memory."""

import json
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from fluxkit.archive.deciding.groups import Group
from fluxkit.archive.folder.parts import SETTINGS, CondenseSettings, require_settings
from fluxkit.archive.folder.summaries import date_of, part_path
from fluxkit.export.moments_file import read_moments
from fluxkit.site.models import Site
from fluxkit.tower.moments import MOMENTS_VERSION

#: Held by whoever reads a netCDF in this process: its library serves one thread at a time, and crashes.
READING = threading.RLock()
#: What planes of a planar fit are made of.
WINDS = ("wind_mean", "mean")


class Wanted(NamedTuple):
    """A day's moments, and the settings that they must have been made with."""

    name: str
    settings: str


class MomentsStore:
    """Reads moments for several threads; netCDF's library serves one at a time.

    Parameters
    ----------
    out : pathlib.Path
        Results folder.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._kept: dict[str, xr.Dataset] = {}
        self._winds: dict[str, xr.Dataset] = {}
        self._to_keep: frozenset[str] = frozenset()

    def keep(self, names: Collection[str]) -> None:
        """Hold these days in memory once they are read, and no others."""
        self._kept = {name: part for name, part in self._kept.items() if name in names}
        self._to_keep = frozenset(names)

    def part(self, wanted: Wanted) -> xr.Dataset:
        """Return the moments of a day.

        Raises
        ------
        MomentsError
            They are missing, damaged, or were made with other settings.
        """
        path, part = part_path(self._out, wanted.name), self._kept.get(wanted.name)
        if part is None:
            with READING:
                part = read_moments(path, MOMENTS_VERSION)
            self._winds.setdefault(wanted.name, part[list(WINDS)].copy(deep=True))
            if wanted.name in self._to_keep:
                self._kept[wanted.name] = part
        require_settings(path, str(part.attrs.get(SETTINGS, "{}")), wanted.settings)
        return part

    def has_winds(self, names: Collection[str]) -> bool:
        """Whether the mean winds of days are in memory."""
        return self._winds.keys() >= set(names)

    def winds(self, names: Sequence[str]) -> Iterator[xr.Dataset]:
        """Yield the mean winds of days, a few numbers a period."""
        for name in names:
            if name not in self._winds:
                with READING:
                    path = part_path(self._out, name)
                    self._winds[name] = read_moments(path, MOMENTS_VERSION, WINDS)
            yield self._winds[name]


def wanted_of(group: Group, names: Sequence[str]) -> list[Wanted]:
    """Return days of a group with the settings that their moments must have."""
    made: dict[int, CondenseSettings] = {}
    found = []
    for name in names:
        own: Site = group.sites[name]
        settings = made.setdefault(id(own), CondenseSettings(own))
        found.append(Wanted(name, settings.of_day(date_of(name))))
    return found


def dates_of(names: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Return the UTC day of each task."""
    return np.array([name[:10] for name in names], "datetime64[D]")


def months_of(names: Sequence[str]) -> list[str]:
    """Return the months that tasks lie in, such as 2024-07."""
    return sorted({name[:7] for name in names})


def key_of(*parts: object) -> str:
    """Return a text that is the same for the same settings."""
    return json.dumps(parts, sort_keys=True, default=str)
