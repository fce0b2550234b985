"""Tables without a format of their own: text with a line of names, and a logger's TOA5.

Names that say gas, dryness and unit are understood (``CO2dry_ppm``, ``CH4_wet_ppb``, ``H2O_ppm``,
``LI7810_CO2``); anything else is for the user to say.
"""

import csv
import re
from collections.abc import Sequence

from fluxkit.chamber.analysers.cells import Cells, text_lines
from fluxkit.chamber.analysers.series_builder import Draft
from fluxkit.chamber.analysers.stamps import instants, split_stamps
from fluxkit.chamber.analysers.zones import Zoned, contradict, told
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import Asked
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import Series, Times
from fluxkit.site.sections.strict import did_you_mean

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


def series(content: Contents, asked: Asked) -> Series:
    """Read text with one line of names.

    Raises
    ------
    ReadError
        No column is known to be a gas or the time, or something must be said that the table leaves open.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    heading = next((k for k, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if heading is None:
        raise ReadError(content.source, "holds no line of names")
    mark = max("\t;,", key=lines[heading].count)
    cells = _cells(lines, heading, heading + 1, mark, log)
    return _series(cells, {}, asked, "delimited", "")


def logger_series(content: Contents, asked: Asked) -> Series:
    """Read a TOA5 table: names in the second of four lines, units in the third; see `series`."""
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    if len(lines) <= _TOA5_HEADER:
        raise ReadError(content.source, "holds no records below TOA5's four lines")
    environment = next(csv.reader([lines[0]]))
    cells = _cells(lines, 1, _TOA5_HEADER, ",", log)
    written = dict(zip(cells.names, next(csv.reader([lines[2]])), strict=False))
    return _series(cells, written, asked, "toa5", environment[2] if len(environment) > 2 else "")


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


def _series(cells: Cells, written: dict[str, str], asked: Asked, name: str, model: str) -> Series:
    draft = Draft(cells, asked)
    if asked.columns:
        _told(draft, written)
    else:
        _recognised(draft)
    if not draft.of_air() and not asked.columns:
        raise ReadError(
            cells.source,
            "none of its columns is known to be a gas: say columns, as "
            f'co2 = ["column", "ppm"] (co2_wet for moist air); its columns: {", ".join(cells.names)}',
        )
    draft.dry()
    return draft.finish(_time(cells, asked), format=name, model=model)


def _told(draft: Draft, written: dict[str, str]) -> None:
    for variable, (name, unit) in draft.asked.columns.items():
        column = _named(draft.cells, name)
        if column not in draft.cells:
            hint = did_you_mean(column, list(draft.cells.names)) or ";"
            names = ", ".join(draft.cells.names)
            raise ReadError(draft.cells.source, f"no column {column!r}{hint} its columns: {names}")
        draft.take(variable, column, unit or written.get(column, ""), (-9999.0,))


def _named(cells: Cells, column: str) -> str:
    """Return the name of a column that is told by its position, 1 = first."""
    if column not in cells and column.isdecimal() and 1 <= int(column) <= len(cells.names):
        return cells.names[int(column) - 1]
    return column


def _recognised(draft: Draft) -> None:
    for name in draft.cells.names:
        if (match := _LICOR.fullmatch(name)) is not None:
            gas = match[2].lower().replace("n20", "n2o")
            draft.take(gas, name, _LICOR_UNITS[gas])
        elif (match := _GAS.fullmatch(name)) is not None:
            _gas(draft, name, match)
        elif name.lower() in _OTHERS:
            variable, unit = _OTHERS[name.lower()]
            draft.take(variable, name, unit)


def _gas(draft: Draft, name: str, match: re.Match[str]) -> None:
    gas, dryness = match[1].lower(), (match[2] or "").lower()
    unit = _UNITS.get(match[3].lower()) or re.sub(r"[ _/.]?mol$", " mol-1", match[3].lower())
    if gas != "h2o" and not dryness:
        raise ReadError(
            draft.cells.source,
            f"column {name} says not whether it is of dry or moist air: say columns, as "
            f'{gas} = ["{name}", "{unit}"] if it is dry, {gas}_wet if it is not',
        )
    variable = f"{gas}_wet" if dryness == "wet" and gas != "h2o" else gas
    draft.take(variable, name, unit, (-9999.0,))


def _time(cells: Cells, asked: Asked) -> Zoned:
    stamps = _stamps(cells, asked)
    zulu = all(stamp.endswith("Z") for stamp in stamps if stamp)
    dates, times = split_stamps(stamps)
    written: Times = instants(dates, times, asked, cells.log, cells.lines)
    if zulu and asked.trust_zone:
        contradict(0.0, asked, cells.log, "the Z of its stamps")
        return Zoned(written, 0.0, "stamps in UTC (Z)")
    return told(written, asked, cells.source)


def _stamps(cells: Cells, asked: Asked) -> Sequence[str]:
    if asked.time_column is not None:
        return cells.texts(asked.time_column)
    by_name = {name.lower(): name for name in reversed(cells.names)}
    if by_name.keys() >= {"date", "time"} and not by_name.keys() & set(_STAMPS[:-1]):
        dates, times = cells.texts(by_name["date"]), cells.texts(by_name["time"])
        return [f"{date} {time}" for date, time in zip(dates, times, strict=True)]
    for known in _STAMPS:
        if known in by_name:
            return cells.texts(by_name[known])
    names = ", ".join(cells.names)
    raise ReadError(cells.source, f"no column is known to be the time: say time_column; its columns: {names}")
