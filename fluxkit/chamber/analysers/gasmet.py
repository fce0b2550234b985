"""Gasmet's FTIR analysers (DX4015, DX4040, GT5000 Terra): the results table of Calcmet.

Tabs; per gas a column of values and columns of unit, compensation (wet, dry or N/A) and residual. A result
takes 20 s. Gases of moist air are dried with the water vapour of the same spectrum. A GT5000 may write no
line of names, or one that ends after its first word: then they must be given.
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


#: A record without its line's number: date, time, spectrum, library.
_RECORD = re.compile(r"(?:(\w*)\s+)?(\d{4}-\d\d-\d\d)\t(\d\d:\d\d:\d\d)\t([^\t]*\.SPEX?)\t", re.IGNORECASE)
_FIRST = ("Line", "Date", "Time", "SpectrumFile", "LibraryFile")
_BLOCK = ("", "Unit", "Compensation", "Residual")
_LAST = "Status"


def sniff(head: bytes) -> bool:
    """Whether the first line has the names of a Calcmet table, or is a record of one."""
    first = head.partition(b"\n")[0]
    names = [name.strip() for name in first.split(b"\t")]
    if names[:4] == [b"Line", b"Date", b"Time", b"SpectrumFile"]:
        return b"Compensation" in names
    return _RECORD.match(first.decode("latin-1")) is not None


def series(content: Contents, options: ReadOptions) -> Series:
    """Read a results table.

    Raises
    ------
    ReadError
        It has no records, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    lines = text_lines(content, log)
    if _RECORD.match(lines[0]):
        lines = ["", *(_RECORD.sub(r"\1\t\2\t\3\t\4\t", line) for line in lines)]
        names, first = _names_of(lines[1].split("\t"), options, log), 1
    else:
        names, first = _names(lines[0]), 2
        _compare(names, options, log)
    cells = table_of(names, lines[1:], first, "\t", log)
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


def _names_of(fields: list[str], options: ReadOptions, log: ProblemLog) -> list[str]:
    """Return the names of all columns of a table without a line of names.

    Raises
    ------
    ReadError
        Neither ``names`` nor ``columns`` says what the values are.
    """
    values, rest = divmod(len(fields) - len(_FIRST) - 1, len(_BLOCK))
    if rest or values < 1:
        raise ReadError(log.source, f"its first record has {len(fields)} fields, as no table of Calcmet has")
    given = list(options.names)
    if len(given) == len(fields):
        return _names("\t".join(given))
    if given and len(given) != values:
        raise ReadError(
            log.source, f"names has {len(given)} entries; give {values}, one for each value: {_shown(fields)}"
        )
    if not given and not options.columns and not options.looking:
        raise ReadError(
            log.source,
            f"it has no line of names: give names, one for each of its {values} values, such as "
            f'["Water vapor H2O", "Carbon dioxide CO2", ...]; its first record: {_shown(fields)}',
        )
    if not given:
        reason = f"it has no line of names: give names for its {values} values; they are {_shown(fields)}"
        log.add(Problem(log.source, None, "nothing", reason))
        given = [f"value {k}" for k in range(1, values + 1)]
    found = [" ".join([name, part]).strip() for name in given for part in _BLOCK]
    return [*_FIRST, *found, _LAST]


def _compare(names: list[str], options: ReadOptions, log: ProblemLog) -> None:
    """Tell where a file has other names than those given for files without any."""
    own = [name for name in names if f"{name} Unit" in names]
    if options.names and list(options.names) not in (own, names):
        reason = f"it has names of its own, other than those given: its own are used, {', '.join(own)}"
        log.add(Problem(log.source, None, "nothing", reason))


def _shown(fields: list[str]) -> str:
    """Return the values of a record with what it says of them."""
    first, step = len(_FIRST), len(_BLOCK)
    return ", ".join(
        " ".join(cell.strip() for cell in fields[k : k + 3]) for k in range(first, len(fields) - 1, step)
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
