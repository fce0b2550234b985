"""What changes at a station while it measures: a growing canopy, a sonic that was moved, another pump."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from fluxkit.site.equipment import Sonic, Station
from fluxkit.site.strict import NonNegative, Positive, Strict

if TYPE_CHECKING:
    from fluxkit.site.models import Site

#: What may change of each kind of instrument.
_OF_SONIC = ("height", "north_offset")
_OF_ANALYSER = (
    "northward_separation",
    "eastward_separation",
    "vertical_separation",
    "tube_length",
    "tube_diameter",
    "tube_flow",
)


class StationChange(Strict):
    """What becomes different of the station."""

    canopy_height: Annotated[NonNegative | None, Field(description="metres")] = None
    displacement_height: Annotated[NonNegative | None, Field(description="metres")] = None
    roughness_length: Annotated[Positive | None, Field(description="metres")] = None


class InstrumentChange(Strict):
    """What becomes different of an instrument."""

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


class Change(Strict):
    """Values that hold from an instant until another change; before the first, those above hold."""

    start: Annotated[
        datetime, Field(description="of the first averaging period with them, UTC unless it says otherwise")
    ]
    station: StationChange = StationChange()
    instruments: Annotated[
        dict[str, InstrumentChange], Field(description="id of an instrument -> what changes")
    ] = {}

    @field_validator("start")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_dump(exclude={"start"}, exclude_none=True, exclude_defaults=True):
            raise ValueError("changes nothing; give station.<key> or instruments.<id>.<key>, or remove it")
        return self

    @property
    def words(self) -> str:
        """What changes, in one line."""
        given = self.model_dump(exclude={"start"}, exclude_none=True)
        said = [f"{key} {value:g}" for key, value in given["station"].items()]
        for name, table in given["instruments"].items():
            said += [f"{name}.{key} {value:g}" for key, value in table.items()]
        return f"{self.start:%Y-%m-%dT%H:%M}Z: {', '.join(said)}"


def change_problems(site: "Site") -> Iterator[str]:
    """Find what is wrong with the changes of a site."""
    kinds = {i.id: i for i in site.instruments}
    for k, change in enumerate(site.changes):
        where = f"changes[{k + 1}]"
        if k and change.start <= site.changes[k - 1].start:
            yield f"{where}.start: {change.start:%Y-%m-%dT%H:%M} is not after the change before it"
        for name, table in change.instruments.items():
            if name not in kinds:
                known = ", ".join(kinds)
                yield f"{where}.instruments: no instrument has the id {name!r}; known: {known}"
                continue
            allowed = _OF_SONIC if isinstance(kinds[name], Sonic) else _OF_ANALYSER
            odd = [key for key in table.model_dump(exclude_none=True) if key not in allowed]
            if odd:
                words = f"{', '.join(odd)}: not of this instrument; known: {', '.join(allowed)}"
                yield f"{where}.instruments.{name}: {words}"
    try:
        epochs(site)
    except ValidationError as error:
        yield f"changes: {error.errors()[0]['msg']}"


def epochs(site: "Site") -> "list[tuple[datetime, Site]]":
    """Return the site of each stretch of time after the first: its start, and the site without changes."""
    found = []
    station: Station = site.station
    instruments: list[Any] = list(site.instruments)
    for change in site.changes:
        station = _with(station, change.station)
        instruments = [_with(i, change.instruments.get(i.id)) for i in instruments]
        now = {"station": station, "instruments": instruments, "changes": []}
        found.append((change.start, site.model_copy(update=now)))
    return found


def _with(thing: Any, change: StationChange | InstrumentChange | None) -> Any:
    if change is None:
        return thing
    new = change.model_dump(exclude_none=True)
    return type(thing).model_validate(thing.model_dump() | new) if new else thing
