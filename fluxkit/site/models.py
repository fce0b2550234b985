"""The configuration of one station, as pydantic models.

A TOML file and a Python user build the same objects. Every model is frozen and
refuses unknown keys. Lengths are in metres, times in seconds, angles in degrees
unless the key's name or description says otherwise.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fluxkit.schema import units
from fluxkit.site import instruments as registry
from fluxkit.site.presets import fill_preset

#: Variables of a logger file that are not gases.
SONIC_VARIABLES = ("u", "v", "w", "t_sonic")
SLOW_VARIABLES = ("t_air", "p_air", "t_cell", "t_cell_in", "t_cell_out", "p_cell")
DIAGNOSTICS = ("diag_sonic", "diag_gas")
GASES = ("co2", "h2o", "ch4", "n2o")
VARIABLES = SONIC_VARIABLES + GASES + SLOW_VARIABLES + DIAGNOSTICS

Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Station(_Strict):
    """Where the tower stands."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="site code, e.g. NO-Fin")]
    name: Annotated[str, Field(description="name in words")] = ""
    latitude: Annotated[float, Field(ge=-90, le=90, description="degrees north")]
    longitude: Annotated[float, Field(ge=-180, le=180, description="degrees east")]
    altitude: Annotated[float, Field(ge=-430, le=9000, description="metres above sea level")]
    utc_offset_h: Annotated[
        float, Field(ge=-12, le=14, description="local standard time minus UTC, hours; no daylight saving")
    ]
    canopy_height: Annotated[NonNegative, Field(description="metres")]
    displacement_height: Annotated[
        NonNegative | None, Field(description="metres; 0.67 canopy height if absent")
    ] = None
    roughness_length: Annotated[
        Positive | None, Field(description="metres; 0.15 canopy height if absent")
    ] = None

    @property
    def d(self) -> float:
        """Zero-plane displacement [m]."""
        return 0.67 * self.canopy_height if self.displacement_height is None else self.displacement_height

    @property
    def z0(self) -> float:
        """Roughness length [m], at least 1 mm."""
        return (
            max(1e-3, 0.15 * self.canopy_height) if self.roughness_length is None else self.roughness_length
        )


class Sonic(_Strict):
    """A sonic anemometer."""

    kind: Literal["sonic"]
    id: str
    model: Annotated[str, Field(description="as in `fluxkit inspect --instruments`, or 'generic'")]
    height: Annotated[Positive, Field(description="of the measuring volume above ground, metres")]
    north_offset: Annotated[float, Field(ge=-360, le=360, description="clockwise from north, degrees")] = 0.0
    wind_reference: Annotated[
        Literal["spar", "axis", "na"], Field(description="Gill sonics: which axis the offset refers to")
    ] = "na"
    path_length: Annotated[Positive | None, Field(description="transducer distance, metres (generic)")] = None
    path_horizontal: Annotated[Positive | None, Field(description="horizontal extent, metres (generic)")] = (
        None
    )
    response_time: Annotated[NonNegative | None, Field(description="seconds (generic)")] = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        registry.require("sonic", self.model, self.model_dump())
        return self

    @property
    def geometry(self) -> registry.Geometry:
        """Path lengths and response time, from the table or as given."""
        return registry.geometry("sonic", self.model, self.model_dump())


class GasAnalyser(_Strict):
    """A gas analyser, open or closed path. Separations are analyser minus sonic."""

    kind: Literal["gas_analyser"]
    id: str
    model: Annotated[
        str, Field(description="as in `fluxkit inspect --instruments`, or 'generic-open' / 'generic-closed'")
    ]
    northward_separation: Annotated[float, Field(description="metres")] = 0.0
    eastward_separation: Annotated[float, Field(description="metres")] = 0.0
    vertical_separation: Annotated[float, Field(description="metres, upwards")] = 0.0
    tube_length: Annotated[Positive | None, Field(description="metres")] = None
    tube_diameter: Annotated[Positive | None, Field(description="inner, metres")] = None
    tube_flow: Annotated[Positive | None, Field(description="litres per minute")] = None
    path_length: Annotated[Positive | None, Field(description="metres (generic)")] = None
    path_horizontal: Annotated[Positive | None, Field(description="metres (generic)")] = None
    response_time: Annotated[NonNegative | None, Field(description="seconds (generic)")] = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        registry.require("gas_analyser", self.model, self.model_dump())
        if self.closed and None in (self.tube_length, self.tube_diameter, self.tube_flow):
            raise ValueError(
                f"{self.model} is a closed-path analyser: "
                "give tube_length, tube_diameter [m] and tube_flow [l/min]"
            )
        return self

    @property
    def geometry(self) -> registry.Geometry:
        """Path lengths and response time, from the table or as given."""
        return registry.geometry("gas_analyser", self.model, self.model_dump())

    @property
    def closed(self) -> bool:
        """Whether air is drawn through a tube."""
        return self.geometry.closed


Instrument = Annotated[Sonic | GasAnalyser, Field(discriminator="kind")]


class Raw(_Strict):
    """Which files to read and how."""

    files: Annotated[str | list[str], Field(description="pattern(s) with * and **, relative to this file")]
    format: Annotated[str, Field(description="toa5, icos, delimited, or a plug-in's name")]
    rate: Annotated[Positive, Field(description="samples per second, Hz")]
    file_time: Annotated[Literal["name", "records"], Field(description="where a file's time comes from")]
    name_pattern: Annotated[
        str | None,
        Field(description="file name with %Y %m %d %H %M %S %j %y, * for anything; for file_time = 'name'"),
    ] = None
    year: Annotated[int | None, Field(ge=1970, le=2200, description="for file names without one")] = None
    name_time_is: Annotated[Literal["start", "end"] | None, Field(description="what the name's time is")] = (
        None
    )
    file_minutes: Annotated[Positive | None, Field(description="length of a file, minutes")] = None
    utc_offset_h: Annotated[
        float | None, Field(ge=-12, le=14, description="of file times; the station's if absent")
    ] = None
    sample_time_is: Annotated[
        Literal["start", "end"],
        Field(description="whether a record's stamp begins or ends its sampling interval"),
    ] = "start"
    delimiter: Annotated[
        str, Field(min_length=1, description="',', ';', '\\t' or 'whitespace' (delimited)")
    ] = ","
    header_rows: Annotated[int, Field(ge=0, description="lines before the data (delimited)")] = 1
    names_row: Annotated[
        int | None, Field(ge=1, description="header line with column names, 1 = first (delimited)")
    ] = None
    time_column: Annotated[
        str | int | None, Field(description="column of time stamps, if any (delimited)")
    ] = None
    missing: Annotated[list[str], Field(description="texts that mean 'no value', beside NAN and empty")] = [
        "-9999"
    ]

    @model_validator(mode="after")
    def _file_time(self) -> Self:
        if self.file_time == "name":
            lacking = lacking_for_names(self.model_dump())
            if lacking:
                raise ValueError(f"file_time = 'name' needs {' and '.join(lacking)}")
            if self.name_time_is == "end" and self.file_minutes is None:
                raise ValueError("name_time_is = 'end' needs file_minutes")
        return self


def lacking_for_names(raw: dict[str, Any]) -> list[str]:
    """Return the keys of ``raw`` that taking times from file names needs and that are absent."""
    lacking = [key for key in ("name_pattern", "name_time_is") if raw.get(key) is None]
    codes = set(re.findall("%.", str(raw.get("name_pattern") or "%Y")))
    if codes.isdisjoint({"%Y", "%y"}) and raw.get("year") is None:
        lacking.append("year")
    return lacking


class LagWindow(_Strict):
    """Where to look for a gas's delay behind the wind. [s]"""

    nominal: float
    min: float
    max: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min <= self.nominal <= self.max:
            raise ValueError(f"need min <= nominal <= max, found {self.min}, {self.nominal}, {self.max}")
        return self


class Column(_Strict):
    """One column of the raw files."""

    column: Annotated[str | int, Field(description="name, or position (1 = first)")]
    unit: Annotated[str, Field(description="as in the file, after gain and offset")]
    instrument: str | None = None
    quantity: Annotated[
        Literal["density", "mole_fraction", "mixing_ratio"] | None,
        Field(description="gases: density, mole fraction (moist air) or mixing ratio (dry air)"),
    ] = None
    gain: float = 1.0
    offset: Annotated[float, Field(description="value = gain x column + offset, in `unit`")] = 0.0
    lag: Annotated[LagWindow | None, Field(description="gases: seconds; from the geometry if absent")] = None

    @model_validator(mode="after")
    def _unit(self) -> Self:
        units.parse(self.unit)
        return self


class Condition(_Strict):
    """What is done to the samples, one by one."""

    despiking: Annotated[
        Literal["vickers-mahrt-1997", "mauder-2013", "none"],
        Field(description="by a moving window's deviation, or the period's median absolute one"),
    ] = "vickers-mahrt-1997"
    spike_limit: Annotated[
        dict[str, Positive], Field(description="Vickers & Mahrt: standard deviations, by variable")
    ] = {"u": 3.5, "v": 3.5, "w": 5.0, "t_sonic": 3.5, "co2": 3.5, "h2o": 3.5, "ch4": 8.0, "n2o": 8.0}
    spike_run: Annotated[int, Field(ge=1, description="longest run of samples that is a spike")] = 3
    despike_only_count: Annotated[bool, Field(description="count spikes but leave them in")] = False
    absolute_limits: Annotated[bool, Field(description="drop samples beyond `limits`")] = True
    limits: Annotated[
        dict[str, tuple[float, float]],
        Field(
            description="u, w [m s-1] (u: horizontal speed); t_sonic [degC]; "
            "co2, ch4, n2o [umol mol-1]; h2o [mmol mol-1]"
        ),
    ] = {
        "u": (-30.0, 30.0),
        "w": (-5.0, 5.0),
        "t_sonic": (-40.0, 50.0),
        "co2": (200.0, 900.0),
        "h2o": (0.0, 40.0),
        "ch4": (0.17, 1000.0),
        "n2o": (0.032, 1000.0),
    }
    diagnostics: Annotated[bool, Field(description="drop samples that the instruments call bad")] = True
    mixing_ratio: Annotated[
        Literal["ibrom-2007", "none"],
        Field(description="closed path: densities to dry mixing ratio, sample by sample"),
    ] = "ibrom-2007"
    max_missing: Annotated[
        float, Field(gt=0, lt=1, description="largest lost share of a period that is accepted")
    ] = 0.10
    precision: Annotated[
        Literal["float64", "float32"], Field(description="in which raw values are read and converted")
    ] = "float64"


class Condense(_Strict):
    """What is kept of the samples."""

    period: Annotated[float, Field(gt=0, le=1440, description="averaging period, minutes")] = 30.0
    max_correlation_lag: Annotated[Positive, Field(description="for the random error, seconds")] = 10.0
    spectral_bins: Annotated[int, Field(ge=5, le=500, description="of (co)spectra, spaced by ratio")] = 50

    @model_validator(mode="after")
    def _divides_day(self) -> Self:
        if abs(1440.0 / self.period - round(1440.0 / self.period)) > 1e-9:
            raise ValueError(f"period must divide the day, found {self.period} minutes")
        return self


class Decide(_Strict):
    """What is made of the moments. Methods are named after their paper."""

    rotation: Annotated[Literal["double", "none"], Field(description="tilt correction")] = "double"
    detrending: Annotated[
        Literal["block", "linear"], Field(description="what is removed: the mean, or a line over the period")
    ] = "block"
    lag: Annotated[
        Literal["covariance-maximum-default", "covariance-maximum", "constant", "none"],
        Field(
            description="delay behind the wind: of the largest covariance, else nominal; or nominal always"
        ),
    ] = "covariance-maximum-default"
    density: Annotated[Literal["webb-1980", "none"], Field(description="open path")] = "webb-1980"
    humidity: Annotated[Literal["schotanus-1983", "none"], Field(description="sonic temperature")] = (
        "schotanus-1983"
    )
    high_frequency: Annotated[
        Literal["moncrieff-1997", "none"], Field(description="what instruments and tubes took")
    ] = "moncrieff-1997"
    low_frequency: Annotated[
        Literal["moncrieff-2004", "none"], Field(description="what averaging or detrending took")
    ] = "moncrieff-2004"
    random_error: Annotated[
        Literal["finkelstein-sims-2001", "none"], Field(description="of each flux, one standard deviation")
    ] = "finkelstein-sims-2001"
    quality: Annotated[Literal["mauder-foken-2004", "none"], Field(description="flags 0 (best), 1, 2")] = (
        "mauder-foken-2004"
    )
    storage: Annotated[Literal["one-point", "none"], Field(description="below the sonic, from one level")] = (
        "one-point"
    )
    footprint: Annotated[
        Literal["kljun-2004", "kormann-meixner-2001", "hsieh-2000", "none"],
        Field(description="distances; where Kljun does not hold, Kormann & Meixner"),
    ] = "kljun-2004"
    arithmetic: Annotated[
        Literal["fluxkit", "eddypro-6"],
        Field(description="whose constants, signs and order of corrections: ours, or that program's"),
    ] = "fluxkit"


class Output(_Strict):
    """What goes into the products' metadata."""

    title: str = ""
    institution: str = ""
    creator_name: str = ""
    creator_email: str = ""
    project: str = ""
    license: str = "not specified"


class Site(_Strict):
    """One station: what stands there, what its files hold, and what to do with them."""

    preset: Literal["fluxkit", "eddypro-6"] = "fluxkit"
    station: Station
    instruments: Annotated[list[Instrument], Field(min_length=1)]
    raw: Raw
    columns: dict[str, Column]
    condition: Condition = Condition()
    condense: Condense = Condense()
    decide: Decide = Decide()
    output: Output = Output()

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, data: Any) -> Any:
        return fill_preset(data) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = list(_column_problems(self))
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @property
    def sonic(self) -> Sonic:
        """The anemometer (the first one listed)."""
        return next(i for i in self.instruments if isinstance(i, Sonic))

    @property
    def gases(self) -> tuple[str, ...]:
        """Gases that are measured, in the order of ``GASES``."""
        return tuple(gas for gas in GASES if gas in self.columns)

    @property
    def has_cell_state(self) -> bool:
        """Whether temperature and pressure of a cell are recorded."""
        inlet_and_outlet = {"t_cell_in", "t_cell_out"} <= self.columns.keys()
        return "p_cell" in self.columns and ("t_cell" in self.columns or inlet_and_outlet)

    def analyser(self, variable: str) -> GasAnalyser:
        """Return the analyser that measures a variable of ``columns``."""
        wanted = self.columns[variable].instrument
        found = [i for i in self.instruments if isinstance(i, GasAnalyser) and i.id == wanted]
        return found[0]


def _column_problems(site: Site) -> Iterator[str]:
    known = {i.id: i for i in site.instruments}
    if len(known) != len(site.instruments):
        yield "instruments: two instruments have the same id"
    if not any(isinstance(i, Sonic) for i in site.instruments):
        yield "instruments: no sonic anemometer (kind = 'sonic')"
    for name in ("u", "v", "w", "t_sonic"):
        if name not in site.columns:
            yield f"columns: {name} is missing; eddy covariance needs u, v, w and t_sonic"
    for name, column in site.columns.items():
        where = f"columns.{name}"
        if name not in VARIABLES:
            yield f"{where}: unknown variable {name!r}; known: {', '.join(VARIABLES)}"
            continue
        if column.instrument is not None and column.instrument not in known:
            ids = ", ".join(known)
            yield f"{where}.instrument: no instrument has the id {column.instrument!r}; known: {ids}"
        elif name in GASES:
            yield from (f"{where}{problem}" for problem in _gas_problems(site, name, known))
        yield from (f"{where}.{problem}" for problem in unit_problems(name, column))


def _gas_problems(site: Site, gas: str, known: dict[str, Sonic | GasAnalyser]) -> Iterator[str]:
    column = site.columns[gas]
    if not isinstance(known.get(column.instrument or ""), GasAnalyser):
        yield ".instrument: a gas needs the id of a gas analyser"
    elif _mixed_fraction(site, gas):
        yield (
            ": a mole fraction of moist air becomes dry with h2o as a fraction, and h2o is a density here: "
            "read a fraction of h2o, or the mixing ratio or density of this gas"
        )
    elif (column.quantity or "density") == "density" and _lacks_cell(site, gas):
        yield (
            ": densities of a closed path become mixing ratios with the cell's own temperature and pressure: "
            "add t_cell (or t_cell_in and t_cell_out) and p_cell, or read the mixing ratio"
        )
    elif (column.quantity or "density") == "density" and _foreign_vapour(site, gas):
        yield (
            ": a density in a closed path becomes dry with h2o of the same cell, and h2o is the density of "
            "another instrument: read h2o of the same instrument, or as a fraction"
        )


def _foreign_vapour(site: Site, gas: str) -> bool:
    vapour = site.columns.get("h2o")
    if vapour is None or gas == "h2o" or site.condition.mixing_ratio == "none":
        return False
    elsewhere = vapour.instrument != site.columns[gas].instrument
    return elsewhere and site.analyser(gas).closed and (vapour.quantity or "density") == "density"


def _mixed_fraction(site: Site, gas: str) -> bool:
    if gas == "h2o" or "h2o" not in site.columns or site.columns[gas].quantity != "mole_fraction":
        return False
    return (site.columns["h2o"].quantity or "density") == "density"


def _lacks_cell(site: Site, gas: str) -> bool:
    converts = site.condition.mixing_ratio != "none"
    return converts and site.analyser(gas).closed and not site.has_cell_state


def unit_problems(name: str, column: Column) -> Iterator[str]:
    """Find what is wrong with the unit and quantity of a variable's column, as ``key: sentence``."""
    dimension = units.parse(column.unit).dimension
    if name in GASES:
        allowed: tuple[str, ...] = ("mass_density", "molar_density", "fraction")
        if dimension == "fraction" and column.quantity not in ("mole_fraction", "mixing_ratio"):
            yield (
                f"quantity: {column.unit} is a fraction of moist or of dry air: "
                "say 'mole_fraction' or 'mixing_ratio'"
            )
        if dimension.endswith("density") and column.quantity not in (None, "density"):
            yield f"quantity: {column.unit} is a density, not a {column.quantity}"
    elif name in ("u", "v", "w"):
        allowed = ("speed",)
    elif name.startswith("t_"):
        allowed = ("temperature",)
    elif name.startswith("p_"):
        allowed = ("pressure",)
    else:
        allowed = ("dimensionless",)
    if dimension not in allowed:
        yield f"unit: {column.unit!r} is not a unit of {' or '.join(a.replace('_', ' ') for a in allowed)}"
