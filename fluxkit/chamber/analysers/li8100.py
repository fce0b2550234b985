"""LI-COR's LI-8100 and LI-8150 soil flux systems: ``.81x`` files.

Observations follow one another: ``key:<tab>value`` lines, a line of column names beginning with Type,
records of type 1 (samples), 2 (initial values), 3 (means) and 4 (ranges), and the instrument's own fits.
Volumes are cm3. Columns may differ between observations; an observation that was broken off has no fits.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, text_lines
from fluxkit.chamber.analysers.numerals import finite_number, seconds_of, whole_number
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants, split_stamps
from fluxkit.chamber.analysers.zones import in_utc, with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import FileClosure, InstrumentFlux, Series
from fluxkit.schema.units import to_si

PRECISION = {"co2": 1e-6, "h2o": 10e-6}
#: A closure that is longer is damage. [s]
_LONGEST_S = 30 * 86_400.0
_FIRST_KEY = "LI-8100:"
_HOUSEKEEPING = (
    r"Type|CO2|Tbench|LATITUDE|LONGITUDE|STATUS|SPEED|COURSE|RH|Tboard|Vin|CO2ABS|H2OABS|Hour|DOY|RAW.*"
    r"|Annotation"
)
_SENSORS = ("V1", "V2", "V3", "V4")
_PROBES = ("T1", "T2", "T3", "T4")
_SAMPLE, _INITIAL = "1", "2"
_TYPES = frozenset("1234")


@dataclass
class _Observation:
    line: int
    facts: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    initial: dict[str, str] = field(default_factory=dict)

    def number(self, key: str) -> float:
        return finite_number(self.facts.get(key, ""))


def sniff(head: bytes) -> bool:
    """Whether the content begins with an observation of an LI-8100."""
    return head.lstrip(b"\r\n").startswith(b"LI-8100:\t")


def series(content: Contents, options: ReadOptions) -> Series:
    """Read an ``.81x`` file.

    Raises
    ------
    ReadError
        It holds no samples, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    observations = _observations(text_lines(content, log), log)
    filled = [found for found in observations if found.rows]
    if not filled:
        raise ReadError(
            content.source, "holds no samples: no line of column names with records of type 1 below"
        )
    for empty in (found for found in observations if not found.rows):
        log.add(Problem(log.source, empty.line, "period", f"observation {_name(empty)} has no samples"))
    cells = _merged(filled, log)
    builder = SeriesBuilder(cells, options)
    builder.add_column("co2", "Cdry", "ppm")
    builder.add_column("h2o", "H2O", "mmol mol-1")
    if "co2" not in builder.data:
        builder.add_column("co2_wet", "CO2", "ppm")
        builder.dry()
    builder.add_columns({"Tcham": ("t_chamber", "degC"), "Pressure": ("p_chamber", "kPa")})
    builder.add_columns({name: (name.lower(), "1") for name in _SENSORS})
    builder.add_columns({name: (name.lower(), "degC") for name in _PROBES})
    elapsed = cells.numbers("Etime")
    dates, times = split_stamps(cells.texts("Date"))
    written = instants(dates, times, options, log, cells.lines)
    zoned = with_given_offset(written, options, log.source)
    offset = 0.0 if math.isnan(zoned.offset_h) else zoned.offset_h
    closures, first = [], 0
    for k, found in enumerate(filled):
        last = first + len(found.rows)
        closure = _closure(found, k, in_utc(written[first:last], offset), elapsed[first:last], log)
        closures += [closure] if closure is not None else []
        first = last
    return builder.finish(
        zoned,
        format=READER.name,
        model="LI-8100",
        serial=filled[0].facts.get("Serial Number", ""),
        precision=PRECISION,
        closures=closures,
        housekeeping=_HOUSEKEEPING,
    )


def _observations(lines: list[str], log: ProblemLog) -> list[_Observation]:
    found: list[_Observation] = []
    for place, line in enumerate(lines, 1):
        if line.startswith(_FIRST_KEY):
            found.append(_Observation(place))
        elif not found:
            continue
        elif line.startswith("Type\t"):
            if not found[-1].rows:  # names that come again do not move the columns of records above
                found[-1].names = line.split("\t")
        else:
            _line(found[-1], line, place, log)
    return found


def _line(found: _Observation, line: str, place: int, log: ProblemLog) -> None:
    fields = line.split("\t")
    if fields[0] not in _TYPES:
        key, mark, value = line.partition(":\t")
        if mark:
            found.facts.setdefault(key.strip(), value.strip())
        return
    if not found.names:
        log.add(Problem(log.source, place, "line", "is a record without column names above it"))
        return
    # The column of annotations is left out of records that have none.
    width = len(found.names)
    if not width - 1 <= len(fields) <= width:
        log.add(Problem(log.source, place, "line", f"has {len(fields)} fields instead of {width}"))
        return
    fields += [""] * (width - len(fields))
    if fields[0] == _SAMPLE:
        found.rows.append(fields)
        found.lines.append(place)
    elif fields[0] == _INITIAL:
        found.initial = dict(zip(found.names, fields, strict=True))


def _merged(observations: list[_Observation], log: ProblemLog) -> Cells:
    """Bring records of all observations to the columns of any."""
    names = list(dict.fromkeys(name for found in observations for name in found.names))
    rows: list[list[str]] = []
    lines: list[int] = []
    for found in observations:
        place = {name: k for k, name in enumerate(found.names)}
        order = [place.get(name, -1) for name in names]
        same = names == found.names
        rows += found.rows if same else [[row[k] if k >= 0 else "" for k in order] for row in found.rows]
        lines += found.lines
    return Cells(names, rows, lines, log)


def _name(found: _Observation) -> str:
    return f"{found.facts.get('Obs#', '?')} {found.facts.get('Label', '')!r}"


def _closure(
    found: _Observation, position: int, time: np.ndarray, elapsed: np.ndarray, log: ProblemLog
) -> FileClosure | None:
    closed = np.flatnonzero((elapsed >= 0) & (elapsed < _LONGEST_S) & ~np.isnat(time))
    if not closed.size:
        log.add(
            Problem(log.source, found.line, "period", f"observation {_name(found)}: the chamber never closed")
        )
        return None
    first, last = closed[0], closed[-1]
    length = seconds_of(found.facts.get("Observation Length", ""))
    if not math.isnan(length):
        within = closed[elapsed[closed] <= length]
        last = within[-1] if within.size else last
    start = time[first] - np.timedelta64(round(float(elapsed[first]) * 1e9), "ns")
    kelvin, zero = to_si("degC")
    return FileClosure(
        id=f"{position + 1}",
        label=found.facts.get("Label", ""),
        start=start,
        end=time[last],
        area=found.number("Area") * 1e-4,
        volume=found.number("Vtotal") * 1e-6,
        height=found.number("Offset") * 1e-2,
        deadband=seconds_of(found.facts.get("Dead Band", "")),
        stop=length,
        port=found.facts.get("Port#", ""),
        treatment=found.facts.get("Comments", ""),
        t_air=finite_number(found.initial.get("Tcham", "")) * kelvin + zero,
        p_air=finite_number(found.initial.get("Pressure", "")) * 1e3,
        h2o=finite_number(found.initial.get("H2O", "")) * 1e-3,
        fluxes=_fluxes(found),
    )


def _fluxes(found: _Observation) -> tuple[InstrumentFlux, ...]:
    if not any(key in found.facts for key in ("Exp_Flux", "Lin_Flux")):
        return ()
    status = found.facts.get("CrvFitStatus", "")
    points = whole_number(found.facts.get("Crv_#Smp", ""))
    iterations = whole_number(found.facts.get("Exp_Iter", ""))
    exponential = InstrumentFlux(
        gas="co2",
        fit="exponential",
        flux=found.number("Exp_Flux") * 1e-6,
        selected=status == "Exp",
        flux_cv=found.number("Exp_FluxCV") * 1e-2,
        slope=found.number("Exp_dCdry/dt") * 1e-6,
        r2=found.number("Exp_R2"),
        a=found.number("Exp_a"),
        c0=found.number("Exp_Co") * 1e-6,
        cx=found.number("Exp_Cx") * 1e-6,
        t0=found.number("Exp_t0"),
        points=points,
        iterations=iterations,
    )
    linear = InstrumentFlux(
        gas="co2",
        fit="linear",
        flux=found.number("Lin_Flux") * 1e-6,
        selected=status == "Lin",
        flux_cv=found.number("Lin_FluxCV") * 1e-2,
        slope=found.number("Lin_dCdry/dt") * 1e-6,
        r2=found.number("Lin_R2"),
        points=exponential.points,
    )
    return exponential, linear


READER = Reader("li-8100", sniff, series=series)
