"""What `init` learns from example files, and how it says what it guessed."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fluxkit.site.toml.biomet_template import BiometFacts, biomet_columns
from fluxkit.site.toml.template import HeaderColumn, TemplateFacts, assigned

if TYPE_CHECKING:
    from fluxkit.raw.inspection import ColumnSummary, Inspection

#: Lengths that loggers' files have, and how near a file must be to one. [min]
USUAL_MINUTES = (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440)
NEAR = 0.01
#: Records this far apart are averages. [s]
SLOW = 5.0
#: Diagnostic words by the largest value that is met: an LI-7200 has 13 bits, a CSAT3's counter 6, an LI-7500
#: 8.
WORDS = {
    "diag_gas": ((255, 200, "as an LI-7500 writes it"), (8191, 4096, "as an LI-7200 writes it")),
    "diag_sonic": (
        (63, 50, "a CSAT3's counter: if so, diagnostic_word = 'csat3' of the sonic"),
        (64512, 61440, "a CSAT3's flags and counter: if so, diagnostic_word = 'csat3' of the sonic"),
    ),
}


def facts_of(paths: Sequence[Path], folder: Path) -> tuple[TemplateFacts, list[str]]:
    """Return what example files tell, and a sentence for each guess with its reason.

    Files of the layout of the first one that names a wind (else of the first) are those of ``[raw]``; tables
    with records far apart belong into ``[biomet]``, others are of further loggers: ``[[sources]]``.

    Raises
    ------
    ReadError
        A file cannot be understood.
    """
    from fluxkit.raw.inspection import inspect

    found = [(path, inspect(path, _known_as(path))) for path in paths]
    fast = [(path, each) for path, each in found if not _is_slow(each)] or found[:1]
    layouts: dict[tuple[str, ...], list[tuple[Path, Inspection]]] = {}
    for path, each in fast:
        layouts.setdefault((each.format, *(c.name for c in each.columns)), []).append((path, each))
    groups = sorted(layouts.values(), key=lambda group: "u" not in _variables(group[0][1]))
    facts, why = _facts(groups[0], folder)
    for number, group in enumerate(groups[1:], start=2):
        further, _ = _facts(group, folder)
        key = f"logger{number}"
        facts = replace(facts, sources=dict(facts.sources) | {key: further})
        names = group[0][0].name, groups[0][0][0].name
        why.append(f"sources.{key}: {names[0]} has other columns or another format than {names[1]}")
    slow = [(path, each) for path, each in found if _is_slow(each) and (path, each) not in fast]
    if slow:
        biomet = _biomet(*slow[0], folder)
        facts = replace(facts, biomet=biomet)
        known = ", ".join(biomet_columns(biomet)) or "no column that is known"
        why.append(f"biomet: {slow[0][0].name} has a record every {biomet.interval_s:g} s: {known}")
    return facts, why


def _known_as(raw_file: Path) -> str | None:
    """Take a table that an analyser writes by itself for the text that it is: here it belongs to a tower."""
    from fluxkit.raw.registry import identify, reader

    return None if reader(identify(raw_file)).of_tower else "delimited"


def _is_slow(found: "Inspection") -> bool:
    return found.rate is not None and found.rate * SLOW <= 1.0


def _variables(found: "Inspection") -> set[str]:
    from fluxkit.site.column_names import recognise

    known = (recognise(column.name, column.unit) for column in found.columns if column.name)
    return {each.variable for each in known if each is not None}


def _facts(group: "Sequence[tuple[Path, Inspection]]", folder: Path) -> tuple[TemplateFacts, list[str]]:
    """Return what files of one layout tell."""
    from fluxkit.raw.text.clock_columns import needs_name
    from fluxkit.site.eddypro.ghg import translate_metadata

    path, found = group[0]
    told = translate_metadata(found.metadata, str(path), [c.name for c in found.columns], found.zone)
    clock = [found.columns[k - 1] for k in found.time_columns]
    named = any(c.name for c in found.columns)
    shown = {each.dates.shown for _, each in group} - {None}
    day_first = shown.pop() if len(shown) == 1 else None
    part = _stamped_part([each for _, each in group])
    facts = TemplateFacts(
        file=Path(os.path.relpath(path, folder)).as_posix(),
        format=found.format,
        columns=tuple(HeaderColumn(c.name, c.unit) for c in found.columns),
        rate=found.rate,
        delimiter=found.delimiter,
        header_rows=found.header_rows,
        names_row=found.names_row,
        time_columns=tuple(c.name if named and c.name else c.position for c in clock),
        time_parts=found.time_parts,
        day_first=day_first,
        either_order=found.dates.example if found.dates.open and day_first is None else "",
        needs_name=needs_name(found.time_parts) if found.time_parts else False,
        has_stamps=found.first is not None,
        start="" if found.first is None else f"{found.first}{'Z' if found.utc else ''}",
        file_minutes=_usual_minutes(found),
        station=told.station,
        instruments=told.instruments,
        variables=told.columns,
        remarks=told.remarks,
        sample_time_is=part,
        words=_words(found),
    )
    return facts, _reasons(facts, found)


def _stamped_part(each: "Sequence[Inspection]") -> str:
    """Return which part of a sample stamps mark, where files show it and none shows the other."""
    from fluxkit.examine.sampling import stamped_part

    parts = {
        stamped_part(one.first, one.last, one.rate, _usual_minutes(one) or 30.0)
        for one in each
        if one.first is not None and one.last is not None and one.rate
    } - {""}
    return parts.pop() if len(parts) == 1 else ""


def _words(found: "Inspection") -> dict[str, str]:
    """Return what the numbers of diagnostic columns look like."""
    from fluxkit.site.column_names import recognise

    words: dict[str, str] = {}
    for column in found.columns:
        known = recognise(column.name, column.unit) if column.name and column.kind == "number" else None
        for most, least, what in WORDS.get(known.variable, ()) if known else ():
            if least <= column.maximum <= most and known is not None:
                words.setdefault(known.variable, f"up to {column.maximum:g}: {what}")
    return words


def _biomet(path: Path, found: "Inspection", folder: Path) -> BiometFacts:
    clock: list[ColumnSummary] = [found.columns[k - 1] for k in found.time_columns]
    return BiometFacts(
        file=Path(os.path.relpath(path, folder)).as_posix(),
        columns=tuple((c.name, c.unit) for c in found.columns if c.name),
        time_columns=tuple(c.name or c.position for c in clock) or (1,),
        delimiter=found.delimiter or ",",
        header_rows=found.header_rows,
        names_row=found.names_row or 1,
        interval_s=float(np.round(1.0 / found.rate)) if found.rate else 1800.0,
        stamped_at_end=found.format == "toa5",
    )


def _reasons(facts: TemplateFacts, found: "Inspection") -> list[str]:
    """Return what was guessed from a file that only a person knows for sure, and why."""
    why = [f"raw.format = {facts.format!r}: as the file begins"]
    if facts.rate is not None:
        why.append(f"raw.rate = {facts.rate:g}: distance of its stamps ({found.records} records)")
    if facts.sample_time_is and found.first is not None and found.last is not None:
        ends = " to ".join(str(t.astype("M8[ms]"))[11:] for t in (found.first, found.last))
        why.append(f"raw.sample_time_is = {facts.sample_time_is!r}: stamps run from {ends}")
    for name, known in assigned(facts).items() if not facts.variables else ():
        unit = f"unit {known.unit!r} from its header" if known.unit else "its header tells no unit"
        why.append(f"columns.{name} = column {known.column!r}: by its name; {unit}")
    why += [f"columns.{name}: {words}" for name, words in facts.words.items()]
    return why


def _usual_minutes(found: "Inspection") -> float | None:
    if not found.rate:
        return None
    minutes = found.records / found.rate / 60.0
    near = min(USUAL_MINUTES, key=lambda usual: abs(minutes / usual - 1.0))
    return float(near) if abs(minutes / near - 1.0) < NEAR else None


def with_answers(facts: TemplateFacts, answers: Mapping[str, object]) -> TemplateFacts:
    """Return facts with what a person told: ``station.latitude`` -> value."""
    told: dict[str, dict[str, object]] = {}
    for key, value in answers.items():
        block, _, name = key.partition(".")
        told.setdefault(block, {})[name] = value
    return replace(facts, told=told)
