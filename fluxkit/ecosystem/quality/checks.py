"""What is doubtful in a table of half hours: named checks, what each rests on, and all of them at once."""

import logging
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.halfhours import HalfHours
from fluxkit.ecosystem.quality import plausible, relations
from fluxkit.ecosystem.quality.runs import still
from fluxkit.ecosystem.reading.quantities import QUANTITIES
from fluxkit.examine import clocks
from fluxkit.examine.doubt import Doubt

logger = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]

#: Equal values in a row that no turbulence makes, and columns that are asked.
EQUAL = 4
MOVING = ("NEE", "FC", "LE", "H", "FCH4", "FN2O", "TAU")
#: What stands still for longer than weather does, in hours: u* of a frozen sonic, others for a day.
STILL = {"USTAR": 6, "WS": 24, "TA": 24, "SW_IN": 24, "PPFD_IN": 24}


class Check(NamedTuple):
    """One line of the table."""

    question: str
    threshold: str
    source: str
    fault: str  #: planted in data by a test


#: Name -> check, in the order in which they are told.
CHECKS: dict[str, Check] = {
    "clock_and_sun": Check(
        "Does radiation go with the sun?",
        f"phase of the largest radiation of each {relations.COMPOSITE} days, {relations.LAG:g} "
        "h, of one sign in "
        f"nine of ten; or lag of best correlation {clocks.BY_SUN:g} h",
        "AmeriFlux timestamp alignment (composites of 15 days); potential radiation (Michalsky, 1988)",
        "stamps of the END as START, another time zone",
    ),
    "clock_steps": Check(
        "Is it one clock all the time?",
        f"medians of {relations.LEAST} lags as above, before and after: {relations.STEP:g} h",
        "AmeriFlux timestamp alignment",
        "summer time; a clock an hour late from some day on",
    ),
    "radiation_and_sun": Check(
        "Is radiation below that at the top of the atmosphere, and near it under a clear sky?",
        f"more by {relations.MARGIN:g} W m-2 in {100 * relations.ABOVE:g} % of the sunlit records; the "
        f"clearest record of a fortnight below {100 * relations.CLEAR:g} %",
        "potential radiation",
        "SW_IN with a gain of 1.8; in kW m-2",
    ),
    "photons_swapped": Check(
        "Are PPFD_IN and SW_IN in each other's column?",
        f"ratio of a month's sums {relations.SWAPPED[0]:g} to {relations.SWAPPED[1]:g} umol J-1, in all "
        "months; or in some, in which SW_IN is above the top of the atmosphere",
        "Meek et al. (1984): 2.0",
        "PPFD_IN and SW_IN swapped; in one year of two",
    ),
    "photons_and_radiation": Check(
        "Do PPFD_IN and SW_IN go together?",
        f"ratio of the sums {relations.PHOTONS[0]:g} to {relations.PHOTONS[1]:g} umol J-1, r2 at least "
        f"{relations.R2_PHOTONS:g}",
        "AmeriFlux multivariate comparison (pair, model II line); Jacovides et al. (2004)",
        "PPFD_IN with a gain of 4.6; shifted by three hours",
    ),
    "sonic_and_air": Check(
        "Do sonic and air temperature go together?",
        f"slope {relations.SONIC_SLOPE[0]:g} to {relations.SONIC_SLOPE[1]:g}, r2 at least "
        f"{relations.R2_TEMPERATURES:g}, median within {relations.SONIC_OFFSET:g} K",
        "AmeriFlux multivariate comparison; Kaimal & Gaynor (1991)",
        "T_SONIC 12 K off, or of other hours",
    ),
    "wind_and_ustar": Check(
        "Does friction velocity rise with the wind?",
        f"slope {relations.SLOPE_WIND:g} to 1, r2 at least {relations.R2_WIND:g}",
        "AmeriFlux multivariate comparison; logarithmic profile",
        "USTAR of other hours; WS in km h-1 over grass",
    ),
    "deficit": Check(
        "Is VPD that of TA and RH, in hPa?",
        f"median ratio {relations.DEFICIT[0]:g} to {relations.DEFICIT[1]:g}",
        "saturation as in `physics.air`",
        "kPa for hPa",
    ),
    "range": Check(
        "Is each quantity within its range?",
        f"{100 * plausible.BEYOND:g} % of the values beyond the range and "
        f"{100 * plausible.BUFFER:g} % of it more",
        "AmeriFlux physical range (ranges of FP-In, buffer of 5 %)",
        "PA in mbar with kPa in its header, TA in degF",
    ),
    "sign": Check(
        "Do LE and H flow upwards by day?",
        f"median below -10 W m-2 by day (potential radiation above {plausible.DAY:g} W m-2), and "
        "below the night's",
        "balance of the surface's energy",
        "sign of H, sign of LE",
    ),
    "uptake": Check(
        "Does NEE fall with light?",
        f"correlation with SW_IN by day up to {plausible.SIGN:g}",
        "light response of photosynthesis",
        "sign of NEE",
    ),
    "amplitude": Check(
        "Do NEE and LE vary as much as fluxes do?",
        "nine tenths of the liveliest fortnight within "
        + ", ".join(f"{name} {least:g}" for name, (least, _) in plausible.LIVELY.items())
        + f"; air above {plausible.WARM:g} degC",
        "eleven series of forests, crops, grass and steppe",
        "FC in mg m-2 s-1, LE in mmol m-2 s-1",
    ),
    "already_filtered": Check(
        "Are fluxes of low turbulence there?",
        f"one hundredth of the fluxes by night, and more than {100 * plausible.FILTERED:g} % of "
        f"u*, below an edge: of all records, or of {100 * plausible.QUARTERS:g} % of the quarters",
        "AmeriFlux USTAR filtering (least u* with and without a flux)",
        "NEE below 0.2 m s-1 removed; below another threshold in each year",
    ),
    "partly_filtered": Check(
        "In all years?",
        f"as above, in {100 * plausible.QUARTERS:g} % of the quarters of some years",
        "AmeriFlux USTAR filtering",
        "NEE below 0.25 m s-1 removed from one year of two",
    ),
    "equal_values": Check(
        "Do fluxes and weather move?",
        f"runs of {EQUAL} or more equal values of a flux; "
        + ", ".join(f"{name} {hours} h" for name, hours in STILL.items()),
        "chance of a repeated number of turbulence; no day without weather",
        "a constant for 10 h; a temperature for two days",
    ),
}


def check(ds: xr.Dataset) -> list[Doubt]:
    """Ask all that is plausible of a table of half hours.

    Parameters
    ----------
    ds : xr.Dataset
        As `fluxkit.ecosystem.read` gives it; with latitude and longitude the sun is asked as well.

    Returns
    -------
    list of Doubt
        In the order of the table `CHECKS`; each is a sentence that says what, where and what to do.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import fluxkit as fk
    >>> time = np.datetime64("2020-06-01", "ns") + np.arange(20 * 48) * np.timedelta64(30, "m")
    >>> pressure = np.full(time.size, 985.0) + np.sin(np.arange(time.size) / 100)
    >>> [doubt.check for doubt in fk.ecosystem.check(xr.Dataset({"PA": ("time", pressure)}, {"time": time}))]
    ['range']
    """
    order = list(CHECKS)
    found = sorted(_doubts(ds), key=lambda doubt: order.index(doubt.check))
    for doubt in found:
        logger.warning("%s: %s", ds.attrs.get("site", "table"), doubt.sentence)
    return found


def _doubts(ds: xr.Dataset) -> Iterator[Doubt]:
    at = HalfHours.of(ds)
    data: dict[str, Array] = {str(name): ds[name].values for name in ds if ds[name].dims == ("time",)}
    sun = at.potential_radiation if np.isfinite([at.latitude, at.longitude]).all() else None
    yield from _photons(at, data, sun)
    yield from _pairs(data)
    for name in QUANTITIES:
        if name in data:
            yield from plausible.range_doubts(name, data[name])
            if name in MOVING and (name != "FC" or "NEE" not in data):
                yield from plausible.equal_doubts(name, data[name], EQUAL)
            if name in STILL:
                yield from plausible.equal_doubts(name, data[name], STILL[name] * at.per_day // 24)
            if name in plausible.LIVELY:
                yield from plausible.amplitude_doubts(name, data[name], data.get("TA"), at.per_day)
    if {"NEE", "SW_IN"} <= set(data):
        yield from plausible.uptake_doubts(data["NEE"], data["SW_IN"])
    if sun is not None:
        yield from _by_sun(at, data, sun)
    night = _night(data, sun)
    if night is not None and {"NEE", "USTAR"} <= set(data):
        quarter = 4 * at.year + (at.month - 1) // 3
        yield from plausible.filter_doubts(data["NEE"], data["USTAR"], night, at.year, quarter)


def _photons(at: HalfHours, data: dict[str, Array], sun: Array | None) -> Iterator[Doubt]:
    """Yield what radiation and photons tell of each other, and put them back for the checks that follow."""
    if not {"SW_IN", "PPFD_IN"} <= set(data):
        return
    light, photons = data["SW_IN"], data["PPFD_IN"]
    month = at.middle.astype("datetime64[M]").astype(np.int64)
    yield from relations.photon_doubts(light, photons, month, sun)
    wrong = relations.swapped(light, photons, month, sun)
    data["SW_IN"], data["PPFD_IN"] = np.where(wrong, photons, light), np.where(wrong, light, photons)


def _pairs(data: dict[str, Array]) -> Iterator[Doubt]:
    there = set(data)
    if {"TA", "T_SONIC"} <= there:
        yield from relations.temperature_doubts(data["TA"], data["T_SONIC"])
    if {"WS", "USTAR"} <= there:
        yield from relations.wind_doubts(data["WS"], data["USTAR"])
    if {"TA", "RH", "VPD"} <= there:
        yield from relations.humidity_doubts(data["TA"], data["RH"], data["VPD"])


def _by_sun(at: HalfHours, data: dict[str, Array], sun: Array) -> Iterator[Doubt]:
    middle = at.start + np.timedelta64(round(at.step_s * 500), "ms")
    for name in ("SW_IN", "PPFD_IN"):
        if name in data:
            x = np.where(still(name, data[name], STILL[name] * at.per_day // 24), np.nan, data[name])
            lag = clocks.sun_lag(middle, x, at.latitude, at.longitude)
            far = lag is not None and abs(lag.best) >= clocks.BY_SUN and lag.low * lag.high > 0.0
            coarse = lag.best if lag is not None and far else None
            yield from relations.sun_doubts(name, x, sun, at.per_day, coarse=coarse)
            lags = relations.sky_lags(x, sun, at.per_day)
            yield from relations.step_doubts(name, lags, at.local_start[0].astype("datetime64[D]"))
            break
    for name in ("LE", "H"):
        if name in data:
            yield from plausible.sign_doubts(name, data[name], sun)


def _night(data: dict[str, Array], sun: Array | None) -> npt.NDArray[np.bool_] | None:
    if "SW_IN" in data and np.isfinite(data["SW_IN"]).any():
        return data["SW_IN"] < 10.0
    return None if sun is None else sun <= 0.0
