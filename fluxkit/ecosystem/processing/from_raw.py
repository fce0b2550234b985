"""From raw files to the fluxes that a run from half hours to years begins with."""

from collections.abc import Callable
from pathlib import Path

from fluxkit.archive.run import run as run_tower

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
