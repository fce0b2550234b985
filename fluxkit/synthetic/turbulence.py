"""Random-phase turbulence whose variances and covariances are known to rounding."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import fft

from fluxkit.synthetic import spectra

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
Quadrature = Literal["paired", "random"]
#: Frequency [Hz] -> what a cospectrum has there of the model's, up to a factor.
CospectralShape = Callable[[Array], Array]

#: Largest squared coherence of a line. Model spectra and cospectra do not quite fit
#: together at low frequencies; the spectrum of the other variable gives way.
MAX_COHERENCE = 0.95


@dataclass(frozen=True)
class PlantedScalar:
    """What is planted for one scalar, in any unit."""

    sigma: float  #: standard deviation
    covariance: float  #: with the vertical wind, unit times m s-1


@dataclass(frozen=True)
class SyntheticTurbulence:
    """One periodic stretch of turbulence and its truth.

    Attributes
    ----------
    rate : float
        Sampling rate. [Hz]
    data : dict of ndarray, shape (n,)
        Fluctuations (mean zero) of u, v, w [m s-1] and of each scalar.
    frequency : ndarray, shape (m,)
        Frequencies of the lines, k rate / n; neither zero nor the Nyquist frequency. [Hz]
    power : dict of ndarray, shape (m,)
        Variance that each line carries; the sum is the variance (1/n in the denominator).
    cospectrum : dict of ndarray, shape (m,)
        Covariance with w that each line carries; the sum is the covariance (1/n).
    """

    rate: float
    data: dict[str, Array]
    frequency: Array
    power: dict[str, Array]
    cospectrum: dict[str, Array]

    def variance(self, name: str) -> float:
        """Return the planted variance of one variable."""
        return float(self.power[name].sum())

    def covariance(self, name: str, transfer: Callable[[Array], npt.ArrayLike] | None = None) -> float:
        """Return the planted covariance of one variable with w.

        With ``transfer``, a function of frequency [Hz], what is left of it after a filter with that
        (complex) transfer function acted on the variable: exact if the quadrature spectrum were
        zero, and very nearly so with ``quadrature="paired"``.
        """
        gain = 1.0 if transfer is None else np.real(transfer(self.frequency))
        return float(np.sum(self.cospectrum[name] * gain))


def surrogate(
    n: int,
    rate: float,
    *,
    ustar: float,
    scalars: Mapping[str, PlantedScalar],
    sigma_w: float | None = None,
    sigma_u: float | None = None,
    sigma_v: float | None = None,
    height: float = 3.0,
    wind_speed: float = 3.0,
    zeta: float = 0.0,
    quadrature: Quadrature = "paired",
    shape: CospectralShape | None = None,
    seed: int | np.random.Generator = 0,
) -> SyntheticTurbulence:
    r"""Make turbulence with prescribed variances, covariances, spectra and cospectra.

    Every Fourier line of w has the amplitude of the model spectrum and a random phase. The
    line of another variable x is the one of w times a complex number,

    .. math:: X_k = \left[ \frac{Co_k}{S_{w,k}}
              \pm i \sqrt{\frac{S_{x,k}}{S_{w,k}} - \frac{Co_k^2}{S_{w,k}^2}} \right] W_k ,

    so its variance and its covariance with w are the planted ones line by line, not just on
    average. The covariance of v with w is zero, hence :math:`u_*^2 = -\overline{u'w'}`.

    Parameters
    ----------
    n : int
        Number of samples, at least 16. [1]
    rate : float
        Sampling rate. [Hz]
    ustar : float
        Friction velocity. [m s-1]
    scalars : mapping of str to Scalar
        Standard deviation and covariance with w, by name; any name but u, v, w.
    sigma_w, sigma_u, sigma_v : float, optional
        Standard deviations; 1.25, 2.4 and 1.9 ``ustar`` if absent. [m s-1]
    height : float, default 3.0
        Height above the displacement plane, z - d. [m]
    wind_speed : float, default 3.0
        Mean wind speed, which maps frequency to reduced frequency. [m s-1]
    zeta : float, default 0.0
        Stability (z - d) / L; above zero the stable models are planted. [1]
    quadrature : {"paired", "random"}
        Sign of the part of x that is out of phase with w. "paired": opposite in
        neighbouring lines, so that the quadrature spectrum vanishes, the covariance peaks at lag
        zero and filters act as their transfer function says. "random": independent
        signs, as in nature: the cross-covariance at lags other than zero has sampling noise.
    shape : callable, optional
        What cospectra have of the model's at a frequency, where they are to be of another shape; the
        covariances are the planted ones all the same.
    seed : int or numpy.random.Generator
        Source of the phases.

    Returns
    -------
    SyntheticTurbulence
        Fluctuations, periodic in time, and what was planted.

    Raises
    ------
    ValueError
        If a covariance is too large for the standard deviations and model spectra, or n is too small.

    Notes
    -----
    Amplitudes are not random, so variances have no sampling error: only phases differ between seeds.
    Nothing slower than n / rate or faster than half the rate is planted.
    """
    if n < 16:
        raise ValueError(f"n: a stretch of turbulence needs at least 16 samples, found {n}")
    rng = np.random.default_rng(seed)
    frequency = np.arange(1, (n + 1) // 2, dtype=np.float64) * (rate / n)
    reduced = np.asarray(frequency * (height / wind_speed))
    sigma_w = 1.25 * ustar if sigma_w is None else sigma_w
    planted = {
        "u": PlantedScalar(2.4 * ustar if sigma_u is None else sigma_u, -(ustar**2)),
        "v": PlantedScalar(1.9 * ustar if sigma_v is None else sigma_v, 0.0),
        **_checked(scalars),
    }
    power = {"w": _scaled(spectra.power("w", reduced, zeta) / frequency, sigma_w**2)}
    cospectra = {}
    lines = {"w": np.sqrt(power["w"]) * np.exp(2j * np.pi * rng.random(frequency.size))}
    for name, target in planted.items():
        kind = name if name in ("u", "v") else "scalar"
        model = spectra.cospectrum("u" if kind == "u" else "scalar", reduced, zeta) / frequency
        co = _scaled(model if shape is None else model * shape(frequency), target.covariance)
        form = spectra.power(kind, reduced, zeta) / frequency
        power[name] = _coherent(name, form, co, power["w"], target)
        cospectra[name] = co
        aside = np.sqrt(np.maximum(power[name] / power["w"] - (co / power["w"]) ** 2, 0.0))
        lines[name] = (co / power["w"] + 1j * _signs(frequency.size, quadrature, rng) * aside) * lines["w"]
    return SyntheticTurbulence(rate, _to_time(lines, n), frequency, power, cospectra)


def _checked(scalars: Mapping[str, PlantedScalar]) -> Mapping[str, PlantedScalar]:
    taken = sorted({"u", "v", "w"} & set(scalars))
    if taken:
        raise ValueError(f"scalars: {', '.join(taken)} is wind; give sigma_{taken[0]} instead")
    return scalars


def _scaled(shape: Array, total: float) -> Array:
    return np.asarray(shape * (total / shape.sum()))


def _coherent(name: str, shape: Array, co: Array, power_w: Array, target: PlantedScalar) -> Array:
    """Spectrum of the wanted variance that nowhere asks for more than ``MAX_COHERENCE``."""
    variance = target.sigma**2
    floor = co**2 / (MAX_COHERENCE * power_w)
    room = variance - floor.sum()
    if room < 0:
        most = abs(target.covariance) * np.sqrt(variance / floor.sum())
        raise ValueError(
            f"{name}: a covariance of {target.covariance:g} with w is too large for a standard deviation of "
            f"{target.sigma:g}; at most {most:.4g} fits the model spectra: raise sigma or lower it"
        )
    spare = np.maximum(_scaled(shape, variance) - floor, 0.0)
    return floor + _scaled(spare if spare.any() else shape, room)


def _signs(size: int, quadrature: Quadrature, rng: np.random.Generator) -> Array:
    if quadrature == "random":
        return np.where(rng.random(size) < 0.5, -1.0, 1.0)
    pairs = np.where(rng.random((size + 1) // 2) < 0.5, -1.0, 1.0)
    return np.asarray(np.column_stack([pairs, -pairs]).ravel()[:size])


def _to_time(lines: Mapping[str, Complex], n: int) -> dict[str, Array]:
    coefficients = np.zeros((len(lines), n // 2 + 1), dtype=np.complex128)
    coefficients[:, 1 : (n + 1) // 2] = np.stack(list(lines.values())) * (n / np.sqrt(2.0))
    series = fft.irfft(coefficients, n, axis=-1)
    return {name: np.ascontiguousarray(row) for name, row in zip(lines, series, strict=True)}
