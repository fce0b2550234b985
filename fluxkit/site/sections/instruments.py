"""The table of sensors that fluxkit knows, from ``instruments.toml``."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

GENERIC = {"sonic": ("generic",), "gas_analyser": ("generic-open", "generic-closed")}


class Geometry(NamedTuple):
    """What the transfer functions need to know of a sensor."""

    path: float  #: path length [m]
    horizontal: float  #: horizontal extent (sonic) or beam diameter (analyser) [m]
    response: float  #: first-order response time [s]
    closed: bool  #: closed path
    flushed: bool  #: the response is that of a cell's air being exchanged
    wind_direction_offset: float  #: added to the north offset [deg]
    axis_rotation: float  #: of u, v when the offset refers to an axis [deg]


class SonicTraits(NamedTuple):
    """What is known of a sonic's model beside its geometry."""

    axis_rotation: float  #: of u, v to the head's north [deg]
    always_rotated: bool  #: or only when the user's offset refers to an axis
    reflected: str  #: component that changes its sign, "" for right-handed heads
    elevation: float | None  #: of the paths above the horizontal [deg]
    cross_wind: str  #: "firmware" corrects the temperature, "raw" does not, "unknown"
    cross_wind_shares: tuple[float, ...]  #: of u^2, v^2, w^2 where they do not follow from elevation
    angle_of_attack: str  #: method that was made for this head, "" for none
    shadow: bool  #: the correction for transducers' shadows fits
    boost: bool  #: there is firmware that shows w too small
    word: str  #: diagnostic word, "" if it has none that is known


@cache
def known_instruments() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the table: kind -> model -> entries."""
    return tomllib.loads(resources.files("fluxkit.site.sections").joinpath("instruments.toml").read_text())


def models(kind: str) -> tuple[str, ...]:
    """Return the names that ``model`` may have for a kind of instrument."""
    return tuple(known_instruments()[kind]) + GENERIC[kind]


def traits(model: str) -> SonicTraits:
    """Return what is known of a sonic's model; of a generic one, nothing."""
    entry = known_instruments()["sonic"].get(model, {})
    return SonicTraits(
        axis_rotation=float(entry.get("axis_rotation", 0.0)),
        always_rotated=bool(entry.get("always", False)),
        reflected=str(entry.get("reflected", "")),
        elevation=entry.get("elevation"),
        cross_wind=str(entry.get("cross_wind", "unknown")),
        cross_wind_shares=tuple(entry.get("cross_wind_shares", ())),
        angle_of_attack=str(entry.get("angle_of_attack", "")),
        shadow=bool(entry.get("shadow", False)),
        boost=bool(entry.get("boost", False)),
        word=str(entry.get("word", "")),
    )


def word_of(kind: str, model: str) -> str:
    """Return the name of the diagnostic word that a model writes, "" if none is known."""
    return str(known_instruments()[kind].get(model, {}).get("word", ""))


def missing_geometry(kind: str, model: str, given: dict[str, Any]) -> list[str]:
    """Return the keys that a generic model needs and that are not given."""
    needed = ("path_length", "path_horizontal", "response_time") if model in GENERIC[kind] else ()
    return [key for key in needed if given.get(key) is None]


def geometry(kind: str, model: str, given: dict[str, Any]) -> Geometry:
    """Return a sensor's geometry: what the user gave, else the table's."""
    entry = known_instruments()[kind].get(model, {})

    def pick(key: str, column: str) -> float:
        value = given.get(key)
        return float(entry[column] if value is None else value)

    return Geometry(
        path=pick("path_length", "path"),
        horizontal=pick("path_horizontal", "horizontal"),
        response=_response(entry, given),
        closed=bool(entry.get("closed", model == "generic-closed")),
        flushed=bool(entry.get("flushed", False)),
        wind_direction_offset=float(entry.get("wind_direction_offset", 0.0)),
        axis_rotation=float(entry.get("axis_rotation", 0.0)),
    )


def bandwidths(model: str) -> tuple[float, ...]:
    """Return the bandwidths that can be set in an analyser of a model; () where none can. [Hz]"""
    return tuple(known_instruments()["gas_analyser"].get(model, {}).get("bandwidths", ()))


def assumed_bandwidth(model: str) -> float:
    """Return the bandwidth that is assumed of such an analyser where none is given. [Hz]"""
    return float(known_instruments()["gas_analyser"][model]["bandwidth"])


def response_of_bandwidth(bandwidth: float) -> float:
    """Return the response time of an analyser with a bandwidth [Hz]: 5, 10, 20 Hz give 0.1, 0.05, 0.025 s."""
    return 0.5 / bandwidth


def response_words(model: str, entry: dict[str, Any]) -> str:
    """Return the response time of an instrument of the table, of each bandwidth that can be set."""
    if "bandwidths" not in entry:
        return f"{entry['response']:.2g} s"
    each = [f"{response_of_bandwidth(b):g} s at {b:g} Hz" for b in bandwidths(model)]
    return f"{', '.join(each)}; {assumed_bandwidth(model):g} Hz assumed"


def _response(entry: dict[str, Any], given: dict[str, Any]) -> float:
    """Response time as given, of the bandwidth that is given or assumed, or of the table. [s]"""
    if given.get("response_time") is not None:
        return float(given["response_time"])
    bandwidth = given.get("bandwidth") or entry.get("bandwidth")
    return float(entry["response"]) if bandwidth is None else response_of_bandwidth(float(bandwidth))
