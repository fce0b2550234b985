"""Factors that restore what instruments and averaging took from a covariance."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.physics import cospectra, transfer

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SonicPath:
    """A sonic's part in attenuation."""

    path: float  #: [m]
    response: float  #: [s]


@dataclass(frozen=True)
class GasPath:
    """A gas analyser's part in attenuation."""

    gas: str
    path: float  #: [m]
    response: float  #: [s]
    horizontal_separation: float  #: from the sonic [m]
    vertical_separation: float  #: [m]
    tube_length: float | None = None  #: [m]; None for an open path
    tube_diameter: float | None = None  #: [m]
    tube_flow: float | None = None  #: [m3 s-1]


@dataclass(frozen=True)
class Band:
    """Frequencies over which cospectra are integrated."""

    f: Array  #: [Hz]
    df: Array  #: weight of each [Hz]


def band_logarithmic(points: int = 400) -> Band:
    """1e-5 to 100 Hz, equally spaced in ln f, trapezoidal: all that a surface-layer cospectrum holds."""
    f = np.geomspace(1e-5, 100.0, points)
    step = np.log(f[1] / f[0])
    weight = np.full(points, step)
    weight[[0, -1]] /= 2.0
    return Band(f, weight * f)


def band_eddypro_6() -> Band:
    """EddyPro 6's: 500 points from 1/7200 to 10 Hz, rectangles, those below 1/5000 Hz left out."""
    first = 1.0 / 7200.0
    i = np.arange(1, 501)
    f = first * np.exp(i * np.log(10.0 / first) / 500.0)
    f[0] = first
    df = np.diff(f)
    keep = f[:-1] > 1.0 / 5000.0
    return Band(f[:-1][keep], df[keep])


def sonic_low_pass(f: Array, U: Array, sonic: SonicPath, *, eddypro_6: bool = False) -> Array:
    """Transfer function of one sonic signal (a wind component or temperature)."""
    path = transfer.line_average_w(f, sonic.path, U, eddypro_6=eddypro_6)
    return transfer.first_order_response(f, sonic.response) * path


def gas_low_pass(f: Array, U: Array, T: Array, gas: GasPath, *, eddypro_6: bool = False) -> Array:
    """Transfer function of a gas signal, its distance from the sonic included."""
    out = (
        transfer.first_order_response(f, gas.response)
        * transfer.line_average_scalar(f, gas.path, U)
        * transfer.separation(f, abs(gas.vertical_separation), U)
        * transfer.separation(f, gas.horizontal_separation, U)
    )
    if gas.tube_length is not None and gas.tube_diameter is not None and gas.tube_flow is not None:
        out = out * transfer.tube(
            f,
            gas=gas.gas,
            length=gas.tube_length,
            diameter=gas.tube_diameter,
            flow=gas.tube_flow,
            T=T,
            eddypro_6=eddypro_6,
        )
    return np.asarray(out)


LowPass = Callable[[Array, Array, Array], Array]

#: Periods that are done at once: a year of them times all frequencies would need gigabytes.
_AT_ONCE = 1000


def factor(
    *,
    band: Band,
    U: Array,
    T: Array,
    zeta: Array,
    height: float,
    momentum: bool,
    low_pass: LowPass | None,
    high_pass: Callable[[Array], Array] | None,
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
    for k in range(0, U.size, _AT_ONCE):
        here = slice(k, k + _AT_ONCE)
        speed, temperature, stability = U[here, None], T[here, None], zeta[here, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            n = f * height / speed
            density = cospectra.cospectrum_moncrieff_1997(n, stability, momentum=momentum) / f
            kept = density * passed
            if low_pass is not None:
                kept *= low_pass(f, speed, temperature)
            out[here] = (density * band.df).sum(axis=1) / kept.sum(axis=1)
    return out
