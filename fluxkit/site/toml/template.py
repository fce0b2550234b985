"""A site file to fill in, begun from one raw file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from fluxkit.schema import gases
from fluxkit.site.column_names import ICOS_UNITS, Recognised, fraction, recognise
from fluxkit.site.name_pattern import files_pattern, guess_pattern, has_year
from fluxkit.site.sections import instruments
from fluxkit.site.sections.reading import DIAGNOSTICS, SONIC_VARIABLES
from fluxkit.site.toml.biomet_template import EXAMPLE, BiometFacts, biomet_lines
from fluxkit.site.toml.dumping import method_lines, toml_line, toml_value

#: Marks what is not in the file and must be given.
FILL = "FILL IN"

_UNITS = {
    "speed": '"m s-1", "cm s-1"',
    "temperature": '"degC", "K"',
    "pressure": '"kPa", "hPa", "Pa"',
    "gas": '"umol mol-1" (ppm), "mmol mol-1", "nmol mol-1" (ppb), "mmol m-3", "mg m-3", "g m-3"',
}


@dataclass(frozen=True)
class HeaderColumn:
    """One column of an inspected file."""

    name: str = ""  #: "" if the file names no columns
    unit: str = ""  #: from the header, "" if it has none
    first: str = ""  #: its first value, as written


@dataclass(frozen=True)
class TemplateFacts:
    """What is known from an inspected raw file."""

    file: str  #: path as it shall stand in the site file, with /
    format: str  #: name of the reader that recognises it
    columns: tuple[HeaderColumn, ...]  #: in the order of the file, time stamps included
    rate: float | None = None  #: samples per second [Hz]
    delimiter: str = ","
    header_rows: int = 0  #: lines before the data
    names_row: int | None = None  #: header line with names, 1 = first
    time_columns: tuple[str | int, ...] = ()  #: names or positions of what tells the time
    time_parts: tuple[str, ...] = ()  #: what each of them is
    day_first: bool | None = None  #: as the file's dates show it
    either_order: str = ""  #: a date that can be read with day or month first, where nothing shows it
    needs_name: bool = False  #: whether the records' time is one only with the date in the file's name
    has_stamps: bool = False  #: whether records carry their time
    start: str = ""  #: first time stamp as written, "" if none
    file_minutes: float | None = None  #: length of the file
    station: Mapping[str, object] = field(default_factory=dict)  #: from the file's metadata
    instruments: tuple[Mapping[str, object], ...] = ()
    variables: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  #: of [columns]
    remarks: tuple[str, ...] = ()  #: what of the metadata cannot be used
    sample_time_is: str = ""  #: as the first and last stamp show it
    words: Mapping[str, str] = field(default_factory=dict)  #: variable -> what its diagnostic word looks like
    biomet: BiometFacts | None = None  #: of a table of slow measurements
    sources: Mapping[str, "TemplateFacts"] = field(default_factory=dict)  #: id -> files of further loggers
    told: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict
    )  #: station, sonic, irga, raw: answers


def site_template(facts: TemplateFacts) -> str:
    """Return a commented site file, filled in as far as a raw file allows.

    What must still be given is marked ``FILL IN``, with unit, example and the values
    that are allowed; loading the file before that is done names exactly these keys.

    Parameters
    ----------
    facts : TemplateFacts
        From inspecting one raw file.
    """
    found = {} if facts.variables else assigned(facts)
    measured = [name for name in (*found, *facts.variables, *_further(facts)) if gases.is_known_gas(name)]
    name = PurePosixPath(facts.file).name
    blocks = [
        [
            f"# Site file for fluxkit, begun from {_one_line(name)}.",
            f"# Complete the lines marked {FILL}: remove the # in front and correct the value.",
            "# Lengths in metres, angles in degrees. Check it with `fluxkit check`.",
            *(f"# From its metadata, not used: {_one_line(remark)}" for remark in facts.remarks),
        ],
        [toml_line("preset", "fluxkit", 'sets all methods; or: "eddypro-6" (as that program computes)')],
        ["[station]", *_with(facts.station, _answered(facts, "station", _station()))],
        *_instruments(facts, measured),
        ["[raw]", *_answered(facts, "raw", _raw(facts, name))],
        *(
            ["[[sources]]", toml_line("id", key), *_raw(source, PurePosixPath(source.file).name)]
            for key, source in facts.sources.items()
        ),
        ["[columns]", *_columns(facts, found)],
        *(
            [EXAMPLE]
            if facts.biomet is None
            else ["[biomet]", *biomet_lines(facts.biomet, facts.told.get("biomet", {}), FILL)],
        ),
        *([f"[{section}]", *method_lines(section)] for section in ("condition", "condense", "decide")),
        ["[output]", *_output()],
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _biomet(facts: TemplateFacts) -> Iterator[str]:
    if facts.biomet is None:
        yield EXAMPLE
        return
    yield "[biomet]"
    yield from biomet_lines(facts.biomet, facts.told.get("biomet", {}), FILL)


def _fill(key: str, example: object, comment: str) -> str:
    return toml_line(key, example, f"{FILL}: {comment}", active=False)


def _maybe(key: str, example: object, comment: str) -> str:
    return toml_line(key, example, comment, active=False)


def _answered(facts: TemplateFacts, block: str, lines: Iterator[str]) -> Iterator[str]:
    """Put what a person has told in place of the examples, and behind them what has none."""
    told = dict(facts.told.get(block, {}))
    for line in lines:
        key = line.lstrip("# ").partition(" = ")[0]
        yield toml_line(key, told.pop(key)) if key in told else line
    yield from (toml_line(key, value) for key, value in told.items())


def _with(known: Mapping[str, object], lines: Iterator[str]) -> Iterator[str]:
    """Put what is known in place of the examples."""
    for line in lines:
        key = line.lstrip("# ").partition(" = ")[0]
        yield toml_line(key, known[key], "from the file's metadata") if key in known else line


def _instruments(facts: TemplateFacts, measured: list[str]) -> Iterator[list[str]]:
    """Tables of instruments: those in the metadata, else a sonic and an analyser to fill in."""
    for instrument in facts.instruments:
        lines = [toml_line(key, value) for key, value in instrument.items()]
        if instruments.bandwidths(str(instrument.get("model", ""))) and "bandwidth" not in instrument:
            lines.append(_maybe("bandwidth", 10.0, _BANDWIDTH))
        yield ["[[instruments]]", *lines]
    if facts.instruments:
        return
    analyser = ("[[instruments]]", *_answered(facts, "irga", _analyser()))
    yield ["[[instruments]]", *_answered(facts, "sonic", _sonic())]
    yield list(analyser if measured else _commented(analyser))


def _commented(lines: tuple[str, ...]) -> Iterator[str]:
    yield "# If there is a gas analyser, remove the # of these lines:"
    yield from (line.replace(FILL, "needed") if line.startswith("#") else f"# {line}" for line in lines)


def _station() -> Iterator[str]:
    yield _fill("id", "XX-Abc", "site code: letters, digits, - and _")
    yield _fill("latitude", 60.5, "degrees north, -90 to 90")
    yield _fill("longitude", 7.5, "degrees east, -180 to 180")
    yield _fill("altitude", 1200.0, "metres above sea level")
    yield _fill("utc_offset_h", 1.0, "local standard time minus UTC, hours; no daylight saving")
    yield _fill("canopy_height", 0.3, "metres")
    yield _maybe("name", "", "full name")
    yield _maybe("displacement_height", 0.2, "metres; 0.67 canopy height if absent")
    yield _maybe("roughness_length", 0.045, "metres; 0.15 canopy height if absent")


_BANDWIDTH = "Hz, look it up: set in IRGASON, EC150, EC155, LI-7500 and LI-7200; decides their response"


def _sonic() -> Iterator[str]:
    yield toml_line("kind", "sonic")
    yield toml_line("id", "sonic")
    yield _fill("model", "csat3", f"one of {', '.join(instruments.models('sonic'))}")
    yield _fill("height", 4.4, "of the measuring volume above ground, metres")
    yield _maybe("north_offset", 0.0, "of the sonic clockwise from north, degrees; for the wind direction")
    yield _maybe("firmware", "2329.600.01", "Gill WindMasters: decides whether w is corrected")
    yield _maybe("wind_reference", "spar", 'Gill sonics: what the offset refers to, "spar" or "axis"')


def _analyser() -> Iterator[str]:
    yield toml_line("kind", "gas_analyser")
    yield toml_line("id", "irga")
    yield _fill("model", "li-7200", f"one of {', '.join(instruments.models('gas_analyser'))}")
    yield _maybe("northward_separation", 0.0, "analyser minus sonic, metres northwards")
    yield _maybe("eastward_separation", 0.0, "metres eastwards")
    yield _maybe("vertical_separation", 0.0, "metres upwards")
    yield _maybe("bandwidth", 10.0, _BANDWIDTH)
    yield _maybe("tube_length", 0.711, "closed path only, then needed: metres")
    yield _maybe("tube_diameter", 0.00533, "closed path only, then needed: inner diameter, metres")
    yield _maybe("tube_flow", 15.0, "closed path only, then needed: litres per minute")


def _raw(facts: TemplateFacts, name: str) -> Iterator[str]:
    pattern = guess_pattern(name)
    parent = PurePosixPath(facts.file).parent
    files = (parent / files_pattern(pattern)).as_posix() if pattern else facts.file
    yield toml_line("files", files, "relative to this file; * within a name, ** for folders below")
    yield toml_line("format", facts.format)
    if facts.rate is None:
        yield _fill("rate", 10.0, "samples per second, Hz")
    else:
        yield toml_line("rate", facts.rate, "samples per second, Hz")
    yield from _file_time(facts, pattern)
    if facts.file_minutes is not None:
        yield toml_line("file_minutes", facts.file_minutes, "length of a file, minutes")
    yield _maybe("utc_offset_h", 0.0, "of the files' times minus UTC, hours; the station's if absent")
    if facts.format == "delimited":
        yield from _layout(facts)
    yield from _time_columns(facts)
    yield _maybe("missing", ["-9999"], "texts that mean 'no value', beside NAN and empty")


def _file_time(facts: TemplateFacts, pattern: str | None) -> Iterator[str]:
    named = "%Y %m %d %H %M %S, %j day of year, %y two digits, * anything"
    if facts.has_stamps:
        first = f"; its first: {_one_line(facts.start)}" if facts.start else ""
        yield toml_line("file_time", "records", f"time from the records{first}")
        if facts.needs_name:
            comment = f"the date that the records lack: {named}"
            yield (
                toml_line("name_pattern", pattern, comment)
                if pattern
                else _fill("name_pattern", "site_%Y%m%d.csv", comment)
            )
            pattern = None
        which = 'whether a stamp begins ("start") or ends ("end") its sample'
        if facts.sample_time_is:
            yield toml_line("sample_time_is", facts.sample_time_is, f"{which}: as its stamps show")
        else:
            yield _maybe("sample_time_is", "start", which)
        if pattern:
            yield _maybe("name_pattern", pattern, f"to use the names instead (file_time = 'name'): {named}")
        return
    yield toml_line("file_time", "name", "the records carry no time")
    if pattern:
        yield toml_line("name_pattern", pattern, f"confirm: {named}")
    else:
        yield _fill("name_pattern", "site_%Y%m%d%H%M.csv", named)
    yield _fill("name_time_is", "start", '"start" or "end" of the file ("end" needs file_minutes)')
    if pattern and not has_year(pattern):
        yield _fill("year", 2020, "the names do not contain it")


def _layout(facts: TemplateFacts) -> Iterator[str]:
    yield toml_line("delimiter", facts.delimiter, "',', ';', '\\t' or 'whitespace'")
    yield toml_line("header_rows", facts.header_rows, "lines before the data")
    if facts.names_row is not None:
        yield toml_line("names_row", facts.names_row, "header line with column names, 1 = first")


def _time_columns(facts: TemplateFacts) -> Iterator[str]:
    columns, parts = list(facts.time_columns), list(facts.time_parts)
    if columns and (facts.format == "delimited" or len(columns) > 1):
        comment = "name or position, 1 = first"
        yield toml_line("time_column", columns if len(columns) > 1 else columns[0], comment)
    if columns and parts != ["stamp"]:
        yield toml_line("time_parts", parts if len(parts) > 1 else parts[0], "what they hold")
    if facts.day_first is not None:
        yield toml_line("day_first", facts.day_first, "as a day beyond 12 shows")
    elif facts.either_order:
        yield _fill("day_first", True, f"whether {_one_line(facts.either_order)} has the day first")


def assigned(facts: TemplateFacts) -> dict[str, Recognised]:
    """Return which column is taken for each variable: that of its name, else the first that is recognised."""
    found: dict[str, Recognised] = {}
    for column in facts.columns:
        if column.name in facts.time_columns or not column.name:
            continue
        unit = column.unit or (ICOS_UNITS.get(column.name, "") if facts.format == "icos" else "")
        known = recognise(column.name, unit)
        if known is not None and (known.variable not in found or column.name == known.variable):
            found[known.variable] = known
    return found


def _further(facts: TemplateFacts) -> list[str]:
    """Return the variables of further sources."""
    return [name for source in facts.sources.values() for name in assigned(source)]


def _columns(facts: TemplateFacts, found: dict[str, Recognised]) -> Iterator[str]:
    yield "# variable = { column = name or position (1 = first), unit, instrument, and for gases quantity }"
    yield "# value = gain x column + offset, if given; gases may have lag = { nominal, min, max } [s]"
    for name, known_entry in facts.variables.items():
        yield toml_line(name, dict(known_entry))
    for name in SONIC_VARIABLES:
        if name not in found and name not in facts.variables:
            unit = "degC" if name == "t_sonic" else "m s-1"
            example = {"column": 1, "unit": unit, "instrument": "sonic"}
            yield _fill(name, example, "name or position of this column")
    yield from _known_columns(facts, found)
    if not any(gases.is_known_gas(gas) for gas in (*found, *facts.variables, *_further(facts))):
        example = {"column": 5, "unit": "umol mol-1", "quantity": "mixing_ratio", "instrument": "irga"}
        yield _maybe("co2", example, "gases, if there is an analyser: co2, h2o, ch4, n2o")
    taken = {known.column for known in found.values()} | set(facts.time_columns)
    taken |= {column for table in facts.variables.values() if isinstance(column := table["column"], str)}
    for position, column in enumerate(facts.columns, start=1):
        if taken.isdisjoint({column.name, position}):
            called = f" {_one_line(column.name)!r}" if column.name else ""
            first = f": first value {_one_line(column.first)}" if column.first else ""
            yield f"# not used: column {position}{called}{first}"


def _known_columns(facts: TemplateFacts, found: dict[str, Recognised]) -> Iterator[str]:
    """Columns that their names tell: those of the first files, then of further sources."""
    analyser = any(gases.is_known_gas(gas) for gas in (*found, *_further(facts)))
    told = facts.told.get("columns", {})
    for name, known in found.items():
        for key in ("quantity", "unit"):
            if f"{name}.{key}" in told:
                known = replace(known, **{key: str(told[f"{name}.{key}"])})
        line = _column(name, known, analyser=analyser)
        yield f"{line}  # {facts.words[name]}" if name in facts.words and "#" not in line else line
    for key, source in facts.sources.items():
        for name, known in assigned(source).items():
            if name not in found:
                yield _column(name, known, analyser=analyser, source=key)


def _column(name: str, known: Recognised, *, analyser: bool, source: str | None = None) -> str:
    line: dict[str, object] = {"column": known.column, "unit": known.unit, "quantity": known.quantity}
    line["source"] = source
    if name in SONIC_VARIABLES or name == "diag_sonic":
        line["instrument"] = "sonic"
    elif analyser and name not in ("t_air", "p_air"):
        line["instrument"] = "irga"
    if known.doubt and name in DIAGNOSTICS:
        return _maybe(name, line, known.doubt)
    remarks = [known.doubt] if known.doubt else []
    if known.unit is None:
        remarks.append(f"{FILL} unit: {_units_of(name)}")
    if fraction(known.unit) and known.quantity is None:
        remarks.append(f'{FILL} quantity: "mixing_ratio" (of dry air) or "mole_fraction" (of moist air)')
    return toml_line(name, line, "; ".join(remarks))


def _units_of(name: str) -> str:
    if gases.is_known_gas(name):
        return _UNITS["gas"]
    if name.startswith(("t_", "p_")):
        return _UNITS["temperature" if name.startswith("t_") else "pressure"]
    return _UNITS["speed"]


def _output() -> Iterator[str]:
    for key, example in (("title", "Fluxes of ..."), ("institution", ""), ("creator_name", "")):
        yield _maybe(key, example, "for the metadata of the products")
    yield f"# license = {toml_value('CC-BY-4.0')}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
