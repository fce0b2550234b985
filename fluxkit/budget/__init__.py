"""A site's carbon budget by tower, chambers, inventories, soil, models and satellites; its energy and water.

The names below are loaded when first used.
"""

import importlib
from typing import Any

_PUBLIC = {
    "AnnualSums": "fluxkit.budget.tower.annual",
    "Term": "fluxkit.budget.terms",
    "annual_terms": "fluxkit.budget.tower.annual",
    "carbon_use": "fluxkit.budget.tower.npp",
    "mean_of_years": "fluxkit.budget.tower.annual",
    "monte_carlo": "fluxkit.budget.terms",
    "net_ecosystem_carbon_balance": "fluxkit.budget.tower.necb",
    "npp_by_carbon_use": "fluxkit.budget.tower.npp",
    "npp_by_respiration": "fluxkit.budget.tower.npp",
    "parse_unit": "fluxkit.budget.units",
    "product": "fluxkit.budget.terms",
    "total": "fluxkit.budget.terms",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'fluxkit.budget' has no attribute {name!r}; it has {', '.join(_PUBLIC)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
