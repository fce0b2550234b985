"""Settings of what open-path analysers do to their own density correction."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.site.sections.strict import ConfigProblem, Positive, ProblemsError, Strict

Line = tuple[float, float]
Plane = tuple[float, float, float, float]
_EXCESS = "excess over the air: constant, per degC of air, per W m-2, per m s-1 of wind"

#: Models whose surfaces are as warm as Burba et al. (2008) found, and those that are so at summer setting.
HEATED = ("li-7500",)
HEATED_AT_SUMMER_SETTING = ("li-7500a", "li-7500rs", "li-7500ds")
#: Models whose fractions rest on a temperature as fast as the gas.
FAST_FRACTIONS = ("irgason", "ec150")


class SelfHeating(Strict):
    """Temperatures of the LI-7500's surfaces, for self_heating = burba-2008."""

    surfaces: Annotated[
        Literal["linear", "multiple"],
        Field(description="from air temperature, or also from wind and radiation (sw_in, lw_in of [biomet])"),
    ] = "linear"
    daylight: Annotated[
        float,
        Field(ge=0, description="incoming shortwave of a day, W m-2; sw_in, else the potential one"),
    ] = 12.0
    below: Annotated[
        float | None, Field(description="only in air colder than this, degC; absent: always")
    ] = None
    day_bottom: Annotated[Line, Field(description="linear: gain of air temperature, offset, degC")] = (
        0.944,
        2.57,
    )
    day_top: Annotated[Line, Field(description="upper window by day")] = (1.005, 0.24)
    day_spar: Annotated[Line, Field(description="spar by day")] = (1.01, 0.36)
    night_bottom: Annotated[Line, Field(description="lower window by night")] = (0.883, 2.17)
    night_top: Annotated[Line, Field(description="upper window by night")] = (1.008, -0.41)
    night_spar: Annotated[Line, Field(description="spar by night")] = (1.01, -0.17)
    multiple_day_bottom: Annotated[Plane, Field(description=f"{_EXCESS}; sw_in counts")] = (
        2.8,
        -0.0681,
        0.0021,
        -0.334,
    )
    multiple_day_top: Annotated[Plane, Field(description="upper window by day")] = (
        -0.1,
        -0.0044,
        0.0011,
        -0.022,
    )
    multiple_day_spar: Annotated[Plane, Field(description="spar by day")] = (0.3, -0.0007, 0.0006, -0.044)
    multiple_night_bottom: Annotated[Plane, Field(description=f"{_EXCESS}; lw_in counts")] = (
        0.5,
        -0.116,
        0.0087,
        -0.206,
    )
    multiple_night_top: Annotated[Plane, Field(description="upper window by night")] = (
        -1.7,
        -0.016,
        0.0051,
        -0.029,
    )
    multiple_night_spar: Annotated[Plane, Field(description="spar by night")] = (-2.1, -0.02, 0.007, 0.026)


class AbsorptionLine(Strict):
    """The maker's table of kappa, for spectroscopy = mcdermitt-2011."""

    temperature: Annotated[list[float], Field(description="degC, ascending")] = []
    pressure: Annotated[
        list[Positive], Field(description="equivalent pressure P (1 + 0.46 x), kPa, ascending")
    ] = []
    kappa: Annotated[
        list[list[Positive]], Field(description="true over reported density: a row for each temperature")
    ] = []

    @model_validator(mode="after")
    def _rectangular(self) -> Self:
        if not (self.temperature or self.pressure or self.kappa):
            return self
        for key, axis in (("temperature", self.temperature), ("pressure", self.pressure)):
            if len(axis) < 2 or any(b <= a for a, b in pairwise(axis)):
                raise ProblemsError(
                    ConfigProblem((key,), f"found {axis}; give two values or more, ascending")
                )
        rows, columns = len(self.temperature), len(self.pressure)
        if len(self.kappa) != rows or any(len(row) != columns for row in self.kappa):
            message = f"give {rows} rows (temperatures) of {columns} values (pressures)"
            raise ProblemsError(ConfigProblem(("kappa",), message))
        return self
