"""Closed chambers: closures and windows, fits and their choice, fluxes of plots.

The names below are loaded when first used.
"""

from fluxkit.lazily import public

_PUBLIC = {
    "Closures": "fluxkit.chamber.closures.closures",
    "accumulated": "fluxkit.chamber.seasons.seasonal",
    "best_respiration": "fluxkit.chamber.seasons.respiration",
    "campaigns": "fluxkit.chamber.seasons.seasonal",
    "closures_by_rises": "fluxkit.chamber.closures.detected_closures",
    "closures_by_state": "fluxkit.chamber.closures.detected_closures",
    "closures_by_valve": "fluxkit.chamber.closures.detected_closures",
    "closures_from_series": "fluxkit.chamber.closures.file_closures",
    "compare_with_tower": "fluxkit.chamber.seasons.with_tower",
    "detection_from_blanks": "fluxkit.chamber.fits.detection",
    "fill": "fluxkit.chamber.seasons.seasonal",
    "find_bubbles": "fluxkit.chamber.fits.bubbles",
    "fit_light": "fluxkit.chamber.seasons.light_response",
    "fit_respiration": "fluxkit.chamber.seasons.respiration",
    "fluxes": "fluxkit.chamber.chain",
    "keeling": "fluxkit.chamber.seasons.isotopes",
    "load": "fluxkit.chamber.campaign.loading",
    "loads": "fluxkit.chamber.campaign.loading",
    "mean_of": "fluxkit.chamber.seasons.summaries",
    "model_table": "fluxkit.chamber.seasons.summaries",
    "open_analyser": "fluxkit.chamber.analysers.reading",
    "open_sheet": "fluxkit.chamber.campaign.field_sheet",
    "run": "fluxkit.chamber.processing.run",
    "split": "fluxkit.chamber.seasons.exchange",
    "summarise": "fluxkit.chamber.seasons.summaries",
}

__all__ = list(_PUBLIC)
__getattr__, __dir__ = public(__name__, _PUBLIC)
