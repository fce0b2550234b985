"""Footprint climatology of the fluxes in a results folder."""

from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.archive.job import Job
from fluxkit.archive.products import note_products
from fluxkit.archive.run import read_run_fluxes
from fluxkit.errors import MomentsError
from fluxkit.export.atomic import write_text
from fluxkit.export.climatology import write_climatology
from fluxkit.report.source_area import source_area_figure
from fluxkit.tower.climatology import When, footprint_climatology


def map_footprints(
    job: Job,
    *,
    when: When = "all",
    model: str | None = None,
    extent: float | None = None,
    resolution: float | None = None,
) -> tuple[xr.Dataset, dict[str, Path]]:
    """Average the footprints of a results folder, and write map and figure; the folder must be locked.

    Parameters
    ----------
    job : Job
        Its limits of time choose the periods.
    when, model, extent, resolution
        As of `footprint_climatology`.

    Returns
    -------
    climatology : xarray.Dataset
    paths : dict
        Files written: ``<SITE>_footprint.nc`` and ``.svg``; of a part of the day ``<SITE>_footprint_day``.

    Raises
    ------
    MomentsError
        There are no fluxes, none within the limits, or none with a footprint.
    """
    fluxes = read_run_fluxes(job.fluxes)
    time = fluxes["time"].values
    length = np.timedelta64(round(job.site.condense.seconds), "s")
    wanted = np.ones(time.size, dtype=bool)
    if job.start is not None:
        wanted &= time >= job.start
    if job.end is not None:
        wanted &= time + length <= job.end
    fluxes = fluxes.isel(time=wanted)
    try:
        found = footprint_climatology(
            fluxes, job.site, when=when, model=model, extent=extent, resolution=resolution
        )
    except ValueError as error:
        raise MomentsError(f"{job.fluxes}: {error}") from error
    suffix = "" if when == "all" else f"_{when}"
    target = job.out / f"{job.site.station.id}_footprint{suffix}.nc"
    write_climatology(found, target, job.site, fluxes)
    picture = source_area_figure(found, fluxes).svg("source_area")
    write_text(target.with_suffix(".svg"), picture + "\n")
    paths = {"footprint": target, "figure": target.with_suffix(".svg")}
    note_products(job.out, job.fluxes, paths.values())
    return found, paths
