"""The configuration of one station: its tables with a preset filled in, and checked against one another.

A TOML file and a Python user build the same objects. Every model is frozen and refuses unknown keys. Lengths
are in metres, times in seconds, angles in degrees unless the key's name or description gives another unit.
"""

from typing import Any, Self

from pydantic import model_validator

from fluxkit.site.checks import problems
from fluxkit.site.sections.strict import ProblemsError
from fluxkit.site.tables import Tables

#: One word that sets all methods at once: differences from the models' defaults, by section.
PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "fluxkit": {},
    "eddypro-6": {
        "condition": {"precision": "float32", "cross_wind": "none", "frozen": "keep"},
        "decide": {
            "arithmetic": "eddypro-6",
            "high_frequency": "moncrieff-1997",
            "sorption": "none",
            "footprint": "kljun-2004",
            "vapour_neighbour_hours": 0.0,
        },
    },
    "icos": {
        "condition": {"despiking": "mauder-2013"},
        "decide": {"high_frequency": "fratini-2012", "lag": "humidity-classes"},
        "schemes": {"rotation": ["double", "wilczak-2001"], "detrending": ["block", "linear"]},
    },
}


class Site(Tables):
    """One station: what stands there, what its files hold, and what to do with them."""

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, data: Any) -> Any:
        return fill_preset(data) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        found = problems(self)
        if found:
            raise ProblemsError(*found)
        return self


def fill_preset(data: dict[str, Any]) -> dict[str, Any]:
    """Return ``data`` with the settings of its preset filled in where the user gave none."""
    preset = data.get("preset", "fluxkit")
    table = PRESETS.get(preset, {}) if isinstance(preset, str) else {}
    filled = dict(data)
    for section, settings in table.items():
        given = filled.get(section, {})
        if isinstance(given, dict):
            filled[section] = settings | given
    return filled
