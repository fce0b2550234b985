"""LI-COR's LI-8250 multiplexer: ``.82z`` files, one observation each.

A zip of data.csv (three lines of device, name and unit, then records), metadata.json (geometry and
settings) and log.txt. STATE of the chamber is 5 while it is closed. Several analysers may tell the same
gas: the first is taken.
"""

import io
import json
import math
import zipfile
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from fluxkit.chamber.analysers.cells import table_of, text_lines
from fluxkit.chamber.analysers.licor_trace_gas import PRECISION
from fluxkit.chamber.analysers.numerals import finite_number
from fluxkit.chamber.analysers.series_builder import SeriesBuilder
from fluxkit.chamber.analysers.stamps import instants
from fluxkit.chamber.analysers.zones import with_given_offset
from fluxkit.errors import ReadError
from fluxkit.raw.opening import ZIP_DAMAGE, ZIP_REFUSED, Contents, unpacked
from fluxkit.raw.read_options import ReadOptions
from fluxkit.raw.reader import Reader
from fluxkit.raw.samples import Problem, ProblemLog
from fluxkit.raw.series import FileClosure, Series, Times

#: Largest parts that are unpacked: a day at 1 Hz, and settings. [bytes]
MAX_DATA, MAX_METADATA = 64 * 2**20, 2**20
_DATA, _METADATA = "data.csv", "metadata.json"
_UNITS = {
    "[umol+1mol-1]": "umol mol-1",
    "[nmol+1mol-1]": "nmol mol-1",
    "[mmol+1mol-1]": "mmol mol-1",
    "[C]": "degC",
    "[kPa]": "kPa",
    "[m+3m-3]": "m3 m-3",
    "[umol+1m-2s-1]": "umol m-2 s-1",
}
#: Name -> variable; of gases the ones marked as dry, of soil sensors the first.
_GASES = {
    "CO2_DRY": "co2",
    "CH4_DRY": "ch4",
    "N2O_DRY": "n2o",
    "NH3_DRY": "nh3",
    "CO2": "co2_wet",
    "CH4": "ch4_wet",
}
_CHAMBER = {
    "TA": "t_chamber",
    "TS_1": "t_soil",
    "TS_2": "t_soil_2",
    "SWC_1": "swc",
    "SWC_2": "swc_2",
    "PAR": "par",
}
_HOUSEKEEPING = (
    r"LI-8250 .*|\S+ (T_CAVITY|PA_CAVITY|PA_LASER_PHASE|T_LASER|RESIDUAL|RING_DOWN|T_THERMAL_ENCLOSURE"
    r"|PHASE_ERROR|T_LASER_SHIFT|VIN|TB|MOTOR_CURRENT|DIAG|DIAGNOSTIC)"
)
_MISSING = (-9999.0,)
_CLOSED = 5.0
_MULTIPLEXER = "LI-8250"


def sniff(head: bytes) -> bool:
    """Whether the content is a zip whose first member is that of an observation."""
    return head.startswith(b"PK\x03\x04") and head[30:200].startswith(
        (b"data.csv", b"metadata.json", b"log.txt")
    )


def series(content: Contents, options: ReadOptions) -> Series:
    """Read such a file.

    Raises
    ------
    ReadError
        It is damaged or holds no records, or ``utc_offset_h`` is needed.
    """
    log = ProblemLog(content.source)
    data, metadata = _unpacked(content)
    lines = text_lines(Contents(content.source, data), log)
    if len(lines) < 4:
        raise ReadError(content.source, f"{_DATA} holds no records below its three lines of names")
    devices, names, units = ([cell.strip() for cell in line.split(",")] for line in lines[:3])
    if not len(devices) == len(names) == len(units):
        raise ReadError(content.source, f"the first three lines of {_DATA} differ in length")
    full = [f"{device} {name}" for device, name in zip(devices, names, strict=True)]
    cells = table_of(full, lines[3:], 4, ",", log)
    if not cells.size:
        raise ReadError(content.source, f"{_DATA} holds no complete records")
    builder = SeriesBuilder(cells, options)
    _columns(builder, list(zip(devices, names, units, strict=True)))
    written = instants(
        cells.texts(f"{_MULTIPLEXER} DATE"), cells.texts(f"{_MULTIPLEXER} TIME"), options, log, cells.lines
    )
    zoned = with_given_offset(written, options, log.source)
    analysers = [device for device in dict.fromkeys(devices) if device in PRECISION]
    precision: dict[str, float] = {}
    for device in reversed(analysers):
        precision |= PRECISION[device]
    return builder.finish(
        zoned,
        format=READER.name,
        model=", ".join(analysers) or _MULTIPLEXER,
        serial=str(_dict(metadata.get(_MULTIPLEXER)).get("SERIAL_NUMBER", "")),
        precision=precision,
        closures=_closures(builder, metadata, zoned.time),
        housekeeping=_HOUSEKEEPING,
        position=_position(metadata),
    )


def _position(metadata: dict[str, Any]) -> tuple[float, float]:
    """Return latitude and longitude of the chamber's receiver, else of the multiplexer's; NaN without."""
    for section in ("CHAMBER", _MULTIPLEXER):
        latitude, longitude = (_value(metadata, section, key) for key in ("LATITUDE", "LONGITUDE"))
        if math.isfinite(latitude) and math.isfinite(longitude) and (latitude, longitude) != (0.0, 0.0):
            return latitude, longitude
    return math.nan, math.nan


def _unpacked(content: Contents) -> tuple[bytes, dict[str, Any]]:
    """Take the two parts by name; nothing is written to disk, so that paths in the archive do no harm."""
    source = content.source
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            data = _part(archive, _DATA, MAX_DATA, source)
            text = _part(archive, _METADATA, MAX_METADATA, source)
    except ZIP_DAMAGE as error:
        raise ReadError(source, f"the archive is damaged ({error}); copy the file again") from error
    except ZIP_REFUSED as error:
        raise ReadError(source, f"the archive cannot be unpacked ({error})") from error
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(source, f"{_METADATA} is not JSON ({error}); copy the file again") from error
    return data, _dict(found)


def _part(archive: zipfile.ZipFile, name: str, limit: int, source: str) -> bytes:
    members = [member for member in archive.infolist() if PurePosixPath(member.filename).name == name]
    if len(members) != 1:
        raise ReadError(source, f"the archive holds {len(members)} parts called {name} instead of one")
    # A size in the directory may lie: what is unpacked counts.
    found = unpacked(archive, members[0], limit + 1)
    if len(found) > limit:
        raise ReadError(source, f"{name} is larger than {limit / 2**20:.0f} MiB when unpacked")
    return found


def _columns(builder: SeriesBuilder, header: list[tuple[str, str, str]]) -> None:
    waters: dict[str, str] = {}
    builder.add_column("p_chamber", f"{_MULTIPLEXER} PA", "kPa", _MISSING)
    builder.add_column("state", "CHAMBER STATE", "1")
    for device, name, written in header:
        column, unit = f"{device} {name}", _UNITS.get(written)
        if device == _MULTIPLEXER or unit is None:
            continue
        if device == "CHAMBER":
            if name in _CHAMBER:
                builder.add_column(_CHAMBER[name], column, unit, _MISSING)
        elif name == "H2O":
            waters[device] = "h2o" if not waters else f"h2o_{len(waters) + 1}"
            builder.add_column(waters[device], column, unit, _MISSING)
        elif name in _GASES:
            builder.add_column(_GASES[name], column, unit, _MISSING)
    for gas in builder.of_air():
        device = builder.sources[gas].partition(" ")[0]
        if device in waters and gas not in waters.values():
            builder.waters[gas] = waters[device]
            builder.dry((gas.removesuffix("_wet"),), waters[device])
    builder.dry()
    for device in waters:
        _reject(builder, device)


def _reject(builder: SeriesBuilder, device: str) -> None:
    column = f"{device} DIAGNOSTIC"
    if column not in builder.cells:
        return
    codes = np.nan_to_num(builder.cells.numbers(column))
    bad = codes != 0.0
    of_device = [name for name in builder.of_air() if device in builder.sources[name]]
    said = ", ".join(sorted({f"{code:.0f}" for code in codes[bad]})[:6])
    builder.reject(bad, f"a DIAGNOSTIC of the {device} other than 0 ({said})", of_device)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _value(metadata: dict[str, Any], section: str, key: str) -> float:
    entry = _dict(metadata.get(section)).get(key)
    return finite_number(entry.get("VALUE") if isinstance(entry, dict) else entry)


def _closures(builder: SeriesBuilder, metadata: dict[str, Any], time: Times) -> list[FileClosure]:
    state = builder.data.get("state")
    closed = (
        np.flatnonzero((state == _CLOSED) & ~np.isnat(time)) if state is not None else np.empty(0, np.int64)
    )
    if closed.size < 2:
        reason = "the chamber was not closed (no STATE 5): the file has no closure"
        builder.log.add(Problem(builder.log.source, None, "period", reason))
        return []
    fluxes = (
        [entry for entry in metadata.get("FLUX", []) if isinstance(entry, dict)]
        if isinstance(metadata.get("FLUX"), list)
        else []
    )
    first = closed[0]
    port = str(_dict(metadata.get(_MULTIPLEXER)).get("PORT", "")).strip()
    label = str(_dict(metadata.get(_MULTIPLEXER)).get("PORT_LABEL", "")).strip()

    def initial(variable: str) -> float:
        values = builder.data.get(variable)
        return math.nan if values is None else float(values[first])

    return [
        FileClosure(
            id=str(np.datetime_as_string(time[first], unit="s")),
            label=label or f"port {port}",
            port=port,
            start=time[first],
            end=time[closed[-1]],
            area=_value(metadata, "CHAMBER", "AREA") * 1e-4,
            volume=_value(metadata, "METADATA", "VOLUME_TOTAL") * 1e-6,
            height=_value(metadata, "CHAMBER", "COLLAR_HEIGHT") * 1e-2,
            deadband=_most(fluxes, "DEADBAND"),
            deadband_counts=False,
            stop=_most(fluxes, "STOP_TIME"),
            t_air=initial("t_chamber"),
            p_air=initial("p_chamber"),
            h2o=initial("h2o"),
        )
    ]


def _most(fluxes: list[dict[str, Any]], key: str) -> float:
    values = [finite_number(_dict(entry.get(key)).get("VALUE")) for entry in fluxes]
    return max((value for value in values if not math.isnan(value)), default=math.nan)


READER = Reader("li-8250", sniff, series=series)
