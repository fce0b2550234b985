"""Respiration from nights, as Reichstein et al. (2005) and the programs after them."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.partitioning import conventions, lloyd_taylor
from fluxkit.ecosystem.partitioning.parted import Parted, Table, none
from fluxkit.ecosystem.partitioning.records import Records
from fluxkit.kernels import respiration

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def reddyproc(records: Records) -> Parted:
    """Night-time partitioning as REddyProc 1.3.3 does it.

    E0 in windows of 15 days every fifth, Gauss-Newton, refitted without the residuals beyond their 5 and 95 %
    quantiles; the mean of the three with the smallest standard error holds for the whole table. Reference
    respiration by regression through the origin in windows of 7 days every fourth, interpolated.

    References
    ----------
    .. [1] Reichstein et al., Glob. Change Biol. 11, 1424-1439, 2005, section "Extrapolation of night-time
       respiration".
    .. [2] Wutzler et al., Biogeosciences 15, 5015-5030, 2018.
    """
    at = _night_records(records)
    days = records.day_counter[at]
    last = int(records.day_counter[-1])
    x = lloyd_taylor.exponent(records.ta[at])
    y = records.nee[at]
    middles = np.arange(8, last + 1, 5)
    table = _sensitivity_windows(records, at, days, middles - 7, middles + 7)
    e0, se = table["E0"], table["E0_SE"]
    valid = (e0 - se > 30) & (e0 + se < 350)
    best = _best(table, valid, "E0 with its error lies outside 30 to 350 K")
    if valid.sum() < 3:
        return none(records.nee.size, _no_sensitivity(at.size, int(valid.sum())), table)
    sensitivity = round(float(e0[best].mean()), 2)
    middles = np.arange(4, last + 1, 4)
    where, rref = _reference_through_origin(
        at, y, np.exp(sensitivity * x), days, middles - 3, middles + 3, more_than=2
    )
    sound = rref >= 0
    if not sound.any():
        return none(records.nee.size, "No window of nights gives a reference respiration.", table)
    rref = np.interp(np.arange(records.nee.size), where[sound], rref[sound])
    return _from_respiration(records, sensitivity, rref, table)


def oneflux(records: Records) -> Parted:
    """Night-time partitioning as ONEFlux does it, a calendar year at a time.

    E0 in windows of 14 days every fifth, refitted without the twentieth of records with the largest
    residuals; the mean of the three with the smallest standard error, each within 30 to 350 K. Reference
    respiration in windows of 8 days every fourth, no less than 1e-6.

    References
    ----------
    .. [1] Pastorello et al., Sci. Data 7, 225, 2020, section "CO2 flux partitioning".
    """
    at = _night_records(records)
    x, y, day = lloyd_taylor.exponent(records.ta[at]), records.nee[at], at // records.at.per_day
    rref, e0 = np.full(records.nee.size, np.nan), np.full(records.nee.size, np.nan)
    tables, said = [], []
    for year in np.unique(records.at.year):
        of_year = np.flatnonzero(records.at.year == year)
        first_day, last_day = of_year[0] // records.at.per_day, of_year[-1] // records.at.per_day
        begin = np.arange(first_day, last_day + 1, 5)
        table = _sensitivity_windows(records, at, day, begin, np.minimum(begin + 13, last_day), by_size=True)
        valid = (table["E0"] > 30) & (table["E0"] < 350)
        best = _best(table, valid, "E0 lies outside 30 to 350 K")
        tables.append(table)
        if valid.sum() < 3:
            said.append(f"{year}: {_no_sensitivity(at.size, int(valid.sum()))}")
            continue
        sensitivity = float(table["E0"][best].mean())
        begin = np.arange(first_day, last_day + 1, 4)
        where, found = _reference_through_origin(
            at, y, np.exp(sensitivity * x), day, begin, np.minimum(begin + 7, last_day), more_than=2
        )
        known = np.isfinite(found)
        rref[of_year] = np.interp(of_year, where[known], np.maximum(found[known], 1e-6))
        e0[of_year] = sensitivity
    joined = {name: np.concatenate([one[name] for one in tables]) for name in tables[0]}
    return _from_respiration(records, e0, rref, joined, tuple(said))


def keenan_2019(records: Records) -> Parted:
    """Night-time partitioning with leaves' respiration inhibited by light.

    Respiration of :func:`reddyproc` at night; by day it is less by the ratio of the reference respiration
    of light response curves to that of nights, a running median of eleven windows, no more than one. What
    is said of the intercept of such curves (:func:`day_curved.fluxkit`) holds for the ratio.

    References
    ----------
    .. [1] Keenan et al., Nat. Ecol. Evol. 3, 407-415, 2019.
    """
    from fluxkit.ecosystem.partitioning import day_time

    nights = reddyproc(records)
    curves = day_time.reddyproc(records)
    if not nights.parameters or "RREF" not in curves.windows:
        return replace(nights, said=(*nights.said, *curves.said))
    ratio, where = day_time.inhibition(curves.windows)
    if where.size == 0:
        return replace(nights, said=(*nights.said, "No window shows how light inhibits respiration."))
    share = np.interp(np.arange(records.nee.size), where, ratio)
    reco = nights.reco * np.where(records.sw_in > 4.0, share, 1.0)
    return replace(nights, reco=reco, gpp=reco - records.nee_filled, windows=nights.windows)


def _night_records(records: Records) -> Integers:
    """Records with measured NEE, temperature and radiation at night."""
    night = _dark(records.sw_in, 10.0) & _dark(_potential(records), 0.0)
    if records.sw_in_measured.any():  # filled radiation tells no night there
        night &= records.sw_in_measured
    return np.flatnonzero(night & np.isfinite(records.nee) & records.ta_measured)


def _best(table: Table, valid: npt.NDArray[np.bool_], outside: str) -> Integers:
    """The three windows with the smallest error of E0."""
    _reasons(table, valid, outside)
    best = np.flatnonzero(valid)[np.argsort(table["E0_SE"][valid], kind="stable")[:3]]
    table["USED"] = np.isin(np.arange(valid.size), best)
    return best


def _dark(radiation: Array, limit: float) -> npt.NDArray[np.bool_]:
    """Not known to be brighter; what is missing does not tell."""
    return ~(radiation > limit)


def _potential(records: Records) -> Array:
    if np.isnan(records.potential).all():
        return records.potential
    return conventions.potential_radiation(records.at)


def _factor(ta: Array, sensitivity: float | Array) -> Array:
    """Respiration over the reference one."""
    return np.asarray(np.exp(sensitivity * lloyd_taylor.exponent(ta)))


def _sensitivity_windows(
    records: Records,
    at: Integers,
    days: Integers,
    first_day: Integers,
    last_day: Integers,
    *,
    by_size: bool = False,
) -> Table:
    """Fit windows of whole days with more than six nights' records and five kelvin between them."""
    first = np.searchsorted(days, first_day, "left")
    stop = np.searchsorted(days, last_day, "right")
    ta = records.ta[at]
    span = np.array([np.ptp(ta[a:b]) if b > a else 0.0 for a, b in zip(first, stop, strict=True)])
    wide = span >= 5.0
    fits = respiration.trimmed_windows(
        lloyd_taylor.exponent(ta), records.nee[at], first[wide], stop[wide], 2.0, 200.0, 0.05, by_size, 7
    )
    table: Table = {}
    n, per_day = records.nee.size, records.at.per_day
    table["FIRST"] = np.clip(first_day * per_day - 1, 0, n)
    table["STOP"] = np.clip((last_day + 1) * per_day - 1, 0, n)
    table["MIDDLE"] = np.minimum((table["FIRST"] + table["STOP"]) // 2, n - 1)
    table["N"] = stop - first
    table["T_RANGE"] = span
    for row, name in ((0, "_UNTRIMMED"), (1, "")):
        for column, short in ((1, "RREF"), (2, "E0"), (3, "RREF"), (4, "E0")):
            value = np.full(first.size, np.nan)
            value[wide] = fits[:, row, column]
            table[short + name + ("_SE" if column > 2 else "")] = value
    return table


def _reasons(table: Table, valid: npt.NDArray[np.bool_], outside: str) -> None:
    n, span = table["N"], table["T_RANGE"]
    reason = np.where(valid, "", outside).astype(object)
    reason[np.isnan(table["E0"].astype(float))] = "the fit did not converge"
    reason[span < 5.0] = "nights differ by less than 5 K"
    reason[n < 7] = "fewer than 7 night records"
    table["REASON"] = reason.astype(str)


def _no_sensitivity(night_records: int, valid: int) -> str:
    if night_records == 0:
        return "There is no measured NEE at night: night-time partitioning has nothing to begin with."
    return f"Three windows of nights must show how respiration depends on temperature, {valid} of them do."


def _reference_through_origin(
    at: Integers,
    y: Array,
    factor: Array,
    days: Integers,
    first_day: Integers,
    last_day: Integers,
    more_than: int,
) -> tuple[Array, Array]:
    """Reference respiration of each window, and the mean record of what it was fitted to.

    A mean between two records goes to the even one, counted from one.
    """
    first = np.searchsorted(days, first_day, "left")
    stop = np.searchsorted(days, last_day, "right")
    sums = [np.concatenate([[0.0], np.cumsum(v)]) for v in (factor * y, factor * factor, at.astype(float))]
    fy, ff, position = (s[stop] - s[first] for s in sums)
    enough = stop - first > more_than
    with np.errstate(divide="ignore", invalid="ignore"):
        rref = np.where(enough, fy / ff, np.nan)
        where = np.where(enough, np.round(position / (stop - first) + 1.0) - 1.0, np.nan)
    return where, rref


def _from_respiration(
    records: Records,
    sensitivity: float | Array,
    rref: Array,
    table: Table,
    said: tuple[str, ...] = (),
) -> Parted:
    reco = rref * _factor(records.ta, sensitivity)
    e0 = np.broadcast_to(sensitivity, rref.shape)
    return Parted(
        reco, reco - records.nee_filled, records.quality, table, {"RREF": rref, "E0": np.array(e0)}, said=said
    )
