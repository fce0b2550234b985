"""Fluxes beside those of other software."""
