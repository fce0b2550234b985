"""Water vapour of an analyser against that of a humidity sensor, and gases that drift."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt
from fluxkit.examine.levels import GAS_UNITS, Level, fraction_of, written_of

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

#: Vapour of an analyser over that of a hygrometer: 20 % is what field calibrations are off (Fratini et al.,
#: 2014), and 3 % of RH at 30 % RH.
APART = (0.8, 1.25)
#: How near a unit must bring both together to be named. Grams per m3 and mmol mol-1 are 1.32 apart.
FITS = (0.88, 1.14)
#: Vapour below which the offset of an analyser is a matter of its own [mol mol-1].
DRY = 3e-3
#: Fewest pairs.
FEWEST = 8
#: Share of saturation that one in ten periods of an archive exceeds: nights are moist even in deserts; no
#: more
#: than fog with an analyser that is 15 % off. Fewest periods.
MOISTEST, PERIODS = (0.15, 1.15), 40
#: Change of that ratio, and of the CO2 of afternoons [mol mol-1], over an archive: seasons move the air of
#: afternoons by up to 40 umol mol-1 over continents; dirt in an LI-7500 by more (Fratini et al., 2014).
RATIO_DRIFT, CO2_DRIFT = 0.15, 60e-6
#: Weeks that a drift needs, and values a week.
WEEKS, A_WEEK = 4, 10


def vapour_doubts(
    level: Level, own: Array, sensor: Array, *, molar_mass: float, volume: float, sensor_key: str
) -> Iterator[Doubt]:
    """Yield what a humidity sensor tells of the unit and calibration of an analyser's water vapour.

    Parameters
    ----------
    level : Level
        Of the analyser's column: key, mean in SI, unit.
    own, sensor : arrays, shape (n,)
        Mole fraction of water vapour by both. [mol mol-1]
    molar_mass : float
        [kg mol-1]
    volume : float
        Of a mole of air where the analyser measures. [m3 mol-1]
    sensor_key : str
        Where the configuration has the humidity sensor.
    """
    there = np.isfinite(own) & np.isfinite(sensor) & (sensor > DRY)
    if np.count_nonzero(there) < min(FEWEST, own.size):
        return
    ratio = float(np.median(own[there] / sensor[there]))
    if APART[0] <= ratio <= APART[1]:
        return
    written = written_of(level, molar_mass)
    now = fraction_of(written, level.unit, molar_mass, volume)
    fits = [
        unit
        for unit in GAS_UNITS["h2o"]
        if unit != level.unit
        and FITS[0] <= ratio * fraction_of(written, unit, molar_mass, volume) / now <= FITS[1]
    ]
    advice = (
        f"the values would fit the unit '{fits[0]}' instead of '{level.unit}'; else calibrate the analyser"
        if fits
        else "calibrate the analyser, or check the units of both"
    )
    yield Doubt(
        "vapour",
        f"{level.key}: has {100 * ratio:.0f} % of the vapour that {sensor_key} tells: {advice}",
    )


def saturation_doubts(share: Array, level: Level) -> Iterator[Doubt]:
    """Yield that the moistest periods of an archive are too dry, or beyond saturation.

    Parameters
    ----------
    share : array, shape (n,)
        Vapour over that at saturation, outside frost; a day or more. [1]
    level : Level
        Of the analyser's column.
    """
    good = share[np.isfinite(share)]
    if good.size < PERIODS:
        return
    high = float(np.percentile(good, 90.0))
    if not MOISTEST[0] <= high <= MOISTEST[1]:
        yield Doubt(
            "vapour",
            f"{level.key}: nine in ten periods have less than {100 * high:.0f} % of saturation, usual is "
            f"{100 * MOISTEST[0]:g} to {100 * MOISTEST[1]:g} %: check its unit ('{level.unit}'), gain and "
            "calibration, against a humidity sensor in [biomet] if there is one",
        )


def vapour_drift(time: Times, own: Array, sensor: Array, *, key: str, sensor_key: str) -> Iterator[Doubt]:
    """Yield that the ratio of an analyser's vapour to that of a humidity sensor changes over weeks."""
    usable = np.isfinite(own) & np.isfinite(sensor) & (sensor > DRY)
    if not usable.any():
        return
    first, last = _ends(time[usable], own[usable] / sensor[usable])
    if abs(last / first - 1.0) > RATIO_DRIFT:
        yield Doubt(
            "vapour_drift",
            f"{key}: its vapour over that of {sensor_key} goes from {first:.2f} to {last:.2f}: one of them "
            "drifts; clean and calibrate the analyser ([[calibration]]), or check the hygrometer",
        )


def co2_drift(time: Times, co2: Array, day: npt.NDArray[np.bool_], *, key: str) -> Iterator[Doubt]:
    """Yield that the carbon dioxide of bright hours goes further than seasons take it.

    Parameters
    ----------
    time : array of datetime64, shape (n,)
    co2 : array, shape (n,)
        [mol mol-1]
    day : array of bool, shape (n,)
        Where the sun is high and the air well mixed.
    key : str
        Where the configuration has the column.
    """
    usable = np.isfinite(co2) & day
    weeks, medians = _weekly(time[usable], co2[usable])
    if weeks.size >= WEEKS and np.ptp(medians) > CO2_DRIFT:
        lo, hi = int(np.argmin(medians)), int(np.argmax(medians))
        yield Doubt(
            "co2_drift",
            f"{key}: by day its weekly medians go from {1e6 * medians[lo]:.0f} (week of "
            f"{_date(weeks[lo])}) to "
            f"{1e6 * medians[hi]:.0f} umol mol-1 (week of {_date(weeks[hi])}), further than seasons do: the "
            "analyser drifts or was calibrated; give [[calibration]]",
        )


def _ends(time: Times, x: Array) -> tuple[float, float]:
    """Return the medians of the first and the last quarter of the weeks; equal where weeks are few."""
    weeks, medians = _weekly(time, x)
    if weeks.size < WEEKS:
        return 1.0, 1.0
    some = max(1, weeks.size // 4)
    return float(np.median(medians[:some])), float(np.median(medians[-some:]))


def _weekly(time: Times, x: Array) -> tuple[Times, Array]:
    """Return the begins of weeks that have enough values, and their medians."""
    week = (time - np.datetime64("2000-01-03")) // np.timedelta64(7, "D")
    found = [(k, np.median(x[week == k])) for k in np.unique(week) if np.count_nonzero(week == k) >= A_WEEK]
    begins = np.array([np.datetime64("2000-01-03") + 7 * int(k) for k, _ in found], "datetime64[D]")
    return begins, np.array([value for _, value in found], np.float64)


def _date(time: np.datetime64) -> str:
    return str(time.astype("datetime64[D]"))
