"""Compiled loops: arrays in, arrays out. A public tool of its own.

``direct`` rotates, aligns, detrends and correlates samples and gives the storage term; ``despike``, ``median``,
``screen`` and ``sonic`` condition them, ``vickers_mahrt``, ``vitale`` and ``loess`` judge them; ``moments``,
``spectra``, ``far``, ``high_pass``, ``prewhitening`` and ``quadrants`` condense them; ``text`` and ``clock``
read files; ``closure_fits`` fits chambers' closures.
"""

import importlib
from types import ModuleType

__all__ = ["clock", "despike", "direct", "moments", "screen", "spectra", "text"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"fluxkit.kernels.{name}")
    raise AttributeError(f"module 'fluxkit.kernels' has no attribute {name!r}; it has {', '.join(__all__)}")
