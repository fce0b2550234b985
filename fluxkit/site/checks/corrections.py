"""Whether corrections of samples fit the instruments that stand there."""

from collections.abc import Iterator

from fluxkit.schema import units
from fluxkit.schema.diagnostics import diagnostic_words
from fluxkit.site.sections.equipment import GasAnalyser, Sonic
from fluxkit.site.sections.instruments import known_instruments
from fluxkit.site.sections.reading import DIAGNOSTICS
from fluxkit.site.sections.strict import ConfigProblem
from fluxkit.site.tables import Tables


def sonic_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find corrections that were not made for the sonic, and columns that do not fit its wind format."""
    sonic, condition = site.sonic, site.condition
    if site.station.d == sonic.height:  # beyond it is told by `check`: there nothing is divided by zero
        yield ConfigProblem(
            ("station", "displacement_height"),
            f"{site.station.d:g} m is the height of the sonic: heights are above ground, in metres",
        )
    yield from _angle_problems(sonic, condition.angle_of_attack)
    if condition.transducer_shadow != "none":
        yield from _shadow_problems(sonic)
    paths_known = sonic.traits.elevation is not None or bool(sonic.traits.cross_wind_shares)
    if sonic.cross_wind_corrected is False and condition.cross_wind != "none" and not paths_known:
        yield ConfigProblem(
            ("condition", "cross_wind"),
            f"the paths of a {sonic.model} are not known: choose 'none', or correct the temperature before "
            "and set cross_wind_corrected = true",
        )
    polar = sonic.wind_format == "polar"
    if (units.parse(site.columns["u"].unit).dimension == "angle") != polar:
        needed = "'deg', the direction," if polar else "a speed"
        message = f"wind_format is {sonic.wind_format!r}, so it must be {needed} here"
        yield ConfigProblem(("columns", "u", "unit"), message)
    if sonic.wind_format == "axis" and not sonic.model.startswith(("hs-", "r2", "r3", "windmaster")):
        position = site.instruments.index(sonic)
        message = f"'axis' is a format of Gill sonics; the sonic is a {sonic.model}"
        yield ConfigProblem(("instruments", position, "wind_format"), message)


def _angle_problems(sonic: Sonic, method: str) -> Iterator[ConfigProblem]:
    path, own = ("condition", "angle_of_attack"), sonic.traits.angle_of_attack
    if method not in ("automatic", "none", own):
        fitting = [
            name
            for name, entry in known_instruments()["sonic"].items()
            if entry.get("angle_of_attack") == method
        ]
        yield ConfigProblem(
            path,
            f"{method} was made for {', '.join(fitting)}; the sonic is a {sonic.model}: choose "
            "'automatic' or 'none'",
        )
    chosen = own if method == "automatic" else method
    if chosen == "nakai-shimoyama-2012" and sonic.firmware is None:
        yield ConfigProblem(
            path,
            "nakai-shimoyama-2012 holds for w as firmware 2329.x.y, x below 700, reports it: give "
            f"instruments.{sonic.id}.firmware",
        )


def _shadow_problems(sonic: Sonic) -> Iterator[ConfigProblem]:
    path = ("condition", "transducer_shadow")
    if not sonic.traits.shadow:
        fitting = [name for name, entry in known_instruments()["sonic"].items() if entry.get("shadow")]
        message = f"horst-2015 holds for {', '.join(fitting)}; the sonic is a {sonic.model}: choose 'none'"
        yield ConfigProblem(path, message)
    elif sonic.shadow_corrected:
        message = "the sonic's firmware corrects for shadows already (shadow_corrected): choose 'none'"
        yield ConfigProblem(path, message)


def word_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find diagnostic words that belong to no instrument, and limits of signals without a column."""
    known = {i.id: i for i in site.instruments}
    for name in DIAGNOSTICS[1:]:
        column, path = site.columns.get(name), ("columns", name, "instrument")
        if column is None:
            continue
        if column.instrument is not None and not isinstance(known[column.instrument], GasAnalyser):
            yield ConfigProblem(path, f"{column.instrument!r} is not a gas analyser")
        elif column.instrument is None and (name != "diag_gas" or "diag_gas_2" in site.columns):
            yield ConfigProblem(path, "missing; there are several analysers: give the one of this column")
    for name in site.columns:
        if name.startswith("signal_") and name.removeprefix("signal_") not in site.columns:
            message = f"there is no column {name.removeprefix('signal_')!r} whose signal it is"
            yield ConfigProblem(("columns", name), message)
    for gas in site.condition.signal_limits:
        if f"signal_{gas}" not in site.columns:
            message = f"there is no column signal_{gas}; add it or remove the limit"
            yield ConfigProblem(("condition", "signal_limits", gas), message)


def calibration_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find calibrations of variables that have no column at any time."""
    for position, entry in enumerate(site.calibration):
        if entry.variable not in site.later_columns:
            path = ("calibration", position, "variable")
            yield ConfigProblem(path, f"no column {entry.variable!r}", site.later_columns, entry.variable)


def unread_words(site: Tables) -> Iterator[ConfigProblem]:
    """Find diagnostic columns that are not used, since the word of the instrument is not known."""
    known = {i.id: i for i in site.instruments}
    for name in DIAGNOSTICS:
        instrument = known.get(site.columns[name].instrument or "") if name in site.columns else None
        if instrument is not None and not instrument.word:
            yield ConfigProblem(
                ("columns", name),
                f"the diagnostic word of a {instrument.model} is not known and is not read; give its "
                f"instrument diagnostic_word, one of {', '.join(diagnostic_words())}",
            )
