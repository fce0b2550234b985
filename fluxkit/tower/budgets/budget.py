"""The uncertainty of a half-hourly flux: its parts and their sum.

Independent from one half hour to the next, so that sums over many half hours shrink relative to the flux:
the random error and the lag's. Shared by many half hours, which therefore add up in full: calibration,
spectral correction and the choice of processing. A year's sum must not treat the latter as random.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Part -> whether it is independent from one half hour to the next.
PARTS = {"RANDOM": True, "LAG": True, "SPECTRAL": False, "CALIBRATION": False, "SCHEMES": False}


def spectral_uncertainty(flux: Array, factor: Array, *, relative: float) -> Array:
    """Uncertainty of a flux from that of its spectral correction.

    Parameters
    ----------
    flux : (time,) array
        Corrected flux. [any]
    factor : (time,) array
        Spectral correction factor. [1]
    relative : float
        Uncertainty of the correction, i.e. of what the factor adds. [1]

    Returns
    -------
    (time,) array
        One standard deviation, in the units of the flux.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.abs(flux * (1.0 - 1.0 / factor)) * relative)


def calibration_uncertainty(flux: Array, *, accuracies: tuple[float, ...]) -> Array:
    """Uncertainty of a flux from the relative accuracies of the slopes of its signals. [units of flux]

    An error of a calibration's offset leaves a covariance as it is; that of its slope scales it.
    """
    return np.asarray(np.abs(flux) * float(np.hypot.reduce(np.array(accuracies, dtype=np.float64))))


def scheme_uncertainty(fluxes: Array) -> Array:
    """Spread of a flux over processing schemes.

    Parameters
    ----------
    fluxes : (scheme, time) array
        The same flux by each scheme. [any]

    Returns
    -------
    (time,) array
        Standard deviation (n - 1) over the schemes that give a flux; NaN where fewer than two do.
    """
    n = np.sum(~np.isnan(fluxes), axis=0)
    enough = n > 1
    mean = np.nansum(fluxes, axis=0) / np.where(n > 0, n, 1)
    squares = np.nansum((fluxes - mean) ** 2, axis=0)
    return np.sqrt(np.where(enough, squares / np.where(enough, n - 1, 1), np.nan))


def joint_uncertainty(parts: Mapping[str, Array]) -> Array:
    """Root of the sum of squares of the parts.

    Parameters
    ----------
    parts : mapping
        Key of PARTS -> (time,) standard deviations; "RANDOM" is needed.

    Returns
    -------
    (time,) array
        NaN where the random error is missing. A further part that is missing adds nothing: the sum is
        then a lower bound.
    """
    total = np.square(parts["RANDOM"])
    for name, part in parts.items():
        if name != "RANDOM":
            total = total + np.nan_to_num(np.square(part))
    return np.asarray(np.sqrt(total))
