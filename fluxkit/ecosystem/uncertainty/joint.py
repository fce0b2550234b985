"""JOINTUNC of aggregates: members are aggregated first, noise by its effective number."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.uncertainty.classes import weighted_spread
from fluxkit.ecosystem.uncertainty.random_error import random_of_sum

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Joint:
    """Uncertainty of the mean over each group of records.

    Parameters
    ----------
    random : (g,) array
        RANDUNC: of the noise of measured records.
    ensemble : (g,) array
        Spread of the members, each averaged first.
    joint : (g,) array
        JOINTUNC, of both.
    """

    random: Array
    ensemble: Array
    joint: Array


def joint_uncertainty(
    members: Array, weights: Array, sd: Array, residual: Array, group: npt.NDArray[np.int64]
) -> Joint:
    """Return the uncertainty of means over groups of records, as days, weeks, months or years.

    Members stay what they are from half hours to years: a threshold that is too low is so all year. A
    mean over a year is therefore as uncertain as its members differ, and never what half hours are over
    the root of their number.

    Parameters
    ----------
    members : (m, n) array
        Filled series of each member [umol m-2 s-1].
    weights : (m,) array
        Shares of the distribution of thresholds.
    sd : (n,) array
        Random error of measured records, NaN elsewhere.
    residual : (n,) array
        Measured less predicted, NaN elsewhere.
    group : (n,) int array
        0 to g - 1.

    Examples
    --------
    >>> import numpy as np
    >>> members = np.array([[1.0] * 100, [1.2] * 100, [1.4] * 100])
    >>> none = np.full(100, np.nan)
    >>> of_day = joint_uncertainty(members, np.ones(3), none, none, np.arange(100) // 10)
    >>> of_all = joint_uncertainty(members, np.ones(3), none, none, np.zeros(100, int))
    >>> round(float(of_day.joint[0]), 3), round(float(of_all.joint[0]), 3)
    (0.2, 0.2)
    """
    groups = int(group.max()) + 1
    count = np.bincount(group, minlength=groups)
    means = np.stack([np.bincount(group, row, minlength=groups) for row in members]) / count
    ensemble = np.array([weighted_spread(means[:, place], weights) for place in range(groups)])
    ensemble = np.where(np.isfinite(ensemble), ensemble, 0.0) if len(members) == 1 else ensemble
    random = random_of_sum(sd, residual, group) / count
    return Joint(random, ensemble, np.hypot(random, ensemble))
