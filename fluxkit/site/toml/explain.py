"""What the models expect at a key path, in words: for error messages and commented files."""

from collections.abc import Iterator
from datetime import date, datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from fluxkit.site.lines import Path
from fluxkit.site.models import Site
from fluxkit.site.sections.calibration import Calibration
from fluxkit.site.sections.changes import Change, InstrumentChange, StationChange
from fluxkit.site.sections.equipment import GasAnalyser, Sonic
from fluxkit.site.sections.gases import Gas
from fluxkit.site.sections.reading import Column, LagWindow

KINDS: dict[str, type[BaseModel]] = {"sonic": Sonic, "gas_analyser": GasAnalyser}

_COLUMN: dict[int, type[BaseModel]] = {2: Column, 3: LagWindow}

_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    list: "a list",
    dict: "a table",
    tuple: "a list [low, high]",
    datetime: "a time such as 2024-05-02T10:00:00Z",
    date: "a day such as 2024-05-02",
}


def model_at(path: Path, data: Any) -> type[BaseModel] | None:
    """Return the model of the table at a key path, or None if no model describes it.

    Parameters
    ----------
    path : tuple
        Keys; list positions from 0.
    data : dict
        The configuration as read: says of which kind an instrument is.
    """
    if not path:
        return Site
    if path[0] == "columns":
        return _COLUMN.get(len(path))
    if path[0] == "gas":
        return Gas if len(path) == 2 else None
    if path[0] == "instruments":
        kind = value_at((*path[:2], "kind"), data)
        return KINDS.get(kind) if len(path) == 2 and isinstance(kind, str) else None
    if path[0] == "calibration":
        return Calibration if len(path) == 2 else None
    if path[0] == "changes":
        return _of_change(path)
    model: type[BaseModel] | None = Site
    for key in path:
        field = model.model_fields.get(str(key)) if model else None
        model = table_of(field) if field else None
    return model


def _of_change(path: Path) -> type[BaseModel] | None:
    """Return the model of a table inside [[changes]]."""
    if len(path) == 4 and path[2] == "instruments":
        return InstrumentChange
    if len(path) == 3 and path[2] == "station":
        return StationChange
    return Change if len(path) == 2 else None


def table_of(field: FieldInfo) -> type[BaseModel] | None:
    """Return the model of a field that is a table itself, else None."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def field_at(path: Path, data: Any) -> FieldInfo | None:
    """Return the field at a key path, or None if there is none."""
    model = model_at(path[:-1], data) if path else None
    return model.model_fields.get(str(path[-1])) if model else None


def value_at(path: Path, data: Any) -> Any:
    """Return what the configuration holds at a key path, or None."""
    for key in path:
        if isinstance(data, list):
            data = dict(enumerate(data))
        if not isinstance(data, dict) or key not in data:
            return None
        data = data[key]
    return data


def scalar_types(annotation: Any) -> set[type]:
    """Return the plain types (bool, int, float, str, list, ...) that an annotation admits."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return scalar_types(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return set().union(*(scalar_types(part) for part in get_args(annotation)))
    if origin is Literal:
        return {type(value) for value in get_args(annotation)}
    if origin is not None:
        return {origin}
    return {annotation} if isinstance(annotation, type) else set()


def choices(annotation: Any) -> tuple[Any, ...]:
    """Return the values of a Literal inside an annotation, or ()."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(value for part in get_args(annotation) for value in choices(part))


def expected(field: FieldInfo) -> str:
    """Return what a field admits, in words: ``a number from -90 to 90 (degrees north)``."""
    values = choices(field.annotation)
    if values:
        words = "one of " + ", ".join(repr(value) for value in values)
    else:
        types = scalar_types(field.annotation)
        words = " or ".join(word for kind, word in _WORDS.items() if kind in types)
        words += _range(_constraints(field))
    return f"{words} ({field.description})" if field.description else words


def _constraints(field: FieldInfo) -> dict[str, float]:
    limits: dict[str, float] = {}
    for source in (*field.metadata, *_metadata(field.annotation)):
        for name in ("ge", "gt", "le", "lt"):
            bound = getattr(source, name, None)
            if bound is not None:
                limits[name] = bound
    return limits


def _metadata(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        for extra in get_args(annotation)[1:]:
            yield from extra.metadata if isinstance(extra, FieldInfo) else (extra,)
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _metadata(part)


def _range(limits: dict[str, float]) -> str:
    if "ge" in limits and "le" in limits:
        return f" from {limits['ge']:g} to {limits['le']:g}"
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    found = [f"{words[name]} {limits[name]:g}" for name in words if name in limits]
    return " " + " and ".join(found) if found else ""
