"""Spectral correction from a site's own measurements: what a first-order filter takes from its cospectra.

The cospectrum of vertical wind and sonic temperature stands for the gas's before attenuation. Cross spectra
are conj(F_w) F_T per Hz, so that their real part sums to the covariance.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]

#: Cut-off frequencies at which EddyPro 6 degrades temperature, from 1.6 to 0.004 Hz: those of a recursive
#: filter at 10 Hz that keeps 1 - 0.0025 2^k of its last value. [Hz]
CUTOFFS: Array = -10.0 / (2.0 * np.pi) * np.log(1.0 - 0.0025 * 2.0 ** np.arange(8, -1, -1))

#: Where gas channels have theirs: Ibrom's two coefficients cannot follow a cospectrum much further. [Hz]
USUAL_CUTOFFS: Array = np.geomspace(0.05, 5.0, 9)

#: Trial lags behind the transport delay, in time constants: filters delay by less than theirs together.
_TRIALS = np.linspace(0.0, 1.2, 13)
#: Periods done at once.
_AT_ONCE = 1000

#: How the gas's lag was found, hence what acts on the cospectrum. "peak": at the covariance's maximum, which
#: takes the filter's delay back; "lag": at the transport delay; EddyPro 6's: "power", what acts on a power
#: spectrum, and "amplitude", its root.
Reading = Literal["peak", "lag", "amplitude", "power"]


class IbromFactor(NamedTuple):
    """Coefficients of 1 + A U / (B + f_c)."""

    A: float  #: [m-1]
    B: float  #: [Hz]

    def at(self, U: Array, cutoff: Array) -> Array:
        """Correction factor at a wind speed [m s-1] and a cut-off frequency [Hz].

        References
        ----------
        .. [1] Ibrom et al., Agric. For. Meteorol. 147, 140-156, 2007: correction of first-order attenuation.
        """
        return np.asarray(1.0 + self.A * U / (self.B + cutoff))


def left_of_cospectrum(
    cross: Complex,
    f: Array,
    width: Array,
    cutoff: Array,
    *,
    reading: Reading,
    rate: float | None = None,
    second: float = 0.0,
) -> Array:
    """Share of each period's covariance that a first-order filter of one signal would leave.

    Parameters
    ----------
    cross : (time, bin) complex array
        Cross spectrum of vertical wind with a scalar, NaN in empty bins. [product of units s]
    f, width : (bin,) arrays
        [Hz]
    cutoff : (time,) array
        f_c of the filter. [Hz]
    reading : {"peak", "lag", "amplitude", "power"}
        Where on the lag axis the covariance is read, or what stands for that.
    rate : float, optional
        Sampling rate, where lags are whole samples: the peak lies between two of them. [Hz]
    second : float
        Time constant of a second filter behind the first. [s]

    Returns
    -------
    (time,) array
        NaN where the covariance is 0 or unknown. [1]

    References
    ----------
    .. [1] Fratini et al., Agric. For. Meteorol. 165, 53-63, 2012 (the period's own cospectrum).
    .. [2] Peltola et al., Atmos. Meas. Tech. 14, 5071-5088, 2021 (filter and lag).
    """
    there = np.isfinite(f)
    # cross[:, there] would lie period beside period in memory, and sums then depend on how many there are.
    f, weighted = f[there], np.nan_to_num(np.compress(there, cross, axis=1)) * width[there]
    total = weighted.real.sum(axis=1)
    out = np.empty(total.shape)
    for k in range(0, total.size, _AT_ONCE):
        here = slice(k, k + _AT_ONCE)
        with np.errstate(invalid="ignore"):  # a cut-off frequency that is not known
            gain = 1.0 / ((1.0 + 1j * f / cutoff[here, None]) * (1.0 + 2j * np.pi * f * second))
        if reading in ("peak", "lag"):
            filtered = weighted[here] * gain
            if reading == "lag":
                out[here] = filtered.real.sum(axis=1)
                continue
            time = 1.0 / (2.0 * np.pi * cutoff[here]) + second
            out[here] = _at_peak(filtered, f, time, rate, np.sign(total[here]))
        else:
            left = np.abs(gain)
            out[here] = (weighted[here].real * (left if reading == "amplitude" else left**2)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total == 0.0, np.nan, out / total)


def _at_peak(filtered: Complex, f: Array, time: Array, rate: float | None, sign: Array) -> Array:
    """Covariance at the lag where its size is largest, by a parabola through the trial lags. time [s]"""
    if rate is not None:
        filtered = filtered * np.sinc(f / rate)
    step = np.exp(2j * np.pi * f * (_TRIALS[1] * time)[:, None])
    at_lag = np.empty((_TRIALS.size, time.size))
    for i in range(_TRIALS.size):
        at_lag[i] = filtered.real.sum(axis=1) * sign
        filtered = filtered * step
    k = np.clip(np.argmax(np.nan_to_num(at_lag, nan=-np.inf), axis=0), 1, _TRIALS.size - 2)
    before, here, after = (np.take_along_axis(at_lag, (k + i)[None], axis=0)[0] for i in (-1, 0, 1))
    slope, bend = (after - before) / 2.0, before - 2.0 * here + after
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.where(bend < 0.0, np.clip(-slope / bend, -1.0, 1.0), 0.0)
    best = here + shift * (slope + shift * bend / 2.0)
    return np.asarray(np.where(np.isnan(time), np.nan, np.maximum(best, at_lag[0]) * sign))


def equivalent_cutoff(
    density: Array, f: Array, width: Array, slow: float, fast: float, *, reading: Reading, rate: float | None
) -> float:
    """Cut-off frequency of the first-order filter that takes as much of a flux as two in series.

    Parameters
    ----------
    density : (bin,) array
        Cospectrum of vertical wind with the unattenuated scalar, NaN in empty bins. [any unit s]
    f, width : (bin,) arrays
        [Hz]
    slow, fast : float
        Time constants of the two filters; 0 for a missing second one. [s]
    reading, rate
        As of `left_of_cospectrum`.

    Returns
    -------
    float
        [Hz]

    Notes
    -----
    Found among filters between the slower one alone and one of four times both time constants together.

    Examples
    --------
    A second filter of 0 s leaves the first one's 1 / (2 pi tau):

    >>> f = np.geomspace(1e-3, 5.0, 50)
    >>> given = {"reading": "peak", "rate": None}
    >>> round(equivalent_cutoff(np.exp(-f), f, np.gradient(f), 1.0 / np.pi, 0.0, **given), 6)
    0.5
    """
    if fast == 0.0:
        return 1.0 / (2.0 * np.pi * slow)
    trials = 1.0 / (2.0 * np.pi * np.geomspace(slow, 4.0 * (slow + fast), 129))
    rows = np.broadcast_to(density.astype(np.complex128), (trials.size, density.size))
    left = left_of_cospectrum(rows, f, width, trials, reading=reading, rate=rate)
    first = np.array([1.0 / (2.0 * np.pi * slow)])
    both = left_of_cospectrum(rows[:1], f, width, first, reading=reading, rate=rate, second=fast)
    return float(np.exp(np.interp(both[0], left[::-1], np.log(trials[::-1]))))


def fit_factor_ibrom_2007(U: Array, left: Array, cutoffs: Array) -> IbromFactor | None:
    """Fit A and B of 1 + A U / (B + f_c) to degraded covariances.

    Parameters
    ----------
    U : (time,) array
        Mean wind speed. [m s-1]
    left : (time, cutoff) array
        Share of the covariance that is left at each cut-off frequency; NaN or 0 and less are left out. [1]
    cutoffs : (cutoff,) array
        [Hz]

    Returns
    -------
    IbromFactor or None
        None with fewer than 3 periods. Relative errors weigh.

    References
    ----------
    .. [1] Ibrom et al., Agric. For. Meteorol. 147, 140-156, 2007.
    """
    use = np.isfinite(left) & (left > 0.0) & (left < 1.0) & np.isfinite(U)[:, None]
    if use.any(axis=1).sum() < 3:
        return None
    wind, fc = (x[use] for x in np.broadcast_arrays(U[:, None], cutoffs[None, :]))
    excess, weight = 1.0 / left[use] - 1.0, left[use] ** 2
    trials = np.concatenate([[0.0], np.geomspace(1e-5, 0.3, 300)])
    x = wind / (trials[:, None] + fc)
    A = (x * excess) @ weight / (x**2 @ weight)
    best = int(np.argmin(((A[:, None] * x - excess) ** 2) @ weight))
    return IbromFactor(float(A[best]), float(trials[best]))


def factor_by_stability(models: Mapping[str, IbromFactor], zeta: Array, U: Array, cutoff: Array) -> Array:
    """Ibrom's factor with the coefficients of each period's stability; NaN where there are none.

    models: "unstable", "stable" -> coefficients; zeta: (z - d) / L [1]; U [m s-1]; cutoff [Hz].
    """
    out = np.full(U.shape, np.nan)
    for name, here in (("unstable", zeta <= 0.0), ("stable", zeta > 0.0)):
        if name in models:
            out = np.where(here, models[name].at(U, cutoff), out)
    return out


def factor_fratini_2012(own: Array, model: Array, *, largest: float) -> Array:
    """Correction factor from the period's own cospectrum, else from the model.

    Parameters
    ----------
    own : (time,) array
        Factor from the period's own cospectrum; NaN where fluxes are too small for one. [1]
    model : (time,) array
        Ibrom's. [1]
    largest : float
        An own factor is believed from 0.8 to here.

    Returns
    -------
    (time,) array
        [1]

    References
    ----------
    .. [1] Fratini et al., Agric. For. Meteorol. 165, 53-63, 2012.
    """
    with np.errstate(invalid="ignore"):
        return np.where((own >= 0.8) & (own <= largest), own, model)
