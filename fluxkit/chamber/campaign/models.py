"""Configuration of a chamber campaign: analysers, field sheet, geometry, windows, fits."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from fluxkit.chamber.campaign.quantity import Area, Fraction, Length, Pressure, Temperature, Volume
from fluxkit.chamber.fits.models import MODELS, NEEDED
from fluxkit.schema import gases, units
from fluxkit.site.sections.gases import Gas
from fluxkit.site.sections.strict import (
    ConfigProblem,
    NonNegative,
    OneOf,
    Path,
    Positive,
    ProblemsError,
    Strict,
    Unit,
)

Offset = Annotated[float | None, Field(ge=-12, le=14, description="hours ahead of UTC")]
Cover = Literal["clear", "shaded", "dark"]

#: Numbers that a field sheet may hold, and the dimension of their unit.
SHEET_NUMBERS = {
    "area": "area",
    "volume": "volume",
    "height": "depth",
    "collar_height": "depth",
    "tubing_volume": "volume",
    "t_air": "temperature",
    "p_air": "pressure",
    "par": "photon_flux",
    "deadband": "time",
    "t_soil": "temperature",
    "swc": "share",
}


class Campaign(Strict):
    """What the measurements belong to, and who made them."""

    id: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="short name, used for file names")
    ]
    name: str = ""
    latitude: Annotated[float | None, Field(ge=-90, le=90, description="degrees north")] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180, description="degrees east")] = None
    altitude: Annotated[
        float | None,
        Field(ge=-500, le=9000, description="metres; gives the pressure where none was measured"),
    ] = None
    utc_offset_h: Annotated[
        float, Field(ge=-12, le=14, description="of field sheets and analysers, unless they say otherwise")
    ]
    institution: str = ""
    project: str = ""
    license: str = ""
    creator_name: str = ""
    creator_email: str = ""


class SheetColumn(Strict):
    """A column of numbers in a table."""

    column: Annotated[str | int, Field(description="name, or position (1 = first)")]
    unit: Annotated[Unit, Field(description="as in the table")]


class Analyser(Strict):
    """Files of one gas analyser, or of a chamber system."""

    name: Annotated[str, Field(description="how messages and results call it")]
    files: Annotated[str | list[str], Field(description="pattern(s) with * and **, relative to this file")]
    format: Annotated[str | None, Field(description="as `fluxkit inspect` says; found if absent")] = None
    utc_offset_h: Offset = None
    day_first: Annotated[
        bool | None,
        Field(description="whether 03/04/2024 is the 3rd of April: asked where files do not tell"),
    ] = None
    year: Annotated[int | None, Field(ge=1970, le=2200, description="of files whose dates have none")] = None
    trust_zone: Annotated[
        bool, Field(description="believe the zone a file names; false: `utc_offset_h` whatever it says")
    ] = True
    keep_rejected: Annotated[
        bool, Field(description="use samples that the analyser's own diagnostics call bad")
    ] = False
    columns: Annotated[
        dict[str, SheetColumn],
        Field(
            description="variable -> column, unit: of tables whose header does not say it, and to choose "
            "among several analysers in a file"
        ),
    ] = {}
    time_column: Annotated[str | None, Field(description="of a table whose times are not recognised")] = None
    header_rows: Annotated[
        int | None,
        Field(ge=0, le=1000, description="lines above a table's records, the last with the names"),
    ] = None
    names: Annotated[
        list[str], Field(description="of the columns where a file has no line of names, or a Gasmet's values")
    ] = []
    decimal: Annotated[
        Literal[".", ","] | None, Field(description="mark before a table's decimals; found if absent")
    ] = None
    interval_s: Annotated[
        Positive | None, Field(description="from record to record, where stamps have only minutes, seconds")
    ] = None
    series_column: Annotated[
        str | None, Field(description="table of vials: column that tells which closure a row belongs to")
    ] = None
    gases: Annotated[list[str], Field(description="those to use; all if empty")] = []
    clock_offset_s: Annotated[
        float, Field(description="seconds to add to this analyser's clock, where it is known to be wrong")
    ] = 0.0
    precision: Annotated[
        dict[str, Fraction],
        Field(description='1 sigma of one reading, e.g. co2 = "0.2 ppm"; the maker\'s if absent'),
    ] = {}


class Sheet(Strict):
    """A table that people wrote in the field, one row a closure."""

    files: Annotated[
        str | list[str], Field(description="CSV or Excel (.xlsx), pattern(s), relative to this file")
    ]
    worksheet: Annotated[str | None, Field(description="of a workbook, if several hold something")] = None
    start: Annotated[
        str | list[str], Field(description="column(s) with the time of closing, joined by a blank")
    ]
    end: Annotated[str | list[str], Field(description="column(s) with the time of opening")] = []
    length: Annotated[
        str | None, Field(description="column with the seconds a closure lasts, instead of `end`")
    ] = None
    length_s: Annotated[Positive | None, Field(description="the same for all closures")] = None
    time_format: Annotated[
        str,
        Field(description="of the times, e.g. '%Y-%m-%d %H:%M:%S': never guessed; dates of Excel have none"),
    ]
    date: Annotated[
        str | None, Field(pattern=r"^\d{4}-\d\d-\d\d$", description="YYYY-MM-DD, for sheets without a date")
    ] = None
    utc_offset_h: Offset = None
    id: Annotated[str | None, Field(description="column naming each closure; its row if absent")] = None
    plot: Annotated[str | None, Field(description="column")] = None
    treatment: Annotated[str | None, Field(description="column")] = None
    chamber: Annotated[str | None, Field(description="column naming one of [chambers]")] = None
    analyser: Annotated[str | None, Field(description="column naming one of [[analysers]]")] = None
    cover: Annotated[str | None, Field(description="column telling clear from dark")] = None
    cover_words: Annotated[dict[str, Cover], Field(description='words in that column, e.g. L = "clear"')] = {}
    columns: Annotated[
        dict[Annotated[str, OneOf("number", tuple(SHEET_NUMBERS))], SheetColumn],
        Field(description=f"numbers: {', '.join(SHEET_NUMBERS)} -> column, unit"),
    ] = {}
    keep: Annotated[list[str], Field(description="further columns to carry into the results")] = []
    delimiter: Annotated[str, Field(min_length=1, description="',', ';', '\\t' or 'whitespace'")] = ","
    header_rows: Annotated[int, Field(ge=1, description="lines before the data")] = 1
    names_row: Annotated[int, Field(ge=1, description="header line with the names, 1 = first")] = 1
    missing: Annotated[list[str], Field(description="texts that mean 'no value', beside NA and empty")] = [
        "-9999"
    ]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        problems = []
        if sum(1 for given in (self.end, self.length, self.length_s) if given) != 1:
            message = "a sheet needs one of end, length, length_s: how long is a closure?"
            problems.append(ConfigProblem((), message))
        if self.names_row > self.header_rows:
            message = f"found {self.names_row}; there are {self.header_rows} header_rows"
            problems.append(ConfigProblem(("names_row",), message))
        for name, column in self.columns.items():
            if units.parse(column.unit).dimension != SHEET_NUMBERS[name]:
                message = f"{column.unit!r} is not a unit of {SHEET_NUMBERS[name]}"
                problems.append(ConfigProblem(("columns", name, "unit"), message))
        if problems:
            raise ProblemsError(*problems)
        return self


class Chamber(Strict):
    """Area and volume of a chamber; sheets and files may give them for each closure."""

    area: Annotated[Area | None, Field(gt=0, description='of soil, such as "324 cm2"')] = None
    volume: Annotated[Volume | None, Field(gt=0, description='of the chamber, such as "6.17 L"')] = None
    height: Annotated[
        Length | None, Field(gt=0, description='inside, instead of the volume, such as "20 cm"')
    ] = None
    collar_height: Annotated[Length, Field(ge=-1, le=2, description="from the soil to the chamber's rim")] = (
        0.0
    )
    tubing_volume: Annotated[Volume, Field(ge=0, description="of tubes and analyser")] = 0.0
    cover: Cover | None = None
    t_air: Annotated[
        Temperature | None, Field(gt=200, description='in it, where neither sheet nor file says, "15 degC"')
    ] = None
    p_air: Annotated[
        Pressure | None, Field(gt=4e4, description='where neither sheet nor file says, "99.4 kPa"')
    ] = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.volume is not None and self.height is not None:
            raise ProblemsError(ConfigProblem((), "give volume or height, not both"))
        return self


class ClosureSource(Strict):
    """Where it is taken from when chambers were closed."""

    source: Annotated[
        Literal["sheet", "files", "detected", "valve"],
        Field(
            description="field sheet, the analysers' files themselves, rises and falls in the record, or the "
            "positions of a valve"
        ),
    ] = "sheet"
    clock_offset: Annotated[
        Literal["none", "confident"] | float,
        Field(description="seconds to add to the sheet's clock; 'confident': as found, where it is sure"),
    ] = "none"
    clock_search_s: Annotated[
        Positive, Field(le=20000, description="largest offset that is looked for, seconds")
    ] = 4000.0
    state_column: Annotated[
        str | None, Field(description="detected: variable of the files that tells when it is closed")
    ] = None
    state_closed: Annotated[list[float], Field(description="its values that mean closed")] = [1.0]
    gas: Annotated[str | None, Field(description="detected: gas whose rises and falls are looked for")] = None
    valve_column: Annotated[
        str, Field(description="valve: variable of the files that tells which line is drawn from")
    ] = "valve"
    valves: Annotated[
        dict[str, str],
        Field(description='valve: position -> plot, e.g. "1" = "bog"; other positions are no closures'),
    ] = {}
    shortest_s: Annotated[Positive, Field(description="detected, valve: shorter are none, seconds")] = 60.0
    longest_s: Annotated[Positive, Field(description="detected, valve: longer are none, seconds")] = 3600.0


class Window(Strict):
    """Which part of a closure is fitted."""

    method: Annotated[
        Literal["fixed", "breakpoint", "plateau", "best-linear"],
        Field(
            description="the dead band below; where the first part bends, closure by closure; "
            "where the fluxes of all closures depend least on it; the straightest half or more"
        ),
    ] = "fixed"
    deadband_s: Annotated[
        NonNegative | None,
        Field(description="left out after closing, seconds; the sheet's or file's if absent, else 0"),
    ] = None
    crop_end_s: Annotated[NonNegative, Field(description="left out before opening, seconds")] = 0.0
    longest_s: Annotated[
        Positive | None, Field(description="after the dead band, seconds; all of it if absent")
    ] = None
    search_s: Annotated[Positive, Field(description="breakpoint, plateau: latest begin, seconds")] = 60.0
    shortest_s: Annotated[Positive, Field(description="breakpoint, plateau: shortest window, seconds")] = 60.0
    extrapolate: Annotated[
        bool, Field(description="flux at the moment of closing instead of the window's begin")
    ] = False


class Fits(Strict):
    """How a flux is made of the points in a window."""

    models: Annotated[
        list[Annotated[str, OneOf("model", tuple(MODELS))]],
        Field(min_length=1, description="curves that are fitted"),
    ] = [
        "linear",
        "robust",
        "hm",
    ]
    choice: Annotated[
        str,
        OneOf("rule or model", tuple(NEEDED | MODELS)),
        Field(description="rule that chooses among them, or the one to take always"),
    ] = "aicc"
    detection: Annotated[
        Literal["nickerson-2016", "christiansen-2015", "line-noise"],
        Field(description="limit of detection, from the analyser's precision"),
    ] = "nickerson-2016"
    air: Annotated[
        Literal["initial", "sealed", "vented"],
        Field(description="temperature, pressure, humidity: as at begin, or point by point"),
    ] = "initial"
    bubbles: Annotated[
        list[str], Field(description="gases whose bubbles are found and taken off before fitting, e.g. ch4")
    ] = []
    uncertainty: Annotated[
        dict[Literal["volume", "area", "temperature", "pressure", "dry_share"], NonNegative],
        Field(description="relative standard uncertainties, carried into that of the flux"),
    ] = {}

    @model_validator(mode="after")
    def _fitted(self) -> Self:
        needed = NEEDED.get(self.choice, (self.choice,))
        lacking = [name for name in needed if name not in self.models]
        if lacking:
            message = f"{self.choice!r} needs {', '.join(lacking)} among the models"
            raise ProblemsError(ConfigProblem(("choice",), message))
        return self


def _without(data: Any, table: dict[str, Any]) -> Any:
    """Return a copy of a configuration in which one table has no ``decisions``."""
    if data is table:
        return {key: value for key, value in data.items() if key != "decisions"}
    if isinstance(data, dict):
        return {key: _without(value, table) for key, value in data.items()}
    return [_without(each, table) for each in data] if isinstance(data, list) else data


class Plots(Strict):
    """All that is known and decided about a chamber campaign."""

    campaign: Campaign
    analysers: Annotated[list[Analyser], Field(min_length=1)]
    gas: Annotated[
        dict[str, Gas], Field(description="gases of the analysers that fluxkit does not know, by name")
    ] = {}
    sheet: Sheet | None = None
    chamber: Annotated[Chamber, Field(description="of all closures, where nothing else is said")] = Chamber()
    chambers: Annotated[dict[str, Chamber], Field(description="by name, for a sheet's column `chamber`")] = {}
    closures: ClosureSource = ClosureSource()
    window: Window = Window()
    fits: Fits = Fits()
    decisions: Annotated[
        str | None, Field(description="table of windows and flags chosen by eye, relative to this file")
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _lifted(cls, data: Any) -> Any:
        """Take ``decisions`` where it stands: in TOML a key behind a table's head belongs to that table."""
        if not isinstance(data, dict) or "decisions" in data:
            return data
        tables = [
            table for value in data.values() for table in (value if isinstance(value, list) else [value])
        ]
        inner = [each for table in tables if isinstance(table, dict) for each in table.values()]
        for table in [*tables, *inner]:
            if isinstance(table, dict) and isinstance(table.get("decisions"), str):
                return _without(data, table) | {"decisions": table["decisions"]}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.closures.source == "sheet" and self.sheet is None:
            message = "'sheet' needs a table [sheet]"
            raise ProblemsError(ConfigProblem(("closures", "source"), message))
        unknown = [*self._unknown_gases(), *self._odd_valves()]
        if unknown:
            raise ProblemsError(*unknown)
        names = [analyser.name for analyser in self.analysers]
        if len(set(names)) < len(names):
            message = f"each needs a name of its own, found {', '.join(names)}"
            raise ProblemsError(ConfigProblem(("analysers",), message))
        return self

    def _odd_valves(self) -> Iterator[ConfigProblem]:
        """Find positions of valves that are no numbers."""
        for position in self.closures.valves:
            try:
                float(position)
            except ValueError:
                message = f"found {position!r}; allowed: the number of a position"
                yield ConfigProblem(("closures", "valves", position), message)

    def _unknown_gases(self) -> Iterator[ConfigProblem]:
        """Find gases that are neither in the table of gases nor declared in [gas.NAME]."""
        named: list[tuple[Path, str]] = [
            (("fits", "bubbles", k), gas) for k, gas in enumerate(self.fits.bubbles)
        ]
        named += [(("closures", "gas"), self.closures.gas)] if self.closures.gas else []
        for k, analyser in enumerate(self.analysers):
            where = ("analysers", k)
            named += [((*where, "gases", n), gas) for n, gas in enumerate(analyser.gases)]
            named += [((*where, "precision", gas), gas) for gas in analyser.precision]
            named += [
                ((*where, "columns", name), name)
                for name, column in analyser.columns.items()
                if units.is_fraction(column.unit)
                and name not in (self.closures.state_column, self.closures.valve_column)
            ]
        known = (*gases.known_gases(), *(gas for gas in self.gas if gas not in gases.known_gases()))
        for path, name in named:
            gas = name.removesuffix("_wet")
            if not gases.is_known_gas(gas) and gas not in (*self.gas, gases.OXYGEN):
                message = f"unknown gas {name!r} (if it is a further gas, add [gas.{gas}])"
                yield ConfigProblem(path, message, known, gas)
