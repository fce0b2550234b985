"""Cut-off frequencies of gas signals from ensemble spectra, and how they depend on humidity.

A gas channel is taken as a first-order filter, whose power falls as 1 / (1 + (f / f_c)^2). What it
lost shows against the spectrum of sonic temperature, which air mixes as it mixes the gas. Spectra are f S(f)
over their variance, averages over many periods; NaN where a bin is empty.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Model and measurement differ by this share however many spectra are averaged.
MODEL_ERROR = 0.05
_TRIALS = 400
_ROUNDS = 12
_ENOUGH = 5  # bins


class CutoffFit(NamedTuple):
    """A fitted first-order filter; NaN where it could not be fitted."""

    frequency: float  #: f_c [Hz]
    scale: float  #: gas over temperature at low frequencies [1]
    noise: float  #: share of the gas's variance that is white noise [1]


NONE = CutoffFit(np.nan, np.nan, np.nan)


def gain_of_power(f: Array, cutoff: Array | float) -> Array:
    """Return what a first-order filter leaves of power, 1 / (1 + (f / f_c)^2). [1]"""
    return np.asarray(1.0 / (1.0 + (f / cutoff) ** 2))


def fit_ibrom_2007(
    f: Array,
    gas: Array,
    temperature: Array,
    count: Array,
    *,
    low: float = 0.005,
    high: float = 2.0,
    noise_from: float | None = 1.0,
) -> CutoffFit:
    """Fit a filter to the ratio of two spectra, after a noise line has been taken from the gas's.

    Parameters
    ----------
    f : (bin,) array
        [Hz]
    gas, temperature : (bin,) arrays
        f S(f) over variance. [1]
    count : (bin,) array
        Natural frequencies in each bin.
    low, high : float
        Range of the fit. [Hz]
    noise_from : float, optional
        Density of the gas beyond it is taken as noise, a line in f; None: no noise. [Hz]

    Returns
    -------
    Cutoff

    Notes
    -----
    A bin weighs by the temperature's power that it holds. Real turbulence beyond ``noise_from`` counts as
    noise too, which is why the method underestimates f_c where there is little noise (Aslan et al., 2021).

    References
    ----------
    .. [1] Ibrom et al., Agric. For. Meteorol. 147, 140-156, 2007.
    """
    usable = np.isfinite(f) & np.isfinite(gas) & (temperature > 0) & (count > 0)
    if usable.sum() < _ENOUGH:
        return NONE
    left, share = gas, 0.0
    if noise_from is not None:
        line = _noise_line(f, gas, count, usable & (f > noise_from))
        left, share = gas - line, _share(f, np.maximum(line, 0.0), gas, count, usable)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = left / temperature
    use = usable & (f >= low) & (f <= high) & (ratio > 0)
    if use.sum() < _ENOUGH:
        return NONE
    trials = _trials(f[use])
    model = gain_of_power(f[use], trials[:, None])
    weight = temperature[use] * count[use]
    scale = (model * ratio[use]) @ weight / (model**2 @ weight)
    misfit = ((scale[:, None] * model - ratio[use]) ** 2) @ weight
    place = _lowest(misfit)
    if place is None:
        return NONE
    return CutoffFit(_between(trials, place, logarithmic=True), _between(scale, place), min(share, 1.0))


def fit_aslan_2021(
    f: Array, gas: Array, temperature: Array, count: Array, *, low: float = 0.005, high: float = np.inf
) -> CutoffFit:
    """Fit attenuation and white noise together, over all frequencies.

    Parameters
    ----------
    f, gas, temperature : (bin,) arrays
        As of `fit_ibrom_2007`.
    count : (bin,) array
        Natural frequencies in each bin, times the spectra averaged.
    low, high : float
        Range of the fit. [Hz]

    Returns
    -------
    Cutoff

    Notes
    -----
    f S_gas = a f S_T / (1 + (f / f_c)^2) + b f with a > 0, b >= 0. A bin weighs by its relative error:
    of a spectral estimate, 1 / count, and of the model.

    References
    ----------
    .. [1] Aslan et al., Atmos. Meas. Tech. 14, 5089-5106, 2021: power spectral approach, full spectrum.
    """
    use = np.isfinite(f) & (gas > 0) & (temperature > 0) & (count > 0) & (f >= low) & (f <= high)
    if use.sum() < _ENOUGH:
        return NONE
    x, y = f[use], gas[use]
    trials = _trials(x)
    weight = 1.0 / (1.0 / count[use] + MODEL_ERROR**2)
    signal = temperature[use] * gain_of_power(x, trials[:, None])
    a, b, model = _signal_and_noise(signal, np.broadcast_to(x, signal.shape), y, weight)
    misfit = (np.log(model / y) ** 2) @ weight
    place = _lowest(misfit)
    if place is None:
        return NONE
    noise = white_share(_between(b, place), f, gas, count)
    return CutoffFit(_between(trials, place, logarithmic=True), _between(a, place), noise)


def white_share(white: float, f: Array, gas: Array, count: Array) -> float:
    """Share of a gas's variance that is white noise of b f in its f S(f) over variance. b [s] -> [1]"""
    whole = np.isfinite(f) & (gas > 0) & (count > 0)
    return min(_share(f, white * f, gas, count, whole), 1.0)


def _signal_and_noise(signal: Array, white: Array, y: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Non-negative a, b of a signal + b white for each row, by relative least squares in a few rounds."""
    floor = 1e-12 * float(y.max())
    model = np.maximum(signal * (y / signal[0]).mean(), floor)
    a = b = np.ones(signal.shape[0])
    for _ in range(_ROUNDS):
        w = weight / model**2
        ss, sn, nn = (w * signal**2).sum(1), (w * signal * white).sum(1), (w * white**2).sum(1)
        sy, ny = (w * signal * y).sum(1), (w * white * y).sum(1)
        det = ss * nn - sn**2
        with np.errstate(invalid="ignore", divide="ignore"):
            a, b = (nn * sy - sn * ny) / det, (ss * ny - sn * sy) / det
            alone = ~(b > 0)
            a, b = np.where(alone, sy / ss, a), np.where(alone, 0.0, b)
            empty = ~(a > 0)
            a, b = np.where(empty, 0.0, a), np.where(empty, ny / nn, b)
        model = np.maximum(a[:, None] * signal + b[:, None] * white, floor)
    return a, b, model


def _noise_line(f: Array, gas: Array, count: Array, beyond: Mask) -> Array:
    """A line in f through the densities beyond a frequency, times f; 0 where there are too few."""
    if beyond.sum() < 3:
        return np.zeros_like(f)
    line = np.polyfit(f[beyond], (gas / f)[beyond], 1, w=count[beyond] ** 0.25)
    return np.asarray(np.polyval(line, f) * f)


def _share(f: Array, part: Array, whole: Array, count: Array, use: Mask) -> float:
    """Share of the variance, the sum of densities over natural frequencies."""
    weight = count[use] / f[use]
    return float((part[use] @ weight) / (whole[use] @ weight))


def _trials(f: Array) -> Array:
    return np.geomspace(f.min() / 2.0, f.max() * 10.0, _TRIALS)


def _lowest(misfit: Array) -> float | None:
    """Where a row is lowest, between its points; None at an end: nothing was found."""
    if not np.isfinite(misfit).any():
        return None
    k = int(np.nanargmin(misfit))
    if k in (0, misfit.size - 1):
        return None
    before, here, after = misfit[k - 1 : k + 2]
    bend = before - 2.0 * here + after
    return k + (0.0 if bend <= 0 else float(np.clip((before - after) / (2.0 * bend), -0.5, 0.5)))


def _between(values: Array, place: float, *, logarithmic: bool = False) -> float:
    x = np.arange(values.size)
    return float(np.exp(np.interp(place, x, np.log(values))) if logarithmic else np.interp(place, x, values))


# ---- dependence on humidity ----


class HumidityFit(NamedTuple):
    """f_c = exp(a RH^2 + b RH + c), RH as a share."""

    a: float
    b: float
    c: float
    driest: float = 0.0  #: smallest RH it was fitted to
    wettest: float = 1.0

    def beyond(self, rh: Array) -> Mask:
        """Whether air is drier or moister by more than a class, a tenth, than what it was fitted to."""
        return np.asarray((rh < self.driest - 0.1) | (rh > self.wettest + 0.1))

    def at(self, rh: Array) -> Array:
        """Cut-off frequency at a relative humidity, held constant beyond what was fitted. [1] -> [Hz]"""
        x = np.clip(rh, self.driest, self.wettest)
        return np.asarray(np.exp(self.a * x**2 + self.b * x + self.c))


class HumidityClasses(NamedTuple):
    """Cut-off frequencies of classes of humidity, joined by lines in the logarithm of f_c."""

    rh: tuple[float, ...]  #: mean of each class as a share, ascending
    frequency: tuple[float, ...]  #: [Hz]

    @property
    def driest(self) -> float:
        """Humidity of the driest class."""
        return self.rh[0]

    @property
    def wettest(self) -> float:
        """Humidity of the moistest class."""
        return self.rh[-1]

    def beyond(self, rh: Array) -> Mask:
        """Whether air is drier or moister by more than a class, a tenth, than those that are known."""
        return np.asarray((rh < self.driest - 0.1) | (rh > self.wettest + 0.1))

    def at(self, rh: Array) -> Array:
        """Cut-off frequency at a relative humidity, held constant beyond the classes. [1] -> [Hz]"""
        return np.asarray(np.exp(np.interp(rh, self.rh, np.log(self.frequency))))


def join_classes(rh: Array, cutoff: Array) -> HumidityClasses | None:
    """Take the dependence of a cut-off frequency on relative humidity from its classes as they are.

    Parameters
    ----------
    rh, cutoff : (class,) arrays
        Mean humidity of each class as a share, and its f_c [Hz] (NaN: none).

    Returns
    -------
    HumidityClasses or None
        None without any class.

    Notes
    -----
    What a tube does to water vapour follows no formula: a parabola through four classes that lie off it by
    15 % costs the flux 5 % (see docs/decisions.md).
    """
    use = np.isfinite(cutoff) & (cutoff > 0) & np.isfinite(rh)
    if not use.any():
        return None
    return HumidityClasses(tuple(rh[use].tolist()), tuple(cutoff[use].tolist()))


def fit_humidity(rh: Array, cutoff: Array, spectra: Array) -> HumidityFit | None:
    """Fit a parabola to the dependence of a cut-off frequency on relative humidity.

    Parameters
    ----------
    rh, cutoff, spectra : (class,) arrays
        Centre of each class as a share, its f_c [Hz] (NaN: none), and how many spectra it rests on.

    Returns
    -------
    HumidityFit or None
        None with fewer than 4 classes.

    References
    ----------
    .. [1] Ibrom et al., Agric. For. Meteorol. 147, 140-156, 2007 (exponential of a parabola in RH).
    """
    use = np.isfinite(cutoff) & (cutoff > 0) & (spectra > 0)
    if use.sum() < 4:
        return None
    a, b, c = np.polyfit(rh[use], np.log(cutoff[use]), 2, w=np.sqrt(spectra[use]))
    return HumidityFit(float(a), float(b), float(c), float(rh[use].min()), float(rh[use].max()))


def constant_cutoff(cutoff: Array, spectra: Array, *, plain: bool = False) -> HumidityFit | None:
    """Return one cut-off frequency for all humidities: the classes' mean.

    ``plain`` lets every class count the same (EddyPro 6), else by its spectra.
    """
    use = np.isfinite(cutoff) & (cutoff > 0) & (spectra > 0)
    if not use.any():
        return None
    weight = None if plain else spectra[use]
    return HumidityFit(0.0, 0.0, float(np.log(np.average(cutoff[use], weights=weight))))
