"""From the raw files of a flux tower to half-hourly NEE with its uncertainty and quality.

The names below are loaded when first used, so that ``import fluxkit`` costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fluxkit import budget as budget
    from fluxkit import chamber as chamber
    from fluxkit import ecosystem as ecosystem
    from fluxkit import exchange as exchange
    from fluxkit import kernels as kernels
    from fluxkit import plot as plot
    from fluxkit import submissions as submissions
    from fluxkit.archive.comparing.comparison import compare as compare
    from fluxkit.archive.run import run as run
    from fluxkit.archive.watch.rounds import watch as watch
    from fluxkit.differences.diff import diff as diff
    from fluxkit.raw.inspection import inspect as inspect
    from fluxkit.raw.reading import open_raw as open_raw
    from fluxkit.raw.tables.biomet import open_biomet as open_biomet
    from fluxkit.raw.tables.land_cover import open_land_cover as open_land_cover
    from fluxkit.raw.tables.profile import open_profile as open_profile
    from fluxkit.replaying.replay import replay as replay
    from fluxkit.site.toml.loading import load as load
    from fluxkit.tower.chain import condense as condense
    from fluxkit.tower.chain import decide as decide
    from fluxkit.tower.chain import spectra as spectra
    from fluxkit.tower.climatology import footprint_climatology as footprint_climatology
    from fluxkit.tower.climatology import footprint_shares as footprint_shares
    from fluxkit.tower.ensemble_spectra import ensemble_spectra as ensemble_spectra
    from fluxkit.tower.minutes import minutes as minutes

    __version__: str

_PUBLIC = {
    "compare": "fluxkit.archive.comparing.comparison",
    "condense": "fluxkit.tower.chain",
    "decide": "fluxkit.tower.chain",
    "diff": "fluxkit.differences.diff",
    "ensemble_spectra": "fluxkit.tower.ensemble_spectra",
    "footprint_climatology": "fluxkit.tower.climatology",
    "footprint_shares": "fluxkit.tower.climatology",
    "inspect": "fluxkit.raw.inspection",
    "load": "fluxkit.site.toml.loading",
    "minutes": "fluxkit.tower.minutes",
    "open_biomet": "fluxkit.raw.tables.biomet",
    "open_land_cover": "fluxkit.raw.tables.land_cover",
    "open_profile": "fluxkit.raw.tables.profile",
    "open_raw": "fluxkit.raw.reading",
    "replay": "fluxkit.replaying.replay",
    "run": "fluxkit.archive.run",
    "spectra": "fluxkit.tower.chain",
    "watch": "fluxkit.archive.watch.rounds",
}

__all__ = [
    "__version__",
    "budget",
    "chamber",
    "compare",
    "condense",
    "decide",
    "diff",
    "ecosystem",
    "ensemble_spectra",
    "exchange",
    "footprint_climatology",
    "footprint_shares",
    "inspect",
    "kernels",
    "load",
    "minutes",
    "open_biomet",
    "open_land_cover",
    "open_profile",
    "open_raw",
    "plot",
    "replay",
    "run",
    "spectra",
    "submissions",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("fluxkit")
    if name in ("budget", "chamber", "ecosystem", "exchange", "kernels", "plot", "submissions"):
        return importlib.import_module(f"fluxkit.{name}")
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'fluxkit' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
