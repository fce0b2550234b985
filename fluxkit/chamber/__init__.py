"""Closed chambers: closures and windows, fits and their choice, fluxes of plots.

The names below are loaded when first used. Files are read by ``fluxkit.raw`` and runs made by
``fluxkit.archive``; both are offered here too, as users look for them in one place.
"""

import importlib
from typing import Any

_PUBLIC = {
    "Closures": "fluxkit.chamber.closures",
    "accumulated": "fluxkit.chamber.seasonal",
    "best_respiration": "fluxkit.chamber.respiration",
    "campaigns": "fluxkit.chamber.seasonal",
    "closures_by_rises": "fluxkit.chamber.detected_closures",
    "closures_by_state": "fluxkit.chamber.detected_closures",
    "closures_from_series": "fluxkit.chamber.file_closures",
    "compare_with_tower": "fluxkit.chamber.with_tower",
    "detection_from_blanks": "fluxkit.chamber.detection",
    "fill": "fluxkit.chamber.seasonal",
    "find_bubbles": "fluxkit.chamber.bubbles",
    "fit_light": "fluxkit.chamber.light_response",
    "fit_respiration": "fluxkit.chamber.respiration",
    "fluxes": "fluxkit.chamber.chain",
    "keeling": "fluxkit.chamber.isotopes",
    "load": "fluxkit.site.plots_loading",
    "loads": "fluxkit.site.plots_loading",
    "mean_of": "fluxkit.chamber.summaries",
    "model_table": "fluxkit.chamber.summaries",
    "open_analyser": "fluxkit.raw.analysers.reading",
    "open_sheet": "fluxkit.raw.field_sheet",
    "run": "fluxkit.archive.chambers.run",
    "split": "fluxkit.chamber.exchange",
    "summarise": "fluxkit.chamber.summaries",
}


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'fluxkit.chamber' has no attribute {name!r}; it has {', '.join(_PUBLIC)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
