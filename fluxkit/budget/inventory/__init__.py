"""Carbon of plots: biomass by three methods, stocks, their change."""
