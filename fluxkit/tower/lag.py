"""Time lag of a scalar behind the wind."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Window(NamedTuple):
    """Where to look for a lag. [samples]"""

    nominal: int
    first: int
    last: int


class Choice(NamedTuple):
    """The lag of each period. [samples]"""

    used: Integers  #: lag to use
    found: Integers  #: lag of the largest covariance in the window
    at_default: npt.NDArray[np.bool_]  #: the nominal lag stands in for one found at the window's edge


def window_open_path(separation: float) -> tuple[float, float, float]:
    """Nominal, smallest, largest lag of an open path from the sensors' distance [m]. [s]

    The eddies pass at 0.5 m/s or more; 0.3 s are left for the electronics.
    """
    reach = 2.0 * separation + 0.3
    return 0.0, -reach, reach


def window_closed_path(volume: float, flow: float, *, sticky: bool) -> tuple[float, float, float]:
    """Nominal, smallest, largest lag of a closed path from tube and cell volume [m3] and flow [m3 s-1]. [s]

    Water vapour (sticky) is held back by the walls and gets a wider window.
    """
    nominal = volume / flow
    return nominal, max(0.0, nominal - 2.0), nominal + (10.0 if sticky else 2.0) * nominal + 0.3


def to_samples(nominal: float, low: float, high: float, rate: float) -> Window:
    """Round a window in seconds to samples."""
    first, last = round_half_up(low * rate), round_half_up(high * rate)
    return Window(min(max(round_half_up(nominal * rate), first), last), first, last)


def round_half_up(x: float) -> int:
    """Round to the nearest integer, halves away from zero."""
    return int(np.sign(x) * np.floor(abs(x) + 0.5))


def choose(covariance: Array, lags: Integers, window: Window, *, method: str) -> Choice:
    """Choose the lag of each period.

    Parameters
    ----------
    covariance : (time, lag) array
        Covariance of rotated vertical wind and scalar. [any]
    lags : (lag,) array
        [samples]
    window : Window
    method : {"covariance-maximum-default", "covariance-maximum", "constant", "none"}
        The first takes the nominal lag where the maximum lies on the window's edge.

    Returns
    -------
    Choice

    References
    ----------
    .. [1] McMillen, Boundary-Layer Meteorol. 43, 231-245, 1988; Moncrieff et al., 1997.
    """
    inside = (lags >= window.first) & (lags <= window.last)
    size = np.where(inside, np.nan_to_num(np.abs(covariance), nan=-1.0), -2.0)
    found = lags[np.argmax(size, axis=1)]
    edge = (found == window.first) | (found == window.last)
    if method == "covariance-maximum":
        return Choice(found, found, np.zeros(found.size, dtype=bool))
    if method == "covariance-maximum-default":
        return Choice(np.where(edge, window.nominal, found), found, edge)
    fixed = np.full(found.size, window.nominal if method == "constant" else 0)
    return Choice(fixed, found, np.zeros(found.size, dtype=bool))
