"""Tables without a format of their own: text with a line of names, and a logger's TOA5.

Names that say gas, dryness and unit are understood (``CO2dry_ppm``, ``CH4_wet_ppb``, ``H2O_ppm``,
``LI7810_CO2``); other columns must be given by the user. A logger's facts may stand above the names, as a
Squirrel's do, and decimals behind a comma.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import replace

from fluxkit.chamber.analysers.cells import Cells, text_lines
from fluxkit.chamber.analysers.decimal_marks import decimal_points
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants, split_stamps
from fluxkit.chamber.analysers.vials import vial_series
from fluxkit.chamber.analysers.zones import Zoned, contradict, with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import Series, Times

_GAS = re.compile(
    r"(co2|ch4|n2o|nh3|co|c2h6|o2|h2o)[ _.]?(dry|wet|d)?[ _.(\[]*"
    r"(ppm|ppb|pct|percent|%|mmol[ _/.]?mol|umol[ _/.]?mol|nmol[ _/.]?mol)[)\]]*",
    re.IGNORECASE,
)
_UNITS = {"ppm": "ppm", "ppb": "ppb", "pct": "%", "percent": "%", "%": "%"}
#: Analysers that send dry mole fractions to a logger, by what their columns are usually called.
_LICOR = re.compile(r"LI[-_ ]?(78\d\d)[-_ ](CO2|CH4|N2O|N20|H2O)", re.IGNORECASE)
_LICOR_UNITS = {"co2": "ppm", "ch4": "ppb", "n2o": "ppb", "h2o": "ppm"}
#: What the tables of other programs call the rest.
_OTHERS = {
    "tcham": ("t_chamber", "degC"),
    "pcham": ("p_chamber", "kPa"),
    "tsoil": ("t_soil", "degC"),
    "par": ("par", "umol m-2 s-1"),
}
_STAMPS = (
    "posix.time", "datetime", "date_time", "date/time", "timestamp", "time_stamp", "date time", "time",
)  # fmt: skip
#: Names stand no lower than this.
_LONGEST_HEADER = 100
_TOA5_HEADER = 4


def series(content: Contents, options: ReadOptions) -> Series:
    """Read text with a line of names.

    Raises
    ------
    ReadError
        No column is recognised as a gas or the time, or an option is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    names, first, mark = _heading(lines, options, log)
    cells = _cells(lines, names, first, mark, options, log)
    if options.series_column is not None:
        clock = None if options.time_column is None else _time(cells, options)
        return vial_series(cells, options, clock)
    return _series(cells, {}, options, "delimited", "")


def _heading(lines: list[str], options: ReadOptions, log: ProblemLog) -> tuple[list[str], int, str]:
    """Return the names of columns, how many lines stand above the records, and the mark between fields."""
    found = _place_of_names(lines, options, log)
    if found is None:
        raise ReadError(log.source, "has no line of names")
    place = found + 1 if options.names else found
    if place >= len(lines):
        raise ReadError(log.source, f"has only {len(lines)} lines, none below the header_rows")
    mark = max("\t;,", key=lines[place].count)
    if options.names:
        return list(options.names), place, mark
    return [name.strip() for name in _fields(lines[place], mark, log)], place + 1, mark


def _place_of_names(lines: list[str], options: ReadOptions, log: ProblemLog) -> int | None:
    """Return the position of the line of names, of the last header line where names are given."""
    if options.header_rows is not None:
        return _given_place(lines, options.header_rows, options, log)
    written = [
        k for k, line in enumerate(lines[:_LONGEST_HEADER]) if line.strip() and not line.startswith("#")
    ]
    if options.names:
        return written[0] - 1 if written else None
    # A logger's facts may stand above: the names are those of a line that names the time, records below.
    for k in written:
        if _names_the_time(lines, k):
            if k > written[0]:
                reason = f"its names are in line {k + 1}: the {k} lines above them are passed over"
                log.add(Problem(log.source, None, "nothing", reason))
            return k
    return written[0] if written else None


def logger_series(content: Contents, options: ReadOptions) -> Series:
    """Read a TOA5 table: names in the second of four lines, units in the third; see `series`."""
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    if len(lines) <= _TOA5_HEADER:
        raise ReadError(content.source, "holds no records below TOA5's four lines")
    environment = next(csv.reader([lines[0]]))
    names = _fields(lines[1], ",", log)
    cells = _cells(lines, names, _TOA5_HEADER, ",", replace(options, decimal="."), log)
    written = dict(zip(cells.names, next(csv.reader([lines[2]])), strict=False))
    return _series(cells, written, options, "toa5", environment[2] if len(environment) > 2 else "")


def _given_place(lines: list[str], rows: int, options: ReadOptions, log: ProblemLog) -> int | None:
    """Return the last of so many header lines; if they were counted without that of the names, the next."""
    if rows == 0:
        return -1 if options.names else None
    if not options.names and not _names_the_time(lines, rows - 1) and _names_the_time(lines, rows):
        reason = f"header_rows = {rows}, but its names are in line {rows + 1}: {rows + 1} lines are taken"
        log.add(Problem(log.source, None, "nothing", reason))
        return rows
    return rows - 1


def names_the_time(head: bytes) -> bool:
    """Whether the beginning of a text has a line that names columns, among them the time."""
    lines = head.decode("latin-1").splitlines()
    return any(_names_the_time(lines, k) for k in range(min(len(lines), _LONGEST_HEADER)))


def _names_the_time(lines: list[str], k: int) -> bool:
    """Whether a line has a known name of the time, and as many fields stand below it."""
    if k + 1 >= len(lines):
        return False
    mark = max("\t;,", key=lines[k].count)
    cells = [cell.strip().strip('"').lower() for cell in lines[k].split(mark)]
    stamped = {"date", "time"} <= set(cells) or not set(cells).isdisjoint(_STAMPS)
    return stamped and len(cells) > 1 and lines[k + 1].count(mark) >= len(cells) - 1


def _fields(line: str, mark: str, log: ProblemLog) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])]
    except csv.Error as error:
        raise ReadError(log.source, f"cannot be split into fields: {error}") from error


def _cells(
    lines: list[str], names: list[str], first: int, mark: str, options: ReadOptions, log: ProblemLog
) -> Cells:
    rows: list[list[str]] = []
    places = []
    for place, line in enumerate(lines[first:], first + 1):
        if line.strip():
            rows.append(_fields(line, mark, log))
            places.append(place)
    rows = decimal_points(rows, len(names), mark, options.decimal, log)
    whole = [len(fields) == len(names) for fields in rows]
    for place, fields, good in zip(places, rows, whole, strict=True):
        if not good:
            log.add(Problem(log.source, place, "line", f"has {len(fields)} fields instead of {len(names)}"))
    if not any(whole):
        raise ReadError(log.source, "holds no records below its line of names")
    return Cells(names, rows, places, log).keep(whole)


def _series(cells: Cells, written: dict[str, str], options: ReadOptions, name: str, model: str) -> Series:
    builder = SeriesBuilder(cells, options, written)
    if not options.columns:
        _recognised(builder)
    if not builder.of_air() and not options.columns:
        raise ReadError(
            cells.source,
            "none of its columns is recognised as a gas: give columns, as "
            f'co2 = ["column", "ppm"] (co2_wet for moist air); its columns: {", ".join(cells.names)}',
        )
    builder.dry()
    return builder.finish(_time(cells, options), format=name, model=model)


def _recognised(builder: SeriesBuilder) -> None:
    for name in builder.cells.names:
        if (match := _LICOR.fullmatch(name)) is not None:
            gas = match[2].lower().replace("n20", "n2o")
            builder.add_column(gas, name, _LICOR_UNITS[gas])
        elif (match := _GAS.fullmatch(name)) is not None:
            _gas(builder, name, match)
        elif name.lower() in _OTHERS:
            variable, unit = _OTHERS[name.lower()]
            builder.add_column(variable, name, unit)


def _gas(builder: SeriesBuilder, name: str, match: re.Match[str]) -> None:
    gas, dryness = match[1].lower(), (match[2] or "").lower()
    unit = _UNITS.get(match[3].lower()) or re.sub(r"[ _/.]?mol$", " mol-1", match[3].lower())
    if gas != "h2o" and not dryness:
        raise ReadError(
            builder.cells.source,
            f"column {name} does not say whether it is of dry or moist air: give columns, as "
            f'{gas} = ["{name}", "{unit}"] if it is dry, {gas}_wet if it is not',
        )
    variable = f"{gas}_wet" if dryness == "wet" and gas != "h2o" else gas
    builder.add_column(variable, name, unit, (-9999.0,))


def _time(cells: Cells, options: ReadOptions) -> Zoned:
    stamps = _stamps(cells, options)
    zulu = all(stamp.endswith("Z") for stamp in stamps if stamp)
    dates, times = split_stamps(stamps)
    written: Times = instants(dates, times, options, cells.log, cells.lines)
    if zulu and options.trust_zone:
        contradict(0.0, options, cells.log, "the Z of its stamps")
        return Zoned(written, 0.0, "stamps in UTC (Z)")
    return with_given_offset(written, options, cells.source)


def _stamps(cells: Cells, options: ReadOptions) -> Sequence[str]:
    if options.time_column is not None:
        return cells.texts(options.time_column)
    by_name = {name.lower(): name for name in reversed(cells.names)}
    if by_name.keys() >= {"date", "time"} and not by_name.keys() & set(_STAMPS[:-1]):
        dates, times = cells.texts(by_name["date"]), cells.texts(by_name["time"])
        return [f"{date} {time}" for date, time in zip(dates, times, strict=True)]
    for known in _STAMPS:
        if known in by_name:
            return cells.texts(by_name[known])
    names = ", ".join(cells.names)
    raise ReadError(
        cells.source, f"no column is recognised as the time: give time_column; its columns: {names}"
    )
