"""LI-COR's LI-8100 and LI-8150 soil flux systems: ``.81x`` files.

Observations follow one another: ``key:<tab>value`` lines, a line of column names beginning with Type,
records of type 1 (samples), 2 (initial values), 3 (means) and 4 (ranges), and the instrument's own fits.
Volumes are cm3. Columns may differ between observations; an observation that was broken off has no fits.
Stamps (Date) jitter and jump when the clock is set; seconds since closing (Etime) do not. Smart Chambers
write such files too, with further gases in ppb and one fit for each gas, values parted by tabs.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from fluxkit.chamber.analysers.cells import Cells, tell_others, text_lines
from fluxkit.chamber.analysers.numerals import finite_number, seconds_of, whole_number
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants, split_stamps
from fluxkit.chamber.analysers.zones import in_utc, with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.series import FileClosure, InstrumentFlux, Series, Times
from fluxkit.schema.units import to_si

PRECISION = {"co2": 1e-6, "h2o": 10e-6}
#: A closure that is longer is damage. [s]
_LONGEST_S = 30 * 86_400.0
_FIRST_KEY = "LI-8100:"
_HOUSEKEEPING = (
    r"Type|CO2|Tbench|LATITUDE|LONGITUDE|STATUS|SPEED|COURSE|RH|Tboard|Vin|CO2ABS|H2OABS|Hour|DOY|RAW.*"
    r"|Annotation|chamber_p_t|soilp_c|err"
)
_SENSORS = ("V1", "V2", "V3", "V4")
_PROBES = ("T1", "T2", "T3", "T4")
_SAMPLE, _INITIAL = "1", "2"
_TYPES = frozenset("1234")
#: Records that show whether all have an annotation.
_EXAMPLES = 5
#: Every list of columns begins with these.
_FIRST_NAMES = ("Type", "Etime", "Date", "Tcham", "Pressure", "H2O", "CO2", "Cdry", "Tbench")
#: Of Smart Chambers; without a probe 9999 is written.
_SMART = {
    "ch4": ("ch4", "ppb"),
    "n2o": ("n2o", "ppb"),
    "Tsoil": ("t_soil", "degC"),
    "soilp_t": ("t_soil_2", "degC"),
    "soilp_m": ("swc", "m3 m-3"),
}
_NO_PROBE = 9999.0
#: From the mole fractions and fluxes of each gas's fits to SI.
_FIT_SCALE = {"co2": 1e-6, "ch4": 1e-9, "n2o": 1e-9}
#: Stamps to the second may be that far from the seconds since closing; more is a clock that was set. [s]
_JITTER = 1.5
#: Stamps that jump farther within one closing are of two observations in a damaged file. [s]
_SPLICED = 43_200.0


@dataclass
class _Observation:
    line: int
    facts: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    records: list[tuple[int, list[str]]] = field(default_factory=list)  #: line and fields, as written
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
    _mend_names(observations, log)
    for found in observations:
        _sort_records(found, log)
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
    builder.add_columns(_SMART, (_NO_PROBE,))
    elapsed = cells.numbers("Etime")
    dates, times = split_stamps(cells.texts("Date"))
    written = instants(dates, times, options, log, cells.lines)
    end = 0
    for found in filled:
        begin, end = end, end + len(found.rows)
        written[begin:end] = _by_elapsed(found, written[begin:end], elapsed[begin:end], log)
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
    others: list[int] = []
    for place, line in enumerate(lines, 1):
        if _FIRST_KEY in line:
            found.append(_Observation(place))
            if not line.startswith(_FIRST_KEY):  # behind a record that was cut
                others.append(place)
        elif not found:
            continue
        elif line.startswith("Type\t"):
            if not found[-1].records:  # names that come again do not move the columns of records above
                found[-1].names = line.split("\t")
        elif line.strip() and not _line(found[-1], line, place, log):
            others.append(place)
    tell_others(lines, others, log)
    return found


def _line(found: _Observation, line: str, place: int, log: ProblemLog) -> bool:
    """Take a line of an observation; False if it is neither a record nor a fact."""
    fields = line.split("\t")
    if fields[0] not in _TYPES:
        key, mark, value = line.partition(":\t")
        if mark:
            found.facts.setdefault(key.strip(), value.strip())
        return bool(mark)
    if not found.names:
        log.add(Problem(log.source, place, "line", "is a record without column names above it"))
        return True
    found.records.append((place, fields))
    return True


def _fits(names: list[str], fields: list[str]) -> bool:
    """Whether a record has these columns; that of annotations is left out of records that have none."""
    return len(names) - 1 <= len(fields) <= len(names)


def _mend_names(observations: list[_Observation], log: ProblemLog) -> None:
    """Give observations whose line of names is damaged the names of another, or those that are certain."""
    broken = [
        found
        for found in observations
        if found.records and not any(_fits(found.names, fields) for _, fields in found.records)
    ]
    whole = [found.names for found in observations if found.records and found not in broken]
    for found in broken:
        fields = found.records[0][1]
        names = next((names for names in whole if _fits(names, fields)), None)
        whose = "those of another observation are used"
        if names is None:
            if tuple(found.names[: len(_FIRST_NAMES)]) != _FIRST_NAMES:
                continue  # every record is told
            names = list(_FIRST_NAMES)
            found.records = [(place, fields[: len(names)]) for place, fields in found.records]
            whose = f"only {_FIRST_NAMES[0]} to {_FIRST_NAMES[-1]} are used"
        reason = f"observation {_name(found)}: its line of column names is damaged, {whose}"
        log.add(Problem(log.source, found.line, "nothing", reason))
        found.names = list(names)


def _sort_records(found: _Observation, log: ProblemLog) -> None:
    """Part records into samples and initial values."""
    width = len(found.names)
    first = found.records[:_EXAMPLES]
    annotated = 2 * sum(len(fields) == width for _, fields in first) > len(first)
    for place, fields in found.records:
        # The last column is for what somebody types; a number there is one that is too many.
        more = len(fields) == width and math.isfinite(finite_number(fields[-1])) and not annotated
        if not _fits(found.names, fields) or more:
            log.add(Problem(log.source, place, "line", f"has {len(fields)} fields instead of {width}"))
            continue
        fields = fields + [""] * (width - len(fields))
        if fields[0] == _SAMPLE:
            found.rows.append(fields)
            found.lines.append(place)
        elif fields[0] == _INITIAL:
            found.initial = dict(zip(found.names, fields, strict=True))


def _by_elapsed(found: _Observation, written: Times, elapsed: Array, log: ProblemLog) -> Times:
    """Return the times of samples by their seconds since closing, which is when most stamps put it.

    Samples without such seconds keep their distance from the next that has some.
    """
    known = (elapsed >= 0) & (elapsed < _LONGEST_S)
    stamped = np.flatnonzero(known & ~np.isnat(written))
    if not stamped.size or (np.diff(elapsed[known]) < 0).any():
        return written
    since = np.round(np.where(known, elapsed, 0.0) * 1e9).astype(np.int64).astype("m8[ns]")
    closings = written[stamped] - since[stamped]
    closing = np.sort(closings)[stamped.size // 2]
    worst = _farthest(closings)
    if abs(worst) > _SPLICED:
        return written
    if abs(worst) > _JITTER:
        reason = (
            f"observation {_name(found)}: stamps are up to {worst:+g} s from the seconds since closing "
            "(Etime): the clock was set; times are those of Etime"
        )
        log.add(Problem(log.source, found.line, "nothing", reason))
    following = np.searchsorted(stamped, np.arange(written.size)).clip(max=stamped.size - 1)
    moved = written + (closing - closings)[following]
    times: Times = np.where(known, closing + since, moved)
    return times


def _farthest(closings: Times) -> float:
    """Return how far the farthest closing is from the middle one. [s]"""
    apart = (closings - np.sort(closings)[closings.size // 2]) / np.timedelta64(1, "s")
    return float(apart[np.argmax(np.abs(apart))])


def _merged(observations: list[_Observation], log: ProblemLog) -> Cells:
    """Bring records of all observations to the columns of any."""
    names = list(dict.fromkeys(name for found in observations for name in found.names if name))
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
    since = np.round(elapsed[closed] * 1e9).astype(np.int64).astype("m8[ns]")
    if abs(_farthest(time[closed] - since)) > _SPLICED:
        reason = f"observation {_name(found)} is spliced with another one: its closure is left out"
        log.add(Problem(log.source, found.line, "period", reason))
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
        remark=found.facts.get("Comments", ""),
        t_air=finite_number(found.initial.get("Tcham", "")) * kelvin + zero,
        p_air=finite_number(found.initial.get("Pressure", "")) * 1e3,
        h2o=finite_number(found.initial.get("H2O", "")) * 1e-3,
        fluxes=_fluxes(found),
    )


def _fluxes(found: _Observation) -> tuple[InstrumentFlux, ...]:
    if not any(key in found.facts for key in ("Exp_Flux", "Lin_Flux")):
        return ()
    gases = found.facts.get("GasColumnID", "co2").lower().split("\t")
    fits = [_fits_of(found, gas, place) for place, gas in enumerate(gases) if gas in _FIT_SCALE]
    return tuple(fit for pair in fits for fit in pair)


def _fits_of(found: _Observation, gas: str, place: int) -> tuple[InstrumentFlux, InstrumentFlux]:
    """Return the instrument's curve and line of one gas."""

    def text(key: str) -> str:
        values = found.facts.get(key, "").split("\t")
        return values[place].strip() if place < len(values) else ""

    scale, status, points = _FIT_SCALE[gas], text("CrvFitStatus"), whole_number(text("Crv_#Smp"))
    exponential = InstrumentFlux(
        gas=gas,
        fit="exponential",
        flux=finite_number(text("Exp_Flux")) * scale,
        selected=status.startswith("Exp"),
        flux_cv=finite_number(text("Exp_FluxCV")) * 1e-2,
        slope=finite_number(text("Exp_dCdry/dt")) * scale,
        r2=finite_number(text("Exp_R2")),
        a=finite_number(text("Exp_a")),
        c0=finite_number(text("Exp_Co")) * scale,
        cx=finite_number(text("Exp_Cx")) * scale,
        t0=finite_number(text("Exp_t0")),
        points=points,
        iterations=whole_number(text("Exp_Iter")),
    )
    linear = InstrumentFlux(
        gas=gas,
        fit="linear",
        flux=finite_number(text("Lin_Flux")) * scale,
        selected=status.startswith("Lin"),
        flux_cv=finite_number(text("Lin_FluxCV")) * 1e-2,
        slope=finite_number(text("Lin_dCdry/dt")) * scale,
        r2=finite_number(text("Lin_R2")),
        points=points,
    )
    return exponential, linear


READER = Reader("li-8100", sniff, series=series)
