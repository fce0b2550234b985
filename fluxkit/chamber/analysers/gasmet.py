"""Gasmet's FTIR analysers (DX4015, DX4040, GT5000 Terra): the results table of Calcmet.

Tabs; per gas a column of values and columns of unit, compensation (wet, dry or N/A) and residual. A result
takes 20 s. Gases of moist air are dried with the water vapour of the same spectrum.
"""

import re

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, table_of, text_lines
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants
from fluxkit.chamber.analysers.zones import with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import Series, is_gas

PRECISION = {"co2": 1.6e-6, "ch4": 13e-9, "n2o": 2e-9, "nh3": 23e-9, "co": 23e-9, "h2o": 33e-6}
_SUBSTANCE = re.compile(r".*\b(H2O|CO2|CH4|N2O|NH3|CO|C2H6)")
_UNITS = {"vol-%": "%", "%": "%", "ppm": "ppm", "ppb": "ppb"}
_PRESSURES = ("Ambient pressure", "Pressure")
_HOUSEKEEPING = (
    r"Line|Date|Time|SpectrumFile|LibraryFile|Status|IFG.*|.*temperature|(Ambient p|P)ressure"
    r"|.* (Unit|Compensation|Residual)"
)


def sniff(head: bytes) -> bool:
    """Whether the first line has the names of a Calcmet table."""
    names = [name.strip() for name in head.partition(b"\n")[0].split(b"\t")]
    return names[:4] == [b"Line", b"Date", b"Time", b"SpectrumFile"] and b"Compensation" in names


def series(content: Contents, options: ReadOptions) -> Series:
    """Read a results table.

    Raises
    ------
    ReadError
        It has no records, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    cells = table_of(_names(lines[0]), lines[1:], 2, "\t", log)
    if not cells.size:
        raise ReadError(content.source, "holds no records below its line of names")
    builder = SeriesBuilder(cells, options)
    for name in cells.names:
        match = _SUBSTANCE.fullmatch(name)
        if match is not None:
            _gas(builder, name, match[1].lower())
    builder.dry()
    for name in _PRESSURES:
        builder.add_column("p_air", name, "mbar")
    _status(builder)
    written = instants(cells.texts("Date"), cells.texts("Time"), options, log, cells.lines)
    return builder.finish(
        with_given_offset(written, options, log.source),
        format=READER.name,
        model="Gasmet",
        precision=PRECISION,
        housekeeping=_HOUSEKEEPING,
    )


def _names(line: str) -> list[str]:
    """Assign the repeated columns of unit, compensation and residual to their gas."""
    names, gas = [], ""
    for name in (cell.strip() for cell in line.split("\t")):
        if name in ("Unit", "Compensation", "Residual"):
            names.append(f"{gas} {name}")
        else:
            gas = name
            names.append(name)
    return names


def _gas(builder: SeriesBuilder, name: str, gas: str) -> None:
    cells = builder.cells
    written = _only(cells, f"{name} Unit")
    if written is None or written not in _UNITS:
        found = "not the same throughout" if written is None else repr(written)
        reason = f"{name} is left out: its unit is {found}"
        builder.log.add(Problem(cells.source, None, "variable", reason))
        return
    if gas == "h2o":
        builder.add_column("h2o", name, _UNITS[written])
        return
    if not is_gas(gas):
        return
    compensation = _only(cells, f"{name} Compensation")
    if compensation not in ("wet", "dry"):
        reason = f"{name} is left out: its compensation is neither wet nor dry throughout"
        builder.log.add(Problem(cells.source, None, "variable", reason))
        return
    builder.add_column(gas if compensation == "dry" else f"{gas}_wet", name, _UNITS[written])


def _only(cells: Cells, column: str) -> str | None:
    if column not in cells:
        return None
    found = set(cells.texts(column))
    return found.pop() if len(found) == 1 else None


def _status(builder: SeriesBuilder) -> None:
    if "Status" not in builder.cells:
        return
    words = np.array([word.lower() for word in builder.cells.texts("Status")])
    warned = int(np.count_nonzero(words == "warning"))
    if warned:
        reason = f"{warned} of {words.size} samples have Status Warning: they are used"
        builder.log.add(Problem(builder.log.source, None, "nothing", reason))
    builder.put("diag", np.where(words == "ok", 0.0, np.where(words == "warning", 1.0, 2.0)), "Status")
    builder.reject(builder.data["diag"] == 2.0, "a Status other than OK and Warning")


READER = Reader("gasmet", sniff, series=series)
