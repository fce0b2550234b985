"""A site's carbon budget by tower, chambers, inventories, soil, models and satellites; its energy and water.

The names below are loaded when first used.
"""

from fluxkit.lazily import public

_PUBLIC = {
    "AnnualSums": "fluxkit.budget.tower.annual",
    "CarbonSeries": "fluxkit.budget.series.series",
    "Closings": "fluxkit.budget.chambers",
    "PlotStocks": "fluxkit.budget.inventory.stocks",
    "Term": "fluxkit.budget.terms",
    "air_storage": "fluxkit.budget.energy.storages",
    "annual_terms": "fluxkit.budget.tower.annual",
    "biomass_storage": "fluxkit.budget.energy.storages",
    "carbon_use": "fluxkit.budget.tower.npp",
    "closure": "fluxkit.budget.energy.closure",
    "compare_series": "fluxkit.budget.series.agreement",
    "continuous_function": "fluxkit.budget.inventory.biomass",
    "correct_by_ratio": "fluxkit.budget.energy.corrections",
    "correct_days": "fluxkit.budget.energy.factors",
    "correct_half_hours": "fluxkit.budget.energy.factors",
    "correct_series": "fluxkit.budget.series.agreement",
    "equivalent_mass_stock": "fluxkit.budget.soil.stocks",
    "evapotranspiration": "fluxkit.budget.energy.water",
    "expansion_factor": "fluxkit.budget.inventory.biomass",
    "fill_by_reference": "fluxkit.budget.energy.water",
    "force_closure": "fluxkit.budget.energy.corrections",
    "fraction_shares": "fluxkit.budget.soil.fractions",
    "horizon_stocks": "fluxkit.budget.soil.stocks",
    "light_use_gpp": "fluxkit.budget.models.light_use",
    "light_use_parameters": "fluxkit.budget.models.light_use",
    "load": "fluxkit.budget.processing.run",
    "look_up": "fluxkit.budget.inventory.coefficients",
    "mean_of_years": "fluxkit.budget.tower.annual",
    "miami": "fluxkit.budget.models.miami",
    "miami_term": "fluxkit.budget.models.miami",
    "monte_carlo": "fluxkit.budget.terms",
    "net_ecosystem_carbon_balance": "fluxkit.budget.tower.necb",
    "npp_by_carbon_use": "fluxkit.budget.tower.npp",
    "npp_by_respiration": "fluxkit.budget.tower.npp",
    "of_stems": "fluxkit.budget.inventory.biomass",
    "parse_unit": "fluxkit.budget.units",
    "period_means": "fluxkit.budget.series.series",
    "photosynthesis_storage": "fluxkit.budget.energy.storages",
    "pixel_share": "fluxkit.budget.series.agreement",
    "product": "fluxkit.budget.terms",
    "residuals_by": "fluxkit.budget.energy.closure",
    "run": "fluxkit.budget.processing.run",
    "soil_respiration": "fluxkit.budget.chambers",
    "soil_storage": "fluxkit.budget.energy.storages",
    "stock": "fluxkit.budget.inventory.stocks",
    "stock_change": "fluxkit.budget.inventory.stocks",
    "total": "fluxkit.budget.terms",
    "volume_expansion": "fluxkit.budget.inventory.biomass",
}

__all__ = list(_PUBLIC)
__getattr__, __dir__ = public(__name__, _PUBLIC)
