"""Configuration of a carbon budget: what each method has, and where."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fluxkit.budget.tower.necb import LATERAL
from fluxkit.budget.units import UnitError, parse_unit
from fluxkit.site.sections.strict import (
    ConfigProblem,
    NonNegative,
    OneOf,
    Positive,
    ProblemsError,
    Strict,
)

Fraction = Annotated[float, Field(gt=0.2, lt=0.7)]
Share = Annotated[float, Field(ge=0, le=1)]


class BudgetSite(Strict):
    """What the budget is of."""

    id: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="short name, used for file names")
    ]
    name: str = ""
    latitude: Annotated[float | None, Field(ge=-90, le=90, description="degrees north")] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180, description="degrees east")] = None
    utc_offset_h: Annotated[
        float, Field(ge=-12, le=14, description="of tables of half hours: local standard time minus UTC")
    ] = 0.0
    years: Annotated[
        list[int], Field(description="that are compared; those of the tower if empty, a missing one is named")
    ] = []


class Tower(Strict):
    """The tower's years."""

    annual: Annotated[
        str, Field(description="table with year, variable, value, lower, upper, unit: <SITE>_annual.csv")
    ]
    partitioning: Annotated[
        Literal["night", "day"], Field(description="whose GPP and Reco: GPP_NT, RECO_NT or GPP_DT, RECO_DT")
    ] = "night"
    half_hours: Annotated[
        str | None,
        Field(
            description="CSV or netCDF of half hours: for models beside the tower, chambers through the year"
        ),
    ] = None
    nee: Annotated[str, Field(description="its column of filled NEE, umol m-2 s-1")] = "NEE_F"
    gpp: Annotated[str | None, Field(description="its column of GPP; that of `partitioning` if absent")] = (
        None
    )


class Lateral(Strict):
    """Carbon that leaves or enters sideways."""

    file: Annotated[
        str | None,
        Field(
            description="table with year, term, value, standard_error, unit (and carbon_fraction where it is "
            "dry matter); losses and gains positive"
        ),
    ] = None
    absent: Annotated[
        list[Annotated[str, OneOf("lateral term", tuple(LATERAL))]],
        Field(description="terms that do not occur here; others that are not given are named as missing"),
    ] = []


class Production(Strict):
    """NPP from the tower's GPP."""

    plant_type: Annotated[
        str | None,
        Field(description="row of the table of carbon use efficiencies: forest, Boreal conifer MATURE"),
    ] = None
    cue: Annotated[float | None, Field(gt=0, lt=1, description="NPP : GPP of your own")] = None
    cue_standard_error: Annotated[float | None, Field(gt=0, lt=1, description="its standard error")] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.cue is not None and self.cue_standard_error is None:
            raise ProblemsError(
                ConfigProblem(("cue_standard_error",), "is needed with cue: it dominates the error of NPP")
            )
        if self.cue is not None and self.plant_type is not None:
            raise ProblemsError(ConfigProblem(("cue",), "is given beside plant_type: take one of them"))
        return self


class Chambers(Strict):
    """Soil respiration of fluxkit's chamber campaigns."""

    fluxes: Annotated[
        str | list[str], Field(description="<ID>_chamber_fluxes.csv of `fluxkit chamber`, one or several")
    ]
    by: Annotated[Literal["treatment", "plot"], Field(description="what makes kinds of ground")] = "treatment"
    shares: Annotated[dict[str, Share], Field(description="kind -> share of the area; they add up to 1")]
    trenched: Annotated[list[str], Field(description="kinds without living roots: they give Rh")] = []
    temperature: Annotated[str, Field(description="column of the closures, K, that respiration follows")] = (
        "t_soil"
    )
    half_hour_temperature: Annotated[
        str, Field(description="column of the tower's half hours, degC, at the same place")
    ] = "TS_F"
    response: Annotated[
        Literal["lloyd-taylor", "q10", "arrhenius", "linear"], Field(description="form of the response")
    ] = "lloyd-taylor"
    covers: Annotated[
        list[Literal["dark", "shaded", "clear", ""]],
        Field(description="of the closures that measure respiration"),
    ] = ["dark", ""]
    replicates: Annotated[int, Field(ge=10, description="of the resampling")] = 200


class Inventory(Strict):
    """Plots with volumes, measured once or more."""

    name: str = "trees"
    plots: Annotated[str, Field(description="table with plot, date, area and volume of each inventory")]
    method: Annotated[
        Literal["expansion-factor", "continuous-function", "volume-expansion", "allometry"],
        Field(description="IPCC 2006; Fang et al. 2001; growing stock times three factors; biomass of stems"),
    ]
    stems: Annotated[
        str | None, Field(description="table with plot, date, diameter (cm), instead of a column volume")
    ] = None
    stem_a: Annotated[
        Positive | None,
        Field(description="of a d^b: m3 of a stem, or kg DM with allometry; no default could be read"),
    ] = None
    stem_b: Annotated[Positive | None, Field(description="its exponent")] = None
    by_row: Annotated[
        bool,
        Field(
            description="columns of the table named as coefficients or types below hold row by row: species"
        ),
    ] = False
    area_unit: Annotated[Literal["ha", "hm2", "m2"], Field(description="of the column area")] = "ha"
    volume_of: Annotated[
        Literal["hectare", "plot"], Field(description="m3 ha-1, or m3 of the whole plot")
    ] = "hectare"
    carbon_fraction: Annotated[Fraction, Field(description="of dry matter; IPCC 2006: 0.47")] = 0.47
    zone: Annotated[str | None, Field(description="of IPCC 2006: boreal, temperate, mediterranean")] = None
    forest_type: Annotated[str | None, Field(description="of table 4.5: pines, hardwoods, ...")] = None
    root_type: Annotated[str | None, Field(description="of table 4.4: conifers, broadleaf, ...")] = None
    bcef: Annotated[Positive | None, Field(description="your own, Mg DM m-3")] = None
    root_shoot: Annotated[NonNegative | None, Field(description="your own; 0 leaves roots out")] = None
    a: Annotated[
        Positive | None, Field(description="of B = a V + b, Mg DM m-3; no default could be read")
    ] = None
    b: Annotated[float | None, Field(description="of B = a V + b, Mg DM ha-1; no default could be read")] = (
        None
    )
    delta: Annotated[Positive | None, Field(description="volume expansion; no default could be read")] = None
    rho: Annotated[Positive | None, Field(description="its density, Mg m-3; no default could be read")] = None
    gamma: Annotated[Fraction | None, Field(description="its carbon fraction; no default could be read")] = (
        None
    )
    understory: Annotated[NonNegative, Field(description="its carbon as a share of the trees'")] = 0.0
    coefficient_error: Annotated[
        NonNegative, Field(description="relative standard error of the coefficients; 0: not included")
    ] = 0.0

    @model_validator(mode="after")
    def _has_its_coefficients(self) -> Self:
        needed: tuple[str, ...] = {
            "continuous-function": ("a", "b"),
            "volume-expansion": ("delta", "rho", "gamma"),
            "expansion-factor": (),
            "allometry": ("root_shoot",),
        }[self.method]
        lacking = [name for name in needed if getattr(self, name) is None]
        if (self.stems is None) != (self.stem_a is None or self.stem_b is None) or (
            self.method == "allometry" and self.stems is None
        ):
            raise ProblemsError(
                ConfigProblem(("stems",), "goes with stem_a and stem_b; allometry needs them")
            )
        if self.by_row:
            return self
        if self.method == "expansion-factor":
            if self.bcef is None and not (self.zone and self.forest_type):
                lacking.append("bcef (or zone and forest_type)")
            if self.root_shoot is None and not (self.zone and self.root_type):
                lacking.append("root_shoot (or zone and root_type)")
        if lacking:
            words = " and ".join(lacking)
            raise ProblemsError(
                ConfigProblem(
                    ("method",), f"{self.method!r} needs {words}: no default could be read in its source"
                )
            )
        return self


class Pools(Strict):
    """Stocks of understory, litter, dead wood or others, each a row of its own."""

    file: Annotated[
        str, Field(description="table with pool, plot, date, value and, if plots differ, area (ha)")
    ]
    unit: Annotated[str, Field(description="of value: Mg C ha-1, t DM ha-1, g C m-2")]
    carbon_fraction: Annotated[Fraction | None, Field(description="where the unit is dry matter")] = None

    @model_validator(mode="after")
    def _has_a_unit(self) -> Self:
        _checked_unit(self.unit, self.carbon_fraction, stock=True)
        return self


class Soil(Strict):
    """Organic carbon of soil profiles."""

    horizons: Annotated[
        str,
        Field(
            description="table with profile, date, top, bottom (cm), bulk_density (g cm-3), carbon (%), rock "
            "(share of volume)"
        ),
    ]
    outcrop: Annotated[float, Field(ge=0, lt=1, description="share of the area that is outcropping rock")] = (
        0.0
    )
    reference_mass: Annotated[
        Positive | None, Field(description="compare dates at this mass of fine soil, Mg ha-1")
    ] = None
    fractions: Annotated[
        str | None, Field(description="table with sample, whole and columns POC, MAOC, DOC ... (one unit)")
    ] = None


class Climate(Strict):
    """Climate for MIAMI."""

    file: Annotated[str, Field(description="table with year, ta (degC) and p (mm), ten years or more")]
    carbon_fraction: Annotated[Fraction, Field(description="MIAMI gives dry matter: carbon in it")]


class LightUseSettings(Strict):
    """GPP from absorbed light."""

    file: Annotated[
        str, Field(description="table with date, fapar, sw_in (W m-2), t_min (degC), vpd (hPa) by day")
    ]
    vegetation: Annotated[
        str | None, Field(description="row of MOD17's table: ENF, EBF, DNF, DBF, MF, Grass, Crop, ...")
    ] = None
    efficiency: Annotated[Positive | None, Field(description="your own, g C MJ-1")] = None
    t_none: Annotated[float | None, Field(description="with it: degC, nothing is fixed below")] = None
    t_full: Annotated[float | None, Field(description="with it: degC, cold does not matter above")] = None
    vpd_full: Annotated[float | None, Field(description="with it: hPa, dryness does not matter below")] = None
    vpd_none: Annotated[float | None, Field(description="with it: hPa, nothing is fixed above")] = None

    @model_validator(mode="after")
    def _has_parameters(self) -> Self:
        own = (self.efficiency, self.t_none, self.t_full, self.vpd_full, self.vpd_none)
        if (self.vegetation is None) == all(value is None for value in own):
            raise ProblemsError(
                ConfigProblem(
                    ("vegetation",), "give vegetation, or efficiency with its four limits, and not both"
                )
            )
        if self.vegetation is None and any(value is None for value in own):
            raise ProblemsError(
                ConfigProblem(("efficiency",), "needs t_none, t_full, vpd_full and vpd_none beside it")
            )
        return self


class Pixel(Strict):
    """Square on the ground that a satellite's value is of."""

    east: Annotated[float, Field(description="of its centre from the tower, metres")] = 0.0
    north: Annotated[float, Field(description="of its centre from the tower, metres")] = 0.0
    size: Annotated[Positive, Field(description="its side, metres")]


class SeriesFile(Strict):
    """What a model or satellite has written."""

    name: Annotated[str, Field(description="what the page calls it")]
    file: str
    format: Annotated[
        Literal["table", "netcdf", "century", "biome-bgc-annual", "biome-bgc-daily", "modis"],
        Field(description="century: .lis and .out of CENTURY and DayCent"),
    ] = "table"
    variable: Literal["GPP", "NPP", "NEE", "NEP", "RECO"]
    column: Annotated[
        str, Field(description="variable, band or column of it; of biome-bgc-daily its number, 1 = first")
    ]
    unit: Annotated[
        str | None, Field(description="such as kg C m-2 s-1; not of biome-bgc and modis, which fix it")
    ] = None
    carbon_fraction: Annotated[Fraction | None, Field(description="where the unit is dry matter")] = None
    accumulated: Annotated[
        bool, Field(description="values are sums since the begin of the year, as CENTURY's accumulators")
    ] = False
    time_column: str | None = None
    first_year: Annotated[int | None, Field(description="of biome-bgc-daily")] = None
    product: Annotated[str | None, Field(description="of modis, if the file does not say: MOD17A2H")] = None
    version: str = ""
    includes: Annotated[str, Field(description="in words: roots? soil? which vegetation?")] = ""
    site: Annotated[str | None, Field(description="whose it is; another id than [budget] id is left out")] = (
        None
    )
    pixel: Pixel | None = None
    correct: Annotated[
        bool,
        Field(description="correct it by the regression of the tower on it, also for years without a tower"),
    ] = False

    @model_validator(mode="after")
    def _has_a_unit(self) -> Self:
        if self.format in ("biome-bgc-annual", "biome-bgc-daily", "modis"):
            return self
        if self.unit is None:
            raise ProblemsError(ConfigProblem(("unit",), f"is needed with format {self.format!r}"))
        _checked_unit(self.unit, self.carbon_fraction, stock=False, summed=self.format == "century")
        return self


def _checked_unit(text: str, carbon_fraction: float | None, *, stock: bool, summed: bool = False) -> None:
    try:
        unit = parse_unit(text)
        unit.to_grams(carbon_fraction)
        if stock or (summed and unit.seconds is None):
            unit.to_stock(carbon_fraction)
        else:
            unit.to_rate(carbon_fraction)
    except UnitError as error:
        raise ProblemsError(ConfigProblem(("unit",), str(error))) from None


class FootprintFile(Strict):
    """Where the tower's fluxes come from."""

    file: Annotated[str, Field(description="footprint climatology of `fluxkit footprint`, netCDF")]


class Energy(Strict):
    """The energy balance."""

    half_hours: Annotated[
        str | None, Field(description="CSV or netCDF of half hours; that of [tower] if absent, else `daily`")
    ] = None
    daily: Annotated[str | None, Field(description="table or workbook of daily means instead")] = None
    h: str = "H_F_MDS"
    le: str = "LE_F_MDS"
    rn: str = "NETRAD"
    g: str = "G_F_MDS"
    ta: Annotated[str, Field(description="air temperature, degC")] = "TA_F"
    ustar: str = "USTAR"
    wd: str = "WD"
    reference_et: Annotated[
        str | None, Field(description="column of reference evapotranspiration of the daily table, mm d-1")
    ] = None
    corrections: Annotated[
        list[Literal["bowen-ratio", "fluxnet", "ratio"]],
        Field(description="further columns H_CORR_*, LE_CORR_*: closed at the Bowen ratio; FLUXNET's factors "
        "with quartiles; the daily ratio smoothed"),
    ] = []  # fmt: skip
    photosynthesis: Annotated[bool, Field(description="count the energy that NEE binds: 0.422 J umol-1")] = (
        False
    )
    plate_depth: Annotated[Positive | None, Field(description="metres: count the heat above the plate")] = (
        None
    )
    soil_heat: Annotated[
        Positive | None, Field(description="with it: heat capacity of the dry soil, J m-3 K-1")
    ] = None
    soil_temperature: Annotated[str, Field(description="with it: column, degC")] = "TS_F"
    soil_water: Annotated[str | None, Field(description="with it: column, %; none counts as dry")] = None
    air_height: Annotated[Positive | None, Field(description="metres: count the air below the sonic")] = None
    vpd: Annotated[str, Field(description="with it: column, hPa")] = "VPD_F"
    pressure: Annotated[str, Field(description="with it: column, kPa")] = "PA_F"
    biomass: Annotated[Positive | None, Field(description="fresh mass, kg m-2: count its heat")] = None
    biomass_heat: Annotated[Positive | None, Field(description="with it: J kg-1 K-1")] = None

    @model_validator(mode="after")
    def _storages_are_whole(self) -> Self:
        for name, partner in (("plate_depth", "soil_heat"), ("biomass", "biomass_heat")):
            if (getattr(self, name) is None) != (getattr(self, partner) is None):
                raise ProblemsError(ConfigProblem((name,), f"and {partner} go together: give both"))
        return self


class BudgetSettings(Strict):
    """A whole ``budget.toml``."""

    budget: BudgetSite
    tower: Tower | None = None
    lateral: Lateral = Lateral()
    npp: Production = Production()
    chambers: Chambers | None = None
    inventories: list[Inventory] = []
    pools: list[Pools] = []
    soil: Soil | None = None
    climate: Climate | None = None
    light_use: LightUseSettings | None = None
    series: list[SeriesFile] = []
    footprint: FootprintFile | None = None
    energy: Energy | None = None

    @model_validator(mode="after")
    def _has_a_method(self) -> Self:
        methods = (
            self.tower, self.chambers, self.inventories, self.pools, self.soil, self.climate, self.light_use,
            self.series, self.energy,
        )  # fmt: skip
        if not any(methods):
            raise ProblemsError(
                ConfigProblem((), "no method is given: [tower], [[inventories]], [soil], ...")
            )
        if self.chambers and not (self.tower and self.tower.half_hours):
            raise ProblemsError(
                ConfigProblem(
                    ("chambers",), "need tower.half_hours: their respiration follows the year's temperature"
                )
            )
        if self.energy and not (
            self.energy.half_hours or self.energy.daily or (self.tower and self.tower.half_hours)
        ):
            raise ProblemsError(ConfigProblem(("energy",), "needs half_hours or daily"))
        return self
