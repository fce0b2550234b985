"""What is wrong with a configuration, in sentences: key path, what was found, what is allowed."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from fluxkit.site.lines import Path, line_of
from fluxkit.site.models import unit_problems
from fluxkit.site.nearest import did_you_mean
from fluxkit.site.sections.gases import is_gas, unknown_variable
from fluxkit.site.sections.instruments import models
from fluxkit.site.sections.reading import SONIC_VARIABLES, VARIABLES, Column, lacking_for_names
from fluxkit.site.toml.explain import KINDS, expected, field_at, model_at, scalar_types, value_at

#: Messages of our own validators that are about one key of the table they check.
_KEY_OF = {"unknown unit": "unit", "unknown model": "model", "period must": "period"}
_LISTED = re.compile(r"unknown [\w ]+ '(?P<word>[^']*)'.*?(?=; known: (?P<known>.*))")


def complaints(error: ValidationError | None, data: dict[str, Any], lines: dict[Path, int]) -> list[str]:
    """Turn a failed validation into sentences, in the order of the file.

    Parameters
    ----------
    error : pydantic.ValidationError or None
        What pydantic found.
    data : dict
        The configuration as read.
    lines : dict
        Line of each key, from `fluxkit.site.lines.line_numbers`.
    """
    found: dict[Path, list[str]] = {}
    for detail in error.errors(include_url=False) if error else ():
        path = _plain(detail["loc"], data)
        for where, sentence in _sentences(detail, path, data):
            known = found.setdefault(where, [])
            if sentence not in known:
                known.append(sentence)
    for where, sentence in (*_disguised(data), *(_early(data) if error else ())):
        found.setdefault(where, [sentence])
    ordered = sorted(found.items(), key=lambda item: line_of(item[0], lines) or 0)
    return [_placed(path, s, data, lines) for path, sentences in ordered for s in sentences]


def key_name(path: Path, data: dict[str, Any]) -> str:
    """Return a key path as a user would write it: ``station.latitude``, ``instruments.irga.height``."""
    parts = [str(part) for part in path]
    if path[:1] == ("instruments",) and len(path) > 1:
        name = value_at((*path[:2], "id"), data)
        number = f"instruments[{int(path[1]) + 1}]"
        parts[:2] = [f"instruments.{name}" if isinstance(name, str) and name else number]
    if path[:1] in (("calibration",), ("changes",)) and len(path) > 1:
        parts[:2] = [f"{path[0]}[{int(path[1]) + 1}]"]
    return ".".join(parts)


def _placed(path: Path, sentence: str, data: dict[str, Any], lines: dict[Path, int]) -> str:
    line = line_of(path, lines)
    place = f"line {line}: " if line is not None else ""
    name = f"{key_name(path, data)}: " if path else ""
    return f"{place}{name}{sentence}"


def _plain(loc: tuple[int | str, ...], data: dict[str, Any]) -> Path:
    """Remove the names of union branches that pydantic puts into a location."""
    path: Path = ()
    for part in loc:
        if len(path) == 2 and path[0] == "instruments" and part in KINDS:
            continue
        if path and field_at(path, data) is not None and part in ("str", "int", "list[str]"):
            break
        path = (*path, part)
    return path


def _sentences(detail: ErrorDetails, path: Path, data: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    kind = detail["type"]
    if kind == "value_error":
        yield from _own(detail["msg"].removeprefix("Value error, "), path)
    elif kind.startswith("union_tag"):
        yield _kind(path, data)
    else:
        yield path, _PHRASES.get(kind, _wrong)(path, detail, data)


def _own(message: str, path: Path) -> Iterator[tuple[Path, str]]:
    for sentence in message.split("\n"):
        if sentence.startswith("file_time = 'name' needs"):
            continue  # `_early` says it key by key
        where = path
        if not path and (named := re.match(r"(columns\.\S+|changes\[\d+\]\S*|\w+): ", sentence)):
            where = _path_of(named[1])
            sentence = sentence[named.end() :]
        for start, key in _KEY_OF.items():
            if sentence.startswith(start):
                where = (*where, key)
        yield where, with_suggestion(sentence)


def _path_of(name: str) -> Path:
    """Key path of a name as `key_name` writes it; entries of lists by their number."""
    first, *rest = name.split(".")
    table, bracket, number = first.removesuffix("]").partition("[")
    return (table, int(number) - 1, *rest) if bracket else (first, *rest)


def with_suggestion(sentence: str) -> str:
    """Insert "did you mean" into a sentence of the form ``unknown x 'y'...; known: a, b``."""
    match = _LISTED.search(sentence)
    if match is None or "did you mean" in sentence:
        return sentence
    hint = did_you_mean(match["word"], match["known"].split(", "))
    return sentence[: match.end()] + hint.rstrip("?") + sentence[match.end() :] if hint else sentence


def _kind(path: Path, data: dict[str, Any]) -> tuple[Path, str]:
    allowed = " or ".join(repr(kind) for kind in KINDS)
    kind = value_at((*path, "kind"), data)
    if kind is None:
        return (*path, "kind"), f"missing; say {allowed}"
    return (*path, "kind"), f"found {kind!r}; allowed: {allowed}"


def _missing(path: Path, _: ErrorDetails, data: dict[str, Any]) -> str:
    if len(path) == 1:
        table = "[[instruments]]" if path[0] == "instruments" else f"[{path[0]}]"
        return f"missing; add a table {table}"
    kind = value_at((*path[:-1], "kind"), data)
    if path[-1] == "model" and kind in KINDS:
        return f"missing; give one of {', '.join(models(kind))}"
    field = field_at(path, data)
    return f"missing; give {expected(field)}" if field else "missing"


def _unknown(path: Path, _: ErrorDetails, data: dict[str, Any]) -> str:
    model = model_at(path[:-1], data)
    known = list(model.model_fields) if model else []
    word = str(path[-1])
    hint = did_you_mean(word, known)
    return f"unknown key {word!r}{hint or ';'} known here: {', '.join(known)}"


def _wrong(path: Path, detail: ErrorDetails, data: dict[str, Any]) -> str:
    value = value_at(path, data)
    field = field_at(path, data)
    if field is None:
        allowed = "two numbers, [low, high]" if "limits" in path else _allowed(detail["msg"])
        return f"found {value!r}; allowed: {allowed}"
    hint = ""
    if detail["type"] == "literal_error" and isinstance(value, str):
        hint = did_you_mean(value, re.findall(r"'([^']*)'", detail["msg"]))
    if detail["type"] == "string_pattern_mismatch":
        hint = "; use letters, digits, - and _, beginning with a letter or digit"
    return f"found {value!r}{hint.rstrip('?')}; allowed: {expected(field)}"


def _not_table(path: Path, _: ErrorDetails, data: dict[str, Any]) -> str:
    model = model_at(path, data)
    keys = f" with the keys {', '.join(model.model_fields)}" if model else ""
    return f"found {value_at(path, data)!r}; allowed: a table{keys}"


def _allowed(message: str) -> str:
    return message.removeprefix("Input should be ")


_Phrase = Callable[[Path, ErrorDetails, dict[str, Any]], str]
_PHRASES: dict[str, _Phrase] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "model_type": _not_table,
    "model_attributes_type": _not_table,
}


def _disguised(data: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Find true/false and quoted numbers where a number belongs: pydantic would let them pass."""
    for path, value in _leaves(data):
        field = field_at(path, data)
        types = scalar_types(field.annotation) if field else set()
        if field is None or not types & {int, float} or type(value) in types:
            continue
        if isinstance(value, bool):
            yield path, f"found {str(value).lower()}; allowed: {expected(field)}"
        elif isinstance(value, str):
            yield path, f"found the text {value!r}; allowed: {expected(field)}, without quotes"


def _leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _early(data: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Check what the models check only once all else is right, so that it is said at once."""
    raw = data.get("raw")
    if isinstance(raw, dict) and raw.get("file_time") == "name":
        for key in lacking_for_names(raw):
            yield ("raw", key), "missing; file_time = 'name' needs it"
    columns = data.get("columns")
    if not isinstance(columns, dict):
        return
    for name in SONIC_VARIABLES:
        if name not in columns:
            yield ("columns", name), "missing; eddy covariance needs u, v, w and t_sonic"
    for name, given in columns.items():
        if name not in VARIABLES and not is_gas(name, data.get("gas", {})):
            yield ("columns", name), unknown_variable(name)
            continue
        try:
            column = Column.model_validate(given)
        except ValidationError:
            continue  # already reported
        for problem in unit_problems(name, column):
            key, _, sentence = problem.partition(": ")
            yield ("columns", name, key), sentence
