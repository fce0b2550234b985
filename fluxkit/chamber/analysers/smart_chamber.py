"""LI-COR's LI-8200-01S Smart Chamber: its JSON files.

Datasets by label hold repetitions, and these a header (geometry, clock, zone, satellite time), arrays,
their summary and the instrument's fluxes. Lengths are cm. Gases come from the analyser that is plugged in
and are dry.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from fluxkit.chamber.analysers.cells import Cells
from fluxkit.chamber.analysers.licor_trace_gas import PRECISION
from fluxkit.chamber.analysers.numerals import finite_number, whole_number
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import from_epoch, instants, split_stamps
from fluxkit.chamber.analysers.zones import Zoned, contradict, in_utc, with_given_offset, zone_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import Contents
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Array, Problem, ProblemLog
from fluxkit.raw.series import FileClosure, InstrumentFlux, Series
from fluxkit.schema.units import to_si

_COLUMNS = {
    "co2": ("co2", "ppm"),
    "ch4": ("ch4", "ppb"),
    "n2o": ("n2o", "ppb"),
    "h2o": ("h2o", "mmol mol-1"),
    "chamber_p": ("p_chamber", "kPa"),
    "chamber_t": ("t_chamber", "degC"),
    "soilp_t": ("t_soil", "degC"),
    "soil_t": ("t_soil_2", "degC"),
    "soilp_m": ("swc", "m3 m-3"),
    "err": ("diag", "1"),
}
_HOUSEKEEPING = r"timestamp|chamber_p_t|soilp_c"
_NO_PROBE = 9999.0
_FLUX_UNITS = {"co2": ("ppm", 1e-6), "ch4": ("ppb", 1e-9), "n2o": ("ppb", 1e-9), "h2o": ("mmol mol-1", 1e-3)}
#: How far the satellites' time may be from the clock's, zones apart. [h]
_SLACK = 0.1
#: A first sample later than that does not count from the closing. [s]
_LATE_FIRST = 5.0


@dataclass(frozen=True)
class _Repetition:
    label: str
    name: str
    remark: str
    header: dict[str, Any]
    data: dict[str, Any]
    footer: dict[str, Any]


def sniff(head: bytes) -> bool:
    """Whether the content begins as JSON with datasets."""
    return head.lstrip().startswith(b"{") and b'"datasets"' in head and b'"reps"' in head


def series(content: Contents, options: ReadOptions) -> Series:
    """Read such a file.

    Raises
    ------
    ReadError
        It is not JSON of that kind or holds no samples, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    filled = [rep for rep in _repetitions(_parsed(content), log) if _length(rep, log)]
    if not filled:
        raise ReadError(content.source, "holds no samples in any repetition")
    names = list(dict.fromkeys(name for rep in filled for name in rep.data))
    rows: list[list[str]] = []
    for rep in filled:
        size = len(rep.data["timestamp"])
        columns = [rep.data[name] if name in rep.data else [""] * size for name in names]
        rows += [["" if cell is None else str(cell) for cell in row] for row in zip(*columns, strict=True)]
    cells = Cells(names, rows, list(range(1, len(rows) + 1)), log)
    builder = SeriesBuilder(cells, options)
    builder.add_columns(_COLUMNS, (_NO_PROBE,))
    _errors(builder)
    parts: list[Zoned] = []
    closures: list[FileClosure] = []
    for rep in filled:
        parts.append(_time(rep, _seconds(rep), options, log))
        closures += _closure(rep, parts[-1])
    zoned = Zoned(np.concatenate([part.time for part in parts]), parts[0].offset_h, parts[0].clock)
    model = str(filled[0].header.get("InstrumentModel", ""))
    return builder.finish(
        zoned,
        format=READER.name,
        model=model or "LI-8200",
        serial=str(filled[0].header.get("InstrumentSerialNumber", "")),
        precision=PRECISION.get(model),
        closures=closures,
        housekeeping=_HOUSEKEEPING,
        position=_position(filled[0].header),
    )


def _position(header: dict[str, Any]) -> tuple[float, float]:
    """Return latitude and longitude of the receiver, NaN where it saw no satellites."""
    latitude, longitude = finite_number(header.get("latitude")), finite_number(header.get("longitude"))
    there = finite_number(header.get("gps_sats")) != 0.0 and (latitude, longitude) != (0.0, 0.0)
    return (latitude, longitude) if there else (np.nan, np.nan)


def _parsed(content: Contents) -> dict[str, Any]:
    try:
        found = json.loads(content.data)
    except (ValueError, RecursionError) as error:
        raise ReadError(content.source, f"is not complete JSON ({error}); copy the file again") from error
    if not isinstance(found, dict) or not isinstance(found.get("datasets"), list):
        raise ReadError(
            content.source, "is JSON without a list of datasets, so not a file of a Smart Chamber"
        )
    return found


def _repetitions(root: dict[str, Any], log: ProblemLog) -> Iterator[_Repetition]:
    for dataset in root["datasets"]:
        for label, entry in _dict(dataset).items():
            for name, rep in _dict(_dict(entry).get("reps")).items():
                rep = _dict(rep)
                yield _Repetition(
                    label=label,
                    name=name,
                    remark=str(_dict(entry).get("remark", "")),
                    header=_dict(rep.get("header")),
                    data=_dict(rep.get("data")),
                    footer=_dict(rep.get("footer")),
                )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _length(rep: _Repetition, log: ProblemLog) -> int:
    """Return the number of samples, 0 of a repetition that cannot be used."""
    place = f"{rep.label}/{rep.name}"
    lengths = {len(values) if isinstance(values, list) else -1 for values in rep.data.values()}
    if "timestamp" not in rep.data or lengths <= {0}:
        log.add(Problem(log.source, None, "period", f"{place} has no samples"))
        return 0
    if len(lengths) != 1 or -1 in lengths:
        log.add(Problem(log.source, None, "period", f"{place}: left out, since its columns differ in length"))
        return 0
    return lengths.pop()


def _seconds(rep: _Repetition) -> Array:
    return np.array([finite_number(value) for value in rep.data["timestamp"]], dtype=np.float64)


def _time(rep: _Repetition, seconds: Array, options: ReadOptions, log: ProblemLog) -> Zoned:
    dates, times = split_stamps([str(rep.header.get("Date", ""))])
    start = instants(dates, times, options, log, [1])[0]
    good = np.isfinite(seconds) & (np.abs(seconds) < 1e8)
    since = (np.where(good, seconds, 0.0) * 1e9).astype(np.int64).astype("m8[ns]")
    written = np.where(good, start + since, np.datetime64("NaT", "ns"))
    offset, clock = _offset(rep, start) if options.trust_zone else (None, "")
    if offset is None:
        why = "its clock has neither zone nor satellites' time"
        return with_given_offset(written, options, log.source, why=why)
    contradict(offset, options, log, f"{clock} of {rep.label}/{rep.name}")
    return Zoned(in_utc(written, offset), offset, f"{clock}: UTC{offset:+g} h")


def _offset(rep: _Repetition, start: np.datetime64) -> tuple[float | None, str]:
    """Return the clock's hours ahead of UTC: by the satellites, or by its zone where they are not heard."""
    if np.isnat(start):
        return None, ""
    name = str(rep.header.get("TimeZone", ""))
    zone = zone_offset(name, start) if name else None
    fixed = from_epoch(np.array([finite_number(rep.header.get("gps_time"))]))[0]
    if np.isnat(fixed):
        return zone, name
    apart = float((start - fixed) / np.timedelta64(1, "h"))
    nearest = round(apart * 4) / 4
    if abs(apart - nearest) < _SLACK and abs(nearest) <= 14:
        return nearest, "gps_time" if zone is None or zone != nearest else name
    return zone, name


def _errors(builder: SeriesBuilder) -> None:
    codes = builder.data.get("diag")
    if codes is None:
        return
    number_bad = int(np.count_nonzero(np.nan_to_num(codes)))
    if number_bad:
        reason = (
            f"{number_bad} of {codes.size} samples have an err other than 0: used, as the instrument does"
        )
        builder.log.add(Problem(builder.log.source, None, "nothing", reason))


def _closure(rep: _Repetition, zoned: Zoned) -> list[FileClosure]:
    times = zoned.time[~np.isnat(zoned.time)]
    if times.size < 2:
        return []
    header = rep.header
    area, height = finite_number(header.get("Area")) * 1e-4, finite_number(header.get("Offset")) * 1e-2
    scale, shift = to_si("degC")
    return [
        FileClosure(
            id=f"{rep.label}/{rep.name}",
            label=rep.label,
            remark=rep.remark,
            start=times[0] - _since_closing(rep),
            end=times[-1],
            area=area,
            volume=finite_number(header.get("TotalVolume")) * 1e-6,
            height=height,
            deadband=finite_number(header.get("DeadBand")),
            deadband_counts=False,
            t_air=finite_number(rep.footer.get("T_o")) * scale + shift,
            p_air=finite_number(rep.footer.get("P_o")) * 1e3,
            h2o=finite_number(rep.footer.get("W_o")) * 1e-3,
            fluxes=_fluxes(rep),
        )
    ]


def _since_closing(rep: _Repetition) -> np.timedelta64:
    """Return the age of the first sample: the Date is the closing, it comes 0 or 1 s later."""
    seconds = _seconds(rep)
    first = seconds[np.isfinite(seconds)][0]
    return np.timedelta64(int(first * 1e9) if 0 < first <= _LATE_FIRST else 0, "ns")


def _fluxes(rep: _Repetition) -> tuple[InstrumentFlux, ...]:
    found = []
    listed = rep.footer.get("fluxes")
    for entry in listed if isinstance(listed, list) else []:
        gas = str(_dict(entry).get("name", "")).lower()
        # All zeros stand for a fit that was not made.
        if gas not in _FLUX_UNITS or not whole_number(entry.get("n")):
            continue
        unit, flux_scale = _FLUX_UNITS[gas]
        scale, _ = to_si(unit)
        found.append(
            InstrumentFlux(
                gas=gas,
                fit="exponential",
                flux=finite_number(entry.get("F_o")) * flux_scale,
                flux_cv=finite_number(entry.get("F_cv")) * 1e-2,
                slope=finite_number(entry.get("slope")) * scale,
                r2=finite_number(entry.get("r2")),
                a=finite_number(entry.get("a")),
                c0=finite_number(entry.get("C_o")) * scale,
                cx=finite_number(entry.get("C_x")) * scale,
                t0=finite_number(entry.get("t_o")),
                points=whole_number(entry.get("n")),
                iterations=whole_number(entry.get("iter")),
            )
        )
    return tuple(found)


READER = Reader("smart-chamber", sniff, series=series)
