"""The vocabulary of the half-hourly output: one entry per variable, read from ``variables.toml``.

Names are those of the FLUXNET and AmeriFlux standard. Formulas work in SI; ``from_si``
and ``to_si`` are the only way between SI and the standard's units.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: What stands for "no value" in integer variables of a file (the netCDF library's own fill values).
FILL_INT = MappingProxyType({"int8": -127, "int32": -2147483647})


@dataclass(frozen=True)
class Entry:
    """One variable of the output. Output value = SI value * si_scale + si_shift."""

    name: str
    units: str  #: UDUNITS
    si_units: str
    long_name: str
    si_scale: float = 1.0
    si_shift: float = 0.0
    standard_name: str | None = None
    cell_methods: str | None = None
    range: tuple[float, float] | None = None  #: plausible [units]; informs, removes nothing
    aliases: tuple[str, ...] = ()
    dtype: str = "float64"
    nullable: bool = True  #: whether a value may be missing
    flag_values: tuple[int, ...] = ()
    flag_masks: tuple[int, ...] = ()
    flag_meanings: tuple[str, ...] = ()
    flag_acting: tuple[str, ...] = ()  #: meanings that remove the flux; the others advise
    ancillary: tuple[str, ...] = ()
    fluxnet: bool = True  #: whether the CSV has it

    @property
    def is_flag(self) -> bool:
        """Whether the values are codes with meanings."""
        return bool(self.flag_meanings)


def names() -> tuple[str, ...]:
    """Return the names of all variables, in the order of output."""
    return tuple(_table())


def entry(name: str) -> Entry:
    """Return everything known about a variable.

    Raises
    ------
    KeyError
        When there is no such variable; the message names the nearest ones.
    """
    table = _table()
    if name not in table:
        alias = _aliases().get(name)
        near = [alias] if alias else difflib.get_close_matches(name.upper(), table, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "all names: fluxkit.schema.variables.names()"
        raise KeyError(f"unknown variable {name!r}: {hint}")
    return table[name]


def canonical(name: str) -> str:
    """Return the standard's name for a name or an alias of it, e.g. FC for co2_flux."""
    return name if name in _table() else entry(_aliases().get(name, name)).name


def describe(name: str) -> dict[str, Any]:
    """Return the CF attributes of a variable, flag attributes in the variable's own type.

    The plausible range is left out on purpose: readers mask what lies outside ``valid_range``.
    """
    found = entry(name)
    attributes: dict[str, Any] = {"units": found.units, "long_name": found.long_name}
    if found.units == "degC":
        attributes["units_metadata"] = "temperature: on_scale"
    elif "K" in found.units.split():  # temperatures themselves are in degC
        attributes["units_metadata"] = "temperature: difference"
    if found.standard_name:
        attributes["standard_name"] = found.standard_name
    if found.cell_methods:
        attributes["cell_methods"] = found.cell_methods
    for key in ("flag_values", "flag_masks"):
        codes = getattr(found, key)
        if codes:
            attributes[key] = np.array(codes, dtype=found.dtype)
    if found.is_flag:
        attributes["flag_meanings"] = " ".join(found.flag_meanings)
    if found.ancillary:
        attributes["ancillary_variables"] = " ".join(found.ancillary)
    quality = found.is_flag or name.endswith(("_RANDUNC_HF", "_SS", "_ITC"))
    attributes["coverage_content_type"] = "qualityInformation" if quality else "physicalMeasurement"
    return attributes


def from_si(name: str, values: npt.ArrayLike) -> Array:
    """Convert from SI to the variable's output units.

    Parameters
    ----------
    name : str
        Variable.
    values : array_like, any shape
        In ``entry(name).si_units``; NaN is missing.

    Returns
    -------
    ndarray of float64, same shape
        In ``entry(name).units``.
    """
    found = entry(name)
    return np.asarray(np.asarray(values, dtype=np.float64) * found.si_scale + found.si_shift)


def to_si(name: str, values: npt.ArrayLike) -> Array:
    """Convert from the variable's output units to SI; the inverse of ``from_si``."""
    found = entry(name)
    return np.asarray((np.asarray(values, dtype=np.float64) - found.si_shift) / found.si_scale)


def mask(name: str, meaning: str) -> int:
    """Return the bit of a meaning, e.g. ``mask("LOSS_FLAG", "gas_missing")``."""
    found = entry(name)
    if meaning not in found.flag_meanings or not found.flag_masks:
        raise KeyError(f"{name} has no bit {meaning!r}; known: {', '.join(found.flag_meanings) or 'none'}")
    return found.flag_masks[found.flag_meanings.index(meaning)]


def gas_names(gas: str) -> tuple[str, str]:
    """Return the names of the flux and the storage change of a gas, e.g. ("FC", "SC") for co2."""
    gases = _document()["gas"]
    if gas.upper() not in gases:
        known = ", ".join(gases).lower()
        raise KeyError(
            f"unknown gas {gas!r}; known: {known}. Add [gas.{gas.upper()}] to schema/variables.toml"
        )
    return gases[gas.upper()]["flux"], gases[gas.upper()]["storage"]


@cache
def _document() -> dict[str, Any]:
    text = resources.files("fluxkit.schema").joinpath("variables.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _table() -> Mapping[str, Entry]:
    document = _document()
    variables: dict[str, dict[str, Any]] = {}
    for gas, facts in document["gas"].items():
        variables |= _gas_variables(gas, facts)
    variables |= {name: dict(facts) for name, facts in document["variable"].items()}
    bases = document["quantity"] | variables
    for template in document["template"]:
        for base in template["of"]:
            words = document["gas"].get(base, bases[base])["long_name"]
            name, made = _from_template(template, base, bases[base], words)
            variables[name] = made
            if template.get("ancillary"):
                variables[base].setdefault("ancillary", []).append(name)
    return MappingProxyType({name: _entry(name, table) for name, table in variables.items()})


@cache
def _aliases() -> Mapping[str, str]:
    return MappingProxyType({alias: found.name for found in _table().values() for alias in found.aliases})


def _gas_variables(gas: str, facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return flux, storage, concentrations and covariance of one gas."""
    long, cf_name, low = facts["long_name"], facts["cf_name"], gas.lower()
    flux = {
        "units": facts["flux_units"],
        "si_units": "mol m-2 s-1",
        "si_scale": facts["flux_scale"],
        "cell_methods": "time: mean",
        "range": facts["flux_range"],
    }
    fraction = {
        "units": facts["units"],
        "si_units": "mol mol-1",
        "si_scale": facts["si_scale"],
        "cell_methods": "time: mean",
        "range": facts["range"],
    }
    density = {"units": facts["density_units"], "si_units": "mol m-3", "si_scale": facts["density_scale"]}
    # The CF table has no molar flux of any other gas.
    flux_name = f"surface_upward_mole_flux_of_{cf_name}" if gas == "CO2" else None
    return {
        facts["flux"]: flux
        | {"long_name": f"Turbulent flux of {long}", "standard_name": flux_name, "aliases": [f"{low}_flux"]},
        facts["storage"]: flux
        | {
            "long_name": f"Storage change of {long} below the sonic",
            "aliases": [f"{low}_strg", f"{facts['storage']}_SINGLE"],
        },
        gas: fraction
        | {
            "long_name": f"Mole fraction of {long} in moist air",
            "standard_name": f"mole_fraction_of_{cf_name}_in_air",
            "aliases": [f"{low}_mole_fraction"],
        },
        f"{gas}_MIXING_RATIO": fraction
        | {"long_name": f"Mole fraction of {long} in dry air", "aliases": [f"{low}_mixing_ratio"]},
        f"{gas}_MOLAR_DENSITY": density
        | {
            "long_name": f"Molar density of {long}",
            "standard_name": f"mole_concentration_of_{cf_name}_in_air",
            "cell_methods": "time: mean",
            "range": [0.0, float("inf")],
            "aliases": [f"{low}_molar_density"],
        },
        f"W_{gas}_COV": {key: flux[key] for key in ("units", "si_units", "si_scale", "range")}
        | {
            "long_name": f"Covariance of vertical wind and {long}, as a molar flux",
            "aliases": [f"w/{low}_cov"],
        },
    }


def _from_template(
    template: dict[str, Any], base: str, facts: dict[str, Any], words: str
) -> tuple[str, dict[str, Any]]:
    """Return the name and the table that a template gives for one base."""
    made: dict[str, Any] = {}
    for key, value in template.items():
        if key in ("of", "name", "ancillary"):
            continue
        if value == "=":
            if key in facts:
                made[key] = facts[key]
        elif key == "standard_name" and "{standard}" in value:
            if facts.get("standard_name"):
                made[key] = value.format(standard=facts["standard_name"])
        elif isinstance(value, str):
            made[key] = value.format(name=base, long=words[0].upper() + words[1:].split(":")[0])
        else:
            made[key] = value
    return template["name"].format(name=base), made


def _entry(name: str, table: dict[str, Any]) -> Entry:
    frozen: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    frozen.setdefault("si_units", frozen["units"])
    return Entry(name=name, **frozen)
