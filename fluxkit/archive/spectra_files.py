"""The files of spectra written with the fluxes of an archive."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.archive.deciding.groups import Group
from fluxkit.archive.deciding.kept_spectra import KEPT, average_spectra
from fluxkit.archive.folder.parts import Parts
from fluxkit.archive.record import RunRecord
from fluxkit.export.spectra import write_ensembles, write_period_spectra
from fluxkit.site.models import Site
from fluxkit.tower import chain
from fluxkit.tower.shared_periods import shared_periods


def write_spectra(fluxes: xr.Dataset, record: RunRecord) -> dict[str, Path]:
    """Write average spectra, ``<SITE>_spectra.nc``, and with output.spectra those of every period.

    Stretches of time with other instruments, rates or gases have files of their own: ``<SITE>_spectra_2.nc``.

    Parameters
    ----------
    fluxes : xr.Dataset
        What was decided.
    record : Record

    Returns
    -------
    dict
        What was written.
    """
    job, paths = record.job, {}
    for number, group in enumerate(_seen(record, fluxes), start=1):
        suffix = "" if number == 1 else f"_{number}"
        paths[f"spectra{suffix}"] = job.out / f"{job.site.station.id}_spectra{suffix}.nc"
        found = average_spectra(job.out, job.site, group, number, fluxes)
        write_ensembles(found, paths[f"spectra{suffix}"])
        if job.site.output.spectra:
            path = job.out / f"{job.site.station.id}_period_spectra{suffix}.nc"
            write_period_spectra(_of_periods(group.parts(job.out, KEPT), fluxes, group.site), path)
            paths[f"period_spectra{suffix}"] = path
    return paths


def _seen(record: RunRecord, fluxes: xr.Dataset) -> list[Group]:
    """Return the groups that have a period among the fluxes."""
    groups = record.groups()
    if len(groups) == 1:
        return groups
    times = fluxes["time"].values
    return [
        group
        for group in groups
        if any(np.isin(part["time"].values, times).any() for part in group.parts(record.job.out, ()))
    ]


def _of_periods(parts: Parts, fluxes: xr.Dataset, site: Site) -> Iterator[xr.Dataset]:
    needed = chain.needed_for_spectra(fluxes)
    for part in parts:
        here, rows = shared_periods(part["time"].values, needed["time"].values)
        if here.any():
            yield chain.spectra(part.isel(time=here), needed.isel(time=rows), site)
