"""The vocabulary of the half-hourly output: one entry per variable, read from ``variables.toml``.

Names are those of the FLUXNET and AmeriFlux standard. Formulas work in SI; ``from_si``
and ``to_si`` are the only way between SI and the standard's units. The vocabulary begins with the
standard's four gases; any other gets all its variables by ``admit``, from its name alone.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.schema import gases as gases_
from fluxkit.schema.diagnostics import words as diagnostic_words
from fluxkit.schema.gases import SCALES, STANDARD, Gas

Array = npt.NDArray[np.float64]

_admitted: dict[str, None] = dict.fromkeys(STANDARD)

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


def admit(gases: Iterable[str]) -> None:
    """Give these gases all their variables; what is there already stays as it is.

    Raises
    ------
    ValueError
        When it cannot be the name of a gas, or a variable of that name means something else.
    """
    for name in gases:
        if name not in _admitted:
            made = _gas_variables(gases_.gas(name))
            taken = sorted(made.keys() & _table().keys())
            if taken:
                raise ValueError(
                    f"gas {name!r}: {' and '.join(taken)} would be among its variables and means something "
                    "else; give the gas another name"
                )
            _admitted[name] = None


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
    if gas not in _admitted:
        raise KeyError(f"unknown gas {gas!r}; known: {', '.join(_admitted)}; admit it first")
    found = gases_.gas(gas)
    return found.flux_name, found.storage_name


def gas_fluxes() -> tuple[str, ...]:
    """Return the names of the fluxes of all gases in the vocabulary, e.g. FC, FH2O, FCH4."""
    return tuple(gases_.gas(name).flux_name for name in _admitted)


@cache
def _document() -> dict[str, Any]:
    text = resources.files("fluxkit.schema").joinpath("variables.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _table() -> Mapping[str, Entry]:
    return _table_of(tuple(_admitted))


@cache
def _table_of(gases: tuple[str, ...]) -> Mapping[str, Entry]:
    document = _document()
    found = [gases_.gas(name) for name in gases]
    variables: dict[str, dict[str, Any]] = {}
    for gas in found:
        variables |= _gas_variables(gas)
    variables |= {name: dict(facts) for name, facts in document["variable"].items()}
    variables |= _instrument_variables(found)
    bases = document["quantity"] | variables
    words = {gas.label: gas.long_name for gas in found}
    for template in document["template"]:
        for base in _bases(template["of"], found):
            name, made = _from_template(
                template, base, bases[base], words.get(base, bases[base]["long_name"])
            )
            variables[name] = made
            if template.get("ancillary"):
                variables[base].setdefault("ancillary", []).append(name)
    return MappingProxyType({name: _entry(name, table) for name, table in variables.items()})


def _bases(given: list[str], gases: list[Gas]) -> list[str]:
    """Return what a template is of: as it says, and for N2O or its flux all further gases too."""
    further = gases[len(STANDARD) :]
    out = list(given)
    if "N2O" in given:
        out += [gas.label for gas in further]
    if "FN2O" in given:
        out += [gas.flux_name for gas in further]
    return out


def _aliases() -> Mapping[str, str]:
    return _aliases_of(tuple(_admitted))


@cache
def _aliases_of(gases: tuple[str, ...]) -> Mapping[str, str]:
    found = _table_of(gases).values()
    return MappingProxyType({alias: entry.name for entry in found for alias in entry.aliases})


def _gas_variables(gas: Gas) -> dict[str, dict[str, Any]]:
    """Return flux, storage, concentrations and covariance of one gas."""
    long, low, label = gas.long_name, gas.name, gas.label
    flux = {
        "units": f"{gas.flux} m-2 s-1",
        "si_units": "mol m-2 s-1",
        "si_scale": SCALES[gas.flux],
        "cell_methods": "time: mean",
        "range": list(gas.flux_range),
    }
    fraction = {
        "units": f"{gas.amount} mol-1",
        "si_units": "mol mol-1",
        "si_scale": SCALES[gas.amount],
        "cell_methods": "time: mean",
        "range": list(gas.range),
    }
    density = {
        "units": f"{gas.density} m-3",
        "si_units": "mol m-3",
        "si_scale": SCALES[gas.density],
        "cell_methods": "time: mean",
        "range": [0.0 if gas.range[0] >= 0.0 else float("-inf"), float("inf")],
    }
    named = {  # the CF table has no molar flux of any gas but carbon dioxide
        "flux": f"surface_upward_mole_flux_of_{gas.cf_name}" if gas.kind == "co2" else None,
        "fraction": f"mole_fraction_of_{gas.cf_name}_in_air" if gas.cf_name else None,
        "density": f"mole_concentration_of_{gas.cf_name}_in_air" if gas.cf_name else None,
    }

    def made(base: dict[str, Any], words: str, name: str | None, *aliases: str) -> dict[str, Any]:
        return base | {"long_name": words, "standard_name": name, "aliases": list(aliases)}

    covariance = {key: value for key, value in flux.items() if key != "cell_methods"}
    stored = (f"{low}_strg", f"{gas.storage_name}_SINGLE")
    return {
        gas.flux_name: made(flux, f"Turbulent flux of {long}", named["flux"], f"{low}_flux"),
        gas.storage_name: made(flux, f"Storage change of {long} below the sonic", None, *stored),
        label: made(
            fraction, f"Mole fraction of {long} in moist air", named["fraction"], f"{low}_mole_fraction"
        ),
        f"{label}_MIXING_RATIO": made(
            fraction, f"Mole fraction of {long} in dry air", None, f"{low}_mixing_ratio"
        ),
        f"{label}_MOLAR_DENSITY": made(
            density, f"Molar density of {long}", named["density"], f"{low}_molar_density"
        ),
        f"W_{label}_COV": made(
            covariance, f"Covariance of vertical wind and {long}, as a molar flux", None, f"w/{low}_cov"
        ),
    }


def _instrument_variables(gases: Iterable[Gas]) -> dict[str, dict[str, Any]]:
    """Return what instruments say of themselves: samples flagged by each bit, mean signal strengths."""
    found: dict[str, dict[str, Any]] = {}
    for word in diagnostic_words().values():
        for name, long_name in word.counters().items():
            counted = name.endswith("_NUM")
            theirs = name.removeprefix(f"{word.prefix}_").removesuffix("_NUM").lower()
            alias = f"{theirs}_{word.label}" if counted else f"mean_value_RSSI_{word.label}"
            found[name] = {
                "units": "1" if counted else "%",
                "long_name": long_name,
                "cell_methods": "time: sum" if counted else "time: mean",
                "range": [0.0, float("inf")] if counted else [0.0, 100.0],
                "dtype": "int32" if counted else "float64",
                "aliases": [alias] if word.label.startswith("LI-") else [],
                "fluxnet": False,
            }
    for gas in gases:
        found[f"{gas.label}_SIGNAL_STRENGTH"] = {
            "units": "1",
            "long_name": f"Mean signal strength of the analyser behind {gas.long_name}, as its column has it",
            "cell_methods": "time: mean",
            "range": [0.0, float("inf")],
            "fluxnet": False,
        }
    return found


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
        elif key == "aliases":
            theirs = _theirs(base, facts)
            made[key] = [alias.format(theirs=theirs, stem=theirs.removesuffix("_flux")) for alias in value]
        elif isinstance(value, str):
            made[key] = value.format(name=base, long=words[0].upper() + words[1:].split(":")[0])
        else:
            made[key] = value
    return template["name"].format(name=base), made


def _theirs(base: str, facts: dict[str, Any]) -> str:
    """Return what EddyPro's full output calls a flux or signal: co2_flux, Tau, H, co2, ts."""
    if base in ("H", "LE", "TAU") or facts.get("aliases", [""])[:1][0].endswith("_flux"):
        return str(next(iter(facts.get("aliases", ())), base))
    return {"T_SONIC": "ts"}.get(base, base.lower())


def _entry(name: str, table: dict[str, Any]) -> Entry:
    frozen: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    frozen.setdefault("si_units", frozen["units"])
    return Entry(name=name, **frozen)
