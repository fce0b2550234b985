"""Whether what is asked of samples fits the instruments that stand there, in sentences."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from fluxkit.schema import units
from fluxkit.schema.diagnostics import words
from fluxkit.site.sections.calibration import Calibration
from fluxkit.site.sections.equipment import GasAnalyser, Sonic
from fluxkit.site.sections.instruments import table
from fluxkit.site.sections.methods import Condition
from fluxkit.site.sections.reading import DIAGNOSTICS, Column


def sonic_problems(sonic: Sonic, columns: Mapping[str, Column], condition: Condition) -> Iterator[str]:
    """Find corrections that were not made for the sonic, and columns that do not fit how it writes."""
    method = condition.angle_of_attack
    if method not in ("automatic", "none") and method != sonic.traits.angle_of_attack:
        fitting = [name for name, entry in table()["sonic"].items() if entry.get("angle_of_attack") == method]
        yield (
            f"condition.angle_of_attack: {method} was made for {', '.join(fitting)}; the sonic is a "
            f"{sonic.model}: choose 'automatic' or 'none'"
        )
    chosen = sonic.traits.angle_of_attack if method == "automatic" else method
    if chosen == "nakai-shimoyama-2012" and sonic.firmware is None:
        yield (
            "condition.angle_of_attack: nakai-shimoyama-2012 holds for w as firmware 2329.x.y, x below 700, "
            f"shows it: give instruments.{sonic.id}.firmware"
        )
    if condition.transducer_shadow != "none":
        yield from _shadow_problems(sonic)
    if sonic.cross_wind_corrected is False and condition.cross_wind != "none" and not _has_paths(sonic):
        yield (
            f"condition.cross_wind: the paths of a {sonic.model} are not known: choose 'none', or correct "
            "the temperature before and say cross_wind_corrected = true"
        )
    polar = sonic.wind_format == "polar"
    if (units.parse(columns["u"].unit).dimension == "angle") != polar:
        needed = "'deg', the direction," if polar else "a speed"
        yield f"columns.u.unit: wind_format is {sonic.wind_format!r}, so it must be {needed} here"
    if sonic.wind_format == "axis" and not sonic.model.startswith(("hs-", "r2", "r3", "windmaster")):
        yield f"instruments: wind_format 'axis' is of Gill sonics; the sonic is a {sonic.model}"


def _has_paths(sonic: Sonic) -> bool:
    return sonic.traits.elevation is not None or bool(sonic.traits.cross_wind_shares)


def _shadow_problems(sonic: Sonic) -> Iterator[str]:
    if not sonic.traits.shadow:
        fitting = [name for name, entry in table()["sonic"].items() if entry.get("shadow")]
        yield (
            f"condition.transducer_shadow: horst-2015 holds for {', '.join(fitting)}; the sonic is a "
            f"{sonic.model}: choose 'none'"
        )
    elif sonic.shadow_corrected:
        yield (
            "condition.transducer_shadow: the sonic's firmware corrects for shadows already "
            "(shadow_corrected): choose 'none'"
        )


def word_problems(
    instruments: Sequence[Sonic | GasAnalyser], columns: Mapping[str, Column], condition: Condition
) -> Iterator[str]:
    """Find diagnostic words that belong to no instrument, and limits of signals without a column."""
    known = {i.id: i for i in instruments}
    for name in DIAGNOSTICS[1:]:
        column = columns.get(name)
        if column is None:
            continue
        if column.instrument is not None and not isinstance(known[column.instrument], GasAnalyser):
            yield f"columns.{name}.instrument: {column.instrument!r} is no gas analyser"
        elif column.instrument is None and (name != "diag_gas" or "diag_gas_2" in columns):
            yield f"columns.{name}.instrument: several analysers report; say which one this column is of"
    for name in columns:
        if name.startswith("signal_") and name.removeprefix("signal_") not in columns:
            yield f"columns.{name}: there is no column {name.removeprefix('signal_')!r} whose signal it is"
    for gas in condition.signal_limits:
        if f"signal_{gas}" not in columns:
            yield f"condition.signal_limits: there is no column signal_{gas}; add it or remove the limit"


def calibration_problems(calibration: Sequence[Calibration], columns: Collection[str]) -> Iterator[str]:
    """Find calibrations of variables that have no column at any time."""
    for k, entry in enumerate(calibration, start=1):
        if entry.variable not in columns:
            known = ", ".join(columns)
            yield f"calibration[{k}].variable: no column {entry.variable!r}; columns: {known}"


def unread_words(instruments: Sequence[Sonic | GasAnalyser], columns: Mapping[str, Column]) -> Iterator[str]:
    """Name diagnostic columns that nothing can be made of, since nobody knows the instrument's word."""
    known = {i.id: i for i in instruments}
    for name in DIAGNOSTICS:
        if name not in columns:
            continue
        instrument = known.get(columns[name].instrument or "")
        if instrument is not None and not instrument.word:
            yield (
                f"columns.{name}: the diagnostic word of a {instrument.model} is not known and is not read; "
                f"give its instrument diagnostic_word, one of {', '.join(words())}"
            )
