"""The closures of a campaign, from sheet, files or record, and their problems."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fluxkit.archive.inputs import Input
from fluxkit.chamber.campaign.field_sheet import SheetRows, open_sheet
from fluxkit.chamber.campaign.models import Plots
from fluxkit.chamber.chain import with_geometry
from fluxkit.chamber.closures.closures import Closures, join_closures, overlapping
from fluxkit.chamber.closures.detected_closures import (
    closures_by_rises,
    closures_by_state,
    closures_by_valve,
)
from fluxkit.chamber.closures.file_closures import closures_from_series
from fluxkit.chamber.closures.geometry import doubts_of
from fluxkit.chamber.closures.records import AnalyserRecord
from fluxkit.chamber.closures.sheet_clock import ClockOffset, estimate
from fluxkit.chamber.processing.inputs import ChamberInputs, span
from fluxkit.errors import ConfigError, ReadError
from fluxkit.raw.samples import Problem
from fluxkit.site.files import resolve_patterns

logger = logging.getLogger(__name__)

#: Numbers of a sheet that are attributes of closures; the others are kept beside.
_OWN = ("area", "volume", "t_air", "p_air", "par", "deadband")


@dataclass
class FoundClosures:
    """Closures of a campaign with their geometry."""

    closures: Closures
    clock: ClockOffset | None = None  #: of the sheet, where there is one
    moved: float = 0.0  #: seconds that were added to the sheet's times
    files: list[Input] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find_closures(
    plots: Plots, base: Path, inputs: ChamberInputs, records: Sequence[AnalyserRecord]
) -> FoundClosures:
    """Collect the closures of a campaign.

    Parameters
    ----------
    plots : Plots
        Configuration; ``closures.source`` says where closures come from.
    base : pathlib.Path
        What patterns are relative to.
    inputs : ChamberInputs
        Files read.
    records : sequence of Record
        The same, one for each analyser.

    Raises
    ------
    ConfigError
        A variable that closures are found from does not exist.
    """
    source = plots.closures.source
    if source == "sheet":
        found = _of_sheets(plots, base)
        _set_clock(found, plots, records)
    elif source == "files":
        parts = [closures_from_series(mine, name) for name, mine in inputs.series.items()]
        found = FoundClosures(join_closures(parts))
    elif source == "valve":
        found = _of_valves(plots, records)
    else:
        found = FoundClosures(join_closures([_detected(record, plots) for record in records]))
    found.closures = with_geometry(found.closures, plots).sorted()
    _tell_odd(found, list(records))
    return found


def _of_sheets(plots: Plots, base: Path) -> FoundClosures:
    found = FoundClosures(join_closures([]))
    if plots.sheet is None:
        return found
    parts = []
    for path in resolve_patterns(plots.sheet.files, base):
        try:
            rows = open_sheet(path, plots.sheet, utc_offset_h=plots.campaign.utc_offset_h)
        except ReadError as error:
            found.problems.append(Problem(str(path), error.line, "file", error.detail))
            found.files.append(Input.of(path, "quarantined"))
            continue
        lost = any(problem.lost != "nothing" for problem in rows.problems)
        found.files.append(Input.of(path, "partly" if lost else "used"))
        found.problems += rows.problems
        parts.append(_closures_of(rows))
    if not found.files:
        raise ConfigError("sheet.files", [f"no file matches {plots.sheet.files!r} below {base}"])
    found.closures = _named_once(join_closures(parts), found.problems)
    return found


def _closures_of(rows: SheetRows) -> Closures:
    texts = dict(rows.texts)
    ids = texts.pop("id", np.array([f"{Path(rows.path).stem}_{line}" for line in rows.lines], np.str_))
    own = {name: texts.pop(name) for name in ("plot", "treatment", "cover") if name in texts}
    numbers = {name: rows.numbers[name] for name in _OWN if name in rows.numbers}
    beside = {name: values for name, values in rows.numbers.items() if name not in _OWN}
    return Closures.of(
        rows.start,
        rows.end,
        id=ids,
        source="sheet",
        path=rows.path,
        extra=texts | beside,
        **own,
        **numbers,
    )


def _named_once(closures: Closures, problems: list[Problem]) -> Closures:
    """Give repeated ids a number: results and decisions need one name for one closure."""
    seen: dict[str, int] = {}
    names = []
    for k, name in enumerate(closures.id.tolist()):
        name = name or f"row{k + 1}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    repeated = sorted(name for name, count in seen.items() if count > 1)
    if repeated:
        listed = ", ".join(repeated[:5]) + (", ..." if len(repeated) > 5 else "")
        reason = f"ids occur more than once: {listed}; a number was added to the later ones"
        problems.append(Problem(str(closures.path[0]), None, "nothing", reason))
    return replace(closures, id=np.array(names, np.str_))


def _set_clock(found: FoundClosures, plots: Plots, records: Sequence[AnalyserRecord]) -> None:
    """Compare the sheet's clock with the record's; move it where the configuration says so."""
    closures, wanted = found.closures, plots.closures.clock_offset
    if not len(closures):
        return
    guesses = [_clock_of(closures, record, plots.closures.clock_search_s) for record in records]
    guesses = [guess for guess in guesses if np.isfinite(guess.seconds)]
    if guesses:
        found.clock = max(guesses, key=lambda guess: (guess.closures, guess.score))
    if isinstance(wanted, float):
        found.moved = wanted
    elif wanted == "confident" and found.clock is not None and found.clock.confident:
        found.moved = round(found.clock.seconds)
    found.closures = closures.shifted(found.moved)
    sentence = found.clock.sentence() if found.clock is not None else "the sheet's clock was not compared"
    done = f"moved by {found.moved:+g} s" if found.moved else "left as they are (closures.clock_offset)"
    logger.info("%s; the sheet's times are %s", sentence, done)


def _clock_of(closures: Closures, record: AnalyserRecord, search: float) -> ClockOffset:
    gases = [record.data[gas] for gas in ("co2", "ch4", "n2o", "co2_wet", "ch4_wet") if gas in record.data]
    return estimate(closures.start, closures.end, record.time, gases, search=search)


def _detected(record: AnalyserRecord, plots: Plots) -> Closures:
    source = plots.closures
    limits = {"shortest": source.shortest_s, "longest": source.longest_s}
    variable = source.state_column
    if variable is not None:
        if variable not in record.data:
            known = ", ".join(sorted(record.data))
            raise ConfigError("closures.state_column", [f"{record.name} has no {variable!r}; it has {known}"])
        return closures_by_state(record, variable, source.state_closed, **limits)
    gas = source.gas or next((name for name in ("co2", "ch4", "n2o") if name in record.data), None)
    if gas is None or gas not in record.data:
        known = ", ".join(sorted(record.data))
        raise ConfigError("closures.gas", [f"{record.name} has no gas {gas or 'co2'!r}; it has {known}"])
    return closures_by_rises(record, gas, **limits)


def _of_valves(plots: Plots, records: Sequence[AnalyserRecord]) -> FoundClosures:
    """Find closures by the positions of valves, in the records that have them."""
    source, parts, problems = plots.closures, [], []
    named = {float(position): plot for position, plot in source.valves.items()}
    having = [record for record in records if source.valve_column in record.data]
    if not having:
        known = "; ".join(f"{record.name} has {', '.join(sorted(record.data))}" for record in records)
        raise ConfigError("closures.valve_column", [f"no analyser has {source.valve_column!r}: {known}"])
    for record in having:
        closures, left_out = closures_by_valve(
            record, source.valve_column, named, shortest=source.shortest_s, longest=source.longest_s
        )
        parts.append(closures)
        seen = {float(x) for x in np.unique(record.data[source.valve_column]) if np.isfinite(x)}
        never = [plot for position, plot in named.items() if position not in seen]
        if left_out:
            reason = (
                f"{left_out} stretches of a constant valve are shorter than {source.shortest_s:g} s or "
                f"longer than {source.longest_s:g} s: no closures (closures.shortest_s, longest_s)"
            )
            problems.append(Problem(record.name, None, "period", reason))
        if never:
            reason = f"the valve is never in the positions of {', '.join(never)} (closures.valves)"
            problems.append(Problem(record.name, None, "nothing", reason))
    if not plots.window.deadband_s:
        reason = (
            "no dead band after switching is set: what is in the tubes then is the air of the line before "
            "(window.deadband_s)"
        )
        problems.append(Problem(having[0].name, None, "nothing", reason))
    return FoundClosures(join_closures(parts), problems=problems)


def _tell_odd(found: FoundClosures, records: list[AnalyserRecord]) -> None:
    closures = found.closures
    for k, sentence in doubts_of(
        closures.volume, closures.area, closures.extra.get("chamber_volume")
    ).items():
        _tell(found, k, "nothing", sentence)
    for k in np.flatnonzero(np.isnan(closures.volume / closures.area)).tolist():
        _tell(found, k, "period", "no area or no volume: give it in the sheet or in [chamber]")
    for k in np.flatnonzero(overlapping(closures)).tolist():
        _tell(found, k, "nothing", "overlaps another closure of the same source")
    limits = span(records)
    outside = np.ones(len(closures), np.bool_)
    for record in records:
        low = np.searchsorted(record.time, closures.start, side="left")
        outside &= low >= np.searchsorted(record.time, closures.end, side="right")
    for k in np.flatnonzero(outside).tolist() if limits is not None else ():
        first, last = (str(np.datetime_as_string(time, unit="s")) for time in limits or ())
        when = np.datetime_as_string(closures.start[k], unit="s")
        _tell(
            found,
            k,
            "period",
            f"closes at {when} UTC, but no analyser has a reading then; their records run from {first} to "
            f"{last} UTC. Is utc_offset_h right for both?",
        )


def _tell(found: FoundClosures, k: int, lost: str, sentence: str) -> None:
    closure = f"closure {found.closures.id[k]}: {sentence}"
    found.problems.append(Problem(str(found.closures.path[k]), None, lost, closure))  # type: ignore[arg-type]
