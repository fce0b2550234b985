"""What instruments and loggers do to a signal, one known defect at a time.

Every function returns a new array and leaves its input as it is. Delays and filters
are circular, which is exact for the periodic series of ``turbulence.surrogate``.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import fft

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Kinematic viscosity of air at 20 degC. [m2 s-1]
_VISCOSITY = 1.51e-5


def tilt(
    u: Array, v: Array, w: Array, *, yaw: float, pitch: float, roll: float = 0.0
) -> tuple[Array, Array, Array]:
    """Turn streamline components into those of a sonic that stands askew.

    Double rotation of the result, by ``yaw`` about the vertical axis and then by ``pitch``, gives
    u, v, w back if ``roll`` is zero.

    Parameters
    ----------
    u, v, w : ndarray, shape (n,)
        Wind along, across and normal to the mean streamline. [m s-1]
    yaw : float
        Angle of the mean wind in the sonic's horizontal plane, from +u towards +v. [deg]
    pitch : float
        Angle of the mean wind above that plane. [deg]
    roll : float, default 0.0
        Turn about the streamline, before the others. [deg]

    Returns
    -------
    tuple of three ndarray, shape (n,)
        Components along the sonic's axes. [m s-1]
    """
    a, b, c = np.deg2rad([yaw, pitch, roll])
    v, w = v * np.cos(c) - w * np.sin(c), v * np.sin(c) + w * np.cos(c)
    u, w = u * np.cos(b) - w * np.sin(b), u * np.sin(b) + w * np.cos(b)
    return u * np.cos(a) - v * np.sin(a), u * np.sin(a) + v * np.cos(a), w


def attenuate(x: Array, rate: float, transfer: Callable[[Array], npt.ArrayLike]) -> Array:
    """Apply a transfer function, circularly.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Series. [any]
    rate : float
        Sampling rate. [Hz]
    transfer : callable
        Complex gain as a function of frequency [Hz]; 1 at zero keeps the mean.

    Returns
    -------
    ndarray, shape (n,)
        Filtered series. [as x]
    """
    frequency = fft.rfftfreq(x.size, 1.0 / rate)
    return np.asarray(fft.irfft(fft.rfft(x) * np.asarray(transfer(frequency)), x.size))


def delay(x: Array, rate: float, lag: float) -> Array:
    """Shift a series to later times, circularly; the lag may be a fraction of a sample.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Series. [any]
    rate : float
        Sampling rate. [Hz]
    lag : float
        Delay, positive if the result lags behind ``x``. [s]

    Returns
    -------
    ndarray, shape (n,)
        Delayed series; whole samples are moved without any rounding. [as x]
    """
    steps = lag * rate
    if abs(steps - round(steps)) < 1e-9:
        return np.roll(x, round(steps))
    return attenuate(x, rate, lambda f: np.exp(-2j * np.pi * f * lag))


def low_pass(x: Array, rate: float, time_constant: float) -> Array:
    """Apply a first-order sensor to a series, gain 1 / (1 + 2 pi i f tau).

    Parameters
    ----------
    x : ndarray, shape (n,)
        Series. [any]
    rate : float
        Sampling rate. [Hz]
    time_constant : float
        Response time tau. [s]

    Returns
    -------
    ndarray, shape (n,)
        Attenuated and, as in any real sensor, delayed series. [as x]
    """
    return attenuate(x, rate, lambda f: 1.0 / (1.0 + 2j * np.pi * f * time_constant))


def respond(x: Array, rate: float, time_constant: float) -> Array:
    """Let a first-order sensor follow a series step by step, its input straight between two samples.

    The same as `low_pass` without its transfer function: y moves towards x by dy/dt = (x - y) / tau, solved
    for each step. Both agree where samples are many in a time tau.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Series. [any]
    rate : float
        Sampling rate. [Hz]
    time_constant : float
        Response time tau. [s]

    Returns
    -------
    ndarray, shape (n,)
        What the sensor shows, as if the series had gone on for ever before. [as x]
    """
    from scipy.signal import lfilter

    step = 1.0 / (rate * time_constant)
    kept = np.exp(-step)
    mean = (1.0 - kept) / step  # of the decay over a step
    now, before = 1.0 - mean, mean - kept
    driven = lfilter([now, before], [1.0, -kept], x - x[-1])
    # The series is periodic: what the sensor shows at the end is what it begins with.
    left = driven[-1] / (1.0 - kept**x.size)
    return np.asarray(driven + x[-1] + left * kept ** np.arange(1, x.size + 1))


def drift(x: Array, rate: float, seconds: float) -> Array:
    """Make the clock of a series run slow or fast; it is right in the middle.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Series, sampled so fast that straight lines join its samples well. [any]
    rate : float
        Sampling rate. [Hz]
    seconds : float
        Extra delay at the end relative to the start, beyond the rate. [s]

    Returns
    -------
    ndarray, shape (n,)
        What is found at the instants that the clock takes for its own. [as x]
    """
    place = np.arange(x.size, dtype=np.float64)
    late = seconds * rate * (place / x.size - 0.5)
    return np.asarray(np.interp(place - late, place, x, period=x.size))


def tube_gain(frequency: Array, diffusivity: float, length: float, diameter: float, flow: float) -> Array:
    """Amplitude that a sampling tube leaves: dispersion on the way, exp(-(2 pi f)^2 K L / v^3).

    Parameters
    ----------
    frequency : ndarray, shape (m,)
        Frequency. [Hz]
    diffusivity : float
        Of the gas in air. [m2 s-1]
    length, diameter : float
        [m]
    flow : float
        Volume flow. [m3 s-1]

    Returns
    -------
    ndarray, shape (m,)
        [1]

    Notes
    -----
    The coefficient K is r^2 v^2 / (48 D) in laminar flow [1]_, 10.1 r u* in turbulent flow [2]_, with u* from
    Blasius' friction of smooth pipes.

    References
    ----------
    .. [1] Taylor, G. I., "Dispersion of soluble matter in solvent flowing slowly through a tube", Proc. Roy.
       Soc. A 219, 186-203, 1953.
    .. [2] Taylor, G. I., "The dispersion of matter in turbulent flow through a pipe", Proc. Roy. Soc. A 223,
       446-468, 1954.
    """
    radius = diameter / 2.0
    speed = flow / (np.pi * radius**2)
    reynolds = speed * diameter / _VISCOSITY
    if reynolds < 2300.0:
        dispersion = radius**2 * speed**2 / (48.0 * diffusivity)
    else:
        dispersion = 10.1 * radius * speed * np.sqrt(0.3164 * reynolds**-0.25 / 8.0)
    return np.asarray(np.exp(-((2.0 * np.pi * frequency) ** 2) * dispersion * length / speed**3))


def line_gain(
    frequency: Array, path: float, wind_speed: float, component: Literal["scalar", "vertical"] = "scalar"
) -> Array:
    """Amplitude that averaging along a measuring path leaves.

    Parameters
    ----------
    frequency : ndarray, shape (m,)
        Frequency, not negative. [Hz]
    path : float
        Length of the path. [m]
    wind_speed : float
        Mean wind speed. [m s-1]
    component : {"scalar", "vertical"}
        A scalar, or the vertical wind along a vertical path.

    Returns
    -------
    ndarray, shape (m,)
        Square root of the power transfer function. [1]

    References
    ----------
    .. [1] Moore, C. J., "Frequency response corrections for eddy correlation systems",
       Boundary-Layer Meteorol. 37, 17-35, 1986.
    """
    x = 2.0 * np.pi * frequency * path / wind_speed
    # Below this the closed forms cancel to rounding noise; their series start with 1 - c x.
    safe = np.where(x < 1e-3, 1.0, x)
    lost = 1.0 - np.exp(-safe)
    if component == "vertical":
        gain = 4.0 / safe * (1.0 + (1.0 - lost) / 2.0 - 1.5 * lost / safe)
    else:
        gain = (3.0 + (1.0 - lost) - 4.0 * lost / safe) / safe
    return np.where(x < 1e-3, 1.0, np.sqrt(gain))


def add_noise(x: Array, snr: float, seed: int | np.random.Generator = 0) -> Array:
    """Add white Gaussian noise.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Series. [any]
    snr : float
        Variance of the signal over variance of the noise. [1]
    seed : int or numpy.random.Generator
        Source of the noise.

    Returns
    -------
    ndarray, shape (n,)
        Noisy series. [as x]
    """
    rng = np.random.default_rng(seed)
    return np.asarray(x + np.nanstd(x) / np.sqrt(snr) * rng.standard_normal(x.size))


def quantise(x: Array, step: float) -> Array:
    """Round to multiples of ``step`` [as x], as an analogue-to-digital converter does."""
    return np.asarray(np.round(x / step) * step)


def add_spikes(x: Array, at: Sequence[int], size: float, width: int = 1) -> Array:
    """Put spikes at known places.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Series. [any]
    at : sequence of int
        First sample of each spike.
    size : float
        Height above what was there; every second spike points the other way. [as x]
    width : int, default 1
        Samples in a spike.

    Returns
    -------
    ndarray, shape (n,)
        Series with spikes. [as x]
    """
    out = x.copy()
    for k, first in enumerate(at):
        out[first : first + width] += size if k % 2 == 0 else -size
    return out


def drop(x: Array, at: Sequence[int], length: int = 1) -> Array:
    """Replace ``length`` samples from each place ``at`` with NaN."""
    out = x.copy()
    for first in at:
        out[first : first + length] = np.nan
    return out


def record_order(n: int, *, lost: Sequence[int] = (), doubled: Sequence[int] = ()) -> Integers:
    """Return which records a faulty logger writes, in order.

    Parameters
    ----------
    n : int
        Records that should be there.
    lost : sequence of int
        Records that are missing from the file.
    doubled : sequence of int
        Records that are written twice.

    Returns
    -------
    ndarray, shape (k,)
        Indices for ``x[order]``, the same for every column and the time stamps.
    """
    repeats = np.ones(n, dtype=np.int64)
    repeats[np.asarray(doubled, dtype=np.int64)] = 2
    repeats[np.asarray(lost, dtype=np.int64)] = 0
    return np.repeat(np.arange(n, dtype=np.int64), repeats)
