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
    wind_direction_offset: float  #: added to the north offset [deg]
    axis_rotation: float  #: of u, v when the offset refers to an axis [deg]


@cache
def table() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the table: kind -> model -> entries."""
    return tomllib.loads(resources.files("fluxkit.site").joinpath("instruments.toml").read_text())


def models(kind: str) -> tuple[str, ...]:
    """Return the names that ``model`` may have for a kind of instrument."""
    return tuple(table()[kind]) + GENERIC[kind]


def require(kind: str, model: str, given: dict[str, Any]) -> None:
    """Raise ValueError if the model is unknown, or generic without its geometry."""
    if model not in models(kind):
        raise ValueError(f"unknown model {model!r}; known: {', '.join(models(kind))}")
    if model in GENERIC[kind]:
        lacking = [k for k in ("path_length", "path_horizontal", "response_time") if given.get(k) is None]
        if lacking:
            raise ValueError(f"a generic {kind.replace('_', ' ')} needs {', '.join(lacking)}")


def geometry(kind: str, model: str, given: dict[str, Any]) -> Geometry:
    """Return a sensor's geometry: what the user gave, else the table's."""
    entry = table()[kind].get(model, {})

    def pick(key: str, column: str) -> float:
        value = given.get(key)
        return float(entry[column] if value is None else value)

    return Geometry(
        path=pick("path_length", "path"),
        horizontal=pick("path_horizontal", "horizontal"),
        response=pick("response_time", "response"),
        closed=bool(entry.get("closed", model == "generic-closed")),
        wind_direction_offset=float(entry.get("wind_direction_offset", 0.0)),
        axis_rotation=float(entry.get("axis_rotation", 0.0)),
    )
