"""From what a flux tower's logger wrote to half-hourly NEE with its uncertainty and quality.

The names below are loaded when first used, so that ``import fluxkit`` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fluxkit import kernels as kernels
    from fluxkit.archive.run import run as run
    from fluxkit.raw.inspection import inspect as inspect
    from fluxkit.raw.reading import open_raw as open_raw
    from fluxkit.site.loading import load as load
    from fluxkit.tower.chain import condense as condense
    from fluxkit.tower.chain import decide as decide
    from fluxkit.tower.chain import spectra as spectra

    __version__: str

_PUBLIC = {
    "condense": "fluxkit.tower.chain",
    "decide": "fluxkit.tower.chain",
    "inspect": "fluxkit.raw.inspection",
    "load": "fluxkit.site.loading",
    "open_raw": "fluxkit.raw.reading",
    "run": "fluxkit.archive.run",
    "spectra": "fluxkit.tower.chain",
}

__all__ = ["__version__", "condense", "decide", "inspect", "kernels", "load", "open_raw", "run", "spectra"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("fluxkit")
    if name == "kernels":
        return importlib.import_module("fluxkit.kernels")
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'fluxkit' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
