"""What lies around and below the sonic: the map and the air that footprints need, the profile of storage."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.schema import units
from fluxkit.schema.gases import known_gases, ordered
from fluxkit.site.sections.strict import ConfigProblem, OneOf, Positive, ProblemsError, Strict, Unit

#: What a profile may measure, and the dimensions of its unit.
PROFILE_VARIABLES = {**dict.fromkeys(ordered(known_gases()), "fraction"), "t_air": "temperature"}


class Footprint(Strict):
    """What footprints rest on beside the fluxes, and the map whose classes they are shared out to."""

    boundary_layer_height: Annotated[
        Positive | None,
        Field(description="metres; if absent, from stability by Nieuwstadt 1981 and `convective_height`"),
    ] = None
    convective_height: Annotated[
        Positive, Field(description="of the boundary layer in unstable air, metres")
    ] = 1500.0
    land_cover: Annotated[
        str | None, Field(description="map of classes (.asc or .nc, metres), relative to this file")
    ] = None
    land_cover_names: Annotated[
        dict[str, str], Field(description="code in the map -> name of the class")
    ] = {}
    tower_x: Annotated[float, Field(description="of the tower in the map's coordinates, metres")] = 0.0
    tower_y: Annotated[float, Field(description="of the tower in the map's coordinates, metres")] = 0.0
    extent: Annotated[
        Positive | None, Field(description="of the climatology in each direction, metres; from the fetch")
    ] = None
    resolution: Annotated[
        Positive | None, Field(description="of the climatology, metres; a hundredth of the extent if absent")
    ] = None


class ProfileColumns(Strict):
    """What a profile measures of one variable."""

    columns: Annotated[list[str], Field(min_length=1, description="names in the file, one for each height")]
    unit: Unit
    quantity: Annotated[
        Literal["mole_fraction", "mixing_ratio"] | None,
        Field(description="gases: mole fraction (moist air) or mixing ratio (dry air)"),
    ] = None


class Profile(Strict):
    """A table of readings at several heights, for decide.storage = "profile"."""

    files: Annotated[
        str | list[str], Field(description="CSV tables, pattern(s) with * and **, relative to this file")
    ] = []
    heights: Annotated[list[Positive], Field(description="above ground, ascending, metres")] = []
    columns: Annotated[
        dict[Annotated[str, OneOf("variable", tuple(PROFILE_VARIABLES))], ProfileColumns],
        Field(description="co2, h2o, ch4, n2o, t_air -> columns, unit, quantity"),
    ] = {}
    time_column: Annotated[str | None, Field(description="column of time stamps")] = None
    time_format: Annotated[
        str | None, Field(description="of the stamps, e.g. %Y-%m-%d %H:%M:%S; as of raw files if absent")
    ] = None
    day_first: Annotated[
        bool | None,
        Field(description="whether 01/07/2024 is 1 July; if absent, as a day beyond 12 in any file shows it"),
    ] = None
    time_is: Annotated[
        Literal["start", "middle", "end"] | None,
        Field(description="which part of the interval of a reading its stamp marks"),
    ] = None
    reading_s: Annotated[
        float, Field(ge=0, description="what one reading averages over, seconds; 0: an instant")
    ] = 0.0
    utc_offset_h: Annotated[
        float | None, Field(ge=-12, le=14, description="of the stamps; the station's if absent")
    ] = None
    window: Annotated[
        Positive, Field(description="of the means at begin and end of each period, minutes")
    ] = 5.0
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    header_rows: Annotated[int, Field(ge=1, description="lines before the data")] = 1
    names_row: Annotated[int, Field(ge=1, description="header line with the names, 1 = first")] = 1
    missing: Annotated[list[str], Field(description="texts that mean 'no value', beside NAN and empty")] = [
        "-9999"
    ]

    @property
    def given(self) -> bool:
        """Whether there is a profile."""
        return bool(self.files)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        problems = [*self._table_problems()] if self.given else []
        problems += [problem for name in self.columns for problem in self._column_problems(name)]
        if problems:
            raise ProblemsError(*problems)
        return self

    def _table_problems(self) -> Iterator[ConfigProblem]:
        for key in ("heights", "columns", "time_column", "time_is"):
            if not getattr(self, key):
                yield ConfigProblem((key,), "missing; a profile needs it")
        if any(low >= high for low, high in pairwise(self.heights)):
            yield ConfigProblem(("heights",), f"found {self.heights}; heights must ascend")
        if self.names_row > self.header_rows:
            message = f"found {self.names_row}; there are {self.header_rows} header_rows"
            yield ConfigProblem(("names_row",), message)

    def _column_problems(self, name: str) -> Iterator[ConfigProblem]:
        column, where = self.columns[name], ("columns", name)
        if len(column.columns) != len(self.heights):
            message = f"{len(column.columns)} columns for {len(self.heights)} heights; give one for each"
            yield ConfigProblem((*where, "columns"), message)
        dimension = units.parse(column.unit).dimension
        if dimension != PROFILE_VARIABLES[name]:
            message = f"{column.unit!r} is not a unit of {PROFILE_VARIABLES[name]}"
            yield ConfigProblem((*where, "unit"), message)
        elif dimension == "fraction" and column.quantity is None:
            message = "missing; give 'mixing_ratio' (of dry air) or 'mole_fraction' (of moist air)"
            yield ConfigProblem((*where, "quantity"), message)
        elif column.quantity == "mole_fraction" and "h2o" not in self.columns:
            message = "converting a mole fraction to a mixing ratio needs h2o of the profile: add h2o"
            yield ConfigProblem(where, message)
