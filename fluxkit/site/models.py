"""The configuration of one station, as pydantic models.

A TOML file and a Python user build the same objects. Every model is frozen and
refuses unknown keys. Lengths are in metres, times in seconds, angles in degrees
unless the key's name or description says otherwise.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from fluxkit.schema import units
from fluxkit.site.equipment import GasAnalyser, Instrument, Sonic, Station
from fluxkit.site.methods import Condense, Condition, Decide
from fluxkit.site.presets import fill_preset
from fluxkit.site.reading import GASES, VARIABLES, Column, Raw
from fluxkit.site.strict import Strict


class Output(Strict):
    """What goes into the products' metadata."""

    title: str = ""
    institution: str = ""
    creator_name: str = ""
    creator_email: str = ""
    project: str = ""
    license: str = "not specified"


class Site(Strict):
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
