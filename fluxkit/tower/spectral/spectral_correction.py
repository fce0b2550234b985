"""Factors that restore what instruments and averaging took from a covariance."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from fluxkit.constants import P_SEA_LEVEL
from fluxkit.physics import cospectra, transfer
from fluxkit.physics.transfer import Acting

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SonicPath:
    """A sonic's part in attenuation."""

    path: float  #: [m]
    response: float  #: [s]


@dataclass(frozen=True)
class GasPath:
    """A gas analyser's part in attenuation."""

    diffusivity: float  #: of the gas in air at 0 degC, 1013.25 hPa [m2 s-1]; NaN where it is unknown
    path: float  #: [m]
    response: float  #: [s]
    horizontal_separation: float  #: from the sonic [m]
    vertical_separation: float  #: [m]
    tube_length: float | None = None  #: [m]; None for an open path
    tube_diameter: float | None = None  #: [m]
    tube_flow: float | None = None  #: [m3 s-1]
    beam: float = 0.0  #: diameter of the optical path [m]
    pressure: float = P_SEA_LEVEL  #: of the air at the station [Pa]
    flushed: bool = False  #: the response is that of the cell's air being exchanged

    @property
    def cell_residence(self) -> float | None:
        """Time over which the cell of a closed path averages [s]; None for an open one."""
        if self.tube_flow is None:
            return None
        if self.flushed:
            return 0.0
        return float(np.pi * (self.beam / 2.0) ** 2 * self.path / self.tube_flow)


@dataclass(frozen=True)
class FrequencyBand:
    """Frequencies over which cospectra are integrated."""

    f: Array  #: [Hz]
    df: Array  #: weight of each [Hz]


#: Below it there is nothing of a surface-layer cospectrum. [Hz]
LOWEST = 1e-5


def band_logarithmic(points: int = 400, *, lowest: float = LOWEST) -> FrequencyBand:
    """Lowest to 100 Hz, equally spaced in ln f, trapezoidal: by default all that a model cospectrum holds."""
    f = np.geomspace(lowest, 100.0, points)
    step = np.log(f[1] / f[0])
    weight = np.full(points, step)
    weight[[0, -1]] /= 2.0
    return FrequencyBand(f, weight * f)


def band_bounded() -> FrequencyBand:
    """EddyPro 6's: 500 points from 1/7200 to 10 Hz, rectangles, those below 1/5000 Hz left out."""
    first = 1.0 / 7200.0
    i = np.arange(1, 501)
    f = first * np.exp(i * np.log(10.0 / first) / 500.0)
    f[0] = first
    df = np.diff(f)
    keep = f[:-1] > 1.0 / 5000.0
    return FrequencyBand(f[:-1][keep], df[keep])


def band_bounded_linear() -> FrequencyBand:
    """EddyPro 6's without a high-frequency correction: steps of 1/14400 Hz to 2.5 Hz."""
    df = 1.0 / 14400.0
    f = df * np.arange(1.0, 36001.0)
    return FrequencyBand(f, np.full(f.size, df))


def sonic_low_pass(f: Array, U: Array, sonic: SonicPath, *, line_average: Acting = "amplitude") -> Array:
    """Transfer function of one sonic signal (a wind component or temperature)."""
    path = transfer.line_average_w(f, sonic.path, U, line_average=line_average)
    return transfer.first_order_response(f, sonic.response) * path


def gas_low_pass(
    f: Array,
    U: Array,
    T: Array,
    gas: GasPath,
    *,
    laminar_tube: Acting = "amplitude",
    tube_diffusivity: Literal["air", "table"] = "air",
) -> Array:
    """Transfer function of a gas signal, its distance from the sonic included."""
    out = (
        transfer.first_order_response(f, gas.response)
        * transfer.line_average_scalar(f, gas.path, U)
        * transfer.separation(f, abs(gas.vertical_separation), U)
        * transfer.separation(f, gas.horizontal_separation, U)
    )
    if gas.tube_length is not None and gas.tube_diameter is not None and gas.tube_flow is not None:
        diffusivity = transfer.diffusivity_at(gas.diffusivity, T, gas.pressure)
        out = out * transfer.tube(
            f,
            diffusivity=gas.diffusivity if tube_diffusivity == "table" else diffusivity,
            length=gas.tube_length,
            diameter=gas.tube_diameter,
            flow=gas.tube_flow,
            T=T,
            laminar_tube=laminar_tube,
        )
    return np.asarray(out)


def high_pass_transfer(
    detrending: str,
    *,
    period: float,
    time: float,
    rate: float,
    chunk_transfer: Literal["line", "mean-and-slope"] = "line",
    running_mean_transfer: Literal["running", "exponential"] = "running",
    mean_after_filter: bool = True,
) -> Callable[[Array], Array]:
    """Return the transfer function of averaging and detrending; acts on the cospectrum.

    Parameters
    ----------
    detrending : {"block", "linear", "linear-chunks", "running-mean", "exponential"}
        What was removed.
    period : float
        Averaging period. [s]
    time : float
        Length of a chunk or a running mean, or time constant of an exponential one. [s]
    rate : float
        Sampling rate. [Hz]
    chunk_transfer : {"line", "mean-and-slope"}
        Chunks lose a line, or the period's mean and their own slope.
    running_mean_transfer : {"running", "exponential"}
        A running mean's own function, or that of an exponential one.
    mean_after_filter : bool
        Taking the mean of what a running or exponential mean left takes something, too.

    Returns
    -------
    callable
        f [Hz] -> what is left. [1]
    """
    block, line = transfer.high_pass_block_average, transfer.high_pass_linear

    def chunks(f: Array) -> Array:
        if chunk_transfer == "line":
            return line(f, time)
        return block(f, period) + line(f, time) - block(f, time)

    def running(f: Array) -> Array:
        if running_mean_transfer == "exponential":
            return exponential(f)
        return with_mean(f, transfer.high_pass_running_mean(f, time))

    def exponential(f: Array) -> Array:
        return with_mean(f, transfer.high_pass_exponential(f, time, rate))

    def with_mean(f: Array, left: Array) -> Array:
        return np.asarray(left * block(f, period)) if mean_after_filter else left

    def whole(f: Array) -> Array:
        return line(f, period) if detrending == "linear" else block(f, period)

    return {"linear-chunks": chunks, "running-mean": running, "exponential": exponential}.get(
        detrending, whole
    )


LowPass = Callable[[Array, Array, Array], Array]
HighPass = Callable[[Array], Array]

#: Periods that are done at once with so many frequencies: a year of them would need gigabytes.
_AT_ONCE, _POINTS = 1000, 500


def factor(
    *,
    band: FrequencyBand,
    U: Array,
    T: Array,
    zeta: Array,
    height: float,
    momentum: bool,
    low_pass: LowPass | None,
    high_pass: HighPass | None,
) -> Array:
    """Correction factor of a covariance: model cospectrum over what is left of it.

    Parameters
    ----------
    band : Band
    U, T : (time,) arrays
        Mean wind speed, air temperature. [m s-1], [K]
    zeta : (time,) array
        Stability (z - d) / L. [1]
    height : float
        Measurement height above displacement, z - d. [m]
    momentum : bool
        Momentum's cospectrum instead of a scalar's.
    low_pass : callable or None
        f, U, T -> transfer function on the cospectrum (product of both signals' functions).
    high_pass : callable or None
        f -> transfer function on the cospectrum.

    Returns
    -------
    (time,) array
        [1]

    References
    ----------
    .. [1] Moncrieff et al., J. Hydrol. 188-189, 589-611, 1997, eq. 10.
    .. [2] Moncrieff et al., in: Handbook of Micrometeorology, 2004, chapter 2.
    """
    f = band.f[None, :]
    passed = band.df if high_pass is None else band.df * high_pass(f)
    out = np.empty(U.shape)
    at_once = max(1, _AT_ONCE * _POINTS // band.f.size)
    for k in range(0, U.size, at_once):
        here = slice(k, k + at_once)
        speed, temperature, stability = U[here, None], T[here, None], zeta[here, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            n = f * height / speed
            density = cospectra.cospectrum_moncrieff_1997(n, stability, momentum=momentum) / f
            kept = density * passed
            if low_pass is not None:
                kept *= low_pass(f, speed, temperature)
            out[here] = (density * band.df).sum(axis=1) / kept.sum(axis=1)
    return out
