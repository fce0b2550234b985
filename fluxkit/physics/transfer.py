"""Transfer functions: what instruments, separation and averaging take from a spectrum.

All act on amplitudes of one signal unless the docstring says cospectrum; the product of
two signals' functions acts on their cospectrum. f in Hz, lengths in m, speeds in m s-1.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from fluxkit.constants import P_SEA_LEVEL, T_ZERO

Array = npt.NDArray[np.float64]
Acting = Literal["amplitude", "power"]  #: what a loss is taken to act on


def first_order_response(f: Array, tau: float) -> Array:
    """First-order response of time constant tau [s]. Moore (1986, eq. 3)."""
    return 1.0 / np.sqrt(1.0 + (2.0 * np.pi * f * tau) ** 2)


def first_order(f: Array, tau: float) -> npt.NDArray[np.complex128]:
    """First-order response of time constant tau [s] with its phase. Moore (1986, eq. 3)."""
    return np.asarray(1.0 / (1.0 + 2j * np.pi * f * tau))


def running_average(f: Array, time: float) -> Array:
    """Mean over a time [s], about its middle: air that fills a cell in plug flow."""
    return np.asarray(np.sinc(f * time))


def line_average_w(f: Array, path: float, U: Array, *, line_average: Acting = "amplitude") -> Array:
    """Averaging of vertical wind along a sonic path. Moore (1986, eq. 9); Kaimal et al. (1968).

    The equation is for the power spectrum, so its root acts on the amplitude; "power" takes it for the
    amplitude itself, as EddyPro 6 does.
    """
    x = f * path / U
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rest = np.expm1(-2.0 * np.pi * x)  # 1 - exp(...) would lose digits where x is small
        out = 2.0 / (np.pi * x) * (1.5 + rest / 2.0 + 3.0 * rest / (4.0 * np.pi * x))
    out = np.where(x < 1e-3, 1.0, out)
    return out if line_average == "power" else np.sqrt(out)


def line_average_scalar(f: Array, path: float, U: Array) -> Array:
    """Averaging of a scalar along a line. Moore (1986, eq. 7); Gurvich (1962)."""
    x = 2.0 * np.pi * f * path / U
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rest = np.expm1(-x)
        out = np.sqrt((4.0 + rest + 4.0 * rest / x) / x)
    return np.where(x < 1e-3, 1.0, out)


def separation(f: Array, distance: Array | float, U: Array) -> Array:
    """Lateral or vertical separation of two sensors; acts on the cospectrum. Moore (1986, eq. 11)."""
    return np.asarray(np.exp(-9.9 * (f * distance / U) ** 1.5))


def diffusivity_at(at_0: float, T: Array, P: float) -> Array:
    """Diffusivity of a gas in air. [m2 s-1]

    Parameters
    ----------
    at_0 : float
        At 0 degC and 1013.25 hPa. [m2 s-1]
    T : array
        Air temperature. [K]
    P : float
        Air pressure. [Pa]

    References
    ----------
    .. [1] Massman, Atmos. Environ. 32, 1111-1127, 1998 (the power of temperature: 1.81).
    """
    return np.asarray(at_0 * (T / T_ZERO) ** 1.81 * (P_SEA_LEVEL / P))


def kinematic_viscosity(T: Array) -> Array:
    """Kinematic viscosity of air at sea level. T [K]; returns [m2 s-1]."""
    return np.asarray(-1.1555e-14 * T**3 + 9.5728e-11 * T**2 + 3.7604e-8 * T - 3.4484e-6)


def reynolds(diameter: float, flow: float, T: Array) -> Array:
    """Reynolds number in a tube of a diameter [m] with a flow [m3 s-1] of air at T [K]."""
    return np.asarray(4.0 * flow / (np.pi * diameter * kinematic_viscosity(T)))


def tube(
    f: Array,
    *,
    diffusivity: Array | float,
    length: float,
    diameter: float,
    flow: float,
    T: Array,
    laminar_tube: Acting = "amplitude",
) -> Array:
    r"""Attenuation in a sampling tube.

    Parameters
    ----------
    f : array
        [Hz]
    diffusivity : array or float
        Of the gas in air, as it is. [m2 s-1]
    length, diameter : float
        [m]
    flow : float
        Volume flow. [m3 s-1]
    T : array
        Air temperature. [K]
    laminar_tube : {"amplitude", "power"}
        Laminar flow: loss of amplitude, or that of power in its place.

    Notes
    -----
    Laminar: dispersion with Taylor's coefficient :math:`r^2 v^2 / (48 D)` over the time :math:`L / v` damps
    an amplitude by

    .. math:: \exp\left(-\frac{L}{v} \frac{(\pi r f)^2}{12 D}\right)

    References
    ----------
    .. [1] Lenschow & Raupach, J. Geophys. Res. 96, 15259-15268, 1991 (turbulent tube flow).
    .. [2] Taylor, Proc. Roy. Soc. A 219, 186-203, 1953 (laminar).
    """
    r = diameter / 2.0
    speed = flow / (np.pi * r**2)
    re = reynolds(diameter, flow, T)
    divisor = 12.0 if laminar_tube == "amplitude" else 6.0
    laminar = np.exp(-(length / speed) * (np.pi * r * f) ** 2 / (divisor * diffusivity))
    turbulent = np.exp(-80.0 * r * f**2 * re**-0.125 * length / speed**2)
    return np.where(re < 2300.0, laminar, turbulent)


def high_pass_block_average(f: Array, period: float) -> Array:
    """Loss of low frequencies by averaging over a period [s]; acts on the cospectrum.

    References
    ----------
    .. [1] Moncrieff et al., in: Handbook of Micrometeorology, 2004, eq. 2.10 (Kaimal et al., 1989).
    """
    phi = np.pi * f * period
    return np.asarray(1.0 - np.sinc(phi / np.pi) ** 2)


def high_pass_linear(f: Array, period: float) -> Array:
    """Loss of low frequencies by removing a line over a period [s]; acts on the cospectrum.

    References
    ----------
    .. [1] Moncrieff et al., in: Handbook of Micrometeorology, 2004, eq. 2.12 (Rannik & Vesala, 1999).
    """
    phi = np.pi * f * period
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = 3.0 * ((np.sin(phi) / phi - np.cos(phi)) / phi) ** 2
    return np.asarray(high_pass_block_average(f, period) - np.where(phi < 1e-3, 0.0, slope))


def high_pass_running_mean(f: Array, time: float) -> Array:
    r"""Loss of low frequencies by subtracting the mean of the last seconds [s]; acts on the cospectrum.

    .. math:: |1 - H|^2, \qquad H = e^{-i \pi f \tau} \frac{\sin(\pi f \tau)}{\pi f \tau}

    where H is the response of the mean over the time :math:`\tau`.

    References
    ----------
    .. [1] Kaimal & Finnigan, Atmospheric Boundary Layer Flows, Oxford University Press, 1994, chapter 7
       (filters of a time series).
    """
    return np.asarray(1.0 - 2.0 * np.sinc(2.0 * f * time) + np.sinc(f * time) ** 2)


def high_pass_exponential(f: Array, time: float, rate: float) -> Array:
    r"""Loss of low frequencies by subtracting an exponentially weighted mean; acts on the cospectrum.

    The mean is recursive:

    .. math:: y_i = \eta\, y_{i-1} + (1 - \eta)\, x_i, \qquad \eta = \exp(-1 / (r \tau))

    with the rate r and the time constant :math:`\tau`.

    Parameters
    ----------
    f : array
        [Hz]
    time : float
        Time constant. [s]
    rate : float
        [Hz]

    References
    ----------
    .. [1] McMillen, Boundary-Layer Meteorol. 43, 231-245, 1988 (the filter).
    .. [2] Moncrieff et al., in: Handbook of Micrometeorology, 2004, chapter 2 (its transfer function).
    """
    eta = np.exp(-1.0 / (rate * time))
    phi2 = (2.0 * np.pi * f * eta / (rate * (1.0 - eta))) ** 2
    return np.asarray(phi2 / (1.0 + phi2 / eta))
