"""Covariances minute by minute from a continuous wavelet transform."""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

Array = npt.NDArray[np.float64]

OMEGA_0 = 6.0  #: non-dimensional frequency of the Morlet wavelet
FOURIER_FACTOR = 4.0 * np.pi / (OMEGA_0 + np.sqrt(2.0 + OMEGA_0**2))  #: Fourier period over scale
PER_OCTAVE = 4  #: scales per octave; 1 / PER_OCTAVE is the paper's delta j
_REACH = 5.0  #: beyond so many widths the wavelet's spectrum is taken as zero


def morlet(eta: Array) -> Array:
    """Spectrum of the Morlet wavelet at the non-dimensional frequency s omega. Torrence & Compo (1998)."""
    return np.asarray(np.pi**-0.25 * np.where(eta > 0.0, np.exp(-((eta - OMEGA_0) ** 2) / 2.0), 0.0))


@cache
def reconstruction_constant() -> float:
    r"""Return the constant C_delta with which scales add up to the covariance: 0.766.

    It is :math:`\pi \int \hat\psi_0^2 d\eta / (\eta \ln 2)`. The paper's 0.776 restores the series from the
    real part of its transform; with it covariances come out 1.3 % too small.
    """
    whole, _ = scipy.integrate.quad(lambda x: float(morlet(np.array(x))) ** 2 / x, 1e-6, 30.0)
    return float(np.pi * whole / np.log(2.0))


class WaveletScale(NamedTuple):
    """One scale: which Fourier coefficients it passes, their weights, and points in time per step."""

    first: int
    weights: Array
    points: int


@cache
def scales(n: int, rate: float, steps: int, longest: float) -> tuple[WaveletScale, ...]:
    """Scales of a period of n samples, mirrored, from beyond the Nyquist frequency to a Fourier period.

    Parameters
    ----------
    n, rate : int, float
        Samples, their rate [Hz].
    steps : int
        Steps that the period is divided into.
    longest : float
        Longest Fourier period. [s]

    Returns
    -------
    tuple of Scale
    """
    omega = np.pi * np.arange(n) * rate / n  # of the mirrored series, without its empty Nyquist frequency
    smallest = (OMEGA_0 - 4.0) / (np.pi * rate)
    octaves = np.log2(longest / (FOURIER_FACTOR * smallest))
    found = []
    for j in range(int(np.floor(octaves * PER_OCTAVE + 1e-9)) + 1):
        s = longest / FOURIER_FACTOR * 2.0 ** (-(j + 0.5) / PER_OCTAVE)  # middle of its part of an octave
        passed = np.flatnonzero(np.abs(s * omega - OMEGA_0) < _REACH)
        if passed.size == 0:
            continue
        # The product of two transforms varies as fast as the band is wide: so many points hold all of it.
        points = scipy.fft.next_fast_len(max(8, -(-passed.size // (2 * steps))))
        found.append(WaveletScale(int(passed[0]), morlet(s * omega[passed]), points))
    return tuple(found)


def covariances(rows: Array, *, rate: float, steps: int, longest: float) -> Array:
    r"""Covariance of the first row with the others in each step of a period.

    Parameters
    ----------
    rows : (1 + k, N) array
        Vertical wind and other series, without gaps; means are removed here. [any]
    rate : float
        [Hz]
    steps : int
        Steps (minutes) that the period is divided into.
    longest : float
        Longest Fourier period that counts. [s]

    Returns
    -------
    (k, steps) array
        Their mean over the period is the covariance, but for what is slower than `longest`.

    Notes
    -----
    :math:`\overline{w'x'}(t) = \frac{\delta j\,\delta t}{C_\delta} \sum_j \Re(W_w W_x^*) / s_j`, averaged
    over each step. The period is continued by its mirror image on both sides: nothing leaks out at the ends,
    nothing jumps, and the mean over the period is exactly the cospectrum's integral over what counts.
    Long scales are evaluated at few points, as many as their band needs.

    References
    ----------
    .. [1] Torrence & Compo, Bull. Am. Meteorol. Soc. 79, 61-78, 1998, eqs. 4, 6 and 14.
    .. [2] Schaller et al., Agric. For. Meteorol. 232, 12-22, 2017 (fluxes by the minute).
    """
    n = rows.shape[1]
    centred = rows - rows.mean(axis=1, keepdims=True)
    spectrum = scipy.fft.rfft(np.concatenate([centred, centred[:, ::-1]], axis=1))[:, :n] / (2 * n)
    out = np.zeros((rows.shape[0] - 1, steps))
    for scale in scales(n, rate, steps, longest):
        total = 2 * steps * scale.points
        band = np.arange(scale.first, scale.first + scale.weights.size)
        # Points lie in the middle of equal parts; the mirror is at sample -1/2.
        phase = np.exp(1j * np.pi * band * (1.0 / total - 0.5 / n))
        padded = np.zeros((rows.shape[0], total), dtype=np.complex128)
        padded[:, : band.size] = spectrum[:, band] * (scale.weights * phase)
        transform = scipy.fft.ifft(padded)[:, : steps * scale.points] * total
        product = (transform[:1] * transform[1:].conj()).real
        out += product.reshape(out.shape[0], steps, scale.points).mean(axis=2)
    return np.asarray(out * 2.0 * np.pi / (PER_OCTAVE * reconstruction_constant()))


def fill_gaps(x: Array) -> Array:
    """Bridge gaps by straight lines; NaN throughout where nothing is there."""
    missing = np.isnan(x)
    if not missing.any() or missing.all():
        return x
    place = np.arange(x.size)
    return np.where(missing, np.interp(place, place[~missing], x[~missing]), x)
