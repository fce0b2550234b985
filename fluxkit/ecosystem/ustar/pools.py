"""Thresholds pooled over years: variable (VUT) and constant (CUT) ones."""

import numpy as np

from fluxkit.ecosystem.ustar.estimates import quantiles
from fluxkit.ecosystem.ustar.nights import Array
from fluxkit.ecosystem.ustar.seasons import Integers

#: ONEFlux' percentiles. [%]
FORTY = np.append(1.25 + 2.5 * np.arange(40), 50.0)


def pooled_percentiles(samples: Array, years: Integers, percentiles: Array) -> tuple[Array, Array]:
    """Pool the bootstrap thresholds of a year and its neighbours (VUT), and of all years (CUT).

    Parameters
    ----------
    samples : (b, years) array
        Thresholds of resamples, those of several methods one below the other; NaN where there is none.
    years : (years,) int array
    percentiles : (p,) array
        [%]

    Returns
    -------
    vut : (p, years) array
        Of a year, the one before and the one after, as far as they are there; CUT where these give none.
    cut : (p,) array

    References
    ----------
    .. [1] Pastorello et al., Sci. Data 7, 225, 2020.
    """
    cut = quantiles(samples.reshape(-1, 1), percentiles)[:, 0]
    vut = np.empty((percentiles.size, years.size))
    for k, year in enumerate(years):
        near = samples[:, np.abs(years - year) <= 1]
        vut[:, k] = quantiles(near.reshape(-1, 1), percentiles)[:, 0]
    return np.where(np.isnan(vut), cut[:, None], vut), cut
