"""Every table of both kinds of files answers alike: line, key, what was found, what is allowed.

The models are walked, so that a new section is covered by itself.
"""

import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import pytest
import tomlkit
from pydantic import BaseModel

from fluxkit.chamber.campaign import loading as plots_loading
from fluxkit.chamber.campaign.models import Plots
from fluxkit.errors import ConfigError
from fluxkit.site.checks.columns import _BY_VARIABLE
from fluxkit.site.expected import ExpectedValue, choices
from fluxkit.site.models import Site
from fluxkit.site.sections.strict import KeysOf, OneOf, Path
from fluxkit.site.toml import loading as site_loading
from fluxkit.site.toml.dumping import dump
from fluxkit.site.toml.explain import key_name
from tests.tower.mast import make_site

LOADS = {Site: site_loading.loads, Plots: plots_loading.loads}


def walk(place: ExpectedValue, path: Path = (), kinds: tuple[tuple[Path, str], ...] = ()) -> Iterator[tuple]:
    """Yield each place below one: path, place, and the ``kind`` that tables on the way need."""
    if len(place.models) < 2:
        yield path, place, kinds
    for kind, metadata in place.alternatives:
        markers = [m for m in metadata if isinstance(m, KeysOf)]
        origin, inner = get_origin(kind), get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from walk_model(kind, path, kinds)
        elif markers:
            for key in markers[0].model.model_fields:
                yield from walk(place.inner(key, {}), (*path, key), kinds)
        elif origin is list:
            yield from walk(place.inner(0, []), (*path, 0), kinds)
        elif origin is tuple:
            yield from walk(place.inner(1, []), (*path, 1), kinds)
        elif origin is dict and inner[1] is not Any:
            key = next(iter(words_of(inner[0])), "u")
            yield from walk(place.inner(key, {}), (*path, key), kinds)


def words_of(key: Any) -> tuple[str, ...]:
    """Return the names that keys of a table may have, () if any will do."""
    marked = [
        m.known for _, metadata in ExpectedValue(key).alternatives for m in metadata if isinstance(m, OneOf)
    ]
    return marked[0] if marked else choices(key)


def walk_model(model: type[BaseModel], path: Path, kinds: tuple) -> Iterator[tuple]:
    tag = model.model_fields.get("kind")
    if tag is not None and len(choices(tag.annotation)) == 1:
        kinds = (*kinds, ((*path, "kind"), choices(tag.annotation)[0]))
        yield path, ExpectedValue(model), kinds
    for key, field in model.model_fields.items():
        yield from walk(ExpectedValue.of(field), (*path, key), kinds)


def with_value(path: Path, value: Any, data: Any = None) -> Any:
    """Return nested tables and lists in which a value stands at a path; lists are filled up with it."""
    if not path:
        return value
    if isinstance(path[0], int):
        return [with_value(path[1:], value)] * (path[0] + 1)
    return {**(data or {}), path[0]: with_value(path[1:], value, (data or {}).get(path[0]))}


def told(root: type[BaseModel], path: Path, value: Any, kinds: tuple) -> tuple[list[str], str]:
    """Return what loading a file with a value at a path says, and the name of the path."""
    data = with_value(path, value)
    for (*table, key), kind in kinds:
        inner = data
        for part in table:
            inner = inner[part]
        inner[key] = kind
    with pytest.raises(ConfigError) as caught:
        LOADS[root](tomlkit.dumps(data))
    return caught.value.problems, key_name(path, data)


def numbers(root: type[BaseModel]) -> list[Any]:
    found = {}
    for path, place, kinds in walk(ExpectedValue(root)):
        plain = {kind for kind, _ in place.alternatives}
        if plain & {int, float} and not plain & {str, bool}:
            found[path, kinds] = place
    return [pytest.param(root, *key, place, id=".".join(map(str, key[0]))) for key, place in found.items()]


def tables(root: type[BaseModel]) -> list[Any]:
    found = {}
    for path, place, kinds in walk(ExpectedValue(root)):
        marked = [m for _, metadata in place.alternatives for m in metadata if isinstance(m, KeysOf)]
        for fields in (*(model.model_fields for model in place.models), *(m.fields for m in marked)):
            found[path, kinds, max(fields, key=len)] = None
    return [pytest.param(root, *key, id=".".join(map(str, key[0])) or "outermost") for key in found]


@pytest.mark.parametrize(("root", "path", "kinds", "place"), [*numbers(Site), *numbers(Plots)])
@pytest.mark.parametrize("value", [True, "1.0"])
def test_a_number_is_neither_true_nor_a_text(root, path, kinds, place, value) -> None:
    problems, name = told(root, path, value, kinds)
    written = "true" if value is True else r"(the text )?'1\.0'"
    pattern = rf"line \d+: {re.escape(name)}: found {written}; allowed: .*(number|one of).*"
    assert any(re.fullmatch(pattern, problem) for problem in problems), problems


@pytest.mark.parametrize(("root", "path", "kinds", "meant"), [*tables(Site), *tables(Plots)])
def test_a_misspelt_key_is_answered_with_the_one_that_was_meant(root, path, kinds, meant) -> None:
    wrong = meant[:-1] + "q"
    problems, name = told(root, (*path, wrong), 1.5, kinds)
    sentence = f"{name}: unknown key {wrong!r}; did you mean {meant!r}? known: "
    assert any(re.match(r"line \d+: ", problem) and sentence in problem for problem in problems), problems


def by_word(root: type[BaseModel]) -> list[Any]:
    """Return the tables whose keys must be among some words."""
    found = []
    for path, place, kinds in walk(ExpectedValue(root)):
        for kind, _ in place.alternatives:
            words = words_of(get_args(kind)[0]) if get_origin(kind) is dict else ()
            if words:
                found.append(pytest.param(root, path, words, kinds, id=".".join(map(str, path))))
    return found


@pytest.mark.parametrize(("root", "path", "known", "kinds"), [*by_word(Site), *by_word(Plots)])
def test_a_misspelt_name_in_a_table_is_answered_with_the_one_that_was_meant(root, path, known, kinds) -> None:
    meant = max(known, key=len)
    problems, name = told(root, (*path, meant[:-1] + "q"), 1.5, kinds)
    assert any(name in problem and f"did you mean {meant!r}" in problem for problem in problems), problems


@pytest.mark.parametrize("path", _BY_VARIABLE, ids=".".join)
def test_a_table_by_variable_knows_variables(path: Path) -> None:
    table = "\n".join(["", f"{'.'.join(path[1:])}.t_sonik = 1.0"])
    place = ExpectedValue(Site)
    for key in path:
        place = place.inner(key, {})
    (kind, _), *_ = place.inner("t_sonik", {}).alternatives
    value = {tuple: "[1.0, 2.0]", list: "[1.0]"}.get(get_origin(kind), "1.0")
    value = "[[1, 12]]" if path[-1] == "months" else value
    text = dump(make_site()).replace(f"[{path[0]}]\n", f"[{path[0]}]{table.replace('1.0', value)}\n")
    with pytest.raises(ConfigError, match=rf"line \d+: {'.'.join(path)}.t_sonik: unknown variable 't_sonik'"):
        site_loading.loads(text)
