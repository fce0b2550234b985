"""Units that logger files and configurations may name, and their way to SI.

A table, not a parser: an unknown unit is refused with the list of known ones.
"""

from typing import NamedTuple

from fluxkit.constants import T_ZERO


class Unit(NamedTuple):
    """SI value = scale * value + shift."""

    dimension: str
    scale: float
    shift: float = 0.0


UNITS: dict[str, Unit] = {
    "m s-1": Unit("speed", 1.0),
    "cm s-1": Unit("speed", 1e-2),
    "mm s-1": Unit("speed", 1e-3),
    "km h-1": Unit("speed", 1 / 3.6),
    "K": Unit("temperature", 1.0),
    "degC": Unit("temperature", 1.0, T_ZERO),
    "degF": Unit("temperature", 5.0 / 9.0, T_ZERO - 32.0 * 5.0 / 9.0),
    "cdegC": Unit("temperature", 1e-2, T_ZERO),
    "Pa": Unit("pressure", 1.0),
    "hPa": Unit("pressure", 1e2),
    "kPa": Unit("pressure", 1e3),
    "mbar": Unit("pressure", 1e2),
    "Torr": Unit("pressure", 101325.0 / 760.0),
    "mol m-3": Unit("molar_density", 1.0),
    "mmol m-3": Unit("molar_density", 1e-3),
    "umol m-3": Unit("molar_density", 1e-6),
    "nmol m-3": Unit("molar_density", 1e-9),
    "kg m-3": Unit("mass_density", 1.0),
    "g m-3": Unit("mass_density", 1e-3),
    "mg m-3": Unit("mass_density", 1e-6),
    "ug m-3": Unit("mass_density", 1e-9),
    "mol mol-1": Unit("fraction", 1.0),
    "mmol mol-1": Unit("fraction", 1e-3),
    "umol mol-1": Unit("fraction", 1e-6),
    "nmol mol-1": Unit("fraction", 1e-9),
    "pmol mol-1": Unit("fraction", 1e-12),
    "%": Unit("share", 1e-2),
    "m3 m-3": Unit("share", 1.0),
    "W m-2": Unit("irradiance", 1.0),
    "umol m-2 s-1": Unit("photon_flux", 1e-6),
    "mm": Unit("depth", 1e-3),
    "cm": Unit("depth", 1e-2),
    "m": Unit("depth", 1.0),
    "m2": Unit("area", 1.0),
    "dm2": Unit("area", 1e-2),
    "cm2": Unit("area", 1e-4),
    "m3": Unit("volume", 1.0),
    "L": Unit("volume", 1e-3),
    "cm3": Unit("volume", 1e-6),
    "s": Unit("time", 1.0),
    "min": Unit("time", 60.0),
    "h": Unit("time", 3600.0),
    "deg": Unit("angle", 1.0),
    "V": Unit("voltage", 1.0),
    "mV": Unit("voltage", 1e-3),
    "1": Unit("dimensionless", 1.0),
}

#: Other spellings met in loggers' headers. "ppt" is left out: thousand or trillion?
ALIASES: dict[str, str] = {
    "m/s": "m s-1",
    "m s^-1": "m s-1",
    "m+1s-1": "m s-1",
    "cm/s": "cm s-1",
    "mm/s": "mm s-1",
    "C": "degC",
    "°C": "degC",
    "deg C": "degC",
    "Deg C": "degC",
    "deg_C": "degC",
    "Celsius": "degC",
    "celsius": "degC",
    "kelvin": "K",
    "°F": "degF",
    "deg F": "degF",
    "Deg F": "degF",
    "deg_F": "degF",
    "Fahrenheit": "degF",
    "mmol/m^3": "mmol m-3",
    "mmol/m3": "mmol m-3",
    "umol/m3": "umol m-3",
    "mg/m^3": "mg m-3",
    "mg/m3": "mg m-3",
    "g/m^3": "g m-3",
    "g/m3": "g m-3",
    "umol/mol": "umol mol-1",
    "µmol/mol": "umol mol-1",
    "µmol mol-1": "umol mol-1",
    "ppm": "umol mol-1",
    "mmol/mol": "mmol mol-1",
    "nmol/mol": "nmol mol-1",
    "ppb": "nmol mol-1",
    "kpa": "kPa",
    "W/m2": "W m-2",
    "W/m^2": "W m-2",
    "W+1m-2": "W m-2",
    "umol+1m-2s-1": "umol m-2 s-1",
    "umol/m2/s": "umol m-2 s-1",
    "µmol m-2 s-1": "umol m-2 s-1",
    "volt": "V",
    "m^2": "m2",
    "m²": "m2",
    "cm^2": "cm2",
    "cm²": "cm2",
    "m^3": "m3",
    "m³": "m3",
    "l": "L",
    "litre": "L",
    "liter": "L",
    "dm3": "L",
    "ml": "cm3",
    "mL": "cm3",
    "cc": "cm3",
    "cm^3": "cm3",
    "cm³": "cm3",
    "sec": "s",
    "minutes": "min",
    "hours": "h",
    "": "1",
    "-": "1",
}


def parse(text: str) -> Unit:
    """Return the unit of this name, or raise ValueError with the known ones."""
    name = ALIASES.get(text.strip(), text.strip())
    if name not in UNITS:
        raise ValueError(f"{unknown_unit(text)}; known: {', '.join(UNITS)}")
    return UNITS[name]


def is_fraction(text: str) -> bool:
    """Whether a text is a unit of a mole fraction, such as ppm."""
    name = ALIASES.get(text.strip(), text.strip())
    return name in UNITS and UNITS[name].dimension == "fraction"


def unknown_unit(text: str) -> str:
    """Return the message about a unit that is not known, without the list of those that are."""
    ambiguous = text.strip().lower() == "ppt"
    hint = " ('ppt' may mean thousand or trillion: write mmol mol-1)" if ambiguous else ""
    return f"unknown unit {text!r}{hint}"


def canonical(text: str) -> str:
    """Return the standard spelling of a unit, or raise ValueError."""
    parse(text)
    return ALIASES.get(text.strip(), text.strip())


def to_si(text: str, molar_mass: float | None = None) -> tuple[float, float]:
    """Return (scale, shift) to SI; mass densities become molar ones [mol m-3] by a molar mass [kg mol-1]."""
    unit = parse(text)
    if unit.dimension == "mass_density" and molar_mass is not None:
        return unit.scale / molar_mass, 0.0
    return unit.scale, unit.shift
