"""Gases of a station: which columns are gases, what is known of them, and what their samples need."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from fluxkit.schema import gases, variables
from fluxkit.site.nearest import did_you_mean
from fluxkit.site.sections.reading import OTHERS, Column
from fluxkit.site.sections.strict import Positive, Strict

if TYPE_CHECKING:
    from fluxkit.site.models import Site


WARM_AIR = 1.8e-5  #: largest kinematic viscosity of air to be expected, at 320 K [m2 s-1]


class Gas(Strict):
    """Facts of a gas that fluxkit does not know, or knows otherwise."""

    molar_mass: Annotated[Positive | None, Field(description="g mol-1; needed of a gas not known")] = None
    diffusivity: Annotated[
        Positive | None, Field(description="in air at 0 degC, 1013 hPa, m2 s-1; for laminar flow in tubes")
    ] = None


def is_gas(name: str, given: Mapping[str, Gas]) -> bool:
    """Tell whether a column's name is that of a gas: one known, or one that [gas.NAME] tells of."""
    if name in OTHERS or not gases.is_name(name):
        return False
    return gases.known(name) or gases.kind_of(name) in given


def facts(name: str, given: Mapping[str, Gas]) -> gases.Gas:
    """Return what is known of a gas, what the user tells first."""
    found = gases.gas(name)
    told = given.get(name, given.get(found.kind))
    if told is None:
        return found
    mass = found.molar_mass if told.molar_mass is None else told.molar_mass / 1e3
    diffusivity = found.diffusivity if told.diffusivity is None else told.diffusivity
    return replace(found, molar_mass=mass, diffusivity=diffusivity)


def unknown_variable(name: str) -> str:
    """Return the sentence about a column that is neither a variable nor a gas."""
    known = (*gases.STANDARD, *(k for k in gases.table() if k not in gases.STANDARD))
    proper = gases.aliases().get(name.casefold())
    if proper:
        return f"unknown variable {name!r}: write {proper}"
    hint = did_you_mean(name, (*OTHERS, *known)).rstrip("?")
    words = f"unknown variable {name!r}{hint}; known: {', '.join((*OTHERS, *known))}"
    if gases.is_name(name):
        words += f"; if it is a further gas, add [gas.{gases.kind_of(name)}] with molar_mass [g mol-1]"
    return words


def gas_problems(site: Site) -> Iterator[str]:
    """Find what is wrong with the gases of a site, as ``key: sentence``."""
    for name in site.gas:
        if not gases.is_name(name) or name in OTHERS:
            yield f"gas.{name}: cannot be the name of a gas: small letters and digits, a letter first"
        elif site.gas_facts(name).molar_mass is None:
            yield f"gas.{name}.molar_mass: missing; fluxkit does not know this gas: give it [g mol-1]"
    for name in site.gases:
        try:
            variables.admit([name])
        except ValueError as error:
            yield f"columns.{name}: {error}"
        first = gases.kind_of(name)
        if first != name and first not in site.columns:
            yield f"columns.{name}: means a second {first}, and there is no {first}: call it {first}"
        if site.has_analyser(name):
            yield from _tube_problems(site, name)
            yield from (f"columns.{name}{problem}" for problem in _quantity_problems(site, name))
        elif site.columns[name].instrument in (None, *(i.id for i in site.instruments)):  # else said already
            yield f"columns.{name}.instrument: a gas needs the id of a gas analyser"


def _tube_problems(site: Site, name: str) -> Iterator[str]:
    tube = site.analyser(name)
    if tube.tube_diameter is None or tube.tube_flow is None or site.gas_facts(name).diffusivity is not None:
        return
    reynolds = 4.0 * tube.tube_flow / 60000.0 / (math.pi * tube.tube_diameter * WARM_AIR)
    if reynolds < 2300.0 and site.decide.high_frequency != "none":
        yield (
            f"gas.{gases.kind_of(name)}.diffusivity: missing; flow in the tube of {tube.id} can be laminar "
            f"(Reynolds number {reynolds:.0f}), and what it takes depends on it: give it [m2 s-1]"
        )


def _quantity_problems(site: Site, gas: str) -> Iterator[str]:
    column = site.columns[gas]
    density = (column.quantity or "density") == "density"
    if _mixed_fraction(site, gas):
        yield (
            ": a mole fraction of moist air becomes dry with h2o as a fraction, and h2o is a density here: "
            "read a fraction of h2o, or the mixing ratio or density of this gas"
        )
    elif density and _lacks_cell(site, gas):
        yield (
            ": densities of a closed path become mixing ratios with the cell's own temperature and pressure: "
            "add t_cell (or t_cell_in and t_cell_out) and p_cell, or read the mixing ratio"
        )
    elif density and _foreign_vapour(site, gas):
        yield (
            ": a density in a closed path becomes dry with h2o of the same cell, and h2o is the density of "
            "another instrument: read h2o of the same instrument, or as a fraction"
        )


def _vapour(site: Site, gas: str) -> Column | None:
    name = site.vapour_of(gas)
    return None if name is None or name == gas else site.columns[name]


def _foreign_vapour(site: Site, gas: str) -> bool:
    vapour = _vapour(site, gas)
    if vapour is None or site.condition.mixing_ratio == "none":
        return False
    elsewhere = vapour.instrument != site.columns[gas].instrument
    return elsewhere and site.analyser(gas).closed and (vapour.quantity or "density") == "density"


def _mixed_fraction(site: Site, gas: str) -> bool:
    vapour = _vapour(site, gas)
    if vapour is None or site.columns[gas].quantity != "mole_fraction":
        return False
    return (vapour.quantity or "density") == "density"


def _lacks_cell(site: Site, gas: str) -> bool:
    converts = site.condition.mixing_ratio != "none"
    return converts and site.analyser(gas).closed and not site.has_cell(gas)
