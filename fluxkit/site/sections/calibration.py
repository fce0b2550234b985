"""Calibrations that are known afterwards: what a column should have read between two dates."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from fluxkit.site.sections.strict import ConfigProblem, ProblemsError, Strict


class Calibration(Strict):
    """One correction of a column: value = gain x column + offset, in the column's unit, from start to end.

    With gain_end or offset_end it drifts, evenly in time, from (gain, offset) at start to these at end. Of
    several entries for a variable each applies to the result of the one before it.
    """

    variable: Annotated[str, Field(description="key of [columns]")]
    start: Annotated[datetime, Field(description="first instant, UTC unless it has an offset")]
    end: Annotated[datetime, Field(description="first instant after it")]
    gain: Annotated[float, Field(description="factor at start")] = 1.0
    offset: Annotated[float, Field(description="added at start, in the column's unit")] = 0.0
    gain_end: Annotated[float | None, Field(description="factor at end, if it drifts")] = None
    offset_end: Annotated[float | None, Field(description="added at end, if it drifts")] = None
    note: Annotated[str, Field(description="where it comes from, e.g. span gas of 2024-05-02")] = ""

    @field_validator("start", "end")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.start >= self.end:
            raise ProblemsError(ConfigProblem(("end",), f"{self.end} is not after start, {self.start}"))
        return self
