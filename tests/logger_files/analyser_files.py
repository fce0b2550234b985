"""Series of gas analysers as the files that instruments would have written, to be read back.

Numbers are printed with the digits of instruments: what is read differs from the series by rounding only.
"""

import io
import json
import math
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fluxkit.chamber.synthetic.licor_file import licor_trace_gas, printed_number
from fluxkit.constants import T_ZERO
from fluxkit.raw.samples import Array
from fluxkit.raw.series import FileClosure, InstrumentFlux, Series, Times

_EPOCH = (2020, 1, 1, 0, 0, 0)


def write_analyser_file(series: Series, path: str | Path, *, utc_offset_h: float = 0.0) -> Path:
    """Write a series in the format that it names.

    Parameters
    ----------
    series : Series
        Samples, closures and ``format``: "licor-trace-gas", "li-8100", "smart-chamber", "li-8250" or "lgr".
    path : str or pathlib.Path
        File to write.
    utc_offset_h : float, default 0
        Hours that the instrument's clock is ahead of UTC.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ValueError
        There is no writer for the format, or the series lacks what the format cannot do without.
    """
    if series.format not in _WRITERS:
        raise ValueError(f"no writer for {series.format!r}; there are: {', '.join(_WRITERS)}")
    shifted = series.time + np.timedelta64(round(utc_offset_h * 3.6e12), "ns")
    target = Path(path)
    target.write_bytes(_WRITERS[series.format](series, shifted, utc_offset_h))
    return target


def _lgr(series: Series, local: Times, utc_offset_h: float) -> bytes:
    water = _needed(series, "h2o")
    columns: dict[str, Array] = {"[H2O]_ppm": water * 1e6}
    for gas, label in (("co2", "CO2"), ("ch4", "CH4"), ("n2o", "N2O")):
        if gas in series.data:
            columns[f"[{label}]_ppm"] = series.data[gas] * (1 - water) * 1e6
            columns[f"[{label}]d_ppm"] = series.data[gas] * 1e6
    columns["Fit_Flag"] = np.full(series.size, 3.0)
    names = ["Time", *(part for name in columns for part in (name, f"{name}_sd")), "MIU_DESC"]
    lines = [
        f"SN:{series.serial or 'LGR-00-0000'} BD:Jan 01 2020 VC:0000000",
        ",".join(f"{name:>20}" for name in names),
    ]
    stamps = np.datetime_as_string(local, unit="ms")
    for k in range(series.size):
        year, month, day = stamps[k][:10].split("-")
        fields = [f"{day}/{month}/{year} {stamps[k][11:]}"]
        for values in columns.values():
            fields += [f"{values[k]:.6e}", "0.000000e+00"]
        lines.append(",".join(f"{field:>20}" for field in [*fields, "Disabled"]))
    lines += ["-----BEGIN PGP MESSAGE-----", "", "AAAA", "-----END PGP MESSAGE-----"]
    return ("\n".join(lines) + "\n").encode()


def _licor_8100(series: Series, local: Times, utc_offset_h: float) -> bytes:
    names = ["Type", "Etime", "Date", "Tcham", "Pressure", "H2O", "CO2", "Cdry", "Tbench", "Annotation"]
    water, dry = _needed(series, "h2o"), _needed(series, "co2")
    temperature, pressure = _needed(series, "t_chamber") - T_ZERO, _needed(series, "p_chamber") / 1e3
    stamps = np.datetime_as_string(local, unit="s")
    edges = _edges(series)
    lines: list[str] = []
    for k, (closure, first, stop) in enumerate(edges, 1):
        lines += [*_observation(closure, k, series), "\t".join(names)]
        records = []
        for k in range(first, stop):
            elapsed = (series.time[k] - closure.start) / np.timedelta64(1, "s")
            records.append(
                [
                    f"{elapsed:.0f}" if elapsed >= 0 else "-1",
                    stamps[k].replace("T", " "),
                    f"{temperature[k]:.2f}",
                    f"{pressure[k]:.2f}",
                    printed_number(water[k] * 1e3),
                    printed_number(dry[k] * (1 - water[k]) * 1e6),
                    printed_number(dry[k] * 1e6),
                    "51.00",
                ]
            )
        lines += ["\t".join(["1", *record]) for record in records]
        closed = next((record for record in records if record[0] != "-1"), records[0])
        lines += ["\t".join(["2", *closed]), *_curves(closure)]
    return ("\r\n".join(lines) + "\r\n").encode()


def _observation(closure: FileClosure, number: int, series: Series) -> list[str]:
    length = (closure.end - closure.start) / np.timedelta64(1, "s") + 1
    volume, area = closure.volume * 1e6, closure.area * 1e4
    return [
        "LI-8100:\t0\t0\t0\t0\t0",
        f"Serial Number:\t{series.serial or '81A-0000'}",
        f"Obs#:\t{number}",
        f"Port#:\t{closure.port or '0'}",
        f"Label:\t{closure.label}",
        f"Observation Length:\t{_minutes(length)}",
        f"Vcham:\t{volume - closure.height * closure.area * 1e6:.4f}",
        f"Offset:\t{closure.height * 100:.4f}",
        f"Area:\t{area:.4f}",
        f"Vtotal:\t{volume:.4f}",
    ]


def _curves(closure: FileClosure) -> list[str]:
    lines = []
    for flux in closure.fluxes:
        key = "Exp" if flux.fit == "exponential" else "Lin"
        if flux.selected:
            lines.append(f"CrvFitStatus:\t{key}")
        lines += [
            f"{key}_Flux:\t{flux.flux * 1e6:.6f}",
            f"{key}_FluxCV:\t{flux.flux_cv * 100:.4f}",
            f"{key}_dCdry/dt:\t{flux.slope * 1e6:.6f}",
            f"{key}_R2:\t{flux.r2:.4f}",
        ]
    deadband = 0.0 if math.isnan(closure.deadband) else closure.deadband
    return [*lines, f"Dead Band:\t{_minutes(deadband)}"]


def _smart_chamber(series: Series, local: Times, utc_offset_h: float) -> bytes:
    arrays = {
        "chamber_p": _needed(series, "p_chamber") / 1e3,
        "chamber_t": _needed(series, "t_chamber") - T_ZERO,
        "h2o": _needed(series, "h2o") * 1e3,
    }
    for gas, scale in (("co2", 1e6), ("ch4", 1e9), ("n2o", 1e9)):
        if gas in series.data:
            arrays[gas] = series.data[gas] * scale
    datasets: dict[str, dict[str, Any]] = {}
    for closure, first, stop in _edges(series):
        reps = datasets.setdefault(closure.label, {})
        header = {
            "InstrumentModel": series.model or "LI-7810",
            "InstrumentSerialNumber": series.serial or "TG10-00000",
            "Date": str(np.datetime_as_string(local[first], unit="s")).replace("T", " "),
            "RepNum": len(reps) + 1,
            "DeadBand": _plain(closure.deadband),
            "Area": _plain(closure.area * 1e4),
            "Offset": _plain(closure.height * 100),
            "TotalVolume": _plain(closure.volume * 1e6),
            "gps_time": int(series.time[first].astype("M8[s]").astype(np.int64)),
        }
        elapsed = (series.time[first:stop] - series.time[first]) / np.timedelta64(1, "s")
        data = {"timestamp": [_plain(value) for value in elapsed]}
        data |= {name: [round(float(x), 6) for x in values[first:stop]] for name, values in arrays.items()}
        footer = {
            "P_o": round(float(arrays["chamber_p"][first]), 6),
            "T_o": round(float(arrays["chamber_t"][first]), 6),
            "W_o": round(float(arrays["h2o"][first]), 6),
            "fluxes": [_footer(flux) for flux in closure.fluxes],
        }
        reps[f"REP_{len(reps) + 1}"] = {"header": header, "data": data, "summary": {}, "footer": footer}
    listed = [{label: {"remark": "", "reps": reps}} for label, reps in datasets.items()]
    whole = {"name": "made", "remark": "", "date": 0, "datasets": listed}
    return json.dumps(whole, indent=1).encode()


def _footer(flux: InstrumentFlux) -> dict[str, Any]:
    scale = 1e6 if flux.gas == "co2" else 1e9
    return {
        "name": flux.gas,
        "F_o": round(flux.flux * scale, 6),
        "F_cv": round(flux.flux_cv * 100, 4),
        "slope": round(flux.slope * scale, 6),
        "r2": round(flux.r2, 6),
        "a": flux.a,
        "C_o": round(flux.c0 * scale, 4),
        "C_x": round(flux.cx * scale, 4),
        "t_o": flux.t0,
        "n": flux.points,
        "iter": flux.iterations,
    }


def _licor_8250(series: Series, local: Times, utc_offset_h: float) -> bytes:
    if len(series.closures) != 1:
        raise ValueError(f"a file of an LI-8250 is one observation, the series has {len(series.closures)}")
    closure = series.closures[0]
    state = np.where((series.time >= closure.start) & (series.time <= closure.end), 5.0, 1.0)
    analyser = series.model or "LI-7810"
    columns: list[tuple[str, str, str, Array]] = [
        ("LI-8250", "PA", "[kPa]", _needed(series, "p_chamber") / 1e3),
        (analyser, "DIAGNOSTIC", "[#]", series.data.get("diag", np.zeros(series.size))),
        (analyser, "H2O", "[mmol+1mol-1]", _needed(series, "h2o") * 1e3),
    ]
    for gas, name, unit, scale in (
        ("co2", "CO2_DRY", "[umol+1mol-1]", 1e6),
        ("ch4", "CH4_DRY", "[nmol+1mol-1]", 1e9),
        ("n2o", "N2O_DRY", "[nmol+1mol-1]", 1e9),
    ):
        if gas in series.data:
            columns.append((analyser, name, unit, series.data[gas] * scale))
    columns.append(("CHAMBER", "TA", "[C]", _needed(series, "t_chamber") - T_ZERO))
    columns.append(("CHAMBER", "STATE", "[#]", state))
    heads = [("LI-8250", "DATE", "[YYYYMMDD]"), ("LI-8250", "TIME", "[HHMMSS]")]
    heads += [(device, name, unit) for device, name, unit, _ in columns]
    lines = [",".join(row) for row in zip(*heads, strict=True)]
    stamps = [str(stamp) for stamp in np.datetime_as_string(local, unit="s")]
    for k, stamp in enumerate(stamps):
        numbers = [printed_number(values[k]) if np.isfinite(values[k]) else "-9999" for *_, values in columns]
        lines.append(",".join([stamp[:10].replace("-", ""), stamp[11:].replace(":", ""), *numbers]))
    parts = {
        "data.csv": "\n".join(lines) + "\n",
        "metadata.json": json.dumps(_metadata(closure, series)),
        "log.txt": "",
    }
    return _zipped(parts)


def _metadata(closure: FileClosure, series: Series) -> dict[str, Any]:
    def entry(value: float, unit: str) -> dict[str, Any]:
        return {"UNITS": unit, "VALUE": _plain(value)}

    return {
        "CHAMBER": {
            "AREA": entry(closure.area * 1e4, "cm+2"),
            "COLLAR_HEIGHT": entry(closure.height * 100, "cm"),
        },
        "FLUX": [{"DEADBAND": entry(closure.deadband, "s"), "STOP_TIME": entry(closure.stop, "s")}],
        "LI-8250": {
            "PORT": closure.port,
            "PORT_LABEL": closure.label,
            "SERIAL_NUMBER": series.serial or "82m-0000",
        },
        "METADATA": {"VOLUME_TOTAL": entry(closure.volume * 1e6, "cm+3")},
    }


def _zipped(parts: Mapping[str, str]) -> bytes:
    # A fixed date makes the same series the same bytes.
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _edges(series: Series) -> Iterable[tuple[FileClosure, int, int]]:
    """Return closures and the samples that belong to each: from the end of the one before to its own end."""
    if not series.closures:
        raise ValueError(f"a file of the format {series.format} consists of closures, the series has none")
    first = 0
    for closure in sorted(series.closures, key=lambda entry: entry.start):
        stop = int(np.searchsorted(series.time, closure.end, side="right"))
        if stop > first:
            yield closure, first, stop
        first = stop


def _needed(series: Series, variable: str) -> Array:
    if variable not in series.data:
        raise ValueError(f"a file of the format {series.format} holds {variable}, the series does not")
    return series.data[variable]


def _plain(value: float) -> float:
    return 0.0 if not math.isfinite(value) else round(float(value), 6)


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60:02d}:{whole % 60:02d}"


_WRITERS: dict[str, Callable[[Series, Times, float], bytes]] = {
    "licor-trace-gas": licor_trace_gas,
    "li-8100": _licor_8100,
    "smart-chamber": _smart_chamber,
    "li-8250": _licor_8250,
    "lgr": _lgr,
}
