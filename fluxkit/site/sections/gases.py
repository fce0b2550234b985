"""Gases of a station: which columns are gases, and what is known of them."""

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from fluxkit.schema import gases
from fluxkit.site.sections.reading import OTHERS
from fluxkit.site.sections.strict import Positive, Strict


class Gas(Strict):
    """Facts of a gas that fluxkit does not know, or knows otherwise."""

    molar_mass: Annotated[Positive | None, Field(description="g mol-1; needed of a gas not known")] = None
    diffusivity: Annotated[
        Positive | None, Field(description="in air at 0 degC, 1013 hPa, m2 s-1; for laminar flow in tubes")
    ] = None


def names_a_gas(name: str, given: Container[str]) -> bool:
    """Whether a column's name is that of a gas: one of the table of gases, or one declared in [gas.NAME]."""
    if name in OTHERS or not gases.is_name(name):
        return False
    return gases.is_known_gas(name) or gases.kind_of(name) in given


def facts(name: str, given: Mapping[str, Gas]) -> gases.GasSpecies:
    """Return what is known of a gas; values of [gas.NAME] replace those of the table."""
    found = gases.gas(name)
    own = given.get(name, given.get(found.kind))
    if own is None:
        return found
    mass = found.molar_mass if own.molar_mass is None else own.molar_mass / 1e3
    diffusivity = found.diffusivity if own.diffusivity is None else own.diffusivity
    return replace(found, molar_mass=mass, diffusivity=diffusivity)


def is_variable(name: str, given: Container[str]) -> bool:
    """Whether a column may have this name: a variable, a gas, or ``signal_<gas>``."""
    return name in OTHERS or names_a_gas(name, given) or names_a_gas(name.removeprefix("signal_"), given)
