"""Columns of days, weeks, months and years from half hours, by the rule of each.

A day's mean needs more than half of its records, a mean of longer periods more than half of their days. Sums
(carbon, precipitation) need all: of a year with a gap that was not filled there is no sum. Carbon is
aggregated member by member; percentiles, mean and the representative one are those of the aggregates.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.product import ensembles
from fluxkit.ecosystem.product.names import Resolution
from fluxkit.ecosystem.product.periods import Periods, periods
from fluxkit.ecosystem.product.sources import Ensemble, Sources
from fluxkit.ecosystem.uncertainty.random_error import random_error

Array = npt.NDArray[np.float64]

#: Grams of carbon a day of one umol m-2 s-1.
GRAMS = 12.011e-6 * 86400.0
#: Largest quality that counts as measured or well filled.
GOOD = 1.0
_NOT_AVERAGED = ("NIGHT", "WD", "RH", "PA", "P", "WS")
_AVAILABLE = ("USTAR", "NETRAD", "PPFD_IN", "PPFD_DIF", "PPFD_OUT", "SW_DIF", "SW_OUT", "LW_OUT")
_SIDED = ("TA_F_MDS", "TA_ERA", "TA_F")


def half_hourly(sources: Sources) -> dict[str, Array]:
    """Return all half-hourly columns that can be made."""
    found = dict(sources.columns)
    for (flux, variant), ensemble in sources.ensembles.items():
        share = None if ensemble.qc is None else (ensemble.qc <= GOOD).astype(np.float64)
        found |= carbon(flux, variant, ensemble.values, ensemble.qc, share, ensemble.percentiles)
    for name in sources.random:
        for base in _random_bases(name, found):
            target = f"{base if name == 'NEE' else name}_RANDUNC"
            for end, x in _errors(sources, name, found[base], found.get(f"{base}_QC")).items():
                found[f"{target}{end}"] = x
    _joint(found)
    return found


def aggregated(sources: Sources, resolution: Resolution, fine: Mapping[str, Array]) -> dict[str, Array]:
    """Return all columns of a resolution from days to years that can be made.

    Parameters
    ----------
    sources : Sources
    resolution : {"DD", "WW", "MM", "YY"}
    fine : mapping
        The half-hourly columns, of `half_hourly`.
    """
    at, over = sources.at, periods(sources.at, resolution)
    per_day = at.per_day
    found: dict[str, Array] = {}
    for name, x in sources.columns.items():
        if name in _NOT_AVERAGED:
            continue
        if name == "EBC_CF_METHOD":
            found[name] = _commonest(x, over, per_day)
        elif name == "EBC_CF_N" and resolution != "DD":
            found[name] = of_days(daily(sources.closed, per_day, least=0.0), over)
        elif name.endswith("_QC"):
            found[name] = of_days(_fraction(x, per_day), over, least=0.0)
        elif name.startswith("P_"):
            found[name] = _sum(daily(x, per_day, least=1.0) * per_day, over, resolution)
        else:
            found[name] = of_days(daily(x, per_day), over)
        if name in _AVAILABLE:
            found[f"{name}_QC"] = of_days(np.isfinite(x).reshape(-1, per_day).mean(axis=1), over)
        if name in _SIDED and sources.night is not None:
            found |= _sides(name, x, sources, over)
    _nights(found, sources, over)
    for (flux, variant), ensemble in sources.ensembles.items():
        found |= _carbon(flux, variant, ensemble, sources, over, resolution)
    _random(found, fine, sources, over, resolution)
    _joint(found)
    return found


# ---- carbon ----


def carbon(
    flux: str, variant: str, values: Array, qc: Array | None, good: Array | None, percentiles: Array
) -> dict[str, Array]:
    """Return the columns of a flux at one resolution from its members.

    Parameters
    ----------
    flux, variant : str
        As in NEE_VUT_REF.
    values, qc, good : (member, n) arrays
        Of qualities the half hours have classes, ``good`` is the share of measured or well filled ones.
    percentiles : (member,) array
    """
    base = f"{flux}_{variant}"
    found: dict[str, Array] = {}
    chosen = ensembles.representative(values, percentiles)

    def put(name: str, x: Array, quality: Array | None) -> None:
        found[f"{base}_{name}"] = x
        if flux == "NEE" and quality is not None:
            found[f"{base}_{name}_QC"] = quality

    put("REF", values[chosen], None if qc is None else qc[chosen])
    middle = np.flatnonzero(np.abs(percentiles - 50.0) < 1e-6)
    if middle.size:
        put("USTAR50", values[middle[0]], None if qc is None else qc[middle[0]])
    if values.shape[0] >= ensembles.FEWEST:
        mean, error, share = ensembles.mean_and_error(values, good)
        put("MEAN", mean, share)
        found[f"{base}_SE"] = error
        for name, (x, quality) in ensembles.ranked(values, qc, percentiles).items():
            put(name, x, quality)
    return found


def _carbon(
    flux: str, variant: str, ensemble: Ensemble, sources: Sources, over: Periods, resolution: Resolution
) -> dict[str, Array]:
    per_day = sources.at.per_day
    days = np.stack([daily(x, per_day, least=1.0) for x in ensemble.values]) * GRAMS
    sums = np.stack([_sum(x, over, resolution) for x in days])
    qc = None
    if ensemble.qc is not None:
        qc = np.stack([of_days(_fraction(x, per_day), over, least=0.0) for x in ensemble.qc])
    found = carbon(flux, variant, sums, qc, qc, ensemble.percentiles)
    if flux == "NEE" and sources.night is not None:
        for side, where in (("NIGHT", sources.night), ("DAY", sources.day)):
            found |= _side_of_carbon(f"NEE_{variant}", side, where, ensemble, sources, over)
    return found


def _side_of_carbon(
    base: str, side: str, where: npt.NDArray[np.bool_], ensemble: Ensemble, sources: Sources, over: Periods
) -> dict[str, Array]:
    """Return the mean of a side of the day: of the half hours' representative member, and its percentiles."""
    per_day = sources.at.per_day
    means = np.stack([of_days(_mean_where(x, where, per_day)[0], over) for x in ensemble.values])
    spreads = [_mean_where(x, where, per_day)[1] for x in ensemble.values]
    found: dict[str, Array] = {}
    members = {"REF": ensembles.representative(ensemble.values, ensemble.percentiles)}
    middle = np.flatnonzero(np.abs(ensemble.percentiles - 50.0) < 1e-6)
    if middle.size:
        members["USTAR50"] = int(middle[0])
    qc = None
    if ensemble.qc is not None:
        good = [np.where(np.isfinite(q), (q <= GOOD).astype(float), np.nan) for q in ensemble.qc]
        qc = np.stack([of_days(_mean_where(q, where, per_day)[0], over) for q in good])
    for name, k in members.items():
        found[f"{base}_{name}_{side}"] = means[k]
        found[f"{base}_{name}_{side}_SD"] = of_days(spreads[k], over)
        if qc is not None:
            found[f"{base}_{name}_{side}_QC"] = qc[k]
    for name, (x, quality) in ensembles.ranked(means, qc, ensemble.percentiles).items():
        found[f"{base}_{name}_{side}"] = x
        if quality is not None:
            found[f"{base}_{name}_{side}_QC"] = quality
    return found


# ---- errors ----


def _random_bases(name: str, found: dict[str, Array]) -> list[str]:
    if name != "NEE":
        return [f"{name}_F_MDS"]
    return [f"NEE_{v}_{m}" for v in ("VUT", "CUT") for m in ("REF", "USTAR50") if f"NEE_{v}_{m}" in found]


def _errors(sources: Sources, name: str, flux: Array, qc: Array | None) -> dict[str, Array]:
    """Return the random error of a flux's measured records, with the method and number behind it.

    It is that of the main series; a member has records which that lacks, and theirs is found of the member.
    """
    found = {
        "": sources.random[name],
        **{f"_{end}": x for end, x in sources.random_facts.get(name, {}).items()},
    }
    if qc is None:
        return found
    measured = qc == 0.0
    lacking = measured & ~np.isfinite(sources.random[name])
    if lacking.any() and len(found) > 1:
        own = random_error(np.where(measured, flux, np.nan), sources.drivers, sources.at)
        for end, x in zip(("", "_METHOD", "_N"), own, strict=True):
            found[end] = np.where(lacking, x, found[end])
    there = measured & np.isfinite(found[""])
    return {end: np.where(there, x, np.nan) for end, x in found.items()}


def _random(
    found: dict[str, Array],
    fine: Mapping[str, Array],
    sources: Sources,
    over: Periods,
    resolution: Resolution,
) -> None:
    """Add random errors of aggregates: root of the sum of squares over the number of measured records."""
    per_day = sources.at.per_day
    scale = GRAMS * (over.days if resolution == "YY" else 1.0)
    for name in sources.random:
        for base in _random_bases(name, found):
            target = f"{base if name == 'NEE' else name}_RANDUNC"
            found[target] = _of_squares(fine[target], over, per_day)[0] * (scale if name == "NEE" else 1.0)
            if name != "NEE" or sources.night is None:
                continue
            for side, where in (("NIGHT", sources.night), ("DAY", sources.day)):
                of_side, number = _of_squares(np.where(where, fine[target], np.nan), over, per_day)
                found[f"{base}_{side}_RANDUNC"] = of_side
                found.setdefault(f"{side}_RANDUNC_N", number / over.days)


def _of_squares(x: Array, over: Periods, per_day: int) -> tuple[Array, Array]:
    square = np.nan_to_num(x**2).reshape(-1, per_day).sum(axis=1)
    count = np.isfinite(x).reshape(-1, per_day).sum(axis=1).astype(np.float64)
    squares, counts = (np.add.reduceat(a, over.begin) for a in (square, count))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(counts > 0, np.sqrt(squares) / counts, np.nan), counts


def _joint(found: dict[str, Array]) -> None:
    """Add joint uncertainties where both parts are there: each resolution has its own, never a finer one."""
    for variant in ("CUT", "VUT"):
        for side in ("", "_NIGHT", "_DAY"):
            low, high = (found.get(f"NEE_{variant}_{p}{side}") for p in (16, 84))
            for member in ("REF", "USTAR50"):
                random = found.get(f"NEE_{variant}_{member}{side}_RANDUNC")
                if low is not None and high is not None and random is not None:
                    spread = (high - low) / 2.0
                    found[f"NEE_{variant}_{member}{side}_JOINTUNC"] = np.hypot(random, spread)
    for flux in ("LE", "H"):
        parts = [found.get(f"{flux}_{x}") for x in ("RANDUNC", "CORR_25", "CORR_75")]
        if all(part is not None for part in parts):
            random, low, high = parts
            assert random is not None and low is not None and high is not None, "all are there"  # noqa: PT018
            found[f"{flux}_CORR_JOINTUNC"] = np.hypot(random, (high - low) / 1.349)


# ---- days and longer periods ----


def daily(x: Array, per_day: int, *, least: float = 0.5) -> Array:
    """Return means of days, NaN where at most ``least`` of the records are there (1: where not all are).

    Parameters
    ----------
    x : array, shape (n,)
        Over whole days.
    per_day : int
        Records of a day.
    least : float
        Share.
    """
    rows = x.reshape(-1, per_day)
    there = np.isfinite(rows)
    count = there.sum(axis=1)
    enough = count == per_day if least >= 1.0 else count > least * per_day
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(enough, np.where(there, rows, 0.0).sum(axis=1) / count, np.nan)


def of_days(x: Array, over: Periods, *, least: float = 0.5) -> Array:
    """Return the mean of the days of each period, NaN where at most ``least`` of them are there."""
    there = np.isfinite(x)
    count = np.add.reduceat(there.astype(np.float64), over.begin)
    total = np.add.reduceat(np.where(there, x, 0.0), over.begin)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > least * over.days, total / count, np.nan)


def _sum(x: Array, over: Periods, resolution: Resolution) -> Array:
    """Return daily amounts as a sum of the year, else the mean of a day; all days must be there."""
    total = np.add.reduceat(x, over.begin)  # NaN where one is
    return total if resolution == "YY" else total / over.days


def _fraction(qc: Array, per_day: int) -> Array:
    """Return the share of a day's records that are measured or well filled."""
    rows = qc.reshape(-1, per_day)
    return np.where(np.isfinite(rows).any(axis=1), (rows <= GOOD).mean(axis=1), np.nan)


def _commonest(x: Array, over: Periods, per_day: int) -> Array:
    """Return the number (1, 2, 3) that most records of each period have, NaN where none has one."""
    counts = np.stack(
        [np.add.reduceat((x == k).reshape(-1, per_day).sum(axis=1), over.begin) for k in (1, 2, 3)]
    )
    return np.where(counts.any(axis=0), counts.argmax(axis=0) + 1.0, np.nan)


def _mean_where(x: Array, where: npt.NDArray[np.bool_], per_day: int) -> tuple[Array, Array]:
    """Return mean and standard deviation of a part of each day, NaN where less than half of it is there."""
    rows, part = x.reshape(-1, per_day), where.reshape(-1, per_day)
    there = np.isfinite(rows) & part
    count, wanted = there.sum(axis=1), part.sum(axis=1)
    filled = np.where(there, rows, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where((count > 0.5 * wanted) & (wanted > 0), filled.sum(axis=1) / count, np.nan)
        square = np.where(there, (rows - mean[:, None]) ** 2, 0.0).sum(axis=1)
        return mean, np.where(np.isfinite(mean) & (count > 1), np.sqrt(square / (count - 1)), np.nan)


def _sides(name: str, x: Array, sources: Sources, over: Periods) -> dict[str, Array]:
    found: dict[str, Array] = {}
    assert sources.night is not None, "asked before"
    qc = sources.columns.get(f"{name}_QC")
    for side, where in (("NIGHT", sources.night), ("DAY", sources.day)):
        mean, spread = _mean_where(x, where, sources.at.per_day)
        found[f"{name}_{side}"] = of_days(mean, over)
        found[f"{name}_{side}_SD"] = of_days(spread, over)
        if qc is not None:
            good = np.where(np.isfinite(qc), (qc <= GOOD).astype(float), np.nan)
            share, _ = _mean_where(good, where, sources.at.per_day)
            found[f"{name}_{side}_QC"] = of_days(share, over)
    return found


def _nights(found: dict[str, Array], sources: Sources, over: Periods) -> None:
    if sources.night is None:
        return
    per_day = sources.at.per_day
    for name, where in (("NIGHT_D", sources.night), ("DAY_D", sources.day)):
        found[name] = of_days(where.reshape(-1, per_day).sum(axis=1).astype(np.float64), over)
