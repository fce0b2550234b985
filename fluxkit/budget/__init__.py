"""A site's carbon budget by tower, chambers, inventories, soil, models and satellites; its energy and water.

The names below are loaded when first used.
"""

import importlib
from typing import Any

_PUBLIC: dict[str, str] = {}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'fluxkit.budget' has no attribute {name!r}; it has {', '.join(_PUBLIC)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
