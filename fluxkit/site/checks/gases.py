"""What gases need of their columns, instruments and tubes."""

import math
from collections.abc import Iterator

from fluxkit.schema import gases, variables
from fluxkit.site.sections.reading import OTHERS, Column
from fluxkit.site.sections.strict import ConfigProblem
from fluxkit.site.tables import Tables

WARM_AIR = 1.8e-5  #: largest kinematic viscosity of air to be expected, at 320 K [m2 s-1]


def gas_problems(site: Tables) -> Iterator[ConfigProblem]:
    """Find gases without the facts, analyser or companions that their fluxes need."""
    for name in site.gas:
        if not gases.is_name(name) or name in OTHERS:
            message = "cannot be the name of a gas: use lower-case letters and digits, starting with a letter"
            yield ConfigProblem(("gas", name), message)
        elif site.gas_facts(name).molar_mass is None:
            message = "missing; fluxkit does not know this gas: give it [g mol-1]"
            yield ConfigProblem(("gas", name, "molar_mass"), message)
    for name in site.gases:
        yield from _gas_problems(site, name)


def _gas_problems(site: Tables, name: str) -> Iterator[ConfigProblem]:
    where = ("columns", name)
    clash = variables.clash(name)
    if clash:
        yield ConfigProblem(where, clash)
    first = gases.kind_of(name)
    if first != name and first not in site.columns:
        yield ConfigProblem(where, f"means a second {first}, and there is no {first}: call it {first}")
    if site.has_analyser(name):
        yield from _tube_problems(site, name)
        yield from (ConfigProblem(where, message) for message in _quantity_problems(site, name))
    elif site.columns[name].instrument in (None, *(i.id for i in site.instruments)):  # else reported already
        yield ConfigProblem((*where, "instrument"), "a gas needs the id of a gas analyser")


def _tube_problems(site: Tables, name: str) -> Iterator[ConfigProblem]:
    tube = site.analyser(name)
    if tube.tube_diameter is None or tube.tube_flow is None or site.gas_facts(name).diffusivity is not None:
        return
    reynolds = 4.0 * tube.tube_flow / 60000.0 / (math.pi * tube.tube_diameter * WARM_AIR)
    if reynolds < 2300.0 and site.decide.high_frequency != "none":
        yield ConfigProblem(
            ("gas", gases.kind_of(name), "diffusivity"),
            f"missing; flow in the tube of {tube.id} can be laminar (Reynolds number {reynolds:.0f}), and "
            "its attenuation depends on the diffusivity: give it [m2 s-1]",
        )


def _quantity_problems(site: Tables, gas: str) -> Iterator[str]:
    density = site.given_quantity(gas) == "density"
    if _mixed_fraction(site, gas):
        yield (
            "a mole fraction of moist air becomes dry with h2o as a fraction, and h2o is a density here: "
            "read a fraction of h2o, or the mixing ratio or density of this gas"
        )
    elif density and _lacks_cell(site, gas):
        yield (
            "densities of a closed path become mixing ratios with the cell's own temperature and pressure: "
            "add t_cell (or t_cell_in and t_cell_out) and p_cell, or read the mixing ratio"
        )
    elif density and _foreign_vapour(site, gas):
        yield (
            "a density in a closed path becomes dry with h2o of the same cell, and h2o is the density of "
            "another instrument: read h2o of the same instrument, or as a fraction"
        )


def _vapour(site: Tables, gas: str) -> Column | None:
    name = site.vapour_of(gas)
    return None if name is None or name == gas else site.columns[name]


def _foreign_vapour(site: Tables, gas: str) -> bool:
    vapour = _vapour(site, gas)
    if vapour is None or site.condition.mixing_ratio == "none":
        return False
    elsewhere = vapour.instrument != site.columns[gas].instrument
    return elsewhere and site.analyser(gas).closed and (vapour.quantity or "density") == "density"


def _mixed_fraction(site: Tables, gas: str) -> bool:
    vapour = _vapour(site, gas)
    if vapour is None or site.given_quantity(gas) != "mole_fraction":
        return False
    return (vapour.quantity or "density") == "density"


def _lacks_cell(site: Tables, gas: str) -> bool:
    converts = site.condition.mixing_ratio != "none"
    return converts and site.analyser(gas).closed and not site.has_cell(gas)
