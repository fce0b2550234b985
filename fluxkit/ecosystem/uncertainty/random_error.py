"""Random error of half hours, and of their sums."""

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.halfhours import HalfHours

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Similar conditions: radiation at least and at most [W m-2], temperature [K], vapour pressure deficit
#: [hPa].
_SW_LEAST, _SW_MOST, _TA, _VPD = 20.0, 50.0, 2.5, 5.0
#: Values that like conditions must give for a standard deviation.
_MORE_THAN = 5
#: Like fluxes: within this share, and at least so many units.
_LIKE_SHARE, _LIKE_LEAST = 0.2, 2.0


def random_error(values: Array, drivers: dict[str, Array], at: HalfHours) -> tuple[Array, Integers, Integers]:
    """Return the random error of each measured record, as ONEFlux finds it.

    Method 1: standard deviation of what was measured within 7 days and an hour of the time of the day in
    like conditions, of more than five values. Method 2, where that fails: median of the errors by method
    1 of like fluxes (within 20 %, or 2 units) within 14 days.

    Parameters
    ----------
    values : (n,) array
        Measured, NaN elsewhere.
    drivers : dict of (n,) arrays
        ``SW_IN`` [W m-2], ``TA`` [degC], ``VPD`` [hPa]; what is missing is not compared.
    at : HalfHours

    Returns
    -------
    sd : (n,) array, NaN where nothing was measured or nothing similar
    method : (n,) int array, 0 for none
    count : (n,) int array

    References
    ----------
    .. [1] Hollinger and Richardson, Tree Physiol. 25, 873-885, 2005.
    .. [2] Pastorello et al., Sci. Data 7, 225, 2020, section "Random uncertainty".

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> start = np.datetime64("2020-06-01", "ns") + np.arange(48 * 40) * np.timedelta64(30, "m")
    >>> noise = np.random.default_rng(0).normal(0.0, 2.0, start.size)
    >>> at = fk.ecosystem.HalfHours(start, 1800.0)
    >>> sd, method, count = random_error(noise, {}, at)
    >>> round(float(sd.mean()), 1), int(method.max()), int(count.max())
    (2.0, 1, 75)
    """
    sd, count = _like_conditions(values, drivers, at)
    method = np.where(np.isfinite(sd), 1, 0)
    open_ = np.flatnonzero(np.isfinite(values) & (method == 0))
    reach = 14 * at.per_day
    for place in open_:
        near = slice(max(0, place - reach), place + reach + 1)
        like = np.abs(values[near] - values[place]) <= max(_LIKE_SHARE * abs(values[place]), _LIKE_LEAST)
        found = np.where(method[near] == 1, sd[near], np.nan)[like]
        found = found[np.isfinite(found)]
        if found.size:
            sd[place], method[place], count[place] = float(np.median(found)), 2, found.size
    return sd, method, count


def _like_conditions(values: Array, drivers: dict[str, Array], at: HalfHours) -> tuple[Array, Integers]:
    n, per_day = values.size, at.per_day
    hour = max(1, per_day // 24)
    there = np.isfinite(values)
    centre = float(values[there].mean()) if there.any() else 0.0
    flux = np.where(there, values - centre, 0.0)
    near = [(name, drivers[name]) for name in ("SW_IN", "TA", "VPD") if name in drivers]
    count, total, square = np.zeros(n), np.zeros(n), np.zeros(n)
    for day in range(-7, 8):
        for step in range(-hour, hour + 1):
            shift = day * per_day + step
            if abs(shift) >= n:
                continue  # a series shorter than the window has no such neighbours
            here = slice(max(0, -shift), n - max(0, shift))
            other = slice(max(0, shift), n - max(0, -shift))
            like = there[other] & there[here]
            for name, driver in near:
                like &= np.abs(driver[other] - driver[here]) < _tolerance(name, driver[here])
            count[here] += like
            total[here] += np.where(like, flux[other], 0.0)
            square[here] += np.where(like, flux[other] ** 2, 0.0)
    enough = there & (count > _MORE_THAN)
    m = np.maximum(count, 2.0)
    variance = np.maximum(square - total**2 / m, 0.0) / (m - 1.0)
    return np.where(enough, np.sqrt(variance), np.nan), np.where(enough, count, 0).astype(np.int64)


def _tolerance(name: str, driver: Array) -> Array | float:
    if name == "SW_IN":
        return np.clip(driver, _SW_LEAST, _SW_MOST)
    return _TA if name == "TA" else _VPD


def effective_n(residual: Array) -> float:
    """Return how many independent values a series of residuals is worth, gaps and all.

    n_eff = n / (1 + 2 / n sum_k m_k rho_k) with the m_k pairs of values k apart that are there and their
    autocorrelation rho_k, up to the first that is not positive.

    Parameters
    ----------
    residual : (n,) array
        Measured less predicted, NaN where not measured.

    References
    ----------
    .. [1] Zieba and Ramza, Metrol. Meas. Syst. 18, 529-542, 2011, eqs. 9 and 13.
    .. [2] Wutzler et al., Biogeosciences 15, 5015-5030, 2018: its use for annual sums.

    Examples
    --------
    >>> import numpy as np
    >>> white = np.random.default_rng(0).normal(size=10_000)
    >>> 0.9 < effective_n(white) / white.size <= 1.0
    True
    """
    from scipy.fft import irfft, next_fast_len, rfft

    there = np.isfinite(residual)
    n = int(there.sum())
    if n < 3:
        return float(n)
    x = np.where(there, residual - residual[there].mean(), 0.0)
    size = next_fast_len(2 * x.size)
    lags = min(x.size, 1 + (20 * 48))
    pairs = np.rint(irfft(np.abs(rfft(there.astype(np.float64), size)) ** 2, size)[:lags])
    product = irfft(np.abs(rfft(x, size)) ** 2, size)[:lags]
    if product[0] <= 0.0:
        return float(n)
    rho = product / (pairs + np.arange(lags)) / (product[0] / n)  # with gaps as R's acf has it
    stop = int(np.argmax(rho[1:] <= 0.0)) + 1 if (rho[1:] <= 0.0).any() else lags
    return float(n / (1.0 + 2.0 / n * np.sum(pairs[1:stop] * rho[1:stop])))


def random_of_sum(sd: Array, residual: Array, group: Integers) -> Array:
    """Return the standard deviation of the sum over each group of records.

    Quadrature, widened for autocorrelation: sqrt(sum(sd^2) n / n_eff), with one n_eff / n of the whole
    series, which a short group could not tell.

    Parameters
    ----------
    sd : (n,) array
        Random error of measured records, NaN elsewhere.
    residual : (n,) array
    group : (n,) int array
        0 to the number of groups less one.
    """
    there = np.isfinite(sd)
    inflation = max(1.0, np.isfinite(residual).sum() / max(effective_n(residual), 1e-9))
    squares = np.bincount(group, np.where(there, sd, 0.0) ** 2, minlength=int(group.max()) + 1)
    return np.asarray(np.sqrt(inflation * squares))
