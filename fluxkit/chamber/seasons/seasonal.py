"""From single days of measurement to the season: models moved through time, totals with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.chamber.seasons.response import Array, Curve, derivatives, fit, solve

Times = npt.NDArray[np.datetime64]
Index = npt.NDArray[np.int64]

SECONDS = np.timedelta64(10**9, "ns")
REPLICATES = 500
LEVEL = 0.95
#: Share of the times at which a campaign's curve counts that must have drivers as it saw them. Beyond them a
#: curve through a few warm hours may be anything at night.
SEEN = 0.5
CHUNK = 100  #: data sets that are fitted at a time: memory


@dataclass(frozen=True)
class Filled:
    """A flux at all times, with its uncertainty from resampling."""

    time: Times  #: (n,)
    flux: Array  #: (n,) [flux]
    se: Array  #: (n,) standard deviation over the resampled data sets [flux]
    total: float  #: sum over time [flux s]
    totals: Array  #: (replicate,) the same of each resampled data set [flux s]
    campaigns: Times  #: (campaign,) mean time of each
    pooled: npt.NDArray[np.bool_]  #: (campaign,) whether it has the shape that all share

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return limits of the total: percentiles over the resampled data sets. [flux s]"""
        low, high = np.percentile(self.totals, [50 * (1 - level), 50 * (1 + level)])
        return float(low), float(high)


def campaigns(time: Times, *, gap_days: float = 2.0) -> Index:
    """Number the campaigns: stretches of measurement with longer pauses between them.

    Parameters
    ----------
    time : ndarray of datetime64, shape (closure,)
        In any order.
    gap_days : float
        A longer pause begins a new campaign. [d]

    Returns
    -------
    ndarray of int, shape (closure,)
        0 for the first campaign.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> fk.chamber.campaigns(np.array(["2026-07-01", "2026-07-02", "2026-07-20"], "M8[ns]"))
    array([0, 0, 1])
    """
    order = np.argsort(time, kind="stable")
    pause = np.diff(time[order]) > np.timedelta64(round(gap_days * 86400), "s")
    number = np.empty(time.size, np.int64)
    number[order] = np.concatenate([[0], np.cumsum(pause)])[: time.size]
    return number


def resampled(
    strata: Index, units: npt.NDArray[np.generic] | None, replicates: int, rng: np.random.Generator
) -> Array:
    """Return how much each closure counts in data sets drawn with replacement.

    Of n closures (or plots) n - 1 are drawn, and count n / (n - 1) times: so the spread over data sets is
    the error of a mean, also of few. The variance of n draws would be half of that with two plots.

    Parameters
    ----------
    strata : ndarray of int, shape (closure,)
        Closures are drawn for closures of the same stratum.
    units : ndarray, shape (closure,), optional
        If given, whole units (plots) are drawn, with all their closures, for all strata alike.
    replicates : int
        Data sets.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray, shape (replicate, closure)

    References
    ----------
    .. [1] Rao & Wu, "Resampling inference with complex survey data", Journal of the American Statistical
       Association 83, 1988.
    """
    if units is not None:
        names, member = np.unique(units, return_inverse=True)
        return np.asarray(_drawn(names.size, replicates, rng)[:, member])
    weights = np.empty((replicates, strata.size))
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        weights[:, inside] = _drawn(inside.size, replicates, rng)
    return weights


def _drawn(size: int, replicates: int, rng: np.random.Generator) -> Array:
    number = max(size - 1, 1)
    drawn = rng.multinomial(number, np.full(size, 1 / size), size=replicates)
    return np.asarray(drawn * (size / number), np.float64)


def fill(
    curve: Curve,
    flux: Array,
    drivers: Mapping[str, Array],
    time: Times,
    at: Times,
    at_drivers: Mapping[str, Array],
    *,
    campaign: Index | None = None,
    units: npt.NDArray[np.generic] | None = None,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> Filled:
    """Fit a curve to each campaign and move the curves through time.

    Between two campaigns the flux is the mean of both curves at the drivers of the moment, weighted by
    nearness in time; before the first and after the last it is theirs. A campaign has a curve of its own
    where AICc says that its fluxes bear one and it saw the drivers of at least half of the times for which
    that would count; else the shape that all campaigns share, at its own height.

    Parameters
    ----------
    curve : Curve
        Form, such as ``respiration.curve("lloyd-taylor")`` or ``light_response.LIGHT["smith"]``.
    flux : ndarray, shape (closure,)
        Measured. [flux]
    drivers : mapping of str to ndarray, shape (closure,)
        During the closures.
    time : ndarray of datetime64, shape (closure,)
        Of the closures.
    at : ndarray of datetime64, shape (n,)
        Where the flux is wanted: evenly spaced, ascending.
    at_drivers : mapping of str to ndarray, shape (n,)
        Without gaps.
    campaign : ndarray of int, shape (closure,), optional
        As `campaigns` numbers them, which is the default.
    units : ndarray, shape (closure,), optional
        Plots: the interval then holds for other plots of the same kind. By default closures are drawn within
        campaigns, and the interval holds for these plots.
    replicates : int
        Resampled data sets.
    seed : int
        Of their choice; equal seeds give equal intervals.

    Returns
    -------
    Filled

    Raises
    ------
    ValueError
        Too few fluxes for the curve through all campaigns, drivers with gaps, or uneven times.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> from fluxkit.chamber.seasons import respiration
    >>> day = np.repeat(np.array(["2026-06-01", "2026-07-01"], "M8[h]"), 12)
    >>> time = (day + np.tile(np.arange(12), 2)).astype("M8[ns]")
    >>> t = 283.15 + np.tile(np.linspace(0.0, 10.0, 12), 2)
    >>> flux = 2.0 * 2.0 ** ((t - 283.15) / 10.0) + 0.01 * np.sin(np.arange(24.0))
    >>> at = np.arange("2026-06-01", "2026-07-02", 6, dtype="M8[h]").astype("M8[ns]")
    >>> drivers = {"t": np.full(at.size, 288.15)}
    >>> filled = fk.chamber.fill(respiration.curve("q10"), flux, {"t": t}, time, at, drivers, replicates=10)
    >>> round(float(filled.flux.mean()), 2)
    2.83
    """
    step = _step(at)
    given, wanted = _complete(curve, flux, drivers, at_drivers, at.size)
    kept = np.isfinite(flux) & np.all([np.isfinite(x) for x in given], axis=0)
    if kept.sum() <= len(curve.parameters):
        raise ValueError(f"season: {kept.sum()} fluxes with drivers are too few for the curve {curve.name!r}")
    flux, given, time = flux[kept], [x[kept] for x in given], time[kept]
    number = campaigns(time) if campaign is None else np.unique(campaign[kept], return_inverse=True)[1]
    rng = np.random.default_rng(seed)
    chosen = None if units is None else units[kept]
    weights = np.vstack([np.ones(flux.size), resampled(number, chosen, replicates, rng)])
    middle = _middles(time, number)
    alone = _seen(given, number, wanted, _shares(at, middle))
    values, pooled = _parameters(curve, flux, given, number, weights, alone)
    paths = _paths(curve, values, wanted, at, middle)
    totals = paths.sum(axis=1) * step
    spread = paths[1:].std(axis=0, ddof=1) if replicates > 1 else np.full(at.size, np.nan)
    return Filled(at, paths[0], spread, float(totals[0]), totals[1:], middle, pooled)


def _step(at: Times) -> float:
    """Return the spacing of the times. [s]"""
    steps = np.diff(at) / SECONDS
    if steps.size == 0 or np.ptp(steps) > 1e-3 or steps[0] <= 0:
        raise ValueError("season: the times to fill must be evenly spaced and ascending, at least two")
    return float(steps[0])


def _complete(
    curve: Curve, flux: Array, drivers: Mapping[str, Array], at_drivers: Mapping[str, Array], size: int
) -> tuple[list[Array], list[Array]]:
    for name in curve.drivers:
        for words, table, length in (("the closures", drivers, flux.size), ("the season", at_drivers, size)):
            if name not in table or np.shape(table[name]) != (length,):
                raise ValueError(
                    f"season: the curve {curve.name!r} needs {length} values of {name!r} of {words}"
                )
        lost = int((~np.isfinite(at_drivers[name])).sum())
        if lost:
            raise ValueError(f"season: driver {name!r} lacks {lost} of {size} values; fill them first")
    return [drivers[name] for name in curve.drivers], [at_drivers[name] for name in curve.drivers]


def _middles(time: Times, number: Index) -> Times:
    stamps = time.astype("M8[s]").astype(np.int64)
    means = [round(float(stamps[number == k].mean())) for k in range(int(number.max()) + 1)]
    return np.array(means, "M8[s]").astype("M8[ns]")


def _parameters(
    curve: Curve,
    flux: Array,
    drivers: list[Array],
    number: Index,
    weights: Array,
    alone: npt.NDArray[np.bool_],
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return the parameters (campaign, replicate, parameter + 1); the last one is a factor.

    Only campaigns that may stand ``alone`` can have a curve of their own.
    """
    size, count = len(curve.parameters), int(number.max()) + 1
    best = fit(curve, flux, dict(zip(curve.drivers, drivers, strict=True))).values
    shape, heights = _together(curve, best, flux, drivers, number, weights)
    found = np.empty((count, weights.shape[0], size + 1))
    pooled = np.zeros(count, np.bool_)
    for k in range(count):
        found[k, :, :size], found[k, :, size] = shape, heights[:, k]
        pooled[k] = True
        if not alone[k]:
            continue
        inside = number == k
        mine, w, y = [x[inside] for x in drivers], weights[:, inside], flux[inside]
        own, done = solve(curve.formula, best, y, mine, w)
        # Points that occur twice are not two points. Each data set chooses anew: choice is uncertain too.
        good = ((w > 0).sum(axis=1) > size) & done & _bears(curve, own, found[k], y, mine, w)
        found[k, good, :size], found[k, good, size] = own[good], 1.0
        pooled[k] = not good[0]
    return found, pooled


def _together(
    curve: Curve, best: Array, flux: Array, drivers: list[Array], number: Index, weights: Array
) -> tuple[Array, Array]:
    """Fit one shape with a height for each campaign.

    Without heights of their own a season that is both warm and fertile would pass for a response to warmth.

    Returns
    -------
    shape : ndarray, shape (replicate, parameter)
    heights : ndarray, shape (replicate, campaign)
    """
    count = int(number.max()) + 1

    def scaled(*given: Array) -> npt.NDArray[Any]:
        heights, rest = given[:count], given[count : count + best.size - 1]
        path = curve.formula(np.float64(best[0]), *rest, *given[count + best.size - 1 :])
        return np.asarray(sum(h * (number == k) for k, h in enumerate(heights)) * path)

    start = np.concatenate([np.ones(count), best[1:]])
    parts = [
        solve(scaled, start, flux, drivers, weights[first : first + CHUNK])
        for first in range(0, weights.shape[0], CHUNK)
    ]
    values = np.concatenate([part[0] for part in parts])
    # A data set without an optimum keeps that of the measured one, or the curve through all.
    lost = ~np.concatenate([part[1] for part in parts])
    values[lost] = start if lost[0] else values[0]
    shape = np.column_stack([np.full(values.shape[0], best[0]), values[:, count:]])
    return shape, values[:, :count]


def _bears(
    curve: Curve, own: Array, shared: Array, y: Array, drivers: list[Array], w: Array
) -> npt.NDArray[np.bool_]:
    """Whether fluxes of a campaign want a curve of their own, by AICc, rather than the scaled one of all."""
    n, free, scaled = y.size, own.shape[1] + 1, 2  # with the variance
    if n <= free + 1:
        return np.zeros(own.shape[0], np.bool_)
    own_path, _ = derivatives(curve.formula, own, drivers)
    shared_path, _ = derivatives(curve.formula, shared[:, :-1], drivers)
    scores = []
    for path, k in ((own_path, free), (shared[:, -1:] * shared_path, scaled)):
        spread = np.sum(w * (y - path) ** 2, axis=1) / np.maximum(w.sum(axis=1), 1.0)
        scores.append(n * np.log(np.maximum(spread, np.finfo(np.float64).tiny)) + 2 * k * n / (n - k - 1))
    with np.errstate(invalid="ignore"):
        return np.asarray(scores[0] < scores[1])


def _shares(at: Times, middle: Times) -> Array:
    """Return how much each campaign counts, shape (campaign, n): 1 when it was, 0 from its neighbours on."""
    seconds = (at - middle[0]) / SECONDS
    centres = (middle - middle[0]) / SECONDS
    return np.array([np.interp(seconds, centres, one) for one in np.eye(middle.size)])


def _seen(
    drivers: list[Array], number: Index, wanted: Sequence[Array], shares: Array
) -> npt.NDArray[np.bool_]:
    """Whether each campaign saw the drivers for which its curve would count."""
    found = np.zeros(shares.shape[0], np.bool_)
    for k, share in enumerate(shares):
        within = np.ones(share.size, np.bool_)
        for own, season in zip(drivers, wanted, strict=True):
            mine = own[number == k]
            within &= (np.asarray(season) >= mine.min()) & (np.asarray(season) <= mine.max())
        found[k] = np.sum(share * within) >= SEEN * np.sum(share)
    return found


def _paths(curve: Curve, values: Array, drivers: Sequence[Array], at: Times, middle: Times) -> Array:
    """Return the fluxes of all replicates at all times, shape (replicate, n)."""
    paths = np.zeros((values.shape[1], at.size))
    for k, share in enumerate(_shares(at, middle)):
        used = np.flatnonzero(share > 0)
        if used.size:
            own = [np.asarray(x, np.float64)[used] for x in drivers]
            now, _ = derivatives(curve.formula, values[k, :, :-1], own)
            paths[:, used] += share[used] * now * values[k, :, -1:]
    return paths


def accumulated(
    time: Times,
    flux: Array,
    plot: npt.NDArray[np.str_],
    *,
    se: Array | None = None,
    replicates: int = REPLICATES,
    seed: int = 1,
) -> tuple[float, Array, dict[str, float]]:
    """Emission over a season by straight lines between measurements, plot by plot.

    Parameters
    ----------
    time : ndarray of datetime64, shape (closure,)
        Of the closures.
    flux : ndarray, shape (closure,)
        [flux]
    plot : ndarray of str, shape (closure,)
        Each needs at least two measurements.
    se : ndarray, shape (closure,), optional
        Standard errors, which the resampled data sets then hold too. [flux]
    replicates, seed : int
        Resampled data sets and their choice.

    Returns
    -------
    total : float
        Mean over the plots. [flux s]
    totals : ndarray, shape (replicate,)
        Of data sets whose plots are drawn with replacement. [flux s]
    plots : dict of str to float
        Of each plot. [flux s]

    Raises
    ------
    ValueError
        No plot was measured twice.

    Examples
    --------
    >>> import numpy as np
    >>> import fluxkit as fk
    >>> day = np.array(["2026-07-01", "2026-07-11"], "M8[ns]")
    >>> time, flux = np.tile(day, 2), np.array([1.0, 3.0, 2.0, 4.0])  # of two plots, umol m-2 s-1
    >>> total, replicates, by_plot = fk.chamber.accumulated(time, flux, np.array(["a", "a", "b", "b"]))
    >>> round(total), {plot: round(value) for plot, value in by_plot.items()}  # umol m-2
    (2160000, {'a': 1728000, 'b': 2592000})
    """
    rng = np.random.default_rng(seed)
    kept = np.isfinite(flux)
    found: dict[str, float] = {}
    noise: list[Array] = []
    for name in np.unique(plot[kept]):
        mine = np.flatnonzero(kept & (plot == name))
        mine = mine[np.argsort(time[mine], kind="stable")]
        if mine.size < 2:
            continue
        share = _trapezoid((time[mine] - time[mine[0]]) / SECONDS)
        found[str(name)] = float(share @ flux[mine])
        error = 0.0 if se is None else float(np.sqrt(np.sum((share * np.nan_to_num(se[mine])) ** 2)))
        noise.append(error * rng.standard_normal(replicates))
    if not found:
        raise ValueError("season: no plot was measured at two times; a total needs at least two")
    each = np.array(list(found.values()))
    drawn = rng.integers(each.size, size=(replicates, max(each.size - 1, 1)))  # see `resampled`
    totals = (each[drawn] + np.array(noise).T[np.arange(replicates)[:, None], drawn]).mean(axis=1)
    return float(each.mean()), np.asarray(totals), found


def _trapezoid(seconds: Array) -> Array:
    """Return the time that each measurement represents. [s]"""
    half = np.diff(seconds) / 2
    return np.asarray(np.append(half, 0.0) + np.append(0.0, half))
