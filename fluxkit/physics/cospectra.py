"""Model cospectra of the surface layer, f Co(f) / covariance against n = f (z - d) / U."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Slowest eddies of which a surface layer's model says anything. The cospectra were measured in runs of an
#: hour (Kaimal et al., 1972), and a gap parts turbulence from what the weather does at periods of one to
#: some hours; a model run on to 1e-5 Hz there holds half of the flux at 200 m and 1 m s-1. [Hz]
SLOWEST = 1.0 / 7200.0


def cospectrum_moncrieff_1997(n: Array, zeta: Array, *, momentum: bool) -> Array:
    """Model cospectrum of a scalar or of momentum, normalised by the covariance.

    Parameters
    ----------
    n : array
        Normalised frequency f (z - d) / U, broadcastable with zeta. [1]
    zeta : array
        Stability (z - d) / L. [1]
    momentum : bool
        Momentum instead of a scalar.

    Returns
    -------
    array
        f Co(f) / covariance. [1]

    References
    ----------
    .. [1] Moncrieff et al., J. Hydrol. 188-189, 589-611, 1997, eqs. 12-18 (from Kaimal et al., 1972).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if momentum:
            unstable = np.where(
                n < 0.24, 20.78 * n / (1.0 + 31.0 * n) ** 1.575, 12.66 * n / (1.0 + 9.6 * n) ** 2.4
            )
            A = 0.124 * (1.0 + 7.9 * zeta) ** 0.75
        else:
            unstable = np.where(
                n < 0.54, 12.92 * n / (1.0 + 26.7 * n) ** 1.375, 4.378 * n / (1.0 + 3.8 * n) ** 2.4
            )
            A = 0.284 * (1.0 + 6.4 * zeta) ** 0.75
        B = 2.34 * A**-1.1
        stable = n / (A + B * n**2.1)
    return np.where(np.isnan(zeta), np.nan, np.where(zeta > 0, stable, unstable))


def frequency_scale(zeta: Array, *, momentum: bool) -> Array:
    r"""Scale of the reduced frequency with which the model cospectrum has one shape at any stability.

    The stable model is

    .. math:: \frac{f\, Co(f)}{\overline{w'x'}} = \frac{m}{1 + 2.34\, m^{2.1}}, \qquad m = n / A

    for every zeta; the unstable one has A = 1.

    Parameters
    ----------
    zeta : array
        Stability (z - d) / L. [1]
    momentum : bool
        Momentum instead of a scalar.

    Returns
    -------
    array
        A. [1]

    References
    ----------
    .. [1] Moncrieff et al., J. Hydrol. 188-189, 589-611, 1997, eqs. 12-18 (from Kaimal et al., 1972).
    """
    stable = np.maximum(zeta, 0.0)
    A = 0.124 * (1.0 + 7.9 * stable) ** 0.75 if momentum else 0.284 * (1.0 + 6.4 * stable) ** 0.75
    return np.where(np.isnan(zeta), np.nan, np.where(zeta > 0, A, 1.0))
