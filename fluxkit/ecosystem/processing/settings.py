"""The configuration of a run from half hours to years: one TOML file, every key optional."""

from os import PathLike
from typing import Annotated, Any, Literal

from pydantic import Field

from fluxkit.site.sections.strict import Strict
from fluxkit.site.toml.loading import checked, located, text_of

Threshold = Annotated[float, Field(ge=0.0, le=3.0)]
Begins = list[Annotated[int, Field(ge=1, le=366)]]


class Read(Strict):
    """Which columns of the file are read."""

    columns: dict[str, str] = Field(
        default={}, description='Quantity and column where several could be meant: TA = "TA_1_2_1".'
    )


class Raw(Strict):
    """What is decided anew on the moments of a results folder."""

    schemes: dict[str, list[Any]] = Field(
        default={},
        description='Values of [decide], as rotation = ["double", "planar-fit"]. All combinations go from '
        "moments through u* filter, filling and partitioning, and which decision moves the year is said. "
        "Without it, those of the station's own [schemes].",
    )
    config: str | None = Field(
        default=None,
        description="Configuration of the station, from where paths of slow data start; by default beside "
        "the results folder.",
    )


class Screen(Strict):
    """What is taken out of the fluxes before anything is computed of them."""

    max_flag: int = Field(default=1, ge=0, le=2, description="Largest quality flag that is kept.")
    ranges: bool = Field(default=True, description="Take out what is beyond the range of the quantity.")
    equal: int = Field(
        default=4, ge=0, description="Length of runs of equal values that are taken out; 0: none."
    )
    despike: Literal["double-differences", "papale-2006", "hampel", "none"] = Field(
        default="double-differences", description="How spikes are found."
    )
    z: float = Field(default=7.0, gt=0.0, description="Spread that is allowed to a spike.")
    storage: Literal["as read", "required", "none"] = Field(
        default="as read", description="NEE of FC and SC: SC where it is, always, or never."
    )
    fetch: float | None = Field(
        default=None, gt=0.0, description="Distance that the target area reaches; none: not asked. [m]"
    )
    fetch_share: Literal[70, 80, 90] = Field(
        default=70, description="Share of the footprint that must be within. [%]"
    )


class Ustar(Strict):
    """The threshold of friction velocity."""

    method: Literal["pooled-nights", "moving-point", "change-point", "evening-maximum", "none"] | None = (
        Field(
            default=None,
            description="How it is found: by pooled-nights, or moving-point where its variant is named; "
            "evening-maximum: no threshold, but of nights on slopes only what is measured about the maximum "
            "of the early evening; none: nothing is taken out for low turbulence.",
        )
    )
    variant: str | None = Field(
        default=None, description="Whose rules; of moving-point by default those of REddyProc."
    )
    seasons: Literal["months", "months-within-year", "quarters"] | Begins | dict[str, Begins] | None = Field(
        default=None,
        description="Within which it is looked for: by name, or days of the year on which seasons begin, the "
        "same in all years or for each: 1998 = [60, 210]. By default the variant's own.",
    )
    filter_variant: Literal["reddyproc", "oneflux"] = Field(
        default="reddyproc",
        description="What is taken out: records of the night, or of the day too and the one after.",
    )
    threshold: Threshold | None = Field(default=None, description="One that is given, for all years. [m s-1]")
    thresholds: dict[str, Threshold | dict[str, Threshold]] = Field(
        default={},
        description="By year: 1998 = 0.2; by percentile: 5 = 0.15, 50 = 0.2; or by both: "
        "1998 = { 5 = 0.15, 50 = 0.2 }. [m s-1]",
    )
    pool: Literal["VUT", "CUT"] = Field(
        default="VUT",
        description="Of each year (VUT), or one of all years (CUT): what the fluxes and annual sums follow. "
        "The product has both.",
    )
    bootstraps: int = Field(default=100, ge=0, description="Resamples for percentiles of the threshold.")
    seed: int = Field(default=1, ge=0, description="Of the resamples.")
    turbulence: Literal["USTAR", "W_SIGMA"] = Field(default="USTAR", description="Measure of turbulence.")


class Fill(Strict):
    """How gaps are filled."""

    method: str | None = Field(
        default=None, description="A filler; by default the one that `fluxkit.ecosystem.fill` takes."
    )
    variant: str | None = Field(default=None, description="Variant of mds: reddyproc, oneflux, vekuri-2023.")
    long_gaps: str | None = Field(
        default=None, description="Gaps that stay open: none, fluxkit, reddyproc, oneflux-1.3."
    )
    era5: str | None = Field(
        default=None, description="ERA5 for gaps of drivers: a netCDF file, its zip, a folder of files."
    )
    neighbour: str | None = Field(
        default=None,
        description="Table of a station near by for gaps of drivers, on the same clock; goes before era5.",
    )


class Partition(Strict):
    """How net exchange is parted."""

    night: str = Field(default="fluxkit", description="Variant of the night-time method; none: not done.")
    day: str = Field(default="fluxkit", description="Variant of the day-time method; none: not done.")
    members: Literal["both", "night", "none"] = Field(
        default="both", description="Methods that part each member of the thresholds' ensemble."
    )


class Uncertainty(Strict):
    """How the interval of annual sums is found."""

    draws: int = Field(
        default=30,
        ge=0,
        description="Draws of partitioning's parameters, by variants that have them (fluxkit).",
    )
    pairs: int = Field(
        default=6, ge=0, description="Pairs of halves of the days that other variants learn from."
    )
    seed: int = Field(default=0, ge=0, description="Of draws and halves.")
    fillers: list[str] = Field(
        default=[],
        description="Other fillers as members, such as mds; what gaps are off counts without them.",
    )
    night: list[str] = Field(default=[], description="Other variants of the night-time method as members.")
    day: list[str] = Field(default=[], description="Other variants of the day-time method as members.")


class Product(Strict):
    """What is written."""

    hub: str = Field(default="FLX", description="How names of the product's files begin.")
    names: Literal["1.3", "fullset"] = Field(default="1.3", description="Names of the product's files.")
    derived: bool = Field(default=False, description="Add ET, WUE, LUE and surface conductance.")
    zarr: bool = Field(default=False, description="Write zarr beside netCDF, where zarr is installed.")


class Settings(Strict):
    """A run from half hours to years."""

    raw: Raw = Raw()
    read: Read = Read()
    screen: Screen = Screen()
    ustar: Ustar = Ustar()
    fill: Fill = Fill()
    partition: Partition = Partition()
    uncertainty: Uncertainty = Uncertainty()
    product: Product = Product()


def load(path: str | PathLike[str] | None) -> Settings:
    """Read and check a configuration; without one, all defaults.

    Raises
    ------
    ConfigError
        The file does not exist, is not TOML, or something in it is unknown or not allowed.
    """
    if path is None:
        return Settings()
    place = located(path)
    return checked(Settings, text_of(place), str(place))
