"""One made series of half hours, written as each of the layouts that are read."""

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fluxkit.ecosystem.reading.quantities import QUANTITIES
from fluxkit.ecosystem.reading.units import vapour_pressure_deficit
from fluxkit.physics.solar import potential_radiation

Array = npt.NDArray[np.float64]
Table = dict[str, Array]

LATITUDE, LONGITUDE, OFFSET = 50.96, 13.57, 1.0
UNITS = {
    "NEE": "umolm-2s-1",
    "LE": "Wm-2",
    "H": "Wm-2",
    "SW_IN": "Wm-2",
    "TA": "degC",
    "RH": "%",
    "VPD": "hPa",
    "USTAR": "ms-1",
}


def series(
    days: int = 4,
    first: str = "2019-06-03",
    minutes: int = 30,
    seed: int = 1,
    place: tuple[float, float] = (LATITUDE, LONGITUDE),
) -> tuple[Array, Table]:
    """Return local begin of each record and a plausible table: FLUXNET names and units."""
    n = days * 1440 // minutes
    local = np.datetime64(first, "s") + np.arange(n) * np.timedelta64(minutes, "m")
    middle = local + np.timedelta64(minutes * 30, "s") - np.timedelta64(round(OFFSET * 3600), "s")
    rng = np.random.default_rng(seed)
    sun = potential_radiation(middle.astype("datetime64[ns]"), *place)
    hour = (local - local.astype("datetime64[D]")) / np.timedelta64(1, "h")
    day = (local.astype("datetime64[D]") - local[0].astype("datetime64[D]")).astype(float)
    SW_IN = sun * 0.7 * np.clip(1.0 - 0.3 * rng.random(n), 0.0, 1.0)
    TA = 12.0 + 6.0 * np.sin((hour - 9.0) / 24.0 * 2.0 * np.pi) + 0.5 * rng.standard_normal(n) + 0.1 * day
    RH = np.clip(70.0 - 20.0 * np.sin((hour - 9.0) / 24.0 * 2.0 * np.pi) + rng.standard_normal(n), 5.0, 100.0)
    respiration = 4.0 * np.exp(0.07 * (TA - 15.0))
    GPP = 25.0 * SW_IN / (SW_IN + 400.0)
    WS = 1.0 + 2.0 * rng.random(n) + 0.002 * SW_IN
    table = {
        "NEE": respiration - GPP + rng.laplace(0.0, 0.7, n),
        "LE": 0.3 * SW_IN + 5.0 * rng.standard_normal(n) + 5.0,
        "H": 0.35 * SW_IN - 20.0 + 5.0 * rng.standard_normal(n),
        "SW_IN": SW_IN,
        "TA": TA,
        "RH": RH,
        "VPD": vapour_pressure_deficit(TA, RH),
        "USTAR": 0.12 * WS + 0.02 * rng.random(n),
        "PA": 98.0 + 0.3 * rng.standard_normal(n).cumsum() / np.sqrt(n),
        "P": np.where(rng.random(n) < 0.05, rng.random(n) * 2.0, 0.0),
        "WS": WS,
        "WD": 360.0 * rng.random(n),
        "PPFD_IN": 2.0 * SW_IN,
        "T_SONIC": TA + 0.5,
    }
    table["NEE"][[5, 50]] = np.nan
    table["TA"][7] = np.nan
    return local, {name: np.round(x, 6) for name, x in table.items()}


def _stamps(times: Array) -> list[str]:
    return [str(t)[:16].translate(str.maketrans("", "", "-:T")) for t in times]


def _cell(x: float, missing: str = "-9999") -> str:
    return missing if not np.isfinite(x) else f"{x:.8g}"


def _rows(table: Table, missing: str = "-9999") -> list[list[str]]:
    return [[_cell(x, missing) for x in row] for row in np.stack(list(table.values()), axis=1)]


def fluxnet(
    local: Array, table: Table, minutes: int = 30, *, preamble: str = "", end: bool = True, sep: str = ","
) -> bytes:
    """Return a table with TIMESTAMP_START, and the END unless told otherwise."""
    stamps = [_stamps(local)] + ([_stamps(local + np.timedelta64(minutes, "m"))] if end else [])
    names = ["TIMESTAMP_START", *(["TIMESTAMP_END"] if end else []), *table]
    lines = [sep.join(names)] + [
        sep.join([*s, *row]) for s, row in zip(zip(*stamps, strict=True), _rows(table), strict=True)
    ]
    return (preamble + "\n".join(lines) + "\n").encode()


def base(local: Array, table: Table, minutes: int = 30) -> bytes:
    """Return AmeriFlux BASE: a preamble, positions, another sensor of temperature."""
    named = {
        "FC": table["NEE"],
        **{name: table[name] for name in ("LE", "H", "USTAR", "PA", "P", "WS", "WD", "VPD")},
        "SW_IN_1_1_1": table["SW_IN"],
        "TA_1_2_1": table["TA"] - 1.0,
        "TA_1_1_1": table["TA"],
        "RH_1_1_1": table["RH"],
        "PPFD_IN": table["PPFD_IN"],
        "VPD_PI": table["VPD"],
    }
    named["VPD_PI"] = named.pop("VPD")
    return fluxnet(local, named, minutes, preamble="# Site: DE-Abc\n# Version: 1-5\n")


def full_output(local: Array, table: Table, minutes: int = 30, *, eol: str = "\r\n") -> bytes:
    """Return EddyPro's full output: three rows above, Latin-1, END of the period, K and Pa."""
    columns = {
        "co2_flux": ("[µmol+1s-1m-2]", table["NEE"]),
        "qc_co2_flux": ("[#]", np.zeros(local.size)),
        "LE": ("[W+1m-2]", table["LE"]),
        "H": ("[W+1m-2]", table["H"]),
        "air_temperature": ("[K]", table["TA"] + 273.15),
        "air_pressure": ("[Pa]", table["PA"] * 1e3),
        "RH": ("[%]", table["RH"]),
        "VPD": ("[Pa]", table["VPD"] * 100.0),
        "u*": ("[m+1s-1]", table["USTAR"]),
        "wind_speed": ("[m+1s-1]", table["WS"]),
    }
    ends = local + np.timedelta64(minutes, "m")
    group = ["file_info", *[""] * 3, *["corrected_fluxes"] * len(columns)]
    names = ["filename", "date", "time", "DOY", *columns]
    units = ["", "[yyyy-mm-dd]", "[HH:MM]", "[ddd.ddd]", *(unit for unit, _ in columns.values())]
    rows = _rows({name: x for name, (_, x) in columns.items()})
    lines = [",".join(line) for line in (group, names, units)]
    lines += [
        ",".join([f"raw_{k}.dat", str(t)[:10], str(t)[11:16], "1", *row])
        for k, (t, row) in enumerate(zip(ends, rows, strict=True))
    ]
    return (eol.join(lines) + eol).encode("latin-1")


def reddyproc(local: Array, table: Table, minutes: int = 30) -> bytes:
    """Return text as REddyProc has it: tabs, a row of units, Year DoY Hour of the END."""
    names = {"NEE": "NEE", "LE": "LE", "H": "H", "SW_IN": "Rg", "TA": "Tair", "RH": "rH", "VPD": "VPD"}
    names["USTAR"] = "Ustar"
    ends = local + np.timedelta64(minutes, "m")
    first = ends.astype("datetime64[Y]")
    year = first.astype(int) + 1970
    day = (ends.astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int) + 1
    hour = (ends - ends.astype("datetime64[D]")) / np.timedelta64(1, "h")
    head = ["\t".join(["Year", "DoY", "Hour", *names.values()])]
    head.append("\t".join(["--", "--", "--", *(UNITS[name] for name in names)]))
    rows = _rows({theirs: table[ours] for ours, theirs in names.items()})
    lines = [
        "\t".join([f"{y}", f"{d}", f"{h:g}", *row])
        for y, d, h, row in zip(year, day, hour, rows, strict=True)
    ]
    return ("\n".join([*head, *lines]) + "\n").encode()


def product(local: Array, table: Table, minutes: int = 30) -> bytes:
    """Return a FLUXNET product: everything filled, with quality."""
    named: Table = {}
    theirs_of = {name: f"{name}_F_MDS" for name in ("TA", "SW_IN", "VPD", "LE", "H")}
    for name, theirs in {"NEE": "NEE_VUT_REF", **theirs_of}.items():
        x = table[name]
        named[theirs] = np.where(np.isfinite(x), x, 1.0)
        named[f"{theirs}_QC"] = np.where(np.isfinite(x), 0.0, 1.0)
    named["USTAR"] = table["USTAR"]
    return fluxnet(local, named, minutes)


def icos(local: Array, table: Table, minutes: int = 30) -> bytes:
    """Return ICOS L2: positions, and a zip with a description beside."""
    named = {
        "NEE": table["NEE"],
        "USTAR": table["USTAR"],
        "TA_1_1_1": table["TA"],
        "SW_IN_1_1_1": table["SW_IN"],
    }
    named |= {"VPD_1_1_1": table["VPD"], "RH_1_1_1": table["RH"], "LE": table["LE"], "H": table["H"]}
    return zipped(
        {"ICOSETC_DE-Abc_FLUXNET_HH_L2.csv": fluxnet(local, named, minutes), "README.txt": b"words\n"}
    )


def eddypro_fluxnet(local: Array, table: Table, minutes: int = 30) -> bytes:
    """Return EddyPro's FLUXNET output: many columns, the place among them."""
    named = {"SW_IN_POT": np.zeros(local.size), "FC": table["NEE"], "LE": table["LE"], "H": table["H"]}
    named |= {"USTAR": table["USTAR"], "TA_EP": table["TA"], "VPD_EP": table["VPD"], "RH_EP": table["RH"]}
    named |= {"SW_IN_1_1_1": table["SW_IN"], "FILENAME_HF": np.arange(local.size, dtype=float)}
    named |= {
        "BADM_LOCATION_LAT": np.full(local.size, LATITUDE),
        "BADM_LOCATION_LONG": np.full(local.size, LONGITUDE),
    }
    named |= {f"CUSTOM_{k}_MEAN": np.full(local.size, float(k)) for k in range(240)}
    return fluxnet(local, named, minutes)


def decimal_commas(local: Array, table: Table, sep: str = ";") -> bytes:
    """Return what a spreadsheet of the continent writes."""
    return fluxnet(local, table).decode().replace(",", sep).replace(".", ",").encode()


def iso(local: Array, table: Table, *, zone: str = "") -> bytes:
    """Return one column of stamps as ISO 8601 has them, of the begin."""
    lines = [",".join(["TIMESTAMP", *table])]
    lines += [",".join([f"{t}{zone}", *row]) for t, row in zip(local, _rows(table), strict=True)]
    return ("\n".join(lines) + "\n").encode()


def toa5(local: Array, table: Table) -> bytes:
    """Return a table of Campbell's loggers: four lines above, stamps of the END."""
    units = ["TS", "RN", *([""] * len(table))]
    names = ["TIMESTAMP", "RECORD", *table]
    kinds = ["", "", *(["Avg"] * len(table))]
    lines = [
        ",".join(f'"{cell}"' for cell in row) for row in (["TOA5", "Tower", "CR3000"], names, units, kinds)
    ]
    ends = local + np.timedelta64(30, "m")
    lines += [
        ",".join([f'"{str(t).replace("T", " ")}"', str(k), *row])
        for k, (t, row) in enumerate(zip(ends, _rows(table, '"NAN"'), strict=True))
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


def parts_of_time(local: Array, table: Table, names: str) -> bytes:
    """Return END of records in columns of their own, as named: Year Month Day DoY Hour Minute HHMM."""
    ends = local + np.timedelta64(30, "m")
    text = np.array([str(t) for t in ends])
    piece = {"Year": (0, 4), "Month": (5, 7), "Day": (8, 10), "Hour": (11, 13), "Minute": (14, 16)}
    columns = {name: [str(int(t[a:b])) for t in text] for name, (a, b) in piece.items()}
    day = ends.astype("datetime64[D]") - ends.astype("datetime64[Y]").astype("datetime64[D]")
    columns |= {
        "DoY": [str(k + 1) for k in day.astype(int)],
        "HHMM": [str(int(t[11:13] + t[14:16])) for t in text],
    }
    lines = [",".join([*names.split(), *table])]
    chosen = zip(*(columns[name] for name in names.split()), strict=True)
    lines += [",".join([*time, *row]) for time, row in zip(chosen, _rows(table), strict=True)]
    return ("\n".join(lines) + "\n").encode()


def icos_apart(local: Array, table: Table) -> bytes:
    """Return ICOS' fluxes and meteo, two tables of an archive."""
    fluxes = {f"{name}_UNCLEANED": table[name] for name in ("NEE", "LE", "H")} | {"USTAR": table["USTAR"]}
    meteo = {f"{name}_1_1_1": table[name] for name in ("TA", "SW_IN", "RH", "VPD")}
    words = b"VARIABLE,UNIT\nNEE,umol\n"
    return zipped(
        {
            "ICOSETC_DE-Abc_FLUXES_L2.csv": fluxnet(local, fluxes),
            "ICOSETC_DE-Abc_METEO_L2.csv": fluxnet(local, meteo),
            "ICOSETC_DE-Abc_METEOSENS_L2.csv": fluxnet(local, {"TA_1_1_1": table["TA"] + 9.0}),
            "ICOSETC_DE-Abc_VARINFO_FLUXES_L2.csv": words,
            "ICOSETC_DE-Abc_VARINFO_METEO_L2.csv": words,
        }
    )


def little_at_first(local: Array, table: Table) -> bytes:
    """Return text of which most is missing in words: its first record is no row of units."""
    names, *lines = fluxnet(local, table).decode().split()
    further = [f"X_{k}" for k in range(40)]
    rows = [",".join([names, *further]), *(",".join([line, *["NaN"] * 40]) for line in lines)]
    return ("\n".join(rows) + "\n").encode()


def zipped(parts: dict[str, bytes]) -> bytes:
    """Return a zip of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return made.getvalue()


#: Name -> writer.
LAYOUTS: dict[str, Callable[[Array, Table], bytes]] = {
    "fluxnet table": fluxnet,
    "fluxnet table without end": lambda local, table: fluxnet(local, table, end=False),
    "semicolons": lambda local, table: fluxnet(local, table, sep=";"),
    "ameriflux base": base,
    "eddypro full output": full_output,
    "eddypro full output, line feeds": lambda local, table: full_output(local, table, eol="\n"),
    "eddypro full output, carriage returns": lambda local, table: full_output(local, table, eol="\r"),
    "eddypro fluxnet output": eddypro_fluxnet,
    "reddyproc": reddyproc,
    "fluxnet product": product,
    "icos": icos,
    "icos, fluxes and meteo apart": icos_apart,
    "decimal commas": decimal_commas,
    "decimal commas and tabs": lambda local, table: decimal_commas(local, table, "\t"),
    "decimal commas in quotes": lambda local, table: re.sub(
        rb"-?\d+\.\d+", lambda x: b'"' + x[0].replace(b".", b",") + b'"', fluxnet(local, table)
    ),
    "toa5": toa5,
    "iso": iso,
    "iso as begin": lambda local, table: iso(local, table).replace(b"TIMESTAMP", b"TIMESTAMP_START", 1),
    "minutes": lambda local, table: parts_of_time(local, table, "Year Month Day Hour Minute"),
    "day of year and minutes": lambda local, table: parts_of_time(local, table, "Year DoY Hour Minute"),
    "hours and minutes in one": lambda local, table: parts_of_time(local, table, "Year DoY HHMM"),
    "lower case": lambda local, table: fluxnet(local, table).lower(),
    "little at first": little_at_first,
    "byte order mark": lambda local, table: b"\xef\xbb\xbf" + fluxnet(local, table),
    "quotes": lambda local, table: b"\n".join(
        b'"' + line.replace(b",", b'","') + b'"' for line in fluxnet(local, table).split()
    ),
    "a comma behind the names": lambda local, table: fluxnet(local, table).replace(b"\n", b",\n", 1),
    "zip of a Mac": lambda local, table: zipped(
        {"a.csv": fluxnet(local, table), "__MACOSX/._a.csv": b"\0\5\x16\7"}
    ),
    "gzip": lambda local, table: gzip.compress(fluxnet(local, table)),
    "zip": lambda local, table: zipped({"a.csv": fluxnet(local, table)}),
}


def write(path: Path, data: bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(data)
    return path


def sound(days: int = 60, **options: Any) -> xr.Dataset:
    """Return the made series as `fluxkit.ecosystem.read` gives it."""
    local, table = series(days, **options)
    time = (local - np.timedelta64(round(OFFSET * 3600), "s")).astype("datetime64[ns]")
    attributes = {"latitude": LATITUDE, "longitude": LONGITUDE, "utc_offset_h": OFFSET, "site": "DE-Abc"}
    ds = xr.Dataset({name: ("time", x) for name, x in table.items()}, {"time": time}, attributes)
    for name in ds:
        ds[name].attrs["units"] = QUANTITIES[str(name)].unit
    return ds
