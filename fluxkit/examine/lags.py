"""Time lags that ask for another window."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt

Array = npt.NDArray[np.float64]

#: Relative humidities that are compared [%], and fewest lags in each.
DRY, MOIST, FEWEST = 60.0, 80.0, 8
#: Difference of their medians that is told [s]: vapour in tubes comes seconds later in moist air (Ibrom et
#: al., 2007); and how many standard errors of the medians it must be.
APART, ERRORS = 0.4, 4.0


def humid_lag_doubts(lag: Array, humidity: Array, *, key: str) -> Iterator[Doubt]:
    """Yield that lags of water vapour follow humidity although one window is used for all.

    Parameters
    ----------
    lag : array, shape (n,)
        Lags that periods show of themselves, NaN where they show none. [s]
    humidity : array, shape (n,)
        Relative humidity. [%]
    key : str
        Where the configuration has the window.
    """
    dry, moist = lag[(humidity < DRY) & np.isfinite(lag)], lag[(humidity > MOIST) & np.isfinite(lag)]
    if min(dry.size, moist.size) < FEWEST:
        return
    a, b = float(np.median(dry)), float(np.median(moist))
    error = float(np.hypot(*(1.25 * _spread(x) / np.sqrt(x.size) for x in (dry, moist))))
    if b - a > max(APART, ERRORS * error):
        yield Doubt(
            "humid_lags",
            f"{key}: lags of water vapour are {a:.1f} s below {DRY:g} % of relative humidity and {b:.1f} s "
            "above "
            f"{MOIST:g} %: vapour sticks to the tube, and one window serves all; decide.lag = "
            "'humidity-classes' "
            "follows it",
        )


def _spread(x: Array) -> float:
    """Return a standard deviation from quartiles."""
    return float(np.subtract(*np.percentile(x, [75.0, 25.0]))) / 1.349
