"""Fits of chambers' closures: shapes, curves, profiles, least squares, windows, steps."""

import importlib
from types import ModuleType

__all__ = ["curves", "fits", "profiles", "search", "shapes", "steps", "windows"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"fluxkit.kernels.closure.{name}")
    known = ", ".join(__all__)
    raise AttributeError(f"module 'fluxkit.kernels.closure' has no attribute {name!r}; it has {known}")
