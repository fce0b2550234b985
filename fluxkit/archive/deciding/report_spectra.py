"""Spectra of the periods of an archive for its report, on one grid of frequencies."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.archive.deciding.groups import Group
from fluxkit.archive.job import Job
from fluxkit.tower import chain
from fluxkit.tower.shared_periods import shared_periods

#: The report's spectra are medians; those of so many days tell what all would. [days]
SPECTRAL_DAYS = 60

Array = npt.NDArray[np.float64]


def report_spectra(job: Job, groups: Sequence[Group], fluxes: xr.Dataset) -> xr.Dataset:
    """Return spectra of the periods of fluxes; of a long archive, of days spread evenly over it.

    Parameters
    ----------
    job : Job
        Where the moments are.
    groups : sequence of Group
        Tasks; of several rates the frequencies are those of the group with most tasks.
    fluxes : xarray.Dataset
        What was decided.
    """
    names = sorted(name for group in groups for name in group.sites)
    chosen = set(names[:: -(-len(names) // SPECTRAL_DAYS)])
    pieces, needed = [], chain.needed_for_spectra(fluxes)
    for group in sorted(groups, key=lambda group: -len(group.sites)):
        own = [name for name in group.sites if name in chosen]
        for part in group.parts(job.out, ("cospectra", "quadrature"), own):
            here, rows = shared_periods(part["time"].values, needed["time"].values)
            if here.any():
                pieces.append(chain.spectra(part.isel(time=here), needed.isel(time=rows), group.site))
    frequency = pieces[0]["frequency"].values
    return xr.concat([on_grid(piece, frequency) for piece in pieces], "time").sortby("time")


def on_grid(spectra: xr.Dataset, frequency: Array) -> xr.Dataset:
    """Return spectra at other frequencies, NaN beyond their own; f S(f) is smooth over the logarithm of f."""
    own = spectra["frequency"].values
    if np.array_equal(own, frequency, equal_nan=True):
        return spectra
    known = np.isfinite(own)
    at, to = np.log(own[known]), np.log(frequency)
    found = {}
    for name, x in spectra.data_vars.items():
        rows = [np.interp(to, at, row[known], left=np.nan, right=np.nan) for row in x.values]
        found[str(name)] = (("time", "frequency"), np.array(rows), x.attrs)
    axis = ("frequency", frequency, spectra["frequency"].attrs)
    return xr.Dataset(found, {"time": spectra["time"], "frequency": axis})
