"""Time lag of a scalar behind the wind."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.tower.lags.lag_windows import SearchWindow, Windows

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


#: Where a lag comes from; `LagChoice.source` holds places in this list.
SOURCES = ("largest_covariance", "other_gas", "prewhitened", "neighbours", "nominal", "none")
LARGEST, OTHER_GAS, PREWHITENED, NEIGHBOURS, NOMINAL, NONE = range(len(SOURCES))


class LagChoice(NamedTuple):
    """The lag of each period. [samples]"""

    used: Integers  #: lag to use
    found: Integers  #: lag of the largest covariance in the window
    at_default: Mask  #: an expected lag stands in for one that could not be found
    window: Windows  #: where it was looked for
    low: Array  #: interval that the lag lies in, NaN where it is not known
    high: Array
    source: Integers  #: place in SOURCES
    below_detection: Mask  #: the largest covariance does not stand out of the noise, and was not taken
    lender: Integers  #: place of the gas whose lag is taken among those that may lend, else -1


def no_lag(n: int) -> LagChoice:
    """Lag 0 in all of n periods: what needs no lag, or is given none."""
    zero, unknown = np.zeros(n, dtype=np.int64), np.full(n, np.nan)
    never = zero.astype(bool)
    return LagChoice(
        zero, zero, never, Windows(zero, zero, zero), unknown, unknown, zero + NONE, never, zero - 1
    )


def choose_lags(
    covariance: Array, lags: Integers, window: SearchWindow | Windows, *, method: str
) -> LagChoice:
    """Choose the lag of each period.

    Parameters
    ----------
    covariance : (time, lag) array
        Covariance of rotated vertical wind and scalar. [any]
    lags : (lag,) array
        [samples]
    window : Window or Windows
        The same for all periods, or one for each.
    method : {"covariance-maximum-default", "covariance-maximum", "constant", "none"}
        The first takes the nominal lag where the maximum lies on the window's edge.

    Returns
    -------
    LagChoice

    References
    ----------
    .. [1] McMillen, Boundary-Layer Meteorol. 43, 231-245, 1988; Moncrieff et al., 1997.
    """
    n = covariance.shape[0]
    sides = Windows(*(np.broadcast_to(np.asarray(side, dtype=np.int64), n) for side in window))
    inside = (lags >= sides.first[:, None]) & (lags <= sides.last[:, None])
    size = np.where(inside, np.nan_to_num(np.abs(covariance), nan=-1.0), -2.0)
    found = lags[np.argmax(size, axis=1)]
    used, never = found, np.zeros(n, dtype=bool)
    at_default, source = never, np.full(n, LARGEST)
    if method == "covariance-maximum-default":
        at_default = (found == sides.first) | (found == sides.last)
        used = np.where(at_default, sides.nominal, found)
        source = np.where(at_default, NOMINAL, LARGEST)
    elif method == "constant":
        used, source = sides.nominal.copy(), np.full(n, NOMINAL)
    elif method != "covariance-maximum":
        used, source = np.zeros_like(found), np.full(n, NONE)
    unknown = np.full(n, np.nan)
    return LagChoice(
        used, found, at_default, sides, unknown, unknown, source, never, np.full(n, -1, dtype=np.int64)
    )


def follow(donor: LagChoice, own: LagChoice, *, offset: int, kept: tuple[int, int]) -> LagChoice:
    """Take the lag of another gas, which shows it more clearly.

    Maximising the covariance of a noisy gas finds maxima of the noise and biases its flux away from zero;
    a strong gas of the same instrument has the same delay but for what their tubes differ in.

    Parameters
    ----------
    donor : LagChoice
        Lags of the strong gas.
    own : LagChoice
        What this gas shows by itself, for the record.
    offset : int
        Expected lag of this gas minus the donor's. [samples]
    kept : (int, int)
        First and last lag that the moments hold of this gas. [samples]

    Returns
    -------
    LagChoice

    References
    ----------
    .. [1] Nemitz et al., Int. Agrophys. 32, 517-549, 2018 (lags of CH4 and N2O).
    .. [2] Kohonen et al., Atmos. Meas. Tech. 13, 3957-3975, 2020 (the lag of CO2 for COS).
    .. [3] Langford et al., Atmos. Meas. Tech. 8, 4197-4213, 2015 (the bias).
    """
    wanted = donor.used + offset
    used = np.clip(wanted, *kept)
    return own._replace(
        used=used,
        at_default=donor.at_default | (used != wanted),
        low=donor.low + offset,
        high=donor.high + offset,
        source=np.full(used.size, OTHER_GAS),
    )
