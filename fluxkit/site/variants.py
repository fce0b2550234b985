"""The station as it was in each stretch of time between changes of its files, columns or instruments.

Heights, separations, tubes and the canopy change within a variant (`site.sections.changes.epochs`): one
decision knows of them. Another format, rate or column, or another instrument makes another variant: its
files are read, condensed and decided as those of a station of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ValidationError

from fluxkit.site.nearest import did_you_mean
from fluxkit.site.sections.changes import MOVING, PLACE, Change, epochs
from fluxkit.site.sections.equipment import GasAnalyser, Sonic
from fluxkit.site.sections.reading import Column, Raw

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from fluxkit.site.models import Site

_KINDS: dict[str, type[BaseModel]] = {"sonic": Sonic, "gas_analyser": GasAnalyser}

Tables = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Variant:
    """The station in a stretch of time."""

    start: np.datetime64 | None  #: UTC, ns; None: from the beginning
    end: np.datetime64 | None  #: UTC, ns; None: open
    site: "Site"  #: with the [[changes]] that one decision knows of, and no others
    words: str = ""  #: what made it, in one line


def variants(site: "Site") -> tuple[Variant, ...]:
    """Return the stretches of time in which files, columns and instruments of a site stay the same.

    Parameters
    ----------
    site : Site
        Valid, with its [[changes]].

    Returns
    -------
    tuple of Variant
        In order of time, without gaps between them; one where nothing but heights, tubes and the canopy
        changes.
    """
    if not any(change.layout for change in site.changes):
        return (Variant(None, None, site),)
    found = [Variant(None, None, _State.of(site).site(site))]
    for number, state in _states(site):
        now, change = state.site(site), site.changes[number]
        if now == found[-1].site:
            continue
        start = _utc(change.start)
        found[-1] = Variant(found[-1].start, start, found[-1].site, found[-1].words)
        found.append(Variant(start, None, now, change.words))
    return tuple(found)


def with_change(
    site: "Site",
    *,
    raw: Mapping[str, Any] | None = None,
    columns: Mapping[str, Literal[False] | dict[str, Any]] | None = None,
) -> "Site":
    """Return a site with other keys of [raw] and other columns, as [[changes]] would say it.

    Raises
    ------
    pydantic.ValidationError
        The site would not be valid.
    """
    change = Change(start=datetime(1970, 1, 1, tzinfo=UTC), raw=dict(raw or {}), columns=dict(columns or {}))
    return _State.of(site).after(change, len(site.changes)).site(site)


def change_problems(site: "Site") -> Iterator[str]:
    """Find what is wrong with the changes of a site."""
    problems = [*_order_problems(site), *_key_problems(site)]
    if not problems:
        problems = [*_variant_problems(site)]
    if not problems:
        try:
            epochs(site)
        except ValidationError as error:
            problems = [f"changes: {error.errors()[0]['msg']}"]
    yield from problems


def later_columns(site: "Site") -> dict[str, Any]:
    """Return the variables that have a column at some time, first those that have one now."""
    return dict.fromkeys([*site.columns, *(name for change in site.changes for name in change.columns)])


@dataclass(frozen=True)
class _State:
    """What holds behind a change, as tables of a configuration."""

    raw: dict[str, Any]
    columns: Tables
    instruments: Tables  #: by id, as they were put there
    places: Tables  #: by id, what has moved since
    since: dict[str, int]  #: by id, number of the change that put it there; absent: there from the beginning
    number: int = -1  #: of the change

    @classmethod
    def of(cls, site: "Site") -> Self:
        """Return what holds before all changes."""
        # What is as it would be anyway is left to whatever format or instrument comes.
        return cls(
            raw=site.raw.model_dump(exclude_defaults=True),
            columns={name: x.model_dump(exclude_defaults=True) for name, x in site.columns.items()},
            instruments={x.id: x.model_dump(exclude_defaults=True) for x in site.instruments},
            places={},
            since={},
        )

    def after(self, change: Change, number: int) -> Self:
        """Return what holds behind one more change."""
        columns, instruments = dict(self.columns), dict(self.instruments)
        places, since = dict(self.places), dict(self.since)
        for name, table in change.columns.items():
            if table is False:
                columns.pop(name, None)
            else:
                columns[name] = _merged(columns.get(name, {}), table)
        for name, new in change.instruments.items():
            before = instruments.get(name, {})
            places[name] = places.get(name, {}) | new.moved
            if new.model is None:
                instruments[name] = before | new.altered
                continue
            kind = str(new.kind or before.get("kind"))
            known = _KINDS[kind].model_fields
            place = {k: x for k, x in (before | places[name]).items() if k in PLACE and k in known}
            instruments[name] = {"id": name, "kind": kind} | place | new.given
            places[name], since[name] = {}, number
        return type(self)(_merged(self.raw, change.raw), columns, instruments, places, since, number)

    def site(self, site: "Site") -> "Site":
        """Return the whole site, checked."""
        given: dict[str, Any] = {name: getattr(site, name) for name in type(site).model_fields}
        limits = {
            gas: x for gas, x in site.condition.signal_limits.items() if f"signal_{gas}" in self.columns
        }
        given |= {
            "raw": self.raw,
            "columns": self.columns,
            "instruments": list(self.instruments.values()),
            "calibration": [entry for entry in site.calibration if entry.variable in self.columns],
            "sources": [
                s for s in site.sources if any(c.get("source") == s.id for c in self.columns.values())
            ],
            "condition": site.condition.model_copy(update={"signal_limits": limits}),
            "changes": list(self._moves(site)),
        }
        return type(site).model_validate(given)

    def _moves(self, site: "Site") -> Iterator[Change]:
        """Yield what moves of the instruments that are there now, and the canopy: at all times."""
        in_place: dict[str, int] = {}
        for number, change in enumerate(site.changes):
            moved = {}
            for name, table in change.instruments.items():
                if table.model is not None:
                    in_place[name] = number
                if table.moved and name in self.instruments and in_place.get(name) == self.since.get(name):
                    moved[name] = table.moved
            station = change.station.model_dump(exclude_none=True)
            if moved or station:
                yield Change.model_validate({"start": change.start, "station": station, "instruments": moved})


def _states(site: "Site") -> Iterator[tuple[int, _State]]:
    """Yield the number of each change that makes a variant, and what holds behind it."""
    state = _State.of(site)
    for number, change in enumerate(site.changes):
        state = state.after(change, number)
        if change.layout:
            yield number, state


def _merged(before: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {key: x for key, x in (dict(before) | dict(new)).items() if x is not False}


def _utc(instant: datetime) -> np.datetime64:
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "ns")


def _order_problems(site: "Site") -> Iterator[str]:
    for k, change in enumerate(site.changes):
        if k and change.start <= site.changes[k - 1].start:
            yield f"changes[{k + 1}].start: {change.start:%Y-%m-%dT%H:%M} is not after the change before it"


def _key_problems(site: "Site") -> Iterator[str]:
    """Find keys of changes that nothing has."""
    kinds: dict[str, str] = {i.id: i.kind for i in site.instruments}
    columns = set(site.columns)
    for k, change in enumerate(site.changes, start=1):
        where = f"changes[{k}]"
        yield from _unknown(f"{where}.raw", change.raw, list(Raw.model_fields))
        for name, table in change.columns.items():
            if table is not False:
                yield from _unknown(f"{where}.columns.{name}", table, list(Column.model_fields))
            elif name not in columns:
                known = ", ".join(sorted(columns))
                yield f"{where}.columns.{name}: is not measured before either; measured: {known}"
        for name, new in change.instruments.items():
            kind = new.kind or kinds.get(name)
            if kind is None or (name not in kinds and new.model is None):
                yield (
                    f"{where}.instruments: no instrument has the id {name!r}; known: {', '.join(kinds)}; "
                    "a new one needs kind and model"
                )
                continue
            own = [key for key in (*MOVING, *_KINDS[kind].model_fields) if key in _KINDS[kind].model_fields]
            odd = [key for key in new.given if key not in own]
            if odd:
                known = ", ".join(key for key in dict.fromkeys(own) if key != "id")
                yield f"{where}.instruments.{name}: {', '.join(odd)}: not of this instrument; known: {known}"
            kinds[name] = kind
        columns = {*columns, *change.columns} - {n for n, table in change.columns.items() if table is False}


def _unknown(where: str, table: Mapping[str, Any], known: list[str]) -> Iterator[str]:
    for key in table:
        if key not in known:
            hint = did_you_mean(key, known)
            yield f"{where}: unknown key {key!r}{hint or ';'} known here: {', '.join(known)}"


def _variant_problems(site: "Site") -> Iterator[str]:
    """Find what is wrong with the first variant that is not valid; later ones inherit its faults."""
    for number, state in _states(site):
        try:
            state.site(site)
        except ValidationError as error:
            ids = list(state.instruments)
            for detail in error.errors(include_url=False):
                yield from _sentences(detail, ids, f"changes[{number + 1}]")
            return


def _sentences(detail: "ErrorDetails", ids: list[str], where: str) -> Iterator[str]:
    place = list(detail["loc"])
    words = detail["msg"].removeprefix("Value error, ")
    if place[:1] == ["instruments"] and len(place) > 1:
        place = ["instruments", ids[int(place[1])], *(part for part in place[2:] if part not in _KINDS)]
    name = ".".join((where, *(str(part) for part in place)))
    if not place:
        for sentence in words.split("\n"):
            yield f"{where}{'.' if sentence.startswith('columns.') else ': '}{sentence}"
    elif detail["type"] == "missing":
        yield f"{name}: missing; what was not there before the change is given whole"
    elif detail["type"] == "value_error":
        yield f"{name}: {words}"
    else:
        yield f"{name}: found {detail['input']!r}; {words[:1].lower()}{words[1:]}"
