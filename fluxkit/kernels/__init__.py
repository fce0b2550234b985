"""Compiled loops: arrays in, arrays out. A public tool of its own.

``direct`` rotates, aligns, detrends and correlates samples and gives the storage term; ``despike``,
``median``, ``screen`` and ``sonic`` condition them, ``vickers_mahrt``, ``vitale`` and ``loess`` judge them;
``moments``, ``ranks``, ``spectra``, ``far``, ``high_pass``, ``prewhitening`` and ``quadrants`` condense
them; ``text``, ``dates`` and ``clock`` read files; those of ``closure`` fit chambers' closures; ``plateau``,
``breaks`` and ``segments`` find thresholds of u*, ``similar`` fills gaps of half hours; ``pixels`` draws many
points.
"""

import importlib
from pkgutil import iter_modules
from types import ModuleType

__all__ = [module.name for module in iter_modules(__path__) if not module.name.startswith("_")]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"fluxkit.kernels.{name}")
    raise AttributeError(f"module 'fluxkit.kernels' has no attribute {name!r}; it has {', '.join(__all__)}")
