"""The configuration of a run from half hours to years: one TOML file, every key optional."""

from os import PathLike
from typing import Annotated, Literal

from pydantic import Field

from fluxkit.site.sections.strict import Strict
from fluxkit.site.toml.loading import checked, located, text_of

Threshold = Annotated[float, Field(ge=0.0, le=3.0)]


class Read(Strict):
    """Which columns of the file are read."""

    columns: dict[str, str] = Field(
        default={}, description='Quantity and column where several could be meant: TA = "TA_1_2_1".'
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


class Ustar(Strict):
    """The threshold of friction velocity."""

    method: Literal["pooled-nights", "moving-point", "change-point", "none"] | None = Field(
        default=None,
        description="How it is found: by pooled-nights, or moving-point where its variant is named; none: "
        "nothing is taken out for low turbulence.",
    )
    variant: str | None = Field(
        default=None, description="Whose rules; of moving-point by default those of REddyProc."
    )
    filter_variant: Literal["reddyproc", "oneflux"] = Field(
        default="reddyproc",
        description="What is taken out: records of the night, or of the day too and the one after.",
    )
    threshold: Threshold | None = Field(default=None, description="One that is given, for all years. [m s-1]")
    thresholds: dict[str, Threshold] = Field(
        default={}, description="By year: 1998 = 0.2; or by percentile: 5 = 0.15, 50 = 0.2. [m s-1]"
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
        default=None, description="Gaps that stay open: none, reddyproc, oneflux-1.3."
    )
    era5: str | None = Field(default=None, description="netCDF of ERA5, for gaps of drivers.")


class Partition(Strict):
    """How net exchange is parted."""

    night: str = Field(default="fluxkit", description="Variant of the night-time method; none: not done.")
    day: str = Field(default="fluxkit", description="Variant of the day-time method; none: not done.")
    members: Literal["both", "night", "none"] = Field(
        default="night", description="Methods that part each member of the thresholds' ensemble."
    )


class Uncertainty(Strict):
    """How the interval of annual sums is found."""

    pairs: int = Field(
        default=6, ge=0, description="Pairs of halves of the data that partitioning learns from."
    )
    seed: int = Field(default=0, ge=0, description="Of the halves.")


class Product(Strict):
    """What is written."""

    hub: str = Field(default="FLX", description="How names of the product's files begin.")
    names: Literal["1.3", "fullset"] = Field(default="1.3", description="Names of the product's files.")
    derived: bool = Field(default=False, description="Add ET, WUE, LUE and surface conductance.")
    zarr: bool = Field(default=False, description="Write zarr beside netCDF, where zarr is installed.")


class Settings(Strict):
    """A run from half hours to years."""

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
    return checked(Settings, text_of(place, "fluxkit ecosystem"), str(place))
