"""Parts of an archive whose files have another layout than the configuration says.

A change of format, rate, columns or units shows in the heads of the files (`fluxkit.raw.signature`). Where
the files describe themselves well enough, each stretch gets the site that suits it; what cannot be read
for certain is refused, with the advice to declare it. Every change is logged.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from fluxkit.archive.suspicions import believable
from fluxkit.raw.reading import layout_of
from fluxkit.raw.signature import SERIAL, Signature, head_means, identified
from fluxkit.schema import units
from fluxkit.site.models import Site
from fluxkit.site.sections.reading import SONIC_VARIABLES, Column
from fluxkit.site.tables import columns_of
from fluxkit.site.variants import with_change

#: How far the rate that a file tells may be from the configured one. [1]
_NEAR = 0.03
#: Below this a table holds means, not samples: its reader refuses it. [Hz]
_SLOWEST = 1.0
#: Columns that a sentence names.
_MOST_NAMES = 6
_DECLARE = "declare it in [[changes]]"
#: Files of one header that are opened until one has numbers in the doubtful columns.
_LOOKS = 5

_Units = tuple[tuple[str, ...], tuple[str, ...]]  # names of columns, their units


@dataclass(frozen=True)
class Sighted:
    """A raw file and what its head shows."""

    path: Path
    start: np.datetime64  #: UTC
    signature: Signature | None


@dataclass(frozen=True)
class Adapted:
    """A site adapted to files that differ from the configuration."""

    site: Site
    raw: Mapping[str, Any] = field(default_factory=dict)  #: keys of [raw] that differ
    columns: Mapping[str, Any] = field(default_factory=dict)  #: columns that differ; False: not there


@dataclass(frozen=True)
class Segments:
    """How each file is to be read, and what was found."""

    files: tuple[tuple[Sighted, Adapted], ...]  #: in order of time
    refused: tuple[tuple[Path, str], ...]  #: files that no site suits for certain, and why
    told: tuple[str, ...]  #: every change of layout, in order of time


class Refusal(Exception):  # noqa: N818  (no fault: an answer)
    """A file cannot be read with certainty; the text gives the reason and the remedy."""


@dataclass(frozen=True)
class _Way:
    """How a file is to be read: what may differ from the configuration."""

    format: str
    rate: float | None  #: None: the file does not tell
    dropped: tuple[str, ...] = ()  #: variables whose columns it does not have
    units: tuple[tuple[str, str], ...] = ()  #: variables whose unit is another


class Rule:
    """How files of an archive may differ from the configuration and be read all the same.

    Parameters
    ----------
    site : Site
        The configuration.
    signatures : iterable of Signature
        Of all files: what most of them have is what positions and units of the configuration mean.
    files : mapping of Path to Signature, optional
        The same by file, so that a unit of a header can be held against the numbers below it.
    """

    def __init__(
        self,
        site: Site,
        signatures: Iterable[Signature],
        files: Mapping[Path, Signature | None] | None = None,
    ) -> None:
        self.site = site
        self.usual = _Way(site.raw.format, site.raw.rate)
        own_columns = columns_of(site)
        self._named = {v: c.column.strip() for v, c in own_columns.items() if isinstance(c.column, str)}
        self._positions = [variable for variable in own_columns if variable not in self._named]
        own = [s for s in signatures if s.format == site.raw.format]
        widths = Counter(s.width for s in own)
        self._width = widths.most_common(1)[0][0] if widths else None
        # A header may spell units as it likes: it is believed where some files agree with the configuration.
        heads = {(s.names, s.units) for s in own if s.units}
        self._agreeing = {
            variable
            for names, written in heads
            for variable, name in self._named.items()
            if name in names and _unit(written[names.index(name)]) == _unit(site.columns[variable].unit)
        }
        self._sites: dict[_Way, Adapted | str] = {self.usual: Adapted(site)}
        self._files: dict[_Units, list[Path]] = {}
        for path, signature in (files or {}).items():
            if signature is not None:
                self._files.setdefault((signature.names, signature.units), []).append(path)
        self._means: dict[_Units, dict[str, float]] = {}
        self._compared: dict[_Units, tuple[tuple[str, str, str], ...]] = {}  # heads are few, files many

    def of(self, signature: Signature | None) -> Adapted:
        """Return the site that suits a file by itself.

        Raises
        ------
        Refusal
            None does for certain.
        """
        way = self.way(signature)
        return self.adapted(way or self.usual)

    def way(self, signature: Signature | None) -> _Way | None:
        """Return how a file is to be read; None if its head does not show it or its reader will refuse it."""
        if signature is None:
            return None
        if signature.format != self.site.raw.format:
            self._require_names(signature)
        elif self._positions and signature.width != self._width:
            raise Refusal(
                f"has {signature.width} columns, most files {self._width}; columns are given by position "
                f"({', '.join(self._positions[:_MOST_NAMES])}), which may have moved: {_DECLARE}"
            )
        missing: list[str] = []
        if signature.named:
            missing = [v for v, name in self._named.items() if name not in signature.names]
        if any(variable in SONIC_VARIABLES for variable in missing):
            return None
        rate = signature.rate
        if rate is not None and (rate < _SLOWEST or abs(rate / self.site.raw.rate - 1) <= _NEAR):
            rate = self.site.raw.rate
        return _Way(signature.format, rate, tuple(missing), tuple(self._other_units(signature)))

    def adapted(self, way: _Way) -> Adapted:
        """Return the site of a way to read files.

        Raises
        ------
        Refusal
            It would not be valid.
        """
        if way not in self._sites:
            self._sites[way] = self._made(way)
        found = self._sites[way]
        if isinstance(found, str):
            raise Refusal(found)
        return found

    def _made(self, way: _Way) -> Adapted | str:
        raw: dict[str, Any] = {}
        if way.format != self.site.raw.format:
            raw["format"] = way.format
            if self.site.raw.time_column is not None:
                raw["time_column"] = False  # the other format has its own
            if self.site.raw.parts:
                raw["time_parts"] = False
        if way.rate is not None and way.rate != self.site.raw.rate:
            raw["rate"] = way.rate
        dropped = {*way.dropped, *(f"signal_{v}" for v in way.dropped)} & self.site.columns.keys()
        columns: dict[str, Any] = {variable: {"unit": unit} for variable, unit in way.units}
        for name, column in self.site.columns.items():
            if column.lag_from in dropped:
                columns[name] = columns.get(name, {}) | {"lag_from": False}
        columns |= dict.fromkeys(sorted(dropped), False)
        if not raw and not columns:
            return Adapted(self.site)
        try:
            return Adapted(with_change(self.site, raw=raw, columns=columns), raw, columns)
        except ValidationError as error:
            first = str(error.errors()[0]["msg"]).removeprefix("Value error, ").split("\n")[0]
            message = "; ".join(describe_way(self.usual, way, self.site))
            return f"its layout differs ({message}) and does not fit: {first}; {_DECLARE}"

    def _require_names(self, signature: Signature) -> None:
        message = f"is {signature.format}, but raw.format = {self.site.raw.format!r}"
        if self._positions:
            raise Refusal(
                f"{message}, and columns are given by position ({', '.join(self._positions[:_MOST_NAMES])}): "
                f"{_DECLARE}"
            )
        if not signature.named:
            raise Refusal(f"{message}, and its columns have no names: {_DECLARE}")

    def _other_units(self, signature: Signature) -> Iterator[tuple[str, str]]:
        """Yield variables whose unit in the header differs from the configuration."""
        if len(signature.units) != len(signature.names):
            return
        for variable, name, written in self._differing((signature.names, signature.units)):
            column = self.site.columns[variable]
            if variable not in self._agreeing or self._nonsense((signature.names, signature.units), variable):
                continue
            found, wanted = units.parse(written), units.parse(column.unit)
            if found.dimension != wanted.dimension and not _both_densities(found, wanted):
                raise Refusal(
                    f"column {name!r} (for {variable}) is in {written}, in other files in {column.unit}: "
                    f"{_DECLARE}"
                )
            yield variable, units.canonical(written)

    def doubts(self) -> Iterator[str]:
        """Yield what files show to be doubtful: logs read as text, units of headers against [columns]."""
        first = next((paths[0] for paths in self._files.values()), None)
        if first is not None and self.site.raw.format == "delimited" and identified(first) == SERIAL:
            yield (
                f"{first} is a sonic's serial log, read as delimited text: raw.format = {SERIAL!r} knows its "
                "status, checksum and lines that are no records"
            )
        lying: dict[tuple[str, str], list[Path]] = {}
        against: dict[tuple[str, str], list[Path]] = {}
        for head, paths in self._files.items():
            for variable, _, written in self._differing(head):
                if self._nonsense(head, variable):
                    lying.setdefault((variable, written), []).extend(paths)
                elif variable not in self._agreeing:
                    against.setdefault((variable, written), []).extend(paths)
        if lying:
            yield (
                f"units in headers make nonsense and are not used: {self._spelled(lying, told=False)}; "
                "those of [columns] are: check which columns the numbers below are"
            )
        if against:
            yield (
                f"headers contradict the configuration, which is used: {self._spelled(against)}; "
                "correct the unit of the column, or give gain and offset if the logger's unit is another"
            )

    def _spelled(self, found: Mapping[tuple[str, str], Sequence[Path]], *, told: bool = True) -> str:
        """Say which columns of which files have which unit."""
        columns = ", ".join(
            f"{variable} (column {self._named[variable]!r}) {written!r} instead of "
            f"{self.site.columns[variable].unit!r}{self._meaning(variable, written, paths) if told else ''}"
            for (variable, written), paths in found.items()
        )
        files = sorted({path for paths in found.values() for path in paths})
        others = len(files) - 1
        more = f" and {others} more file{'s' if others > 1 else ''}" if others else ""
        return f"{columns} in {files[0]}{more}"

    def _meaning(self, variable: str, written: str, paths: Sequence[Path]) -> str:
        """Say which of two units the numbers suit, where only one does."""
        for head, files in self._files.items():
            if files and files[0] in paths:
                ours, theirs = (
                    self._suits(head, variable, unit) for unit in (self.site.columns[variable].unit, written)
                )
                if ours is False and theirs:
                    return " (its numbers suit the header)"
                if theirs is False and ours:
                    return " (its numbers suit the configuration)"
        return ""

    def _differing(self, head: _Units) -> tuple[tuple[str, str, str], ...]:
        """Return variable, column and unit of a header where it differs from the configuration."""
        if head not in self._compared:
            self._compared[head] = tuple(self._compare(head))
        return self._compared[head]

    def _compare(self, head: _Units) -> Iterator[tuple[str, str, str]]:
        names, written = head
        if len(written) != len(names):
            return
        for variable, name in self._named.items():
            column = self.site.columns[variable]
            if name not in names or _computed(column):
                continue
            unit = written[names.index(name)]
            found, wanted = _unit(unit), _unit(column.unit)
            if found is not None and wanted is not None and found != wanted:
                yield variable, name, unit

    def _nonsense(self, head: _Units, variable: str) -> bool:
        """Whether the numbers suit the configured unit and not that of the header."""
        written = head[1][head[0].index(self._named[variable])]
        ours = self._suits(head, variable, self.site.columns[variable].unit)
        return bool(ours) and self._suits(head, variable, written) is False

    def _suits(self, head: _Units, variable: str, unit: str) -> bool | None:
        """Whether the numbers below a header may be in a unit; None where they cannot be seen."""
        if head not in self._means:
            names = [self._named[v] for v, _, _ in self._differing(head)]
            looks = self._files.get(head, [])[:_LOOKS]
            self._means[head] = next(
                filter(None, (head_means(path, layout_of(self.site), names) for path in looks)),
                {},
            )
        mean = self._means[head].get(self._named[variable])
        if mean is None:
            return None
        mass = self.site.gas_facts(variable).molar_mass if variable in self.site.gases else None
        scale, shift = units.to_si(unit, mass)
        quantity = "density" if units.parse(unit).dimension.endswith("density") else "fraction"
        return believable(variable, mean * scale + shift, self.site, quantity=quantity)


def find_layouts(files: Sequence[Sighted], rule: Rule) -> Segments:
    """Find how each file is to be read.

    Parameters
    ----------
    files : sequence of Sighted
        In order of time.
    rule : Rule
        Of the configuration that is thought to hold for all of them.

    Returns
    -------
    Segments
        A file whose head shows nothing is read like the one before it; its reader reports what is wrong.
    """
    ways: list[tuple[Sighted, _Way | None]] = []
    refused: list[tuple[Path, str]] = []
    for file in files:
        try:
            ways.append((file, rule.way(file.signature)))
        except Refusal as reason:
            refused.append((file.path, str(reason)))
    found, told = [], []
    before, last = rule.usual, None
    for (file, _), way in zip(ways, _settled([way for _, way in ways], rule.usual), strict=True):
        try:
            found.append((file, rule.adapted(way)))
        except Refusal as reason:
            refused.append((file.path, str(reason)))
            continue
        changes = [*describe_way(before, way, rule.site), *_describe_columns(last, file.signature)]
        if changes:
            told.append(f"{np.datetime_as_string(file.start, unit='m')}Z {file.path}: {'; '.join(changes)}")
        before, last = way, file.signature or last
    return Segments(tuple(found), tuple(refused), tuple(told))


def _settled(ways: Sequence[_Way | None], usual: _Way) -> list[_Way]:
    """Fill in what files do not show: as in the file before them, else as in the next."""
    found = list(ways)
    for order in (range(len(found)), reversed(range(len(found)))):
        near: _Way | None = None
        for k in order:
            way = found[k]
            if way is None or (
                way.rate is None and near is not None and replace(way, rate=near.rate) == near
            ):
                found[k] = near
            if found[k] is not None:
                near = found[k]
    settled = [way or usual for way in found]
    return [replace(way, rate=usual.rate) if way.rate is None else way for way in settled]


def describe_way(before: _Way, now: _Way, site: Site) -> Iterator[str]:
    """Yield what is read in another way than before."""
    if before.format != now.format:
        yield f"format {before.format} -> {now.format}"
    if before.rate != now.rate:
        yield f"{before.rate or site.raw.rate:g} -> {now.rate or site.raw.rate:g} Hz"
    for variable in now.dropped:
        if variable not in before.dropped:
            yield f"no {variable}: column {site.columns[variable].column!r} is missing"
    for variable in before.dropped:
        if variable not in now.dropped:
            yield f"{variable} is there again: column {site.columns[variable].column!r}"
    old, new = dict(before.units), dict(now.units)
    for variable in sorted(old.keys() | new.keys()):
        usual = site.columns[variable].unit
        if old.get(variable, usual) != new.get(variable, usual):
            yield f"unit of {variable} {old.get(variable, usual)} -> {new.get(variable, usual)}"


def _describe_columns(before: Signature | None, now: Signature | None) -> Iterator[str]:
    """Yield what became of the columns of one and the same format."""
    if before is None or now is None or before.format != now.format or before.names == now.names:
        return
    added = [name for name in now.names if name not in before.names]
    gone = [name for name in before.names if name not in now.names]
    if added:
        yield f"columns + {_listed(added)}"
    if gone:
        yield f"columns - {_listed(gone)}"
    if not added and not gone:
        yield "columns in another order"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _computed(column: Column) -> bool:
    return column.gain != 1.0 or column.offset != 0.0


def _both_densities(a: units.Unit, b: units.Unit) -> bool:
    return a.dimension.endswith("density") and b.dimension.endswith("density")


def _unit(text: str) -> units.Unit | None:
    if not text.strip():
        return None
    try:
        return units.parse(text)
    except ValueError:
        return None
