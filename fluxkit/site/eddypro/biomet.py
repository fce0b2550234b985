"""External biomet data of an EddyPro 6 project: its keys biom_* and the file's own header."""

from pathlib import Path
from typing import Any

from fluxkit.errors import ConfigError
from fluxkit.schema import units
from fluxkit.site.eddypro.ledger import BESIDE, Ledger, Places

SECTION = "RawProcess_BiometMeasurements"
#: Key of a column's number -> ours.
COLUMNS = {
    "biom_ta": "t_air",
    "biom_rh": "rh",
    "biom_pa": "p_air",
    "biom_rg": "sw_in",
    "biom_lwin": "lw_in",
    "biom_ppfd": "ppfd_in",
}
#: Variable's name in a biomet header, without its position -> ours.
HEADER = {"TA": "t_air", "RH": "rh", "PA": "p_air", "RG": "sw_in", "SWIN": "sw_in", "LWIN": "lw_in",
          "PPFD": "ppfd_in", "RN": "net_radiation", "SHF": "soil_heat_flux", "TS": "t_soil",
          "SWC": "soil_water", "P": "precipitation", "SWOUT": "sw_out", "LWOUT": "lw_out"}  # fmt: skip
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": "whitespace"}
#: Letters of its time stamps -> strftime.
STAMPS = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d", "HH": "%H", "MM": "%M", "SS": "%S", "ddd": "%j"}


def biomet(project: Ledger, places: Places = BESIDE) -> dict[str, Any]:
    """Translate the external biomet data of a project; enters its notes. Empty when it uses none.

    Parameters
    ----------
    project : Ledger
    places : Places, optional
        Where the biomet file may be.

    Raises
    ------
    ConfigError
        The file is not there, or is not such a table.
    """
    use = 2 if "biom_file" in places.given else project.code("Project", "use_biom", 0)
    if use == 0:
        _enter_all(project, "same", "no biomet data used")
        return {}
    if use != 2:
        where = {1: "embedded in GHG files", 3: "a folder of external files"}.get(use, f"source {use}")
        _enter_all(project, "not supported", f"biomet data, {where}: give [biomet] a table of its own")
        return {}
    path = places.find(project, "Project", "biom_file")
    header = _Header.read(path, project)
    _enter_all(project, "same", "[biomet]")
    columns = {}
    for key, name in COLUMNS.items():
        number = project.code(SECTION, key, -1)
        if number > 0:
            columns[name] = header.column(number)
    others = {name: header.column(k) for k, name in header.others(columns)}
    return {
        "files": path.as_posix(),
        "columns": columns | others,
        "time_columns": list(range(1, header.stamps + 1)),
        "time_format": header.time_format,
        "time_is": "end" if project.text(SECTION, "biom_tstamp_ref", "end") == "end" else "start",
        "delimiter": header.separator,
        "header_rows": header.rows,
        "names_row": 1,
    }


class _Header:
    """The two rows above a biomet file's data: names and units."""

    def __init__(self, names: list[str], unit: list[str], separator: str, rows: int, path: Path) -> None:
        self.names, self.units, self.separator, self.rows, self.path = names, unit, separator, rows, path
        self.stamps = sum(name.upper().startswith("TIMESTAMP") for name in names)
        self.time_format = " ".join(_strftime(text) for text in unit[: self.stamps])

    @classmethod
    def read(cls, path: Path, project: Ledger) -> "_Header":
        separator = SEPARATORS.get(project.text(SECTION, "biom_separator", "comma"), ",")
        rows = project.code(SECTION, "biom_hlines", 2)
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[:2]
        except OSError as error:
            raise ConfigError(str(path), [f"biomet file cannot be read: {error.strerror}"]) from error
        if len(lines) < 2:
            raise ConfigError(str(path), ["biomet file without the two header rows of names and units"])
        by = None if separator == "whitespace" else separator
        names, unit = ([cell.strip() for cell in line.split(by)] for line in lines)
        if not names[0].upper().startswith("TIMESTAMP"):
            raise ConfigError(str(path), ["line 1: the first column must be TIMESTAMP_1"])
        return cls(names, unit, separator, rows, path)

    def column(self, number: int) -> dict[str, Any]:
        """Return a column by its number, the stamps counted as one column, as that program counts."""
        k = number - 1 + self.stamps - 1
        if not self.stamps <= k < len(self.names):
            raise ConfigError(str(self.path), [f"biomet column {number}: the file has {len(self.names)}"])
        return {"column": self.names[k], "unit": _unit(self.units[k], self.names[k], self.path)}

    def others(self, known: dict[str, Any]) -> list[tuple[int, str]]:
        """Return numbers and names of further columns that we know."""
        taken = {column["column"] for column in known.values()}
        found: dict[str, int] = {}
        for k, name in enumerate(self.names[self.stamps :], start=2):
            ours = HEADER.get(name.split("_")[0].upper())
            if ours and ours not in known and ours not in found and name not in taken:
                found[ours] = k
        return [(number, name) for name, number in found.items()]


def _unit(text: str, name: str, path: Path) -> str:
    try:
        return units.canonical(text)
    except ValueError as error:
        raise ConfigError(str(path), [f"column {name}: {error}"]) from error


def _strftime(text: str) -> str:
    for letters, code in sorted(STAMPS.items(), key=lambda item: -len(item[0])):
        text = text.replace(letters, code)
    return text


def _enter_all(project: Ledger, verdict: Any, remark: str) -> None:
    for section, key in project.places():
        if key.startswith("biom_") or (section, key) == ("Project", "use_biom"):
            project.enter(section, key, verdict, remark)
