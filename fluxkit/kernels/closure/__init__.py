"""Fits of chambers' closures: shapes, curves, profiles, least squares, windows, steps."""

import importlib
from pkgutil import iter_modules
from types import ModuleType

__all__ = [module.name for module in iter_modules(__path__)]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"fluxkit.kernels.closure.{name}")
    known = ", ".join(__all__)
    raise AttributeError(f"module 'fluxkit.kernels.closure' has no attribute {name!r}; it has {known}")
