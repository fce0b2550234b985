"""Where fluxes come from."""
