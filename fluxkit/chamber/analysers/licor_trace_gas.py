"""LI-COR's trace gas analysers LI-7810, LI-7815, LI-7820, LI-7825: ``.data`` files.

A few lines of ``key: value``, then rows marked DATAH (names), DATAU (units) and DATA. Gases are dry
already. Names and units repeat where the analyser was started anew.
"""

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, tell_others, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import fractions, from_epoch, instants
from fluxkit.chamber.analysers.zones import Zoned, offset_by_epoch, with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import Series

#: One standard deviation of 1 s averages [mol mol-1]; LI-COR's specifications.
PRECISION = {
    "LI-7810": {"co2": 3.5e-6, "ch4": 0.6e-9, "h2o": 45e-6},
    "LI-7815": {"co2": 0.04e-6, "h2o": 45e-6},
    "LI-7820": {"n2o": 0.4e-9, "h2o": 45e-6},
    "LI-7825": {"co2": 0.04e-6, "h2o": 45e-6},
}
#: Column -> variable and its unit where the file has no line of units.
_COLUMNS = {"CO2": ("co2", "ppm"), "CH4": ("ch4", "ppb"), "N2O": ("n2o", "ppb"), "H2O": ("h2o", "ppm")}
_HOUSEKEEPING = (
    r"DATAH|SECONDS|NANOSECONDS|NDX|REMARK|DATE|TIME|CHK|LASER_.*|RESIDUAL|RING_DOWN_TIME|THERMAL_.*|PHASE_.*"
    r"|INPUT_VOLTAGE"
)
_MARK = "\t"


def sniff(head: bytes) -> bool:
    """Whether the content begins with the model of such an analyser, or with its column names."""
    return head.startswith(b"Model:\tLI-78") or head.startswith(b"DATAH\tSECONDS\t")


def series(content: Contents, options: ReadOptions) -> Series:
    """Read a ``.data`` file.

    Raises
    ------
    ReadError
        It has no column names or no records, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    facts = dict(_fact(line) for line in lines[:20] if ":\t" in line)
    cells, units = _records(lines, log)
    builder = SeriesBuilder(cells, options)
    for column, (variable, usual) in _COLUMNS.items():
        builder.add_column(variable, column, units.get(column) or usual)
    builder.add_column("p_cell", "CAVITY_P", "kPa")
    builder.add_column("t_cell", "CAVITY_T", "degC")
    if builder.add_column("diag", "DIAG", "1"):
        bad = np.nan_to_num(builder.data["diag"], nan=1.0) != 0.0
        codes = sorted({f"{code:g}" for code in builder.data["diag"][bad]})
        builder.reject(bad, f"a DIAG other than 0 ({', '.join(codes)})")
    model = facts.get("Model", "")
    return builder.finish(
        _time(cells, options, log),
        format=READER.name,
        model=model,
        serial=facts.get("SN", ""),
        precision=PRECISION.get(model),
        housekeeping=_HOUSEKEEPING,
    )


def _fact(line: str) -> tuple[str, str]:
    key, _, value = line.partition(":\t")
    return key, value.strip()


def _records(lines: list[str], log: ProblemLog) -> tuple[Cells, dict[str, str]]:
    names: list[str] = []
    units: dict[str, str] = {}
    rows: list[list[str]] = []
    places: list[int] = []
    others: list[int] = []
    keys = {line.partition(":\t")[0] for line in lines[:20] if ":\t" in line}
    for place, line in enumerate(lines, 1):
        kind, _, _ = line.partition(_MARK)
        if kind == "DATAH":
            again = line.split(_MARK)
            if names and again != names:
                raise ReadError(log.source, "its columns change here: split the file", line=place)
            names = again
        elif kind == "DATAU":
            units = dict(zip(names, line.split(_MARK), strict=False))
        elif kind == "DATA" and names:
            fields = line.split(_MARK)
            if len(fields) == len(names):
                rows.append(fields)
                places.append(place)
            else:
                reason = f"has {len(fields)} fields instead of {len(names)}"
                log.add(Problem(log.source, place, "line", reason))
        elif names and line.strip() and line.partition(":\t")[0] not in keys:
            others.append(place)
    tell_others(lines, others, log)
    if not rows:
        raise ReadError(log.source, "holds no DATA records below a line of DATAH: copy the file again")
    return Cells(names, rows, places, log), units


def _time(cells: Cells, options: ReadOptions, log: ProblemLog) -> Zoned:
    nanoseconds = cells.numbers("NANOSECONDS") if "NANOSECONDS" in cells else None
    written = instants(cells.texts("DATE"), cells.texts("TIME"), options, log, cells.lines)
    if nanoseconds is not None:
        written = written + np.nan_to_num(fractions(nanoseconds)).astype(np.int64).astype("m8[ns]")
    if "SECONDS" not in cells:
        return with_given_offset(written, options, log.source)
    return offset_by_epoch(
        written, from_epoch(cells.numbers("SECONDS"), nanoseconds), options, log, "SECONDS"
    )


READER = Reader("licor-trace-gas", sniff, series=series)
