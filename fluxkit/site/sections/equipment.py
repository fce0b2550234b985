"""What stands in the field: the station and its instruments."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.schema.diagnostics import diagnostic_words
from fluxkit.site.sections import instruments as registry
from fluxkit.site.sections.open_path import HEATED, HEATED_AT_SUMMER_SETTING
from fluxkit.site.sections.strict import ConfigProblem, NonNegative, OneOf, Positive, ProblemsError, Strict

_Word = Annotated[str, OneOf("diagnostic word", tuple(diagnostic_words()))]


class Station(Strict):
    """Where the tower stands."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="site code, e.g. NO-Fin")]
    name: Annotated[str, Field(description="full name")] = ""
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
    model: Annotated[
        str,
        OneOf("model", registry.models("sonic")),
        Field(description="as in `fluxkit inspect --instruments`, or 'generic'"),
    ]
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
    firmware: Annotated[str | None, Field(description="e.g. 2329.600.01; Gill WindMasters need it")] = None
    wind_format: Annotated[
        Literal["uvw", "polar", "axis"],
        Field(
            description="polar: columns u, v hold direction [deg] and speed; axis: winds along Gill's paths"
        ),
    ] = "uvw"
    u_offset: Annotated[float, Field(description="taken off u, m s-1")] = 0.0
    v_offset: Annotated[float, Field(description="taken off v, m s-1")] = 0.0
    w_offset: Annotated[float, Field(description="taken off w, m s-1")] = 0.0
    cross_wind_corrected: Annotated[
        bool | None,
        Field(description="its temperature is corrected for cross-wind; as known of the model if absent"),
    ] = None
    shadow_corrected: Annotated[
        bool, Field(description="its firmware corrects for transducers' shadows (CSAT3B, if switched on)")
    ] = False
    diagnostic_word: Annotated[
        _Word | None, Field(description="what diag_sonic holds; the model's own word if absent")
    ] = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        _require_geometry(self)
        if self.shadow_corrected and not self.traits.shadow:
            message = f"{self.model} has no such firmware; remove it"
            raise ProblemsError(ConfigProblem(("shadow_corrected",), message))
        return self

    @property
    def geometry(self) -> registry.Geometry:
        """Path lengths and response time, from the table or as given."""
        return registry.geometry("sonic", self.model, self.model_dump())

    @property
    def traits(self) -> registry.SonicTraits:
        """What is known of the model beside its geometry."""
        return registry.traits(self.model)

    @property
    def word(self) -> str:
        """Name of the diagnostic word, "" if none is known."""
        return self.diagnostic_word or self.traits.word

    @property
    def lacks_boost(self) -> bool:
        """Whether its firmware shows w too small: 2329.x.y with x below 700."""
        parts = re.findall(r"\d+", self.firmware or "")
        return self.traits.boost and len(parts) > 1 and parts[0] == "2329" and int(parts[1]) < 700


class GasAnalyser(Strict):
    """A gas analyser, open or closed path. Separations are analyser minus sonic."""

    kind: Literal["gas_analyser"]
    id: str
    model: Annotated[
        str,
        OneOf("model", registry.models("gas_analyser")),
        Field(description="as in `fluxkit inspect --instruments`, or 'generic-open' / 'generic-closed'"),
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
    bandwidth: Annotated[
        Positive | None,
        Field(description="set in the analyser, Hz (IRGASON, EC150, EC155, LI-7500 and LI-7200 families)"),
    ] = None
    summer_setting: Annotated[
        bool, Field(description="LI-7500A, RS, DS left so in cold air, which they then warm as an LI-7500")
    ] = False
    diagnostic_word: Annotated[
        _Word | None, Field(description="what its diag_gas column holds; the model's own word if absent")
    ] = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        _require_geometry(self)
        self._check_bandwidth()
        if self.summer_setting and self.model not in HEATED_AT_SUMMER_SETTING:
            known = ", ".join(HEATED_AT_SUMMER_SETTING)
            message = f"{self.model} has no such setting ({known} have): remove it"
            raise ProblemsError(ConfigProblem(("summer_setting",), message))
        if self.closed and None in (self.tube_length, self.tube_diameter, self.tube_flow):
            message = "is a closed-path analyser: give tube_length, tube_diameter [m] and tube_flow [l/min]"
            raise ProblemsError(ConfigProblem((), f"{self.model} {message}"))
        return self

    def _check_bandwidth(self) -> None:
        if self.bandwidth is None:
            return
        known = registry.bandwidths(self.model)
        if not known:
            message = f"{self.model} has none to set, or it is not known: give response_time [s] instead"
            raise ProblemsError(ConfigProblem(("bandwidth",), message))
        if self.bandwidth not in known:
            choices = ", ".join(f"{hertz:g}" for hertz in known)
            message = f"found {self.bandwidth:g} Hz; a {self.model} has {choices} Hz"
            raise ProblemsError(ConfigProblem(("bandwidth",), message))
        if self.response_time is not None:
            message = "says the same as response_time: give one of them"
            raise ProblemsError(ConfigProblem(("bandwidth",), message))

    @property
    def bandwidth_missing(self) -> bool:
        """Whether its response depends on a bandwidth that nobody gave."""
        return bool(registry.bandwidths(self.model)) and self.bandwidth is None and self.response_time is None

    @property
    def geometry(self) -> registry.Geometry:
        """Path lengths and response time, from the table or as given."""
        return registry.geometry("gas_analyser", self.model, self.model_dump())

    @property
    def closed(self) -> bool:
        """Whether air is drawn through a tube."""
        return self.geometry.closed

    @property
    def heated(self) -> bool:
        """Whether its body warms the air in its path as the LI-7500's does."""
        return self.model in HEATED or self.summer_setting

    @property
    def word(self) -> str:
        """Name of the diagnostic word, "" if none is known."""
        return self.diagnostic_word or registry.word_of("gas_analyser", self.model)


def _require_geometry(instrument: Sonic | GasAnalyser) -> None:
    kind = instrument.kind
    lacking = registry.missing_geometry(kind, instrument.model, instrument.model_dump())
    if lacking:
        raise ProblemsError(
            ConfigProblem((), f"a generic {kind.replace('_', ' ')} needs {', '.join(lacking)}")
        )


Instrument = Annotated[Sonic | GasAnalyser, Field(discriminator="kind")]
