"""A number with its unit as a user writes it: "324 cm2", "6.17 L", "15 degC"."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from fluxkit.schema import units
from fluxkit.site.expected import shown

#: Context of a validation in which numbers are in SI already, as the record of a run has them.
AS_RECORDED = "as recorded"
_FORM = re.compile(r"\s*(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>(?![\d.])\S.*?)\s*")


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
    allowed = _units_of(dimension)
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"found {shown(text)}; allowed: a text with number and unit, units {allowed}")
    unit = units.parse(found["unit"])
    if unit.dimension != dimension:
        raise ValueError(f"{found['unit']!r} is not a unit of {dimension}; allowed: {allowed}")
    return float(found["number"]) * unit.scale + unit.shift


def _units_of(dimension: str) -> str:
    return ", ".join(repr(name) for name, unit in units.UNITS.items() if unit.dimension == dimension)


@dataclass(frozen=True)
class _Quantity:
    """Marks a number that is written as a text with its unit."""

    dimension: str

    @property
    def allowed(self) -> str:
        """What may be written."""
        return f"a text with number and unit, units {_units_of(self.dimension)}"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_before_validator_function(self._read, handler(source))

    def _read(self, value: Any, info: core_schema.ValidationInfo[Any]) -> Any:
        if isinstance(value, float) and info.context == AS_RECORDED:
            return value
        return None if value is None else si(value, self.dimension)


Area = Annotated[float, _Quantity("area")]  #: [m2]
Volume = Annotated[float, _Quantity("volume")]  #: [m3]
Length = Annotated[float, _Quantity("depth")]  #: [m]
Temperature = Annotated[float, _Quantity("temperature")]  #: [K]
Pressure = Annotated[float, _Quantity("pressure")]  #: [Pa]
Fraction = Annotated[float, _Quantity("fraction")]  #: [mol mol-1]
