"""The TOML file of a chamber campaign to `Plots`."""

import re
from collections.abc import Iterator
from os import PathLike
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from fluxkit.chamber.campaign.models import Plots
from fluxkit.errors import ConfigError
from fluxkit.site.complaints import with_suggestion
from fluxkit.site.lines import Path as KeyPath
from fluxkit.site.lines import line_numbers, line_of
from fluxkit.site.nearest import did_you_mean
from fluxkit.site.toml.explain import expected, value_at
from fluxkit.site.toml.loading import located, parse, text_of


def load(path: str | PathLike[str]) -> Plots:
    """Read and check the configuration of a chamber campaign.

    Parameters
    ----------
    path : path
        A TOML file; patterns in it stay as written, relative to its folder.

    Raises
    ------
    ConfigError
        The file is not there, is not TOML, or something in it is missing, unknown or not allowed. Lists
        everything that was found, each with line and key.
    """
    path = located(path)
    return loads(text_of(path, "fluxkit init --chamber"), source=str(path))


def loads(text: str, source: str = "<text>") -> Plots:
    """Check a configuration given as TOML text; ``source`` names it in errors. See `load`."""
    data = parse(text, source)
    lines = line_numbers(text)
    try:
        return Plots.model_validate(data)
    except ValidationError as error:
        found = [(_plain(d["loc"]), d) for d in error.errors(include_url=False)]
    found.sort(key=lambda item: line_of(item[0], lines) or 0)
    raise ConfigError(source, _once(_placed(path, d, data, lines) for path, d in found))


def _once(sentences: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(sentences))


def _placed(path: KeyPath, detail: ErrorDetails, data: dict[str, Any], lines: dict[KeyPath, int]) -> str:
    line = line_of(path, lines)
    place = f"line {line}: " if line is not None else ""
    name = f"{_key_name(path, data)}: " if path else ""
    return f"{place}{name}{_sentence(path, detail, data)}"


def _key_name(path: KeyPath, data: dict[str, Any]) -> str:
    parts = [str(part) for part in path]
    if path[:1] == ("analysers",) and len(path) > 1:
        name = value_at((*path[:2], "name"), data)
        parts[:2] = [f"analysers.{name}" if isinstance(name, str) else f"analysers[{int(path[1]) + 1}]"]
    return ".".join(parts)


def _plain(loc: tuple[int | str, ...]) -> KeyPath:
    """Remove the names of union branches that pydantic puts behind a location."""
    path: KeyPath = ()
    for part in loc:
        if _is_scalar(path):
            break
        path = (*path, part)
    return path


def _sentence(path: KeyPath, detail: ErrorDetails, data: dict[str, Any]) -> str:
    field = _field_at(path)
    kind = detail["type"]
    if kind == "value_error":
        return with_suggestion(detail["msg"].removeprefix("Value error, "))
    if kind == "extra_forbidden":
        model = _model_at(path[:-1])
        known = list(model.model_fields) if model else []
        return (
            f"unknown key {path[-1]!r}{did_you_mean(str(path[-1]), known) or ';'} known: {', '.join(known)}"
        )
    if kind == "missing":
        if len(path) == 1:
            return (
                f"missing; add a table [{path[0]}]"
                if path[0] != "analysers"
                else "missing; add [[analysers]]"
            )
        return f"missing; give {expected(field)}" if field else "missing"
    value = value_at(path, data)
    if field is None:
        return f"found {value!r}; allowed: {detail['msg'].removeprefix('Input should be ')}"
    hint = ""
    if kind == "literal_error" and isinstance(value, str):
        hint = did_you_mean(value, re.findall(r"'([^']*)'", detail["msg"]))
    return f"found {value!r}{hint.rstrip('?')}; allowed: {expected(field)}"


def _model_at(path: KeyPath) -> type[BaseModel] | None:
    """Return the model of the table at a key path, also inside lists and dictionaries of tables."""
    kind: Any = Plots
    for key in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(key))
            kind = _inner(field.annotation) if field else None
        elif get_origin(kind) in (list, dict):
            kind = get_args(kind)[-1]
        else:
            return None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _inner(annotation: Any) -> Any:
    """Return the table of an annotation that admits None too."""
    tables = [part for part in get_args(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
    return tables[0] if tables and get_origin(annotation) not in (list, dict) else annotation


def _field_at(path: KeyPath) -> FieldInfo | None:
    model = _model_at(path[:-1]) if path else None
    return model.model_fields.get(str(path[-1])) if model else None


def _is_scalar(path: KeyPath) -> bool:
    field = _field_at(path)
    return field is not None and _model_at(path) is None and get_origin(field.annotation) not in (list, dict)
