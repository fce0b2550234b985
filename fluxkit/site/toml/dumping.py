"""A `Site` to a commented TOML file."""

from collections.abc import Iterator
from typing import Any

import tomlkit
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fluxkit.site.expected import choices
from fluxkit.site.models import PRESETS, Site
from fluxkit.site.sections.changes import Change

#: In these sections only settings that differ from the preset are active.
_METHODS = ("condition", "condense", "decide")
_COMMENT_COLUMN = 44


def dump(site: Site) -> str:
    """Return a site as the text of a TOML file, commented.

    Methods that are as the preset sets them are shown as comments; `loads` of the text
    gives an equal site.

    Parameters
    ----------
    site : Site
        The configuration.
    """
    blocks = [
        [f"# Configuration of {site.station.id} for fluxkit. Lengths in metres, angles in degrees."],
        [toml_line("preset", site.preset, f"sets every method that is not set below; {_preset(site)}")],
        ["[station]", *_table(site.station)],
        *(["[[instruments]]", *_table(instrument, unset=False)] for instrument in site.instruments),
        ["[raw]", *_table(site.raw)],
        *(["[[sources]]", *_table(source, unset=False)] for source in site.sources),
        ["[columns]", *_columns(site)],
        *([f"[gas.{name}]", *_table(facts, unset=False)] for name, facts in site.gas.items()),
        *(["[[calibration]]", *_table(calibration, unset=False)] for calibration in site.calibration),
        *(["[[changes]]", *_change(change)] for change in site.changes),
        *([["[biomet]", *_biomet(site)]] if site.biomet.given else []),
        *([f"[{name}]", *_section(site, name)] for name in _METHODS),
        ["[schemes]", *_schemes(site)],
        ["[footprint]", *_settings(site.footprint, type(site.footprint)())],
        *([["[profile]", *_profile(site)]] if site.profile.given else []),
        ["[output]", *_output(site)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def method_lines(section: str, preset: str = "fluxkit") -> list[str]:
    """Return all settings of a section of methods as comments, as a preset sets them."""
    defaults = _defaults(section, preset)
    return list(_settings(defaults, defaults))


def _table(model: BaseModel, *, unset: bool = True) -> Iterator[str]:
    for key, field in type(model).model_fields.items():
        value = getattr(model, key)
        if value is not None:
            yield toml_line(key, value, _comment(key, field, value))
        elif unset:
            yield toml_line(key, None, _comment(key, field, value), active=False)


def _columns(site: Site) -> Iterator[str]:
    yield "# variable = { column = name or position, unit, instrument, quantity, gain, offset, lag }"
    for name, column in site.columns.items():
        given = column.model_dump(exclude_defaults=True)
        yield f"{name} = {toml_value(given)}"


def _change(change: Change) -> Iterator[str]:
    yield toml_line("start", change.start, "values that hold from this averaging period on")
    given = change.model_dump(exclude={"start"}, exclude_none=True)
    yield from (toml_line(f"station.{key}", value) for key, value in given["station"].items())
    for name, table in given["instruments"].items():
        yield from (toml_line(f"instruments.{toml_key(name)}.{key}", value) for key, value in table.items())
    yield from (toml_line(f"raw.{key}", value) for key, value in change.raw.items())
    yield from (toml_line(f"columns.{toml_key(name)}", table) for name, table in change.columns.items())


def _biomet(site: Site) -> Iterator[str]:
    biomet = site.biomet
    for key, field in type(biomet).model_fields.items():
        if key != "columns":
            value = getattr(biomet, key)
            active = value != field.default
            yield toml_line(key, value, _comment(key, field, value), active=active)
    for name, column in biomet.columns.items():
        yield toml_line(f"columns.{name}", column.model_dump(exclude_defaults=True))


def _section(site: Site, name: str) -> Iterator[str]:
    yield from _settings(getattr(site, name), _defaults(name, site.preset))


def _settings(model: BaseModel, defaults: BaseModel) -> Iterator[str]:
    for key, field in type(model).model_fields.items():
        value = getattr(model, key)
        if isinstance(value, BaseModel):
            # Only changed settings: the others would fill the file with what few users ever set.
            lines = _settings(value, getattr(defaults, key))
            yield from (f"{key}.{line}" for line in lines if not line.startswith("#"))
        else:
            yield toml_line(key, value, _comment(key, field, value), active=value != getattr(defaults, key))


def _schemes(site: Site) -> Iterator[str]:
    yield "# key of [decide] = values: all combinations are decided beside [decide] itself"
    preset = PRESETS[site.preset].get("schemes", {})
    for key, values in site.schemes.items():
        yield toml_line(key, values, active=values != preset.get(key))


def _profile(site: Site) -> Iterator[str]:
    for key, value in site.profile.model_dump(exclude_defaults=True).items():
        if key != "columns":
            yield toml_line(key, value, type(site.profile).model_fields[key].description or "")
    for name, columns in site.profile.columns.items():
        yield f"columns.{name} = {toml_value(columns.model_dump(exclude_none=True))}"


def _output(site: Site) -> Iterator[str]:
    for key, field in type(site.output).model_fields.items():
        value = getattr(site.output, key)
        yield toml_line(key, value, _comment(key, field, value), active=value != field.default)


def _defaults(section: str, preset: str) -> BaseModel:
    model: Any = Site.model_fields[section].annotation
    defaults: BaseModel = model(**PRESETS[preset].get(section, {}))
    return defaults


def _comment(key: str, field: FieldInfo, value: object) -> str:
    others = [toml_value(choice) for choice in choices(field.annotation) if choice not in (value, None)]
    parts = [field.description or "", f"or: {', '.join(others)}" if others and key != "kind" else ""]
    return "; ".join(part for part in parts if part)


def _preset(site: Site) -> str:
    return _comment("preset", Site.model_fields["preset"], site.preset)


def toml_value(value: object) -> str:
    """Return a value as TOML on one line; tuples become lists, None inside tables is left out."""
    return tomlkit.item(_plain(value)).as_string()


def toml_key(name: str) -> str:
    """Return a key as TOML, in quotes where it needs them."""
    return tomlkit.key(name).as_string()


def toml_line(key: str, value: object, comment: str = "", *, active: bool = True) -> str:
    """Return one line of a site file: key, value, comment; active, or itself a comment.

    Parameters
    ----------
    key : str
        The key.
    value : object
        Its value; None leaves a place to fill in (only if not active).
    comment : str
        Comment after it.
    active : bool
        Whether the setting is in effect, or only shown as a comment.
    """
    text = f"{key} = {'' if value is None else toml_value(value)}".rstrip()
    line = text if active else f"# {text}"
    return f"{line:<{_COMMENT_COLUMN}}  # {comment}".rstrip() if comment else line


def _plain(value: object) -> object:
    if isinstance(value, dict):
        table = tomlkit.inline_table()
        for key, item in value.items():
            if item is not None:
                table[key] = _plain(item)
        return table
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
