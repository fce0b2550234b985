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
#: Fewest fortnights for that.
LEAST = 3
#: Share of sunlit records with more radiation than the top of the atmosphere has, and the margin [W m-2].
ABOVE, MARGIN = 0.02, 20.0
#: Photons by energy of global radiation [umol J-1]: 1.9 to 2.2 (Jacovides et al., 2004; Meek et al., 1984).
PHOTONS = (1.5, 2.7)
#: The same with both columns exchanged.
SWAPPED = (0.3, 0.7)
#: Least coefficient of determination of pairs, over a year.
R2_PHOTONS, R2_TEMPERATURES, R2_WIND = 0.9, 0.9, 0.2
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
    days = min(COMPOSITE, x.size // per_day)
    n = x.size // (per_day * days) if days else 0
    fold = (n, days, per_day)
    measured, expected = (a[: n * days * per_day].reshape(fold) for a in (x, sun))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # an hour that is missing all through
        measured, expected = np.nanmax(measured, axis=1), np.nanmax(expected, axis=1)
    whole = np.isfinite(measured).all(axis=1) & (expected.max(axis=1) > 200.0)
    turn = np.exp(-2j * np.pi * np.arange(per_day) / per_day)
    ahead = np.angle((expected[whole] @ turn) / (np.clip(measured[whole], 0.0, None) @ turn + 1e-12))
    return np.asarray(ahead * 24.0 / (2.0 * np.pi))


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
    late = float(np.median(lags)) if lags.size else 0.0
    steady = lags.size >= LEAST and np.mean(np.sign(lags) == np.sign(late)) >= 0.9
    if coarse is not None:
        late, steady = coarse, True
    if steady and abs(late) >= LAG:
        half = "its stamps may be of the other end of the record" if abs(late) < 0.8 else (
            "the time zone or longitude is another than given, or the clock follows summer time"
        )  # fmt: skip
        yield Doubt(
            "clock_and_sun",
            f"{name} is {abs(late):.2g} h {'behind' if late > 0 else 'ahead of'} the sun: {half}; "
            f"check utc_offset_h (by {round(2 * late) / 2:+g} h), longitude and what a stamp marks",
        )
    lit = np.isfinite(x) & (sun > 0.0)
    if name == "SW_IN" and np.count_nonzero(lit) >= FEWEST and not (steady and abs(late) >= LAG):
        above = float(np.mean(x[lit] > sun[lit] + MARGIN))
        if above > ABOVE:
            yield Doubt(
                "radiation_and_sun",
                f"SW_IN is above that at the top of the atmosphere in {100 * above:.1f} % of the "
                "sunlit records: "
                "check its unit and calibration, and latitude and longitude",
            )


def photon_doubts(SW_IN: Array, PPFD_IN: Array, sun: Array | None = None) -> Iterator[Doubt]:
    """Yield what photon flux [umol m-2 s-1] and global radiation [W m-2] tell of each other."""
    day = (SW_IN > 20.0) & (PPFD_IN > 20.0)
    fitted = line(SW_IN[day], PPFD_IN[day])
    if fitted is None:
        return
    ratio = float(PPFD_IN[day].sum() / SW_IN[day].sum())
    if SWAPPED[0] <= ratio <= SWAPPED[1]:
        yield Doubt(
            "photons_swapped",
            f"PPFD_IN is {ratio:.2g} times SW_IN, usual is 2 umol J-1: the two columns are exchanged; give "
            'columns={"SW_IN": ..., "PPFD_IN": ...}',
        )
    elif not PHOTONS[0] <= ratio <= PHOTONS[1]:
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
    if fitted.slope < 0.0 or fitted.r2 < R2_WIND or fitted.slope > 1.0:
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
