"""Respiration from nights with the sensitivity of all windows together, our default."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.partitioning import drift, lloyd_taylor
from fluxkit.ecosystem.partitioning.parted import Parted, Table, none
from fluxkit.ecosystem.partitioning.records import Records
from fluxkit.kernels import respiration

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: What 60 sites have in common: Q10 = 1.4 at 15 degC, as E0 [K], and how far a site may be from it.
PRIOR, PRIOR_SD = 125.0, 40.0
#: How far the sensitivity of a site's nights is from what they show [K].
STRUCTURE = 30.0
#: What is left of it between night and day where air temperature drives respiration, and its deviation: the
#: day's wave reaches the soil damped, that of fair and cold weeks nearly whole (Wohlfahrt & Galvagno, 2017).
DAMPED, DAMPED_SD = 0.8, 0.15
#: Days of a window, and between windows of reference respiration.
DAYS, STEP = 15, 4
#: What holds at night need not hold by day, when light inhibits leaves' respiration by an unknown part
#: (Keenan et al., 2019): a relative standard deviation.
BY_DAY = 0.04
#: Beyond so many days from measured nights respiration is not known.
REACH = 60


@dataclass(frozen=True)
class Nights:
    """Respiration as nights show it.

    Parameters
    ----------
    e0, e0_sd : float
        Sensitivity and its standard deviation [K].
    table : Table
        Windows.
    rref, rref_sd, centre : (n,) array
        For each record: reference respiration, its standard error [umol m-2 s-1], and the mean exponent of
        the nights it comes from [K-1].
    distance : (n,) array
        From the nearest window [days].
    time : (n,) array
        Days since the first record.
    days : (w,) array
        Where the windows of reference respiration stand [days since the first record].
    drift : float
        Variance of the logarithm of reference respiration that a day adds.
    """

    e0: float
    e0_sd: float
    table: Table
    rref: Array
    rref_sd: Array
    centre: Array
    distance: Array
    time: Array
    days: Array
    drift: float

    def respiration(self, ta: Array, lit: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
        """Of the ecosystem at a temperature [degC], and its standard deviation, larger where it is lit."""
        x = lloyd_taylor.exponent(ta)
        reco = self.rref * np.exp(self.e0 * x)
        relative = np.sqrt(
            (self.e0_sd * (x - self.centre)) ** 2
            + (self.rref_sd / self.rref) ** 2
            + drift.variance(self.days, self.time, self.drift)
            + np.where(lit, BY_DAY**2, 0.0)
        )
        known = self.distance <= REACH
        return np.where(known, reco, np.nan), np.where(known, reco * relative, np.nan)


def fluxkit(records: Records, *, bootstraps: int = 0, seed: int = 0) -> Parted:
    """Night-time partitioning with one sensitivity from all windows, and wide windows for the rest.

    E0 of windows of 15 days is fitted beside a trend, so that the season's course is not taken for a
    response to temperature. Their mean, weighted by errors and by how much windows differ (DerSimonian and
    Laird), is drawn towards what ecosystems have in common (Mahecha et al.): nights alone see a few kelvin.
    Four fifths of it hold between night and day: cold nights in a row cool the soil, the single night does
    so less, and air temperature knows no difference (`DAMPED`; not where soil temperature drives).
    Reference respiration is a regression through the origin in windows of 15 days every fourth: a night's
    noise weighs less than in seven days. `bootstraps` draws members.

    References
    ----------
    .. [1] Reichstein et al., Glob. Change Biol. 11, 1424-1439, 2005.
    .. [2] Mahecha et al., Science 329, 838-840, 2010: Q10 = 1.4 +- 0.1 across 60 sites.
    .. [3] DerSimonian & Laird, Control. Clin. Trials 7, 177-188, 1986.
    .. [4] Wohlfahrt & Galvagno, Agric. For. Meteorol. 237-238, 135-142, 2017: air or soil temperature.
    """
    n = records.nee.size
    nights, why = from_nights(records)
    if nights is None:
        return none(n, why)
    reco, sd = nights.respiration(records.ta, records.sw_in > 10.0)
    quality = np.where(nights.distance <= 7, 0.0, np.where(nights.distance <= 14, 1.0, 2.0))
    said = tuple(said_of(nights))
    parted = Parted(
        reco, reco - records.nee_filled, quality, nights.table,
        {
            "RREF": nights.rref, "RREF_SE": nights.rref_sd,
            "E0": np.full(n, nights.e0), "E0_SE": np.full(n, nights.e0_sd),
        },
        sd, sd, said, records.quality,
    )  # fmt: skip
    if not bootstraps:
        return parted
    members = np.stack(drawn(records, nights, bootstraps, seed))
    return parted.with_members(members, members - records.nee_filled)


def said_of(nights: Nights) -> list[str]:
    """What a user should know of them."""
    said = []
    far = float((nights.distance > 14).mean())
    if far > 0:
        said.append(
            f"{100 * far:.0f} % of the records are more than 14 days from nights with measured NEE; their "
            "respiration is that of the nearest ones"
            + (f", and none beyond {REACH} days." if (nights.distance > REACH).any() else ".")
        )
    if not np.isfinite(nights.table["E0"].astype(float)).any():
        said.append(
            "Nights show no response to temperature: "
            f"E0 = {nights.e0:.0f} K is what ecosystems have in common."
        )
    return said


def dark_records(records: Records) -> Integers:
    """Records with measured NEE and known temperature at night."""
    dark = ~(records.sw_in > 10.0) & ~(records.potential > 0.0)
    return np.flatnonzero(dark & np.isfinite(records.nee) & np.isfinite(records.ta))


def from_nights(records: Records) -> tuple[Nights | None, str]:
    """What nights say of respiration, or why they do not."""
    at = dark_records(records)
    if at.size < 10:
        return (
            None,
            f"There are {at.size} records of measured NEE at night: respiration cannot be told from them.",
        )
    days = at // records.at.per_day
    last = (records.nee.size - 1) // records.at.per_day
    x, nee = lloyd_taylor.exponent(records.ta[at]), records.nee[at]
    table = _sensitivities(records, at, days, x, nee, last)
    e0, e0_sd = between_night_and_day(records, *pooled(table["E0"], table["E0_SE"]))
    windows = _references(at, days, x, nee, np.exp(e0 * x), last, np.ones(last + 1))
    sound = windows[1] > 0
    if not sound.any():
        return None, "NEE at night is not positive in any window: there is no respiration to be fitted."
    where, rref, error, centre = (v[sound] for v in windows)
    record = np.arange(records.nee.size)
    nearest = _nearest(where, record) / records.at.per_day
    of_record = [np.interp(record, where, v) for v in (rref, error, centre)]
    on = where / records.at.per_day
    return Nights(
        e0, e0_sd, table, of_record[0], of_record[1], of_record[2], nearest, record / records.at.per_day,
        on, drift.rate(on, rref),
    ), ""  # fmt: skip


def _sensitivities(records: Records, at: Integers, days: Integers, x: Array, nee: Array, last: int) -> Table:
    begin = np.arange(0, last + 1, DAYS)
    first, stop = np.searchsorted(days, begin), np.searchsorted(days, begin + DAYS)
    span = np.array([np.ptp(records.ta[at[a:b]]) if b > a else 0.0 for a, b in zip(first, stop, strict=True)])
    usable = (stop - first >= 20) & (span >= 4.0)
    fits = np.full((begin.size, 2), np.nan)
    fits[usable] = respiration.trend_windows(x, days.astype(float), nee, first[usable], stop[usable])
    doubtful = ~(fits[:, 1] < 250.0) | ~(np.abs(fits[:, 0] - 300.0) < 500.0)
    reason = np.where(doubtful, "temperature and NEE show no response", "").astype(object)
    reason[span < 4.0] = "nights differ by less than 4 K"
    reason[stop - first < 20] = "fewer than 20 night records"
    per_day, n = records.at.per_day, records.nee.size
    return {
        "FIRST": np.minimum(begin * per_day, n - 1), "STOP": np.minimum((begin + DAYS) * per_day, n),
        "MIDDLE": np.minimum(begin * per_day + DAYS * per_day // 2, n - 1),
        "N": stop - first, "T_RANGE": span,
        "E0": np.where(doubtful, np.nan, fits[:, 0]), "E0_SE": np.where(doubtful, np.nan, fits[:, 1]),
        "REASON": reason.astype(str),
    }  # fmt: skip


def between_night_and_day(records: Records, e0: float, e0_sd: float) -> tuple[float, float]:
    """What is left of the sensitivity of nights between night and day, and its deviation [K]."""
    share = 1.0 if records.temperature.startswith("TS") else DAMPED
    return share * e0, float(np.hypot(share * e0_sd, DAMPED_SD * e0))


def pooled(e0: Array, error: Array) -> tuple[float, float]:
    """The mean of windows that differ by more than their errors, drawn towards the prior, and its deviation.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.partitioning.night_pooled import pooled
    >>> [round(v, 1) for v in pooled(np.array([200.0, 220.0]), np.array([30.0, 30.0]))]
    [171.1, 27.1]
    """
    known = np.isfinite(e0) & (error > 0)
    e0, error = e0[known], error[known]
    if e0.size == 0:
        return PRIOR, PRIOR_SD
    between, mean, weight = 0.0, 0.0, error
    for _ in range(50):
        weight = 1.0 / (error**2 + between)
        mean = float(weight @ e0 / weight.sum())
        excess = float(weight @ (e0 - mean) ** 2) - (e0.size - 1)
        room = float(weight.sum() - weight @ weight / weight.sum())
        before, between = between, max(between + excess / room, 0.0) if room > 0 else 0.0
        if abs(between - before) < 1.0:
            break
    information = 1.0 / (1.0 / float(weight.sum()) + STRUCTURE**2)
    total = information + PRIOR_SD**-2
    return (information * mean + PRIOR_SD**-2 * PRIOR) / total, total**-0.5


def _references(
    at: Integers, days: Integers, x: Array, nee: Array, factor: Array, last: int, weight: Array
) -> tuple[Array, Array, Array, Array]:
    """Where, reference respiration, its error and the mean exponent of windows; weight: of each day."""
    middle = np.arange(0, last + 1, STEP)
    half = DAYS // 2
    first = np.searchsorted(days, middle - half, "left")
    stop = np.searchsorted(days, middle + half, "right")
    w = weight[days]
    parts = (w, w * factor * nee, w * factor**2, w * nee**2, w * at, w * x)
    sums = [np.concatenate([[0.0], np.cumsum(v)]) for v in parts]
    count, fy, ff, yy, position, exponents = (s[stop] - s[first] for s in sums)
    enough = count >= 10
    with np.errstate(divide="ignore", invalid="ignore"):
        rref = np.where(enough, fy / ff, np.nan)
        residual = np.maximum(yy - rref * fy, 0.0) / (count - 1)
        # Half hours of one night are not independent: a third of them count.
        error = np.sqrt(3.0 * residual / ff)
        return position / count, rref, error, exponents / count


def _nearest(where: Array, record: Integers) -> Array:
    after = np.clip(np.searchsorted(where, record), 0, where.size - 1)
    before = np.maximum(after - 1, 0)
    return np.asarray(np.minimum(np.abs(where[after] - record), np.abs(where[before] - record)))


def drawn(records: Records, nights: Nights, members: int, seed: int) -> list[Array]:
    """Respiration of members: E0 of its distribution, days drawn with replacement."""
    at = dark_records(records)
    days = at // records.at.per_day
    last = (records.nee.size - 1) // records.at.per_day
    x_night, nee = lloyd_taylor.exponent(records.ta[at]), records.nee[at]
    x = lloyd_taylor.exponent(records.ta)
    record = np.arange(records.nee.size)
    out = []
    for member in range(members):
        random = np.random.default_rng([seed, member])
        e0 = max(nights.e0 + nights.e0_sd * random.standard_normal(), 0.0)
        weight = random.poisson(1.0, last + 1).astype(float)
        where, rref, _, _ = _references(at, days, x_night, nee, np.exp(e0 * x_night), last, weight)
        sound = rref > 0
        if not sound.any():
            continue
        reco = np.interp(record, where[sound], rref[sound]) * np.exp(e0 * x)
        reco *= np.exp(drift.walk(nights.days, nights.time, nights.drift, random))
        reco *= np.where(records.sw_in > 10.0, np.exp(BY_DAY * random.standard_normal()), 1.0)
        out.append(np.where(nights.distance <= REACH, reco, np.nan))
    return out
