"""The configuration of one station: its tables with a preset filled in, and checked against one another.

A TOML file and a Python user build the same objects. Every model is frozen and refuses unknown keys. Lengths
are in metres, times in seconds, angles in degrees unless the key's name or description gives another unit.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import ValidationError, model_validator

from fluxkit.errors import ConfigError
from fluxkit.site.checks import problems
from fluxkit.site.expected import disguised, problems_of
from fluxkit.site.sections.strict import ProblemsError, dotted
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

    def with_decisions(self, given: Mapping[str, Any] | None = None, /, **decisions: Any) -> Self:
        """Return this site with other settings of ``[decide]``, checked as a file is.

        Parameters
        ----------
        given : mapping, optional
            Keys with dots, such as ``{"time_lag.search.co2": [0, 2]}``.
        **decisions
            Keys of ``[decide]``. A dict changes only the keys that it has.

        Returns
        -------
        Site
            The others of its settings are those of this one.

        Raises
        ------
        ConfigError
            A key is unknown or a value is not allowed; says the nearest one.

        Examples
        --------
        >>> import fluxkit as fk
        >>> site = fk.load("data_samples/open_path/site.toml")
        >>> site.with_decisions(rotation="triple", lag="constant").decide.rotation
        'triple'
        >>> site.with_decisions({"time_lag.search.co2": [0, 2]}).decide.time_lag.search
        {'co2': (0.0, 2.0)}
        >>> site.with_decisions(rotations="triple")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        fluxkit.errors.ConfigError: decisions: decide.rotations: unknown key 'rotations'; did you mean ...
        """
        data = self.model_dump()
        for key, value in (dict(given or {}) | decisions).items():
            _put(data["decide"], key.removeprefix("decide.").split("."), value)
        site, found = None, []
        try:
            site = type(self).model_validate(data)
        except ValidationError as error:
            found = list(problems_of(error, type(self), data))
        refused = {problem.path for problem in found}
        found += [problem for problem in disguised(type(self), data) if problem.path not in refused]
        if site is None or found:
            sentences = (f"{dotted(problem.path)}: {problem.sentence}" for problem in found)
            raise ConfigError("decisions", list(dict.fromkeys(sentences)))
        return site


def _put(table: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    """Set a key of nested tables; a table keeps the keys that a given one does not have."""
    key, *rest = keys
    if rest or isinstance(value, Mapping):
        inner = table.get(key)
        inner = table[key] = dict(inner) if isinstance(inner, Mapping) else {}
        for names, each in [(rest, value)] if rest else [([str(k)], v) for k, v in value.items()]:
            _put(inner, names, each)
    else:
        table[key] = value


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
