"""White noise of a sensor, from the step of its autocovariance between lag 0 and what lies beside it."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Lags from which lag 0 is extrapolated: 1 to this [samples].
LAST = 6

#: Speeds at which shapes are tabled [m s-1], and frequencies over the sampling rate over which they are
#: integrated: what lies beyond half the rate is aliased, not lost.
_SPEEDS = np.geomspace(0.1, 40.0, 32)
_FREQUENCIES = np.geomspace(1e-3, 100.0, 1200)

#: Reduced frequencies of the bend of a spectrum, f (z - d) / U.
_BENDS = np.geomspace(0.01, 3.0, 24)

#: f [Hz], U [m s-1] -> what a sensor leaves of an amplitude [1].
Gain = Callable[[Array, Array], Array]


#: How many times less the squares must be for a sensor to be taken as faster than it is said to be: ten times
#: where it is, up to three and a half by chance where it is not.
_CLEARLY = 5.0


class Shapes(NamedTuple):
    """How a structure function may rise over lags 1.., to be scaled."""

    own: Array  #: behind the sensor as it is described: (time, shape, lag) or (shape, lag)
    fast: Array | None = None  #: behind one that takes nothing, in case the described one is faster


class StructureShapes:
    """Shapes that turbulence behind a sensor can have over the first lags, by wind speed.

    Parameters
    ----------
    gain : callable
        f [Hz], U [m s-1] -> what the sensor leaves of an amplitude. [1]
    rate : float
        Sampling rate. [Hz]
    height : float
        Measurement height above displacement, z - d. [m]

    Notes
    -----
    The 2/3 law holds for neither the first lags of a slow sensor, whose response and path bend the
    autocovariance, nor the later ones near the ground. Spectra that bend at f_0 from flat to -5/3, as
    (1 + f / f_0)^(-5/3) in unstable and 1 / (1 + (f / f_0)^(5/3)) in stable air (the forms of Kaimal et al.,
    1972), times the sensor's gain squared, have structure functions that hold for both; f_0 is found with the
    fit. A sensor that is faster than described would show noise where there is none: shapes without any gain
    stand by, for where they fit clearly better.
    """

    def __init__(self, gain: Gain, *, rate: float, height: float) -> None:
        f = _FREQUENCIES * rate
        spectra, turned, fast = _behind_nothing(rate, height)
        own = np.empty_like(fast)
        for k, U in enumerate(_SPEEDS):
            passed = gain(f, np.array(U)) ** 2
            own[k] = _risen(spectra[k], passed * turned)
        self._tables = own, fast

    def at(self, U: Array) -> Shapes:
        """Return shapes that rise to 1 at the last lag, (time, shape, lag). U (time,) [m s-1]."""
        place = np.interp(np.log(np.maximum(U, 1e-6)), np.log(_SPEEDS), np.arange(_SPEEDS.size))
        low = np.minimum(np.nan_to_num(place).astype(np.int64), _SPEEDS.size - 2)
        share = (place - low)[:, None, None]
        return Shapes(*((1.0 - share) * table[low] + share * table[low + 1] for table in self._tables))


@lru_cache(maxsize=2)  # one height and rate, several sensors
def _behind_nothing(rate: float, height: float) -> tuple[Array, Array, Array]:
    """Spectra (speed, shape, f), weights of f in structure functions (lag, f), and shapes without gain."""
    f = _FREQUENCIES * rate
    h = np.arange(1, LAST + 1) / rate
    weight = f * np.log(f[1] / f[0])
    turned = weight * (1.0 - np.cos(2.0 * np.pi * f * h[:, None]))
    bend = _SPEEDS[:, None] * _BENDS / height
    above = 1.0 + f / bend[..., None]
    unstable = 1.0 / (above * np.cbrt(above) ** 2)
    with np.errstate(invalid="ignore"):  # a sonic below the displacement height has no spectrum
        stable = 1.0 / (1.0 + f ** (5.0 / 3.0) / bend[..., None] ** (5.0 / 3.0))
    spectra = np.concatenate([unstable, stable], axis=1)
    return spectra, turned, np.array([_risen(each, turned) for each in spectra])


def _risen(spectra: Array, turned: Array) -> Array:
    """Structure functions over lags, 1 at the last: (shape, lag)."""
    shape = np.einsum("sf,lf->sl", spectra, turned)
    return np.asarray(shape / shape[:, -1:])


def inertial(power: float = 2.0 / 3.0) -> Array:
    """Shape h^power alone: 2/3 in the inertial subrange, 1 for a straight line. (1, lag)"""
    h = np.arange(1, LAST + 1, dtype=np.float64)
    return np.asarray((h / LAST) ** power)[None]


def noise_lenschow_2000(autocovariance: Array, shapes: Shapes | None = None) -> Array:
    """Standard deviation of the uncorrelated part of a signal.

    Parameters
    ----------
    autocovariance : (time, H + 1) array
        At lags 0..H, H >= 6. [any]
    shapes : Shapes, optional
        How turbulence is taken to fall off over lags 1..6, as C(0) - a times one of them, 0 at lag 0; the one
        that fits best is taken. The 2/3 law where not given.

    Returns
    -------
    (time,) array
        In the units of the signal; 0 where the extrapolation lies above lag 0 (no noise to be seen).

    References
    ----------
    .. [1] Lenschow et al., J. Atmos. Oceanic Technol. 17, 1330-1347, 2000, section on instrument noise.
    .. [2] Mauder et al., Agric. For. Meteorol. 169, 122-135, 2013.
    """
    own, fast = Shapes(inertial()) if shapes is None else shapes
    at_zero, off = _extrapolated(autocovariance, own)
    if fast is not None:
        otherwise, off_otherwise = _extrapolated(autocovariance, fast)
        at_zero = np.where(_CLEARLY * off_otherwise < off, otherwise, at_zero)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(np.maximum(autocovariance[:, 0] - at_zero, 0.0)))


def _extrapolated(autocovariance: Array, g: Array) -> tuple[Array, Array]:
    """Value at lag 0 by the shape that fits best, and how far off it is (squares over variance squared)."""
    c = autocovariance[:, None, 1 : LAST + 1].astype(np.float64)
    scale = autocovariance[:, :1].astype(np.float64)
    mean, middle = c.mean(axis=-1), g.mean(axis=-1)
    centred = g - middle[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (c * centred).sum(axis=-1) / (centred**2).sum(axis=-1)
        each = ((c - mean[..., None] - slope[..., None] * centred) / scale[..., None]) ** 2
    off = each.sum(axis=-1)
    best = off.argmin(axis=1)[:, None]
    at_zero = np.take_along_axis(mean - slope * middle, best, axis=1)[:, 0]
    return at_zero, np.take_along_axis(off, best, axis=1)[:, 0]
