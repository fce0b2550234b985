"""What stands in the field: the station and its instruments."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.site import instruments as registry
from fluxkit.site.strict import NonNegative, Positive, Strict


class Station(Strict):
    """Where the tower stands."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="site code, e.g. NO-Fin")]
    name: Annotated[str, Field(description="name in words")] = ""
    latitude: Annotated[float, Field(ge=-90, le=90, description="degrees north")]
    longitude: Annotated[float, Field(ge=-180, le=180, description="degrees east")]
    altitude: Annotated[float, Field(ge=-430, le=9000, description="metres above sea level")]
    utc_offset_h: Annotated[
        float, Field(ge=-12, le=14, description="local standard time minus UTC, hours; no daylight saving")
    ]
    canopy_height: Annotated[NonNegative, Field(description="metres")]
    displacement_height: Annotated[
        NonNegative | None, Field(description="metres; 0.67 canopy height if absent")
    ] = None
    roughness_length: Annotated[
        Positive | None, Field(description="metres; 0.15 canopy height if absent")
    ] = None

    @property
    def d(self) -> float:
        """Zero-plane displacement [m]."""
        return 0.67 * self.canopy_height if self.displacement_height is None else self.displacement_height

    @property
    def z0(self) -> float:
        """Roughness length [m], at least 1 mm."""
        return (
            max(1e-3, 0.15 * self.canopy_height) if self.roughness_length is None else self.roughness_length
        )


class Sonic(Strict):
    """A sonic anemometer."""

    kind: Literal["sonic"]
    id: str
    model: Annotated[str, Field(description="as in `fluxkit inspect --instruments`, or 'generic'")]
    height: Annotated[Positive, Field(description="of the measuring volume above ground, metres")]
    north_offset: Annotated[float, Field(ge=-360, le=360, description="clockwise from north, degrees")] = 0.0
    wind_reference: Annotated[
        Literal["spar", "axis", "na"], Field(description="Gill sonics: which axis the offset refers to")
    ] = "na"
    path_length: Annotated[Positive | None, Field(description="transducer distance, metres (generic)")] = None
    path_horizontal: Annotated[Positive | None, Field(description="horizontal extent, metres (generic)")] = (
        None
    )
    response_time: Annotated[NonNegative | None, Field(description="seconds (generic)")] = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        registry.require("sonic", self.model, self.model_dump())
        return self

    @property
    def geometry(self) -> registry.Geometry:
        """Path lengths and response time, from the table or as given."""
        return registry.geometry("sonic", self.model, self.model_dump())


class GasAnalyser(Strict):
    """A gas analyser, open or closed path. Separations are analyser minus sonic."""

    kind: Literal["gas_analyser"]
    id: str
    model: Annotated[
        str, Field(description="as in `fluxkit inspect --instruments`, or 'generic-open' / 'generic-closed'")
    ]
    northward_separation: Annotated[float, Field(description="metres")] = 0.0
    eastward_separation: Annotated[float, Field(description="metres")] = 0.0
    vertical_separation: Annotated[float, Field(description="metres, upwards")] = 0.0
    tube_length: Annotated[Positive | None, Field(description="metres")] = None
    tube_diameter: Annotated[Positive | None, Field(description="inner, metres")] = None
    tube_flow: Annotated[Positive | None, Field(description="litres per minute")] = None
    path_length: Annotated[Positive | None, Field(description="metres (generic)")] = None
    path_horizontal: Annotated[Positive | None, Field(description="metres (generic)")] = None
    response_time: Annotated[NonNegative | None, Field(description="seconds (generic)")] = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        registry.require("gas_analyser", self.model, self.model_dump())
        if self.closed and None in (self.tube_length, self.tube_diameter, self.tube_flow):
            raise ValueError(
                f"{self.model} is a closed-path analyser: "
                "give tube_length, tube_diameter [m] and tube_flow [l/min]"
            )
        return self

    @property
    def geometry(self) -> registry.Geometry:
        """Path lengths and response time, from the table or as given."""
        return registry.geometry("gas_analyser", self.model, self.model_dump())

    @property
    def closed(self) -> bool:
        """Whether air is drawn through a tube."""
        return self.geometry.closed


Instrument = Annotated[Sonic | GasAnalyser, Field(discriminator="kind")]
