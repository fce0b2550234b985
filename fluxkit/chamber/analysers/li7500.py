"""LI-COR's open-path LI-7500 in a tent or chamber: the files that its software logs on a computer.

Two forms, both with tabs: of the first LI-7500, where a date and calibrations stand above names and seconds
since then; and of the LI-7500A, RS and DS, with lines that begin with DATAH and DATA. Gases are molar
densities. They become mole fractions with the temperature and pressure of the same record, which are those of
the tent's air, and then dry. A file is one closure unless it lasts longer than one can.
"""

import re
from pathlib import PurePath

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, table_of, tell_others, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants
from fluxkit.chamber.analysers.zones import Zoned, with_given_offset
from fluxkit.chamber.closures.conditions import plausible
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import FileClosure, Series, Times
from fluxkit.schema import units

PRECISION = {"co2": 0.11e-6, "h2o": 4.7e-6}
_BEGAN = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}) (\d{4}) at\s+(\d{1,2}:\d{2}:\d{2}(?:\s*[AP]M)?)")
_MODEL = re.compile(r"Model:\s*(LI-7[25]00\w*)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SECONDS = "Relative Time"
#: Variable -> columns of either form, and unit.
_AIR = {
    "t_air": (("Temperature", "Temperature (C)"), "degC"),
    "p_air": (("Pressure", "Pressure (kPa)"), "kPa"),
}
_DENSITIES = {
    "h2o": (("H2O mmol/m3", "H2O (mmol/m^3)"), "mmol m-3"),
    "co2_wet": (("CO2 mmol/m3", "CO2 (mmol/m^3)"), "mmol m-3"),
}
#: What the analyser makes of them itself, where a file has no densities.
_FRACTIONS = {
    "h2o": (("H2O mmol/mol", "H2O (mmol/mol)"), "mmol mol-1"),
    "co2_wet": (("CO2 umol/mol", "CO2 (umol/mol)"), "umol mol-1"),
}
_METHANE = "CH4 (umol/mol)"
_DIAGNOSTIC = "Diagnostic Value"
#: Bits of the diagnostic value that are set where chopper, detector, PLL and synchronisation are well.
_WELL = 0xF0
_HOUSEKEEPING = r".*"
#: Longer files are no closures. [s]
_LONGEST = 1800.0
_HEADING = ("Frequency:", "Zero:", "Span:", "CO2", "H2O")


def sniff(head: bytes) -> bool:
    """Whether the content begins as a file of an LI-7500's software."""
    text = head.decode("latin-1")
    if _MODEL.match(text):
        return "\nDATAH\t" in text
    return _BEGAN.match(text) is not None and f"\t{_SECONDS}\t" in text


def series(content: Contents, options: ReadOptions) -> Series:
    """Read either form.

    Raises
    ------
    ReadError
        It has no records, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    model = _MODEL.match(lines[0])
    heading = next(
        (k for k, line in enumerate(lines) if line.startswith("DATAH\t") or f"\t{_SECONDS}\t" in line), None
    )
    if heading is None:
        raise ReadError(content.source, "has no line of names")
    names = [name.strip() for name in lines[heading].split("\t")]
    body = lines[heading + 1 :]
    if model is not None:
        tell_others(lines, _others(lines, heading), log)
        body = [line if line.startswith("DATA\t") else "" for line in body]
    cells = table_of(names, body, heading + 2, "\t", log)
    if not cells.size:
        raise ReadError(content.source, "holds no records below its line of names")
    builder = SeriesBuilder(cells, options)
    _mole_fractions(builder)
    _methane(builder)
    builder.dry()
    _diagnose(builder)
    written = _stamps(cells, options, log) if model else _since(lines[0], cells, options, log)
    if model:
        _compare(lines[:heading], written, log)
    zoned = with_given_offset(written, options, log.source)
    return builder.finish(
        zoned,
        format=READER.name,
        model=model[1] if model else "LI-7500",
        serial=_serial(lines[:heading]),
        precision=PRECISION,
        closures=_closure(zoned, "" if model else _remark(lines[1:heading]), log),
        housekeeping=_HOUSEKEEPING,
    )


def _others(lines: list[str], heading: int) -> list[int]:
    """Lines below the names that are neither records nor lines of a header as it stands above."""
    known = {line.partition("\t")[0] for line in lines[: heading + 1]} | {"DATAU"}
    below = enumerate(lines[heading + 1 :], heading + 2)
    others = ((place, line) for place, line in below if line.strip() and not line.startswith("DATA\t"))
    return [place for place, line in others if line.partition("\t")[0] not in known]


def _mole_fractions(builder: SeriesBuilder) -> None:
    """Read temperature and pressure, and with them the gases."""
    cells, log = builder.cells, builder.log
    for variable, (columns, unit) in _AIR.items():
        for column in columns:
            builder.add_column(variable, column, unit)
        if variable in builder.data:
            _check(builder, variable)
    for variable, (columns, unit) in _DENSITIES.items():
        scale, _ = units.to_si(unit)
        found = [column for column in columns if column in cells]
        if found and builder.put_density(variable, cells.numbers(found[0]) * scale, found[0]):
            continue
        given, unit = _FRACTIONS[variable]
        if any([builder.add_column(variable, column, unit) for column in given]) and found:
            reason = f"{variable} is the analyser's own: no temperature and pressure for its density"
            log.add(Problem(log.source, None, "nothing", reason))


def _methane(builder: SeriesBuilder) -> None:
    """Take methane where an LI-7700 was attached; its columns are 0 where none was."""
    if _METHANE in builder.cells and np.nan_to_num(builder.cells.numbers(_METHANE)).any():
        builder.add_column("ch4_wet", _METHANE, "umol mol-1")


def _check(builder: SeriesBuilder, variable: str) -> None:
    """Take out what no air in a tent has: a probe that is not plugged in would make mole fractions too."""
    values = builder.data[variable]
    good = plausible(variable, values)
    bad = int(np.count_nonzero(np.isfinite(values) & np.isnan(good)))
    if bad:
        builder.data[variable] = good
        reason = (
            f"{bad} of {values.size} values of {builder.sources[variable]} are implausible for a tent's air: "
            f"without them densities are no mole fractions (columns may name another one for {variable})"
        )
        builder.log.add(Problem(builder.log.source, None, "value", reason))


def _diagnose(builder: SeriesBuilder) -> None:
    if builder.add_column("diag", _DIAGNOSTIC, "1"):
        word = np.nan_to_num(builder.data["diag"]).clip(0, 255).astype(np.int64)
        builder.reject((word & _WELL) != _WELL, "a Diagnostic Value that lacks one of its upper four bits")


def _moment(text: str) -> tuple[str, str] | None:
    """Return date and clock of "Mar 15 2018 at 7:44:11"."""
    match = _BEGAN.search(text)
    if match is None or match[1] not in _MONTHS:
        return None
    return f"{match[3]}-{_MONTHS.index(match[1]) + 1:02d}-{int(match[2]):02d}", match[4]


def _since(first: str, cells: Cells, options: ReadOptions, log: ProblemLog) -> Times:
    """Return the times of records by their seconds since the date in the first line."""
    began = _moment(first)
    if began is None:
        raise ReadError(log.source, f"its first line has no date: {first[:40]!r}")
    start = instants([began[0]], [began[1]], options, log, [1])[0]
    seconds = cells.numbers(_SECONDS)
    good = np.isfinite(seconds) & (np.abs(seconds) < 1e7)
    since = np.round(np.where(good, seconds, 0.0) * 1e9).astype("m8[ns]")
    return np.where(good, start + since, np.datetime64("NaT", "ns"))


def _stamps(cells: Cells, options: ReadOptions, log: ProblemLog) -> Times:
    """Return the times of records, whose clock is hh:mm:ss:ms."""
    clocks = []
    for text in cells.texts("Time"):
        whole, mark, thousandths = text.rpartition(":")
        clocks.append(f"{whole}.{thousandths}" if mark and whole.count(":") == 2 else text)
    return instants(cells.texts("Date"), clocks, options, log, cells.lines)


def _compare(heading: list[str], written: Times, log: ProblemLog) -> None:
    """Tell where the computer that logged was on another clock than the analyser."""
    line = next((line for line in heading if line.startswith("Timestamp:")), "")
    began, good = _moment(line), written[~np.isnat(written)]
    if began is None or not good.size:
        return
    computer = instants([began[0]], [began[1]], ReadOptions(), log, [3])[0]
    apart = float((good[0] - computer) / np.timedelta64(1, "h"))
    if abs(apart) > 0.25:
        reason = (
            f"its records are {apart:+.1f} h from its line Timestamp, the computer's clock: utc_offset_h is "
            "meant for the records'"
        )
        log.add(Problem(log.source, None, "nothing", reason))


def _serial(heading: list[str]) -> str:
    line = next((line for line in heading if line.startswith("SN:")), "")
    return line.partition(":")[2].strip()


def _remark(heading: list[str]) -> str:
    """Return what somebody typed between calibrations and names."""
    typed = [line.strip() for line in heading if line.strip() and not line.strip().startswith(_HEADING)]
    return "; ".join(typed)


def _closure(zoned: Zoned, remark: str, log: ProblemLog) -> list[FileClosure]:
    """Take the file for one closure."""
    time = zoned.time[~np.isnat(zoned.time)]
    if time.size < 2:
        return []
    length = float((time.max() - time.min()) / np.timedelta64(1, "s"))
    if length > _LONGEST:
        reason = f"it lasts {length / 60:.0f} min, so is not one closure: give closures in a field sheet"
        log.add(Problem(log.source, None, "nothing", reason))
        return []
    label = PurePath(log.source).name.split(".")[0]
    return [FileClosure(id=label, label=label, start=time.min(), end=time.max(), remark=remark)]


READER = Reader("li-7500", sniff, series=series)
