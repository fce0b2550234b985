"""Filling of drivers: by similar conditions, a neighbour and a reanalysis, each of which may fail alone."""

from pathlib import Path
from typing import Any

import xarray as xr

from fluxkit.ecosystem.filling.drivers import fill_drivers
from fluxkit.ecosystem.processing.course import Course
from fluxkit.ecosystem.processing.settings import Settings
from fluxkit.ecosystem.reading.reading import read
from fluxkit.errors import FluxkitError

#: Drivers that are filled.
_DRIVERS = ("SW_IN", "TA", "VPD", "LW_IN", "PA")
#: Those that a reanalysis fills as well.
_OF_REANALYSIS = ("P", "WS")


def with_drivers(course: Course, ds: xr.Dataset, how: Settings) -> xr.Dataset:
    """Fill the drivers: by similar conditions, and by a neighbour or a reanalysis that serves."""
    sources: dict[str, Any] = {}
    for key, path in (("neighbour", how.fill.neighbour), ("era5", how.fill.era5)):
        if path is None:
            continue
        try:
            source: Any = _neighbour(path, ds) if key == "neighbour" else path
            fill_drivers(ds, names=_DRIVERS, **{key: source})
            sources[key] = source
        except FluxkitError as error:
            course.say(f"gaps of drivers are filled without fill.{key}: {error}")
    names = [*_DRIVERS, *(_OF_REANALYSIS if "era5" in sources else ())]
    out = fill_drivers(ds, names=[name for name in names if name in ds or sources], **sources)
    for sentence in str(out.attrs.get("notes", "")).splitlines():
        course.say(sentence)
    return out


def _neighbour(path: str, ds: xr.Dataset) -> xr.Dataset:
    """Read a station near by, which has the clock and about the place of the site."""
    latitude, longitude, offset = (ds.attrs.get(key) for key in ("latitude", "longitude", "utc_offset_h"))
    return read(Path(path), latitude, longitude, offset, "neighbour")
