"""Attenuation of a flux by first-order filters, in closed form, and equivalent time constants of instruments.

An instrument's equivalent time constant tau is that of the first-order filter that takes half of the
cospectrum at the same frequency, 1 / (2 pi tau). Lengths in m, speeds in m s-1, times in s.
"""

import numpy as np
import numpy.typing as npt

from fluxkit.physics import transfer

Array = npt.NDArray[np.float64]


def cospectral_peak(zeta: Array, *, momentum: bool = False) -> Array:
    """Reduced frequency n at which n Co(n) peaks.

    Parameters
    ----------
    zeta : array
        Stability (z - d) / L. [1]
    momentum : bool
        Momentum instead of a scalar.

    Returns
    -------
    array
        n = f (z - d) / U. [1]

    References
    ----------
    .. [1] Horst, Boundary-Layer Meteorol. 82, 219-233, 1997 (scalars).
    .. [2] Massman, Agric. For. Meteorol. 104, 185-198, 2000 (momentum).
    """
    stable = np.maximum(zeta, 0.0)
    if momentum:
        return np.asarray(0.079 * (1.0 + 7.9 * stable) ** 0.75) + 0.0 * zeta
    peak = np.where(zeta > 0, 2.0 - 1.915 / (1.0 + 0.5 * stable), 0.085)
    return np.asarray(peak + 0.0 * zeta)


def left_horst_1997(tau: Array | float, U: Array, zeta: Array, height: float) -> Array:
    """Share of a scalar's flux that a first-order sensor leaves.

    Parameters
    ----------
    tau : array or float
        Time constant of the sensor; 1 / (2 pi f_c) for a cut-off frequency f_c. [s]
    U : array
        Mean wind speed. [m s-1]
    zeta : array
        Stability (z - d) / L. [1]
    height : float
        Measurement height above displacement, z - d. [m]

    Returns
    -------
    array
        [1]

    References
    ----------
    .. [1] Horst, Boundary-Layer Meteorol. 82, 219-233, 1997: the formula of the abstract, with exponent 7/8
       in unstable and 1 in stable air.
    """
    alpha = np.where(zeta > 0, 1.0, 7.0 / 8.0)
    x = 2.0 * np.pi * cospectral_peak(zeta) * tau * U / height
    return np.asarray(1.0 / (1.0 + x**alpha))


def left_massman_2000(
    tau: Array,
    U: Array,
    zeta: Array,
    *,
    height: float,
    block: float,
    high_pass: float = np.inf,
    momentum_peak: bool = False,
) -> Array:
    """Share of a flux that a first-order low-pass and two first-order high-pass filters leave.

    Parameters
    ----------
    tau : array
        Equivalent time constant of all that takes high frequencies, `together`. [s]
    U : array
        Mean wind speed. [m s-1]
    zeta : array
        Stability (z - d) / L. [1]
    height : float
        Measurement height above displacement, z - d. [m]
    block : float
        Equivalent time constant of averaging over a block, see `TIME_OF_BLOCK`; infinite for none. [s]
    high_pass : float
        The same of a filter or of a line that was removed; infinite for none. [s]
    momentum_peak : bool
        Take the peak frequency of momentum's cospectrum instead of a scalar's.

    Returns
    -------
    array
        [1]

    References
    ----------
    .. [1] Massman, Agric. For. Meteorol. 104, 185-198, 2000: the formula for flat terrain, exponent 0.925 in
       unstable and 1 in stable air.
    .. [2] Massman, Agric. For. Meteorol. 107, 247-251, 2001: the corrected table, exact with exponent 1.
    """
    omega = 2.0 * np.pi * cospectral_peak(zeta, momentum=momentum_peak) * U / height
    alpha = np.where(zeta > 0, 1.0, 0.925)
    p = (omega * tau) ** alpha
    out = 1.0 / (1.0 + p)
    for time in (block, high_pass):
        if np.isfinite(time):
            a = (omega * time) ** alpha
            out = out * a / (a + 1.0) * a / (a + p)
    if np.isfinite(block) and np.isfinite(high_pass):
        # Partial fractions: what two high-pass filters take together is less than the product of each.
        out = out * (1.0 + (p + 1.0) / ((omega * block) ** alpha + (omega * high_pass) ** alpha))
    return np.asarray(out)


#: Averaging period over the equivalent time constant of removing its mean, and its line (Massman, 2000).
TIME_OF_BLOCK = 2.8
TIME_OF_LINE = 5.3


def together(*times: Array | float) -> Array:
    """Equivalent time constant of filters one after another. [s] Massman (2000)."""
    total: Array = np.sum(np.stack([t**2 for t in np.broadcast_arrays(*times)]), axis=0)
    return np.sqrt(total)


def time_of_momentum(vertical: float, horizontal: float, U: Array) -> Array:
    """Averaging along a sonic's paths, for u'w'. Massman (2000, table of time constants).

    vertical, horizontal: extent of the paths [m].
    """
    return together(vertical / (5.7 * U), horizontal / (2.8 * U))


def time_of_vertical_wind(vertical: float, U: Array) -> Array:
    """Averaging of w along a sonic's vertical path, for a scalar's flux. Massman (2000)."""
    return np.asarray(vertical / (8.4 * U))


def time_of_line(path: float, U: Array | float) -> Array:
    """Averaging of a scalar along a line [m] in air of speed U. Massman (2000)."""
    return np.asarray(path / (4.0 * U))


def time_of_volume(path: float, diameter: float, U: Array | float) -> Array:
    """Averaging over a cylinder's volume in air of speed U. Massman (2000). path, diameter [m]."""
    return np.asarray((0.2 + 0.4 * diameter / path) * path / U)


def time_of_lateral_separation(distance: Array | float, U: Array) -> Array:
    """Sensors beside or above one another. Massman (2000). distance [m]."""
    return np.asarray(distance / (1.1 * U))


def time_of_streamwise_separation(distance: Array | float, U: Array) -> Array:
    """Sensors one behind the other, the delay not made up for. Massman (2000). distance [m]."""
    return np.asarray(np.abs(distance) / (1.05 * U))


def time_of_tube(
    *,
    diffusivity: Array | float,
    length: float,
    diameter: float,
    flow: float,
    T: Array,
    laminar: bool = True,
) -> Array:
    r"""Dispersion in a sampling tube.

    Parameters
    ----------
    diffusivity : array or float
        Of the gas in air, as it is. [m2 s-1]
    length, diameter : float
        [m]
    flow : float
        Volume flow. [m3 s-1]
    T : array
        Air temperature. [K]
    laminar : bool
        Laminar flow attenuates; else turbulent flow alone.

    Returns
    -------
    array
        Time constant of the first-order filter. [s]

    Notes
    -----
    .. math:: \tau = \sqrt{\Lambda r L} / (0.83 v)

    for radius r, length L and speed v; :math:`\Lambda` is Lenschow & Raupach's in turbulent and Taylor's in
    laminar flow: the same dispersion as in `transfer.tube`.

    References
    ----------
    .. [1] Massman, Atmos. Environ. 25A, 2188-2189, 1991 (the coefficient Lambda; laminar 0.0104 Re Sc).
    .. [2] Massman, Agric. For. Meteorol. 104, 185-198, 2000 (the time constant).
    """
    f = np.array(1.0)
    gain = transfer.tube(f, diffusivity=diffusivity, length=length, diameter=diameter, flow=flow, T=T)
    # Both regimes are Gaussian in f: exp(-Lambda r L (2 pi f / v)^2).
    spread = np.sqrt(-np.log(gain)) / (2.0 * np.pi)
    if not laminar:
        spread = np.where(transfer.reynolds(diameter, flow, T) < 2300.0, 0.0, spread)
    return np.asarray(spread / 0.83)
