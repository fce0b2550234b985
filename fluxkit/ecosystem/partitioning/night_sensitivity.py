"""How respiration at night depends on temperature, for the windows of day-time partitioning."""

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.partitioning import gaussian_process, lloyd_taylor
from fluxkit.ecosystem.partitioning.day_windows import Windows
from fluxkit.ecosystem.partitioning.records import Records
from fluxkit.kernels import respiration

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Bounds of a plausible E0 [K], days of the windows that are tried one after the other.
LEAST, MOST = 50.0, 400.0
SIZES = (12, 24, 48)


def sensitivities(
    records: Records, windows: Windows, night: Integers, *, extend: bool, reference: float | None
) -> tuple[Array, Array, Integers, Array]:
    """E0 of each window and its standard error, NaN where none is plausible, days that it took, respiration.

    Parameters
    ----------
    records : Records
    windows : Windows
    night : (m,) array of int
        Records with NEE and temperature at night.
    extend : bool
        Try wider windows where 12 days give none.
    reference : float or None
        Reference temperature [K]; None takes the median of the window. Respiration is that at it
        [umol m-2 s-1].
    """
    e0 = np.full(windows.size, np.nan)
    error, rref = e0.copy(), e0.copy()
    days = np.full(windows.size, SIZES[0])
    for size in SIZES if extend else SIZES[:1]:
        missing = np.isnan(e0)
        days[missing] = size
        found = _one_size(records, windows, night, size, missing, reference)
        for values, new in zip((e0, error, rref), found, strict=True):
            values[missing] = new[missing]
    return e0, error, days, rref


def _one_size(
    records: Records,
    windows: Windows,
    night: Integers,
    size: int,
    wanted: npt.NDArray[np.bool_],
    reference: float | None,
) -> tuple[Array, Array, Array]:
    first, stop = (np.searchsorted(night, edge) for edge in windows.around(size))
    ta, nee = records.ta[night], records.nee[night]
    e0 = np.full(windows.size, np.nan)
    error, rref = e0.copy(), e0.copy()
    previous = np.nan
    for w in range(windows.size):
        start, previous = previous, np.nan
        if not wanted[w] or stop[w] - first[w] < 10:
            continue
        at = slice(first[w], stop[w])
        kept = _thawed(ta[at])
        t, y = ta[at][kept], nee[at][kept]
        x = lloyd_taylor.exponent(t, float(np.median(t)) + 273.15 if reference is None else reference)
        start = 100.0 if np.isnan(start) else start
        fit = respiration.gauss_newton(x, y, np.ones(y.size), y.mean(), start, 20)
        if LEAST <= fit[2] <= MOST:
            e0[w], error[w], rref[w] = fit[2], fit[4], fit[1]
            previous = fit[2]
    return e0, error, rref


def _thawed(ta: Array) -> npt.NDArray[np.bool_]:
    """Records above -1 degC where there are twelve of them, all else."""
    warm = ta > -1.0
    return warm if warm.sum() >= 12 else np.ones(ta.size, bool)


def smoothed(windows: Windows, e0: Array, error: Array, days: Integers) -> tuple[Array, Array]:
    """E0 of all windows and its standard deviation, by a Gaussian process a year at a time.

    A window belongs to the year in which the nights that it took begin. REddyProc joins what it found year by
    year and does not sort it: where windows at the turn of a year took wider nights, each gets what stands at
    its place in the row.
    """
    out = np.full(windows.size, np.nan)
    sd = out.copy()
    year = np.ceil(np.maximum(windows.day + 2 - days / 2, 1) / 365)
    centre = windows.centre.astype(float)
    for one in np.unique(year):
        of = year == one
        known = of & np.isfinite(e0)
        if known.sum() < 3:
            continue
        mean, se, factor = gaussian_process.smooth(centre[known], e0[known], error[known] ** 2, centre[of])
        nugget = factor * error**2
        nugget[of & ~known] = np.quantile(nugget[known], 0.9)
        out[of], sd[of] = mean, se + np.sqrt(nugget[of])
    joined = np.argsort(year, kind="stable")
    return _carried(out[joined]), _carried(sd[joined])


def carried_forward(e0: Array, error: Array) -> tuple[Array, Array]:
    """E0 as it was last found, the median before; its error the 90 % quantile where it was not found."""
    out = _carried(e0)
    out[: int(np.argmax(np.isfinite(e0)))] = np.nanmedian(e0)
    return out, np.where(np.isnan(error), np.nanquantile(error, 0.9), error)


def _carried(values: Array) -> Array:
    """The last one that is known, the first one before."""
    known = np.isfinite(values)
    if not known.any():
        return values
    at = np.maximum.accumulate(np.where(known, np.arange(values.size), -1))
    return values[np.where(at < 0, int(np.argmax(known)), at)]


def references(records: Records, windows: Windows, night: Integers, e0: Array, fitted: Array) -> Array:
    """Respiration at 15 degC of each window by regression through the origin, carried forward.

    fitted: respiration of the fits that gave E0, which stands for it in windows before the first one known.
    """
    first, stop = (np.searchsorted(night, edge) for edge in windows.around(SIZES[0]))
    ta, nee = records.ta[night], records.nee[night]
    x = lloyd_taylor.exponent(ta)
    out = np.full(windows.size, np.nan)
    for w in range(windows.size):
        if stop[w] - first[w] < 10 or np.isnan(e0[w]):
            continue
        at = slice(first[w], stop[w])
        kept = _thawed(ta[at])
        factor = np.exp(e0[w] * x[at][kept])
        out[w] = max(float(factor @ nee[at][kept] / (factor @ factor)), 0.0)
    known = np.isfinite(out)
    if not known.any():
        return out
    begin = int(np.argmax(known))
    out = _carried(out)
    out[:begin] = fitted[int(np.argmax(np.isfinite(fitted)))]
    return out
