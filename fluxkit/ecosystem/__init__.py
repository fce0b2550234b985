"""From half-hourly NEE to years: u* thresholds, gaps, partitioning, uncertainty, the FLUXNET product.

The names below are loaded when first used.
"""

import importlib
from typing import Any

_PUBLIC = {
    "annual": "fluxkit.ecosystem.uncertainty.annual",
    "ensemble": "fluxkit.ecosystem.uncertainty.members",
    "fill": "fluxkit.ecosystem.filling.gaps",
    "fill_drivers": "fluxkit.ecosystem.filling.drivers",
    "filter_ustar": "fluxkit.ecosystem.ustar.filtering",
    "HalfHours": "fluxkit.ecosystem.halfhours",
    "partition": "fluxkit.ecosystem.partitioning",
    "register_filler": "fluxkit.ecosystem.filling.registry",
    "skill": "fluxkit.ecosystem.filling.skill",
    "ustar_thresholds": "fluxkit.ecosystem.ustar.thresholds",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'fluxkit.ecosystem' has no attribute {name!r}; it has {', '.join(_PUBLIC)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
