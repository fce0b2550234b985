"""Windows in which a scalar's lag behind the wind is looked for."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class SearchWindow(NamedTuple):
    """Where to look for a lag in every period. [samples]"""

    nominal: int
    first: int
    last: int


class Windows(NamedTuple):
    """Where to look for the lag of each period: (time,) arrays. [samples]"""

    nominal: Integers
    first: Integers
    last: Integers


def window_open_path(separation: float, *, electronics: float = 1.0) -> tuple[float, float, float]:
    """Nominal, smallest, largest lag of an open path from the sensors' distance [m]. [s]

    The eddies pass at 0.5 m/s or more; the rest is left for the electronics [s].
    """
    reach = 2.0 * separation + electronics
    return 0.0, -reach, reach


def window_closed_path(volume: float, flow: float, *, sticky: bool) -> tuple[float, float, float]:
    """Nominal, smallest, largest lag of a closed path from tube and cell volume [m3] and flow [m3 s-1]. [s]

    Water vapour (sticky) is held back by the walls and gets a wider window.
    """
    nominal = volume / flow
    return nominal, max(0.0, nominal - 2.0), nominal + (10.0 if sticky else 2.0) * nominal + 0.3


def to_samples(nominal: float, low: float, high: float, rate: float) -> SearchWindow:
    """Round a window in seconds to samples."""
    first, last = round_half_up(low * rate), round_half_up(high * rate)
    return SearchWindow(min(max(round_half_up(nominal * rate), first), last), first, last)


def round_half_up(x: float) -> int:
    """Round to the nearest integer, halves away from zero."""
    return int(np.sign(x) * np.floor(abs(x) + 0.5))


def windows_to_samples(
    nominal: Array, low: Array, high: Array, *, rate: float, kept: tuple[int, int]
) -> Windows:
    """Round the windows of all periods to samples, within the lags that the moments hold.

    Parameters
    ----------
    nominal, low, high : (time,) arrays
        [s]
    rate : float
        [Hz]
    kept : (int, int)
        First and last lag held. [samples]

    Returns
    -------
    Windows
        Arrays over time. [samples]
    """

    def rounded(x: Array) -> Array:
        return np.asarray(np.sign(x) * np.floor(np.abs(x) * rate + 0.5))

    first, last = np.clip(rounded(low), *kept), np.clip(rounded(high), *kept)
    middle = np.clip(rounded(nominal), first, last)
    return Windows(middle.astype(np.int64), first.astype(np.int64), last.astype(np.int64))
