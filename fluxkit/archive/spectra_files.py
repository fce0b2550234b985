"""The files of spectra beside the fluxes of an archive."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from fluxkit.archive.parts import Parts
from fluxkit.archive.record import Record
from fluxkit.export.spectra import write_ensembles, write_period_spectra
from fluxkit.tower import chain
from fluxkit.tower.spectral.ensemble_spectra import ensemble_spectra

#: What of the moments spectra are made of.
_KEPT = ("cospectra", "quadrature")


def write_spectra(fluxes: xr.Dataset, record: Record) -> dict[str, Path]:
    """Write average spectra, ``<SITE>_spectra.nc``, and with output.spectra those of every period.

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
    job = record.job
    parts = Parts(job.out, record.names, job.site, only=_KEPT)
    paths = {"spectra": job.out / f"{job.site.station.id}_spectra.nc"}
    write_ensembles(ensemble_spectra(parts, fluxes, job.site), paths["spectra"])
    if job.site.output.spectra:
        paths["period_spectra"] = job.out / f"{job.site.station.id}_period_spectra.nc"
        write_period_spectra(_of_periods(parts, fluxes, record), paths["period_spectra"])
    return paths


def _of_periods(parts: Parts, fluxes: xr.Dataset, record: Record) -> Iterator[xr.Dataset]:
    for part in parts:
        here = np.isin(part["time"].values, fluxes["time"].values)
        if here.any():
            part = part.isel(time=here)
            yield chain.spectra(part, fluxes.sel(time=part["time"]), record.job.site)
