"""Tables without a format of their own: text with a line of names, and a logger's TOA5.

Names that say gas, dryness and unit are understood (``CO2dry_ppm``, ``CH4_wet_ppb``, ``H2O_ppm``,
``LI7810_CO2``); other columns must be given by the user.
"""

import csv
import re
from collections.abc import Sequence

from fluxkit.chamber.analysers.cells import Cells, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants, split_stamps
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
_STAMPS = ("posix.time", "datetime", "date_time", "timestamp", "time_stamp", "date time", "time")
_TOA5_HEADER = 4


def series(content: Contents, options: ReadOptions) -> Series:
    """Read text with one line of names.

    Raises
    ------
    ReadError
        No column is recognised as a gas or the time, or an option is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    heading = next((k for k, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if heading is None:
        raise ReadError(content.source, "has no line of names")
    mark = max("\t;,", key=lines[heading].count)
    cells = _cells(lines, heading, heading + 1, mark, log)
    return _series(cells, {}, options, "delimited", "")


def logger_series(content: Contents, options: ReadOptions) -> Series:
    """Read a TOA5 table: names in the second of four lines, units in the third; see `series`."""
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    if len(lines) <= _TOA5_HEADER:
        raise ReadError(content.source, "holds no records below TOA5's four lines")
    environment = next(csv.reader([lines[0]]))
    cells = _cells(lines, 1, _TOA5_HEADER, ",", log)
    written = dict(zip(cells.names, next(csv.reader([lines[2]])), strict=False))
    return _series(cells, written, options, "toa5", environment[2] if len(environment) > 2 else "")


def _cells(lines: list[str], heading: int, first: int, mark: str, log: ProblemLog) -> Cells:
    try:
        names = [name.strip() for name in next(csv.reader([lines[heading]], delimiter=mark))]
        rows, places = [], []
        for place, line in enumerate(lines[first:], first + 1):
            if not line.strip():
                continue
            fields = [cell.strip() for cell in next(csv.reader([line], delimiter=mark))]
            if len(fields) == len(names):
                rows.append(fields)
                places.append(place)
            else:
                log.add(
                    Problem(log.source, place, "line", f"has {len(fields)} fields instead of {len(names)}")
                )
    except csv.Error as error:
        raise ReadError(log.source, f"cannot be split into fields: {error}") from error
    if not rows:
        raise ReadError(log.source, "holds no records below its line of names")
    return Cells(names, rows, places, log)


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
