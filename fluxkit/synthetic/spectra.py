r"""Model spectra and cospectra that the generator plants.

All functions give :math:`f\,S(f)` or :math:`f\,Co(f)` up to a constant factor: the
generator scales them to the variance or covariance that is asked for.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: f S(f) = a n / (1 + b n^p)^q for near-neutral and unstable air.
_KAIMAL = {
    "u": (105.0, 33.0, 1.0, 5.0 / 3.0),
    "v": (17.0, 9.5, 1.0, 5.0 / 3.0),
    "w": (2.1, 5.3, 5.0 / 3.0, 1.0),
    "scalar": (53.4, 24.0, 1.0, 5.0 / 3.0),
}

#: Integral over ln n of n / (A + B n^(5/3)) is one if B = _UNIT A^(-2/3).
_UNIT = (0.6 * np.pi / np.sin(0.6 * np.pi)) ** (5.0 / 3.0)


def power(kind: str, n: Array, zeta: float) -> Array:
    r"""Power spectrum times frequency, up to a factor.

    Parameters
    ----------
    kind : {"u", "v", "w", "scalar"}
        Which variable.
    n : ndarray, shape (m,)
        Reduced frequency f (z - d) / U, positive. [1]
    zeta : float
        Stability (z - d) / L. [1]

    Returns
    -------
    ndarray, shape (m,)
        f S(f), with the inertial slope -2/3. [arbitrary]

    Notes
    -----
    Unstable and neutral: the shapes of [1]_. Stable: n / (A + B n^(5/3)) with a peak that
    moves to higher n with zeta; how far is a choice of this generator, not a measurement.

    References
    ----------
    .. [1] Kaimal, J. C., Wyngaard, J. C., Izumi, Y., Coté, O. R., "Spectral characteristics of
       surface-layer turbulence", Q. J. R. Meteorol. Soc. 98, 563-589, 1972.
    """
    if zeta <= 0:
        a, b, p, q = _KAIMAL[kind]
        return np.asarray(a * n / (1.0 + b * n**p) ** q)
    peak = {"u": 0.2, "v": 0.5, "w": 1.0, "scalar": 0.25}[kind] * (0.84 + 1.2 * zeta)
    return np.asarray(n / (peak + _UNIT * peak ** (-2.0 / 3.0) * n ** (5.0 / 3.0)))


def cospectrum(kind: str, n: Array, zeta: float) -> Array:
    """Cospectrum with the vertical wind times frequency, up to a factor.

    Parameters
    ----------
    kind : {"u", "scalar"}
        Momentum, or heat and gases.
    n : ndarray, shape (m,)
        Reduced frequency f (z - d) / U, positive. [1]
    zeta : float
        Stability (z - d) / L. [1]

    Returns
    -------
    ndarray, shape (m,)
        f Co(f), positive. [arbitrary]

    References
    ----------
    .. [1] Kaimal, J. C., Wyngaard, J. C., Izumi, Y., Coté, O. R., "Spectral characteristics of
       surface-layer turbulence", Q. J. R. Meteorol. Soc. 98, 563-589, 1972.
    .. [2] Moncrieff, J. B. et al., "A system to measure surface fluxes of momentum, sensible heat,
       water vapour and carbon dioxide", J. Hydrol. 188-189, 589-611, 1997.
    """
    momentum = kind == "u"
    if zeta > 0:
        a = 0.124 * (1.0 + 7.9 * zeta) ** 0.75 if momentum else 0.284 * (1.0 + 6.4 * zeta) ** 0.75
        return np.asarray(n / (a + 2.34 * a**-1.1 * n**2.1))
    if momentum:
        return np.where(n < 0.24, 20.78 * n / (1.0 + 31.0 * n) ** 1.575, 12.66 * n / (1.0 + 9.6 * n) ** 2.4)
    return np.where(n < 0.54, 12.92 * n / (1.0 + 26.7 * n) ** 1.375, 4.378 * n / (1.0 + 3.8 * n) ** 2.4)
