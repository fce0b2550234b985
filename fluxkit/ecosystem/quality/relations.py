"""Quantities that must go with each other: radiation with the sun, photons, winds, temperatures."""

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.ecosystem.reading.units import vapour_pressure_deficit
from fluxkit.examine.doubt import Doubt

Array = npt.NDArray[np.float64]
Where = npt.NDArray[np.bool_]

#: Days of a composite whose maximum is compared with the sun (AmeriFlux' timestamp alignment).
COMPOSITE = 15
#: Lag of the clear sky behind the sun that is told [h]. A valley's slopes shade one end of the day: 0.22 h
#: at Davos; stamps of the wrong end of a half hour make 0.5.
LAG = 0.35
#: Fewest fortnights for that, and on each side of a step of the clock.
LEAST = 3
#: Smallest step of the clock against the sun that is told [h]: medians of three fortnights of one clock
#: differ by up to 0.25 (six series of one to seven years).
STEP = 0.7
#: Share of the sun at the top of the atmosphere that the clearest records of a fortnight have: 0.63 to 1.0.
CLEAR = 0.35
#: Share of sunlit records with more radiation than the top of the atmosphere has, and the margin [W m-2].
ABOVE, MARGIN = 0.02, 20.0
#: Photons by energy of global radiation [umol J-1]: 1.9 to 2.2 (Jacovides et al., 2004; Meek et al., 1984).
PHOTONS = (1.5, 2.7)
#: The same with both columns exchanged.
SWAPPED = (0.3, 0.7)
#: Least coefficient of determination of pairs, over a year.
R2_PHOTONS, R2_TEMPERATURES, R2_WIND = 0.9, 0.9, 0.2
#: Least slope of friction velocity against wind: of short grass; half of it in km h-1 over most.
SLOPE_WIND = 0.03
#: Slope and mean difference [K] of sonic against air temperature.
SONIC_SLOPE, SONIC_OFFSET = (0.7, 1.3), 6.0
#: Fewest pairs: ten days of half hours.
FEWEST = 480
#: Ratio of the deficit to that of temperature and humidity: other units are factors of ten.
DEFICIT = (0.7, 1.4)


class Line(NamedTuple):
    """A line through pairs that treats both alike: y = slope x + offset."""

    slope: float
    offset: float
    r2: float
    n: int


def line(x: Array, y: Array) -> Line | None:
    """Return the reduced major axis of two series, None of too few pairs or without variance.

    References
    ----------
    .. [1] Legendre & Legendre, Numerical Ecology, 3rd ed., sec. 10.3.2, 2012 (model II regression).

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.quality.relations import line
    >>> x = np.arange(500.0)
    >>> round(line(x, 2 * x + 1).slope, 6)
    2.0
    """
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if x.size < FEWEST or x.std() == 0.0 or y.std() == 0.0:
        return None
    r = float(np.corrcoef(x, y)[0, 1])
    slope = float(np.copysign(y.std() / x.std(), r))
    return Line(slope, float(y.mean() - slope * x.mean()), r * r, x.size)


def sky_lags(x: Array, sun: Array, per_day: int) -> Array:
    """Return by how much the clear sky of each fortnight follows the sun, by the phase of their day. [h]

    Parameters
    ----------
    x, sun : arrays, shape (n,)
        Global radiation (or photons), and potential radiation, over whole days.
    per_day : int
        Records of a day.
    """
    measured, expected = _composites(x, sun, per_day)
    whole = np.isfinite(measured).all(axis=1) & (expected.max(axis=1, initial=0.0) > 200.0)
    whole &= np.nan_to_num(measured).max(axis=1, initial=0.0) > MARGIN  # a sensor that is dead tells no time
    turn = np.exp(-2j * np.pi * np.arange(per_day) / per_day)
    ahead = np.full(whole.size, np.nan)
    ahead[whole] = np.angle((expected[whole] @ turn) / (np.clip(measured[whole], 0.0, None) @ turn + 1e-12))
    return np.asarray(ahead * 24.0 / (2.0 * np.pi))


def clearest(x: Array, sun: Array, per_day: int) -> float:
    """Return the usual share of the sun that the clearest record of a fortnight has, NaN without sun."""
    measured, expected = _composites(x, sun, per_day)
    lit = (expected.max(axis=1, initial=0.0) > 200.0) & np.isfinite(measured).any(axis=1)
    return (
        float(np.median(np.nanmax(measured[lit], axis=1) / expected[lit].max(axis=1)))
        if lit.any()
        else np.nan
    )


def _composites(x: Array, sun: Array, per_day: int) -> tuple[Array, Array]:
    """Return the largest value of each hour of the day in each fortnight, of both series (n, per_day)."""
    days = max(min(COMPOSITE, x.size // per_day), 1)
    n = x.size // (per_day * days)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an hour that is missing all through
        measured, expected = (
            np.nanmax(a[: n * days * per_day].reshape(n, days, per_day), axis=1) for a in (x, sun)
        )
    return measured, expected


def clock_steps(lags: Array) -> list[tuple[int, float]]:
    """Return the fortnights at which the clock was set anew, and by how much. [h]

    Parameters
    ----------
    lags : array, shape (n,)
        As `sky_lags` returns them; NaN where a fortnight tells nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from fluxkit.ecosystem.quality.relations import clock_steps
    >>> clock_steps(np.array([0.0, 0.1, 0.0, 0.0, 1.0, 1.1, 1.0, 0.9]))
    [(4, 1.0)]
    """
    known = np.flatnonzero(np.isfinite(lags))
    found: list[tuple[int, float]] = []
    if known.size < 2 * LEAST:
        return found
    x = lags[known]
    medians = np.median(np.lib.stride_tricks.sliding_window_view(x, LEAST), axis=1)
    jumps = (medians[LEAST:] - medians[:-LEAST] + 12.0) % 24.0 - 12.0
    while jumps.size and abs(jumps[k := int(np.argmax(np.abs(jumps)))]) >= STEP:
        found.append((int(known[k + LEAST]), round(float(jumps[k]), 1)))
        jumps[max(k - LEAST + 1, 0) : k + LEAST] = 0.0
    return sorted(found)


def step_doubts(name: str, lags: Array, first_day: np.datetime64) -> Iterator[Doubt]:
    """Yield that the clock of radiation was set anew: a zone that changed, or summer time."""
    steps = clock_steps(lags)
    if not steps:
        return
    said = [f"{jump:+g} h about {first_day + np.timedelta64(COMPOSITE * k, 'D')}" for k, jump in steps[:4]]
    more = f" and {len(steps) - 4} times more" if len(steps) > 4 else ""
    yield Doubt(
        "clock_steps",
        f"{name} is set anew against the sun by {', '.join(said)}{more}: the clock follows summer time, or "
        "was changed; all stamps must be of standard time: put those of the other stretches back before "
        "reading",
    )


def sun_doubts(
    name: str, x: Array, sun: Array, per_day: int, *, coarse: float | None = None
) -> Iterator[Doubt]:
    """Yield what radiation tells of the clock and of the place.

    Parameters
    ----------
    name : str
        Of the radiation.
    x, sun : arrays, shape (n,)
        As `sky_lags` takes them.
    per_day : int
        Records of a day.
    coarse : float, optional
        Lag of best correlation [h], of `fluxkit.examine.clocks`, where that is far from 0.
    """
    lags = sky_lags(x, sun, per_day)
    changes = bool(clock_steps(lags))
    lags = lags[np.isfinite(lags)]
    late = float(np.median(lags)) if lags.size else 0.0
    steady = lags.size >= LEAST and np.mean(np.sign(lags) == np.sign(late)) >= 0.9
    if coarse is not None:
        late, steady = coarse, True
    if steady and abs(late) >= LAG and not changes:
        half = "its stamps may be of the other end of the record" if abs(late) < 0.8 else (
            "the time zone or longitude is another than given, or the clock follows summer time"
        )  # fmt: skip
        yield Doubt(
            "clock_and_sun",
            f"{name} is {abs(late):.2g} h {'behind' if late > 0 else 'ahead of'} the sun: {half}; "
            f"check utc_offset_h (by {round(2 * late) / 2:+g} h), longitude and what a stamp marks",
        )
    if name == "SW_IN" and not changes and not (steady and abs(late) >= LAG):
        yield from _gain_doubts(x, sun, per_day)


def _gain_doubts(x: Array, sun: Array, per_day: int) -> Iterator[Doubt]:
    """Yield that global radiation is more than the sun gives, or less than a clear sky lets through."""
    lit = np.isfinite(x) & (sun > 0.0)
    if np.count_nonzero(lit) >= FEWEST:
        above = float(np.mean(x[lit] > sun[lit] + MARGIN))
        if above > ABOVE:
            yield Doubt(
                "radiation_and_sun",
                f"SW_IN is above that at the top of the atmosphere in {100 * above:.1f} % of the "
                "sunlit records: "
                "check its unit and calibration, and latitude and longitude",
            )
        clear = clearest(x, sun, per_day)
        if clear < CLEAR:
            yield Doubt(
                "radiation_and_sun",
                f"SW_IN reaches {100 * clear:.2g} % of the sun above the atmosphere on clear days, "
                "usual are 70 to 90 %: check its unit (W m-2) and calibration, and whether the sensor is "
                "shaded",
            )


def swapped(SW_IN: Array, PPFD_IN: Array, month: npt.NDArray[np.int64], sun: Array | None = None) -> Where:
    """Return the records of months in which photon flux and global radiation are in each other's column.

    Parameters
    ----------
    SW_IN, PPFD_IN : arrays, shape (n,)
        [W m-2, umol m-2 s-1]
    month : array of int, shape (n,)
        Number of the month.
    sun : array, shape (n,), optional
        Radiation at the top of the atmosphere [W m-2]. Where only some months look exchanged, what stands in
        SW_IN there must be more than it: a sensor of photons that fails has the same ratio.
    """
    day = (SW_IN > 20.0) & (PPFD_IN > 20.0)
    number = month - month.min() if month.size else month
    pairs, light, photons = (
        np.bincount(number[day], weights=w, minlength=int(number.max(initial=-1)) + 1)
        for w in (None, SW_IN[day], PPFD_IN[day])
    )
    known = pairs >= FEWEST // 8
    ratio = np.divide(photons, light, out=np.ones(pairs.size), where=known)
    like = known & (ratio >= SWAPPED[0]) & (ratio <= SWAPPED[1])
    if like.any() and not like[known].all():
        most = [_most(SW_IN, number == k) / _most(sun, number == k) for k in np.flatnonzero(like)] if (
            sun is not None
        ) else [0.0]  # fmt: skip
        like &= float(np.median(most)) > 1.0
    if like.any() and like[known].all():
        like[:] = True  # months of too few pairs go with the others
    return np.asarray(like[number])


def _most(x: Array, here: Where) -> float:
    return float(np.nanmax(x[here], initial=1.0))


def photon_doubts(
    SW_IN: Array, PPFD_IN: Array, month: npt.NDArray[np.int64], sun: Array | None = None
) -> Iterator[Doubt]:
    """Yield what photon flux [umol m-2 s-1] and global radiation [W m-2] tell of each other, as `swapped`."""
    exchanged = swapped(SW_IN, PPFD_IN, month, sun)
    if exchanged.any():
        where = "" if exchanged.all() else f" in {in_months(month[exchanged])}"
        day = exchanged & (SW_IN > 20.0) & (PPFD_IN > 20.0)
        yield Doubt(
            "photons_swapped",
            f"PPFD_IN is {PPFD_IN[day].sum() / SW_IN[day].sum():.2g} times SW_IN{where}, usual is 2 umol "
            "J-1: the two columns are exchanged there; the command exchanges them back, `read` takes "
            'columns={"SW_IN": ..., "PPFD_IN": ...}',
        )
    SW_IN, PPFD_IN = np.where(exchanged, np.nan, SW_IN), np.where(exchanged, np.nan, PPFD_IN)
    day = (SW_IN > 20.0) & (PPFD_IN > 20.0)
    fitted = line(SW_IN[day], PPFD_IN[day])
    if fitted is None:
        return
    ratio = float(PPFD_IN[day].sum() / SW_IN[day].sum())
    if not PHOTONS[0] <= ratio <= PHOTONS[1]:
        yield Doubt(
            "photons_and_radiation",
            f"PPFD_IN is {ratio:.3g} times SW_IN, usual is 2 umol J-1: check the units and "
            "calibrations of both",
        )
    elif fitted.r2 < R2_PHOTONS:
        yield Doubt(
            "photons_and_radiation",
            f"PPFD_IN and SW_IN go together by r2 = {fitted.r2:.2f} only: one of them is shaded, out of step "
            "or another quantity",
        )


def in_months(month: npt.NDArray[np.int64]) -> str:
    """Return months (numbers since January 1970) in words: 1999-01 to 1999-12, 2001-03."""
    each = np.unique(month)
    parts = np.split(each, np.flatnonzero(np.diff(each) > 1) + 1)
    ends = [[str(np.datetime64(int(k), "M")) for k in dict.fromkeys((part[0], part[-1]))] for part in parts]
    return ", ".join(" to ".join(pair) for pair in ends)


def temperature_doubts(TA: Array, T_SONIC: Array) -> Iterator[Doubt]:
    """Yield what air and sonic temperature [degC] tell of each other."""
    fitted = line(TA, T_SONIC)
    if fitted is None:
        return
    offset = float(np.nanmedian(T_SONIC - TA))
    low, high = SONIC_SLOPE
    if fitted.r2 < R2_TEMPERATURES or not low <= fitted.slope <= high or abs(offset) > SONIC_OFFSET:
        yield Doubt(
            "sonic_and_air",
            f"T_SONIC = {fitted.slope:.2f} TA {fitted.offset:+.1f}, r2 = {fitted.r2:.2f}, "
            f"{offset:+.1f} K apart: "
            "check the columns, clocks and units of both, and the sonic's paths",
        )


def wind_doubts(WS: Array, USTAR: Array) -> Iterator[Doubt]:
    """Yield what wind speed and friction velocity [m s-1] tell of each other."""
    fitted = line(WS, USTAR)
    if fitted is None:
        return
    if fitted.slope < SLOPE_WIND or fitted.r2 < R2_WIND or fitted.slope > 1.0:
        yield Doubt(
            "wind_and_ustar",
            f"USTAR = {fitted.slope:.2f} WS {fitted.offset:+.2f}, r2 = {fitted.r2:.2f}: over any surface it "
            "rises with the wind, by 0.03 to 0.3; check the columns and units of both",
        )


def humidity_doubts(TA: Array, RH: Array, VPD: Array) -> Iterator[Doubt]:
    """Yield what a vapour pressure deficit [hPa] tells beside temperature [degC] and humidity [%]."""
    expected = vapour_pressure_deficit(TA, RH)
    known = np.isfinite(VPD) & (expected > 1.0)
    if np.count_nonzero(known) < FEWEST:
        return
    ratio = float(np.median(VPD[known] / expected[known]))
    if not DEFICIT[0] <= ratio <= DEFICIT[1]:
        unit = "kPa" if 0.07 < ratio < 0.14 else "Pa" if 70.0 < ratio < 140.0 else "another unit"
        yield Doubt(
            "deficit",
            f"VPD is {ratio:.3g} times that of TA and RH: it seems to be in {unit}, not hPa, or "
            "TA and RH are of "
            "other sensors",
        )
