"""What changes at a station while it measures: a growing canopy, a sonic that was moved, another pump."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from fluxkit.site.sections.reading import Column, Raw
from fluxkit.site.sections.strict import ConfigProblem, KeysOf, NonNegative, Positive, ProblemsError, Strict

#: Where an instrument is: an instrument that replaces it stands in the same place unless given otherwise.
PLACE = ("height", "north_offset", "northward_separation", "eastward_separation", "vertical_separation")
#: What may change of an instrument within one decision; all else makes a variant of the station.
MOVING = (*PLACE, "tube_length", "tube_diameter", "tube_flow")

#: The key of [raw] that changes within files, and makes no variant: each record is read by its own clock.
CLOCK = "utc_offset_h"


class StationChange(Strict):
    """What becomes different of the station."""

    canopy_height: Annotated[NonNegative | None, Field(description="metres")] = None
    displacement_height: Annotated[NonNegative | None, Field(description="metres")] = None
    roughness_length: Annotated[Positive | None, Field(description="metres")] = None


class InstrumentChange(Strict):
    """What becomes different of an instrument; with a model it is another instrument in its place."""

    kind: Annotated[Literal["sonic", "gas_analyser"] | None, Field(description="as before if absent")] = None
    model: Annotated[
        str | None,
        Field(description="another instrument: it keeps its place, all else is as given here"),
    ] = None
    height: Annotated[Positive | None, Field(description="sonic: above ground, metres")] = None
    north_offset: Annotated[
        float | None, Field(ge=-360, le=360, description="sonic: clockwise from north, degrees")
    ] = None
    northward_separation: Annotated[float | None, Field(description="analyser: metres")] = None
    eastward_separation: Annotated[float | None, Field(description="analyser: metres")] = None
    vertical_separation: Annotated[float | None, Field(description="analyser: metres, upwards")] = None
    tube_length: Annotated[Positive | None, Field(description="analyser: metres")] = None
    tube_diameter: Annotated[Positive | None, Field(description="analyser: inner, metres")] = None
    tube_flow: Annotated[Positive | None, Field(description="analyser: litres per minute")] = None
    path_length: Annotated[Positive | None, Field(description="metres (generic)")] = None
    path_horizontal: Annotated[Positive | None, Field(description="metres (generic)")] = None
    response_time: Annotated[NonNegative | None, Field(description="seconds (generic)")] = None
    bandwidth: Annotated[Positive | None, Field(description="analyser: Hz")] = None
    diagnostic_word: Annotated[str | None, Field(description="what its diagnostic column holds")] = None
    firmware: Annotated[str | None, Field(description="sonic: e.g. 2329.700.01")] = None
    wind_reference: Annotated[Literal["spar", "axis", "na"] | None, Field(description="sonic")] = None
    wind_format: Annotated[Literal["uvw", "polar", "axis"] | None, Field(description="sonic")] = None
    u_offset: Annotated[float | None, Field(description="sonic: taken off u, m s-1")] = None
    v_offset: Annotated[float | None, Field(description="sonic: taken off v, m s-1")] = None
    w_offset: Annotated[float | None, Field(description="sonic: taken off w, m s-1")] = None
    cross_wind_corrected: Annotated[bool | None, Field(description="sonic")] = None
    shadow_corrected: Annotated[bool | None, Field(description="sonic")] = None
    summer_setting: Annotated[bool | None, Field(description="analyser")] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind is not None and self.model is None:
            raise ProblemsError(
                ConfigProblem(("model",), "missing; another kind of instrument needs its model too")
            )
        return self

    @property
    def given(self) -> dict[str, Any]:
        """Keys and values that are given."""
        return self.model_dump(exclude_none=True)

    @property
    def moved(self) -> dict[str, Any]:
        """What of it holds within one and the same decision: the places and tubes of the instrument there."""
        return {key: x for key, x in self.given.items() if key in MOVING and self.model is None}

    @property
    def altered(self) -> dict[str, Any]:
        """What of it makes another station."""
        return {key: x for key, x in self.given.items() if key not in self.moved}


class Change(Strict):
    """Values that hold from an instant until another change; before the first, those above hold."""

    start: Annotated[
        datetime, Field(description="of the first averaging period with them, UTC unless it has an offset")
    ]
    station: StationChange = StationChange()
    instruments: Annotated[
        dict[str, InstrumentChange], Field(description="id of an instrument, old or new -> what changes")
    ] = {}
    raw: Annotated[
        dict[str, Any],
        KeysOf(Raw),
        Field(description="keys of [raw] that change; false: as if it were not given"),
    ] = {}
    columns: Annotated[
        dict[str, Literal[False] | Annotated[dict[str, Any], KeysOf(Column)]],
        Field(description="variable -> keys of its column that change; false: it is no longer measured"),
    ] = {}

    @field_validator("start")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_dump(exclude={"start"}, exclude_none=True, exclude_defaults=True):
            message = "give station.<key>, instruments.<id>.<key>, raw.<key> or columns.<name>, or remove it"
            raise ProblemsError(ConfigProblem((), f"changes nothing; {message}"))
        return self

    @property
    def layout(self) -> bool:
        """Whether it makes another variant of the station: other files, columns or instruments."""
        files = self.raw.keys() - {CLOCK}
        return bool(files or self.columns or any(table.altered for table in self.instruments.values()))

    @property
    def moves(self) -> bool:
        """Whether anything of the station or of its instruments' places changes."""
        station = self.station.model_dump(exclude_none=True)
        return bool(station or any(table.moved for table in self.instruments.values()))

    def utc_offset_h(self, of_station: float) -> float | None:
        """Return how far the files' clock is ahead of UTC from then on, None where nothing is said of it."""
        if CLOCK not in self.raw:
            return None
        given = self.raw[CLOCK]
        return of_station if given is False else float(given)

    @property
    def description(self) -> str:
        """What changes, in one line."""
        parts = [f"{key} {_word(x)}" for key, x in self.station.model_dump(exclude_none=True).items()]
        for name, table in self.instruments.items():
            parts += [f"{name}.{key} {_word(x)}" for key, x in table.given.items()]
        parts += [f"no raw.{key}" if x is False else f"raw.{key} {_word(x)}" for key, x in self.raw.items()]
        for name, column in self.columns.items():
            parts.append(f"no {name}" if column is False else f"column of {name}")
        return f"{self.start:%Y-%m-%dT%H:%M}Z: {', '.join(parts)}"


def _word(value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:g}" if number else str(value).lower() if isinstance(value, bool) else str(value)
