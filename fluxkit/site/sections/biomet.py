"""Slow measurements beside the sonic: which files, and what their columns hold."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.schema import units
from fluxkit.site.sections.strict import ConfigProblem, OneOf, Positive, ProblemsError, Strict, Unit

#: What a biomet file may measure -> (dimension of its unit, name in the output).
BIOMET_VARIABLES = {
    "t_air": ("temperature", "TA"),
    "rh": ("share", "RH"),
    "p_air": ("pressure", "PA"),
    "sw_in": ("irradiance", "SW_IN"),
    "sw_out": ("irradiance", "SW_OUT"),
    "lw_in": ("irradiance", "LW_IN"),
    "lw_out": ("irradiance", "LW_OUT"),
    "net_radiation": ("irradiance", "NETRAD"),
    "ppfd_in": ("photon_flux", "PPFD_IN"),
    "soil_heat_flux": ("irradiance", "G"),
    "t_soil": ("temperature", "TS"),
    "soil_water": ("share", "SWC"),
    "precipitation": ("depth", "P"),
    "wind_speed": ("speed", "WS_SLOW"),
    "wind_direction": ("angle", "WD_SLOW"),
    "boundary_layer_height": ("depth", "PBLH"),
}


class BiometColumn(Strict):
    """One column of the biomet files."""

    column: Annotated[str | int, Field(description="name, or position (1 = first)")]
    unit: Annotated[Unit, Field(description="as in the file, after gain and offset")]
    gain: float = 1.0
    offset: Annotated[float, Field(description="value = gain x column + offset, in `unit`")] = 0.0


class Biomet(Strict):
    """Tables of slow measurements: air temperature, humidity, pressure, radiation and more."""

    files: Annotated[
        str | list[str], Field(description="CSV tables, pattern(s) with * and **, relative to this file")
    ] = []
    columns: Annotated[
        dict[Annotated[str, OneOf("variable", tuple(BIOMET_VARIABLES))], BiometColumn],
        Field(description=f"{', '.join(BIOMET_VARIABLES)} -> column, unit"),
    ] = {}
    time_columns: Annotated[
        list[str | int],
        Field(description="column of time stamps, or several that make one, joined by a blank"),
    ] = [1]
    time_format: Annotated[
        str | None,
        Field(description="of the stamps, e.g. %Y-%m-%d %H%M (130 is 01:30); as of raw files if absent"),
    ] = None
    day_first: Annotated[
        bool | None,
        Field(description="whether 01/07/2024 is 1 July; if absent, as a day beyond 12 in any file shows it"),
    ] = None
    time_is: Annotated[
        Literal["start", "middle", "end"] | None,
        Field(description="which part of the averaging interval of a record its stamp marks"),
    ] = None
    interval_s: Annotated[
        Positive | None, Field(description="that a record averages, seconds; most stamps' distance if absent")
    ] = None
    utc_offset_h: Annotated[
        float | None, Field(ge=-12, le=14, description="of the stamps; the station's if absent")
    ] = None
    delimiter: Annotated[str, Field(min_length=1)] = ","
    header_rows: Annotated[int, Field(ge=0, description="lines before the data")] = 1
    names_row: Annotated[int, Field(ge=1, description="header line with column names, 1 = first")] = 1
    missing: Annotated[list[str], Field(description="texts that mean 'no value', beside NAN and empty")] = [
        "-9999"
    ]

    @property
    def given(self) -> bool:
        """Whether there are any."""
        return bool(self.files)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.given:
            return self
        if self.time_is is None:
            message = (
                "missing; give 'start', 'middle' or 'end': the part of a record's interval that is stamped"
            )
            raise ProblemsError(ConfigProblem(("time_is",), message))
        if not self.columns:
            raise ProblemsError(
                ConfigProblem(("columns",), f"missing; give some of {', '.join(BIOMET_VARIABLES)}")
            )
        problems = []
        for name, column in self.columns.items():
            wanted, found = BIOMET_VARIABLES[name][0], units.parse(column.unit).dimension
            if found != wanted:
                message = f"{column.unit!r} is not a unit of {wanted.replace('_', ' ')}"
                problems.append(ConfigProblem(("columns", name, "unit"), message))
        if problems:
            raise ProblemsError(*problems)
        return self
