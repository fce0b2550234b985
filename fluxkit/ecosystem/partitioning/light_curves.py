"""Respiration and uptake from the parameters of windows."""

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.partitioning import lloyd_taylor

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def fluxes(p: Array, ta: Array, light: Array, vpd: Array) -> tuple[Array, Array]:
    """Respiration and gross uptake [umol m-2 s-1].

    Parameters
    ----------
    p : (..., 5) array
        k [hPa-1], beta [umol m-2 s-1], alpha [umol J-1], reference respiration [umol m-2 s-1], E0 [K].
    ta, light, vpd : array
        Temperature [degC], short-wave radiation [W m-2], vapour pressure deficit [hPa], NaN counts as moist.

    Returns
    -------
    reco, gpp : array

    References
    ----------
    .. [1] Lasslop et al., Glob. Change Biol. 16, 187-208, 2010, equations 4 to 6.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.partitioning.light_curves import fluxes
    >>> p = np.array([0.05, 30.0, 0.05, 2.0, 200.0])
    >>> reco, gpp = fluxes(p, ta=np.array(15.0), light=np.array(600.0), vpd=np.array(20.0))
    >>> round(float(reco), 3), round(float(gpp), 3)
    (2.0, 11.326)
    """
    reco = p[..., 3] * np.exp(p[..., 4] * lloyd_taylor.exponent(ta))
    dry = np.where(vpd > 10.0, vpd - 10.0, 0.0)
    most = p[..., 1] * np.exp(-p[..., 0] * dry)
    slope = p[..., 2] * np.maximum(light, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        gpp = np.where(slope + most > 0, slope * most / (slope + most), 0.0)
    return np.asarray(reco), np.asarray(np.where(np.isnan(light), np.nan, gpp))


def variances(p: Array, covariance: Array, ta: Array, light: Array, vpd: Array) -> tuple[Array, Array]:
    """Variance of respiration and uptake that follows from that of the parameters, to first order.

    covariance: (..., 5, 5) in the order of the parameters; else as :func:`fluxes`.
    """
    reco, _ = fluxes(p, ta, light, vpd)
    by_rref = np.exp(p[..., 4] * lloyd_taylor.exponent(ta))
    by_e0 = reco * lloyd_taylor.exponent(ta)
    c = covariance
    of_reco = by_rref**2 * c[..., 3, 3] + by_e0**2 * c[..., 4, 4] + 2 * by_rref * by_e0 * c[..., 3, 4]
    dry = np.where(vpd > 10.0, vpd - 10.0, 0.0)
    most = p[..., 1] * np.exp(-p[..., 0] * dry)
    slope = p[..., 2] * np.maximum(light, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        to_most = np.where(slope + most > 0, (slope / (slope + most)) ** 2, 0.0)
        to_slope = np.where(slope + most > 0, (most / (slope + most)) ** 2, 0.0)
    by = (-dry * most * to_most, np.exp(-p[..., 0] * dry) * to_most, np.maximum(light, 0.0) * to_slope)
    of_gpp = sum(by[i] * by[j] * c[..., i, j] for i in range(3) for j in range(3))
    return np.maximum(of_reco, 0.0), np.maximum(np.asarray(of_gpp), 0.0)


def between(position: Array, n: int) -> tuple[Integers, Integers, Array]:
    """The window before and after each of n records, and the weight of the one after.

    position: where each window's parameters hold, rising records.
    """
    record = np.arange(n)
    before = np.searchsorted(position, record, "right") - 1
    after = np.clip(before + 1, 0, position.size - 1)
    before = np.clip(before, 0, position.size - 1)
    distance = position[after] - position[before]
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.where(distance > 0, (record - position[before]) / distance, 0.0)
    return before, after, np.clip(weight, 0.0, 1.0)
