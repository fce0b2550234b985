"""What models expect at a key path, and what a failed validation found there instead: for any pydantic model.

Nothing here knows a station from a chamber campaign: the models are walked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from fluxkit.site.sections.strict import ConfigProblem, KeysOf, OneOf, Path, ProblemsError, did_you_mean

_PLAIN: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    list: "a list",
    dict: "a table",
    datetime: "a time such as 2024-05-02T10:00:00Z",
    date: "a day such as 2024-05-02",
}
_IDENTIFIER = "use letters, digits, - and _, beginning with a letter or digit"


@dataclass(frozen=True)
class ExpectedValue:
    """What the models expect at one key path."""

    annotation: Any  #: type, with its metadata
    description: str = ""

    @classmethod
    def of(cls, field: FieldInfo) -> "ExpectedValue":
        """Return the place of a field of a model."""
        made = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        return cls(made, field.description or "")

    @property
    def alternatives(self) -> tuple[tuple[Any, tuple[Any, ...]], ...]:
        """The types that are allowed, each with its metadata; None is left out."""
        return tuple(_alternatives(self.annotation, ()))

    @property
    def models(self) -> tuple[type[BaseModel], ...]:
        """The models of tables that are allowed."""
        return tuple(kind for kind, _ in self.alternatives if _is_model(kind))

    def model_for(self, value: Any) -> type[BaseModel] | None:
        """Return the model of a table: the only one, or the one whose ``kind`` it names."""
        if len(self.models) == 1:
            return self.models[0]
        for model in self.models if isinstance(value, dict) else ():
            tag = model.model_fields.get("kind")
            if tag is not None and value.get("kind") in choices(tag.annotation):
                return model
        return None

    def inner(self, key: str | int, value: Any) -> "ExpectedValue | None":
        """Return what is expected at a key or position of ``value``, or None if nothing describes it."""
        for kind, metadata in self.alternatives:
            for marker in metadata:
                if isinstance(marker, KeysOf) and key in marker.fields:
                    found = ExpectedValue.of(marker.fields[str(key)])
                    made = list[found.annotation] if marker.listed else found.annotation | Literal[False]  # type: ignore[name-defined]
                    return ExpectedValue(made, found.description)
            origin, inner = get_origin(kind), get_args(kind)
            if isinstance(key, int) and origin is list:
                return ExpectedValue(inner[0], self.description)
            if isinstance(key, int) and origin is tuple and key < len(inner):
                return ExpectedValue(inner[key], self.description)
            if isinstance(key, str) and origin is dict and inner[1] is not Any:
                return ExpectedValue(inner[1], self.description)
        model = self.model_for(value)
        field = model.model_fields.get(str(key)) if model else None
        return ExpectedValue.of(field) if field else None

    def keys_for(self, value: Any) -> tuple[str, tuple[str, ...]] | None:
        """Return what the keys of a table are called and which are known, or None if any will do."""
        for kind, metadata in self.alternatives:
            for marker in metadata:
                if isinstance(marker, KeysOf):
                    return "key", tuple(marker.fields)
            if get_origin(kind) is dict:
                key = ExpectedValue(get_args(kind)[0])
                for marker in (m for _, markers in key.alternatives for m in markers if isinstance(m, OneOf)):
                    return marker.what, marker.known
                return ("key", choices(key.annotation)) if choices(key.annotation) else None
        model = self.model_for(value)
        return ("key", tuple(model.model_fields)) if model else None

    @property
    def allowed(self) -> str:
        """What is allowed: ``a number from -90 to 90 (degrees north)``."""
        allowed = " or ".join(dict.fromkeys(_phrase(kind, metadata) for kind, metadata in self.alternatives))
        return f"{allowed} ({self.description})" if self.description else allowed


def place_at(path: Path, root: type[BaseModel], data: Any) -> ExpectedValue | None:
    """Return what a model expects at a key path, or None if nothing describes it.

    Parameters
    ----------
    path : tuple
        Keys; positions in lists from 0.
    root : type
        Model of the whole configuration.
    data : dict
        The configuration as read: names the kind of a table where several are allowed.
    """
    place: ExpectedValue | None = ExpectedValue(root)
    for key in path:
        place = place.inner(key, data) if place else None
        data = _child(data, key)
    return place


def value_at(path: Path, data: Any) -> Any:
    """Return what the configuration holds at a key path, or None."""
    for key in path:
        data = _child(data, key)
    return data


def choices(annotation: Any) -> tuple[Any, ...]:
    """Return the values of a Literal inside an annotation, or ()."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(value for part in get_args(annotation) for value in choices(part))


def problems_of(error: ValidationError, root: type[BaseModel], data: Any) -> Iterator[ConfigProblem]:
    """Yield what a failed validation found, each problem once.

    Parameters
    ----------
    error : pydantic.ValidationError
        Of ``root``.
    root : type
        The model.
    data : dict
        What was validated.
    """
    found = dict.fromkeys(unknown_keys(root, data))
    for detail in error.errors(include_url=False):
        path = _plain(detail, root, data)
        found |= dict.fromkeys(_problems(detail, path, root, data))
    yield from found


def unknown_keys(root: type[BaseModel], data: Any) -> Iterator[ConfigProblem]:
    """Find keys that their tables do not have, also where other mistakes keep pydantic from looking."""
    for path, table in _tables(data):
        place = place_at(path, root, data)
        keys = place.keys_for(table) if place else None
        if keys is not None:
            yield from (unknown_key((*path, key), *keys) for key in table if key not in keys[1])


def disguised(root: type[BaseModel], data: Any) -> Iterator[ConfigProblem]:
    """Find true, false and quoted numbers where a number belongs, which pydantic would convert."""
    for path, value in _leaves(data):
        place = place_at(path, root, data) if isinstance(value, bool | str) else None
        kinds = {kind for kind, _ in place.alternatives} if place else set()
        if place is None or not kinds & {int, float} or type(value) in kinds or _written_as_text(place):
            continue
        if isinstance(value, bool):
            if not any(value is choice for choice in choices(place.annotation)):
                yield ConfigProblem(path, f"found {shown(value)}; allowed: {place.allowed}")
        elif value not in choices(place.annotation):
            yield ConfigProblem(path, f"found the text {value!r}; allowed: {place.allowed}, without quotes")


def shown(value: Any) -> str:
    """Return a value as a message shows it."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _child(data: Any, key: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(key)
    inside = isinstance(data, list | tuple) and isinstance(key, int) and key < len(data)
    return data[key] if inside else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _alternatives(annotation: Any, metadata: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        flat = [m for x in more for m in (x.metadata if isinstance(x, FieldInfo) else [x])]
        yield from _alternatives(inner, (*metadata, *flat))
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _alternatives(part, metadata)
    elif annotation is not type(None):
        yield annotation, metadata


def _phrase(kind: Any, metadata: tuple[Any, ...]) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    for marker in metadata:
        if isinstance(marker, OneOf):
            return "one of " + ", ".join(marker.known)
        if allowed := getattr(marker, "allowed", ""):
            return str(allowed)
    if origin is Literal:
        message = ", ".join(shown(value) for value in inner)
        return f"one of {message}" if len(inner) > 1 else message
    if origin is tuple:
        return "two numbers, [low, high]" if len(inner) == 2 else f"{len(inner)} numbers in a list"
    if origin is list and choices(kind):
        return "a list of " + ", ".join(repr(value) for value in choices(kind))
    if _is_model(kind):
        return f"a table with the keys {', '.join(kind.model_fields)}"
    return _PLAIN.get(origin or kind, "another value") + _range(metadata)


def _range(metadata: tuple[Any, ...]) -> str:
    limits = {
        name: bound
        for marker in metadata
        for name in ("ge", "gt", "le", "lt")
        if (bound := getattr(marker, name, None)) is not None
    }
    if "ge" in limits and "le" in limits:
        return f" from {limits['ge']:g} to {limits['le']:g}"
    terms = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    found = [f"{terms[name]} {limits[name]:g}" for name in terms if name in limits]
    return " " + " and ".join(found) if found else ""


def _written_as_text(place: ExpectedValue) -> bool:
    """Whether a number is written as a text with its unit."""
    return any(getattr(marker, "allowed", "") for _, metadata in place.alternatives for marker in metadata)


def _tables(data: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(data, dict):
        yield path, data
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(value, dict | list):
            yield from _tables(value, (*path, key))


def _leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _plain(detail: ErrorDetails, root: type[BaseModel], data: Any) -> Path:
    """Return the key path of an error: its location without pydantic's names of a union's branches."""
    path: Path = ()
    place: ExpectedValue | None = ExpectedValue(root)
    for part in detail["loc"]:
        model = place.model_for(data) if place else None
        absent = model is not None and part in model.model_fields
        inside = part in data if isinstance(data, dict) else isinstance(part, int) and isinstance(data, list)
        if inside or absent:
            path = (*path, part)
            place = place.inner(part, data) if place else None
            data = _child(data, part)
        elif place is None or len(place.models) < 2:
            break  # what follows tells which branch failed, and how
    return path


def _problems(detail: ErrorDetails, path: Path, root: type[BaseModel], data: Any) -> Iterator[ConfigProblem]:
    kind = detail["type"]
    if kind == "extra_forbidden" or detail["loc"][-1:] == ("[key]",):
        return  # `unknown_keys` finds all, not only those that pydantic comes to
    if kind == "value_error":
        error = detail["ctx"]["error"]
        given = error.problems if isinstance(error, ProblemsError) else (ConfigProblem((), str(error)),)
        yield from (problem.within(*path) for problem in given)
    elif kind.startswith("union_tag"):
        yield _kind(path, place_at(path, root, data), value_at((*path, "kind"), data))
    else:
        place = place_at(path, root, data)
        yield (
            _missing(path, place) if kind == "missing" else _wrong(path, detail, place, value_at(path, data))
        )


def unknown_key(path: Path, what: str, known: tuple[str, ...]) -> ConfigProblem:
    """Return the problem of a key that is not one of those known."""
    return ConfigProblem(path, f"unknown {what} {path[-1]!r}", known, str(path[-1]))


def _kind(path: Path, place: ExpectedValue | None, found: Any) -> ConfigProblem:
    fields = [model.model_fields["kind"] for model in place.models] if place else []
    known = [str(value) for field in fields for value in choices(field.annotation)]
    allowed = " or ".join(repr(word) for word in known)
    if found is None:
        return ConfigProblem((*path, "kind"), f"missing; give {allowed}")
    return ConfigProblem((*path, "kind"), f"found {shown(found)}; allowed: {allowed}")


def _missing(path: Path, place: ExpectedValue | None) -> ConfigProblem:
    if place is None:
        return ConfigProblem(path, "missing")
    if len(path) > 1:
        return ConfigProblem(path, f"missing; give {place.allowed}")
    tables = get_origin(place.alternatives[0][0]) is list
    return ConfigProblem(
        path, f"missing; add a table [[{path[0]}]]" if tables else f"missing; add a table [{path[0]}]"
    )


def _wrong(path: Path, detail: ErrorDetails, place: ExpectedValue | None, value: Any) -> ConfigProblem:
    if place is None:
        return ConfigProblem(
            path, f"found {shown(value)}; allowed: {detail['msg'].removeprefix('Input should be ')}"
        )
    if detail["type"] == "string_pattern_mismatch":
        return ConfigProblem(path, f"found {shown(value)}; {_IDENTIFIER}; allowed: {place.allowed}")
    hint = _hint(value, place)
    return ConfigProblem(path, f"found {shown(value)}{hint or ';'} allowed: {place.allowed}")


def _hint(value: Any, place: ExpectedValue) -> str:
    if not isinstance(value, str):
        return ""
    return did_you_mean(value, [word for word in choices(place.annotation) if isinstance(word, str)])
