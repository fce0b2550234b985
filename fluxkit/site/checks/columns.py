"""Whether variables, units, instruments and the keys of tables fit each other."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from fluxkit.schema import gases, units
from fluxkit.site.expected import problems_of, unknown_key
from fluxkit.site.sections.equipment import Sonic
from fluxkit.site.sections.gases import is_variable, names_a_gas
from fluxkit.site.sections.methods import Decide
from fluxkit.site.sections.reading import OTHERS, SONIC_VARIABLES, Column
from fluxkit.site.sections.strict import ConfigProblem, Path
from fluxkit.site.tables import Tables

#: Tables whose keys are variables of [columns], some of which may have no column.
_BY_VARIABLE: tuple[tuple[str, ...], ...] = (
    ("condition", "spike_limit"),
    ("condition", "limits"),
    ("condition", "vickers_mahrt", "default_lag"),
    ("decide", "time_lag", "min_flux"),
    ("decide", "cutoff", "months"),
    ("decide", "cutoff", "frequencies"),
    ("decide", "budget", "accuracy"),
    ("decide", "vickers_mahrt", "step_hard"),
    ("decide", "vickers_mahrt", "step_soft"),
)


def column_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find variables, units and instruments that do not fit, and tables with variables that there are not."""
    known = [i.id for i in site.instruments]
    for name in sorted({name for name in known if known.count(name) > 1}):
        yield ConfigProblem(("instruments",), f"two instruments have the same id, {name!r}")
    if not any(isinstance(i, Sonic) for i in site.instruments):
        yield ConfigProblem(("instruments",), "no sonic anemometer; add one with kind = 'sonic'")
    yield from _variable_problems(site.columns, site.gas)
    for name, column in site.columns.items():
        if column.instrument is not None and column.instrument not in known:
            message = f"no instrument has the id {column.instrument!r}"
            yield ConfigProblem(("columns", name, "instrument"), message, tuple(known), column.instrument)
    for path in _BY_VARIABLE:
        for name in _at(site, path):
            if not is_variable(name, site.gas):
                yield unknown_variable((*path, name), name)


def column_table_problems(data: Mapping[str, Any]) -> Iterator[ConfigProblem]:
    """Find the same in [columns] as read, where other tables keep it from being checked with them."""
    columns, given = data.get("columns"), data.get("gas", {})
    if not isinstance(columns, dict):
        return
    valid: dict[str, Column | None] = {}
    for name, table in columns.items():
        try:
            valid[name] = Column.model_validate(table)
        except ValidationError:
            valid[name] = None  # what is wrong with it is reported anyway
    yield from _variable_problems(valid, given if isinstance(given, dict) else ())


def scheme_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find keys and values of [schemes] that [decide] does not have, and storage without its profile."""
    for key, values in site.schemes.items():
        if key not in Decide.model_fields or key == "arithmetic":
            known = tuple(k for k in Decide.model_fields if k != "arithmetic")
            yield unknown_key(("schemes", key), "key", known)
            continue
        if not values:
            yield ConfigProblem(("schemes", key), "an empty list; give the values to compare")
        for position, value in enumerate(values):
            try:
                Decide.model_validate({key: value})
            except ValidationError as error:
                for problem in problems_of(error, Decide, {key: value}):
                    yield replace(problem, path=("schemes", key, position, *problem.path[1:]))
    wanted = site.decide.storage == "profile" or "profile" in site.schemes.get("storage", [])
    if wanted and not site.profile.given:
        message = "'profile' needs a section [profile] with files, heights and columns"
        yield ConfigProblem(("decide", "storage"), message)


def unknown_variable(path: Path, name: str) -> ConfigProblem:
    """Return the problem of a name that is neither a variable nor a gas."""
    proper = gases.aliases().get(name.casefold())
    if proper:
        return ConfigProblem(path, f"unknown variable {name!r}: write {proper}")
    message = f"unknown variable {name!r}"
    if gases.is_name(name):
        message += f" (if it is a further gas, add [gas.{gases.kind_of(name)}] with molar_mass [g mol-1])"
    return ConfigProblem(path, message, (*OTHERS, *gases.ordered(gases.known_gases())), name)


def _variable_problems(
    columns: Mapping[str, Column | None], given: Collection[str]
) -> Iterator[ConfigProblem]:
    for name in SONIC_VARIABLES:
        if name not in columns:
            yield ConfigProblem(("columns", name), "missing; eddy covariance needs u, v, w and t_sonic")
    for name, column in columns.items():
        if not is_variable(name, given):
            yield unknown_variable(("columns", name), name)
        elif column is not None:
            yield from (p.within("columns", name) for p in unit_problems(name, column, given))


def unit_problems(name: str, column: Column, given: Collection[str]) -> Iterator[ConfigProblem]:
    """Find what is wrong with the unit and quantity of a variable's column."""
    dimension = units.parse(column.unit).dimension
    if names_a_gas(name, given):
        allowed: tuple[str, ...] = ("mass_density", "molar_density", "fraction")
        if dimension == "fraction" and column.quantity not in ("mole_fraction", "mixing_ratio"):
            message = (
                f"{column.unit} is a fraction of moist or of dry air: give 'mole_fraction' or 'mixing_ratio'"
            )
            yield ConfigProblem(("quantity",), message)
        if dimension.endswith("density") and column.quantity not in (None, "density"):
            yield ConfigProblem(("quantity",), f"{column.unit} is a density, not a {column.quantity}")
    elif name in ("u", "v", "w"):
        allowed = ("speed", "angle") if name == "u" else ("speed",)
    elif name.startswith("t_"):
        allowed = ("temperature", "speed") if name == "t_sonic" else ("temperature",)
    elif name.startswith("p_"):
        allowed = ("pressure",)
    else:
        allowed = ("dimensionless",)
    if dimension not in allowed:
        message = f"{column.unit!r} is not a unit of {' or '.join(a.replace('_', ' ') for a in allowed)}"
        yield ConfigProblem(("unit",), message)


def _at(site: Tables, path: tuple[str, ...]) -> Mapping[str, Any]:
    found: Any = site
    for key in path:
        found = getattr(found, key)
    return found  # type: ignore[no-any-return]
