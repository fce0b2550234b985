"""The vocabulary of the half-hourly output: one entry per variable, read from ``variables.toml``.

Names are those of the FLUXNET and AmeriFlux standard. Formulas work in SI; ``from_si``
and ``value_to_si`` are the only way between SI and the standard's units. The standard has four gases; the
variables of any other follow from its name alone, so that nothing has to be registered: ``FNH3`` is the flux
of nh3, ``W_NH3_COV`` a covariance of it, in every process.
"""

import difflib
import re
import tomllib
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from fluxkit.schema import gases as gases_
from fluxkit.schema.diagnostics import diagnostic_words
from fluxkit.schema.gases import SCALES, STANDARD, GasSpecies

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


def names(gases: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of all variables, in the order of output: of the standard's gases and of ``gases``."""
    return tuple(_table_of(_further(gases)))


def gas_fluxes(gases: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of the fluxes of the standard's gases and of ``gases``, e.g. FC, FH2O, FCH4."""
    return tuple(gases_.gas(name).flux_name for name in (*STANDARD, *_further(gases)))


def gas_names(gas: str) -> tuple[str, str]:
    """Return the names of the flux and the storage change of a gas, e.g. ("FC", "SC") for co2.

    Raises
    ------
    ValueError
        When it cannot be the name of a gas.
    """
    found = gases_.gas(gas)
    return found.flux_name, found.storage_name


def further_gases(names: Iterable[Hashable]) -> tuple[str, ...]:
    """Return the gases beyond the standard's four whose variables are among names, as they come.

    A gas that is not in the table of gases counts only if a name can be nothing but a variable of it, such
    as ``RADON_MIXING_RATIO``.
    """
    found: dict[str, None] = {}
    for name in map(str, names):
        gas = gas_of(name)
        if gas is not None and (gases_.is_known_gas(gas) or not _is_bare(name, gas)):
            found[gas] = None
    return tuple(found)


@lru_cache(maxsize=4096)
def gas_of(name: str) -> str | None:
    """Return the further gas that a variable is of; None of a standard or an unknown variable.

    Where a name can be read in two ways, gases of the table of gases come first, then fluxes (F...) and
    storage changes (S...). A name close to that of a standard variable is taken for a misspelt one.
    """
    if name in _table_of(()) or name != name.upper():
        return None
    for gas in sorted(_candidates(name), key=lambda gas: not gases_.is_known_gas(gas)):
        if name in _table_of_gas(gas):
            near = difflib.get_close_matches(name, _table_of(()), n=1, cutoff=0.8)
            misspelt = bool(near) and _is_bare(name, gas) and not gases_.is_known_gas(gas)
            return None if misspelt else gas
    return None


def clash(gas: str) -> str:
    """Return why a gas cannot have its name, "" if it can: its variables would mean something else."""
    if gas in STANDARD:
        return ""
    own = _gas_variables(gases_.gas(gas)).keys()
    taken = sorted(own & _table_of(()).keys()) or sorted(name for name in own if gas_of(name) != gas)
    if not taken:
        return ""
    return (
        f"gas {gas!r}: {' and '.join(taken)} would be among its variables and means something else; give the "
        "gas another name, such as its formula"
    )


def entry(name: str) -> Entry:
    """Return everything known about a variable.

    Raises
    ------
    KeyError
        There is no such variable; the message lists similar names.
    """
    gas = gas_of(name)
    table = _table_of(()) if gas is None else _table_of_gas(gas)
    if name not in table:
        alias = _aliases().get(name)
        near = [alias] if alias else difflib.get_close_matches(name.upper(), table, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "all names: fluxkit.schema.variables.names()"
        raise KeyError(f"unknown variable {name!r}: {hint}")
    return table[name]


def is_known(name: str) -> bool:
    """Whether there is an entry for a name."""
    return name in _table_of(()) or gas_of(name) is not None


def standard_name_of(name: str) -> str:
    """Return the standard's name for a name or an alias of it, e.g. FC for co2_flux."""
    return name if name in _table_of(()) else entry(_aliases().get(name, name)).name


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


def value_to_si(name: str, values: npt.ArrayLike) -> Array:
    """Convert from the variable's output units to SI; the inverse of ``from_si``."""
    found = entry(name)
    return np.asarray((np.asarray(values, dtype=np.float64) - found.si_shift) / found.si_scale)


def mask(name: str, meaning: str) -> int:
    """Return the bit of a meaning, e.g. ``mask("LOSS_FLAG", "gas_missing")``."""
    found = entry(name)
    if meaning not in found.flag_meanings or not found.flag_masks:
        raise KeyError(f"{name} has no bit {meaning!r}; known: {', '.join(found.flag_meanings) or 'none'}")
    return found.flag_masks[found.flag_meanings.index(meaning)]


@cache
def _document() -> dict[str, Any]:
    text = resources.files("fluxkit.schema").joinpath("variables.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _further(gases: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in gases if name not in STANDARD))


@lru_cache(maxsize=64)
def _table_of(further: tuple[str, ...]) -> Mapping[str, Entry]:
    """Return the whole vocabulary with further gases."""
    document = _document()
    found = [gases_.gas(name) for name in (*STANDARD, *further)]
    variables: dict[str, dict[str, Any]] = {}
    for gas in found:
        variables |= _gas_variables(gas)
    variables |= {name: dict(facts) for name, facts in document["variable"].items()}
    variables |= _instrument_variables() | _signal_variables(found)
    return _with_templates(variables, document["quantity"], found, standard=True)


@lru_cache(maxsize=256)
def _table_of_gas(name: str) -> Mapping[str, Entry]:
    """Return the variables of one further gas."""
    gas = gases_.gas(name)
    return _with_templates(_gas_variables(gas) | _signal_variables([gas]), {}, [gas], standard=False)


def _with_templates(
    variables: dict[str, dict[str, Any]],
    quantities: dict[str, dict[str, Any]],
    gases: list[GasSpecies],
    *,
    standard: bool,
) -> Mapping[str, Entry]:
    """Return variables and all that templates make of them and of quantities."""
    further = [gas for gas in gases if gas.name not in STANDARD]
    words = {gas.label: gas.long_name for gas in gases}
    bases = quantities | variables
    for template in _document()["template"]:
        for base in _bases(template["of"] if standard else [], template["of"], further):
            long_name = words.get(base, bases[base]["long_name"])
            name, made = _from_template(template, base, bases[base], long_name)
            variables[name] = made
            if template.get("ancillary"):
                variables[base].setdefault("ancillary", []).append(name)
    return MappingProxyType({name: _entry(name, table) for name, table in variables.items()})


def _candidates(name: str) -> list[str]:
    """Return the gases that a name could be a variable of, fluxes and storage changes first."""
    ends = ["", *_suffixes()]
    heads = [name.removesuffix(end) for end in ends if name.endswith(end)]
    heads += [name[2:-4]] if name.startswith("W_") and name.endswith("_COV") else []
    found = []
    for head in heads:
        first = head[1:].lower() if head[:1] in ("F", "S") else ""
        found += [re.sub(r"^c(?=_|$)", "co2", first), first, head.lower()]
    return [gas for gas in dict.fromkeys(found) if gases_.is_name(gas) and gas not in STANDARD]


def _is_bare(name: str, gas: str) -> bool:
    """Whether a name is a gas's label, or F or S and this label, which may mean something else."""
    found = gases_.gas(gas)
    return name in (found.label, found.flux_name, found.storage_name)


@cache
def _suffixes() -> tuple[str, ...]:
    """Return what names of a gas's variables may end in."""
    of_templates = [template["name"].removeprefix("{name}") for template in _document()["template"]]
    return (*dict.fromkeys(of_templates), "_MIXING_RATIO", "_MOLAR_DENSITY", "_SIGNAL_STRENGTH")


def _bases(given: list[str], like: list[str], further: list[GasSpecies]) -> list[str]:
    """Return ``given`` and, for N2O or its flux in ``like``, all further gases or their fluxes."""
    out = list(given)
    if "N2O" in like:
        out += [gas.label for gas in further]
    if "FN2O" in like:
        out += [gas.flux_name for gas in further]
    return out


@cache
def _aliases() -> Mapping[str, str]:
    found = _table_of(()).values()
    return MappingProxyType({alias: entry.name for entry in found for alias in entry.aliases})


def _gas_variables(gas: GasSpecies) -> dict[str, dict[str, Any]]:
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


def _instrument_variables() -> dict[str, dict[str, Any]]:
    """Return the output of diagnostic words: samples flagged by each bit, mean signal strengths."""
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
    return found


def _signal_variables(gases: Iterable[GasSpecies]) -> dict[str, dict[str, Any]]:
    """Return the mean signal strength behind each gas."""
    return {
        f"{gas.label}_SIGNAL_STRENGTH": {
            "units": "1",
            "long_name": f"Mean signal strength of the analyser behind {gas.long_name}, as its column has it",
            "cell_methods": "time: mean",
            "range": [0.0, float("inf")],
            "fluxnet": False,
        }
        for gas in gases
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
