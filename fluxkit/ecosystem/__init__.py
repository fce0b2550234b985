"""From half-hourly NEE to years: u* thresholds, gaps, partitioning, uncertainty, the FLUXNET product.

The names below are loaded when first used.
"""

from fluxkit.lazily import public

_PUBLIC = {
    "Filled": "fluxkit.ecosystem.filling.registry",
    "HalfHours": "fluxkit.ecosystem.halfhours",
    "annual": "fluxkit.ecosystem.uncertainty.annual",
    "compare_sources": "fluxkit.ecosystem.partitioning.beside",
    "check": "fluxkit.ecosystem.quality.checks",
    "decisions": "fluxkit.ecosystem.uncertainty.decisions",
    "derive": "fluxkit.ecosystem.product.derived",
    "each_station": "fluxkit.ecosystem.processing.stations",
    "ensemble": "fluxkit.ecosystem.uncertainty.members",
    "fill": "fluxkit.ecosystem.filling.gaps",
    "fill_drivers": "fluxkit.ecosystem.filling.drivers",
    "filter_evening": "fluxkit.ecosystem.ustar.evening",
    "filter_ustar": "fluxkit.ecosystem.ustar.filtering",
    "join_stations": "fluxkit.ecosystem.processing.stations",
    "partition": "fluxkit.ecosystem.partitioning",
    "pool_thresholds": "fluxkit.ecosystem.ustar.pools",
    "read": "fluxkit.ecosystem.reading.reading",
    "register_filler": "fluxkit.ecosystem.filling.registry",
    "run": "fluxkit.ecosystem.processing.run",
    "screen": "fluxkit.ecosystem.quality.screening",
    "skill": "fluxkit.ecosystem.filling.skill",
    "ustar_thresholds": "fluxkit.ecosystem.ustar.thresholds",
    "write_dataset": "fluxkit.ecosystem.product.writing",
    "write_product": "fluxkit.ecosystem.product.writing",
}

__all__ = list(_PUBLIC)
__getattr__, __dir__ = public(__name__, _PUBLIC)
