"""Thresholds pooled over years: variable (VUT) and constant (CUT) ones."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from fluxkit.ecosystem.ustar.estimates import quantiles
from fluxkit.ecosystem.ustar.nights import Array
from fluxkit.ecosystem.ustar.seasons import Integers, UstarError

#: ONEFlux' percentiles. [%]
FORTY = np.append(1.25 + 2.5 * np.arange(40), 50.0)


def pool_thresholds(*found: xr.Dataset, percentiles: Sequence[float] = tuple(FORTY)) -> xr.Dataset:
    """Pool the bootstrap thresholds of several methods, as ONEFlux does moving points and change points.

    Parameters
    ----------
    *found : xr.Dataset
        What :func:`fluxkit.ecosystem.ustar_thresholds` returned for the same dataset, with bootstraps.
    percentiles : sequence of float, optional
        ONEFlux' 40 and the median unless given. [%]

    Returns
    -------
    xr.Dataset
        ``vut`` (percentile, year), ``cut`` (percentile). [m s-1]

    Raises
    ------
    UstarError
        Thresholds without bootstraps, or of different years.

    Examples
    --------
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> one = xr.Dataset({"bootstrap_threshold": (("bootstrap", "year"), [[0.2], [0.3]])}, {"year": [2020]})
    >>> fk.ecosystem.pool_thresholds(one, one + 0.2, percentiles=[50]).vut.values
    array([[0.35]])
    """
    if not all("bootstrap_threshold" in t for t in found):
        raise UstarError(
            "only thresholds with bootstraps can be pooled: ustar_thresholds(..., bootstraps=100)"
        )
    years = found[0]["year"].values
    if not all(np.array_equal(t["year"], years) for t in found):
        raise UstarError("thresholds of different years cannot be pooled")
    samples = np.concatenate([t["bootstrap_threshold"].transpose(..., "year").values for t in found])
    wanted = np.asarray(percentiles, np.float64)
    vut, cut = pooled_percentiles(samples, years, wanted)
    units = {"units": "m s-1"}
    return xr.Dataset(
        {"vut": (("percentile", "year"), vut, units), "cut": ("percentile", cut, units)},
        {"percentile": wanted, "year": years},
    )


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
