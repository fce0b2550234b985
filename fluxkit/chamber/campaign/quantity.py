"""A number with its unit as a user writes it: "324 cm2", "6.17 L", "15 degC"."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from fluxkit.schema import units

_FORM = re.compile(r"\s*(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>\S.*?)\s*")


def si(text: Any, dimension: str) -> float:
    """Return a quantity in SI; a number without a unit is refused.

    Parameters
    ----------
    text : str
        Number and unit.
    dimension : str
        One of those of `fluxkit.schema.units`: area, volume, depth, temperature, pressure, ...

    Raises
    ------
    ValueError
        No number, no unit, or a unit of something else.
    """
    allowed = ", ".join(repr(name) for name, unit in units.UNITS.items() if unit.dimension == dimension)
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"found {text!r}; allowed: a text with number and unit, units {allowed}")
    unit = units.parse(found["unit"])
    if unit.dimension != dimension:
        raise ValueError(f"{found['unit']!r} is not a unit of {dimension}; allowed: {allowed}")
    return float(found["number"]) * unit.scale + unit.shift


def _reader(dimension: str) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else si(value, dimension))


Area = Annotated[float, _reader("area")]  #: [m2]
Volume = Annotated[float, _reader("volume")]  #: [m3]
Length = Annotated[float, _reader("depth")]  #: [m]
Temperature = Annotated[float, _reader("temperature")]  #: [K]
Pressure = Annotated[float, _reader("pressure")]  #: [Pa]
Fraction = Annotated[float, _reader("fraction")]  #: [mol mol-1]
