"""Comparison of fluxes with those of other software."""
