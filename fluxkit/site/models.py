"""The configuration of one station, as pydantic models.

A TOML file and a Python user build the same objects. Every model is frozen and
refuses unknown keys. Lengths are in metres, times in seconds, angles in degrees
unless the key's name or description says otherwise.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from fluxkit.schema import units
from fluxkit.schema.gases import Gas as KnownGas
from fluxkit.schema.gases import is_name, kind_of, ordered
from fluxkit.site.checks.closed_path import closed_path_problems
from fluxkit.site.checks.corrections import calibration_problems, sonic_problems, word_problems
from fluxkit.site.checks.lags import lag_problems
from fluxkit.site.presets import fill_preset
from fluxkit.site.sections.biomet import Biomet
from fluxkit.site.sections.calibration import Calibration
from fluxkit.site.sections.changes import Change
from fluxkit.site.sections.equipment import GasAnalyser, Instrument, Sonic, Station
from fluxkit.site.sections.footprint import Footprint, Profile
from fluxkit.site.sections.further_sources import FurtherSource, source_problems
from fluxkit.site.sections.gases import Gas, facts, gas_problems, is_gas, unknown_variable
from fluxkit.site.sections.methods import Condense, Condition, Decide
from fluxkit.site.sections.open_path import open_path_problems
from fluxkit.site.sections.reading import OTHERS, VARIABLES, Column, Raw
from fluxkit.site.sections.strict import Strict
from fluxkit.site.series import series_problems
from fluxkit.site.variants import change_problems, later_columns


class Output(Strict):
    """What is written beside the fluxes, and what goes into the products' metadata."""

    title: str = ""
    institution: str = ""
    creator_name: str = ""
    creator_email: str = ""
    project: str = ""
    license: str = "not specified"
    spectra: Annotated[
        bool, Field(description="write the spectra of every period beside their averages, 6 kB each")
    ] = False
    apply_policy: Annotated[
        bool, Field(description="write fluxes that the policy removes as -9999 into the CSV; netCDF has all")
    ] = False


class Site(Strict):
    """One station: what stands there, what its files hold, and what to do with them."""

    preset: Literal["fluxkit", "eddypro-6", "icos"] = "fluxkit"
    station: Station
    instruments: Annotated[list[Instrument], Field(min_length=1)]
    raw: Raw
    sources: Annotated[
        list[FurtherSource],
        Field(description="files of another instrument or logger beside those of [raw]"),
    ] = []
    columns: dict[str, Column]
    gas: Annotated[
        dict[str, Gas], Field(description="gases in [columns] that fluxkit does not know, or knows otherwise")
    ] = {}
    biomet: Biomet = Biomet()
    calibration: Annotated[
        list[Calibration], Field(description="corrections of columns that are known afterwards, by date")
    ] = []
    changes: Annotated[
        list[Change],
        Field(description="of canopy, heights, tubes, instruments, files, columns: values from a date on"),
    ] = []
    condition: Condition = Condition()
    condense: Condense = Condense()
    decide: Decide = Decide()
    schemes: Annotated[
        dict[str, list[Any]],
        Field(description="key of [decide] -> values; all combinations are decided beside [decide] itself"),
    ] = {}
    footprint: Footprint = Footprint()
    profile: Profile = Profile()
    output: Output = Output()

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, data: Any) -> Any:
        return fill_preset(data) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [
            *_column_problems(self),
            *source_problems(self),
            *gas_problems(self),
            *_scheme_problems(self),
            *_profile_problems(self),
            *lag_problems(self.columns, self.condense, self.decide, self.schemes),
        ]
        if not problems:  # which need what those have looked at
            problems = [
                *sonic_problems(self.sonic, self.columns, self.condition),
                *word_problems(self.instruments, self.columns, self.condition),
                *calibration_problems(self.calibration, later_columns(self)),
                *change_problems(self),
                *series_problems(self.condense, self.decide, self.columns),
                *open_path_problems(self),
                *closed_path_problems(self),
            ]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @property
    def sonic(self) -> Sonic:
        """The anemometer (the first one listed)."""
        return next(i for i in self.instruments if isinstance(i, Sonic))

    @property
    def gases(self) -> tuple[str, ...]:
        """Gases that are measured: the standard four first, then the others as the columns name them."""
        return ordered(name for name in self.columns if is_gas(name, self.gas))

    def gas_facts(self, name: str) -> KnownGas:
        """Return what is known of a gas."""
        return facts(name, self.gas)

    def vapour_of(self, gas: str) -> str | None:
        """Return the water vapour that belongs to a gas: of the same analyser, else the first there is."""
        vapours = [name for name in self.gases if kind_of(name) == "h2o"]
        near = [v for v in vapours if self.columns[v].instrument == self.columns[gas].instrument]
        return next(iter((*near, *vapours)), None)

    @property
    def has_cell_state(self) -> bool:
        """Whether temperature and pressure of a cell are recorded."""
        inlet_and_outlet = {"t_cell_in", "t_cell_out"} <= self.columns.keys()
        return "p_cell" in self.columns and ("t_cell" in self.columns or inlet_and_outlet)

    def has_cell(self, gas: str) -> bool:
        """Whether temperature and pressure of a gas's own cell are recorded."""
        instruments = (None, self.columns[gas].instrument)
        here = {name for name, column in self.columns.items() if column.instrument in instruments}
        inlet_and_outlet = {"t_cell_in", "t_cell_out"} <= here
        return "p_cell" in here and ("t_cell" in here or inlet_and_outlet)

    def has_analyser(self, variable: str) -> bool:
        """Whether the instrument of a variable of ``columns`` is a gas analyser."""
        wanted = self.columns[variable].instrument
        return any(isinstance(i, GasAnalyser) and i.id == wanted for i in self.instruments)

    def analyser(self, variable: str) -> GasAnalyser:
        """Return the analyser that measures a variable of ``columns``."""
        wanted = self.columns[variable].instrument
        found = [i for i in self.instruments if isinstance(i, GasAnalyser) and i.id == wanted]
        return found[0]


def _scheme_problems(site: Site) -> Iterator[str]:
    for key, values in site.schemes.items():
        if key not in Decide.model_fields or key == "arithmetic":
            yield f"schemes: {key!r} is not a decision; known: {', '.join(Decide.model_fields)}"
            continue
        if not values:
            yield f"schemes.{key}: an empty list; give the values to compare"
        for value in values:
            try:
                Decide.model_validate({key: value})
            except ValidationError as error:
                yield f"schemes.{key}: found {value!r}; {error.errors()[0]['msg'].lower()}"


def _profile_problems(site: Site) -> Iterator[str]:
    wanted = site.decide.storage == "profile" or "profile" in site.schemes.get("storage", [])
    if wanted and not site.profile.given:
        yield "decide: storage = 'profile' needs a section [profile] with files, heights and columns"


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
        if name not in VARIABLES and not is_gas(name, site.gas):
            yield f"{where}: {unknown_variable(name)}"
            continue
        if column.instrument is not None and column.instrument not in known:
            ids = ", ".join(known)
            yield f"{where}.instrument: no instrument has the id {column.instrument!r}; known: {ids}"
        yield from (f"{where}.{problem}" for problem in unit_problems(name, column))


def unit_problems(name: str, column: Column) -> Iterator[str]:
    """Find what is wrong with the unit and quantity of a variable's column, as ``key: sentence``."""
    dimension = units.parse(column.unit).dimension
    if name not in OTHERS and is_name(name):
        allowed: tuple[str, ...] = ("mass_density", "molar_density", "fraction")
        if dimension == "fraction" and column.quantity not in ("mole_fraction", "mixing_ratio"):
            yield (
                f"quantity: {column.unit} is a fraction of moist or of dry air: "
                "say 'mole_fraction' or 'mixing_ratio'"
            )
        if dimension.endswith("density") and column.quantity not in (None, "density"):
            yield f"quantity: {column.unit} is a density, not a {column.quantity}"
    elif name in ("u", "v", "w"):
        allowed = ("speed", "angle") if name == "u" else ("speed",)
    elif name.startswith("t_"):
        allowed = ("temperature", "speed") if name == "t_sonic" else ("temperature",)
    elif name.startswith("p_"):
        allowed = ("pressure",)
    else:
        allowed = ("dimensionless",)
    if dimension not in allowed:
        yield f"unit: {column.unit!r} is not a unit of {' or '.join(a.replace('_', ' ') for a in allowed)}"
