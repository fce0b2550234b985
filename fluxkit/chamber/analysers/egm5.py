"""PP Systems' EGM-5: its record files.

Commas; marker lines Zero, Start and End between records that begin with M5 or R5. Records have more fields
than the header names: a process code and its results. ``H2O`` is a pressure in mb; CO2 is of moist air and
in whole ppm.
"""

from collections import Counter

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants
from fluxkit.chamber.analysers.zones import with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import FileClosure, Series, Times

PRECISION = {"co2": 3e-6, "co2_wet": 3e-6, "o2_wet": 1e-2, "o2": 1e-2, "h2o": 500e-6}
_COLUMNS = {
    "CO2": ("co2_wet", "ppm"),
    "Pressure": ("p_air", "mbar"),
    "PAR": ("par", "umol m-2 s-1"),
    "Tsoil": ("t_soil", "degC"),
    "Tair": ("t_chamber", "degC"),
    "Msoil": ("swc", "%"),
    "Error": ("diag", "1"),
}
_HOUSEKEEPING = r"Tag.*|Date|Time|Plot_No|Rec_No|Flow|Tsen|Aux_V|H2O|O2|extra \d+"
_TAGS = ("M", "R")
#: Records that show how many fields one has.
_EXAMPLES = 5


def sniff(head: bytes) -> bool:
    """Whether the content begins with the names of an EGM-5's records."""
    return head.startswith(b"Tag(") and b",Plot_No," in head.partition(b"\n")[0]


def series(content: Contents, options: ReadOptions) -> Series:
    """Read a record file.

    Raises
    ------
    ReadError
        It has no records, or ``utc_offset_h`` or ``day_first`` is needed.
    """
    log = ProblemLog(content.source)
    cells, starts = _records(text_lines(content, log), log)
    builder = SeriesBuilder(cells, options)
    builder.add_columns(_COLUMNS)
    if "O2" in cells and np.any(cells.numbers("O2") > 0):
        builder.add_column("o2_wet", "O2", "%")
    _water(builder)
    builder.dry()
    written = instants(cells.texts("Date"), cells.texts("Time"), options, log, cells.lines)
    zoned = with_given_offset(written, options, log.source)
    return builder.finish(
        zoned,
        format=READER.name,
        model="EGM-5",
        precision=PRECISION,
        closures=_closures(cells, zoned.time, starts),
        housekeeping=_HOUSEKEEPING,
    )


def _records(lines: list[str], log: ProblemLog) -> tuple[Cells, list[int]]:
    """Return records and, for each, the number of Start lines above it (0 behind End)."""
    names = [name.strip() for name in lines[0].split(",")]
    rows: list[list[str]] = []
    places: list[int] = []
    starts: list[int] = []
    count, running = 0, False
    for place, line in enumerate(lines[1:], 2):
        fields = [cell.strip() for cell in line.split(",")]
        if fields[0] == "Start":
            count, running = count + 1, True
        elif fields[0] in ("End", "Zero"):
            running = False
        elif not fields[0].startswith(_TAGS):
            if line.strip():
                log.add(
                    Problem(
                        log.source, place, "line", f"begins with {fields[0][:20]!r}, so it is not a record"
                    )
                )
        else:
            rows.append(fields)
            places.append(place)
            starts.append(count if running else 0)
    widths = _widths(rows, len(names))
    for place, fields in zip(places, rows, strict=True):
        if len(fields) != (width := widths.get(fields[0], len(names))):
            log.add(Problem(log.source, place, "line", f"has {len(fields)} fields instead of {width}"))
    kept = [k for k, fields in enumerate(rows) if len(fields) == widths.get(fields[0])]
    rows = [rows[k][: len(names)] for k in kept]
    places, starts = [places[k] for k in kept], [starts[k] for k in kept]
    if not rows:
        raise ReadError(log.source, "holds no records that begin with M or R")
    return Cells(names, rows, places, log), starts


def _widths(rows: list[list[str]], least: int) -> dict[str, int]:
    """Fields of the records of each tag, as its first ones have them: more than are named."""
    found: dict[str, Counter[int]] = {}
    for fields in rows:
        seen = found.setdefault(fields[0], Counter())
        if len(fields) >= least and seen.total() < _EXAMPLES:
            seen[len(fields)] += 1
    return {tag: seen.most_common(1)[0][0] for tag, seen in found.items() if seen}


def _water(builder: SeriesBuilder) -> None:
    cells = builder.cells
    if "H2O" not in cells or "p_air" not in builder.data:
        return
    vapour = cells.numbers("H2O") * 1e2
    if not np.any(vapour > 0):
        reason = "H2O is 0 throughout: taken as absent"
        builder.log.add(Problem(builder.log.source, None, "nothing", reason))
        return
    pressure = builder.data["p_air"]
    share = vapour / np.where(pressure > 0, pressure, np.nan)
    builder.put("h2o", share, "H2O / Pressure")


def _closures(cells: Cells, time: Times, starts: list[int]) -> list[FileClosure]:
    plots = cells.texts("Plot_No")
    order = np.array(starts)
    found = []
    for number in range(1, max(starts, default=0) + 1):
        rows = np.flatnonzero((order == number) & ~np.isnat(time))
        if rows.size > 1:
            label = plots[int(rows[0])]
            found.append(FileClosure(id=f"{number}", label=label, start=time[rows[0]], end=time[rows[-1]]))
    return found


READER = Reader("egm-5", sniff, series=series)
