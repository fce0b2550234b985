"""What is known of gases: ``gases.toml``, and what is taken of those that are not in it."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

#: The gases that every table and page shows, in the order of output.
STANDARD = ("co2", "h2o", "ch4", "n2o")
#: Read and dried like the gases; no flux is made of it, which would not show in so much of it.
OXYGEN = "o2"

#: Chamber analysers report it too. No flux is computed: it would not show in so large a mole fraction.
OXYGEN = "o2"

#: What a gas may be called: letters and digits, and a number from 2 for a further analyser of the same gas.
NAME = re.compile(r"(?P<gas>[a-z][a-z0-9]*?)(?:_(?P<number>[2-9]|[1-9][0-9]))?")

SCALES = MappingProxyType({"mol": 1.0, "mmol": 1e3, "umol": 1e6, "nmol": 1e9, "pmol": 1e12})


@dataclass(frozen=True)
class GasSpecies:
    """One gas. Unknown facts are None."""

    name: str  #: as in the configuration, e.g. "co2_2"
    kind: str  #: which gas it is, e.g. "co2"
    long_name: str
    cf_name: str | None
    molar_mass: float | None  #: [kg mol-1]
    diffusivity: float | None  #: in air at 0 degC, 1013.25 hPa [m2 s-1]
    amount: str  #: unit of the mole fraction's numerator
    flux: str  #: the same of the flux
    density: str  #: the same of the molar density
    range: tuple[float, float]
    flux_range: tuple[float, float]
    limits: tuple[float, float] | None  #: [umol mol-1], water vapour [mmol mol-1]
    spike_limit: float

    @property
    def label(self) -> str:
        """Name in output, e.g. CO2_2."""
        return self.name.upper()

    @property
    def flux_name(self) -> str:
        """Name of the flux in output, e.g. FC, FCH4, FC_2."""
        return self._named("FC" if self.kind == "co2" else f"F{self.kind.upper()}")

    @property
    def storage_name(self) -> str:
        """Name of the storage change in output, e.g. SC, SCH4."""
        return self._named("SC" if self.kind == "co2" else f"S{self.kind.upper()}")

    def _named(self, first: str) -> str:
        return first + self.name[len(self.kind) :]


def is_name(name: str) -> bool:
    """Whether a name could be that of a gas."""
    return NAME.fullmatch(name) is not None


def kind_of(name: str) -> str:
    """Return the gas of a name: "co2" for "co2_2".

    Raises
    ------
    ValueError
        When it cannot be the name of a gas.
    """
    found = NAME.fullmatch(name)
    if found is None:
        raise ValueError(
            f"{name!r} cannot be the name of a gas: lower-case letters and digits, starting with a letter, "
            "with _2, _3, ... for further analysers of the same gas"
        )
    return found["gas"]


def is_known_gas(name: str) -> bool:
    """Whether a name is that of a gas of the table, with or without a number."""
    return is_name(name) and kind_of(name) in known_gases()


@lru_cache
def gas(name: str) -> GasSpecies:
    """Return what is known of a gas.

    Parameters
    ----------
    name : str
        Small letters, e.g. "co2", "co2_2", "nh3".

    Returns
    -------
    Gas
        Of a gas that is not in the table: its name, and nmol as unit of output.
    """
    kind = kind_of(name)
    facts = known_gases().get(kind, {"long_name": kind})
    further = name[len(kind) + 1 :]
    mass = facts.get("molar_mass")
    return GasSpecies(
        name=name,
        kind=kind,
        long_name=facts["long_name"] + (f" (analyser {further})" if further else ""),
        cf_name=facts.get("cf_name"),
        molar_mass=None if mass is None else mass / 1e3,
        diffusivity=facts.get("diffusivity"),
        amount=facts.get("amount", "nmol"),
        flux=facts.get("flux", "nmol"),
        density=facts.get("density", "umol"),
        range=tuple(facts.get("range", (float("-inf"), float("inf")))),
        flux_range=tuple(facts.get("flux_range", (float("-inf"), float("inf")))),
        limits=tuple(facts["limits"]) if "limits" in facts else None,
        spike_limit=facts.get("spike_limit", 8.0),
    )


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Sort gases into the order of output: the standard four first, then the others as given."""
    place = {name: k for k, name in enumerate(STANDARD)}
    return tuple(sorted(names, key=lambda name: place.get(name, len(place))))


@cache
def known_gases() -> Mapping[str, dict[str, Any]]:
    """Return the table of known gases: name -> facts."""
    text = resources.files("fluxkit.schema").joinpath("gases.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def aliases() -> Mapping[str, str]:
    """Return other names of gases -> name."""
    found = known_gases().items()
    return MappingProxyType({other: name for name, facts in found for other in facts.get("aliases", ())})
