"""From half-hourly NEE to years: u* thresholds, gaps, partitioning, uncertainty, the FLUXNET product.

The names below are loaded when first used.
"""

import importlib
from typing import Any

_PUBLIC = {
    "Filled": "fluxkit.ecosystem.filling.registry",
    "HalfHours": "fluxkit.ecosystem.halfhours",
    "fill": "fluxkit.ecosystem.filling.gaps",
    "filter_evening": "fluxkit.ecosystem.ustar.evening",
    "filter_ustar": "fluxkit.ecosystem.ustar.filtering",
    "pool_thresholds": "fluxkit.ecosystem.ustar.pools",
    "register_filler": "fluxkit.ecosystem.filling.registry",
    "ustar_thresholds": "fluxkit.ecosystem.ustar.thresholds",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'fluxkit.ecosystem' has no attribute {name!r}; it has {', '.join(_PUBLIC)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
