"""The station at each time between its [[changes]]: variants and, within them, epochs.

Another format, rate or column, or another instrument makes another variant: its files are read, condensed
and decided as those of a station of its own. Heights, separations, tubes and the canopy change within a
variant: one decision handles all its epochs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, Self

import numpy as np
from pydantic import BaseModel

from fluxkit.site.sections.changes import CLOCK, PLACE, Change
from fluxkit.site.sections.equipment import GasAnalyser, Sonic
from fluxkit.site.tables import AnySite, Tables

#: Models of instruments by ``kind``.
KINDS: dict[str, type[BaseModel]] = {"sonic": Sonic, "gas_analyser": GasAnalyser}

_ByName = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Variant(Generic[AnySite]):
    """The station in a span of time."""

    start: np.datetime64 | None  #: UTC, ns; None: from the beginning
    end: np.datetime64 | None  #: UTC, ns; None: open
    site: AnySite  #: with the [[changes]] that make epochs, and no others
    description: str = ""  #: the change that made it, in one line


def variants(site: AnySite) -> tuple[Variant[AnySite], ...]:
    """Return the spans of time in which files, columns and instruments of a site stay the same.

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
    found = [Variant(None, None, State.of(site).site(site))]
    for number, state in states(site):
        now, change = state.site(site), site.changes[number]
        if now == found[-1].site:
            continue
        start = _utc(change.start)
        found[-1] = Variant(found[-1].start, start, found[-1].site, found[-1].description)
        found.append(Variant(start, None, now, change.description))
    return tuple(found)


def with_change(
    site: AnySite,
    *,
    raw: Mapping[str, Any] | None = None,
    columns: Mapping[str, Literal[False] | dict[str, Any]] | None = None,
) -> AnySite:
    """Return a site with other keys of [raw] and other columns, given as in [[changes]].

    Raises
    ------
    pydantic.ValidationError
        The site would not be valid.
    """
    change = Change(start=datetime(1970, 1, 1, tzinfo=UTC), raw=dict(raw or {}), columns=dict(columns or {}))
    return State.of(site).after(change, len(site.changes)).site(site)


def epochs(site: AnySite) -> list[tuple[datetime, AnySite]]:
    """Return the epochs of a variant after its first: start, and the site without [[changes]].

    Heights, directions, separations, tubes and the canopy change from epoch to epoch; changes that make
    another variant are left to `variants`.
    """
    found = []
    station = site.station
    instruments: list[Any] = list(site.instruments)
    replaced: set[str] = set()  # what changes of an instrument later is of the one in its place
    for change in site.changes:
        if not change.moves and not change.layout:  # the files' clock alone
            continue
        station = _with(station, change.station.model_dump(exclude_none=True))
        replaced |= {name for name, table in change.instruments.items() if table.model is not None}
        moved = {name: table.moved for name, table in change.instruments.items() if name not in replaced}
        instruments = [_with(i, moved.get(i.id, {})) for i in instruments]
        now = {"station": station, "instruments": instruments, "changes": []}
        found.append((change.start, site.model_copy(update=now)))
    return found


@dataclass(frozen=True)
class State:
    """What holds after a change, as tables of a configuration."""

    raw: dict[str, Any]
    columns: _ByName
    instruments: _ByName  #: by id, as they were put there
    places: _ByName  #: by id, what has moved since
    since: dict[str, int]  #: by id, number of the change that put it there; absent: there from the beginning
    number: int = -1  #: of the change

    @classmethod
    def of(cls, site: Tables) -> Self:
        """Return what holds before all changes."""
        # Defaults are left out: the next format or instrument may have others.
        return cls(
            raw=site.raw.model_dump(exclude_defaults=True),
            columns={name: x.model_dump(exclude_defaults=True) for name, x in site.columns.items()},
            instruments={x.id: x.model_dump(exclude_defaults=True) for x in site.instruments},
            places={},
            since={},
        )

    @property
    def tables(self) -> dict[str, Any]:
        """Tables of a configuration that differ from variant to variant."""
        return {"raw": self.raw, "columns": self.columns, "instruments": list(self.instruments.values())}

    def after(self, change: Change, number: int) -> Self:
        """Return what holds after one more change."""
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
            known = KINDS[kind].model_fields
            place = {k: x for k, x in (before | places[name]).items() if k in PLACE and k in known}
            instruments[name] = {"id": name, "kind": kind} | place | new.given
            places[name], since[name] = {}, number
        raw = {key: x for key, x in change.raw.items() if key != CLOCK}
        return type(self)(_merged(self.raw, raw), columns, instruments, places, since, number)

    def site(self, site: AnySite) -> AnySite:
        """Return the whole site, checked."""
        given: dict[str, Any] = {name: getattr(site, name) for name in type(site).model_fields}
        limits = {
            gas: x for gas, x in site.condition.signal_limits.items() if f"signal_{gas}" in self.columns
        }
        given |= self.tables | {
            "calibration": [entry for entry in site.calibration if entry.variable in self.columns],
            "sources": [
                s for s in site.sources if any(c.get("source") == s.id for c in self.columns.values())
            ],
            "condition": site.condition.model_copy(update={"signal_limits": limits}),
            "changes": list(self._moves(site)),
        }
        return type(site).model_validate(given)

    def _moves(self, site: Tables) -> Iterator[Change]:
        """Yield what moves of the instruments that are there now, the canopy and the clock: at all times."""
        in_place: dict[str, int] = {}
        for number, change in enumerate(site.changes):
            moved = {}
            for name, table in change.instruments.items():
                if table.model is not None:
                    in_place[name] = number
                if table.moved and name in self.instruments and in_place.get(name) == self.since.get(name):
                    moved[name] = table.moved
            station = change.station.model_dump(exclude_none=True)
            clock = {key: x for key, x in change.raw.items() if key == CLOCK}
            if moved or station or clock:
                new = {"station": station, "instruments": moved, "raw": clock}
                yield Change.model_validate({"start": change.start, **new})


def states(site: Tables) -> Iterator[tuple[int, State]]:
    """Yield the number of each change that makes a variant, and what holds after it."""
    state = State.of(site)
    for number, change in enumerate(site.changes):
        state = state.after(change, number)
        if change.layout:
            yield number, state


def _merged(before: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {key: x for key, x in (dict(before) | dict(new)).items() if x is not False}


def _utc(instant: datetime) -> np.datetime64:
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "ns")


def _with(thing: Any, new: dict[str, Any]) -> Any:
    """Return a model with other values, checked."""
    return type(thing).model_validate(thing.model_dump() | new) if new else thing
