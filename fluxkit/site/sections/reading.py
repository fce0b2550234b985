"""Which raw files there are and what their columns hold."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from fluxkit.schema.gases import STANDARD
from fluxkit.site.sections.strict import ConfigProblem, Positive, ProblemsError, Strict, Unit

SONIC_VARIABLES = ("u", "v", "w", "t_sonic")
SLOW_VARIABLES = ("t_air", "p_air", "t_cell", "t_cell_in", "t_cell_out", "p_cell")
DIAGNOSTICS = ("diag_sonic", "diag_gas", "diag_gas_2", "diag_gas_3")
#: Signal strength of the analyser that measures a gas; ``signal_<gas>`` of any gas is a variable.
SIGNALS = tuple(f"signal_{gas}" for gas in STANDARD)
#: Variables that are not gases.
OTHERS = SONIC_VARIABLES + SLOW_VARIABLES + DIAGNOSTICS + SIGNALS


#: Types of numbers in binary records.
NumberType = Literal[
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"
]

#: What a column can tell of the time of a record.
TimePart = Literal[
    "stamp", "date", "time", "year", "month", "day", "day_of_year", "hhmm", "hhmmss", "hour", "minute",
    "second", "millisecond", "epoch_s", "epoch_ms", "epoch_us", "excel_1900", "excel_1904", "matlab",
    "labview", "seconds_of_file",
]  # fmt: skip


class Raw(Strict):
    """Which files to read and how."""

    files: Annotated[str | list[str], Field(description="pattern(s) with * and **, relative to this file")]
    format: Annotated[
        str, Field(description="toa5, tob1, tob3, ghg, icos, delimited, slt, ..., or a plug-in's name")
    ]
    rate: Annotated[Positive, Field(description="samples per second, Hz")]
    file_time: Annotated[Literal["name", "records"], Field(description="where a file's time comes from")]
    name_pattern: Annotated[
        str | None,
        Field(
            validate_default=True,
            description="file name with %Y %m %d %H %M %S %j %y, * for anything; for file_time = 'name'",
        ),
    ] = None
    year: Annotated[
        int | None,
        Field(ge=1970, le=2200, validate_default=True, description="for file names without one"),
    ] = None
    name_time_is: Annotated[
        Literal["start", "end"] | None, Field(validate_default=True, description="what the name's time is")
    ] = None
    file_minutes: Annotated[Positive | None, Field(description="length of a file, minutes")] = None
    utc_offset_h: Annotated[
        float | None, Field(ge=-12, le=14, description="of file times; the station's if absent")
    ] = None
    sample_time_is: Annotated[
        Literal["start", "end"],
        Field(description="whether a record's stamp begins or ends its sampling interval"),
    ] = "start"
    delimiter: Annotated[
        str, Field(min_length=1, description="',', ';', '\\t' or 'whitespace' (delimited)")
    ] = ","
    header_rows: Annotated[int, Field(ge=0, description="lines before the data (delimited)")] = 1
    names_row: Annotated[
        int | None, Field(ge=1, description="header line with column names, 1 = first (delimited)")
    ] = None
    time_column: Annotated[
        str | int | list[str | int] | None,
        Field(description="column of time stamps, or several that make one, if any (text)"),
    ] = None
    time_parts: Annotated[
        TimePart | list[TimePart] | None,
        Field(
            description="what each time_column holds, e.g. ['date', 'time']; if absent, as its values show"
        ),
    ] = None
    day_first: Annotated[
        bool | None,
        Field(description="whether 01/07/2024 is 1 July; if absent, as a day beyond 12 in any file shows it"),
    ] = None
    far_files: Annotated[
        Literal["leave-out", "keep"],
        Field(description="a few files that lie more than a year from all others, as of a reset clock"),
    ] = "leave-out"
    missing: Annotated[list[str], Field(description="texts that mean 'no value', beside NAN and empty")] = [
        "-9999"
    ]

    number_types: Annotated[
        NumberType | list[NumberType] | None,
        Field(description="binary: type of each number of a record, or one for all with record_bytes"),
    ] = None
    byte_order: Annotated[
        Literal["little", "big"], Field(description="binary: whether a number's first byte is its smallest")
    ] = "little"
    header_bytes: Annotated[
        int, Field(ge=0, description="binary: bytes to skip before the records, behind header_rows")
    ] = 0
    record_bytes: Annotated[
        int | None,
        Field(ge=1, le=1_048_576, description="binary: from one record to the next; its numbers' if absent"),
    ] = None

    @property
    def types(self) -> tuple[str, ...]:
        """Types of the numbers of a binary record, or one for all."""
        given = self.number_types or ()
        return (given,) if isinstance(given, str) else tuple(given)

    @property
    def parts(self) -> tuple[str, ...]:
        """What each time column holds; empty if its values show it."""
        given = self.time_parts or ()
        return (given,) if isinstance(given, str) else tuple(given)

    @model_validator(mode="before")
    @classmethod
    def _no_header(cls, data: Any) -> Any:
        # Text has a line of names unless given otherwise, binary records have none.
        if isinstance(data, dict) and data.get("format") == "binary":
            return {"header_rows": 0, **data}
        return data

    @field_validator("name_pattern", "name_time_is", "year")
    @classmethod
    def _for_names(cls, value: Any, info: ValidationInfo) -> Any:
        # By field, so that it is reported even if other keys are wrong.
        if value is not None or info.data.get("file_time") != "name":
            return value
        dated = not {"%Y", "%y"}.isdisjoint(re.findall("%.", info.data.get("name_pattern") or "%Y"))
        if info.field_name != "year" or not dated:
            raise ProblemsError(ConfigProblem((), "missing; file_time = 'name' needs it"))
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        problems = []
        if self.format == "binary" and not self.types:
            message = "missing; format = 'binary' needs it, such as ['int16', 'int16', 'float32']"
            problems.append(ConfigProblem(("number_types",), message))
        if self.format == "binary" and isinstance(self.number_types, str) and self.record_bytes is None:
            message = "missing; one number_types for all numbers needs it: the length of a record"
            problems.append(ConfigProblem(("record_bytes",), message))
        if self.file_time == "name" and self.name_time_is == "end" and self.file_minutes is None:
            problems.append(ConfigProblem(("file_minutes",), "missing; name_time_is = 'end' needs it"))
        columns = len(self.time_column) if isinstance(self.time_column, list) else 1
        if self.parts and (self.time_column is None or len(self.parts) != columns):
            message = "give one for each time_column" if self.time_column else "time_column is missing"
            problems.append(ConfigProblem(("time_parts",), message))
        if problems:
            raise ProblemsError(*problems)
        return self


class LagWindow(Strict):
    """Range in which a gas's delay behind the wind is searched. [s]"""

    nominal: float
    min: float
    max: float
    nominal_is: Annotated[
        Literal["transport", "total"] | None,
        Field(
            description="what the nominal lag holds: the delay in tube and electronics, or (total) also "
            "that of the sensor's response and distance, as the lag of most maxima; absent: transport, told"
        ),
    ] = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min <= self.nominal <= self.max:
            message = f"found {self.min}, {self.nominal}, {self.max}; give min <= nominal <= max"
            raise ProblemsError(ConfigProblem((), message))
        return self


class Column(Strict):
    """One column of the raw files."""

    column: Annotated[str | int, Field(description="name, or position (1 = first)")]
    unit: Annotated[Unit, Field(description="as in the file, after gain and offset")]
    instrument: str | None = None
    source: Annotated[
        str | None, Field(description="id of the [[sources]] whose files hold it; those of [raw] if absent")
    ] = None
    quantity: Annotated[
        Literal["density", "mole_fraction", "mixing_ratio"] | None,
        Field(description="gases: density, mole fraction (moist air) or mixing ratio (dry air)"),
    ] = None
    gain: float = 1.0
    offset: Annotated[float, Field(description="value = gain x column + offset, in `unit`")] = 0.0
    lag: Annotated[LagWindow | None, Field(description="gases: seconds; from the geometry if absent")] = None
    lag_from: Annotated[
        str | None, Field(description="gases: the gas whose lag is taken, for one too noisy to show its own")
    ] = None
