"""Means that no air has: units, gains and columns that were mistaken."""

from collections.abc import Iterator, Sequence
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


class Level(NamedTuple):
    """The mean of a measured variable."""

    key: str  #: where the configuration has it: ``columns.co2``
    value: float  #: [SI]
    unit: str  #: of the files, after gain and offset


def temperature_doubts(levels: Sequence[Level]) -> Iterator[Doubt]:
    """Yield what temperatures of the air tell of their units."""
    for level in levels:
        if not _within(level.value, TEMPERATURE):
            fits = _fitting(level, "temperature", TEMPERATURE)
            yield _level(level, f"{level.value - 273.15:.4g} degC", "-90 to 57 degC", fits)


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
    yield _level(
        level, words, f"{allowed[0] / 1e3:.3g} to {allowed[1] / 1e3:.3g} kPa", fits, "station.altitude"
    )


def humidity_doubts(level: Level) -> Iterator[Doubt]:
    """Yield what a relative humidity [1] tells of its unit."""
    if not _within(level.value, (0.02, 1.05)):
        fits = _fitting(level, "share", (0.02, 1.05))
        yield _level(level, f"{100 * level.value:.3g} %", "2 to 105 %", fits)


def radiation_doubts(level: Level, *, photons: bool = False) -> Iterator[Doubt]:
    """Yield what the largest radiation tells: [W m-2], or photons [mol m-2 s-1]."""
    most, scale, unit = (PHOTONS, 1e6, "umol m-2 s-1") if photons else (RADIATION, 1.0, "W m-2")
    if level.value > most:
        yield _level(level, f"{scale * level.value:.4g} {unit} at most", f"up to {scale * most:g} {unit}", [])


def wind_speed_doubts(speed: float, unit: str) -> Iterator[Doubt]:
    """Yield what a mean wind speed [m s-1] tells of its unit."""
    if speed > WIND:
        level = Level("columns.u", speed, unit)
        fits = _fitting(level, "speed", (0.2, 25.0))
        yield _level(level, f"{speed:.4g} m s-1 of wind", f"up to {WIND:g} m s-1", fits)


def gas_doubts(
    levels: dict[Gas, Level],
    molar_mass: dict[Gas, float],
    volume: dict[Gas, float],
    T: float,
    P: float,
    *,
    once: bool,
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
            "columns.co2, columns.h2o: each holds what the other would: they seem swapped",
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
        yield _level(level, words, range_, fits)


#: Units of gases that are tried, the likely ones first.
GAS_UNITS: dict[Gas, tuple[str, ...]] = {
    "co2": ("umol mol-1", "mmol m-3", "mg m-3", "umol m-3", "g m-3", "mmol mol-1", "mol mol-1"),
    "h2o": ("mmol mol-1", "mmol m-3", "g m-3", "umol mol-1", "mg m-3", "mol m-3", "mol mol-1"),
}


def _are_swapped(
    levels: dict[Gas, Level],
    molar_mass: dict[Gas, float],
    volume: dict[Gas, float],
    allowed: dict[Gas, tuple[float, float]],
) -> bool:
    """Whether the values of each column would be in range in the other one."""
    pairs: tuple[tuple[Gas, Gas], ...] = (("co2", "h2o"), ("h2o", "co2"))
    exchanged = [
        fraction_of(
            written_of(levels[other], molar_mass[other]), levels[gas].unit, molar_mass[gas], volume[gas]
        )
        for gas, other in pairs
    ]
    return all(_within(x, allowed[gas]) for x, (gas, _) in zip(exchanged, pairs, strict=True))


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
    level: Level, found: str, allowed: str, fits: Sequence[str], other: str = "another column"
) -> Doubt:
    if fits:
        units = " or ".join(f"'{unit}'" for unit in fits[:2])
        advice = f"the values would fit the unit {units} instead of '{level.unit}'"
    else:
        advice = f"no other unit fits: check gain and offset (volts are no unit of air), or {other}"
    return Doubt("level", f"{level.key}: {found} on average, plausible is {allowed}: {advice}")


def _dimension(unit: str) -> str:
    return parse(unit).dimension


def _within(x: float, limits: tuple[float, float]) -> bool:
    return not np.isfinite(x) or limits[0] <= x <= limits[1]


def within(x: Array, limits: tuple[float, float]) -> npt.NDArray[np.bool_]:
    """Return where values are within limits, or missing."""
    return np.asarray(~np.isfinite(x) | ((x >= limits[0]) & (x <= limits[1])))
