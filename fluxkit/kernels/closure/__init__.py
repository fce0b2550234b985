"""Fits of chambers' closures."""
