"""The section of slow measurements in a site file to fill in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fluxkit.schema import units
from fluxkit.site.sections.biomet import BIOMET_VARIABLES
from fluxkit.site.toml.dumping import toml_line

#: Names in small letters, without position and unit -> ours.
ALIASES: dict[str, tuple[str, ...]] = {
    "t_air": (
        "ta",
        "tair",
        "t_air",
        "airtc",
        "airtc_avg",
        "air_temp",
        "airtemp",
        "temp_air",
        "air_temperature",
    ),
    "rh": ("rh", "rh_avg", "relhum", "rel_hum", "humidity", "relative_humidity"),
    "p_air": ("pa", "p_air", "pair", "press", "pressure", "bp", "baro", "air_pressure"),
    "sw_in": ("sw_in", "swin", "rg", "rs", "sr01up", "solar", "glob", "global", "slrw", "rsd", "sw_down"),
    "sw_out": ("sw_out", "swout", "rsu", "sr01dn", "rr", "sw_up"),
    "lw_in": ("lw_in", "lwin", "rld", "ir01upco", "lw_down"),
    "lw_out": ("lw_out", "lwout", "rlu", "ir01dnco", "lw_up"),
    "net_radiation": ("netrad", "rn", "netrs", "net_radiation", "rnet", "rn_avg"),
    "ppfd_in": ("ppfd", "ppfd_in", "par", "par_in", "par_den", "par_down", "ppfdin"),
    "soil_heat_flux": ("g", "shf", "soil_heat_flux", "hfp"),
    "t_soil": ("ts", "tsoil", "t_soil", "soil_temp", "soiltemp"),
    "soil_water": ("swc", "vwc", "soil_water", "soil_moisture"),
    "precipitation": ("p", "p_rain", "prec", "precip", "precipitation", "rain", "rain_mm", "rainfall"),
    "wind_speed": ("ws", "windspeed", "wind_speed", "ws_avg", "ws_ms"),
    "wind_direction": ("wd", "winddir", "wind_dir", "wind_direction", "wd_avg"),
}
_VARIABLE = {alias: variable for variable, aliases in ALIASES.items() for alias in aliases}
#: Units that loggers' headers spell in their own way.
_SPELLED = {"w+1m-2": "W m-2", "umol+1m-2s-1": "umol m-2 s-1", "c": "degC", "deg": "deg", "degrees": "deg"}

EXAMPLE = """\
# Slow measurements beside the sonic (air temperature, humidity, pressure, radiation): better than what stands
# in for them, and the only check of clocks and units. Remove the # of these lines and correct them. A line
# "2024-07-01 10:30,18.2,65" that holds the means from 10:00 to 10:30 has time_is = "end".
# [biomet]
# files = "meteo/*.csv"                       # relative to this file
# time_columns = ["TIMESTAMP"]                # name or position of the stamps, or several that make one
# time_is = "end"                             # what a stamp marks of its interval: "start", "middle" or "end"
# utc_offset_h = 1.0                          # of the stamps; the station's if absent; no daylight saving
# [biomet.columns]
# t_air = {column = "TA", unit = "degC"}
# rh = {column = "RH", unit = "%"}
# p_air = {column = "PA", unit = "kPa"}
# sw_in = {column = "SW_IN", unit = "W m-2"}
# wind_direction = {column = "WD", unit = "deg"}"""


@dataclass(frozen=True)
class BiometFacts:
    """What is known from an inspected table of slow measurements."""

    file: str  #: path as it shall stand in the site file, with /
    columns: tuple[tuple[str, str], ...]  #: name and unit of each
    time_columns: tuple[str | int, ...]
    delimiter: str = ","
    header_rows: int = 1
    names_row: int = 1
    interval_s: float = 1800.0  #: distance of its stamps
    stamped_at_end: bool = False  #: whether its logger stamps tables so


def biomet_lines(facts: BiometFacts, told: Mapping[str, object], fill: str) -> Iterator[str]:
    """Yield the section of an inspected table; what must be given is marked with ``fill``.

    told: answers of a person, ``time_is`` and ``<variable>.unit``.
    """
    yield toml_line("files", facts.file, "relative to this file; * within a name")
    yield toml_line("time_columns", list(facts.time_columns), "of the stamps")
    if "time_is" in told:
        yield toml_line("time_is", told["time_is"])
    elif facts.stamped_at_end:
        yield toml_line("time_is", "end", "as Campbell's loggers stamp tables: confirm")
    else:
        words = f'{fill}: whether a stamp marks the "start", "middle" or "end" of its {facts.interval_s:g} s'
        yield toml_line("time_is", "end", words, active=False)
    yield toml_line("utc_offset_h", 1.0, "of the stamps; the station's if absent", active=False)
    for key, value, usual in (
        ("delimiter", facts.delimiter, ","),
        ("header_rows", facts.header_rows, 1),
        ("names_row", facts.names_row, 1),
    ):
        if value != usual:
            yield toml_line(key, value)
    yield "[biomet.columns]"
    found = biomet_columns(facts)
    for variable, (column, unit) in found.items():
        wanted = BIOMET_VARIABLES[variable][0]
        allowed = ", ".join(f'"{name}"' for name, known in units.UNITS.items() if known.dimension == wanted)
        unit = str(told.get(f"{variable}.unit") or unit or "")
        line: dict[str, object] = {"column": column, "unit": unit or None}
        yield toml_line(variable, line, "" if unit else f"{fill} unit: {allowed}")
    taken = {column for column, _ in found.values()}
    for column, _ in facts.columns:
        if column not in taken and column not in facts.time_columns:
            yield f"# not used: column {' '.join(column.split())!r}"


def biomet_columns(facts: BiometFacts) -> dict[str, tuple[str, str | None]]:
    """Return variable -> column and unit (None where the header does not tell it), the first of each."""
    found: dict[str, tuple[str, str | None]] = {}
    for name, unit in facts.columns:
        variable = variable_of(name)
        if variable is not None and variable not in found:
            found[variable] = name, _unit(unit, BIOMET_VARIABLES[variable][0])
    return found


def variable_of(name: str) -> str | None:
    """Return what a column of a table holds by its name: ``TA_1_1_1``, ``RH (%)``, ``SWIN_6_10_1_1_1``."""
    plain = re.sub(r"\s*[(\[].*$", "", name.strip().casefold())
    plain = re.sub(r"(_\d+)+$", "", plain)
    return _VARIABLE.get(plain) or _VARIABLE.get(re.sub(r"_(avg|tot|smp)$", "", plain))


def _unit(text: str, dimension: str) -> str | None:
    possible = [name for name, known in units.UNITS.items() if known.dimension == dimension]
    if not text.strip() and len(possible) == 1:
        return possible[0]
    try:
        unit = units.canonical(_SPELLED.get(text.strip().casefold(), text.strip()))
        return unit if units.parse(unit).dimension == dimension else None
    except ValueError:
        return None
