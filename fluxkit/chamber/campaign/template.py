"""A configuration of a chamber campaign to fill in."""

from collections.abc import Sequence
from dataclasses import dataclass

from fluxkit.chamber.campaign.models import Fits
from fluxkit.chamber.fits.models import MODELS
from fluxkit.site.toml.dumping import toml_line
from fluxkit.site.toml.template import FILL

_TEXT = """\
# Configuration of a chamber campaign for fluxkit: fluxkit chamber {name} -o out
# Complete the lines marked {fill}; the others may stay as they are, commented ones show what else there is.
# Quantities are texts with their unit: "324 cm2", "6.17 L", "99.4 kPa". Paths are relative to this file.

[campaign]
id = "Plots"                          # {fill}: short name, for file names
# name = "Bog, summer 2024"
utc_offset_h = 0                      # {fill}: of sheet and analysers, hours ahead of UTC; no daylight saving
# latitude = 60.5
# longitude = 24.2
# altitude = 120                      # metres; gives the pressure where none was measured
# institution = ""
# creator_name = ""
# creator_email = ""
# license = "CC-BY-4.0"

[[analysers]]                         # one table for each analyser
name = "analyser"
files = "{files}"                       # {fill}: pattern(s) with * and **
{format}                   # as `fluxkit inspect FILE` says; found if absent
# utc_offset_h = 0                    # if its clock is not the campaign's
# day_first = true                    # asked where dates such as 03/04/2024 do not tell
# clock_offset_s = 0                  # seconds to add to its clock
# columns.co2_wet = {{ column = "CO2", unit = "ppm" }}   # tables that do not tell, several analysers in one
# gases = ["co2", "ch4"]              # all if absent; others than fluxkit knows: declare [gas.NAME]
# precision = {{ co2 = "0.2 ppm" }}     # 1 sigma of one reading; the maker's if absent

[closures]
source = "{source}"                      # "sheet", "files" (multiplexers, Smart Chamber), "valve", "detected"
# valves = {{ "1" = "bog" }}            # valve: position -> plot; a dead band belongs into [window]
clock_offset = "none"                 # seconds to add to the sheet's clock; "confident": as found, where sure

[sheet]                               # not needed with source = "files"
files = "sheet.csv"                   # {fill}: CSV or Excel (.xlsx)
delimiter = ","
start = "start"                       # {fill}: column(s) with the time of closing, ["Date", "Start"]
time_format = "%Y-%m-%d %H:%M:%S"     # {fill}: of the times
length_s = 300                        # {fill}: or end = "column", or length = "column" (seconds)
# date = "2024-07-01"                 # for sheets without a date
id = "id"
# plot = "plot"
# treatment = "treatment"
# cover = "cover"                     # clear, shaded, dark
# cover_words = {{ L = "clear", D = "dark" }}
# chamber = "chamber"                 # names one of [chambers.NAME]
# keep = ["operator"]                 # further columns to carry along

[sheet.columns]                       # numbers in the sheet, with their unit
# area = {{ column = "Area", unit = "cm2" }}
# volume = {{ column = "Vtot", unit = "L" }}
# collar_height = {{ column = "Offset", unit = "cm" }}
# t_air = {{ column = "Tcham", unit = "degC" }}
# p_air = {{ column = "Pcham", unit = "kPa" }}
# par = {{ column = "PAR", unit = "umol m-2 s-1" }}
# t_soil = {{ column = "Tsoil", unit = "degC" }}

[chamber]                             # what neither sheet nor files say
# area = "324 cm2"                    # {fill} if it is in no file
# volume = "6.17 L"                   # {fill} if it is in no file; or height = "20 cm"
collar_height = "0 cm"                # from the soil to the chamber's rim
tubing_volume = "0 cm3"
# cover = "dark"
# t_air = "15 degC"
# p_air = "101.3 kPa"

[window]
method = "fixed"                      # "breakpoint": behind a bend; "plateau": where fluxes depend least
# deadband_s = 30                     # left out after closing; the sheet's or file's if absent
crop_end_s = 0
# longest_s = 180
search_s = 60                         # breakpoint, plateau: latest begin
shortest_s = 60                       # breakpoint, plateau: shortest window
extrapolate = false                   # true: flux at closing instead of the window's begin

[fits]
models = ["linear", "robust", "hm"]   # also {models}
choice = "aicc"                       # "goflux", "gasfluxes-kappa-max", "hmr", "licor", or a model
detection = "nickerson-2016"          # "christiansen-2015", "line-noise"
air = "initial"                       # "sealed", "vented": temperature and humidity point by point
# uncertainty = {{ volume = 0.03, temperature = 0.005 }}
"""


#: Where the configuration has what a file tells.
_PLACES = {
    "utc_offset_h": "campaign",
    "latitude": "campaign",
    "longitude": "campaign",
    "area": "chamber",
    "volume": "chamber",
    "deadband_s": "window",
}


@dataclass(frozen=True)
class SeenFile:
    """What a file of the campaign tells of it; None where it does not."""

    area: str | None = None  #: with its unit
    volume: str | None = None  #: of all air that mixes: chamber, collar, tubing
    utc_offset_h: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    deadband_s: float | None = None


def plots_template(
    name: str = "plots.toml",
    *,
    files: str = "raw/*",
    format: str | None = None,
    source: str = "sheet",
    seen: SeenFile | None = None,
    sheet: Sequence[str] = (),
) -> str:
    """Return a commented configuration of a campaign; what must be given is marked ``FILL IN``.

    Parameters
    ----------
    name : str
        Of the file, for the command in its first line.
    files : str
        Pattern of an analyser's files.
    format : str, optional
        Their format, where a file was looked at.
    source : str
        Where closures come from.
    seen : SeenFile, optional
        What a file tells.
    sheet : sequence of str
        Lines of [sheet] and [sheet.columns], where a field sheet was looked at.
    """
    models = ", ".join(f'"{model}"' for model in MODELS if model not in Fits().models)
    known = '# format = "li-7810"' if format is None else f'format = "{format}"'
    files = files.replace("\\", "/").replace('"', '\\"')
    text = _TEXT.format(fill=FILL, name=name, models=models, files=files, format=known, source=source)
    tables = _tables(text)
    if source in NO_SHEET:
        tables = {key: lines for key, lines in tables.items() if not key.startswith("sheet")}
    elif sheet:
        tables = {key: lines for key, lines in tables.items() if key != "sheet.columns"}
        tables["sheet"] = [*sheet, ""]
    if format is not None:  # the pattern is that of a file that was there
        tables["analysers"] = [line.split(f"  # {FILL}")[0].rstrip() for line in tables["analysers"]]
    for key, value in vars(seen or SeenFile()).items():
        if value is not None:
            _fill(tables[_PLACES[key]], key, value)
    return "\n".join(line for lines in tables.values() for line in lines)


#: Sources of closures that need no field sheet.
NO_SHEET = ("files", "valve")


def _tables(text: str) -> dict[str, list[str]]:
    """Return the lines of each table, its header among them; those before the first under ""."""
    tables: dict[str, list[str]] = {"": []}
    key = ""
    for line in text.split("\n"):
        if line.startswith("["):
            key = line.partition("#")[0].strip().strip("[]")
        tables.setdefault(key, []).append(line)
    return tables


def _fill(lines: list[str], key: str, value: object) -> None:
    """Put what a file tells in place of an example."""
    of = ": all air that mixes, so that collar and tubing stay 0" if key == "volume" else ""
    place = next(k for k, line in enumerate(lines) if line.lstrip("# ").startswith(f"{key} = "))
    lines[place] = toml_line(key, value, f"as the file tells{of}")
