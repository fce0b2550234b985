"""The moments of an archive, a day at a time, and the settings that they were condensed with."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fluxkit.archive.folder.summaries import date_of, part_path
from fluxkit.errors import MomentsError
from fluxkit.export.moments_file import read_moments
from fluxkit.site.models import Site
from fluxkit.site.sections.changes import CLOCK
from fluxkit.tower.moments import MOMENTS_VERSION
from fluxkit.tower.periods import Periods
from fluxkit.tower.settings import make_plan, utc

#: Attribute of a day's moments: the settings they were condensed with.
SETTINGS = "condense_settings"
#: Settings that have no part in condensing: where files are, and what is decided later.
_LATER = {
    # Another order of day and month moves samples to another date, and never changes those of one date.
    "raw": {"files", "day_first"},
    "sources": {"files", "day_first"},
    "station": {
        "id",
        "name",
        "latitude",
        "longitude",
        "canopy_height",
        "displacement_height",
        "roughness_length",
    },
    "instruments": {"height", "north_offset"},
}


class CondenseSettings:
    """The settings of a site that moments depend on.

    Parameters
    ----------
    site : Site
        The configuration.
    """

    def __init__(self, site: Site) -> None:
        sections = {"station", "instruments", "raw", "columns", "calibration", "condition", "condense"}
        if site.sources:
            sections.add("sources")
        data = site.model_dump(mode="json", include=sections)
        clock = [change for change in site.changes if change.utc_offset_h(0.0) is not None]
        if clock:
            data["clock_changes"] = [[str(c.start), c.raw[CLOCK]] for c in clock]
        data["arithmetic"] = site.decide.arithmetic
        # Of lag windows only how far they reach matters, and a decision may look at less than was kept.
        for column in data["columns"].values():
            for key in ("lag", "lag_from"):
                column.pop(key, None)
            if column["source"] is None:
                del column["source"]
        data["lags"] = {name: list(lags) for name, lags in make_plan(site).lags.items()}
        for section in data.keys() & _LATER.keys():
            keys = _LATER[section]
            for table in data[section] if isinstance(data[section], list) else [data[section]]:
                for key in keys:
                    table.pop(key, None)
        self._data = data
        self._grid = Periods.of(site)
        spans = [(utc(entry.start), utc(entry.end)) for entry in site.calibration]
        self._calibrations = list(zip(spans, data["calibration"], strict=True))

    def of_day(self, date: np.datetime64) -> str:
        """Return, as JSON, the settings that the moments of a UTC day depend on."""
        numbers = self._grid.of_day(date)
        first, end = self._grid.start(numbers[0]), self._grid.start(numbers[-1] + 1)
        touching = [table for (a, b), table in self._calibrations if a < end and b > first]
        return json.dumps(self._data | {"calibration": touching}, sort_keys=True)


class Parts:
    """The moments of days, read one after the other each time they are iterated: no more than one is held.

    Parameters
    ----------
    out : pathlib.Path
        Results folder.
    names : iterable of str
        Tasks in order of time, each with moments.
    site : Site
        The configuration that the moments must agree with.
    only : collection of str, optional
        Variables to read; all when not given.
    own : mapping, optional
        Name of a task -> the site it was condensed with, where that is another than ``site``.

    Raises
    ------
    MomentsError
        On iterating: a part is missing, damaged, of another version, or was made with other settings.
    """

    def __init__(
        self,
        out: Path,
        names: Iterable[str],
        site: Site,
        only: Collection[str] | None = None,
        *,
        own: Mapping[str, Site] | None = None,
    ) -> None:
        self._out, self._names, self._only = out, list(names), only
        made: dict[int, CondenseSettings] = {}
        sites = {name: (own or {}).get(name, site) for name in self._names}
        for each in sites.values():
            made.setdefault(id(each), CondenseSettings(each))
        self._wanted = {name: made[id(each)] for name, each in sites.items()}

    def __iter__(self) -> Iterator[xr.Dataset]:
        for name in self._names:
            path = part_path(self._out, name)
            part = read_moments(path, MOMENTS_VERSION, self._only)
            wanted = self._wanted[name].of_day(date_of(name))
            require_settings(path, str(part.attrs.get(SETTINGS, "{}")), wanted)
            yield part


def require_settings(path: Path, found: str, wanted: str) -> None:
    """Refuse moments made with other settings, naming these; a wider range of lags is accepted."""
    if found == wanted:
        return
    held, needed = json.loads(found), json.loads(wanted)
    lags, reach = held.pop("lags", {}), needed.pop("lags", {})
    odd = sorted(_differences(held, needed))
    for scalar, (first, last) in reach.items():
        if scalar not in lags or first < lags[scalar][0] or last > lags[scalar][1]:
            odd.append(f"columns.{scalar}.lag")
    if not odd:
        return
    raise MomentsError(
        f"{path}: condensed with other settings ({', '.join(odd[:5])}); condense again, or use another folder"
    )


def _differences(a: Any, b: Any, place: str = "") -> Iterable[str]:
    if isinstance(a, dict) and isinstance(b, dict):
        for key in a.keys() | b.keys():
            yield from _differences(a.get(key), b.get(key), f"{place}.{key}" if place else key)
    elif a != b:
        yield place
