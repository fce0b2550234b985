"""LI-COR's LI-6400 with a closed chamber: the logs of its OPEN program.

Lines of settings, ``$STARTOFDATA$``, names, and tab-separated records between which stand constants (area
and volume, cm2 and cm3) and remarks. Records have a time without date; the date is in the second line. Mode
1 is a measurement.
"""

import re

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, tell_others, text_lines
from fluxkit.chamber.analysers.numerals import finite_number
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants
from fluxkit.chamber.analysers.zones import with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import FileClosure, Series, Times

PRECISION = {"co2": 0.15e-6, "co2_wet": 0.15e-6, "h2o": 20e-6}
_COLUMNS = {
    "H2OS": ("h2o", "mmol mol-1"),
    "Cdry": ("co2", "ppm"),
    "CO2S": ("co2_wet", "ppm"),
    "TCham": ("t_chamber", "degC"),
    "Tair": ("t_air", "degC"),
    "Press": ("p_chamber", "kPa"),
    "PARo": ("par", "umol m-2 s-1"),
    "Tsoil": ("t_soil", "degC"),
    "Mode": ("state", "1"),
}
_HOUSEKEEPING = r"Obs|HHMMSS|ETime|Smpls|CFlux|x.*|CTarget|Density|TBlk|uc_.*|Status|Plot#|Meas type.*"
_START = "$STARTOFDATA$"
_MEASURING = 1.0
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_WRITTEN = re.compile(r'"?\w{3}\s+(\w{3})\s+(\d{1,2})\s+(\d{4})\s+(\d\d):(\d\d):(\d\d)')
#: How lines begin that are no records: remarks, headers, marks.
_REMARKS = ('"', "<", "$")
#: Fields that a remark does not have.
_FEW = 4
_HALF_A_DAY = np.timedelta64(12, "h")


def sniff(head: bytes) -> bool:
    """Whether the content begins with the version of OPEN."""
    return head.startswith(b'"OPEN ')


def series(content: Contents, options: ReadOptions) -> Series:
    """Read such a log.

    Raises
    ------
    ReadError
        It has no date, no names or no records, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    date = _date(lines, content.source)
    cells, constants = _records(lines, log)
    builder = SeriesBuilder(cells, options)
    builder.add_columns(_COLUMNS)
    builder.dry()
    clocks = [text.strip('"') for text in cells.texts("HHMMSS")]
    written = _days(instants([date] * cells.size, clocks, options, log, cells.lines))
    zoned = with_given_offset(written, options, log.source)
    return builder.finish(
        zoned,
        format=READER.name,
        model="LI-6400",
        precision=PRECISION,
        closures=_closures(cells, zoned.time, constants),
        housekeeping=_HOUSEKEEPING,
    )


def _date(lines: list[str], source: str) -> str:
    for line in lines[:5]:
        match = _WRITTEN.match(line)
        if match is not None and match[1] in _MONTHS:
            return f"{match[3]}-{_MONTHS.index(match[1]) + 1:02d}-{int(match[2]):02d}"
    raise ReadError(source, "its first lines hold no date such as Wed May 19 2021 09:23:53")


def _records(lines: list[str], log: ProblemLog) -> tuple[Cells, dict[str, float]]:
    names: list[str] = []
    constants: dict[str, float] = {}
    rows: list[list[str]] = []
    places: list[int] = []
    others: list[int] = []
    begun = False
    for place, line in enumerate(lines, 1):
        fields = [cell.strip().strip('"') for cell in line.split("\t")]
        begun = begun or line.startswith(_START)
        if fields[0] == "Const=" and len(fields) >= 4:
            constants.setdefault(fields[2], finite_number(fields[3]))
        elif begun and fields[0] == "Obs":
            if names and fields != names:
                raise ReadError(log.source, "its columns change here: split the file", line=place)
            names = fields
        elif names and fields[0].isdigit():
            if len(fields) == len(names):
                rows.append(fields)
                places.append(place)
            else:
                log.add(
                    Problem(log.source, place, "line", f"has {len(fields)} fields instead of {len(names)}")
                )
        elif (
            names and line.strip() and not (line.startswith(_REMARKS) and len(fields) < _FEW and any(fields))
        ):
            others.append(place)
    tell_others(lines, others, log)
    if not rows:
        raise ReadError(log.source, f"holds no records below {_START} and a line of names beginning with Obs")
    return Cells(names, rows, places, log), constants


def _days(time: Times) -> Times:
    """Start the next day when the clock falls back by more than half a day."""
    back = np.diff(time) < -_HALF_A_DAY
    return time + np.concatenate([[0], np.cumsum(back)]).astype("m8[D]") if time.size else time


def _closures(cells: Cells, time: Times, constants: dict[str, float]) -> list[FileClosure]:
    mode = cells.numbers("Mode") if "Mode" in cells else np.full(cells.size, _MEASURING)
    elapsed = cells.numbers("ETime") if "ETime" in cells else np.arange(float(cells.size))
    kinds = next(
        (cells.texts(name) for name in cells.names if name.startswith("Meas type")), [""] * cells.size
    )
    plots = cells.texts("Plot#") if "Plot#" in cells else [""] * cells.size
    measuring = mode == _MEASURING
    anew = np.concatenate([[True], (np.diff(elapsed) < 0) | ~measuring[:-1]])
    starts = np.flatnonzero(measuring & anew)
    found = []
    for place, first in enumerate(starts, 1):
        limit = starts[place] if place < starts.size else cells.size
        stop = first + int(np.argmin(np.append(measuring[first:limit], False)))
        times = time[first:stop]
        times = times[~np.isnat(times)]
        if times.size < 2:
            continue
        kind, plot = kinds[int(first)], plots[int(first)]
        found.append(
            FileClosure(
                id=f"{place}",
                label=plot or f"{place}",
                treatment=kind,
                cover={"NEE": "clear", "ER": "dark"}.get(kind.upper(), ""),  # type: ignore[arg-type]
                start=times[0],
                end=times[-1],
                area=constants.get("Area", float("nan")) * 1e-4,
                volume=constants.get("Vtot", float("nan")) * 1e-6,
                height=constants.get("Offset", float("nan")) * 1e-2,
            )
        )
    return found


READER = Reader("li-6400", sniff, series=series)
