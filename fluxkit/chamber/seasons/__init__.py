"""Many fluxes: summaries, respiration, light response, sums over a season."""
