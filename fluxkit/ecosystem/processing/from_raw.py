"""From raw files to the fluxes that a run begins with, and from moments to those of other decisions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

from fluxkit.archive.anew import Moments, recorded_site
from fluxkit.archive.folder.contents import RUN, stored
from fluxkit.archive.run import run as run_tower
from fluxkit.ecosystem.reading.results import with_schemes
from fluxkit.site.toml.loading import load

#: Folder of the tower's results, beside the years'.
FLUXES = "fluxes"


def is_station(source: Path) -> bool:
    """Whether a path is the configuration of a station, whose raw files are to become fluxes first."""
    return source.suffix == ".toml"


def fluxes_of(
    config: Path, out: Path, *, workers: int | None, progress: Callable[[int, int], None] | None
) -> Path:
    """Process a station's raw files, and return the results folder: ``fluxes`` below that of the years.

    Days whose moments are there already are not condensed again.

    Parameters
    ----------
    config : path
        ``site.toml``.
    out : path
        Folder of the years.
    workers : int or None
        Processes; None: as many as there are processors.
    progress : callable, optional
        Of averaging periods done, and all.

    Raises
    ------
    FluxkitError
        As `fluxkit.run`.
    """
    folder = out / FLUXES
    run_tower(config, folder, workers=workers, progress=progress)
    return folder


def decided(
    ds: xr.Dataset, source: Path, schemes: dict[str, list[Any]], station: str | Path | None
) -> xr.Dataset:
    """Decide anew on the moments of a results folder, by all combinations of what is listed."""
    folder = source if source.is_dir() else source.parent
    recorded = recorded_site(stored(folder / RUN))
    site = load(recorded.model_dump() | {"schemes": schemes})
    moments = Moments.of(folder, site, station)
    return with_schemes(ds, moments.decide(lambda own: own))
