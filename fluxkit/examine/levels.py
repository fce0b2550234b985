"""Means that no air has: units, gains and columns that were mistaken."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from fluxkit.examine.doubt import Doubt
from fluxkit.physics.air import pressure_at, saturation_vapour_pressure
from fluxkit.schema.units import UNITS, parse, to_si

Array = npt.NDArray[np.float64]
Gas = Literal["co2", "h2o"]

#: Air temperature of any place on Earth [K]: -89.2 and 56.7 degC are the extremes of the WMO.
TEMPERATURE = (183.0, 330.0)
#: What most of it has [K]: of values that another unit or factor would put right.
LIKELY = (243.0, 318.0)
#: Fastest mean of half an hour [m s-1]; a hurricane of category 2.
WIND = 45.0
#: Pressure over that of the standard decrease with altitude: 870 and 1085 hPa have been measured at sea
#: level, but 95 % of all hours lie within 3 %.
PRESSURE = 0.08
#: Carbon dioxide near the ground [mol mol-1]; one half hour of a still night may have more than a median.
CO2_ONCE, CO2_USUALLY = (250e-6, 700e-6), (300e-6, 600e-6)
#: Relative humidity from vapour and temperature: the driest deserts; fog with an analyser that is 20 % off.
HUMIDITY = (0.02, 1.2)
#: Relative humidity that air below 30 degC hardly falls short of: millimoles per m3 taken for micromoles per
#: mole make 0.04 of the true one, taken for milligrams per m3 0.055.
DRIEST, HOT = 0.06, 303.15
#: What a calibration of vapour may be off, and saturation below which that matters [mol mol-1].
OFFSET, FROST = 1e-3, 5e-3
#: Half-hourly air against sonic temperature [K]: a path 1 % wrong makes 6 K (Kaimal & Gaynor, 1991).
SONIC = 6.0
#: Share of periods with a state of the air that cannot be, from which it is told.
ODD = 0.05
#: Global radiation behind broken clouds stays below [W m-2], photon flux below [mol m-2 s-1].
RADIATION, PHOTONS = 1700.0, 3.5e-3

#: Radiation by night that offsets and thermal losses of pyranometers stay below [W m-2].
DARK = 25.0
#: Share of the radiation above the atmosphere that the brightest half hours have: 0.7 to 0.8 under clear sky,
#: a quarter more beside clouds. A month without a clear hour is rare; the sun above [W m-2], its length [d].
THROUGH, BRIGHT, SEASONED = (0.3, 1.25), 150.0, 20
#: Values that such shares need, and photons of a joule of sunlight [mol J-1] (McCree, 1972: 2.1e-6).
MANY, PHOTONS_OF_SUN = 24, 2.1e-6


class Level(NamedTuple):
    """The mean of a measured variable."""

    key: str  #: where the configuration has it: ``columns.co2``
    value: float  #: [SI]
    unit: str  #: of the files, after gain and offset


def temperature_doubts(levels: Sequence[Level]) -> Iterator[Doubt]:
    """Yield what temperatures of the air tell of their units."""
    for level in levels:
        if not _within(level.value, TEMPERATURE):
            fits = _fitting(level, "temperature", LIKELY)
            times = _times_in(level, LIKELY)
            yield _level(level, f"{level.value - 273.15:.4g} degC", "-90 to 57 degC", fits, times)


def sonic_doubts(sonic: float, air: Level, vapour: float = 0.0) -> Iterator[Doubt]:
    """Yield what a sonic temperature [K] beside that of the air tells.

    Parameters
    ----------
    sonic : float
        Mean sonic temperature. [K]
    air : Level
        Air temperature of another sensor.
    vapour : float
        Mole fraction of water vapour: sonic temperature is T (1 + 0.32 vapour). [mol mol-1]
    """
    difference = sonic / (1.0 + 0.32 * vapour) - air.value
    if _within(sonic, TEMPERATURE) and _within(air.value, TEMPERATURE) and abs(difference) > SONIC:
        yield Doubt(
            "sonic_temperature",
            f"{air.key}: the sonic's temperature is {abs(difference):.1f} K "
            f"{'above' if difference > 0 else 'below'} that of the air: check the columns and units of both, "
            "and the sonic's paths",
        )


def pressures(altitude: float) -> tuple[float, float]:
    """Return the pressures [Pa] that air at an altitude [m] may have."""
    expected = pressure_at(altitude)
    return (1 - PRESSURE) * expected, (1 + PRESSURE) * expected


def odd_doubts(key: str, what: str, odd: npt.NDArray[np.bool_]) -> Iterator[Doubt]:
    """Yield that part of the periods has a state of the air that cannot be. odd: (n,)"""
    share = float(odd.mean()) if odd.size else 0.0
    if share > ODD:
        yield Doubt(
            "odd_air",
            f"{key}: {100 * share:.0f} % of the {odd.size} periods have {what}: check its unit, gain and "
            "sensor "
            "at that time",
        )


def pressure_doubts(level: Level, altitude: float) -> Iterator[Doubt]:
    """Yield what a pressure of the air tells of its unit, or of the altitude [m]."""
    allowed = pressures(altitude)
    if _within(level.value, allowed):
        return
    fits = _fitting(level, "pressure", allowed)
    words = f"{level.value / 1e3:.4g} kPa at {altitude:g} m"
    range_ = f"{allowed[0] / 1e3:.3g} to {allowed[1] / 1e3:.3g} kPa"
    yield _level(level, words, range_, fits, _times_in(level, allowed), "station.altitude")


def humidity_doubts(level: Level) -> Iterator[Doubt]:
    """Yield what a relative humidity [1] tells of its unit."""
    if not _within(level.value, (0.02, 1.05)):
        fits = _fitting(level, "share", (0.02, 1.05))
        times = _times_in(level, (0.02, 1.05))
        yield _level(level, f"{100 * level.value:.3g} %", "2 to 105 %", fits, times)


def radiation_doubts(level: Level, *, photons: bool = False) -> Iterator[Doubt]:
    """Yield what the largest radiation tells: [W m-2], or photons [mol m-2 s-1]."""
    most, scale, unit = (PHOTONS, 1e6, "umol m-2 s-1") if photons else (RADIATION, 1.0, "W m-2")
    if level.value > most:
        yield _level(level, f"{scale * level.value:.4g} {unit} at most", f"up to {scale * most:g} {unit}", [])


def sunlight_doubts(key: str, x: Array, sun: Array, days: int) -> Iterator[Doubt]:
    """Yield what radiation tells beside that above the atmosphere, where its clock is right.

    Parameters
    ----------
    key : str
        Where the configuration has it.
    x : array, shape (n,)
        Global radiation; photons in the unit that makes them alike. [W m-2]
    sun : array, shape (n,)
        Potential radiation. [W m-2]
    days : int
        Length of the record.
    """
    night, day = np.isfinite(x) & (sun <= 0.0), np.isfinite(x) & (sun > BRIGHT)
    if np.count_nonzero(night) >= MANY:
        dark = float(np.median(x[night]))
        if abs(dark) > DARK:
            yield Doubt(
                "sunlight",
                f"{key}: {dark:.4g} W m-2 by night, plausible is up to {DARK:g}: check which column it is "
                "(longwave radiation goes on by night), its offset, and station.latitude",
            )
            return
    if np.count_nonzero(day) < MANY:
        return
    high = float(np.percentile(x[day] / sun[day], 98.0))
    if high > THROUGH[1]:
        yield Doubt(
            "sunlight",
            f"{key}: reaches {high:.2g} times the radiation above the atmosphere, plausible is up to "
            f"{THROUGH[1]:g}: check its unit and gain, and station.latitude",
        )
    elif high < THROUGH[0] and days >= SEASONED:
        yield Doubt(
            "sunlight",
            f"{key}: never reaches more than {high:.2g} of the radiation above the atmosphere in {days} "
            "days, "
            f"plausible is {THROUGH[0]:g} or more: check its unit and gain, and which column it is",
        )


def wind_speed_doubts(speed: float, unit: str) -> Iterator[Doubt]:
    """Yield what a mean wind speed [m s-1] tells of its unit."""
    if speed > WIND:
        level = Level("columns.u", speed, unit)
        fits = _fitting(level, "speed", (0.2, 25.0))
        times = _times_in(level, (0.2, 25.0))
        yield _level(level, f"{speed:.4g} m s-1 of wind", f"up to {WIND:g} m s-1", fits, times)


def gas_doubts(
    levels: dict[Gas, Level],
    molar_mass: dict[Gas, float],
    volume: dict[Gas, float],
    T: float,
    P: float,
    *,
    once: bool,
    air_from: tuple[str, str] = ("", ""),
) -> Iterator[Doubt]:
    """Yield what the means of carbon dioxide and water vapour tell of their units and columns.

    Parameters
    ----------
    levels : dict
        ``co2``, ``h2o`` -> mean; a density [mol m-3] or a fraction [mol mol-1], as its unit says.
    molar_mass : dict
        [kg mol-1]
    volume : dict
        Of a mole of air where the gas is measured. [m3 mol-1]
    T, P : float
        Temperature and pressure of the air outside. [K, Pa]
    once : bool
        Whether the means are of one file: these vary more than medians of an archive.
    air_from : tuple of str
        Where the configuration has temperature and pressure, which may be wrong instead.
    """
    most = float(saturation_vapour_pressure(np.array(T))) / P
    least = DRIEST if T < HOT else HUMIDITY[0]
    allowed: dict[Gas, tuple[float, float]] = {
        "co2": CO2_ONCE if once else CO2_USUALLY,
        # In frost vapour is less than an analyser's offset.
        "h2o": (least * most if most > FROST else -OFFSET, HUMIDITY[1] * most + OFFSET),
    }
    wrong = []
    for gas, level in levels.items():
        written = written_of(level, molar_mass[gas])
        found = fraction_of(written, level.unit, molar_mass[gas], volume[gas])
        if not _within(found, allowed[gas]):
            wrong.append((gas, level, written, found))
    if len(wrong) == 2 and _are_swapped(levels, molar_mass, volume, allowed):
        yield Doubt(
            "gases_swapped",
            f"{levels['co2'].key}, {levels['h2o'].key}: each holds what the other would: they seem swapped",
        )
        return
    for gas, level, written, found in wrong:
        fits = [
            unit
            for unit in GAS_UNITS[gas]
            if _within(fraction_of(written, unit, molar_mass[gas], volume[gas]), allowed[gas])
        ]
        if gas == "co2":
            words = f"{1e6 * found:.4g} umol mol-1"
            range_ = f"{1e6 * allowed[gas][0]:g} to {1e6 * allowed[gas][1]:g} umol mol-1"
        else:
            words = f"{100 * found / most:.3g} % of saturation at {T - 273.15:.1f} degC"
            range_ = f"{100 * least:g} to {100 * HUMIDITY[1]:g} %"
        by_pressure = gas == "co2" and _dimension(level.unit) != "fraction"
        others = (gas == "h2o" and found > allowed[gas][1], by_pressure)
        other = " or ".join(key for key, may in zip(air_from, others, strict=True) if key and may)
        times = _gas_times(written, level.unit, molar_mass[gas], volume[gas], allowed[gas])
        doubt = _level(level, words, range_, fits, times)
        yield doubt._replace(sentence=f"{doubt.sentence}; or {other} is wrong") if other else doubt


#: Units of gases that are tried, the likely ones first.
GAS_UNITS: dict[Gas, tuple[str, ...]] = {
    "co2": ("umol mol-1", "mmol m-3", "mg m-3", "umol m-3", "g m-3", "mmol mol-1", "mol mol-1"),
    "h2o": ("mmol mol-1", "mmol m-3", "g m-3", "umol mol-1", "mg m-3", "mol m-3", "mol mol-1"),
}


#: What the air near the ground has of scarce gases [mol mol-1]: from somewhat below the background (NOAA: CH4
#: 1.9, N2O 0.34 umol mol-1; CO 0.04 to 0.2) to a still night over a source.
BACKGROUND = {"ch4": (1.4e-6, 20e-6), "n2o": (0.25e-6, 5e-6), "co": (0.02e-6, 10e-6)}
#: Units of scarce gases that are tried, the likely ones first.
TRACE_UNITS = (
    "nmol mol-1",
    "umol mol-1",
    "mmol m-3",
    "umol m-3",
    "nmol m-3",
    "mg m-3",
    "ug m-3",
    "mmol mol-1",
)


def trace_doubts(level: Level, gas: str, molar_mass: float, volume: float) -> Iterator[Doubt]:
    """Yield what the mean of methane, nitrous oxide or another scarce gas tells of its unit.

    Parameters
    ----------
    level : Level
        A density [mol m-3] or a fraction [mol mol-1], as its unit says.
    gas : str
        Which gas it is, of `BACKGROUND`.
    molar_mass, volume : float
        [kg mol-1], and of a mole of air where the gas is measured [m3 mol-1].
    """
    if gas not in BACKGROUND:
        return
    written = written_of(level, molar_mass)
    found = fraction_of(written, level.unit, molar_mass, volume)
    if _within(found, BACKGROUND[gas]):
        return
    fits = [
        unit
        for unit in TRACE_UNITS
        if unit != level.unit and _within(fraction_of(written, unit, molar_mass, volume), BACKGROUND[gas])
    ]
    least, most = (f"{1e9 * x:g}" for x in BACKGROUND[gas])
    times = _gas_times(written, level.unit, molar_mass, volume, BACKGROUND[gas])
    yield _level(level, f"{1e9 * found:.4g} nmol mol-1", f"{least} to {most} nmol mol-1", fits, times)


def _gas_times(
    written: float, unit: str, molar_mass: float, volume: float, allowed: tuple[float, float]
) -> str:
    return _times(lambda factor: _within(fraction_of(factor * written, unit, molar_mass, volume), allowed))


def _are_swapped(
    levels: dict[Gas, Level],
    molar_mass: dict[Gas, float],
    volume: dict[Gas, float],
    allowed: dict[Gas, tuple[float, float]],
) -> bool:
    """Whether each column would be in range in place of the other, with the unit of either."""
    pairs: tuple[tuple[Gas, Gas], ...] = (("co2", "h2o"), ("h2o", "co2"))

    def fits(gas: Gas, other: Gas, unit: str) -> bool:
        written = written_of(levels[other], molar_mass[other])
        return _within(fraction_of(written, unit, molar_mass[gas], volume[gas]), allowed[gas])

    return all(fits(gas, other, levels[gas].unit) for gas, other in pairs) or all(
        fits(gas, other, levels[other].unit) for gas, other in pairs
    )


def written_of(level: Level, molar_mass: float) -> float:
    """Return a mean as the file has it."""
    scale, shift = to_si(level.unit)
    mass = molar_mass if _dimension(level.unit) == "mass_density" else 1.0
    return (level.value * mass - shift) / scale


def fraction_of(written: float, unit: str, molar_mass: float, volume: float) -> float:
    """Return the mole fraction that a value of a file is in a unit. volume: of a mole of air [m3 mol-1]."""
    scale, shift = to_si(unit)
    factors = {"mass_density": volume / molar_mass, "molar_density": volume, "fraction": 1.0}
    return (scale * written + shift) * factors.get(_dimension(unit), np.nan)


def _fitting(level: Level, dimension: str, allowed: tuple[float, float]) -> list[str]:
    """Return the units in which the values would be in range."""
    scale, shift = to_si(level.unit)
    written = (level.value - shift) / scale
    return [
        name
        for name, unit in UNITS.items()
        if unit.dimension == dimension
        and name != level.unit
        and _within(unit.scale * written + unit.shift, allowed)
    ]


def _level(
    level: Level,
    found: str,
    allowed: str,
    fits: Sequence[str],
    times: str = "",
    other: str = "another column",
) -> Doubt:
    if fits:
        units = " or ".join(f"'{unit}'" for unit in fits[:2])
        advice = f"the values would fit the unit {units} instead of '{level.unit}'"
        known = any(_dimension(unit) == _dimension(level.unit) for unit in fits)  # the same by another name
        advice += f", or are {times}" if times and not known else ""
    elif times:
        advice = f"the values seem to be {times}: check gain and offset, or {other}"
    else:
        advice = f"no other unit fits: check gain and offset (volts are no unit of air), or {other}"
    return Doubt("level", f"{level.key}: {found} on average, plausible is {allowed}: {advice}")


def _times(fits: Callable[[float], bool]) -> str:
    """Return by which power of ten values are off, "" if by none. fits: whether a factor puts them right."""
    for factor in (10, 100, 1000):
        for large, scale in ((True, 1.0 / factor), (False, float(factor))):
            if fits(scale):
                return f"{factor} times too {'large' if large else 'small'}"
    return ""


def _times_in(level: Level, allowed: tuple[float, float]) -> str:
    scale, shift = to_si(level.unit)
    written = (level.value - shift) / scale
    return _times(lambda factor: _within(scale * factor * written + shift, allowed))


def _dimension(unit: str) -> str:
    return parse(unit).dimension


def _within(x: float, limits: tuple[float, float]) -> bool:
    return not np.isfinite(x) or limits[0] <= x <= limits[1]


def within(x: Array, limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    """Return where values are within limits, or missing."""
    return np.asarray(~np.isfinite(x) | ((x >= limits[0]) & (x <= limits[1])))
