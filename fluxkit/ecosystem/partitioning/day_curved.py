"""Light response curves of free curvature upon the respiration of nights, our default."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.partitioning import drift, light_curves, lloyd_taylor, night_pooled
from fluxkit.ecosystem.partitioning.day_windows import Windows
from fluxkit.ecosystem.partitioning.parted import Parted, Table, none
from fluxkit.ecosystem.partitioning.records import Records
from fluxkit.kernels import light_curvature

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Days of a window, wider ones where it has fewer than ENOUGH records by day.
SIZES = (4, 8, 16, 32)
ENOUGH = 30
#: How far uptake in an outage may be from what curves before and after it say.
FILLED = (0.5, 2.0)


def fluxkit(records: Records, *, bootstraps: int = 0, seed: int = 0) -> Parted:
    """Day-time partitioning that takes respiration from nights and uptake's response to light from days.

    The intercept of a light response curve at zero light is no measurement of respiration: a rectangular
    hyperbola, whose slope is steepest at zero, takes curvature, warm afternoons and dry air for
    respiration. So respiration is that of nights (:func:`night_pooled.fluxkit`), and beta, alpha, k and the
    curvature of a non-rectangular hyperbola are fitted to what days show beyond it, in windows of four days
    every second. The curve is then multiplied so that it sums up to what was measured in its window, as far
    as that is known, in an outage to what was filled. Without nights respiration is the intercept after all,
    which is said.

    References
    ----------
    .. [1] Lasslop et al., Glob. Change Biol. 16, 187-208, 2010.
    .. [2] Gilmanov et al., Glob. Biogeochem. Cycles 17, 1071, 2003: curves that are not rectangular.
    .. [3] Keenan et al., Nat. Ecol. Evol. 3, 407-415, 2019.
    """
    n = records.nee.size
    day = np.flatnonzero(np.isfinite(records.nee) & np.isfinite(records.ta) & (records.sw_in > 4.0))
    if day.size < 10:
        return none(n, "There is no measured NEE by day: light response curves have nothing to begin with.")
    nights, why = night_pooled.from_nights(records)
    known = nights is not None
    if nights is None:
        nights = _without_nights(records)
        said = [f"{why} It is the intercept of the light response curves, which is uncertain by a third."]
    else:
        said = night_pooled.said_of(nights)
    windows = Windows.over(n, records.at.per_day)
    table, parameters, scale = _fitted(records, windows, day, nights, 1e-3 if known else 1.0)
    sound = table["REASON"] == ""
    if not sound.any():
        return none(n, "No window has a light response curve.", table)
    keep = np.flatnonzero(sound)
    keep = keep[_rising(table["POSITION"][keep])]
    curves = Curves.of(records, table["POSITION"][keep], parameters[keep], scale[keep])
    reco, reco_sd = nights.respiration(records.ta, records.sw_in > 10.0)
    if not known:
        reco = curves.intercept() * np.exp(nights.e0 * lloyd_taylor.exponent(records.ta))
        reco_sd = reco / 3.0
    parted = _predicted(records, table, curves, reco, reco_sd, tuple(said))
    return (
        _with_members(records, parted, nights, curves, bootstraps, seed) if known and bootstraps else parted
    )


@dataclass(frozen=True)
class Curves:
    """The light response curves of windows, and each record between two of them.

    Parameters
    ----------
    position : (w,) array
        Where they hold, rising records.
    parameters : (w, 5) array
        As the kernel fits them.
    scale : (w, 2) array
        Factors that make their sums the measured ones, and the factors' errors.
    before, after, weight : (n,) array
        Windows on both sides of each record, and the weight of the one after.
    light, dry : (n,) array
        Radiation [W m-2], NaN where missing, and VPD above 10 hPa.
    per_day : int
    """

    position: Array
    parameters: Array
    scale: Array
    before: Integers
    after: Integers
    weight: Array
    light: Array
    dry: Array
    per_day: int

    @classmethod
    def of(cls, records: Records, position: Array, parameters: Array, scale: Array) -> Self:
        """Put the records between the windows."""
        between = light_curves.between(position, records.nee.size)
        dry = np.nan_to_num(np.maximum(records.vpd - 10.0, 0.0))
        return cls(position, parameters, scale, *between, records.sw_in, dry, records.at.per_day)

    @property
    def lit(self) -> Array:
        """Radiation, 0 where it is missing [W m-2]."""
        return np.maximum(np.nan_to_num(self.light), 0.0)

    @property
    def days(self) -> Array:
        """Where the windows hold [days since the first record]."""
        return self.position / self.per_day

    def uptake(self, scale: Array) -> Array:
        """Uptake of all records with these factors of the windows [umol m-2 s-1]."""
        p, lit = self.parameters, self.lit
        one = scale[self.before] * light_curvature.curves(p[self.before], lit, self.dry)
        other = scale[self.after] * light_curvature.curves(p[self.after], lit, self.dry)
        return np.where(np.isnan(self.light), np.nan, (1 - self.weight) * one + self.weight * other)

    def intercept(self) -> Array:
        """Reference respiration of all records where curves have it for want of nights [umol m-2 s-1]."""
        rref = np.exp(self.parameters[:, 4])
        return np.asarray((1 - self.weight) * rref[self.before] + self.weight * rref[self.after])

    def drift(self) -> float:
        """Variance of the logarithm of uptake in 500 W m-2 that a day adds."""
        light = np.full(self.position.size, 500.0)
        return drift.rate(
            self.days, self.scale[:, 0] * light_curvature.curves(self.parameters, light, 0.0 * light)
        )


def _without_nights(records: Records) -> night_pooled.Nights:
    ones = np.ones(records.nee.size)
    middle = np.full(records.nee.size, float(np.nanmean(lloyd_taylor.exponent(records.ta))))
    e0, e0_sd = night_pooled.between_night_and_day(records, night_pooled.PRIOR, night_pooled.PRIOR_SD)
    return night_pooled.Nights(
        e0, e0_sd, {}, 2.0 * ones, ones, middle, 0.0 * ones,
        np.arange(ones.size) / records.at.per_day, np.zeros(1), 0.0,
    )  # fmt: skip


def _fitted(
    records: Records, windows: Windows, day: Integers, nights: night_pooled.Nights, bound: float
) -> tuple[Table, Array, Array]:
    """Windows with their curves, parameters (w, 5) and scales (w, 2); bound: of night's respiration [1]."""
    first, stop = (np.searchsorted(day, edge) for edge in windows.around(SIZES[0]))
    days = np.full(windows.size, SIZES[0])
    for size in SIZES[1:]:
        few = stop - first < ENOUGH
        wider = [np.searchsorted(day, edge) for edge in windows.around(size)]
        first, stop = np.where(few, wider[0], first), np.where(few, wider[1], stop)
        days = np.where(few, size, days)
    nee, sd = records.nee[day], records.nee_sd[day]
    sd = np.where(sd > 0, sd, np.maximum(0.7, 0.2 * np.abs(nee)))
    dry = np.nan_to_num(np.maximum(records.vpd - 10.0, 0.0))
    factor = np.exp(nights.e0 * lloyd_taylor.exponent(records.ta))
    centre = np.minimum(windows.centre, records.nee.size - 1)
    k_sd = 0.03 if (dry[day] > 0).any() else 1e-6
    relative = np.full(windows.size, bound)
    parameters, covariances, scale, found = light_curvature.windows(
        first, stop, nights.rref[centre], relative, k_sd, records.sw_in[day], dry[day], factor[day], nee, sd
    )
    total = np.concatenate([[0.0], np.cumsum(day.astype(float))])
    with np.errstate(invalid="ignore", divide="ignore"):
        position = (total[stop] - total[first]) / (stop - first)
    # A window that had to reach for its records says nothing of its own days.
    found &= np.abs(position - centre) <= SIZES[0] * records.at.per_day
    start, end = windows.around(SIZES[0])
    error = np.sqrt(np.einsum("wii->wi", covariances))
    theta = 1.0 / (1.0 + np.exp(-parameters[:, 3]))
    rref = np.exp(parameters[:, 4])
    rref_sd = np.hypot(nights.rref_sd[centre] if bound < 0.1 else 0.0, rref * error[:, 4])
    table: Table = {
        "FIRST": start, "STOP": end, "MIDDLE": centre, "POSITION": position, "N": stop - first, "DAYS": days,
        "BETA": np.exp(parameters[:, 0]), "BETA_SE": np.exp(parameters[:, 0]) * error[:, 0],
        "ALPHA": np.exp(parameters[:, 1]), "ALPHA_SE": np.exp(parameters[:, 1]) * error[:, 1],
        "K": parameters[:, 2], "K_SE": error[:, 2],
        "THETA": theta, "THETA_SE": theta * (1.0 - theta) * error[:, 3],
        "RREF": rref, "RREF_SE": rref_sd, "E0": np.full(windows.size, nights.e0),
        "E0_SE": np.full(windows.size, nights.e0_sd), "SCALE": scale[:, 0], "SCALE_SE": scale[:, 1],
        "REASON": np.where(found, "", np.where(stop - first < 10, "fewer than 10 day records", "no fit")),
    }  # fmt: skip
    return table, parameters, scale


def _as_filled(records: Records, table: Table, reco: Array, gpp: Array) -> Array:
    """What the curves of the days around an outage are multiplied by, so that they sum up to what was filled.

    Between two windows curves know the day's light and dryness, a filler the season as well.
    """
    lit = (records.sw_in > 4.0) & np.isfinite(reco - records.nee_filled) & np.isfinite(gpp)
    both = (np.where(lit, v, 0.0) for v in (reco - records.nee_filled, gpp))
    sums = [np.concatenate([[0.0], np.cumsum(v)]) for v in both]
    filled, curves = (s[table["STOP"]] - s[table["FIRST"]] for s in sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(curves > 0.0, filled / curves, 1.0)
    ratio = np.where(table["REASON"] == "", 1.0, np.clip(ratio, *FILLED))
    return np.interp(np.arange(gpp.size), table["MIDDLE"], ratio)


def _rising(position: Array) -> npt.NDArray[np.bool_]:
    """Those beyond all before."""
    before = np.concatenate([[-np.inf], np.maximum.accumulate(position)[:-1]])
    return np.asarray(position > before)


def _predicted(
    records: Records, table: Table, curves: Curves, reco: Array, reco_sd: Array, said: tuple[str, ...]
) -> Parted:
    """Fluxes of all records."""
    gpp = curves.uptake(curves.scale[:, 0])
    gpp *= _as_filled(records, table, reco, gpp)
    record = np.arange(gpp.size)
    variance = drift.variance(curves.days, record / curves.per_day, curves.drift())
    relative = np.sqrt(curves.scale[:, 1][curves.before] ** 2 + variance)
    gpp_sd = np.hypot(gpp * np.minimum(relative, 1.0), reco_sd * (curves.lit > 0))
    to_before, to_after = (np.abs(curves.position[w] - record) for w in (curves.before, curves.after))
    distance = np.minimum(to_before, to_after) / curves.per_day
    quality = np.where(distance <= 7, 0.0, np.where(distance <= 14, 1.0, 2.0))
    gpp = np.where(distance <= night_pooled.REACH, gpp, np.nan)
    return Parted(reco, gpp, quality, table, {}, reco_sd, gpp_sd, said)


def _with_members(
    records: Records,
    parted: Parted,
    nights: night_pooled.Nights,
    curves: Curves,
    bootstraps: int,
    seed: int,
) -> Parted:
    """Add members: those of nights, with curves of other sums that drift between their windows."""
    reco = np.stack(night_pooled.drawn(records, nights, bootstraps, seed))
    outage = _as_filled(records, parted.windows, parted.reco, curves.uptake(curves.scale[:, 0]))
    daily, time = curves.drift(), np.arange(parted.gpp.size) / curves.per_day
    gpp = np.empty_like(reco)
    for m in range(reco.shape[0]):
        random = np.random.default_rng([seed, 1, m])
        scale = curves.scale[:, 0] + curves.scale[:, 1] * random.standard_normal(curves.position.size)
        one = outage * curves.uptake(scale) * np.exp(drift.walk(curves.days, time, daily, random))
        of_reco = (reco[m] - parted.reco) * (curves.lit > 0)
        gpp[m] = np.where(np.isnan(parted.gpp), np.nan, one) + of_reco
    return parted.with_members(reco, gpp)
