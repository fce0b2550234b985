"""Presets: one word that sets all methods at once.

What a user writes beside the preset wins over it.
"""

from typing import Any

#: Differences from the models' defaults, by section.
PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "fluxkit": {},
    "eddypro-6": {
        "condition": {"precision": "float32", "cross_wind": "none"},
        "decide": {
            "arithmetic": "eddypro-6",
            "high_frequency": "moncrieff-1997",
            "footprint": "kljun-2004",
        },
    },
    "icos": {
        "condition": {"despiking": "mauder-2013"},
        "schemes": {"rotation": ["double", "wilczak-2001"], "detrending": ["block", "linear"]},
    },
}


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
