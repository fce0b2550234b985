"""Whether [[changes]] come in order, name what there is, and leave a valid station behind."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from fluxkit.site.expected import problems_of, unknown_key
from fluxkit.site.sections.changes import CLOCK, MOVING
from fluxkit.site.sections.reading import Column, Raw
from fluxkit.site.sections.strict import ConfigProblem, Path
from fluxkit.site.tables import Tables
from fluxkit.site.variants import KINDS, epochs, states


def change_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find what is wrong with the changes of a site."""
    found = [*_order_problems(site), *_key_problems(site)] or [*_variant_problems(site)]
    if not found:
        try:
            epochs(site)
        except ValidationError as error:
            found = [ConfigProblem(("changes",), error.errors()[0]["msg"])]
    yield from found


def _order_problems(site: Tables) -> Iterator[ConfigProblem]:
    for k, change in enumerate(site.changes):
        if k and change.start <= site.changes[k - 1].start:
            message = f"{change.start:%Y-%m-%dT%H:%M} is not after the change before it"
            yield ConfigProblem(("changes", k, "start"), message)


def _key_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find keys of changes that nothing has."""
    kinds: dict[str, str] = {i.id: i.kind for i in site.instruments}
    columns = set(site.columns)
    for k, change in enumerate(site.changes):
        where = ("changes", k)
        yield from _unknown((*where, "raw"), change.raw, Raw.model_fields)
        offset = change.raw.get(CLOCK, False)
        if offset is not False and not _is_offset(offset):
            message = f"found {offset!r}; give hours from -12 to 14, or false"
            yield ConfigProblem((*where, "raw", CLOCK), message)
        for name, table in change.columns.items():
            if table is not False:
                yield from _unknown((*where, "columns", name), table, Column.model_fields)
            elif name not in columns:
                message = f"{name} is not measured before either"
                yield ConfigProblem((*where, "columns", name), message, tuple(sorted(columns)), name)
        for name, new in change.instruments.items():
            kind = new.kind or kinds.get(name)
            path = (*where, "instruments", name)
            if kind is None or (name not in kinds and new.model is None):
                message = f"no instrument has the id {name!r}; a new one needs kind and model"
                yield ConfigProblem(path, message, tuple(kinds), name)
                continue
            own = KINDS[kind].model_fields
            known = dict.fromkeys([*(key for key in MOVING if key in own), *own])
            known.pop("id")
            for key in new.given:
                if key not in known:
                    yield ConfigProblem((*path, key), f"not a key of this {kind}", tuple(known), key)
            kinds[name] = kind
        columns = {*columns, *change.columns} - {n for n, table in change.columns.items() if table is False}


def _is_offset(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and -12 <= value <= 14


def _unknown(where: Path, table: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    for key in table:
        if key not in known:
            yield unknown_key((*where, key), "key", tuple(known))


def _variant_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find what is wrong with the first variant that is not valid; later ones inherit its mistakes."""
    for number, state in states(site):
        try:
            state.site(site)
        except ValidationError as error:
            for problem in problems_of(error, type(site), state.tables):
                yield _of_change(problem, number, list(state.instruments))
            return


def _of_change(problem: ConfigProblem, number: int, ids: list[str]) -> ConfigProblem:
    """Return a problem of a variant as one of the change that made it."""
    path = problem.path
    if path[:1] == ("instruments",) and len(path) > 1 and isinstance(path[1], int):
        path = ("instruments", ids[path[1]], *path[2:])
    message = problem.message
    if message.startswith("missing") and path[:1] == ("columns",) and len(path) > 2:
        message += "; a column that was not there before needs all its keys"
    return replace(problem, path=("changes", number, *path), message=message)
