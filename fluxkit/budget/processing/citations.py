"""The papers that a budget rests on."""

from collections.abc import Iterator

from fluxkit.budget.inventory.coefficients import coefficients
from fluxkit.budget.models.light_use import light_use_parameters
from fluxkit.budget.settings import BudgetSettings
from fluxkit.budget.tower.npp import carbon_use
from fluxkit.export.citation import Method

_MIAMI = "Lieth 1975, in Primary Productivity of the Biosphere, Springer, 237-263"


def methods(settings: BudgetSettings) -> list[Method]:
    """Return the methods and tables of coefficients that settings choose, and where each is described."""
    return list(dict.fromkeys(_methods(settings)))


def _methods(settings: BudgetSettings) -> Iterator[Method]:
    npp = settings.npp
    if npp.cue is None and npp.plant_type is not None:
        yield Method("npp.plant_type", npp.plant_type, carbon_use(npp.plant_type).citation)
    for one in settings.inventories:
        for name in ("BCEF", "R", "D", "CF") if one.zone else ():
            for citation in dict.fromkeys(row.citation for row in coefficients(name)):
                yield Method("inventories.zone", name, citation)
    if settings.climate is not None:
        yield Method("climate", "MIAMI", _MIAMI)
    light = settings.light_use
    if light is not None and light.vegetation is not None:
        yield Method(
            "light_use.vegetation", light.vegetation, light_use_parameters(light.vegetation).citation
        )
