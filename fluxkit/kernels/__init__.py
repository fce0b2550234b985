"""Compiled loops: arrays in, arrays out. A public tool of its own.

``direct`` rotates, aligns, detrends and correlates samples and gives the storage term; ``despike``,
``median``, ``screen`` and ``sonic`` condition them, ``vickers_mahrt``, ``vitale`` and ``loess`` judge them;
``moments``, ``ranks``, ``spectra``, ``far``, ``high_pass``, ``prewhitening`` and ``quadrants`` condense
them; ``text``, ``dates`` and ``clock`` read files; those of ``closure`` fit chambers' closures; ``pixels``
draws many points.
"""

import importlib
from types import ModuleType

__all__ = [
    "clock",
    "closure",
    "dates",
    "despike",
    "direct",
    "far",
    "high_pass",
    "loess",
    "median",
    "moments",
    "pixels",
    "prewhitening",
    "quadrants",
    "ranks",
    "screen",
    "sonic",
    "spectra",
    "text",
    "vickers_mahrt",
    "vitale",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"fluxkit.kernels.{name}")
    raise AttributeError(f"module 'fluxkit.kernels' has no attribute {name!r}; it has {', '.join(__all__)}")
