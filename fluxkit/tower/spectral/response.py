"""The response of a gas channel from its spectrum, fitted where the flux is.

What a correction needs is what the channel leaves of the frequencies that carry the flux. A fit in which all
bins weigh alike, by their relative error, is decided by bins beyond the flux, of which there are more; where
the response is not quite of first order it is then wrong where it counts.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.tower.spectral.cutoff import MODEL_ERROR

Array = npt.NDArray[np.float64]


class Response(NamedTuple):
    """Two first-order filters in series and white noise; NaN where nothing could be fitted."""

    slow: float  #: time constant of the slower one [s]
    fast: float  #: of the faster one, 0 unless the spectra ask for it [s]
    scale: float  #: gas over temperature at low frequencies [1]
    white: float  #: of the gas's f S(f) over its variance, the noise over f [s]


UNKNOWN = Response(np.nan, np.nan, np.nan, np.nan)

_ENOUGH = 5  # bins
_TRIALS = 120
#: Trial time constants of the faster filter over that of the slower.
_RATIOS: Array = np.geomspace(0.02, 1.0, 12)
_ZOOM: Array = np.linspace(-1.0, 1.0, 9)
_ROUNDS = 6
#: What a second filter must gain in twice the logarithm of likelihood: by chance one in twenty gains more.
_GAIN_OF_SECOND = 3.84


def fit_flux_weighted(
    f: Array,
    gas: Array,
    temperature: Array,
    count: Array,
    flux: Array,
    *,
    low: float = 0.005,
    high: float = np.inf,
) -> Response:
    r"""Fit attenuation and white noise together, each bin by the flux that it carries.

    Parameters
    ----------
    f : (bin,) array
        [Hz]
    gas, temperature : (bin,) arrays
        f S(f) over variance. [1]
    count : (bin,) array
        Natural frequencies in each bin, times the spectra averaged.
    flux : (bin,) array
        Share of the flux in each bin, from the cospectrum of vertical wind with temperature; what scatters
        below 0 counts as 0. [1]
    low, high : float
        Range of the fit. [Hz]

    Returns
    -------
    Response

    Notes
    -----
    .. math:: S_x = \frac{a\, S_T}{(1 + (2 \pi f \tau_1)^2)(1 + (2 \pi f \tau_2)^2)} + b

    with a > 0, b >= 0 and :math:`\tau_2 = 0` unless it lowers the misfit by more than chance does. The error
    of a bin's ratio is that of a spectral estimate, 1 / count, and a share of the ratio at low frequencies
    for the model: a gain of 0.1 that is wrong by half costs as little flux as one of 0.95 that is 5 % wrong.

    References
    ----------
    .. [1] Aslan et al., Atmos. Meas. Tech. 14, 5089-5106, 2021: attenuation and noise over the full spectrum,
       where all bins weigh by their relative error.
    """
    use = np.isfinite(f) & (gas > 0) & (temperature > 0) & (count > 0) & (f >= low) & (f <= high)
    part = _smooth(np.maximum(np.nan_to_num(flux), 0.0))[use]
    if use.sum() < _ENOUGH or not part.any():
        return UNKNOWN
    x, ratio = f[use], gas[use] / temperature[use]
    part = part / part.sum()
    error = ratio**2 / count[use] + (MODEL_ERROR * np.maximum(ratio, _level(ratio, part))) ** 2
    fit = _Fit(2.0 * np.pi * x, x / temperature[use], ratio, part / error)
    slow = np.geomspace(1.0 / (20.0 * np.pi * x.max()), 1.0 / (np.pi * x.min()), _TRIALS)
    single = fit.best(slow, np.zeros(1))
    if single is None:
        return UNKNOWN
    double = fit.best(slow, _RATIOS)
    bins = 1.0 / float(np.sum(part**2))
    asked = double is not None and bins * np.log(single[0] / double[0]) > _GAIN_OF_SECOND
    _, tau, share = double if asked and double is not None else single
    a, b, _ = fit.least(np.array([tau]), np.array([share]))
    return Response(tau, share * tau, float(a[0]), float(b[0]))


class _Fit(NamedTuple):
    """One spectrum's bins."""

    omega: Array
    white: Array  #: white noise of 1 s over temperature's spectrum
    ratio: Array  #: gas's over temperature's
    weight: Array

    def least(self, slow: Array, share: Array) -> tuple[Array, Array, Array]:
        """Non-negative a, b by least squares, and the misfit, of each trial."""
        gain = 1.0 / (1.0 + (slow[:, None] * self.omega) ** 2)
        gain /= 1.0 + ((share * slow)[:, None] * self.omega) ** 2
        w, y, n = self.weight, self.ratio, self.white
        gg, gn, nn = (gain**2 * w).sum(1), (gain * n * w).sum(1), (n**2 * w).sum()
        gy, ny = (gain * y * w).sum(1), (n * y * w).sum()
        det = gg * nn - gn**2
        with np.errstate(invalid="ignore", divide="ignore"):
            a, b = (nn * gy - gn * ny) / det, (gg * ny - gn * gy) / det
            alone = ~((b > 0) & (a > 0))
            a, b = np.where(alone, gy / gg, a), np.where(alone, 0.0, b)
        return a, b, ((a[:, None] * gain + b[:, None] * n - y) ** 2 * w).sum(1)

    def best(self, slow: Array, shares: Array) -> tuple[float, float, float] | None:
        """Lowest misfit, its slower time constant and share of the faster; None at an end of the trials."""
        tau, share = (x.ravel() for x in np.meshgrid(slow, shares, indexing="ij"))
        misfit = self.least(tau, share)[2]
        k = int(np.argmin(misfit))
        if tau[k] in (slow[0], slow[-1]):
            return None
        step = np.log(slow[1] / slow[0])
        step_of_share = np.log(shares[1] / shares[0]) if shares.size > 1 else 0.0
        lowest, at, with_share = misfit[k], tau[k], share[k]
        for _ in range(_ROUNDS):
            moved = at * np.exp(step * _ZOOM)
            other = np.minimum(with_share * np.exp(step_of_share * _ZOOM), 1.0) if shares.size > 1 else shares
            tau, share = (x.ravel() for x in np.meshgrid(moved, other, indexing="ij"))
            misfit = self.least(tau, share)[2]
            k = int(np.argmin(misfit))
            lowest, at, with_share = misfit[k], tau[k], share[k]
            step, step_of_share = step / 3.0, step_of_share / 3.0
        return float(lowest), float(at), float(with_share)


def _smooth(share: Array) -> Array:
    """Mean over three bins with weights 1 2 1."""
    padded = np.pad(share, 1)
    return np.asarray((padded[:-2] + 2.0 * padded[1:-1] + padded[2:]) / 4.0)


def _level(ratio: Array, part: Array) -> float:
    """Ratio of the bins that carry the first third of the flux, the lowest frequencies."""
    first = np.cumsum(part) <= 1.0 / 3.0
    first[: _ENOUGH // 2] = True
    return float(np.median(ratio[first]))
