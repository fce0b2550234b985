"""Detection limit: the smallest flux that can be distinguished from zero, as a slope or as a flux."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from fluxkit.chamber.closures.batch import Batch
from fluxkit.chamber.closures.points import usable_points

Array = npt.NDArray[np.float64]


def detection_christiansen(precision: Array | float, duration: Array | float) -> Array:
    """Precision over the time the chamber was closed. [mol mol-1 s-1]

    Parameters
    ----------
    precision : float or ndarray
        Of the analyser, 1 sigma. [mol mol-1]
    duration : float or ndarray
        Of the window. [s]

    References
    ----------
    .. [1] Christiansen, J. R., Outhwaite, J., Smukler, S. M., "Comparison of CO2, CH4 and N2O soil-atmosphere
       exchange measured in static chambers with cavity ring-down spectroscopy and gas chromatography",
       Agric. For. Meteorol. 211-212, 48-57, 2015.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(np.asarray(precision, np.float64) / duration)


def detection_nickerson(precision: Array | float, duration: Array | float, n: Array | float) -> Array:
    """Precision over the time closed and the root of the number of points. [mol mol-1 s-1]

    Parameters
    ----------
    precision : float or ndarray
        Of the analyser, 1 sigma. [mol mol-1]
    duration : float or ndarray
        Of the window. [s]
    n : float or ndarray
        Points in the window. [1]

    References
    ----------
    .. [1] Nickerson, N., "Evaluating gas emission measurements using minimum detectable flux (MDF)", Eosense
       Inc., 2016.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(detection_christiansen(precision, duration) / np.sqrt(n))


def detection_of_line(batch: Batch, precision: Array | float, *, level: float = 0.95) -> Array:
    """Slope that independent noise alone exceeds in 1 - level of all closures. [mol mol-1 s-1]

    What simulated closures without flux give when lines are fitted to them, in closed form.

    Parameters
    ----------
    batch : Batch
        Times at which concentrations are measured.
    precision : float or ndarray, shape (closure,)
        Of the analyser, 1 sigma. [mol mol-1]
    level : float
        Two-sided. [1]

    Returns
    -------
    ndarray, shape (closure,)
    """
    points = usable_points(batch)
    n = np.diff(points.offsets)
    owner = np.repeat(np.arange(n.size), n)
    mean = np.bincount(owner, points.t, n.size) / np.maximum(n, 1)
    squares = np.bincount(owner, (points.t - mean[owner]) ** 2, n.size)
    with np.errstate(divide="ignore"):
        found = stats.norm.ppf(0.5 + level / 2) * np.asarray(precision) / np.sqrt(squares)
    return np.where(squares > 0, found, np.nan)


def detection_from_blanks(blanks: Array, *, level: float = 0.95) -> float:
    """Flux that blank closures exceed in 1 - level of all cases, in the unit of ``blanks``.

    Student's quantile times the standard deviation about zero: a blank has no flux, so that a bias of the
    system counts too.

    Parameters
    ----------
    blanks : ndarray, shape (blank,)
        Slopes or fluxes of closures over a sealed bottom.
    level : float
        Two-sided. [1]

    Raises
    ------
    ValueError
        Fewer than three blanks.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> slopes = np.array([1.0, -2.0, 0.5, 1.5, -1.0]) * 1e-9  # over a sealed bottom
    >>> round(1e9 * fk.chamber.detection_from_blanks(slopes), 2)
    3.35
    """
    found = np.asarray(blanks, np.float64)
    found = found[np.isfinite(found)]
    if found.size < 3:
        raise ValueError(
            f"{found.size} blank closures give no detection limit: "
            "close the chamber over a sealed bottom three times or more"
        )
    spread = np.sqrt(np.mean(found**2))
    return float(stats.t.ppf(0.5 + level / 2, found.size) * spread)
