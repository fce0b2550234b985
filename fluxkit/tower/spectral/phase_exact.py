"""What instruments leave of a covariance, phases included, at the lag at which it was taken.

A slow sensor not only damps a signal, it also delays it, and a search for the largest covariance takes most
of that delay back. What is then left is the largest value of the filtered cross-covariance function, which is
more than at the physical lag. So the way in which the lag was found decides how much has to be restored.

The quadrature spectrum of the air itself is taken as zero: eddies carry wind and scalar in phase.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.physics import cospectra, transfer
from fluxkit.tower.spectral.spectral_correction import GasPath, SonicPath

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
HighPass = Callable[[Array], Array]
#: f [Hz], U [m s-1], T [K], lateral distance [m] -> what is left of a cospectrum, with its phase.
Gain = Callable[[Array, Array, Array, Array], npt.NDArray[np.float64] | Complex]
RealGain = Callable[[Array, Array, Array, Array], Array]

#: Nodes in the logarithm of m = f (z - d) / (U A), in which each model cospectrum has one shape.
_M = np.geomspace(1e-6, 1e4, 129)

#: Trial lags times U A / (z - d), and their waves: every lag that a sensor may cause, in steps of a quarter.
_TRIALS = np.geomspace(1e-4, 1e2, 64)
_ANGLES = 2.0 * np.pi * _M[:, None] * _TRIALS
_WAVES = np.concatenate([np.cos(_ANGLES), -np.sin(_ANGLES)])  #: (2 node, trial)

#: Periods that are done at once, so that the work stays in the cache.
_AT_ONCE = 250


class Left(NamedTuple):
    """What is left of a covariance. Arrays over time."""

    share: Array  #: of the true covariance [1]
    lag: Array  #: at which it is taken, behind the transport delay in tube and electronics [s]


@dataclass(frozen=True)
class PeriodFlow:
    """What the air does in each period, and where the gas sensor is in its wind. Arrays over time."""

    U: Array  #: mean wind speed [m s-1]
    T: Array  #: air temperature [K]
    zeta: Array  #: stability (z - d) / L [1]
    streamwise: Array  #: how far the gas sensor (or inlet) is downwind of the sonic [m]
    lateral: Array  #: and to the side [m]

    def part(self, here: slice | npt.NDArray[np.bool_]) -> "PeriodFlow":
        """Return some of the periods."""
        return PeriodFlow(
            self.U[here], self.T[here], self.zeta[here], self.streamwise[here], self.lateral[here]
        )


def split_separation(northward: float, eastward: float, wind_direction: Array) -> tuple[Array, Array]:
    """Split a horizontal separation into its parts along and across the wind.

    Parameters
    ----------
    northward, eastward : float
        Gas sensor minus sonic. [m]
    wind_direction : (time,) array
        Where the wind comes from, clockwise from north. [deg]

    Returns
    -------
    streamwise, lateral : (time,) arrays
        Positive downwind, positive to the right of one who looks downwind. [m]
    """
    to = np.radians(wind_direction + 180.0)
    north, east = np.cos(to), np.sin(to)
    return np.asarray(northward * north + eastward * east), np.asarray(eastward * north - northward * east)


def sonic_gain(sonic: SonicPath, *, momentum: bool) -> Gain:
    """Return what one sonic leaves of its own covariances: both signals are delayed alike."""

    def gain(f: Array, U: Array, T: Array, lateral: Array) -> Array:
        w = transfer.line_average_w(f, sonic.path, U)
        other = w if momentum else transfer.line_average_scalar(f, sonic.path, U)
        return np.asarray(w * other * transfer.first_order_response(f, sonic.response) ** 2)

    return gain


def separation_gain(vertical: float) -> RealGain:
    """Return what the distance of sensors across the wind and above one another [m] leaves.

    References
    ----------
    .. [1] Moore, Boundary-Layer Meteorol. 37, 17-35, 1986, eq. 11.
    """

    def gain(f: Array, U: Array, T: Array, lateral: Array) -> Array:
        across = transfer.separation(f, np.abs(lateral), U)
        return np.asarray(across * transfer.separation(f, abs(vertical), U))

    return gain


def gas_gain(sonic: SonicPath, gas: GasPath, apart: RealGain | None = None) -> Gain:
    """Return what sonic and gas analyser leave of a covariance, with what their distance leaves, if given."""

    def gain(f: Array, U: Array, T: Array, lateral: Array) -> Complex:
        real = transfer.line_average_w(f, sonic.path, U)
        if apart is not None:
            real *= apart(f, U, T, lateral)
        if gas.cell_residence is None:
            real *= transfer.line_average_scalar(f, gas.path, U)
        else:
            real *= transfer.running_average(f, gas.cell_residence)
        if gas.tube_length is not None and gas.tube_diameter is not None and gas.tube_flow is not None:
            real *= transfer.tube(
                f,
                diffusivity=transfer.diffusivity_at(gas.diffusivity, T, gas.pressure),
                length=gas.tube_length,
                diameter=gas.tube_diameter,
                flow=gas.tube_flow,
                T=T,
            )
        delayed = transfer.first_order(f, gas.response) * np.conj(transfer.first_order(f, sonic.response))
        return np.asarray(real * delayed)

    return gain


def left_at_peak(
    period: PeriodFlow,
    *,
    height: float,
    gain: Gain,
    momentum: bool = False,
    high_pass: HighPass | None = None,
    rate: float | None = None,
) -> Left:
    r"""What is left where the covariance is largest.

    .. math:: \max_s \int Co(f)\, \mathrm{Re}[G(f) e^{2 \pi i f s}]\, df \Big/ \int Co(f)\, df

    Parameters
    ----------
    period : Period
    height : float
        Measurement height above displacement, z - d. [m]
    gain : callable
        f, U, T, lateral -> transfer function of the cross spectrum, from `gas_gain` or `sonic_gain`.
    momentum : bool
        Momentum's cospectrum instead of a scalar's.
    high_pass : callable or None
        f -> transfer function on the cospectrum.
    rate : float or None
        Sampling rate, when lags are whole samples: the peak then lies anywhere between two of them, and the
        expected value at the sample next to it is the mean over one sampling interval. [Hz]

    Returns
    -------
    Left
        The lag holds the streamwise separation's part.

    Notes
    -----
    The streamwise separation only shifts the peak (Taylor's hypothesis). A window that ends before the
    peak is not thought of.

    References
    ----------
    .. [1] Peltola et al., Atmos. Meas. Tech. 14, 5071-5088, 2021.
    """

    def largest(air: PeriodFlow) -> Left:
        cross, scale = _cross(air, height, gain, momentum, high_pass, rate)
        late = np.sum(cross.imag * _M, axis=1) <= 0.0  # a delay turns the phase backwards
        sign = np.where(late, 1.0, -1.0)
        parts = np.concatenate([cross.real, sign[:, None] * cross.imag], axis=1)
        # A product of its own, always of one shape, for each period: one of many rounds by how many they are.
        at_lag = np.matmul(parts[:, None, :], _WAVES)[:, 0]
        share, place = _parabola(at_lag, cross.real.sum(axis=1))
        return Left(share, sign * place / scale + air.streamwise / air.U)

    return _in_parts(period, largest)


def left_at_lag(
    period: PeriodFlow,
    lag: Array | None,
    *,
    height: float,
    gain: Gain,
    momentum: bool = False,
    high_pass: HighPass | None = None,
    rate: float | None = None,
) -> Left:
    """What is left at a given lag behind the transport delay; parameters as of `left_at_peak`.

    Parameters
    ----------
    period : Period
    lag : (time,) array or None
        0: tube and electronics are made up for, nothing else. None: neither signal is late. [s]
    height, gain, momentum, high_pass, rate
        As of `left_at_peak`.

    Returns
    -------
    Left

    References
    ----------
    .. [1] Peltola et al., Atmos. Meas. Tech. 14, 5071-5088, 2021.
    """
    out = np.empty(period.U.shape)
    for k in range(0, period.U.size, _AT_ONCE):
        here = slice(k, k + _AT_ONCE)
        air = period.part(here)
        cross, scale = _cross(air, height, gain, momentum, high_pass, rate)
        if lag is not None:
            angle = (2.0 * np.pi * scale * (lag[here] - air.streamwise / air.U))[:, None] * _M
            cross = cross.real * np.cos(angle) - cross.imag * np.sin(angle)
        out[here] = cross.real.sum(axis=1)
    return Left(out, np.zeros_like(out) if lag is None else lag)


def _in_parts(period: PeriodFlow, work: Callable[[PeriodFlow], Left]) -> Left:
    parts = [work(period.part(slice(k, k + _AT_ONCE))) for k in range(0, max(period.U.size, 1), _AT_ONCE)]
    return Left(np.concatenate([p.share for p in parts]), np.concatenate([p.lag for p in parts]))


def _cross(
    air: PeriodFlow, height: float, gain: Gain, momentum: bool, high_pass: HighPass | None, rate: float | None
) -> tuple[Array | Complex, Array]:
    """Normalised cross spectrum per node (period, node), and f / m of each period."""
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = air.U * cospectra.frequency_scale(air.zeta, momentum=momentum) / height
        f = scale[:, None] * _M
        model = _SHAPES[momentum][(air.zeta > 0).astype(int)]
        if high_pass is not None:
            model = _turbulent(model, f) * high_pass(f)
        if rate is not None:
            model *= np.sinc(f / rate)
        cross = model * gain(f, air.U[:, None], air.T[:, None], air.lateral[:, None])
    return cross, scale


def _turbulent(model: Array, f: Array) -> Array:
    """Leave out what is slower than `cospectra.SLOWEST` and normalise the rest; a node counts in part."""
    inside = np.clip(np.log(f / cospectra.SLOWEST) / np.log(_M[1] / _M[0]) + 0.5, 0.0, 1.0)
    kept = model * inside
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


def _shape(zeta: float, momentum: bool) -> Array:
    """Model cospectrum over the nodes, normalised to 1."""
    A = cospectra.frequency_scale(np.array(zeta), momentum=momentum)
    shape = cospectra.cospectrum_moncrieff_1997(A * _M, np.array(zeta), momentum=momentum)
    return np.asarray(shape / shape.sum())


#: momentum -> (unstable or stable, node)
_SHAPES = {m: np.stack([_shape(-1.0, m), _shape(1.0, m)]) for m in (False, True)}


def _parabola(y: Array, at_zero: Array) -> tuple[Array, Array]:
    """Largest value of rows over the trial lags and where it is; 0 where none is larger than there."""
    k = np.clip(np.argmax(np.nan_to_num(y, nan=-np.inf), axis=1), 1, y.shape[1] - 2)
    before, here, after = (np.take_along_axis(y, (k + i)[:, None], axis=1)[:, 0] for i in (-1, 0, 1))
    slope, bend = (after - before) / 2.0, before - 2.0 * here + after
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.clip(-slope / bend, -1.0, 1.0)
    peak = here + shift * (slope + shift * bend / 2.0)
    ratio = _TRIALS[1] / _TRIALS[0]
    flat = ~(peak > at_zero)
    return np.where(flat, at_zero, peak), np.where(flat, 0.0, _TRIALS[k] * ratio**shift)
