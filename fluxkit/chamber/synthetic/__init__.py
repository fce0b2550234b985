"""Campaigns whose fluxes are known."""
